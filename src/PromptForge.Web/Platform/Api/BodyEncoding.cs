using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using PromptForge.Core.SevenD;

namespace PromptForge.Web.Platform.Api;

/// <summary>Refuses a body that is packed, or in characters nobody knows; the framework would fail on it, or say that it is no JSON.</summary>
internal static class BodyEncoding
{
    public static void Use(WebApplication app) => app.Use((context, next) => Refuse(context)?.ExecuteAsync(context) ?? next(context));

    private static Problem? Refuse(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true)
            return null;
        var request = context.Request;
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } packed && !packed.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return new(ApiError.MediaTypeUnsupported, $"The body is sent with Content-Encoding \"{SevenDParser.Short(packed)}\". Send it as it is, without one.");
        if (request.ContentType?.Contains("charset", StringComparison.OrdinalIgnoreCase) != true || !MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            return null;
        // In quotes it means the same, which the framework does not know.
        var charset = HeaderUtilities.RemoveQuotes(type.Charset).ToString();
        if (!IsKnown(charset))
            return new(ApiError.MediaTypeUnsupported, $"The charset \"{SevenDParser.Short(charset)}\" is not known. Send UTF-8.");
        if (charset.Length != type.Charset.Length)
        {
            type.Charset = charset;
            request.ContentType = type.ToString();
        }

        return null;
    }

    private static bool IsKnown(string charset)
    {
        try
        {
            return charset.Length == 0 || Encoding.GetEncoding(charset) is not null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}

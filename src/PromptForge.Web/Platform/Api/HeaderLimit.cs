using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace PromptForge.Web.Platform.Api;

/// <summary>
/// Refuses a URL or headers past the limit. Kestrel answers what passes its own limits without a body, so these lie well above; only what passes those, too, gets no reason.
/// </summary>
internal static class HeaderLimit
{
    public const int MostUrl = 8 * 1024;
    public const int MostBytes = 32 * 1024;
    public const int MostHeaders = 100;

    private const int Room = 8;

    public static void Lift(KestrelServerLimits limits)
    {
        limits.MaxRequestLineSize = MostUrl * Room;
        limits.MaxRequestHeadersTotalSize = MostBytes * Room;
        limits.MaxRequestHeaderCount = MostHeaders * Room;
    }

    public static void Use(WebApplication app) => app.Use((context, next) => Refuse(context)?.ExecuteAsync(context) ?? next(context));

    private static Problem? Refuse(HttpContext context)
    {
        if (context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Length > MostUrl)
            return new Problem(ApiError.UrlTooLong).With("limit_bytes", MostUrl);
        var (count, bytes) = (0, 0);
        foreach (var (name, values) in context.Request.Headers)
        {
            foreach (var value in values)
            {
                count++;
                bytes += name.Length + (value?.Length ?? 0);
            }
        }

        return count > MostHeaders || bytes > MostBytes ? new Problem(ApiError.HeadersTooLarge).With("limit_bytes", MostBytes).With("limit_count", MostHeaders) : null;
    }
}

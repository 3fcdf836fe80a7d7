using System.Buffers.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PromptForge.Web.Identity;

/// <summary>The default scheme. It forwards to the one that the request's credentials belong to, told apart by the form of the header alone.</summary>
public static class CallerScheme
{
    public const string Name = "Caller";

    /// <summary>The scheme that the API keys register.</summary>
    public const string ApiKey = "ApiKey";

    private const int MaxJwt = 16_384;
    private const string Bearer = "Bearer ";

    internal static string SchemeOf(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return IdentityConstants.ApplicationScheme;
        }

        var token = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header.AsSpan(Bearer.Length).Trim() : [];
        return token.StartsWith("pf_") && Knows(context, ApiKey) ? ApiKey
            : token.StartsWith("eyJ") && IssuerOf(token) is { } issuer && context.RequestServices.GetRequiredService<IReadOnlyList<OidcIssuer>>().FirstOrDefault(i => i.Identifier == issuer) is { } known ? known.JwtScheme
            : IdentityConstants.BearerScheme;
    }

    /// <summary>What a JWT says of its issuer: only which scheme shall look at it; that one believes nothing before the signature is checked.</summary>
    private static string? IssuerOf(ReadOnlySpan<char> jwt)
    {
        if (jwt.Length > MaxJwt || jwt.Count('.') != 2)
        {
            return null;
        }

        var payload = jwt[(jwt.IndexOf('.') + 1)..jwt.LastIndexOf('.')];
        if (!Base64Url.IsValid(payload))
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("iss", out var issuer) && issuer.ValueKind == JsonValueKind.String ? issuer.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool Knows(HttpContext context, string scheme) =>
        context.RequestServices.GetRequiredService<IOptions<AuthenticationOptions>>().Value.SchemeMap.ContainsKey(scheme);
}

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

    private const string Bearer = "Bearer ";

    internal static string SchemeOf(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return IdentityConstants.ApplicationScheme;
        }

        var token = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header.AsSpan(Bearer.Length).Trim() : [];
        return token.StartsWith("pf_") && Knows(context, ApiKey) ? ApiKey : IdentityConstants.BearerScheme;
    }

    private static bool Knows(HttpContext context, string scheme) =>
        context.RequestServices.GetRequiredService<IOptions<AuthenticationOptions>>().Value.SchemeMap.ContainsKey(scheme);
}

using Microsoft.AspNetCore.Identity;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <summary>
/// A browser adds the session cookie to whatever any site makes it send. So a request that changes something, and has nothing but the cookie to say who sends it,
/// must come from a page of ours; the same holds for signing in, which sets the cookie.
/// </summary>
internal static class SameOrigin
{
    public static void UseSameOrigin(this WebApplication app)
    {
        var own = PublicUrl.Of(app.Configuration)?.Authority;
        app.Use((context, next) => Refuses(context, own) ? new Problem(ApiError.CrossSite).ExecuteAsync(context) : next(context));
    }

    private static bool Refuses(HttpContext context, string? own)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method) || request.Headers.Authorization.ToString().Length > 0)
        {
            return false;
        }

        var byCookie = context.User.Identities.Any(identity => identity.AuthenticationType == IdentityConstants.ApplicationScheme);
        return (byCookie || request.Path.StartsWithSegments("/api/auth", StringComparison.OrdinalIgnoreCase)) && !ComesFromHere(request, own, otherwise: !byCookie);
    }

    /// <param name="otherwise">The answer for a sender that says nothing of where it comes from, which no browser does.</param>
    private static bool ComesFromHere(HttpRequest request, string? own, bool otherwise) =>
        request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site ? site is "same-origin" or "none"
        : request.Headers.Origin.ToString() is { Length: > 0 } origin ? Uri.TryCreate(origin, UriKind.Absolute, out var from) && (from.Authority == request.Host.Value || from.Authority == own)
        : otherwise;
}

using Microsoft.AspNetCore.Authentication;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

internal sealed record OidcProvider(string Name, string Start);

internal sealed record OidcProviders(IReadOnlyList<OidcProvider> Items);

/// <summary>Where a browser goes to sign in with an issuer; it comes back with the session cookie.</summary>
internal static class OidcSignIn
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/oidc", List).AllowAnonymous().WithName("listIssuers").WithSummary("The OpenID Connect issuers to sign in with");
        group.MapGet("/oidc/{number:int}", Start).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>A path of ours, whatever a link says.</summary>
    public static string LocalPath(string? path) =>
        path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) && !path.StartsWith("/\\", StringComparison.Ordinal) && !path.Any(char.IsControl) ? path : "/";

    private static OidcProviders List(IReadOnlyList<OidcIssuer> issuers) =>
        new([.. issuers.Where(issuer => !issuer.OwnsUsers).Select(issuer => new OidcProvider(issuer.Name, $"/api/auth/oidc/{issuer.Number}"))]);

    private static IResult Start(int number, IReadOnlyList<OidcIssuer> issuers, string? return_to = null) =>
        issuers.FirstOrDefault(issuer => issuer.Number == number && !issuer.OwnsUsers) is { } issuer
            ? TypedResults.Challenge(new AuthenticationProperties { RedirectUri = LocalPath(return_to) }, [issuer.SignInScheme])
            : new Problem(ApiError.NotFound);
}

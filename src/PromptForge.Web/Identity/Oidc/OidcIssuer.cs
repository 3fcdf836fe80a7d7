using PromptForge.Web.Platform;

namespace PromptForge.Web.Identity;

/// <summary>An OpenID Connect issuer that the operator trusts to say who somebody is: <c>Oidc__0__Issuer</c> and so on.</summary>
/// <param name="Audience">Whom the issuer's JWTs must be meant for; without one, the client.</param>
/// <param name="TrustsEmail">The issuer verifies every address but does not say so (Entra): its addresses count as verified.</param>
/// <param name="OwnsUsers">The issuer's subjects are the ids of <c>auth.users</c> (Supabase).</param>
internal sealed record OidcIssuer(int Number, Uri Issuer, string ClientId, string? ClientSecret, string Name, string Audience, bool TrustsEmail, bool OwnsUsers)
{
    public string SignInScheme => $"Oidc:{Number}";

    public string JwtScheme => $"Jwt:{Number}";

    /// <summary>As the issuer writes itself, which the tokens repeat to the letter.</summary>
    public string Identifier { get; private init; } = "";

    public static IReadOnlyList<OidcIssuer> From(IConfiguration configuration) =>
        [.. configuration.GetSection("Oidc").GetChildren().Where(section => !string.IsNullOrEmpty(section["Issuer"])).Select((section, number) => Of(section, number))];

    private static OidcIssuer Of(IConfigurationSection section, int number)
    {
        if (!Uri.TryCreate(section["Issuer"], UriKind.Absolute, out var issuer) || !(issuer.Scheme == Uri.UriSchemeHttps || issuer.IsLoopback))
        {
            throw Invalid(section, "Issuer must be an https address");
        }

        return section["ClientId"] is { Length: > 0 } client
            ? new OidcIssuer(number, issuer, client, section["ClientSecret"], section["Name"] ?? issuer.Host, section["Audience"] ?? client, section.GetValue("TrustsEmail", false), section.GetValue("OwnsUsers", false))
            {
                Identifier = section["Issuer"]!,
            }
            : throw Invalid(section, "ClientId is missing");
    }

    private static PlatformException Invalid(IConfigurationSection section, string what) =>
        new("OIDC_INVALID", $"The settings {section.Path.Replace(":", "__", StringComparison.Ordinal)}__* name no usable issuer: {what}. Correct them, then start again.");
}

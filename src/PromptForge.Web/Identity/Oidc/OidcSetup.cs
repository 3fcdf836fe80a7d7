using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Identity;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <summary>Each issuer is two schemes: one that signs people in with a code (and PKCE), one that takes the issuer's JWTs as bearer tokens.</summary>
internal static class OidcSetup
{
    /// <summary>Signatures with the issuer's private key only: with HS256 its public key, which everybody has, would be the secret.</summary>
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>How far an issuer's clock may be from ours.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    public static void AddOidc(this AuthenticationBuilder authentication, IConfiguration configuration)
    {
        var issuers = OidcIssuer.From(configuration);
        authentication.Services.AddSingleton(issuers).AddSingleton<ExternalUsers>();
        foreach (var issuer in issuers)
        {
            authentication.AddJwtBearer(issuer.JwtScheme, options => Accept(options, issuer));
            if (!issuer.OwnsUsers)
            {
                authentication.AddOpenIdConnect(issuer.SignInScheme, issuer.Name, options => SignIn(options, issuer, PublicUrl.Of(configuration)));
            }
        }
    }

    private static void Accept(JwtBearerOptions options, OidcIssuer issuer)
    {
        options.Authority = issuer.Identifier;
        options.RequireHttpsMetadata = !issuer.Issuer.IsLoopback;
        options.MapInboundClaims = false;
        options.TokenValidationParameters = Parameters(issuer, issuer.Audience);
        options.Events = new JwtBearerEvents
        {
            OnTokenValidated = async context =>
            {
                var found = await context.HttpContext.RequestServices.GetRequiredService<ExternalUsers>().FindAsync(issuer, context.Principal!, context.HttpContext.RequestAborted);
                if (found.User?.TokensSince is { } since && !IsIssuedAfter(context.SecurityToken, since, context.HttpContext))
                {
                    context.Fail("The session was ended.");
                }
                else if (found.Principal is { } principal)
                {
                    context.Principal = principal;
                }
                else
                {
                    context.Fail(found.Refusal!.Code);
                }
            },
            OnChallenge = context =>
            {
                context.HandleResponse();
                return new Problem(context.AuthenticateFailure?.Message == ApiError.EmailUnverified.Code ? ApiError.EmailUnverified : ApiError.Unauthenticated).ExecuteAsync(context.HttpContext);
            },
        };
    }

    /// <summary>A token says when it was issued in whole seconds. One that does not say so is as old as it can be, and one from the future could outlive every sign-out.</summary>
    private static bool IsIssuedAfter(SecurityToken token, DateTimeOffset moment, HttpContext http) => token is JsonWebToken { IssuedAt: var issued }
        && issued > moment.UtcDateTime && issued <= http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime + Skew;

    private static void SignIn(OpenIdConnectOptions options, OidcIssuer issuer, Uri? publicUrl)
    {
        options.Authority = issuer.Identifier;
        options.ClientId = issuer.ClientId;
        options.ClientSecret = issuer.ClientSecret;
        options.RequireHttpsMetadata = !issuer.Issuer.IsLoopback;
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The answer comes as a navigation, so that lax cookies come along.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.Scope.Clear();
        options.Scope.Add("openid");
        options.Scope.Add("email");
        options.Scope.Add("profile");
        options.CallbackPath = $"/api/auth/oidc/{issuer.Number}/callback";
        options.SignInScheme = IdentityConstants.ExternalScheme;
        options.MapInboundClaims = false;
        options.GetClaimsFromUserInfoEndpoint = true;
        options.ClaimActions.MapUniqueJsonKey("email", "email");
        options.ClaimActions.MapUniqueJsonKey("email_verified", "email_verified");
        options.DisableTelemetry = true;
        options.TokenValidationParameters = Parameters(issuer, issuer.ClientId);
        options.TokenValidationParameters.NameClaimType = "email";
        foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
        {
            (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, publicUrl?.Scheme == Uri.UriSchemeHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest);
        }

        options.Events = new OpenIdConnectEvents
        {
            OnRedirectToIdentityProvider = context =>
            {
                if (publicUrl is not null)
                {
                    context.ProtocolMessage.RedirectUri = new Uri(publicUrl, options.CallbackPath.Value).AbsoluteUri;
                }

                return Task.CompletedTask;
            },
            OnTicketReceived = context => CompleteAsync(context, issuer),
            OnRemoteFailure = context =>
            {
                context.HandleResponse();
                return new Problem(ApiError.SignInFailed, $"{issuer.Name} did not sign you in. Start again.").ExecuteAsync(context.HttpContext);
            },
        };
    }

    private static async Task CompleteAsync(TicketReceivedContext context, OidcIssuer issuer)
    {
        var http = context.HttpContext;
        var found = await http.RequestServices.GetRequiredService<ExternalUsers>().FindAsync(issuer, context.Principal!, http.RequestAborted);
        context.HandleResponse();
        if (found.User is not { } user)
        {
            await new Problem(found.Refusal!).ExecuteAsync(http);
            return;
        }

        await http.RequestServices.GetRequiredService<Sessions>().BeginAsync(http, user, cookie: true);
        http.Response.Redirect(OidcSignIn.LocalPath(context.ReturnUri));
    }

    private static TokenValidationParameters Parameters(OidcIssuer issuer, string audience) => new()
    {
        ValidIssuer = issuer.Identifier,
        ValidAudience = audience,
        ValidAlgorithms = Algorithms,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        ClockSkew = Skew,
        NameClaimType = "email",
    };
}

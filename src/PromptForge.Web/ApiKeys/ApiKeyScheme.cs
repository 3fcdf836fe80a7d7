using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using PromptForge.Core.ApiKeys;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.ApiKeys;

/// <summary>
/// Reads <c>Authorization: Bearer pf_...</c>. A key is nobody's signature: its principal is not authenticated, so that what is for people alone stays closed to it, and
/// what it may do is asked of the <see cref="KeyCaller"/> among the request's features.
/// </summary>
internal sealed class ApiKeyScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, KnownKeys keys, KeySecrets secrets)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string Name = "ApiKey";

    private const string Bearer = "Bearer ";

    /// <summary>A key that is not valid is refused wherever it is sent, also where nobody has to be known.</summary>
    public static void Use(WebApplication app) => app.Use((context, next) => context.Features.Get<Invalid>() is null ? next(context) : new Problem(ApiError.ApiKeyInvalid).ExecuteAsync(context));

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization is not [{ } header] || !header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) || header.AsSpan(Bearer.Length).Trim() is var key && !key.StartsWith("pf_"))
            return AuthenticateResult.NoResult();
        // Most of what is not a key is known by its checksum, without asking anybody.
        var caller = ApiKeyText.IsWellFormed(key) ? await keys.FindAsync(secrets.HashOf(key), Context.Connection.RemoteIpAddress, Context.RequestAborted) : null;
        if (caller is null)
        {
            Context.Features.Set(new Invalid());
            return AuthenticateResult.Fail("The API key is not valid.");
        }

        Context.Features.Set(caller);
        return AuthenticateResult.Success(new(new ClaimsPrincipal(new ClaimsIdentity()), Name));
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => new Problem(ApiError.RoleRequired, "API keys cannot do this; a person has to.").ExecuteAsync(Context);

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        Context.Features.Get<KeyCaller>() is null ? new Problem(ApiError.Unauthenticated).ExecuteAsync(Context) : HandleForbiddenAsync(properties);

    private sealed record Invalid;
}

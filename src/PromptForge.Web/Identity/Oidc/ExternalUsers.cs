using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <param name="User">Absent where the issuer itself owns the users.</param>
internal sealed record ExternalUser(ClaimsPrincipal? Principal, User? User, ApiError? Refusal = null);

/// <summary>Whose account the subject of an issuer is. The first time that is decided by the address, and only by one that the issuer has verified.</summary>
internal sealed class ExternalUsers
{
    private const int MaxKept = 20_000;
    private const int MostRaces = 5;

    private readonly Cached<(string Issuer, string Subject), User?> _kept;
    private readonly IServiceScopeFactory _scopes;
    private readonly UserPrincipal _principals;
    private readonly LocalAccounts _accounts;
    private readonly TimeProvider _clock;

    public ExternalUsers(IServiceScopeFactory scopes, UserPrincipal principals, LocalAccounts accounts, Changes changes, TimeProvider clock)
    {
        (_scopes, _principals, _accounts, _clock) = (scopes, principals, accounts, clock);
        _kept = new(changes, clock, MaxKept);
        changes.Subscribe("account", id => _kept.DropWhere((_, user) => user?.Id == id), _kept.Clear);
    }

    public async Task<ExternalUser> FindAsync(OidcIssuer issuer, ClaimsPrincipal external, CancellationToken ct)
    {
        if (external.FindFirstValue("sub") is not { Length: > 0 and <= 255 } subject)
        {
            return new(null, null, ApiError.Unauthenticated);
        }

        if (!await _accounts.ExistAsync(ct) || issuer.OwnsUsers)
        {
            // Where the accounts are Supabase's, its subjects are their ids; anybody else's subject would only look like one.
            return issuer.OwnsUsers && !await _accounts.ExistAsync(ct) && Guid.TryParse(subject, out var id)
                ? new(Principal(id, external.FindFirstValue("email")), null)
                : new(null, null, ApiError.Unauthenticated);
        }

        var key = (issuer.Identifier, subject);
        var user = await _kept.GetAsync(key, (_, token) => LinkedAsync(key, token), ct) ?? await LinkAsync(issuer, subject, external, ct);
        return user is null ? new(null, null, ApiError.EmailUnverified) : new(_principals.Of(user, issuer.JwtScheme, signedInAt: null, session: null), user);
    }

    private async Task<User?> LinkedAsync((string Issuer, string Subject) key, CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        ct.ThrowIfCancellationRequested();
        return await scope.ServiceProvider.GetRequiredService<UserManager<User>>().FindByLoginAsync(key.Issuer, key.Subject);
    }

    private async Task<User?> LinkAsync(OidcIssuer issuer, string subject, ClaimsPrincipal external, CancellationToken ct)
    {
        var email = external.FindFirstValue("email")?.Trim();
        var verified = issuer.TrustsEmail || string.Equals(external.FindFirstValue("email_verified"), "true", StringComparison.OrdinalIgnoreCase);
        if (email is null || !verified || Input.Email(email) is not null)
        {
            return null;
        }

        // The first requests of one person come at once; whoever loses the race finds what the winner wrote.
        for (var attempt = 0; attempt < MostRaces; attempt++)
        {
            if ((await TryLinkAsync(issuer, subject, email, ct) ?? await LinkedAsync((issuer.Identifier, subject), ct)) is { } user)
            {
                _kept.Drop((issuer.Identifier, subject));
                return user;
            }
        }

        throw new RefusedException(new Problem(ApiError.Unavailable) { RetryAfter = TimeSpan.FromSeconds(1) });
    }

    private async Task<User?> TryLinkAsync(OidcIssuer issuer, string subject, string email, CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        ct.ThrowIfCancellationRequested();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        try
        {
            var user = await users.FindByEmailAsync(email);
            if (user is null)
            {
                user = new User { Id = Guid.CreateVersion7(_clock.GetUtcNow()), Email = email, EmailConfirmed = true };
                await users.CreateAsync(user);
            }
            else if (!user.EmailConfirmed)
            {
                // Somebody registered the address and never proved it; who has proved it now must not inherit that password.
                (user.PasswordHash, user.EmailConfirmed) = (null, true);
                if (!(await users.UpdateSecurityStampAsync(user)).Succeeded)
                {
                    return null;
                }
            }

            return (await users.AddLoginAsync(user, new UserLoginInfo(issuer.Identifier, subject, issuer.Name))).Succeeded ? user : null;
        }
        catch (DbUpdateException e) when (Errors.IsDuplicate(e))
        {
            return null;
        }
    }

    private ClaimsPrincipal Principal(Guid id, string? email) => _principals.Of(new User { Id = id, Email = email }, "Jwt", signedInAt: null, session: null);
}

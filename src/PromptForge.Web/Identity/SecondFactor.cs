using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace PromptForge.Web.Identity;

/// <summary>The authenticator's code or a recovery code; each works once.</summary>
internal sealed class SecondFactor(UserManager<User> users, IdentityContext context)
{
    public async Task<bool> PassesAsync(User user, string? code, string? recoveryCode, CancellationToken ct)
    {
        if (Plain(code) is { Length: 6 } digits)
        {
            return await users.VerifyTwoFactorTokenAsync(user, TokenOptions.DefaultAuthenticatorProvider, digits) && await IsFirstUseAsync(user.Id, digits, ct);
        }

        return recoveryCode is { Length: > 0 and <= 40 } && (await users.RedeemTwoFactorRecoveryCodeAsync(user, recoveryCode.Trim())).Succeeded;
    }

    /// <summary>A code is good for a few time steps, long enough to be overheard and used again; the last five are remembered.</summary>
    private async Task<bool> IsFirstUseAsync(Guid user, string digits, CancellationToken ct) => await context.Database.ExecuteSqlAsync($"""
        insert into auth.user_tokens as t (user_id, login_provider, name, value) values ({user}, 'promptforge', 'used_codes', {digits})
        on conflict (user_id, login_provider, name) do update set value = left(excluded.value || ',' || t.value, 34)
         where position(excluded.value in t.value) = 0
        """, ct) == 1;

    private static string? Plain(string? code) => code?.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
}

using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PromptForge.Web.Identity;

/// <summary>
/// The machine on which somebody wants to give no code for a while. A cookie says so, of this account with this stamp and this authenticator: what ends all sessions, and another authenticator, forgets
/// all machines. It stands for the second factor alone, never for the password.
/// </summary>
internal sealed class Machines(IDataProtectionProvider protection, IOptionsMonitor<CookieAuthenticationOptions> cookies)
{
    public const string CookieName = "promptforge_machine";

    /// <summary>Its only reader.</summary>
    private const string Path = "/api/auth/login";

    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("PromptForge.Identity.Machine").ToTimeLimitedDataProtector();

    public async Task RememberAsync(HttpContext http, UserManager<User> users, User user)
    {
        var cookie = cookies.Get(IdentityConstants.ApplicationScheme).Cookie.Build(http);
        (cookie.Path, cookie.SameSite, cookie.MaxAge) = (Path, SameSiteMode.Strict, Remembered);
        http.Response.Cookies.Append(CookieName, _protector.Protect(Convert.ToBase64String(await MarkAsync(users, user)), Remembered), cookie);
    }

    public async Task<bool> KnowsAsync(HttpContext http, UserManager<User> users, User user)
    {
        if (http.Request.Cookies[CookieName] is not { Length: > 0 and <= Input.MaxCode } text)
        {
            return false;
        }

        var mark = await MarkAsync(users, user);
        try
        {
            return CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(_protector.Unprotect(text)), mark);
        }
        catch (CryptographicException)
        {
            // Too old, or none of ours.
            return false;
        }
    }

    private static async Task<byte[]> MarkAsync(UserManager<User> users, User user) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{user.Id}:{user.SecurityStamp}:{await users.GetAuthenticatorKeyAsync(user)}"));
}

using Microsoft.AspNetCore.Identity;

namespace PromptForge.Web.Identity;

/// <summary>What a letter to an account says, found out when it is sent: by then nobody watches how long that takes, and no code has waited in the queue.</summary>
internal sealed class AccountLetters(UserManager<User> users)
{
    /// <summary>Somebody registered the address: it is to be confirmed, or has an account already.</summary>
    public const string Register = "register";
    public const string Confirm = "confirm";
    public const string Reset = "reset";
    public const string PasswordChanged = "password_changed";
    public const string ChangeEmail = "change_email";
    public const string EmailChanged = "email_changed";

    /// <returns>Null where there is nothing to say, because the address has no such account.</returns>
    public async Task<Mail?> CompleteAsync(Mail mail) => mail.Template switch
    {
        Register or Confirm or Reset => await users.FindByEmailAsync(mail.Recipient) is { } user ? await ToAccountAsync(mail.Template, user) : null,
        ChangeEmail => await users.FindByIdAsync(mail.Values["user_id"]) is { } user && (await users.FindByEmailAsync(mail.Recipient) is not { } other || other.Id == user.Id)
            ? With(mail, user, "/account/email", await users.GenerateChangeEmailTokenAsync(user, mail.Recipient), ("new_email", mail.Recipient)) : null,
        _ => mail,
    };

    private async Task<Mail?> ToAccountAsync(string template, User user) => template switch
    {
        _ when template == Reset || user is { EmailConfirmed: false, PasswordHash: null } => With(new Mail(Reset, user.Email!), user, "/account/reset", await users.GeneratePasswordResetTokenAsync(user)),
        _ when !user.EmailConfirmed => With(new Mail(Confirm, user.Email!), user, "/account/confirm", await users.GenerateEmailConfirmationTokenAsync(user)),
        Register => new Mail("already_registered", user.Email!, user.Language) { Values = { ["link"] = "/account/sign-in" } },
        _ => null,
    };

    /// <summary>After the # a code stays in the browser: no log of a server or a proxy ever holds it.</summary>
    private static Mail With(Mail mail, User user, string page, string code, params (string Name, string Value)[] more)
    {
        var query = string.Concat(more.Select(pair => $"&{pair.Name}={Uri.EscapeDataString(pair.Value)}"));
        return mail with
        {
            Language = user.Language,
            Values = new Dictionary<string, string> { ["link"] = $"{page}#user_id={user.Id}&code={Uri.EscapeDataString(code)}{query}" },
        };
    }
}

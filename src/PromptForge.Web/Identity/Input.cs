using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using PromptForge.Core;
using PromptForge.Core.Identity;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <summary>What is asked of an address and of a password, as faults that name the member.</summary>
internal static class Input
{
    public const int MaxEmail = 254;
    public const int MaxPassword = 256;
    public const int MaxCode = 2048;

    private static readonly EmailAddressAttribute Address = new();

    public static Fault? Email(string email, string where = "/email") =>
        email.Length is > 2 and <= MaxEmail && Address.IsValid(email) && !email.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? null
        : new Fault("EMAIL_INVALID", where, "Give an e-mail address of at most 254 characters.");

    public static async Task<Fault?> PasswordAsync(UserManager<User> users, User user, string password, string where)
    {
        if (password.Length > MaxPassword)
        {
            return new Fault("PASSWORD_INVALID", where, $"A password has at most {MaxPassword} characters.");
        }

        foreach (var validator in users.PasswordValidators)
        {
            if (await validator.ValidateAsync(users, user, password) is { Succeeded: false } refused)
            {
                return new Fault("PASSWORD_INVALID", where, string.Join(' ', refused.Errors.Select(e => e.Description)));
            }
        }

        return user.Email is { } email && password.Contains(email, StringComparison.OrdinalIgnoreCase)
            ? new Fault("PASSWORD_INVALID", where, "A password must not hold the address.")
            : GuessablePasswords.Is(password, (user.Email ?? "").Split('@')[0])
                ? new Fault("PASSWORD_INVALID", where, "This password is among the first that are guessed. Take a few words that do not belong together, or what a password manager makes.") : null;
    }

    /// <summary>Two changes of one account met; the one that lost was not made.</summary>
    public static Problem? Refuse(IdentityResult result) => result.Succeeded ? null : new Problem(ApiError.StateConflict, "The account changed meanwhile. Try again.");

    public static Problem? Refuse(params ReadOnlySpan<Fault?> faults)
    {
        List<Fault> found = [];
        foreach (var fault in faults)
        {
            if (fault is not null)
            {
                found.Add(fault);
            }
        }

        return found.Count == 0 ? null : Problem.Of(ApiError.InputInvalid, found);
    }
}

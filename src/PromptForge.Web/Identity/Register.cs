using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <param name="Language">Of the mails: en or ro.</param>
internal sealed record RegisterRequest(string Email, string Password, string Language = "en");

/// <summary>The answer, and the mail that is put in the queue, are the same whether or not the address has an account; what the mail says is not.</summary>
internal static class Register
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/register", HandleAsync).AllowAnonymous().WithName("register").WithSummary("Open an account");

    private static async Task<Results<Accepted, Problem>> HandleAsync(
        RegisterRequest request, HttpContext http, UserManager<User> users, IdentityContext context, IPasswordHasher<User> hasher, Mailer mailer, Attempts attempts, TimeProvider clock, CancellationToken ct)
    {
        mailer.Require();
        var user = new User { Id = Guid.CreateVersion7(clock.GetUtcNow()), Email = request.Email.Trim(), Language = request.Language == "ro" ? "ro" : "en" };
        if (Input.Refuse(Input.Email(user.Email), await Input.PasswordAsync(users, user, request.Password, "/password")) is { } refused)
        {
            return refused;
        }

        if (attempts.RefuseAccount(http, user.Email) is { } tooOften)
        {
            return tooOften;
        }

        await StoreAsync(context, user, hasher.HashPassword(user, request.Password), users.GenerateNewAuthenticatorKey(), ct);
        await mailer.QueueAsync(new(AccountLetters.Register, user.Email, user.Language), ct);
        return TypedResults.Accepted((string?)null);
    }

    /// <summary>
    /// One statement for every address. A confirmed account stays as it is. A second password for an address that nobody has proved: whose the first one is cannot be known,
    /// so neither counts and no link that was sent for it. The mail then lets its reader set one.
    /// </summary>
    private static Task<int> StoreAsync(IdentityContext context, User user, string hash, string stamp, CancellationToken ct) => context.Database.ExecuteSqlAsync($"""
        insert into auth.users (id, email, encrypted_password, language, security_stamp, concurrency_stamp) values ({user.Id}, {user.Email}, {hash}, {user.Language}, {stamp}, {stamp})
        on conflict (lower(email)) do update set encrypted_password = null, security_stamp = excluded.security_stamp, concurrency_stamp = excluded.concurrency_stamp
         where users.email_confirmed_at is null
        """, ct);
}

using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using PromptForge.Web.Identity;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

/// <summary>Signed-in people without the price of a password: the token is a real one, made by the server's own keys.</summary>
internal static class Accounts
{
    /// <summary>A new user with a confirmed address and no password.</summary>
    public static async Task<Account> NewAsync(PostgresFixture postgres)
    {
        var id = Guid.CreateVersion7();
        await using var command = (await postgres.AdminAsync()).CreateCommand("insert into auth.users (id, email, email_confirmed_at) values ($1, $2, now())");
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = $"{id:n}@example.test" });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return await SignInAsync(postgres, id);
    }

    /// <summary>Somebody who is there already, such as a tenant's owner.</summary>
    public static async Task<Account> SignInAsync(PostgresFixture postgres, Guid userId, DateTimeOffset? at = null)
    {
        await using var scope = (await postgres.ServerAsync()).Services.CreateAsyncScope();
        var user = await scope.ServiceProvider.GetRequiredService<UserManager<User>>().FindByIdAsync(userId.ToString())
            ?? throw new InvalidOperationException($"There is no user {userId}.");
        var session = await scope.ServiceProvider.GetRequiredService<Sessions>().OpenAsync(user, SessionKind.Tokens, null, null, TestContext.Current.CancellationToken);
        var tokens = scope.ServiceProvider.GetRequiredService<Tokens>().Issue(user, session.Id, 0, at ?? session.CreatedAt);
        return new Account(userId, user.Email!, tokens.AccessToken, tokens.RefreshToken);
    }
}

internal sealed record Account(Guid Id, string Email, string Token, string RefreshToken)
{
    public async Task<ApiCaller> CallerAsync(PostgresFixture postgres) => new((await postgres.ServerAsync()).Address, Token);
}

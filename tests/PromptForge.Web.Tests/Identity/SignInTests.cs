using System.Net;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

public sealed class SignInTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_signed_in_user_is_known_by_the_token_and_nobody_without_it()
    {
        var account = await Accounts.NewAsync(postgres);
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        using var user = await account.CallerAsync(postgres);

        (await nobody.GetAsync("/api/auth/me")).Is(HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        var me = (await user.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK).Json;

        Assert.Equal(account.Id, (Guid?)me["id"]);
        Assert.Equal(account.Email, (string?)me["email"]);
    }

    [Fact]
    public async Task A_session_is_good_on_every_node()
    {
        await using var other = await postgres.NewServerAsync();
        using var user = new ApiCaller(other.Address, (await Accounts.NewAsync(postgres)).Token);

        (await user.GetAsync("/api/auth/me")).Is(HttpStatusCode.OK);
    }
}

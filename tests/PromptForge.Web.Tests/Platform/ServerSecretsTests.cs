using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

public sealed class ServerSecretsTests : IDisposable
{
    private readonly TemporaryData data = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "SERVER_SECRET_MISSING")]
    [InlineData("", "SERVER_SECRET_MISSING")]
    [InlineData("not base64!", "SERVER_SECRET_INVALID")]
    [InlineData("c2hvcnQ=", "SERVER_SECRET_INVALID")]
    public async Task D_KEY_05_without_a_good_pepper_nothing_starts_outside_development(string? given, string code)
    {
        var refused = await Assert.ThrowsAsync<PlatformException>(() => ServerSecrets.LoadAsync(data.Path, given, development: false, TimeProvider.System, Cancel));
        Assert.Equal(code, refused.Code);
        Assert.Contains("Server__Secret", refused.Message, StringComparison.Ordinal);
        if (given is { Length: > 0 })
            Assert.DoesNotContain(given, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_development_it_is_made_once_and_each_purpose_has_a_key_of_its_own()
    {
        var first = await ServerSecrets.LoadAsync(data.Path, null, development: true, TimeProvider.System, Cancel);
        var again = await ServerSecrets.LoadAsync(data.Path, null, development: true, TimeProvider.System, Cancel);
        Assert.Equal(first.Key("api-key"), again.Key("api-key"));
        Assert.NotEqual(first.Key("api-key"), first.Key("cursor"));
    }

    public void Dispose() => data.Dispose();
}

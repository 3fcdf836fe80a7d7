using System.Net;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

public sealed class VerbTests : IDisposable
{
    private const int Terminate = 15;

    private readonly TemporaryData _data = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData(ChildProcess.Interrupt)]
    [InlineData(Terminate)]
    public async Task Up_answers_and_a_signal_stops_all_of_it(int signal)
    {
        using var forge = Forge.Start(["up", "--port", "0", "--data", _data.Path]);
        using var http = new HttpClient { BaseAddress = await forge.AddressAsync(Ct) };

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/live", UriKind.Relative), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/ready", UriKind.Relative), Ct)).StatusCode);

        Assert.Equal(0, await forge.StopAsync(signal, Ct));
        Assert.Null(_data.Server);
        Assert.Equal("", await forge.ErrorsAsync());
    }

    [Fact]
    public async Task Another_forge_uses_the_database_of_the_one_that_is_up()
    {
        using var forge = Forge.Start(["up", "--port", "0", "--data", _data.Path]);
        await forge.AddressAsync(Ct);
        var server = _data.Server!.ProcessId;

        var (exit, output, errors) = await Forge.RunAsync(["migrate", "--data", _data.Path], Ct);
        var (found, uri, _) = await Forge.RunAsync(["db", "--owner", "--data", _data.Path], Ct);

        Assert.Equal((0, "The schema is up to date.\n", ""), (exit, output, errors));
        Assert.Equal(0, found);
        Assert.StartsWith("postgresql://postgres:", uri, StringComparison.Ordinal);
        Assert.Equal(server, _data.Server!.ProcessId);
    }

    [Fact]
    public async Task A_taken_port_is_named_and_leaves_nothing_running()
    {
        using var forge = Forge.Start(["up", "--port", "0", "--data", _data.Path]);
        var taken = (await forge.AddressAsync(Ct)).Port;
        using var other = new TemporaryData();

        var (exit, _, errors) = await Forge.RunAsync(["up", "--port", $"{taken}", "--data", other.Path], Ct);

        Assert.Equal(2, exit);
        Assert.Equal($"error PORT_IN_USE: Port {taken} is taken by another program. Name another one with --port, or --port 0 for any.\n", errors);
        Assert.Null(other.Server);
    }

    [Fact]
    public async Task Db_says_when_nothing_runs_and_makes_nothing()
    {
        var (exit, output, errors) = await Forge.RunAsync(["db", "--data", _data.Path], Ct);

        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith("error DATABASE_NOT_RUNNING: ", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_data.Path));
    }

    [Theory]
    [InlineData("up")]
    [InlineData("migrate")]
    [InlineData("db")]
    public async Task Every_verb_explains_itself_with_an_example(string verb)
    {
        var (exit, output, _) = await Forge.RunAsync([verb, "--help"], Ct);

        Assert.Equal(0, exit);
        Assert.Contains($"./forge {verb}", output, StringComparison.Ordinal);
        Assert.Contains("Example: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("up", "--port", "x")]
    [InlineData("up", "--port", "70000")]
    public async Task What_is_not_understood_is_the_callers_fault(params string[] arguments)
    {
        var (exit, _, errors) = await Forge.RunAsync(arguments, Ct);

        Assert.Equal(2, exit);
        Assert.StartsWith("error USAGE: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--port: \"abc\" is not a whole number. The port on 127.0.0.1; 0 takes a free one.", "up", "--port", "abc")]
    [InlineData("--port: \"99999999999\" is not a whole number.", "up", "--port", "99999999999")]
    [InlineData("--days: \"x\" is not a whole number. How long it is good for.", "key", "--days", "x")]
    [InlineData("--seats: \"x\" is not a whole number.", "grant", "acme", "--seats", "x")]
    [InlineData("--user: \"x\" is not a UUID.", "grant", "acme", "--user", "x")]
    [InlineData("--org: \"x\" is not a UUID.", "db", "--org", "x")]
    public async Task An_option_s_wrong_value_is_said_in_plain_words(string says, params string[] arguments)
    {
        var (exit, _, errors) = await Forge.RunAsync(arguments, Ct);

        Assert.Equal(2, exit);
        Assert.StartsWith($"error USAGE: {says}", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_binaries_are_said_with_the_ways_out()
    {
        var (exit, _, errors) = await Forge.RunAsync(["migrate", "--data", _data.Path], Ct, new Dictionary<string, string> { ["FORGE_POSTGRES_BIN"] = "/nowhere" });

        Assert.Equal(2, exit);
        Assert.StartsWith("error POSTGRES_NOT_FOUND: FORGE_POSTGRES_BIN names /nowhere", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_our_fault_and_says_so()
    {
        var (exit, _, errors) = await Forge.RunAsync(["migrate"], Ct,
            new Dictionary<string, string> { ["ConnectionStrings__Postgres"] = "postgres://somebody:secret@127.0.0.1:1/product" });

        Assert.Equal(3, exit);
        Assert.StartsWith("error DATABASE_UNAVAILABLE: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
    }
}

using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

/// <summary>
/// Who runs it, and what the machine forbids. Only root can become another user, and only where that user may read the program;
/// elsewhere the tests hold the same for whoever runs them.
/// </summary>
public sealed class UserTests : IDisposable
{
    private static readonly string[] AsNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    private static readonly string[] AsNoName = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "--"];

    private readonly DirectoryInfo _place = Directory.CreateTempSubdirectory("promptforge-user-");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_place.FullName, "data");

    public void Dispose() => _place.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_ordinary_user_with_or_without_a_name_needs_no_rights_and_no_home(bool named)
    {
        File.SetUnixFileMode(_place.FullName, (UnixFileMode)0b111_111_111);
        var wrapper = CanBecomeNobody ? named ? AsNobody : AsNoName : [];

        var (exit, output, errors) = await Forge.RunAsync(["migrate", "--data", Data], Ct, null, ["env", "-u", "HOME", .. wrapper]);

        Assert.Equal((0, ""), (exit, errors));
        Assert.NotEqual("", output);
    }

    [Fact]
    public async Task Root_without_namespaces_becomes_nobody_and_still_leaves_nothing_behind()
    {
        if (!CanBecomeNobody)
        {
            return;
        }

        var refusal = Path.Combine(_place.FullName, "unshare");
        await File.WriteAllTextAsync(refusal, "#!/bin/sh\nexit 1\n", Ct);
        File.SetUnixFileMode(refusal, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(_place.FullName, (UnixFileMode)0b111_101_101);

        using var forge = Forge.Start(["up", "--port", "0", "--data", Data],
            new Dictionary<string, string> { ["PATH"] = $"{_place.FullName}:{Environment.GetEnvironmentVariable("PATH")}" });
        await forge.AddressAsync(Ct);
        Assert.NotNull(Server);

        await forge.StopAsync(9, Ct);
        while (Server is not null)
        {
            await Task.Delay(10, Ct);
        }
    }

    [Fact]
    public async Task A_full_disk_is_called_that()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            // Only root may mount a small disk; the sentence itself is held below.
            Assert.Equal("DISK_FULL", Errors.OfDisk(Data, new IOException("No space left on device")).Code);
            return;
        }

        var (exit, _, errors) = await Forge.RunAsync(["migrate", "--data", Data], Ct, null,
            "unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=12m none \"$0\" && exec \"$@\"", _place.FullName);

        Assert.Equal(3, exit);
        Assert.StartsWith("error DISK_FULL: The disk that holds ", errors, StringComparison.Ordinal);
    }

    private static bool CanBecomeNobody => Environment.IsPrivilegedProcess && OthersMayReach(AppContext.BaseDirectory) && OthersMayReach(Environment.ProcessPath!);

    private static bool OthersMayReach(string path)
    {
        for (var at = new FileInfo(path).Directory; at is not null; at = at.Parent)
        {
            if ((at.UnixFileMode & UnixFileMode.OtherExecute) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private PostmasterFile? Server => PostmasterFile.Read(Path.Combine(Data, "pg")) is { Alive: true } running ? running : null;
}

using System.Diagnostics;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.ApiKeys;

namespace PromptForge.Web.Tests.Client;

/// <summary>The programs of docs/examples and the verbs `login` and `call`, as their reader runs them.</summary>
public sealed class ExampleTests(PostgresFixture postgres)
{
    private static readonly string Examples = Path.Combine(Repository.Root, "docs", "examples");
    private static readonly string Binaries = Path.Combine(Repository.Root, "artifacts", "bin");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("curl", "bash", "run.sh")]
    [InlineData("python3", "python3", "run.py")]
    [InlineData("node", "node", "run.ts")]
    [InlineData("dotnet", "", "")]
    public async Task An_example_runs_a_module_and_saves_the_files(string needs, string program, string file)
    {
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, needs))), $"{needs} is not on the PATH");
        var folder = Directory.CreateTempSubdirectory("promptforge-example-");
        try
        {
            string[] arguments = [];
            if (file.EndsWith(".ts", StringComparison.Ordinal))
            {
                // The file needs no types to be stripped, so that an older Node.js runs it too.
                arguments = [Path.Combine(folder.FullName, "run.mjs")];
                File.Copy(Path.Combine(Examples, file), arguments[0]);
            }
            else if (file.Length > 0)
            {
                arguments = [Path.Combine(Examples, file)];
            }

            var key = await Keys.NewAsync(postgres, await postgres.NewOrgAsync("enterprise"));
            var (exit, output) = await RunAsync(program.Length > 0 ? program : Path.Combine(Binaries, "Example", "release", "PromptForge.Example"), folder.FullName, key.Text, null, arguments);
            Assert.True(exit == 0, output);
            Assert.Contains("sha256:", output, StringComparison.Ordinal);
            Assert.Contains("ROLE_GOAL", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "prompt.txt"), Cancel), StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(folder.FullName, "manifest.sig")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Login_keeps_a_key_that_works_and_call_uses_it()
    {
        var folder = Directory.CreateTempSubdirectory("promptforge-login-");
        var cli = Path.Combine(Binaries, "PromptForge.Cli", "release", "promptforge");
        var server = (await postgres.ServerAsync()).Address.ToString();
        try
        {
            var (refused, why) = await RunAsync(cli, folder.FullName, null, "pf_live_AAAA.nonsense", "login", "--server", server);
            Assert.Equal(2, refused);
            Assert.Contains("API_KEY_INVALID", why, StringComparison.Ordinal);
            // What is no key at all is no bearer of ours either, and what login asks the server is public.
            var (other, reason) = await RunAsync(cli, folder.FullName, null, "garbage", "login", "--server", server);
            Assert.True(other == 2 && reason.Contains("API_KEY_INVALID", StringComparison.Ordinal), reason);

            var key = await Keys.NewAsync(postgres, await postgres.NewOrgAsync("enterprise"));
            var (kept, said) = await RunAsync(cli, folder.FullName, null, key.Text, "login", "--server", server);
            Assert.True(kept == 0, said);
            Assert.DoesNotContain(key.Text, said, StringComparison.Ordinal);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.FullName, "promptforge", "credentials.json")));

            var (called, output) = await RunAsync(cli, folder.FullName, null, null, "call", "M07", "--example", "--domain", "fintech", "--out", Path.Combine(folder.FullName, "out"));
            Assert.True(called == 0, output);
            Assert.True(File.Exists(Path.Combine(folder.FullName, "out", "prompt.pdf")));
            Assert.Contains("./forge verify out ", output, StringComparison.Ordinal);
            var (verified, verdict) = await RunAsync(cli, folder.FullName, null, null, "verify", "out", "--issuer-key", Path.Combine(postgres.DataDirectory, "issuer.pub"));
            Assert.True(verified == 0, verdict);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "file"), "", Cancel);
            var (unsaved, reason2) = await RunAsync(cli, folder.FullName, null, null, "call", "M07", "--example", "--out", "file");
            Assert.True(unsaved == 2 && reason2.Contains("error OUT_NOT_WRITABLE", StringComparison.Ordinal), reason2);
            (called, output) = await RunAsync(cli, folder.FullName, null, null, "call", "M07", "--example", "--domain", "saas", "--out", Path.Combine(folder.FullName, "out"));
            Assert.True(called == 0, output);
            Assert.Single(Directory.GetFiles(Path.Combine(folder.FullName, "out"), "*.zip"));
            Assert.DoesNotContain(key.Text, output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Where_a_key_cannot_be_kept_or_is_none_login_and_call_say_so()
    {
        var folder = Directory.CreateTempSubdirectory("promptforge-login-");
        var cli = Path.Combine(Binaries, "PromptForge.Cli", "release", "promptforge");
        try
        {
            // A file where the folder would be: nobody can write there, not even root.
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "promptforge"), "", Cancel);
            var key = await Keys.NewAsync(postgres, await postgres.NewOrgAsync("enterprise"));
            var (exit, output) = await RunAsync(cli, folder.FullName, null, key.Text, "login", "--server", (await postgres.ServerAsync()).Address.ToString());
            Assert.True(exit == 2 && output.StartsWith("error CREDENTIALS_NOT_WRITABLE: ", StringComparison.Ordinal), output);
            Assert.Contains("XDG_CONFIG_HOME", output, StringComparison.Ordinal);
            Assert.DoesNotContain(key.Text, output, StringComparison.Ordinal);

            (exit, output) = await RunAsync(cli, folder.FullName, "two\nlines", null, "call", "M07", "--example");
            Assert.True(exit == 2 && output.StartsWith("error API_KEY_INVALID: ", StringComparison.Ordinal), output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<(int Exit, string Output)> RunAsync(string program, string folder, string? key, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["XDG_CONFIG_HOME"] = folder;
        start.Environment.Remove("PROMPTFORGE_KEY");
        start.Environment.Remove("PROMPTFORGE_SERVER");
        if (key is not null)
        {
            start.Environment["PROMPTFORGE_KEY"] = key;
            start.Environment["PROMPTFORGE_SERVER"] = (await postgres.ServerAsync()).Address.GetLeftPart(UriPartial.Authority);
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync(input ?? "");
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, output + await errors);
    }
}

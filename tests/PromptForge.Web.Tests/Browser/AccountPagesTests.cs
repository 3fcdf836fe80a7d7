using System.Diagnostics;
using System.Net;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Browser;

/// <summary>The first page and those behind the links of our mails, in Chromium, held against axe.</summary>
public sealed class AccountPagesTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_confirms_an_address_sets_a_password_and_signs_in()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/chromium"), "Chromium is not installed; install the package chromium");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Repository.Root, "node_modules", "playwright-core")), "playwright-core is not installed; run npm ci");
        var pictures = Directory.CreateTempSubdirectory("promptforge-pictures-");
        try
        {
            var script = Path.Combine(Repository.Root, "tests", "browser", "accounts.mjs");
            using var process = Process.Start(new ProcessStartInfo("node", [script, (await postgres.ServerAsync()).Address.GetLeftPart(UriPartial.Authority), Environment.GetEnvironmentVariable("FORGE_PICTURES") ?? pictures.FullName])
            {
                WorkingDirectory = Repository.Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var output = process.StandardOutput.ReadToEndAsync(Cancel);
            var errors = await process.StandardError.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
            Assert.True(process.ExitCode == 0, errors + await output);
        }
        finally
        {
            pictures.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("/account/reset", "ro-RO,ro;q=0.9,en;q=0.5", "lang=\"ro\"", "Alege o parolă nouă")]
    [InlineData("/account/reset", "en-US,en;q=0.9,ro;q=0.1", "lang=\"en\"", "Set a new password")]
    [InlineData("/", "ro", "lang=\"ro\"", "50 module în 25 de domenii")]
    [InlineData("/", "de, en", "lang=\"en\"", "50 modules in 25 domains")]
    [InlineData("/invitation", "ro", "lang=\"ro\"", "Ai primit o invitație")]
    public async Task A_page_speaks_its_reader_s_language(string path, string accept, string language, string title)
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        var page = (await nobody.GetAsync(path, ("Accept-Language", accept))).Is(HttpStatusCode.OK);
        Assert.Contains(language, page.Text, StringComparison.Ordinal);
        Assert.Contains(title, WebUtility.HtmlDecode(page.Text), StringComparison.Ordinal);
    }
}

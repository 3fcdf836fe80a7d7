using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using PromptForge.Core.Bundling;
using PromptForge.Web.Bundles;
using PromptForge.Web.Runs;
using PromptForge.Web.Tests.Http;
using PromptForge.Web.Tests.Runs;

namespace PromptForge.Web.Tests.Bundles;

public sealed class VerifyBundleTests(PostgresFixture postgres, RunFixture runs) : IClassFixture<RunFixture>
{
    private const string Path = "/api/bundles/verify";
    private static readonly byte[] Byte = [1];

    [Fact]
    public async Task A_bundle_of_this_installation_is_valid_to_anybody()
    {
        var run = await RunAsync();
        var report = (await PostAsync(run.Bundle!.Zip)).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("valid", run.Bundle.Checksum, run.RunId.ToString()), ((string?)report["verdict"], (string?)report["checksum"], (string?)report["run_id"]));
        Assert.Equal(((string?)"this installation", true), ((string?)report["issuer"]!["name"], (bool)report["issuer"]!["known"]!));
        Assert.Equal("M07", (string?)report["module"]!["module_id"]);
        Assert.NotNull(report["created_at"]);
        Assert.Equal(run.Bundle.Files.Select(f => (f.Name, "intact", f.Sha256)), report["files"]!.AsArray().Select(f => ((string)f!["name"]!, (string)f["state"]!, (string)f["sha256"]!)));
        Assert.Equal("Every file is as its issuer sealed it.", (string?)report["detail"]);
    }

    [Fact]
    public async Task One_changed_byte_names_its_file()
    {
        var zip = await RezipAsync(files => files["prompt.txt"][3] ^= 1);
        var report = (await PostAsync(zip)).Is(HttpStatusCode.OK).Json;
        Assert.Equal("file_changed", (string?)report["verdict"]);
        Assert.Equal(["prompt.txt"], Named(report, "changed"));
        Assert.Contains("prompt.txt", (string?)report["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_and_an_added_file_are_named()
    {
        var missing = (await PostAsync(await RezipAsync(files => files.Remove("prompt.md")))).Is(HttpStatusCode.OK).Json;
        Assert.Equal("file_missing", (string?)missing["verdict"]);
        Assert.Equal(["prompt.md"], Named(missing, "missing"));
        Assert.Null(missing["checksum"]);

        var added = (await PostAsync(await RezipAsync(files => files["readme.txt"] = "hello"u8.ToArray()))).Is(HttpStatusCode.OK).Json;
        Assert.Equal("file_added", (string?)added["verdict"]);
        Assert.Equal(["readme.txt"], Named(added, "added"));
    }

    [Fact]
    public async Task A_broken_seal_is_told_even_where_all_hashes_agree()
    {
        var other = await RunAsync();
        var zip = await RezipAsync(files => files["manifest.sig"] = other.Bundle!.Find("manifest.sig")!.Content.ToArray());
        var report = (await PostAsync(zip)).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("seal_broken", false), ((string?)report["verdict"], (bool)report["issuer"]!["known"]!));
    }

    [Fact]
    public async Task A_bundle_that_somebody_else_sealed_is_intact_and_of_an_unknown_issuer()
    {
        var tenant = await runs.OrgAsync("enterprise");
        var foreign = (await (await runs.PipelineAsync()).RunAsync(await runs.RequestAsync(tenant), TestContext.Current.CancellationToken)).Value;
        var report = (await PostAsync(foreign.Bundle!.Zip)).Is(HttpStatusCode.OK).Json;
        Assert.Equal("unknown_issuer", (string?)report["verdict"]);
        Assert.Equal((runs.Key.Id, null, false), ((string?)report["issuer"]!["key_id"], (string?)report["issuer"]!["name"], (bool)report["issuer"]!["known"]!));
        Assert.All(report["files"]!.AsArray(), f => Assert.Equal("intact", (string?)f!["state"]));
    }

    [Fact]
    public async Task What_is_no_zip_a_bomb_and_a_name_that_leads_elsewhere_are_no_bundles()
    {
        foreach (var (upload, says) in new[]
        {
            (new byte[] { 1, 2, 3 }, "not a zip"),
            (Zip(z => { for (var i = 0; i < 4; i++) Add(z, $"f{i}", new byte[8 << 20]); }), "unpacks to more than"),
            (Zip(z => Add(z, "../../etc/passwd", [1])), "plain names"),
            (new byte[BundleVerifier.MaxBytes + 1], "larger than"),
            ([], "not a zip"),
        })
        {
            var report = (await PostAsync(upload)).Is(HttpStatusCode.OK).Json;
            Assert.Equal("not_a_bundle", (string?)report["verdict"]);
            Assert.Contains(says, (string?)report["detail"], StringComparison.Ordinal);
            Assert.Null(report["issuer"]);
        }
    }

    [Fact]
    public async Task None_two_and_something_else_than_a_form_are_refused()
    {
        await using var server = await postgres.NewServerAsync();
        using var caller = new ApiCaller(server.Address);
        using var none = new MultipartFormDataContent { { new StringContent("x"), "note" } };
        (await caller.PostAsync(Path, none)).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        using var two = new MultipartFormDataContent { { File(Byte), "bundle", "a.zip" }, { File(Byte), "bundle", "b.zip" } };
        var answer = (await caller.PostAsync(Path, two)).Is(HttpStatusCode.BadRequest, "INPUT_INVALID");
        Assert.Contains("2 files", (string?)answer.Json["detail"], StringComparison.Ordinal);
        (await caller.PostAsync(Path, new { bundle = "x" })).Is(HttpStatusCode.UnsupportedMediaType, "MEDIA_TYPE_UNSUPPORTED");
        (await caller.PostAsync(Path, null)).Is(HttpStatusCode.UnsupportedMediaType, "MEDIA_TYPE_UNSUPPORTED");
        using var broken = new ByteArrayContent("--b\r\nContent-Disposition: form-data; name=\"bundle\"; filename=\"a\"\r\n\r\nhalf"u8.ToArray());
        broken.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        (await caller.PostAsync(Path, broken)).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
        using var nameless = new ByteArrayContent([1]);
        nameless.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data");
        (await caller.PostAsync(Path, nameless)).Is(HttpStatusCode.BadRequest, "BODY_INVALID");
    }

    [Fact]
    public async Task More_than_the_limit_is_refused_unread()
    {
        using var client = new System.Net.Sockets.TcpClient();
        var address = (await postgres.ServerAsync()).Address;
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"POST {Path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {VerifyBundle.MaxUpload + 1}\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        Assert.Contains(" 413 ", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_address_may_not_go_on_without_end()
    {
        await using var server = await postgres.NewServerAsync();
        using var caller = new ApiCaller(server.Address);
        for (var i = 0; i < 30; i++)
        {
            using var upload = Form(Byte);
            (await caller.PostAsync(Path, upload)).Is(HttpStatusCode.OK);
        }

        using var last = Form(Byte);
        var refused = (await caller.PostAsync(Path, last)).Is(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
        Assert.Equal("10", refused.Headers["Retry-After"]);
    }

    private async Task<RunResult> RunAsync()
    {
        var tenant = await runs.OrgAsync("enterprise");
        var pipeline = (await postgres.ServerAsync()).Services.GetRequiredService<RunPipeline>();
        return (await pipeline.RunAsync(await runs.RequestAsync(tenant), TestContext.Current.CancellationToken)).Value;
    }

    private async Task<byte[]> RezipAsync(Action<Dictionary<string, byte[]>> change)
    {
        var files = (await RunAsync()).Bundle!.Files.ToDictionary(f => f.Name, f => f.Content.ToArray());
        change(files);
        return Zip(zip =>
        {
            foreach (var (name, content) in files)
                Add(zip, name, content);
        });
    }

    private static byte[] Zip(Action<ZipArchive> fill)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            fill(zip);
        return bytes.ToArray();
    }

    private static void Add(ZipArchive zip, string name, byte[] content)
    {
        using var entry = zip.CreateEntry(name).Open();
        entry.Write(content);
    }

    private async Task<ApiAnswer> PostAsync(ReadOnlyMemory<byte> upload)
    {
        using var nobody = await ApiCaller.NobodyAsync(postgres);
        using var form = Form(upload);
        return await nobody.PostAsync(Path, form);
    }

    private static MultipartFormDataContent Form(ReadOnlyMemory<byte> upload) => new() { { File(upload), "bundle", "bundle.zip" } };

    private static ReadOnlyMemoryContent File(ReadOnlyMemory<byte> content) => new(content);

    private static IEnumerable<string?> Named(System.Text.Json.Nodes.JsonNode report, string state) => report["files"]!.AsArray().Where(f => (string?)f!["state"] == state).Select(f => (string?)f!["name"]);
}

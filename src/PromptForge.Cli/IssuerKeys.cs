using System.Collections.Immutable;
using PromptForge.Core;
using PromptForge.Core.Bundling;

namespace PromptForge.Cli;

/// <summary>The issuers that the caller trusts: named on the command line, in the environment, or by a server's data directory on this machine.</summary>
internal static class IssuerKeys
{
    public const string Variable = "PROMPTFORGE_ISSUER_KEYS";

    private const string FileName = "issuer.pub";
    private const int MaxFile = 64 * 1024;

    public static async Task<Outcome<ImmutableArray<IssuerKey>>> ReadAsync(IReadOnlyList<string> named, CancellationToken cancel)
    {
        var faults = new List<Fault>();
        var keys = ImmutableArray.CreateBuilder<IssuerKey>();
        var fromEnvironment = Environment.GetEnvironmentVariable(Variable)?.Split([';', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        foreach (var (source, where) in named.Select(n => (n, "--issuer-key")).Concat(fromEnvironment.Select(n => (n, Variable))))
            await AddAsync(source, where);
        if (OfDataDirectory() is { } file)
            await AddAsync(file, file);
        return faults.Count > 0 ? faults : keys.DistinctBy(k => Convert.ToBase64String(k.PublicKey.Span)).ToImmutableArray();

        async Task AddAsync(string source, string where)
        {
            if (IssuerKey.TryParse(source, out var key) || IssuerKey.TryParse($"{IssuerKey.Scheme} {source} key on the command line", out key))
            {
                keys.Add(key);
            }
            else if (File.Exists(source) && new FileInfo(source).Length <= MaxFile)
            {
                var read = IssuerKey.ParseAll(await File.ReadAllTextAsync(source, cancel), source);
                faults.AddRange(read.Faults);
                keys.AddRange(read.Ok ? read.Value : []);
            }
            else
            {
                faults.Add(new("ISSUER_KEY_INVALID", where, $"{source} is neither a file of issuers nor a public key: 32 bytes in base64, or a line \"{IssuerKey.Scheme} <base64> <name>\"."));
            }
        }
    }

    // Never the current directory: whoever sends a bundle could send a key along with it.
    private static string? OfDataDirectory()
    {
        if (Environment.GetEnvironmentVariable("FORGE_DATA") is { Length: > 0 } data)
            return Existing(data);
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "forge")))
                return Existing(Path.Combine(at.FullName, ".forge"));
        }

        return null;

        static string? Existing(string folder) => Path.Combine(folder, FileName) is var file && File.Exists(file) ? file : null;
    }
}

using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using PromptForge.Core.Catalog;
using PromptForge.Core.Prompting;
using PromptForge.Core.SevenD;

namespace PromptForge.Core.Bundling;

/// <summary>A prompt read back from a bundle: its lines with their causes, its inputs, and the lock it was compiled under.</summary>
public sealed record PromptRecord(CompiledPrompt Prompt, JsonObject Inputs)
{
    public const string Code = "BUNDLE_UNREADABLE";

    /// <summary>The same from a bundle's zip.</summary>
    public static Outcome<PromptRecord> ReadZip(ReadOnlyMemory<byte> zip)
    {
        var files = ZipReader.Read(zip);
        return files.Ok ? Read(files.Value) : files.Faults.ToList();
    }

    /// <param name="files">A bundle's files by name; prompt.json and manifest.json are read, and prompt.txt where it is there.</param>
    public static Outcome<PromptRecord> Read(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        if (!files.TryGetValue(BundleFiles.Manifest, out var manifest))
            return new Fault(Code, BundleFiles.Manifest, "This is not a bundle: it has no manifest.json.");
        if (!files.TryGetValue(BundleFiles.PromptJson, out var prompt))
            return new Fault(Code, BundleFiles.PromptJson, "This bundle was exported without JSON, so it does not hold its inputs. Export it with the json format, or compile with --inputs.");
        try
        {
            var root = JsonNode.Parse(prompt.Span, documentOptions: new JsonDocumentOptions { MaxDepth = 24 })!.AsObject();
            var @lock = Lock(JsonNode.Parse(manifest.Span, documentOptions: new JsonDocumentOptions { MaxDepth = 24 })!.AsObject().Object("lock"));
            var text = root.Object("prompt");
            var lines = text["sections"]!.AsArray().Select(s => s!.AsObject()).SelectMany(s => s["lines"]!.AsArray().Select(l => Line(s.Text("name"), l!.AsObject())));
            // What people read is prompt.txt; where a bundle was exported with it, the two must say the same. Behind the prompt may stand the output.
            if (files.TryGetValue(BundleFiles.PromptTxt, out var read) && !read.Span.StartsWith(System.Text.Encoding.UTF8.GetBytes(text.Text("text"))))
                return new Fault(Code, BundleFiles.PromptTxt, "prompt.txt is not the prompt of prompt.json: one of them was changed. Run `verify` on the bundle to see which.");
            return new PromptRecord(new CompiledPrompt(text.Text("text"), [.. lines], @lock, text.Text("sha256")), root.Object("inputs").DeepClone().AsObject());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException or ArgumentException)
        {
            return new Fault(Code, BundleFiles.PromptJson, "The bundle's prompt or lock cannot be read. Run `verify` on it to see what was changed.");
        }
    }

    /// <summary>What of the catalogue is no longer what this prompt was compiled from; empty when it can be repeated.</summary>
    public static ImmutableArray<string> Drift(PromptLock then, PromptLock now)
    {
        var drift = ImmutableArray.CreateBuilder<string>();
        foreach (var (kind, a, b) in new[] { ("module", then.Module, now.Module), ("domain", then.Domain, now.Domain), ("ruleset", then.Ruleset, now.Ruleset), ("prompt standard", then.Standard, now.Standard) })
        {
            if (a != b)
                drift.Add(a.Version == b.Version ? $"{kind} {a.Name}: content differs under the same version {a.Version}" : $"{kind} {a.Name}: {a.Version} -> {b.Version}");
        }

        if (then.CompilerVersion != now.CompilerVersion)
            drift.Add($"compiler: {then.CompilerVersion} -> {now.CompilerVersion}");
        return drift.ToImmutable();
    }

    private static PromptLine Line(string section, JsonObject line)
    {
        var at = Sections.All.ToList().IndexOf(section);
        return at < 0 ? throw new FormatException(section) : new((Section)at, line.Text("key"), line.Text("text"), [.. line["causes"]!.AsArray().Select(c => Cause(c!.GetValue<string>()))]);
    }

    private static Cause Cause(string text) =>
        text.Split(' ', 2) is [var kind, var reference] && Codes<CauseKind>.TryParse(kind, out var value) ? new(value, reference) : throw new FormatException(text);

    private static PromptLock Lock(JsonObject l)
    {
        LockedItem Item(string name) => new(l.Object(name).Text("name"), l.Object(name).Text("version"), l.Object(name).Text("sha256"));
        var set = l.Object("final_7d");
        return new(Item("module"), Item("domain"), Item("ruleset"), Item("standard"), l.Text("compiler_version"),
            set.Defaults(set.Text("domain"), [.. set.Texts("output_formats").Select(Node.Output)]),
            Codes<Language>.TryParse(l.Text("language"), out var language) ? language : throw new FormatException("language"));
    }
}

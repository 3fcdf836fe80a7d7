using System.Globalization;
using PromptForge.Core.Bundling;
using PromptForge.Core.Scoring;
using PromptForge.Core.SevenD;
using PromptForge.Web.Bundles;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Runs;

/// <summary>A run's result for a person at a terminal.</summary>
internal static class RunReport
{
    public static void Print(RunRequest request, RunResult result, BundleStore store, DirectoryInfo? folder, DatabaseSettings settings, TimeSpan took, TextWriter to)
    {
        var set = request.SevenD.Set;
        var score = result.Score;
        to.WriteLine($"{request.Module.Id} {request.Module.In(request.Language).Name}");
        Row("context", $"{set.Domain} · {set.Scale.Code()} · {set.Urgency.Code()} · {set.Complexity.Code()} · {set.Resources.Code()} · {set.Application.Code()} · {string.Join(" + ", set.Outputs.Select(o => o.Code()))} · {request.Language.ToString().ToLowerInvariant()}");
        if (request.SevenD.Overrides.Length > 0)
            Row("overrides", string.Join(", ", request.SevenD.Overrides.Select(o => $"{o.Axis.Code()} {o.Default} -> {o.Actual}")));
        Row("prompt", string.Create(CultureInfo.InvariantCulture, $"{result.Prompt.Lines.Length} lines, {result.Prompt.Text.Length:N0} characters, sha256 {result.Prompt.Hash[..12]}"));
        if (result.Output is not null)
            Row("output", string.Create(CultureInfo.InvariantCulture, $"{result.Output.Length:N0} characters, SIMULATED: no model was called"));
        Row("score", $"clarity {score.Clarity} · execution {score.Execution} · ambiguity {score.Ambiguity} · alignment {score.Alignment} · business fit {score.BusinessFit}");
        Row("total", $"{score.Total} of 100, {Codes<Verdict>.Of(score.Verdict).Replace('_', ' ')} (gate {score.Thresholds.Gate}){(result.Evaluation.Second is { } second ? $", after one repair ({Codes<RepairStrategy>.Of(second.Strategy!.Value)}) from {result.Evaluation.First.Score.Total}" : "")}");
        foreach (var lost in score.SubScores.Where(s => s.Points < s.Of).OrderByDescending(s => s.Of - s.Points).Take(4))
            Row("", string.Create(CultureInfo.InvariantCulture, $"{Codes<ScoreAxis>.Of(lost.Axis).Replace('_', ' ')} {lost.Name}: {lost.Points:0.#} of {lost.Of:0.#}{(lost.Evidence.IsEmpty ? "" : $" ({lost.Evidence[0]})")}"));
        if (result.Hits.Length > 0)
            Row("policy hits", string.Join(", ", result.Hits.Select(h => $"{h.Code} in {h.Where}").Take(5)));
        Row("run", $"{result.RunId}");
        if (result.Bundle is not null)
        {
            var path = folder is not null ? folder.FullName : store.PathOf(result.StoreKey!);
            Row("bundle", Relative(path));
            Row("files", string.Join(" ", result.Bundle.Files.Select(f => f.Name)) + (folder is not null && result.Formats.HasFlag(BundleFormats.Zip) ? " " + result.Bundle.ZipName : ""));
            Row("checksum", result.Bundle.Checksum);
            var known = Path.GetFullPath(settings.DataDirectory) == Path.Combine(Repository.Root, ".forge") || Environment.GetEnvironmentVariable("FORGE_DATA") is not null;
            Row("verify", $"./forge verify {Quoted(Relative(path))}{(known ? "" : $" --issuer-key {Quoted(Relative(Path.Combine(settings.DataDirectory, Issuer.PublicFile)))}")}");
        }

        Row("took", string.Create(CultureInfo.InvariantCulture, $"{took.TotalSeconds:0.0} s"));

        void Row(string name, string text) => to.WriteLine($"  {name,-11} {text}");
    }

    private static string Relative(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path) is var near && near.Length < path.Length ? near : path;

    private static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"'{path}'" : path;
}

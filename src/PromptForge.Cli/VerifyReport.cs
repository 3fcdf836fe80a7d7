using System.Globalization;
using PromptForge.Core.Bundling;

namespace PromptForge.Cli;

/// <summary>A verification's report for people: verdict first, then who, what, when, then each file.</summary>
internal static class VerifyReport
{
    public static void Print(BundleReport report, TextWriter to)
    {
        to.WriteLine(report.Verdict switch
        {
            BundleVerdict.Valid => "VALID: every file is as its issuer sealed it.",
            BundleVerdict.UnknownIssuer => "UNKNOWN ISSUER: no file was changed, but nobody vouches for who made it.",
            BundleVerdict.NotABundle => "NOT A BUNDLE, or one that cannot be read.",
            BundleVerdict.SealBroken => "INVALID: the seal is broken.",
            BundleVerdict.ContainerChanged => "INVALID: the zip around the files was changed.",
            _ => "INVALID: files were changed, removed or added.",
        });
        foreach (var fault in report.Faults)
            to.WriteLine($"  {fault.Code}: {Plain(fault.ToString())}");
        if (report.Verdict == BundleVerdict.UnknownIssuer)
            to.WriteLine("  If another server sealed it, name that server's public key: --issuer-key FILE, with the issuer.pub that its operator gives you.");
        if (report.Manifest is { } manifest)
            Manifest(manifest, report, to);
        if (report.Files.Length > 0)
            to.WriteLine();
        foreach (var file in report.Files)
            to.WriteLine($"  {file.State.ToString().ToLowerInvariant(),-8} {Plain(file.Name)}");
    }

    private static void Manifest(BundleManifest manifest, BundleReport report, TextWriter to)
    {
        to.WriteLine();
        if (report.Issuer is null)
            to.WriteLine("  What the bundle says of itself, unproved:");
        Line("issuer", report.Issuer is { } issuer ? $"{(issuer.Length > 0 ? issuer : "(no name)")}, key {manifest.PublicKeyId}" : $"unknown, key {manifest.PublicKeyId}");
        Line("org", $"{manifest.OrgName} ({manifest.OrgId})");
        Line("module", $"{manifest.ModuleId} {manifest.ModuleVersion}, {manifest.ModuleName}");
        Line("project", $"{manifest.Project}, domain {manifest.Domain}");
        Line("run", $"{manifest.RunId}, {manifest.Type}{(manifest.Simulated ? ", SIMULATED" : "")}{(manifest.Trial ? ", TRIAL" : "")}");
        Line("made", string.Create(CultureInfo.InvariantCulture, $"{manifest.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC, PromptForge {manifest.GeneratorVersion}"));
        Line("score", $"{manifest.ScoreTotal}, {manifest.Verdict}, gate {(manifest.GatePassed ? "passed" : "not passed")}");
        Line("licence", manifest.LicenceNotice);
        Line("checksum", report.Checksum ?? "cannot be reckoned while files are missing");

        void Line(string name, string text) => to.WriteLine($"  {name,-9} {Plain(text)}");
    }

    /// <summary>A stranger's text on a terminal: no escape sequences, no direction marks.</summary>
    private static string Plain(string text) =>
        string.Concat(text.Where(c => !char.IsControl(c) && char.GetUnicodeCategory(c) != UnicodeCategory.Format));
}

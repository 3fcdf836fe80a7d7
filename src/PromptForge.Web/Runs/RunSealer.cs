using System.Globalization;
using PromptForge.Core.Bundling;
using PromptForge.Core.Catalog;
using PromptForge.Core.Readiness;
using PromptForge.Core.Scoring;
using PromptForge.Web.Bundles;

namespace PromptForge.Web.Runs;

/// <summary>A finished run to its bundle, read back before anybody is told. The same run in the same formats gives the same bytes.</summary>
internal sealed class RunSealer(ProductCatalog catalog, SigningKey key)
{
    private readonly IssuerKey issuer = key.Issuer(Issuer.Name);

    public RunResult Seal(RunRequest request, RunResult result, PromptContract contract, bool trial)
    {
        var licence = catalog.Ruleset.LicenceNotice
            .Replace("{{ year }}", result.FinishedAt.Year.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("{{ org }}", request.OrgName, StringComparison.Ordinal);
        var bundle = BundleWriter.Write(new BundleContent
        {
            RunId = result.RunId,
            OrgId = request.OrgId,
            OrgName = request.OrgName,
            Project = request.Project,
            Type = request.Type,
            Module = request.Module,
            DomainName = catalog.FindDomain(request.SevenD.Set.Domain)!.In(request.Language).Name,
            SevenD = request.SevenD,
            Language = request.Language,
            Inputs = request.Inputs.Values,
            Prompt = result.Prompt,
            Output = result.Output,
            ParsedOutput = result.Output is null ? null : OutputReader.Read(result.Output, contract).Fields,
            Score = result.Score,
            PolicyHits = result.Hits,
            Telemetry = result.Telemetry,
            Trial = trial,
            LicenceNotice = licence,
            Visibility = Visibility.Internal,
            CreatedAt = result.FinishedAt,
        }, result.Formats, key);
        var report = BundleVerifier.VerifySealed(bundle, [issuer]);
        var complete = Evaluation.Completeness(result.Prompt.Text, result.Output, contract);
        var done = DefinitionOfDone.Check(new(result.Score, complete, TelemetrySaved: true, report.Verdict == BundleVerdict.Valid && report.Checksum == bundle.Checksum, report.Manifest is { LicenceNotice.Length: > 0 }));
        if (!done.Passed)
            throw new InvalidOperationException($"The bundle of run {result.RunId} is not what was sealed: {string.Join(", ", done.Faults.Select(f => f.Code))}.");
        return result with
        {
            Done = done,
            Bundle = bundle,
            LicenceNotice = licence,
            StoreKey = BundleStore.Key(request.OrgId, result.FinishedAt, request.SevenD.Set.Domain, request.Module.Id, result.RunId, bundle.ZipName),
        };
    }
}

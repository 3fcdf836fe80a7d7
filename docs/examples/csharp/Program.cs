// Runs M07 and saves the bundle's files. Takes PROMPTFORGE_SERVER and PROMPTFORGE_KEY.
using PromptForge.Client;

using var forge = new PromptForgeClient(new Uri(Environment.GetEnvironmentVariable("PROMPTFORGE_SERVER")!), Environment.GetEnvironmentVariable("PROMPTFORGE_KEY"));
try
{
    var run = await forge.RunAsync("M07", new RunRequest
    {
        SevenD = new SevenD("fintech", Urgency: "crisis"),
        Type = "generation",
        Formats = ["md", "json"],
        Inputs = new Dictionary<string, object?>
        {
            ["price"] = "25000 EUR",
            ["perceived_risk"] = "delivery uncertainty",
            ["proofs"] = new[] { "audit 2025", "case study" },
            ["guarantees"] = new[] { "milestone refunds" },
        },
    }, idempotencyKey: "acme-offer-42");
    Console.WriteLine($"{run.Score!.Verdict} {run.Score.Total} {run.Bundle!.Checksum}");
    foreach (var file in run.Bundle.Files)
        await File.WriteAllBytesAsync(file.Name, await forge.DownloadAsync(file.Url));
    return 0;
}
catch (PromptForgeException refused)
{
    await Console.Error.WriteLineAsync(refused.Message);
    return 1;
}

using System.Globalization;

namespace PromptForge.Bench;

/// <summary>Prints each figure beside its limit; a missed limit makes the exit status 1. Ratios mean more than times: the peer ran in the same minute on the same machine.</summary>
internal sealed class Report
{
    public int Missed { get; private set; }

    public void AtLeast(string what, double value, double limit) => Print(what, value, $">= {Number(limit)}", value >= limit);

    public void AtMost(string what, double value, double limit) => Print(what, value, $"<= {Number(limit)}", value <= limit);

    public static void Note(string text) => Console.WriteLine($"       {text}");

    public static void Skip(string what, string why) => Console.WriteLine($"skip   {what}: {why}");

    private void Print(string what, double value, string limit, bool ok)
    {
        if (!ok)
            Missed++;
        Console.WriteLine($"{(ok ? "ok    " : "MISSED")} {what}: {Number(value)} ({limit})");
    }

    private static string Number(double value) => value.ToString(value < 100 ? "0.##" : "N0", CultureInfo.InvariantCulture);
}

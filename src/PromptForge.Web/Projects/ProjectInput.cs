using System.Text.Json;
using PromptForge.Core;

namespace PromptForge.Web.Projects;

/// <summary>What a project may hold beside its name.</summary>
internal static class ProjectInput
{
    private const int MaxDescription = 2000;
    private const int MaxMeta = 16_000;

    /// <summary>An empty text takes the description away.</summary>
    public static string? Description(string? text, List<Fault> faults) => text is null ? null : Naming.Text(text, "/description", MaxDescription).Or(faults);

    /// <returns>JSON that the database can hold: no null bytes, no halves of characters, no numbers without end.</returns>
    public static string? Meta(JsonElement? meta, List<Fault> faults)
    {
        if (meta is not { ValueKind: not JsonValueKind.Null } given)
            return null;
        var fault = given.ValueKind != JsonValueKind.Object ? new("META_INVALID", "/meta", "It is a JSON object.")
            : given.GetRawText().Length > MaxMeta ? new("TOO_LONG", "/meta", $"At most {MaxMeta} characters of JSON are allowed.")
            : Fault(given, "/meta");
        if (fault is null)
            return given.GetRawText();
        faults.Add(fault);
        return null;
    }

    private static Fault? Fault(JsonElement value, string where)
    {
        try
        {
            return Within(value, where);
        }
        catch (InvalidOperationException)
        {
            return new("TEXT_INVALID", where, "A text here holds half a character. Send valid UTF-8.");
        }
    }

    private static Fault? Within(JsonElement value, string where) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Select(m => Text(m.Name, where) ?? Fault(m.Value, $"{where}/{m.Name}")).FirstOrDefault(f => f is not null),
        JsonValueKind.Array => value.EnumerateArray().Select((item, at) => Fault(item, $"{where}/{at}")).FirstOrDefault(f => f is not null),
        JsonValueKind.String => Text(value.GetString()!, where),
        JsonValueKind.Number when !double.IsFinite(value.GetDouble()) => new("NUMBER_INVALID", where, "The number is too large."),
        _ => null,
    };

    private static Fault? Text(string text, string where) => Naming.Text(text, where, MaxMeta) is { Ok: false } refused ? refused.Faults[0] : null;
}

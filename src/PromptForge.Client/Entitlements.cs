namespace PromptForge.Client;

/// <param name="Notice">What is about to end, or has ended; null when all is well.</param>
/// <param name="Flags">Every flag that is on; what is not listed is off.</param>
/// <param name="Formats">What a bundle may hold; txt always.</param>
public sealed record Entitlements(Plan Plan, SubscriptionNotice? Notice, IReadOnlyList<Flag> Flags, OpenModules Modules, IReadOnlyList<string> Formats, string Evaluator, Seats Seats, Limits Limits);

public sealed record Plan(string Code, string Name);

/// <param name="Kind">trial, past_due or lapsed.</param>
public sealed record SubscriptionNotice(string Kind, string Plan, string Status, DateTimeOffset? Until);

/// <param name="FirstExpiry">When the first of the sources ends; null: none does.</param>
/// <param name="ExpiresAt">When the last one ends, and the flag with it; null: it stays.</param>
public sealed record Flag([property: System.Text.Json.Serialization.JsonPropertyName("flag")] string Name, DateTimeOffset? FirstExpiry, DateTimeOffset? ExpiresAt, IReadOnlyList<FlagSource> Sources);

/// <param name="Source">plan, addon, pack, license or manual.</param>
/// <param name="Own">It is the caller's alone, not the organisation's.</param>
public sealed record FlagSource(string Source, string Ref, DateTimeOffset? ExpiresAt, bool Own, string? Tier);

/// <param name="Ids">Those that are open, where not all are.</param>
public sealed record OpenModules(bool All, IReadOnlyList<string> Ids);

public sealed record Seats(int Used, int Of);

public sealed record Limits(int LiveRunsPerHour, int LiveRunsPerMonth, int RetentionDays);

namespace PromptForge.Core.Entitlements;

public enum GrantSource { Plan, Addon, Pack, License, Manual }

public enum SubscriptionStatus { Trialing, Active, PastDue, Canceled, Unpaid, Incomplete, IncompleteExpired, Paused }

public enum AddonStatus { Active, Trialing, PastDue, Canceled, Unpaid, Paused }

/// <summary>Everything the database holds about what an org may do, as it stands there: nothing is left out for its time or state.</summary>
/// <param name="Subscription">The live one, or else the newest.</param>
/// <param name="Managers">The owners and admins.</param>
public sealed record RightsRows(
    SubscriptionRow? Subscription, IReadOnlyList<EntitlementRow> Entitlements, IReadOnlyList<AddonRow> Addons, IReadOnlyList<PackRow> Packs,
    IReadOnlyList<LicenceRow> Licences, IReadOnlyList<Guid> Managers)
{
    public static readonly RightsRows None = new(null, [], [], [], [], []);
}

public sealed record SubscriptionRow(string Plan, SubscriptionStatus Status, int Seats, DateTimeOffset? TrialEnd, DateTimeOffset? PastDueSince);

/// <param name="UserId">Null: the whole org.</param>
/// <param name="Plan">On a granted plan's rows: its code.</param>
/// <param name="Seats">On rows of hasSeatsGT1: how many come along.</param>
/// <param name="Tier">On rows of hasEvaluatorAI: "advanced" or nothing.</param>
public sealed record EntitlementRow(Guid? UserId, string Flag, GrantSource Source, string Ref, DateTimeOffset? ExpiresAt, string? Plan = null, int? Seats = null, string? Tier = null);

public sealed record AddonRow(Guid UserId, string Code, AddonStatus Status, DateTimeOffset? ExpiresAt);

public sealed record PackRow(string Code, GrantSource Source, DateTimeOffset? ExpiresAt);

public sealed record LicenceRow(string Serial, IReadOnlyList<string> Modules, IReadOnlyList<string> Features, int Seats, DateTimeOffset ExpiresAt);

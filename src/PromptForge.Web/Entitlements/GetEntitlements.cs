using System.Collections.Immutable;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core.Bundling;
using PromptForge.Core.Entitlements;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;
using PromptForge.Web.Tenancy;

namespace PromptForge.Web.Entitlements;

/// <summary>What the caller may do in the organisation, and why.</summary>
/// <param name="Notice">What is about to end, or has ended; null when all is well.</param>
/// <param name="Flags">Every flag that is on; what is not listed is off.</param>
/// <param name="Formats">What a bundle may hold; txt always.</param>
/// <param name="Evaluator">Which judge scores beside the rubric.</param>
public sealed record EntitlementsView(
    PlanView Plan, SubscriptionNotice? Notice, IReadOnlyList<FlagView> Flags, ModulesView Modules, IReadOnlyList<string> Formats, EvaluatorLevel Evaluator, SeatsView Seats, LimitsView Limits);

public sealed record PlanView(string Code, string Name);

/// <param name="Kind">trial, past_due (the plan's rights still hold), or lapsed (they do not any more).</param>
/// <param name="Until">When the trial or the grace period ends.</param>
public sealed record SubscriptionNotice(string Kind, string Plan, SubscriptionStatus Status, DateTimeOffset? Until);

/// <param name="FirstExpiry">When the first of the sources ends; null: none does.</param>
/// <param name="ExpiresAt">When the last one ends, and the flag with it; null: it stays.</param>
public sealed record FlagView(string Flag, DateTimeOffset? FirstExpiry, DateTimeOffset? ExpiresAt, IReadOnlyList<SourceView> Sources);

/// <param name="Own">It is the caller's alone, not the organisation's.</param>
public sealed record SourceView(GrantSource Source, string Ref, DateTimeOffset? ExpiresAt, bool Own, string? Tier);

/// <param name="Ids">Those that are open, where not all are.</param>
public sealed record ModulesView(bool All, IReadOnlyList<string> Ids);

/// <param name="Used">Members and open invitations; above <paramref name="Of"/> after seats were lowered, and then nobody can be added.</param>
public sealed record SeatsView(int Used, int Of);

public sealed record LimitsView(int LiveRunsPerHour, int LiveRunsPerMonth, int RetentionDays);

internal static class GetEntitlements
{
    private const string SeatsUsed = """
        select ((select count(*) from org_members where org_id = $1)
              + (select count(*) from invitations where org_id = $1 and accepted_at is null and revoked_at is null and expires_at > now()))::int
        """;

    public static void Map(WebApplication app) => app.MapOrgGroup("/entitlements").MapGet("", HandleAsync).ForScope("api.read")
        .WithName("getEntitlements").WithTags("Entitlements").WithSummary("What the organisation may do, and why");

    private static async Task<Results<Ok<EntitlementsView>, Problem>> HandleAsync(OrgAccess org, EntitlementResolver entitlements, Db db, CancellationToken ct)
    {
        var rights = await entitlements.OfAsync(org.OrgId, org.UserId, ct);
        return TypedResults.Ok(Of(rights, await db.ReadInOrgAsync<int>(org.OrgId, org.UserId, new(SeatsUsed, org.OrgId), ct)));
    }

    private static EntitlementsView Of(Rights rights, int seatsUsed) => new(
        new(rights.Plan.Code, rights.Plan.Name), Notice(rights.Subscription),
        [.. rights.Flags.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => Of(f.Key, f.Value))],
        new(rights.Modules is null, [.. (rights.Modules ?? []).Order(StringComparer.Ordinal)]),
        [.. new[] { BundleFormats.Txt, BundleFormats.Md, BundleFormats.Json, BundleFormats.Pdf, BundleFormats.Zip }.Where(f => rights.Formats.HasFlag(f)).Select(f => f.ToString().ToLowerInvariant())],
        rights.Evaluator, new(seatsUsed, rights.Seats), new(rights.LiveRuns.PerHour, rights.LiveRuns.PerMonth, rights.RetentionDays));

    private static FlagView Of(string flag, ImmutableArray<Grant> grants) => new(flag, grants.Min(g => g.ExpiresAt), grants.Any(g => g.ExpiresAt is null) ? null : grants.Max(g => g.ExpiresAt),
        [.. grants.Select(g => new SourceView(g.Source, g.Ref, g.ExpiresAt, g.Own, g.Tier))]);

    private static SubscriptionNotice? Notice(Standing? standing) => standing switch
    {
        null or { Status: SubscriptionStatus.Active } => null,
        { Counts: false } => new("lapsed", standing.Plan, standing.Status, standing.Until),
        { Status: SubscriptionStatus.Trialing } => new("trial", standing.Plan, standing.Status, standing.Until),
        _ => new("past_due", standing.Plan, standing.Status, standing.Until),
    };
}

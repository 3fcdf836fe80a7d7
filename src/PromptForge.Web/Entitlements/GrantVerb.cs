using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PromptForge.Core;
using PromptForge.Core.Catalog;
using PromptForge.Core.Entitlements;
using PromptForge.Core.SevenD;
using PromptForge.Web.Catalog;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Verbs;

namespace PromptForge.Web.Entitlements;

/// <summary>`grant`: the operator gives an org a plan, flags, a pack or seats without Stripe; running servers know within a second.</summary>
internal static class GrantVerb
{
    /// <summary>With a plan for teams that names no number.</summary>
    private const int DefaultSeats = 10;

    private const int MaxSeats = 1_000_000;

    public static Command Command()
    {
        var org = new Argument<string>("org") { Description = "The organisation's id or slug" };
        var plan = new Option<string?>("--plan") { Description = "Grant a whole plan: pilot, pro or enterprise; it replaces the plan granted before" };
        var seats = new Option<int?>("--seats") { Description = $"How many people (with a plan for teams {DefaultSeats} where none is named)" };
        var flags = new Option<string[]>("--flag") { Description = "Grant a single flag, such as hasAPI", AllowMultipleArgumentsPerToken = true };
        var packs = new Option<string[]>("--pack") { Description = "Grant an industry pack, such as fintech", AllowMultipleArgumentsPerToken = true };
        var user = new Option<Guid?>("--user") { Description = "The flags are for this member alone (user id)" };
        var until = new Option<string?>("--until") { Description = "When it ends: a day (its first second in UTC) or an RFC 3339 time; for good where none is named", HelpName = "DATE" };
        var revoke = new Option<bool>("--revoke") { Description = "Take back what is named, or everything that was granted by hand" };
        var list = new Option<bool>("--list") { Description = "Only show what the organisation may do" };
        var data = CommandLine.Data();
        var command = new Command("grant", "Gives an organisation a plan, flags, packs or seats by hand, or takes them back. A running server knows within a second.\n\nExample: ./forge grant acme --plan enterprise --seats 25 --until 2027-01-01\nExample: ./forge grant acme --revoke --plan enterprise")
            { org, plan, seats, flags, packs, user, until, revoke, list, data };
        command.SetAction(async (parsed, ct) =>
        {
            var clock = TimeProvider.System;
            var (catalog, opened) = await CatalogStart.OpenAsync(Database.OpenAsync(CommandLine.Settings(parsed.GetValue(data)), clock, ct), clock, ct);
            await using var database = opened;
            var grants = new Grants(database.Db, clock);
            var request = Read(catalog, parsed.GetValue(plan), parsed.GetValue(seats), parsed.GetValue(flags) ?? [], parsed.GetValue(packs) ?? [], parsed.GetValue(user), parsed.GetValue(until), clock.GetUtcNow());
            var found = await grants.FindOrgAsync(parsed.GetValue(org)!, ct)
                ?? throw new FaultException([new Fault("ORG_NOT_FOUND", parsed.GetValue(org)!, "There is no such organisation here. Give its id or its slug, and with --data the right directory.")]);
            var (id, name) = found;
            var nothing = request is { Plan: null, Seats: null, Flags: [] };
            if (parsed.GetValue(revoke))
                Console.WriteLine(await grants.RevokeAsync(id, request, ct) == 0 ? "There was nothing of the kind to take back." : "Taken back.");
            else if (!parsed.GetValue(list))
                await grants.GrantAsync(id, nothing ? throw new FaultException([new Fault("USAGE", "grant", "Name what to grant with --plan, --seats, --flag or --pack, or look with --list.")]) : request, ct);
            await PrintAsync(database.Db, catalog, id, name, request.UserId, clock, ct);
            return 0;
        });
        return command;
    }

    private static GrantRequest Read(ProductCatalog catalog, string? plan, int? seats, string[] flags, string[] packs, Guid? user, string? until, DateTimeOffset now)
    {
        var faults = new List<Fault>();
        var found = plan is null ? null : catalog.FindPlan(plan);
        if (plan is not null && found is null)
            faults.Add(new("PLAN_UNKNOWN", "--plan", $"\"{SevenDParser.Short(plan)}\" is not a plan. Allowed: {string.Join(", ", catalog.Plans.Select(p => p.Code))}."));
        if (seats is < 1 or > MaxSeats)
            faults.Add(new("SEATS_INVALID", "--seats", $"Give from 1 to {MaxSeats} seats."));
        var known = RightsRules.KnownFlags(catalog);
        foreach (var flag in flags.Where(f => !known.Contains(f)))
            faults.Add(new("FLAG_UNKNOWN", "--flag", $"\"{SevenDParser.Short(flag)}\" is not a flag. Allowed: {string.Join(", ", known)}."));
        foreach (var pack in packs.Where(p => catalog.Packs.All(known => known.Code != p)))
            faults.Add(new("PACK_UNKNOWN", "--pack", $"\"{SevenDParser.Short(pack)}\" is not a pack. Allowed: {string.Join(", ", catalog.Packs.Select(p => p.Code))}."));
        if (user is not null && (plan is not null || seats is not null || packs.Length > 0))
            faults.Add(new("USAGE", "--user", "Plans, packs and seats are the organisation's; only single flags can be one member's."));
        var end = until is null ? null : Moment(until);
        if (until is not null && (end is null || end <= now))
            faults.Add(new("UNTIL_INVALID", "--until", $"\"{SevenDParser.Short(until)}\" is not a moment to come. Give a day such as 2027-01-31 or a time such as 2027-01-31T18:00:00Z."));
        if (faults.Count > 0)
            throw new FaultException(faults);
        return new(found, seats ?? (found?.Flags[RightsRules.SeatsFlag] == true ? DefaultSeats : null), [.. flags, .. packs.Select(p => RightsRules.PackPrefix + p)], user, end);
    }

    private static DateTimeOffset? Moment(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
        : DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    private static async Task PrintAsync(Db db, ProductCatalog catalog, Guid id, string name, Guid? user, TimeProvider clock, CancellationToken ct)
    {
        var rights = await new EntitlementResolver(db, catalog, new Changes(db, clock, NullLogger<Changes>.Instance), clock).OfAsync(id, user, ct);
        Console.WriteLine($"{name} ({id}): {rights.Plan.Name}, {rights.Seats} {(rights.Seats == 1 ? "seat" : "seats")}, {(rights.Modules is null ? "all modules" : $"{rights.Modules.Count} modules")}, {rights.LiveRuns.PerHour} live runs an hour, history for {rights.RetentionDays} days");
        foreach (var (flag, grants) in rights.Flags.OrderBy(f => f.Key, StringComparer.Ordinal))
            Console.WriteLine($"  {flag,-20} {string.Join(", ", grants.Select(g => $"{Codes<GrantSource>.Of(g.Source)} {g.Ref}".TrimEnd() + (g.ExpiresAt is { } at ? string.Create(CultureInfo.InvariantCulture, $" until {at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}") : "")))}");
    }
}

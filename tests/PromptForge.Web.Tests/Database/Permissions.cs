using System.Collections.Frozen;

namespace PromptForge.Web.Tests.Schema;

/// <summary>
/// Who may do what: r read, c create, u update, d delete; nobody else may do anything. Who adds a table adds its line here and its row
/// in <see cref="Rows"/> or <see cref="CatalogueRows"/>; the tests fail until both are there.
/// </summary>
internal static class Permissions
{
    /// <summary>On the rows of one's own org. In another org, or in none, nothing is left.</summary>
    public static readonly FrozenDictionary<string, FrozenDictionary<string, string>> Tenant = Parse("""
        table                 | owner | admin | member | server
        orgs                  | ru    | ru    | r      | rcud
        org_members           | rcud  | rcud  | r      | rcud
        projects              | rcud  | rcud  | rc     | rcud
        invitations           | r     | r     |        | rcud
        subscriptions         | r     | r     | r      | rcud
        entitlements          | r     | r     | r      | rcud
        user_addons           | r     | r     | r      | rcud
        licences              | r     | r     |        | rcud
        api_keys              | r     | r     |        | rcud
        api_key_buckets       |       |       |        | rcud
        org_packs             | r     | r     | r      | rcud
        parameter_sets        | r     | r     | r      | rcd
        prompt_history        | r     | r     | r      | rcud
        runs                  | r     | r     | r      | rcud
        run_steps             | r     | r     | r      | rcud
        ruleset_overrides_log | r     | r     | r      | rcd
        prompt_scores         | r     | r     | r      | rcud
        score_attempts        | r     | r     | r      | rcud
        bundles               | r     | r     | r      | rcud
        org_branding          | r     | r     | r      | rcud
        bundle_templates      | r     | r     | r      | rcud
        audit_log             | r     | r     |        | rc
        idempotency_records   |       |       |        | rcud
        retention_marks       |       |       |        | rcu
        """);

    /// <summary>On the tables that belong to no org.</summary>
    public static readonly FrozenDictionary<string, FrozenDictionary<string, string>> Catalogue = Parse("""
        table             | anonymous | user | server in an org | server in no org | catalogue
        plans             | r         | r    | r                | r                | rcu
        modules           | r         | r    | r                | r                | rcu
        module_versions   |           | r    | r                | r                | rcu
        module_migrations |           |      |                  | r                | rcu
        industries        | r         | r    | r                | r                | rcu
        domain_configs    | r         | r    | r                | r                | rcu
        packs             | r         | r    | r                | r                | rcu
        ruleset_versions  | r         | r    | r                | r                | rc
        ruleset_current   | r         | r    | r                | r                | rcu
        catalog_files     |           | r    | r                | r                | rc
        stripe_events     |           |      |                  | rcud             |
        """);

    public static readonly (char Letter, string Name)[] Operations = [('r', "read"), ('c', "create"), ('u', "update"), ('d', "delete")];

    private static FrozenDictionary<string, FrozenDictionary<string, string>> Parse(string text)
    {
        var lines = text.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToArray();
        return lines.Skip(1).ToFrozenDictionary(
            cells => cells[0],
            cells => lines[0].Zip(cells).Skip(1).ToFrozenDictionary(cell => cell.First, cell => cell.Second));
    }
}

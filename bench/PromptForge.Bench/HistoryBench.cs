using System.Diagnostics;
using System.Globalization;
using Dapper;
using Npgsql;
using PromptForge.Web.Catalog;
using PromptForge.Web.Platform;
using PromptForge.Web.Runs;

namespace PromptForge.Bench;

/// <summary>The first page of an organisation's runs, among a million of a thousand organisations, beside the same query without row-level security; and again with ten times the organisations.</summary>
internal static class HistoryBench
{
    private const int Queries = 400;

    private const string Orgs = """
        insert into orgs (id, name, slug) select uuidv7(), 'Org ' || n, 'org-' || n from generate_series(@From, @To) n;
        insert into parameter_sets (org_id, id, signature, domain, scale, urgency, complexity, resources, application, output_formats)
        select o.id, o.id, pf_signature_7d('fintech', 'smb', 'sprint', 'standard', 'lean_team', 'audit', 'spec'), 'fintech', 'smb', 'sprint', 'standard', 'lean_team', 'audit', '{spec}'
          from orgs o where o.slug in (select 'org-' || n from generate_series(@From, @To) n);
        """;

    // Written in the order of time, as they come in life, so that one org's rows lie far apart.
    private const string Runs = """
        insert into runs (org_id, id, module_id, module_version, ruleset_version, parameter_set_id, signature, type, status, language, model, finished_at)
        select o.id, uuidv7(), 'M07', '1.0.0', '1.0.0', o.id, @Signature, 'generation', 'success', 'en', 'none', now()
          from generate_series(1, @Each) n cross join orgs o where o.slug in (select 'org-' || n from generate_series(@From, @To) n);
        """;

    private const string Scores = """
        insert into prompt_scores (org_id, run_id, evaluator, clarity, execution, ambiguity, alignment, business_fit, total, verdict, threshold_clarity, threshold_execution, threshold_ambiguity, threshold_alignment,
          threshold_business_fit, threshold_total)
        select org_id, id, 'rubric', 90, 90, 5, 90, 90, 90, 'pass', 80, 80, 20, 75, 75, 80 from runs on conflict do nothing;
        """;

    public static Task RunAsync(Report report, CancellationToken cancel) => BenchFiles.InFolderAsync(folder => MeasureAsync(folder, report, cancel));

    private static async Task MeasureAsync(string folder, Report report, CancellationToken cancel)
    {
        var clock = TimeProvider.System;
        var (_, opened) = await CatalogStart.OpenAsync(Database.OpenAsync(new DatabaseSettings(null, null, folder), clock, cancel), clock, cancel);
        await using var database = opened;
        await using var admin = await AdminConnection.OpenAsync(database.AdminConnectionString!, cancel);
        // The rows are made by the thousand; what belongs together is so by how they are made.
        await RunAsync(admin, "set session_replication_role = replica; set synchronous_commit = off", null);
        await FillAsync(admin, 1, 1, 10_000);
        await FillAsync(admin, 2, 1_000, 991);
        var org = await admin.QuerySingleAsync<Guid>("select id from orgs where slug = 'org-1'");
        var thousand = await CompareAsync(database.Db, admin, org, cancel);
        await FillAsync(admin, 1_001, 10_000, 100);
        var tenThousand = await CompareAsync(database.Db, admin, org, cancel);

        Report.Note(string.Create(CultureInfo.InvariantCulture, $"history, first page: {thousand.With.TotalMilliseconds:0.00} ms with row security, {thousand.Without.TotalMilliseconds:0.00} ms without; with 10,000 organisations {tenThousand.With.TotalMilliseconds:0.00} and {tenThousand.Without.TotalMilliseconds:0.00} ms"));
        report.AtMost("history: 10,000 of 1,000,000 runs, with row security over without", thousand.With / thousand.Without, 1.5);
        report.AtMost("history: with 10 times the organisations over before", tenThousand.With / thousand.With, 1.2);
    }

    private static async Task FillAsync(NpgsqlConnection admin, int from, int to, int each)
    {
        await RunAsync(admin, Orgs, new { From = from, To = to });
        var signature = await admin.QueryFirstAsync<string>("select signature::text from parameter_sets limit 1");
        await RunAsync(admin, Runs, new { From = from, To = to, Each = each, Signature = signature });
        await RunAsync(admin, Scores, null);
        await RunAsync(admin, "vacuum (analyze) runs, prompt_scores, orgs, projects", null);
    }

    /// <summary>Taken in turn, so that both see the same machine.</summary>
    private static async Task<(TimeSpan With, TimeSpan Without)> CompareAsync(Db db, NpgsqlConnection admin, Guid org, CancellationToken cancel)
    {
        var parameters = new { Org = org, After = (Guid?)null, Fetch = 51, From = (DateTimeOffset?)null, To = (DateTimeOffset?)null, Module = (string?)null, Status = (string?)null, Type = (string?)null, Verdict = (string?)null, Project = (string?)null };
        var (with, without) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var i = 0; i < Queries; i++)
        {
            var began = Stopwatch.GetTimestamp();
            var rows = await db.InOrgAsync(org, null, (scope, token) => scope.QueryAsync<RunSummary>(ListRuns.Sql, parameters, token), cancel);
            with.Add(Stopwatch.GetElapsedTime(began));
            began = Stopwatch.GetTimestamp();
            await using (var transaction = await admin.BeginTransactionAsync(cancel))
            {
                await admin.ExecuteAsync("select set_config('app.org_id', '', true)", transaction: transaction);
                if ((await admin.QueryAsync<RunSummary>(ListRuns.Sql, parameters, transaction)).Count() != rows.Count || rows.Count != parameters.Fetch)
                    throw new InvalidOperationException("Both must find the same page.");
                await transaction.CommitAsync(cancel);
            }

            without.Add(Stopwatch.GetElapsedTime(began));
        }

        return (Middle(with), Middle(without));
    }

    private static Task<int> RunAsync(NpgsqlConnection admin, string sql, object? parameters) => admin.ExecuteAsync(sql, parameters, commandTimeout: 600);

    private static TimeSpan Middle(List<TimeSpan> values) => values.Skip(values.Count / 4).Order().ElementAt((values.Count - (values.Count / 4)) / 2);
}

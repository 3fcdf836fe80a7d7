using System.Diagnostics;
using System.Globalization;
using Npgsql;
using PromptForge.Web.Platform;

namespace PromptForge.Bench;

/// <summary>The peer: pgbench, which does nothing but send the same rows to the same database through the same policies.</summary>
internal sealed class PgBench(string program, string connectionString, IReadOnlyList<PgBench.Pair> values)
{
    private const string Rows = """
        with r as (select * from runs where org_id = @Org and id = @Run)
        select 'org' as key, @Org::text as value
        union all select 'p_' || key, value from r join prompt_history p on p.org_id = r.org_id and p.id = r.prompt_id, jsonb_each_text(to_jsonb(p))
        union all select 'r_' || key, value from r, jsonb_each_text(to_jsonb(r))
        union all select 's_' || key, value from prompt_scores s, jsonb_each_text(to_jsonb(s)) where s.org_id = @Org and s.run_id = @Run
        union all select 'a_' || key, value from score_attempts a, jsonb_each_text(to_jsonb(a)) where a.org_id = @Org and a.run_id = @Run
        union all select 'b_' || key, value from bundles b, jsonb_each_text(to_jsonb(b)) where b.org_id = @Org and b.run_id = @Run
        union all select 'formats', formats::text from bundles where org_id = @Org and run_id = @Run
        """;

    /// <returns>Null where pgbench is not installed.</returns>
    public static async Task<PgBench?> CreateAsync(Database database, Guid org, Guid run, CancellationToken cancel)
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "pgbench")).FirstOrDefault(File.Exists);
        if (program is null)
            return null;
        var values = await database.Db.InOrgAsync(org, null, (scope, token) => scope.QueryAsync<Pair>(Rows, new { Org = org, Run = run }, token), cancel);
        return new(program, database.ServerConnectionString, values);
    }

    /// <returns>Transactions a second.</returns>
    public async Task<double> MeasureAsync(int clients, TimeSpan slice, CancellationToken cancel)
    {
        var at = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(program, ["-n", "-M", "prepared", "-c", Number(clients), "-j", "2", "-T", Number((int)slice.TotalSeconds), "-f", Path.Combine(BenchFiles.Root, "bench", "pgbench", "run.sql")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PGHOST"] = at.Host, ["PGPORT"] = Number(at.Port), ["PGUSER"] = at.Username, ["PGPASSWORD"] = at.Password, ["PGDATABASE"] = at.Database },
        };
        foreach (var (key, value) in values.Where(v => v.Value is not null))
        {
            start.ArgumentList.Add("-D");
            start.ArgumentList.Add($"{key}={value}");
        }

        using var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync(cancel);
        var lines = (await process.StandardOutput.ReadToEndAsync(cancel)).Split('\n');
        await process.WaitForExitAsync(cancel);
        if (process.ExitCode != 0 || lines.FirstOrDefault(l => l.StartsWith("tps = ", StringComparison.Ordinal)) is not { } tps)
            throw new InvalidOperationException($"pgbench failed: {await complaints}");
        return double.Parse(tps.Split(' ')[2], CultureInfo.InvariantCulture);
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    internal sealed record Pair(string Key, string? Value);
}

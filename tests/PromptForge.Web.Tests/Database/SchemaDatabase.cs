using System.Data;
using Npgsql;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Platform;

namespace PromptForge.Web.Tests.Schema;

/// <summary>A migrated database with a small catalogue of its own, so that the schema's tests do not depend on the product's content.</summary>
public sealed class SchemaDatabase(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Hash = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'";

    private const string Flags = """
        '{"canUseAllModules":true,"canExportMD":true,"canExportPDF":true,"canExportJSON":true,"canUseGptTestReal":true,"hasCloudHistory":true,
          "hasEvaluatorAI":true,"hasAPI":true,"hasWhiteLabel":true,"canExportBundleZip":true,"hasSeatsGT1":true,"allowedModules":"ALL"}'
        """;

    private const string Catalogue = $$"""
        insert into plans (code, name, flags, retention_days, live_runs_per_hour, live_runs_per_month) values
          ('pilot', 'Pilot', {{Flags}}::jsonb || '{"allowedModules":["M01","M07"]}', 30, 0, 0), ('pro', 'Pro', {{Flags}}, 90, 50, 1000),
          ('enterprise', 'Enterprise', {{Flags}}, 365, 100, 50000);
        insert into industries (code, name) values ('saas', 'SaaS'), ('fintech', 'FinTech'), ('ecommerce', 'E-Commerce'), ('education', 'Education');
        insert into domain_configs (code, version, risk_level, default_scale, default_urgency, default_complexity, default_resources,
                                    default_application, default_output, definition, content_hash)
          select code, '1.0.0', 'medium', 'startup', 'planned', 'advanced', 'lean_team', 'implementation', 'spec', '{}', {{Hash}} from industries;
        insert into modules (module_id, name, vectors, spec, current_version) values
          ('M07', 'Risk & Trust Reversal', '{2,7}', 'the contract', '1.0.0'), ('M33', 'KPI Instrumentation Spec', '{6}', 'the contract', '1.10.0');
        insert into module_versions (id, module_id, semver, name, vectors, definition, content_hash, created_at) values
          (gen_random_uuid(), 'M07', '1.0.0', 'Risk & Trust Reversal', '{2,7}', '{}', {{Hash}}, now()),
          (gen_random_uuid(), 'M33', '1.10.0', 'KPI Instrumentation Spec', '{6}', '{}', {{Hash}}, now()),
          (gen_random_uuid(), 'M33', '1.9.1', 'KPI Instrumentation Spec', '{6}', '{}', {{Hash}}, now() + interval '1 day');
        insert into packs (code, version, name, domain, min_plan, modules, definition, content_hash)
          values ('fintech', '1.0.0', 'FinTech pack', 'fintech', 'pro', '{M07}', '{}', {{Hash}});
        insert into ruleset_versions (id, version, checksum, content) values (gen_random_uuid(), '1.0.0', {{Hash}}, 'gate: 80');
        insert into catalog_files (name, version, content_hash) values ('models.yaml', '1.0.0', {{Hash}});
        """;

    private EmptyDatabase? _database;
    private NpgsqlDataSource? _admin;

    public async ValueTask InitializeAsync()
    {
        _database = await EmptyDatabase.CreateAsync(postgres, CancellationToken.None);
        await new Migrator(_database.ConnectionString, Repository.Migrations).MigrateAsync(CancellationToken.None);
        _admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Pooling = true });
        await using var session = await BeginAsync();
        await session.AsCatalogAsync();
        await session.RunAsync(Catalogue);
        await session.CommitAsync();
    }

    /// <summary>A transaction that begins as superuser and is rolled back unless it is committed.</summary>
    internal Task<Session> BeginAsync(IsolationLevel isolation = IsolationLevel.ReadCommitted) => Session.BeginAsync(_admin!, isolation);

    /// <summary>Returns once another transaction holds up the session's statement.</summary>
    internal async Task UntilWaitingAsync(Session session, Task statement)
    {
        await using var watch = await BeginAsync();
        while (!statement.IsCompleted && await watch.CountAsync("pg_locks where pid = $1 and not granted", session.ProcessId) == 0)
        {
            await Task.Yield();
        }
    }

    internal Task<int> MigrateAgainAsync() => new Migrator(_database!.ConnectionString, Repository.Migrations).MigrateAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (_admin is not null)
        {
            await _admin.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}

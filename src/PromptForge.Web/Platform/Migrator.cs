using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using EvolveDb;
using EvolveDb.Configuration;
using EvolveDb.Metadata;
using Npgsql;

namespace PromptForge.Web.Platform;

/// <summary>Applies <c>database/migrations/NNNN_name.sql</c>, each once, in order, in a transaction of its own, as the schema's owner.</summary>
internal sealed partial class Migrator(string adminConnectionString, string directory)
{
    public const long LockKey = 0x50726F6D70744667;

    /// <summary>Evolve wants a prefix before the version: the first zero of <c>0001_name.sql</c> is one.</summary>
    private const string Prefix = "0";

    private const string JournalSchema = "migrations";
    private const string JournalTable = "journal";

    private readonly string _connectionString = new NpgsqlConnectionStringBuilder(adminConnectionString)
    {
        Options = "-c role=" + Roles.Owner,
        Pooling = false,
        ApplicationName = "promptforge migrate",
        CommandTimeout = 0,
    }.ConnectionString;

    /// <returns>How many files were applied.</returns>
    public async Task<int> MigrateAsync(CancellationToken ct)
    {
        var files = Files();
        await using var connection = await AdminConnection.OpenAsync(_connectionString, ct);
        if (Pending(files, await AppliedAsync(connection, ct)) == 0)
        {
            return 0;
        }

        await using var take = new NpgsqlCommand($"select pg_advisory_lock({LockKey})", connection);
        await take.ExecuteNonQueryAsync(ct);
        var pending = Pending(files, await AppliedAsync(connection, ct));
        if (pending > 0)
        {
            await Task.Run(Apply, ct);
        }

        return pending;
    }

    /// <summary>For a login that may not migrate: says whether somebody else has to.</summary>
    public async Task RequireCurrentAsync(CancellationToken ct)
    {
        if (!await IsCurrentAsync(new NpgsqlConnectionStringBuilder(adminConnectionString) { Options = "-c role=" + Roles.Web }.ConnectionString, ct))
        {
            throw new PlatformException("MIGRATIONS_PENDING",
                "The database is older than this program, and this login may not change it. Run ./forge migrate with ConnectionStrings__Owner set to an administrator's login.");
        }
    }

    private async Task<bool> IsCurrentAsync(string asServer, CancellationToken ct)
    {
        try
        {
            await using var connection = await AdminConnection.OpenAsync(asServer, ct);
            return Pending(Files(), await AppliedAsync(connection, ct)) == 0;
        }
        catch (PlatformException e) when (e.SqlState is PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }

    private void Apply()
    {
        using var connection = new NpgsqlConnection(_connectionString);
        var evolve = new Evolve(connection)
        {
            Locations = [directory],
            SqlMigrationPrefix = Prefix,
            SqlMigrationSeparator = "_",
            SqlRepeatableMigrationPrefix = "repeatable-migrations-are-not-used",
            MetadataTableSchema = JournalSchema,
            MetadataTableName = JournalTable,
            PlaceholderPrefix = "#{{",
            PlaceholderSuffix = "}}#",
            TransactionMode = TransactionKind.CommitEach,
            EnableClusterMode = false,
            IsEraseDisabled = true,
            CommandTimeout = 0,
        };
        try
        {
            evolve.Migrate();
            using var readable = new NpgsqlCommand(
                $"grant usage on schema {JournalSchema} to {Roles.Web}; grant select on {JournalSchema}.{JournalTable} to {Roles.Web}", connection);
            connection.Open();
            readable.ExecuteNonQuery();
        }
        catch (Exception e) when (e is EvolveException or NpgsqlException)
        {
            throw new PlatformException("MIGRATION_FAILED",
                $"{e.GetBaseException().Message.TrimEnd('.')} ({e.Message.Split('\n')[0].Trim()}). Nothing of the failed file was kept. Mend the file, then run ./forge migrate.", e);
        }
    }

    private static int Pending(IReadOnlyList<MigrationFile> files, Dictionary<string, string> applied)
    {
        foreach (var file in files)
        {
            if (applied.TryGetValue(file.Version, out var checksum) && checksum != file.Checksum)
            {
                throw new PlatformException("MIGRATION_CHANGED",
                    $"{file.Name} differs from what was applied to this database. Restore the file and put the change into a new migration.");
            }
        }

        var known = files.Select(file => file.Version).ToHashSet();
        var missing = applied.Keys.Where(version => !known.Contains(version)).Order().ToArray();
        return missing.Length == 0
            ? files.Count(file => !applied.ContainsKey(file.Version))
            : throw new PlatformException("MIGRATION_MISSING",
                $"This database has migrations that this program does not know ({string.Join(", ", missing)}). Run the newer version of PromptForge.");
    }

    private static async Task<Dictionary<string, string>> AppliedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var applied = new Dictionary<string, string>();
        await using var journal = new NpgsqlCommand($"select to_regclass('{JournalSchema}.{JournalTable}') is not null", connection);
        if (await journal.ExecuteScalarAsync(ct) is not true)
        {
            return applied;
        }

        await using var command = new NpgsqlCommand(
            $"select version, checksum from {JournalSchema}.{JournalTable} where success and type = {(int)MetadataType.Migration}", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            applied[reader.GetString(0)] = reader.GetString(1);
        }

        return applied;
    }

    private List<MigrationFile> Files() =>
        !Directory.Exists(directory)
            ? throw new PlatformException("MIGRATIONS_NOT_FOUND", $"The directory {directory} is missing. Install PromptForge again, or run it from its repository.")
            : [.. Directory.GetFiles(directory, "*.sql").Order(StringComparer.Ordinal).Select(MigrationFile.Of)];

    private sealed partial record MigrationFile(string Name, string Version, string Checksum)
    {
        /// <summary>The version and the checksum as Evolve writes them into its journal.</summary>
        public static MigrationFile Of(string path)
        {
            var name = Path.GetFileName(path);
            if (!Form().IsMatch(name))
            {
                throw new PlatformException("MIGRATION_NAME", $"{name} in database/migrations is not named like 0001_name.sql. Rename it.");
            }

            var text = File.ReadAllText(path).Replace("\r\n", "\n", StringComparison.Ordinal);
#pragma warning disable CA5351 // The journal's format, not a protection.
            return new MigrationFile(name, name[Prefix.Length..name.IndexOf('_', StringComparison.Ordinal)], Convert.ToHexString(MD5.HashData(Encoding.UTF8.GetBytes(text))));
#pragma warning restore CA5351
        }

        [GeneratedRegex("^0[0-9]{3}_[a-z0-9_]+[.]sql$")]
        private static partial Regex Form();
    }
}

using Npgsql;
using NpgsqlTypes;

namespace PromptForge.Web.Platform;

/// <summary>
/// The only door to PostgreSQL. Every call is one transaction in which the role, the org and the caller are set first, so that
/// row-level security decides what is seen; outside of it the login has no rights at all.
/// </summary>
public sealed class Db : IAsyncDisposable
{
    private const string Enter = "select set_config('role', $1, true), set_config('app.org_id', $2, true), set_config('request.jwt.claims', $3, true)";

    private readonly Func<CancellationToken, Task<string>>? _recover;
    private readonly TimeProvider _clock;
    private readonly int _poolSize;
    private readonly SemaphoreSlim _recovering = new(1);
    private string _connectionString;
    private volatile NpgsqlDataSource _source;

    static Db() => DapperSettings.Apply();

    /// <param name="recover">Called when no connection can be opened; brings the server back and answers where it is now.</param>
    internal Db(string connectionString, TimeProvider clock, int poolSize = 20, Func<CancellationToken, Task<string>>? recover = null)
    {
        (_connectionString, _clock, _poolSize, _recover) = (connectionString, clock, poolSize, recover);
        _source = Source(connectionString);
    }

    /// <summary>How long a database that went away is waited for.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    internal string ConnectionString => _connectionString;

    /// <summary>For Identity's own data access: the same login, born into the role that reaches the accounts and nothing else.</summary>
    internal string IdentityConnectionString => new NpgsqlConnectionStringBuilder(_connectionString)
    {
        Options = "-c role=" + Roles.Identity,
        MaxPoolSize = _poolSize,
        MaxAutoPrepare = 50,
        Timeout = 5,
        ApplicationName = "promptforge identity",
    }.ConnectionString;

    /// <summary>Runs <paramref name="work"/> as a request of one org. It may run again if the database went away before the commit.</summary>
    public Task<T> InOrgAsync<T>(Guid orgId, Guid? userId, Func<OrgScope, CancellationToken, Task<T>> work, CancellationToken ct) =>
        InTransactionAsync(Roles.Web, orgId.ToString(), Claims(userId), work, ct);

    /// <summary>Before the org is known: the definer functions are all that can be reached.</summary>
    public Task<T> AsServerAsync<T>(Func<OrgScope, CancellationToken, Task<T>> work, CancellationToken ct) =>
        InTransactionAsync(Roles.Web, "", "", work, ct);

    /// <summary>For the synchronisation at start: the one role that writes the catalogue, and it reaches nothing else.</summary>
    internal Task<T> AsCatalogAsync<T>(Func<OrgScope, CancellationToken, Task<T>> work, CancellationToken ct) =>
        InTransactionAsync(Roles.Catalog, "", "", work, ct);

    /// <summary>One transaction in one round trip.</summary>
    /// <returns>How many rows were written.</returns>
    public Task<int> BatchInOrgAsync(Guid orgId, Guid? userId, IReadOnlyList<Statement> statements, CancellationToken ct) =>
        BatchInOrgAsync(orgId, userId, statements, repeatable: false, ct);

    /// <param name="repeatable">The statements do the same when run twice, so they are sent again even if the answer to the first time was lost.</param>
    public Task<int> BatchInOrgAsync(Guid orgId, Guid? userId, IReadOnlyList<Statement> statements, bool repeatable, CancellationToken ct) =>
        PersistAsync(async (connection, sent, token) =>
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Entering(Roles.Web, orgId.ToString(), Claims(userId)) } };
            foreach (var statement in statements)
            {
                batch.BatchCommands.Add(Command(statement));
            }

            (sent.Commit, sent.Repeatable) = (true, repeatable);
            return await batch.ExecuteNonQueryAsync(token);
        }, ct);

    /// <summary>One question of one value in one round trip.</summary>
    public Task<T> ReadInOrgAsync<T>(Guid orgId, Guid? userId, Statement question, CancellationToken ct) =>
        PersistAsync(async (connection, _, token) =>
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Entering(Roles.Web, orgId.ToString(), Claims(userId)), Command(question) } };
            await using var reader = await batch.ExecuteReaderAsync(token);
            await reader.NextResultAsync(token);
            await reader.ReadAsync(token);
            return await reader.GetFieldValueAsync<T>(0, token);
        }, ct);

    /// <summary>Whether the database answers now; for the readiness check, so with one attempt to bring it back and no more.</summary>
    public async Task<bool> PingAsync(CancellationToken ct)
    {
        if (await AnswersAsync(ct))
        {
            return true;
        }

        await RecoverAsync(ct);
        return await AnswersAsync(ct);
    }

    public ValueTask DisposeAsync()
    {
        _recovering.Dispose();
        return _source.DisposeAsync();
    }

    private Task<T> InTransactionAsync<T>(string role, string orgId, string claims, Func<OrgScope, CancellationToken, Task<T>> work, CancellationToken ct) =>
        PersistAsync(async (connection, sent, token) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { Entering(role, orgId, claims) } })
            {
                await batch.ExecuteNonQueryAsync(token);
            }

            var result = await work(new OrgScope(connection, transaction), token);
            sent.Commit = true;
            await transaction.CommitAsync(token);
            return result;
        }, ct);

    /// <summary>A database that comes back within seconds is waited for, as long as nothing can have been committed yet.</summary>
    private async Task<T> PersistAsync<T>(Func<NpgsqlConnection, Sent, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        var started = _clock.GetTimestamp();
        var mayBeStored = false;
        for (var attempt = 0; ; attempt++)
        {
            var sent = new Sent();
            try
            {
                await using var connection = await _source.OpenConnectionAsync(ct);
                return await work(connection, sent, ct);
            }
            catch (Exception e) when (Errors.IsAway(e))
            {
                _source.Clear();
                mayBeStored |= sent.Commit && !Errors.IsRolledBack(e);
                if ((mayBeStored && !sent.Repeatable) || _clock.GetElapsedTime(started) > Patience)
                {
                    throw Errors.Unavailable(e);
                }

                await RecoverAsync(ct);
            }
            catch (Exception e) when (Errors.IsSlow(e))
            {
                throw sent.Commit ? Errors.Unavailable(e) : Errors.TookTooLong(e);
            }
            catch (PostgresException e)
            {
                if (!Errors.IsConflict(e) || attempt == 3)
                {
                    // What is refused the second time may have been stored the first time.
                    throw mayBeStored ? Errors.Unavailable(e) : Errors.Of(e);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(20 << attempt, 500)), _clock, ct);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken ct)
    {
        try
        {
            await using var command = _source.CreateCommand("select 1");
            return await command.ExecuteScalarAsync(ct) is 1;
        }
        catch (Exception e) when (Errors.IsAway(e) || e is PostgresException)
        {
            return false;
        }
    }

    private async Task RecoverAsync(CancellationToken ct)
    {
        if (_recover is null)
        {
            return;
        }

        await _recovering.WaitAsync(ct);
        try
        {
            if (await _recover(ct) is var now && now != _connectionString)
            {
                // Others may be between taking the old source and opening a connection on it, so it is emptied, not disposed.
                var old = _source;
                (_connectionString, _source) = (now, Source(now));
                old.Clear();
            }
        }
        finally
        {
            _recovering.Release();
        }
    }

    private static NpgsqlBatchCommand Entering(string role, string orgId, string claims) => new(Enter)
    {
        Parameters =
        {
            new() { Value = role, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = orgId, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = claims, NpgsqlDbType = NpgsqlDbType.Text },
        },
    };

    private static NpgsqlBatchCommand Command(Statement statement)
    {
        var command = new NpgsqlBatchCommand(statement.Sql);
        foreach (var value in statement.Values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value.Data ?? DBNull.Value, NpgsqlDbType = value.Type });
        }

        return command;
    }

    private static string Claims(Guid? userId) => userId is { } id ? $$"""{"sub":"{{id}}"}""" : "";

    private NpgsqlDataSource Source(string connectionString) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
    {
        MaxPoolSize = _poolSize,
        MaxAutoPrepare = 100,
        AutoPrepareMinUsages = 2,
        // All state is local to a transaction, so there is nothing to reset.
        NoResetOnClose = true,
        Timeout = 5,
        ApplicationName = "promptforge",
    });

    private sealed class Sent
    {
        public bool Commit { get; set; }

        public bool Repeatable { get; set; }
    }
}

using System.Data;
using Npgsql;

namespace PromptForge.Web.Tests.Schema;

/// <summary>One transaction that speaks as whoever the test says: superuser, a signed-in user, nobody, or the server for an org.</summary>
internal sealed class Session : IAsyncDisposable
{
    public const string Refused = "42501";
    public const string Duplicate = "23505";
    public const string CheckFailed = "23514";
    public const string NullRefused = "23502";
    public const string StillReferenced = "23503";
    public const string Restricted = "23001";
    public const string NotSerializable = "40001";
    public const string NotAValue = "22P02";
    public const string Immutable = "23000";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private Session(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public int ProcessId => _connection.ProcessID;

    public static async Task<Session> BeginAsync(NpgsqlDataSource admin, IsolationLevel isolation = IsolationLevel.ReadCommitted)
    {
        var connection = await admin.OpenConnectionAsync(Ct);
        return new Session(connection, await connection.BeginTransactionAsync(isolation, Ct));
    }

    public Task AsAdminAsync() => EnterAsync("none", null, null);

    public Task AsUserAsync(Guid user) => EnterAsync("authenticated", user, null);

    public Task AsAnonymousAsync() => EnterAsync("anon", null, null);

    public Task AsServerAsync(Guid? org) => EnterAsync("promptforge_web", null, org);

    /// <summary>As what keeps the catalogue.</summary>
    public Task AsCatalogAsync() => EnterAsync("promptforge_catalog", null, null);

    public async Task<int> RunAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(Ct);
    }

    public async Task<T> ReadAsync<T>(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    public Task<long> CountAsync(string table, params object?[] values) => ReadAsync<long>($"select count(*) from {table}", values);

    public async Task<IReadOnlyList<string>> ListAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var rows = new List<string>();
        while (await reader.ReadAsync(Ct))
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    /// <summary>Runs a statement that may fail, without losing the transaction.</summary>
    public async Task<Outcome> TryAsync(string sql, params object?[] values)
    {
        await _transaction.SaveAsync("attempt", Ct);
        try
        {
            var rows = await RunAsync(sql, values);
            await _transaction.ReleaseAsync("attempt", Ct);
            return new Outcome(rows, null, null);
        }
        catch (PostgresException e)
        {
            await _transaction.RollbackAsync("attempt", Ct);
            return new Outcome(-1, e.SqlState, e.ConstraintName, e.MessageText);
        }
    }

    /// <summary>Runs a statement and undoes it.</summary>
    public async Task<Outcome> ProbeAsync(string sql)
    {
        await _transaction.SaveAsync("probe", Ct);
        try
        {
            return new Outcome(await RowsAsync(sql), null, null);
        }
        catch (PostgresException e)
        {
            return new Outcome(-1, e.SqlState, e.ConstraintName);
        }
        finally
        {
            await _transaction.RollbackAsync("probe", Ct);
        }
    }

    /// <summary>The statement is refused with the given state, and says so by it.</summary>
    public async Task RefusesAsync(string state, string sql, params object?[] values) => Assert.Equal(state, (await TryAsync(sql, values)).State);

    public Task CommitAsync() => _transaction.CommitAsync(Ct);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <returns>How many rows were written, or read.</returns>
    private async Task<int> RowsAsync(string sql)
    {
        await using var command = Command(sql, []);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var rows = 0;
        while (await reader.ReadAsync(Ct))
        {
            rows++;
        }

        return rows + Math.Max(reader.RecordsAffected, 0);
    }

    private Task<int> EnterAsync(string role, Guid? user, Guid? org) => RunAsync(
        "select set_config('role', 'none', true), set_config('role', $1, true), set_config('app.org_id', $2, true), set_config('request.jwt.claims', $3, true)",
        role, org?.ToString() ?? "", user is { } sub ? $$"""{"sub":"{{sub}}"}""" : "");

    private NpgsqlCommand Command(string sql, object?[] values)
    {
        var command = new NpgsqlCommand(sql, _connection, _transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        return command;
    }
}

internal sealed record Outcome(int Rows, string? State, string? Constraint, string? Message = null);

using Dapper;
using Npgsql;

namespace PromptForge.Web.Platform;

/// <summary>A transaction of one org. Parameters are the properties of an object, named <c>@Name</c> in the statement.</summary>
public sealed class OrgScope
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    internal OrgScope(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters, CancellationToken ct) =>
        (await _connection.QueryAsync<T>(Command(sql, parameters, ct))).AsList();

    public Task<T?> QueryFirstOrDefaultAsync<T>(string sql, object? parameters, CancellationToken ct) =>
        _connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters, ct));

    public Task<T> QuerySingleAsync<T>(string sql, object? parameters, CancellationToken ct) =>
        _connection.QuerySingleAsync<T>(Command(sql, parameters, ct));

    /// <returns>How many rows were written.</returns>
    public Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken ct) =>
        _connection.ExecuteAsync(Command(sql, parameters, ct));

    /// <returns>How many rows were written.</returns>
    public async Task<int> ExecuteAsync(Statement statement, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(statement.Sql, _connection, _transaction);
        foreach (var value in statement.Values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value.Data ?? DBNull.Value, NpgsqlDbType = value.Type });
        }

        return await command.ExecuteNonQueryAsync(ct);
    }

    private CommandDefinition Command(string sql, object? parameters, CancellationToken ct) =>
        new(sql, parameters, _transaction, cancellationToken: ct);
}

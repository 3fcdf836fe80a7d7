using Npgsql;

namespace PromptForge.Web.Platform;

/// <summary>A connection outside the pool, for what is done once at start.</summary>
internal static class AdminConnection
{
    public static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection.PostgreSqlVersion.Major >= 15 ? connection : throw new PlatformException("DATABASE_TOO_OLD",
                $"The server is PostgreSQL {connection.PostgreSqlVersion}; 15 or newer is needed. Point the connection string at a newer one.");
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            throw e switch
            {
                _ when Errors.IsAway(e) || Errors.IsSlow(e) => Errors.Unavailable(e),
                PostgresException refused => Errors.Of(refused),
                _ => e,
            };
        }
    }

    public static async Task<bool> MayCreateRolesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select rolsuper or rolcreaterole from pg_roles where rolname = current_user", connection);
        return await command.ExecuteScalarAsync(ct) is true;
    }

    public static NpgsqlConnectionStringBuilder ServerLoginFor(string administrator)
    {
        var login = new NpgsqlConnectionStringBuilder(administrator);
        (login.Username, login.Password) = (Roles.ServerLogin, Roles.DerivePassword(login.Password ?? ""));
        return login;
    }

    /// <summary>The server's password follows the administrator's, which may have been changed since the login was made.</summary>
    public static async Task AgreeOnPasswordAsync(NpgsqlConnection admin, NpgsqlConnectionStringBuilder login, CancellationToken ct)
    {
        try
        {
            await using var _ = await OpenAsync(login.ConnectionString, ct);
        }
        catch (PlatformException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword)
        {
            await Roles.SetPasswordAsync(admin, login.Username!, login.Password!, ct);
        }
    }
}

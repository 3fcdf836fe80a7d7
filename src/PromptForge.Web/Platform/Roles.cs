using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace PromptForge.Web.Platform;

/// <summary>The database roles of the product, made by an administrative login before the first migration.</summary>
internal static class Roles
{
    public const string Owner = "promptforge_owner";
    public const string Web = "promptforge_web";
    public const string Identity = "promptforge_identity";
    public const string Catalog = "promptforge_catalog";
    public const string ServerLogin = "promptforge_server";

    /// <summary>Makes what is missing; when nothing is, this is one query.</summary>
    public static async Task EnsureAsync(NpgsqlConnection admin, string login, string password, CancellationToken ct)
    {
        if (await CompleteAsync(admin, login, ct))
        {
            return;
        }

        await using var transaction = await admin.BeginTransactionAsync(ct);
        await RunAsync(admin, $"select pg_advisory_xact_lock({Migrator.LockKey})", ct);
        await RunAsync(admin, Script(login, Verifier(password)), ct);
        await transaction.CommitAsync(ct);

        if (!await CompleteAsync(admin, login, ct))
        {
            throw new PlatformException("ROLES_TOO_POWERFUL",
                $"One of the roles {Owner}, {Web}, {Identity}, {Catalog}, {login} is a superuser, bypasses row-level security or belongs to a role it should not. "
                + "Take that away (alter role ... nosuperuser nobypassrls; revoke ...), then try again.");
        }
    }

    public static Task SetPasswordAsync(NpgsqlConnection admin, string login, string password, CancellationToken ct) =>
        RunAsync(admin, $"alter role {Name(login)} password {Text(Verifier(password))}", ct);

    /// <summary>Every node that knows the administrator's password finds the same one for the server's login.</summary>
    public static string DerivePassword(string adminPassword) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(adminPassword), Encoding.UTF8.GetBytes(ServerLogin)));

    private static async Task<bool> CompleteAsync(NpgsqlConnection admin, string login, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            select count(*) filter (where not rolsuper and not rolbypassrls) = 5
               and count(*) filter (where rolname = $5 and rolcanlogin and not rolinherit and not rolcreaterole and not rolcreatedb) = 1
               and (select count(*) from pg_roles where rolname in ('authenticated', 'anon')) = 2
               and has_database_privilege($1, current_database(), 'create')
               and (select array_agg(u.rolname || '<' || g.rolname order by g.rolname::text) from pg_auth_members m
                     join pg_roles g on g.oid = m.roleid join pg_roles u on u.oid = m.member where u.rolname in ($1, $2, $3, $4, $5))
                 = array[$5 || '<' || $4, $5 || '<' || $3, $5 || '<' || $2]
              from pg_roles where rolname in ($1, $2, $3, $4, $5)
            """, admin)
        { Parameters = { new() { Value = Owner }, new() { Value = Web }, new() { Value = Identity }, new() { Value = Catalog }, new() { Value = login } } };
        try
        {
            return await command.ExecuteScalarAsync(ct) is true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedObject)
        {
            return false;
        }
    }

    private static string Script(string login, string verifier) => $"""
        do $roles$
        declare r text;
        begin
          foreach r in array array['{Owner}', '{Web}', '{Identity}', '{Catalog}', 'authenticated', 'anon'] loop
            if not exists (select from pg_roles where rolname = r) then
              execute format('create role %I nologin noinherit nosuperuser nobypassrls nocreatedb nocreaterole', r);
            end if;
          end loop;
          if not exists (select from pg_roles where rolname = {Text(login)}) then
            create role {Name(login)} login noinherit nosuperuser nobypassrls nocreatedb nocreaterole password {Text(verifier)};
          end if;
          foreach r in array array['{Web}', '{Identity}', '{Catalog}'] loop
            if not pg_has_role({Text(login)}, r, 'member') then
              execute format('grant %I to %I', r, {Text(login)});
            end if;
          end loop;
          if not (select rolsuper from pg_roles where rolname = current_user) then
            execute format('grant {Owner} to %I', current_user);
          end if;
          if to_regclass('auth.users') is not null then
            if not has_table_privilege('{Owner}', 'auth.users', 'references') then
              grant usage on schema auth to {Owner};
              grant references on auth.users to {Owner};
            end if;
          end if;
          execute format('grant create, connect on database %I to {Owner}', current_database());
          execute format('grant connect on database %I to {Name(login)}', current_database());
        end $roles$;
        grant usage, create on schema public to {Owner};
        """;

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What PostgreSQL stores instead of a password, so that the password itself never reaches the server or its log.</summary>
    private static string Verifier(string password)
    {
        const int iterations = 4096;
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }

    private static string Name(string identifier) => '"' + identifier.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';

    private static string Text(string literal) => '\'' + literal.Replace("'", "''", StringComparison.Ordinal) + '\'';
}

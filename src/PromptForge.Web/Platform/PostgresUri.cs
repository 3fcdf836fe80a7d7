using Npgsql;

namespace PromptForge.Web.Platform;

/// <summary>The form <c>psql</c> and hosting providers use, beside Npgsql's own.</summary>
internal static class PostgresUri
{
    /// <param name="name">Where it was given, for the refusal: the text itself holds a password.</param>
    public static string ToConnectionString(string text, string name)
    {
        try
        {
            return text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal)
                ? FromUri(text)
                : new NpgsqlConnectionStringBuilder(text).ConnectionString;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new PlatformException("CONNECTION_STRING_INVALID",
                $"ConnectionStrings__{name} is not understood. Write postgresql://user:password@host:5432/database, or Host=...;Username=...;Password=...;Database=...", e);
        }
    }

    public static string FromConnectionString(string connectionString)
    {
        var from = new NpgsqlConnectionStringBuilder(connectionString);
        return $"postgresql://{Uri.EscapeDataString(from.Username ?? "")}:{Uri.EscapeDataString(from.Password ?? "")}@{from.Host}:{from.Port}/{Uri.EscapeDataString(from.Database ?? "")}";
    }

    private static string FromUri(string text)
    {
        var uri = new Uri(text);
        var login = uri.UserInfo.Split(':', 2);
        var built = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Username = Uri.UnescapeDataString(login[0]),
            Password = login.Length > 1 ? Uri.UnescapeDataString(login[1]) : null,
            Database = uri.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(uri.AbsolutePath[1..]) : null,
        };
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)))
        {
            if (pair is ["sslmode", var mode])
            {
                built.SslMode = Enum.Parse<SslMode>(mode.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
            }
        }

        return built.ConnectionString;
    }
}

namespace PromptForge.Web.Platform;

/// <param name="DataDirectory">Where bundles and, beside an embedded database, the secrets live.</param>
/// <param name="Development">The database is this data directory's own: secrets may be made, and mail is kept instead of sent.</param>
public sealed record WebSettings(string DataDirectory, bool Development)
{
    /// <summary>On 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Beside, and above, what the environment says.</summary>
    public IReadOnlyDictionary<string, string?> Configuration { get; init; } = new Dictionary<string, string?>();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public static WebSettings From(DatabaseSettings database, int port) => new(database.DataDirectory, Development: database.Postgres is null) { Port = port };
}

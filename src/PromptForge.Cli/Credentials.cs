using System.Text.Json;
using PromptForge.Core;
using PromptForge.Core.ApiKeys;

namespace PromptForge.Cli;

/// <summary>Which server this user calls, and with which key: from the environment, or from a file that nobody else can read.</summary>
internal sealed record Credentials(Uri Server, string Key)
{
    public const string ServerVariable = "PROMPTFORGE_SERVER";
    public const string KeyVariable = "PROMPTFORGE_KEY";

    private static string File => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } home ? home : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"),
        "promptforge", "credentials.json");

    /// <param name="server">Null: as kept by `login`.</param>
    public static Outcome<Credentials> Load(string? server)
    {
        var kept = Kept();
        var named = server ?? Environment.GetEnvironmentVariable(ServerVariable) ?? kept?.Server.ToString();
        if (named is null)
            return new Fault("SERVER_UNKNOWN", "", $"No server is named. Run ./forge login --server URL once, or set {ServerVariable}.");
        if (ParseServer(named) is not { } uri)
            return new Fault("USAGE", "--server", $"\"{named}\" is no address. Write it as https://forge.example.com.");
        var key = Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } given ? given : kept is not null && kept.Server == uri ? kept.Key : null;
        return key is null ? new Fault("API_KEY_MISSING", "", $"There is no API key for {uri}. Run ./forge login --server {uri} once, or set {KeyVariable}.")
            : !ApiKeyText.IsWellFormed(key) ? new Fault("API_KEY_INVALID", KeyVariable, $"This is no API key: one begins with pf_live_ or pf_test_ and has {ApiKeyText.Length} characters.")
            : new Credentials(uri, key);
    }

    public static Uri? ParseServer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)) ? new Uri(uri.GetLeftPart(UriPartial.Authority) + "/") : null;

    /// <returns>Where it stands.</returns>
    public Outcome<string> Save()
    {
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var next = $"{File}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(File)!, ownerOnly | UnixFileMode.UserExecute);
            using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = ownerOnly }))
                JsonSerializer.Serialize(file, this);
            System.IO.File.Move(next, File, overwrite: true);
            return File;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Fault("CREDENTIALS_NOT_WRITABLE", File, $"The key works, but cannot be kept here ({e.GetType().Name}). Name another folder with XDG_CONFIG_HOME, or keep nothing and set {ServerVariable} and {KeyVariable}.");
        }
    }

    private static Credentials? Kept()
    {
        if (!System.IO.File.Exists(File))
            return null;
        try
        {
            return JsonSerializer.Deserialize<Credentials>(System.IO.File.ReadAllBytes(File)) is { Server: not null, Key: not null } kept ? kept : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // A file that cannot be read holds no key; the message that follows says how to make a new one.
            return null;
        }
    }
}

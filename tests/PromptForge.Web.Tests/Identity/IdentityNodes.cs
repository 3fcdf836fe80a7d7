using System.Net;
using System.Text.RegularExpressions;
using PromptForge.Web.Platform;
using PromptForge.Web.Tests.Http;

namespace PromptForge.Web.Tests.Identity;

/// <summary>Two nodes on one database, with cheap password hashes and limits that the tests of one address do not reach.</summary>
public sealed partial class IdentityNodes(PostgresFixture postgres) : IAsyncLifetime
{
    public const string Password = "correct horse battery";

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Identity:PasswordIterations"] = "1000",
        ["Identity:RequestsPerMinute"] = "100000",
        ["Identity:AttemptsPerMinute"] = "25",
        ["Limits:UserPerMinute"] = "100000",
        ["Limits:AnonymousPerMinute"] = "100000",
    };

    private WebServer? _one;
    private WebServer? _other;

    public Uri One => _one!.Address;

    public Uri Other => _other!.Address;

    public async ValueTask InitializeAsync()
    {
        _one = await postgres.NewServerAsync(Settings);
        _other = await postgres.NewServerAsync(Settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _one!.DisposeAsync();
        await _other!.DisposeAsync();
    }

    public ApiCaller Nobody() => new(One);

    public ApiCaller With(string token) => new(One, token);

    internal async Task<Account> AccountAsync() => await Accounts.NewAsync(postgres);

    public static string NewEmail() => $"{Guid.CreateVersion7():n}@example.test";

    /// <summary>Registered and confirmed by the mail, as a person does it.</summary>
    public async Task<(string Email, string Token)> RegisteredAsync()
    {
        var email = NewEmail();
        using var nobody = Nobody();
        (await nobody.PostAsync("/api/auth/register", new { email, password = Password })).Is(HttpStatusCode.Accepted);
        (await nobody.PostAsync("/api/auth/confirm", await LinkAsync(email))).Is(HttpStatusCode.NoContent);
        return (email, (string)(await SignInAsync(email)).Json["access_token"]!);
    }

    public async Task<ApiAnswer> SignInAsync(string email, string password = Password)
    {
        using var nobody = Nobody();
        return (await nobody.PostAsync("/api/auth/login", new { email, password })).Is(HttpStatusCode.OK);
    }

    /// <summary>What the link of the newest mail to an address carries, once there is one; by its subject, where several may be on their way.</summary>
    public async Task<Dictionary<string, string>> LinkAsync(string email, string? subject = null) =>
        Link().Match((await MailAsync(email, subject)).Text).Groups[1].Value.Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));

    public async Task<(string Subject, string Text)> MailAsync(string email, string? subject = null)
    {
        using var nobody = Nobody();
        while (true)
        {
            var mails = (await nobody.GetAsync($"/dev/inbox?format=json&to={Uri.EscapeDataString(email)}")).Is(HttpStatusCode.OK).Json.AsArray();
            if (mails.FirstOrDefault(mail => subject is null || (string?)mail!["subject"] == subject) is { } newest)
            {
                return ((string)newest["subject"]!, (string)newest["text"]!);
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    [GeneratedRegex(@"\n(?:http[^\n#]+)#([^\n]+)")]
    private static partial Regex Link();
}

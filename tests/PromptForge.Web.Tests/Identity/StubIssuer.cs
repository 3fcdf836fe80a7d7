using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace PromptForge.Web.Tests.Identity;

/// <summary>An OpenID Connect issuer on loopback: discovery, keys, and the code flow with PKCE for whoever is <see cref="Person"/>.</summary>
internal sealed class StubIssuer : IAsyncDisposable
{
    public const string Client = "forge";
    public const string Secret = "stub secret";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, (string Nonce, string Challenge)> _codes = new();
    private RsaSecurityKey _key = NewKey();

    private StubIssuer(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public Dictionary<string, object> Person { get; set; } = [];

    public static async Task<StubIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var issuer = new StubIssuer(builder.Build());
        issuer.Map();
        await issuer._app.StartAsync();
        return issuer;
    }

    public static Dictionary<string, object> Somebody(string? email = null, bool verified = true) => new()
    {
        ["sub"] = $"sub-{Guid.CreateVersion7():n}",
        ["email"] = email ?? IdentityNodes.NewEmail(),
        ["email_verified"] = verified,
    };

    public string Token(Dictionary<string, object> claims, string audience = Client, string? issuer = null, TimeSpan? life = null, SigningCredentials? credentials = null, TimeSpan age = default, bool dated = true)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Address,
            Audience = audience,
            IssuedAt = dated ? now - age : null,
            NotBefore = now.AddHours(-2),
            Expires = now + (life ?? TimeSpan.FromMinutes(5)),
            Claims = claims,
            SigningCredentials = credentials ?? new SigningCredentials(_key, SecurityAlgorithms.RsaSha256),
        });
    }

    public string Unsigned(Dictionary<string, object> claims)
    {
        var parts = Token(claims).Split('.');
        return $"{Base64Url.EncodeToString("{\"alg\":\"none\",\"typ\":\"JWT\"}"u8)}.{parts[1]}.";
    }

    /// <summary>Signed with what everybody may know, in the hope that it is taken for a shared secret.</summary>
    public string SignedWithThePublicKey(Dictionary<string, object> claims) => Token(claims, credentials: new SigningCredentials(
        new SymmetricSecurityKey(Encoding.ASCII.GetBytes(_key.Rsa.ExportSubjectPublicKeyInfoPem())) { KeyId = _key.KeyId }, SecurityAlgorithms.HmacSha256));

    public string SignedWithAnUnknownKey(Dictionary<string, object> claims) => Token(claims, credentials: new SigningCredentials(NewKey(), SecurityAlgorithms.RsaSha256));

    public void Rotate() => _key = NewKey();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static RsaSecurityKey NewKey() => new(RSA.Create(2048)) { KeyId = Guid.CreateVersion7().ToString("n") };

    private void Map()
    {
        _app.MapGet("/.well-known/openid-configuration", () => Results.Json(new Dictionary<string, object>
        {
            ["issuer"] = Address,
            ["authorization_endpoint"] = Address + "/authorize",
            ["token_endpoint"] = Address + "/token",
            ["jwks_uri"] = Address + "/jwks",
            ["response_types_supported"] = new[] { "code" },
            ["subject_types_supported"] = new[] { "public" },
            ["id_token_signing_alg_values_supported"] = new[] { "RS256" },
        }));
        _app.MapGet("/jwks", () =>
        {
            var key = _key.Rsa.ExportParameters(includePrivateParameters: false);
            return Results.Json(new { keys = new[] { new { kty = "RSA", use = "sig", alg = "RS256", kid = _key.KeyId, n = Base64Url.EncodeToString(key.Modulus), e = Base64Url.EncodeToString(key.Exponent) } } });
        });
        _app.MapGet("/authorize", (string client_id, string redirect_uri, string state, string nonce, string code_challenge, string code_challenge_method) =>
        {
            var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
            _codes[code] = (nonce, code_challenge);
            return client_id == Client && code_challenge_method == "S256" ? Results.Redirect($"{redirect_uri}?code={code}&state={Uri.EscapeDataString(state)}") : Results.BadRequest();
        });
        _app.MapPost("/token", async (HttpRequest request) =>
        {
            var form = await request.ReadFormAsync();
            if (!_codes.TryRemove(form["code"].ToString(), out var known) || form["client_secret"] != Secret
                || Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != known.Challenge)
            {
                return Results.BadRequest(new { error = "invalid_grant" });
            }

            return Results.Json(new { access_token = "opaque", token_type = "Bearer", expires_in = 300, id_token = Token(new(Person) { ["nonce"] = known.Nonce }) });
        });
    }
}

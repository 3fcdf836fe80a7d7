using PromptForge.Core.ApiKeys;
using PromptForge.Web.Platform;

namespace PromptForge.Web.ApiKeys;

/// <summary>A key that is about to be stored, new or in another one's place.</summary>
internal sealed record KeyDraft(string Name, string[] Scopes, int RateLimitPerMin, bool Test, DateTimeOffset? ExpiresAt)
{
    public const int DefaultRate = 60;

    private const int Attempts = 8;

    public async Task<CreatedApiKey> InsertAsync(OrgScope scope, Guid orgId, Guid? createdBy, Guid id, KeySecrets secrets, DateTimeOffset now, CancellationToken ct)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var key = KeySecrets.Make(Test);
            var row = await scope.QueryFirstOrDefaultAsync<ApiKeyView>($"""
                insert into api_keys (org_id, id, name, key_prefix, key_hash, scopes, rate_limit_per_min, created_by, expires_at, created_at)
                values (@Org, @Id, @Name, @Prefix, @Hash, @Scopes, @RateLimitPerMin, @CreatedBy, @ExpiresAt, @Now)
                on conflict on constraint api_keys_key_prefix_key do nothing
                returning {ApiKeyView.Columns}
                """, new { Org = orgId, Id = id, Name, Prefix = ApiKeyText.Prefix(key), Hash = secrets.HashOf(key).ToBytes(), Scopes, RateLimitPerMin, CreatedBy = createdBy, ExpiresAt, Now = now }, ct);
            if (row is not null)
                return new(key, row);
        }

        throw new InvalidOperationException("Eight random key prefixes in a row were taken; the random numbers cannot be random.");
    }
}

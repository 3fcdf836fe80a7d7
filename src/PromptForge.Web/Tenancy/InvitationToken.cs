using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PromptForge.Web.Tenancy;

/// <summary>256 random bits, known to the mail alone; the database holds their hash.</summary>
internal sealed record InvitationToken(string Text, byte[] Hash)
{
    private const int MaxText = 100;

    public static readonly TimeSpan Good = TimeSpan.FromDays(7);

    public static InvitationToken New()
    {
        var text = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return new(text, HashOf(text));
    }

    /// <summary>Anything can be looked up; only what was sent is found.</summary>
    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text.Length > MaxText ? text[..MaxText] : text));
}

using CsCheck;
using PromptForge.Core.ApiKeys;

namespace PromptForge.Core.Tests.ApiKeys;

public sealed class ApiKeyTextTests
{
    // The checksum is the CRC-32 of the first 56 characters (Python: zlib.crc32) in base 62, digits 0-9A-Za-z.
    private const string Known = "pf_live_AHOV.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh81Ibhlg";

    private static readonly byte[] Ident = [0, 7, 14, 21];
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void D_KEY_01_D_KEY_03_a_key_is_made_as_written_down()
    {
        Assert.Equal(Known, ApiKeyText.Make(false, Ident, Secret));
        Assert.StartsWith("pf_test_AHOV.AAEC", ApiKeyText.Make(true, Ident, Secret), StringComparison.Ordinal);
        Assert.Equal("pf_live_AHOV", ApiKeyText.Prefix(Known));
    }

    [Fact]
    public void Whatever_the_random_bytes_a_key_has_the_form_that_a_scanner_looks_for() =>
        Gen.Select(Gen.Bool, Gen.Byte.Array[4], Gen.Byte.Array[32]).Sample((test, ident, secret) =>
        {
            var key = ApiKeyText.Make(test, ident, secret);
            Assert.Matches("^pf_(live|test)_[A-Z2-7]{4}\\.[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$", key);
            Assert.True(ApiKeyText.IsWellFormed(key));
            Assert.Equal(test, ApiKeyText.IsTest(key));
        }, iter: 2_000);

    [Fact]
    public void A_key_with_one_character_changed_is_none() =>
        Gen.Select(Gen.Int[0, ApiKeyText.Length - 1], Gen.Char[' ', '~']).Sample((at, other) =>
        {
            var changed = Known.ToCharArray();
            changed[at] = other;
            Assert.Equal(other == Known[at], ApiKeyText.IsWellFormed(changed));
        }, iter: 5_000);

    [Theory]
    [InlineData("")]
    [InlineData("pf_live_")]
    [InlineData("pf_live_AHOV.")]
    [InlineData("pf_live_AHOV.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2ln")]
    public void What_is_no_key_is_not_well_formed(string text) => Assert.False(ApiKeyText.IsWellFormed(text));

    [Fact]
    public void A_key_is_found_within_a_text_and_a_prefix_is_not_one()
    {
        Assert.True(ApiKeyText.IsWithin($"/api?pf_x=1&key={Known}&more"));
        Assert.True(ApiKeyText.IsWithin($"pf_pf_{Known}"));
        // Without its checksum it is as much of a secret.
        Assert.True(ApiKeyText.IsWithin(Known.AsSpan(0, 56)));
        Assert.False(ApiKeyText.IsWithin("/api?prefix=pf_live_AHOV"));
        Assert.False(ApiKeyText.IsWithin(""));
    }
}

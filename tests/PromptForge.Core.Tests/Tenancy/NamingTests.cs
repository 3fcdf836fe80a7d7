using PromptForge.Core.Tenancy;

namespace PromptForge.Core.Tests.Tenancy;

public sealed class NamingTests
{
    [Theory]
    [InlineData("Studio Ștefan & Co.", "studio-stefan-co")]
    [InlineData("  --A  B--  ", "a-b")]
    [InlineData("Ärger, ökologisch!", "arger-okologisch")]
    [InlineData("日本", "org")]
    [InlineData("X", "org-x")]
    [InlineData("a very long name that goes on and on until it is cut", "a-very-long-name-that-goes-on-and-on-unt")]
    public void A_slug_is_made_of_a_name(string name, string slug)
    {
        Assert.Equal(slug, Naming.SlugOf(name, "org"));
        Assert.True(Naming.Slug(slug, "/slug").Ok);
    }

    [Theory]
    [InlineData("acme", "acme-x7k2p")]
    [InlineData("a-very-long-name-that-goes-on-and-on-unt", "a-very-long-name-that-goes-on-and-x7k2p")]
    public void A_slug_that_is_taken_gets_another_end(string slug, string other)
    {
        Assert.Equal(other, Naming.WithEnd(slug, "x7k2p"));
        Assert.True(Naming.Slug(other, "/slug").Ok);
    }

    [Theory]
    [InlineData("---")]
    [InlineData("-ab")]
    [InlineData("ab-")]
    [InlineData("a--b")]
    [InlineData("ab")]
    [InlineData("Abc")]
    [InlineData("ăbc")]
    [InlineData("a_b")]
    [InlineData("")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void D_SLUG_01_a_slug_of_another_form_is_refused(string slug) => Assert.Equal("/slug", Assert.Single(Naming.Slug(slug, "/slug").Faults).Where);

    [Theory]
    [InlineData("")]
    [InlineData("  \u00A0 ")]
    [InlineData("a\nb")]
    [InlineData("a\tb")]
    [InlineData("a\u0000b")]
    [InlineData("Acme\u202Eemca")]
    [InlineData("Ac\u200Bme")]
    [InlineData("\uD800")]
    public void A_name_that_reads_differently_from_what_it_is_is_refused(string name) => Assert.False(Naming.Name(name, "/name").Ok);

    [Fact]
    public void A_name_in_any_script_is_kept_without_space_around_it_and_has_a_limit()
    {
        Assert.Equal("Café ابجد", Naming.Name(" Café ابجد ", "/name").Value);
        Assert.True(Naming.Name(new string('x', 100), "/name").Ok);
        Assert.False(Naming.Name(new string('x', 101), "/name").Ok);
        Assert.False(Naming.Name(new string('x', 1_000_000), "/name").Ok);
    }

    [Theory]
    [InlineData("Ana.Pop+team@Example.com", "ana.pop+team@example.com")]
    [InlineData(" a@b.ro ", "a@b.ro")]
    public void An_address_is_compared_in_lower_case(string text, string address) => Assert.Equal(address, Address.Parse(text, "/email").Value);

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a@b")]
    [InlineData("@b.ro")]
    [InlineData("a@b@c.ro")]
    [InlineData("a b@c.ro")]
    [InlineData("a@b..ro")]
    [InlineData("a@-b.ro")]
    [InlineData("a@b.ro\r\nBcc: x@y.ro")]
    [InlineData("<a@b.ro>")]
    [InlineData("a,x@b.ro")]
    [InlineData("а@b.ro")]
    public void What_cannot_be_written_to_is_refused(string text) => Assert.False(Address.Parse(text, "/email").Ok);
}

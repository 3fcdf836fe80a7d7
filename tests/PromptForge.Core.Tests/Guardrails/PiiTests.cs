using PromptForge.Core.Guardrails;

namespace PromptForge.Core.Tests.Guardrails;

public sealed class PiiTests
{
    [Theory]
    [InlineData(PiiKind.Email, "write to ana.pop+x@acme-shop.co.uk today", "ana.pop+x@acme-shop.co.uk")]
    [InlineData(PiiKind.Email, "<mail>a@b.ro.</mail>", "a@b.ro")]
    [InlineData(PiiKind.Phone, "call +40 722 111 222 now", "+40 722 111 222")]
    [InlineData(PiiKind.Phone, "tel. 0722111222", "0722111222")]
    [InlineData(PiiKind.Phone, "0721.222.333", "0721.222.333")]
    [InlineData(PiiKind.Phone, "(415) 555-2671", "415) 555-2671")]
    [InlineData(PiiKind.Phone, "0044 20 7946 0958", "0044 20 7946 0958")]
    [InlineData(PiiKind.CreditCard, "card 4111 1111 1111 1111 exp", "4111 1111 1111 1111")]
    [InlineData(PiiKind.CreditCard, "5555555555554444", "5555555555554444")]
    [InlineData(PiiKind.CreditCard, "3782-822463-10005", "3782-822463-10005")]
    [InlineData(PiiKind.Iban, "RO49 AAAA 1B31 0075 9384 0000 is ours", "RO49 AAAA 1B31 0075 9384 0000")]
    [InlineData(PiiKind.Iban, "IBAN: DE89370400440532013000.", "DE89370400440532013000")]
    [InlineData(PiiKind.GovId, "CNP 1800101221144", "1800101221144")]
    [InlineData(PiiKind.GovId, "SSN 536-22-8726", "536-22-8726")]
    [InlineData(PiiKind.GovId, "NI number AB 12 34 56 C", "AB 12 34 56 C")]
    [InlineData(PiiKind.Ip, "from 203.0.113.7 at noon", "203.0.113.7")]
    [InlineData(PiiKind.Ip, "from 2001:db8:0:0:1:0:0:1 at noon", "2001:db8:0:0:1:0:0:1")]
    [InlineData(PiiKind.Secret, "key sk-proj-4f9a8b7c6d5e4f3a2b1c0d9e", "sk-proj-4f9a8b7c6d5e4f3a2b1c0d9e")]
    [InlineData(PiiKind.Secret, "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE")]
    [InlineData(PiiKind.Secret, "password: Hunter2!xyz", "Hunter2!xyz")]
    [InlineData(PiiKind.Secret, "\"api_key\": \"9f8a7b6c5d4e3f2a1b0c\"", "9f8a7b6c5d4e3f2a1b0c")]
    [InlineData(PiiKind.Address, "we meet at 221B Baker Street", "221B Baker Street")]
    [InlineData(PiiKind.Address, "Str. Mihai Eminescu nr. 12, Cluj", "Str. Mihai Eminescu nr. 12")]
    [InlineData(PiiKind.Address, "Șoseaua Ștefan cel Mare 5", null)]
    [InlineData(PiiKind.PersonName, "signed by Dr. Elena Ionescu", "Elena Ionescu")]
    [InlineData(PiiKind.PersonName, "domnul Popescu a semnat", "Popescu")]
    [InlineData(PiiKind.PersonName, "Mrs O'Neill agreed", "O'Neill")]
    public void Each_kind_is_found_where_its_structure_is_there(PiiKind kind, string text, string? expected)
    {
        var finds = Pii.Find(text);
        if (expected is null)
            Assert.Empty(finds);
        else
            Assert.Equal((kind, expected), (Assert.Single(finds).Kind, text.Substring(finds[0].Start, finds[0].Length)));
    }

    [Theory]
    [InlineData("18,000 EUR, 40 percent on signature, 1.250.000 lei, £19 a month")]
    [InlineData("2026-03-31, 31.03.2026, 03/31/2026, 2025-11-03T10:20:30Z, 09:10 and 10:25")]
    [InlineData("version 1.2.3.4, v10.0.0.1, M07@1.0.0, ISO 27001, Directive 2005/29/EC, art. 6(1)(b)")]
    [InlineData("0197f3a2-7c1d-7e55-9a3b-2f6f1f0c9d11 and 4949d477eb5d4d97ac4ca75414b2d9c59d433a2f961a5d63d3744a01ffd7b75b")]
    [InlineData("4111 1111 1111 1112 fails its check digit, 1800101221145 as well, DE89370400440532013001 too")]
    [InlineData("order 1234567890123, batch 4471, tickets-2025-q3.csv, 3 000 000 visitors, 200-employee plant")]
    [InlineData("127.0.0.1 and 0.0.0.0; retry after 1, 5, 25 and 120 minutes; 9:16; aa:bb:cc:dd:ee:ff")]
    [InlineData("token: access, secret = hidden, password reset link, api key rotation, the bot @quotes_bot")]
    [InlineData("DNA Sequencing, the drive way, a square deal, Dr. who, 40 Golden rules, Main Street without a number")]
    [InlineData("000-12-3456, 666-12-3456, 123-00-4567, GB 12 34 56 A, risk-free, task-list")]
    public void Ordinary_business_text_raises_no_alarm(string text) => Assert.Empty(Pii.Find(text).Select(f => $"{f.Kind}: {text.Substring(f.Start, f.Length)}"));

    [Fact]
    public void A_private_key_is_found_whole()
    {
        const string text = "before\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----\nafter";
        var find = Assert.Single(Pii.Find(text));
        Assert.Equal((PiiKind.Secret, "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"), (find.Kind, text.Substring(find.Start, find.Length)));
    }

    [Fact]
    public void Anonymising_keeps_the_kind_and_the_sameness_and_can_be_repeated()
    {
        const string text = "ana@acme.ro, 0722 111 222, 0722111222, card 4111 1111 1111 1111, Dr. Ionescu";
        var once = Anonymiser.Anonymise(text);
        Assert.StartsWith("a***@a***.ro, [PHONE_", once, StringComparison.Ordinal);
        Assert.Contains("card **** 1111, Dr. [PERSON_NAME_", once, StringComparison.Ordinal);
        var phones = once.Split(", ")[1..3];
        Assert.Equal(phones[0], phones[1]);
        Assert.Equal(once, Anonymiser.Anonymise(once));
        Assert.NotEqual(once, Anonymiser.Anonymise(text, [1, 2, 3]));
    }

    [Fact]
    public void In_long_hostile_texts_finds_stand_in_order_and_never_overlap()
    {
        foreach (var unit in (string[])["a@", "1 ", "RO49 ", "1.1.1.", ":a", "Dr. ", "Str. A ", "sk-", "-----BEGIN ", "password:", "4111-", "eyJ.", "a@b.co ", "Dr. Popa Str. Unirii 5 ", "10.1.2.3 0722111222 "])
        {
            var text = string.Concat(Enumerable.Repeat(unit, 100_000));
            var end = 0;
            foreach (var find in Pii.Find(text))
            {
                Assert.True(find.Start >= end && find.Length > 0 && find.End <= text.Length, $"{unit}: {find}");
                end = find.End;
            }
        }
    }
}

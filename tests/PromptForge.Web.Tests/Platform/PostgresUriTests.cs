using Npgsql;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests.Platform;

public sealed class PostgresUriTests
{
    [Theory]
    [InlineData("postgres://u%40x:p%3A%2F@db.example:6543/product?sslmode=require", "u@x", "p:/", 6543)]
    [InlineData("Host=db.example;Username=u@x;Password=p:/;Database=product;SSL Mode=Require;Port=6543", "u@x", "p:/", 6543)]
    public void Both_forms_of_a_connection_string_are_understood(string text, string user, string password, int port)
    {
        var built = new NpgsqlConnectionStringBuilder(PostgresUri.ToConnectionString(text, "Postgres"));

        Assert.Equal(("db.example", user, password, port, "product", SslMode.Require), (built.Host, built.Username, built.Password, built.Port, built.Database, built.SslMode));
        Assert.Equal("postgresql://u%40x:p%3A%2F@db.example:6543/product", PostgresUri.FromConnectionString(built.ConnectionString));
    }

    [Theory]
    [InlineData("postgres://u:secret@:x/y")]
    [InlineData("Hoost=db;Password=secret")]
    public void What_is_neither_is_refused_without_repeating_it(string text)
    {
        var refused = Assert.Throws<PlatformException>(() => PostgresUri.ToConnectionString(text, "Owner"));

        Assert.Equal("CONNECTION_STRING_INVALID", refused.Code);
        Assert.Contains("ConnectionStrings__Owner", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }
}

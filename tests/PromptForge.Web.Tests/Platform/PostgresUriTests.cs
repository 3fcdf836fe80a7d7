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
        var built = new NpgsqlConnectionStringBuilder(PostgresUri.ToConnectionString(text));

        Assert.Equal(("db.example", user, password, port, "product", SslMode.Require), (built.Host, built.Username, built.Password, built.Port, built.Database, built.SslMode));
        Assert.Equal("postgresql://u%40x:p%3A%2F@db.example:6543/product", PostgresUri.FromConnectionString(built.ConnectionString));
    }
}

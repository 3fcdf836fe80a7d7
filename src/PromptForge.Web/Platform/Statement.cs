using NpgsqlTypes;

namespace PromptForge.Web.Platform;

/// <summary>One statement of a batch; its parameters are positional: <c>$1</c>, <c>$2</c> ...</summary>
public sealed record Statement(string Sql, params IReadOnlyList<Value> Values);

/// <summary>A parameter with its PostgreSQL type; most come by implicit conversion, the rest by name.</summary>
public readonly record struct Value(object? Data, NpgsqlDbType Type)
{
    public static Value Jsonb(string? json) => new(json, NpgsqlDbType.Jsonb);

    /// <summary>For an enumeration or a domain, whose type the statement names: <c>$1::run_status</c>.</summary>
    public static Value Untyped(string? text) => new(text, NpgsqlDbType.Unknown);

    public static Value Texts(IEnumerable<string>? texts) => new(texts?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static implicit operator Value(string? text) => new(text, NpgsqlDbType.Text);

    public static implicit operator Value(Guid? id) => new(id, NpgsqlDbType.Uuid);

    public static implicit operator Value(int? number) => new(number, NpgsqlDbType.Integer);

    public static implicit operator Value(long? number) => new(number, NpgsqlDbType.Bigint);

    public static implicit operator Value(decimal? number) => new(number, NpgsqlDbType.Numeric);

    public static implicit operator Value(bool? flag) => new(flag, NpgsqlDbType.Boolean);

    public static implicit operator Value(DateTimeOffset? time) => new(time?.ToUniversalTime(), NpgsqlDbType.TimestampTz);
}

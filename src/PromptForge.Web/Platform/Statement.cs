using NpgsqlTypes;

namespace PromptForge.Web.Platform;

/// <summary>One statement of a batch; its parameters are positional: <c>$1</c>, <c>$2</c> ...</summary>
public sealed record Statement(string Sql, params IReadOnlyList<Value> Values);

/// <summary>One statement for any number of rows: each parameter is the array of one column, so that its text, and the plan the server keeps for it, stay the same.</summary>
public sealed class Bulk(string sql)
{
    public BulkRow Row(params Value[] values) => new(this, values);

    public Statement Of(IReadOnlyList<BulkRow> rows) => new(sql, [.. Enumerable.Range(0, rows[0].Values.Count).Select(column => Value.Column([.. rows.Select(r => r.Values[column])]))]);
}

public sealed record BulkRow(Bulk Into, IReadOnlyList<Value> Values)
{
    public Statement Alone => Into.Of([this]);
}

/// <summary>A parameter with its PostgreSQL type; most come by implicit conversion, the rest by name.</summary>
public readonly record struct Value(object? Data, NpgsqlDbType Type)
{
    public static Value Jsonb(string? json) => new(json, NpgsqlDbType.Jsonb);

    /// <summary>For an enumeration or a domain, whose type the statement names: <c>$1::run_status</c>.</summary>
    public static Value Untyped(string? text) => new(text, NpgsqlDbType.Unknown);

    public static Value Texts(IEnumerable<string>? texts) => new(texts?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    /// <summary>What one column of several rows holds.</summary>
    public static Value Column(IReadOnlyList<Value> values) => new(
        values[0].Type switch
        {
            NpgsqlDbType.Text or NpgsqlDbType.Jsonb => Items<string?>(values),
            NpgsqlDbType.Uuid => Items<Guid?>(values),
            NpgsqlDbType.Integer => Items<int?>(values),
            NpgsqlDbType.Bigint => Items<long?>(values),
            NpgsqlDbType.Numeric => Items<decimal?>(values),
            NpgsqlDbType.Boolean => Items<bool?>(values),
            NpgsqlDbType.TimestampTz => Items<DateTimeOffset?>(values),
            var other => throw new ArgumentException($"A column of {other} is not known here.", nameof(values)),
        }, NpgsqlDbType.Array | values[0].Type);

    private static T[] Items<T>(IReadOnlyList<Value> values) => [.. values.Select(v => (T)v.Data!)];

    public static implicit operator Value(string? text) => new(text, NpgsqlDbType.Text);

    public static implicit operator Value(Guid? id) => new(id, NpgsqlDbType.Uuid);

    public static implicit operator Value(int? number) => new(number, NpgsqlDbType.Integer);

    public static implicit operator Value(long? number) => new(number, NpgsqlDbType.Bigint);

    public static implicit operator Value(decimal? number) => new(number, NpgsqlDbType.Numeric);

    public static implicit operator Value(bool? flag) => new(flag, NpgsqlDbType.Boolean);

    public static implicit operator Value(DateTimeOffset? time) => new(time?.ToUniversalTime(), NpgsqlDbType.TimestampTz);
}

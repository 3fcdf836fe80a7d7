using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace PromptForge.Core.SevenD;

/// <summary>A complete 7D context: every axis has a value. Made by <see cref="SevenDParser"/>, never half filled.</summary>
/// <param name="Domain">The domain's code, lower case.</param>
/// <param name="Outputs">At least one, no duplicates; the first is the primary one and the only one in the signature.</param>
public sealed record ParameterSet(
    string Domain,
    Scale Scale,
    Urgency Urgency,
    Complexity Complexity,
    Resources Resources,
    Application Application,
    ImmutableArray<OutputFormat> Outputs)
{
    private string? signature;

    public OutputFormat PrimaryOutput => Outputs[0];

    /// <summary>SHA-256, lower hex, of the seven codes joined with '|' (decisions 4).</summary>
    public string Signature => signature ??= Sign();

    /// <summary>The code of an axis' value; for the output axis the primary one.</summary>
    public string this[Axis axis] => axis switch
    {
        Axis.Domain => Domain,
        Axis.Scale => Scale.Code(),
        Axis.Urgency => Urgency.Code(),
        Axis.Complexity => Complexity.Code(),
        Axis.Resources => Resources.Code(),
        Axis.Application => Application.Code(),
        Axis.Output => PrimaryOutput.Code(),
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    public bool Equals(ParameterSet? other) =>
        other is not null && Domain == other.Domain && Scale == other.Scale && Urgency == other.Urgency && Complexity == other.Complexity
        && Resources == other.Resources && Application == other.Application && Outputs.AsSpan().SequenceEqual(other.Outputs.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Domain, Scale, Urgency, Complexity, Resources, Application, Outputs[0], Outputs.Length);

    private string Sign()
    {
        var text = string.Concat(
            string.Concat(Domain, "|", Scale.Code(), "|"),
            string.Concat(Urgency.Code(), "|", Complexity.Code(), "|"),
            string.Concat(Resources.Code(), "|", Application.Code(), "|"),
            PrimaryOutput.Code());
        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = Encoding.UTF8.GetBytes(text, utf8);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..length], hash);
        return Convert.ToHexStringLower(hash);
    }
}

/// <summary>What a caller asked for before normalisation: null means "take the domain's default".</summary>
public sealed record SevenDRequest
{
    public string? Domain { get; init; }
    public string? Scale { get; init; }
    public string? Urgency { get; init; }
    public string? Complexity { get; init; }
    public string? Resources { get; init; }
    public string? Application { get; init; }
    public IReadOnlyList<string?>? OutputFormats { get; init; }
}

/// <summary>An axis whose value differs from the domain's default.</summary>
public sealed record AxisOverride(Axis Axis, string Default, string Actual);

/// <summary>What normalisation gives: the set, and what the caller changed from the domain's defaults, in canonical order.</summary>
public sealed record Normalized(ParameterSet Set, ImmutableArray<AxisOverride> Overrides);

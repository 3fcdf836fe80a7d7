namespace PromptForge.Core;

/// <summary>One thing that is wrong with what a caller gave, worded for that caller.</summary>
/// <param name="Code">Stable, upper snake case; the list is in docs/errors.md.</param>
/// <param name="Where">The place: an axis, a JSON pointer, or "file:line".</param>
/// <param name="Message">What is wrong and what to do. Never holds a secret or another tenant's id.</param>
public sealed record Fault(string Code, string Where, string Message)
{
    /// <summary>The values that would have been accepted, where they are a closed list.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];

    public override string ToString() => Where.Length == 0 ? Message : $"{Where}: {Message}";
}

/// <summary>A value, or every fault that stands in its way (never only the first).</summary>
public readonly struct Outcome<T>
{
    private readonly T? value;

    private Outcome(T? value, IReadOnlyList<Fault> faults)
    {
        this.value = value;
        Faults = faults;
    }

    public IReadOnlyList<Fault> Faults { get; }

    public bool Ok => Faults.Count == 0;

    /// <exception cref="InvalidOperationException">There are faults.</exception>
    public T Value => Ok ? value! : throw new InvalidOperationException(string.Join(Environment.NewLine, Faults));

    /// <summary>The value; or nothing, with the faults added to those of the other values.</summary>
    public T? Or(ICollection<Fault> faults)
    {
        foreach (var fault in Faults)
        {
            faults.Add(fault);
        }

        return value;
    }

    public static implicit operator Outcome<T>(T value) => new(value, []);

    public static implicit operator Outcome<T>(Fault fault) => new(default, [fault]);

    public static implicit operator Outcome<T>(List<Fault> faults) =>
        faults.Count > 0 ? new(default, faults) : throw new ArgumentException("An outcome without a value needs a fault.", nameof(faults));
}

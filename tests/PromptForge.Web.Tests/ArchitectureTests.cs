using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Tests
{
    /// <summary>A capability is a folder under src/PromptForge.Web; what another may use of it is public, everything else is its own.</summary>
    public sealed class ArchitectureTests
    {
        [Fact]
        public void No_capability_reaches_into_anothers_internals() => Assert.Empty(Breaches(typeof(Db).Assembly, "PromptForge.Web"));

        [Fact]
        public void The_rule_can_fail() => Assert.Contains(Breaches(typeof(ArchitectureTests).Assembly, "PromptForge.ArchitectureFixture"), b => b.Contains("Inner", StringComparison.Ordinal));

        private static List<string> Breaches(System.Reflection.Assembly assembly, string root)
        {
            var architecture = new ArchLoader().LoadAssembly(assembly).Build();
            return [.. architecture.Types
                .SelectMany(t => t.Dependencies.Select(d => (From: t, To: d.Target)))
                .Where(d => Capability(d.From.FullName, root) is { } from && Capability(d.To.FullName, root) is { } to && from != to)
                // Program is the table of contents; Platform is the ground that everybody stands on.
                .Where(d => Capability(d.To.FullName, root) != "Platform" && !d.From.FullName.StartsWith(root + ".Program", StringComparison.Ordinal))
                .Where(d => d.To.Visibility != Visibility.Public)
                .Select(d => $"{d.From.FullName} -> {d.To.FullName}").Distinct()];
        }

        private static string? Capability(string fullName, string root) =>
            fullName.StartsWith(root + ".", StringComparison.Ordinal) && fullName[(root.Length + 1)..].Split('.') is [var folder, _, ..] ? folder : null;
    }
}

namespace PromptForge.ArchitectureFixture.One
{
    internal sealed class Caller
    {
        public static string Call() => Two.Inner.Name;
    }
}

namespace PromptForge.ArchitectureFixture.Two
{
    internal static class Inner
    {
        public static string Name => nameof(Inner);
    }
}

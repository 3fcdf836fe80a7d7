using ArchUnitNET.Loader;

namespace PromptForge.Core.Tests;

/// <summary>Core is pure: it may not even name what reads, writes, calls out or tells the time.</summary>
public sealed class ArchitectureTests
{
    private static readonly string[] Forbidden =
    [
        "Npgsql", "Dapper", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "PromptForge.Web", "PromptForge.Cli", "System.Net.Http.", "System.Net.Sockets.", "System.Diagnostics.Process",
        "System.IO.File", "System.IO.Directory", "System.TimeProvider", "System.Console",
    ];

    [Fact]
    public void Core_names_no_database_no_file_no_network_no_clock() => Assert.Empty(Breaches(typeof(Fault).Assembly));

    [Fact]
    public void The_rule_can_fail() => Assert.NotEmpty(Breaches(typeof(ArchitectureTests).Assembly));

    private static List<string> Breaches(System.Reflection.Assembly assembly)
    {
        var architecture = new ArchLoader().LoadAssembliesIncludingDependencies(assembly).Build();
        var name = assembly.GetName().Name!;
        return [.. architecture.Types.Where(t => t.Assembly.Name.StartsWith(name + ",", StringComparison.Ordinal) || t.Assembly.Name == name)
            .SelectMany(t => t.Dependencies.Select(d => (From: t.FullName, To: d.Target.FullName)))
            .Where(d => Forbidden.Any(f => d.To.StartsWith(f, StringComparison.Ordinal)))
            .Select(d => $"{d.From} -> {d.To}").Distinct()];
    }
}

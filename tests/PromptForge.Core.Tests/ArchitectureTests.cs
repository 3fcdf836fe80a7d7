namespace PromptForge.Core.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void Placeholder() => Assert.True(true);
}

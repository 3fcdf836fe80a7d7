namespace PromptForge.Web.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void Placeholder() => Assert.True(true);
}

namespace PromptForge.Web.Tests.Entitlements;

/// <summary>A change reaches a node by notification, so the test goes on as soon as it is there.</summary>
internal static class InForce
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task WhenAsync(Func<Task<bool>> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!await holds())
            await Task.Delay(5, patience.Token);
    }
}

using System.Runtime.CompilerServices;

namespace PromptForge.Client;

internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

internal static class Pages
{
    /// <summary>Every item of a list, newest first; a page is fetched when it is needed.</summary>
    public static async IAsyncEnumerable<T> ListAsync<T>(this Transport transport, string path, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? cursor = null;
        do
        {
            var page = await transport.GetAsync<Page<T>>(cursor is null ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={Uri.EscapeDataString(cursor)}", cancel);
            foreach (var item in page.Items)
                yield return item;
            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }
}

using PromptForge.Web.Platform;

namespace PromptForge.Web.Identity;

/// <summary>Where people reach the deployment. Links in mails never take it from a request, whose Host header anybody can write.</summary>
internal static class PublicUrl
{
    public static Uri? Of(IConfiguration configuration) => configuration["Server:PublicUrl"] switch
    {
        null or "" => null,
        var text when Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https") => new Uri(url.GetLeftPart(UriPartial.Authority)),
        _ => throw new PlatformException("PUBLIC_URL_INVALID", "Server__PublicUrl is no address like https://forge.example.com. Correct it, then start again."),
    };
}

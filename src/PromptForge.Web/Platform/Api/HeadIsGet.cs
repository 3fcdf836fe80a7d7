namespace PromptForge.Web.Platform.Api;

/// <summary>HEAD is answered as GET is, to the last header; Kestrel, which knows what was asked, leaves the body out.</summary>
internal static class HeadIsGet
{
    public static void Use(WebApplication app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HttpMethods.Get;
            context.Items[typeof(HeadIsGet)] = true;
        }

        return next(context);
    });

    /// <summary>For an answer that has no end of its own.</summary>
    public static bool WasAsked(HttpContext context) => context.Items.ContainsKey(typeof(HeadIsGet));
}

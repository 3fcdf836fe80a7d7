namespace PromptForge.Web.Platform.Api;

/// <summary>HEAD is answered as GET is, to the last header; Kestrel, which knows what was asked, leaves the body out.</summary>
internal static class HeadIsGet
{
    public static void Use(WebApplication app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsHead(context.Request.Method))
            context.Request.Method = HttpMethods.Get;
        return next(context);
    });
}

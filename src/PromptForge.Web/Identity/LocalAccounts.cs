using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Identity;

/// <summary>Whether accounts are kept here; where Supabase owns schema <c>auth</c> they are its own, and only its tokens count.</summary>
internal sealed class LocalAccounts(Db db)
{
    private bool? _exist;

    public async ValueTask<bool> ExistAsync(CancellationToken ct) => _exist ??= await db.AsServerAsync((scope, token) => scope.QuerySingleAsync<bool>(
        $"select nspowner = '{Roles.Owner}'::regrole from pg_namespace where nspname = 'auth'", null, token), ct);

    /// <summary>What stands in front of every endpoint that works on accounts: how often, and whether there are any.</summary>
    public static async ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var services = context.HttpContext.RequestServices;
        if (services.GetRequiredService<Attempts>().RefuseSender(context.HttpContext) is { } tooOften)
        {
            return tooOften;
        }

        return await services.GetRequiredService<LocalAccounts>().ExistAsync(context.HttpContext.RequestAborted) ? await next(context) : new Problem(ApiError.AccountsElsewhere);
    }
}

using Microsoft.AspNetCore.Identity;

namespace PromptForge.Web.Identity;

/// <summary>A row of <c>auth.users</c>. People are known by their address, so it is their user name too.</summary>
internal sealed class User : IdentityUser<Guid>
{
    public override string? UserName { get => Email; set => Email = value; }

    public override string? NormalizedUserName { get => NormalizedEmail; set => NormalizedEmail = value; }

    public DateTimeOffset? EmailConfirmedAt { get; set; }

    public override bool EmailConfirmed
    {
        get => EmailConfirmedAt is not null;
        set => EmailConfirmedAt = value ? EmailConfirmedAt ?? TimeProvider.System.GetUtcNow() : null;
    }

    /// <summary>An issuer's tokens from before this moment do not count; the database sets it with every new stamp.</summary>
    public DateTimeOffset? TokensSince { get; private set; }

    /// <summary>Of the mails and pages: <c>en</c> or <c>ro</c>.</summary>
    public string Language { get; set; } = "en";
}

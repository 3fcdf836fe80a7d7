using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace PromptForge.Web.Identity;

/// <summary>ASP.NET Core Identity on schema <c>auth</c>. The migrations own the tables; this only names their columns.</summary>
internal sealed class IdentityContext(DbContextOptions<IdentityContext> options) : IdentityUserContext<User, Guid>(options)
{
    public DbSet<UserSession> Sessions => Set<UserSession>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.HasDefaultSchema("auth");
        builder.Ignore<IdentityUserClaim<Guid>>();
        builder.Entity<User>(user =>
        {
            user.ToTable("users");
            user.Ignore(u => u.UserName).Ignore(u => u.NormalizedUserName).Ignore(u => u.PhoneNumber).Ignore(u => u.PhoneNumberConfirmed).Ignore(u => u.EmailConfirmed);
            user.Property(u => u.Id).HasColumnName("id").ValueGeneratedNever();
            user.Property(u => u.Email).HasColumnName("email");
            user.Property(u => u.NormalizedEmail).HasColumnName("normalized_email").ValueGeneratedOnAddOrUpdate();
            user.Property(u => u.EmailConfirmedAt).HasColumnName("email_confirmed_at");
            user.Property(u => u.PasswordHash).HasColumnName("encrypted_password");
            user.Property(u => u.SecurityStamp).HasColumnName("security_stamp");
            user.Property(u => u.ConcurrencyStamp).HasColumnName("concurrency_stamp");
            user.Property(u => u.TwoFactorEnabled).HasColumnName("two_factor_enabled");
            user.Property(u => u.LockoutEnd).HasColumnName("lockout_end");
            user.Property(u => u.LockoutEnabled).HasColumnName("lockout_enabled");
            user.Property(u => u.AccessFailedCount).HasColumnName("access_failed_count");
            user.Property(u => u.TokensSince).HasColumnName("tokens_since").ValueGeneratedOnAddOrUpdate();
            user.Property(u => u.Language).HasColumnName("language");
        });
        builder.Entity<IdentityUserLogin<Guid>>(login =>
        {
            login.ToTable("user_logins");
            login.Property(l => l.LoginProvider).HasColumnName("login_provider");
            login.Property(l => l.ProviderKey).HasColumnName("provider_key");
            login.Property(l => l.ProviderDisplayName).HasColumnName("provider_display_name");
            login.Property(l => l.UserId).HasColumnName("user_id");
        });
        builder.Entity<IdentityUserToken<Guid>>(token =>
        {
            token.ToTable("user_tokens");
            token.Property(t => t.UserId).HasColumnName("user_id");
            token.Property(t => t.LoginProvider).HasColumnName("login_provider");
            token.Property(t => t.Name).HasColumnName("name");
            token.Property(t => t.Value).HasColumnName("value");
        });
        builder.Entity<UserSession>(session =>
        {
            session.ToTable("user_sessions");
            session.Property(s => s.Id).HasColumnName("id").ValueGeneratedNever();
            session.Property(s => s.UserId).HasColumnName("user_id");
            session.Property(s => s.Stamp).HasColumnName("stamp");
            session.Property(s => s.Kind).HasColumnName("kind").HasConversion(kind => kind == SessionKind.Browser ? "browser" : "tokens", kind => kind == "browser" ? SessionKind.Browser : SessionKind.Tokens);
            session.Property(s => s.Refreshes).HasColumnName("refreshes");
            session.Property(s => s.CreatedAt).HasColumnName("created_at");
            session.Property(s => s.LastUsedAt).HasColumnName("last_used_at");
            session.Property(s => s.Network).HasColumnName("network");
            session.Property(s => s.UserAgent).HasColumnName("user_agent");
        });
        builder.Entity<IdentityUserPasskey<Guid>>(passkey =>
        {
            passkey.ToTable("user_passkeys");
            passkey.Property(p => p.CredentialId).HasColumnName("credential_id");
            passkey.Property(p => p.UserId).HasColumnName("user_id");
            passkey.OwnsOne(p => p.Data, data => data.ToJson("data"));
        });
    }
}

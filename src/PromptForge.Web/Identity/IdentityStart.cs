using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using PromptForge.Web.Platform;

namespace PromptForge.Web.Identity;

internal static class IdentityStart
{
    public static void AddIdentity(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<DataProtectionKeys>().AddHostedService<FirstDataProtectionKey>();
        // Anything below an error is said on the console before the line that tells where the product is.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        services.AddDataProtection().SetApplicationName("promptforge");
        services.AddOptions<KeyManagementOptions>().Configure<DataProtectionKeys>((options, keys) => options.XmlRepository = keys);

        services.AddDbContext<IdentityContext>((provider, options) => options
            .UseNpgsql(provider.GetRequiredService<Db>().IdentityConnectionString)
            .ConfigureWarnings(warnings => warnings.Ignore(CoreEventId.MappedEntityTypeIgnoredWarning, CoreEventId.MappedPropertyIgnoredWarning)));
        services.AddSingleton<UserPrincipal>().AddSingleton<Tokens>();
        services.AddScoped<IUserClaimsPrincipalFactory<User>>(provider => provider.GetRequiredService<UserPrincipal>());
        services.AddSingleton<ILookupNormalizer, AddressNormalizer>();
        services.AddIdentityCore<User>(options =>
        {
            options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
            options.User.RequireUniqueEmail = true;
            options.User.AllowedUserNameCharacters = "";
            options.Password = new PasswordOptions
            {
                RequiredLength = 10,
                RequiredUniqueChars = 4,
                RequireDigit = false,
                RequireLowercase = false,
                RequireUppercase = false,
                RequireNonAlphanumeric = false,
            };
            options.Lockout = new LockoutOptions { AllowedForNewUsers = true, MaxFailedAccessAttempts = 10, DefaultLockoutTimeSpan = TimeSpan.FromMinutes(10) };
        }).AddUserStore<UserStore>().AddSignInManager().AddDefaultTokenProviders();

        services.AddAuthentication(CallerScheme.Name)
            .AddPolicyScheme(CallerScheme.Name, null, options => options.ForwardDefaultSelector = CallerScheme.SchemeOf)
            .AddBearerToken(IdentityConstants.BearerScheme, options => options.BearerTokenExpiration = TimeSpan.FromMinutes(30))
            .AddIdentityCookies(cookies => cookies.ApplicationCookie!.Configure(Cookie));
    }

    public static void MapIdentity(this WebApplication app)
    {
        var group = app.MapGroup("/api/auth");
        Register.Map(group);
        SignIn.Map(group);
        Refresh.Map(group);
        Me.Map(group);
    }

    private static void Cookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "promptforge";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = TimeSpan.FromDays(14);
    }

    /// <summary>As the column <c>normalized_email</c> does it.</summary>
    private sealed class AddressNormalizer : ILookupNormalizer
    {
        public string? NormalizeName(string? name) => name?.ToLowerInvariant();

        public string? NormalizeEmail(string? email) => email?.ToLowerInvariant();
    }
}

using Microsoft.AspNetCore.Authentication;
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
    public const string CookieName = "promptforge";

    public static void AddIdentity(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<DataProtectionKeys>().AddHostedService<FirstDataProtectionKey>();
        services.AddDataProtection().SetApplicationName("promptforge");
        services.AddOptions<KeyManagementOptions>().Configure<DataProtectionKeys, ServerSecrets>((options, keys, secrets) =>
            (options.XmlRepository, options.XmlEncryptor) = (keys, new DataProtectionEncryption(secrets)));

        // A refused write or sign-in is the use case's to answer; as a log line it would say an error where there is none.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Authentication", LogLevel.Error);
        services.AddDbContext<IdentityContext>((provider, options) => options
            .UseNpgsql(provider.GetRequiredService<Db>().IdentityConnectionString)
            .ConfigureWarnings(warnings => warnings.Ignore(CoreEventId.MappedEntityTypeIgnoredWarning, CoreEventId.MappedPropertyIgnoredWarning)));
        services.AddSingleton<UserPrincipal>().AddSingleton<Tokens>().AddSingleton<KnownSessions>().AddSingleton<Attempts>().AddSingleton<Machines>().AddSingleton<LocalAccounts>();
        services.AddScoped<Sessions>().AddScoped<SecondFactor>().AddScoped<AccountLetters>();
        services.AddSingleton<Mailer>().AddHostedService<MailSender>();
        services.AddScoped<IUserClaimsPrincipalFactory<User>>(provider => provider.GetRequiredService<UserPrincipal>());
        services.AddSingleton<ILookupNormalizer, AddressNormalizer>();
        services.AddSingleton<CountedHasher>().AddSingleton<IPasswordHasher<User>>(provider => provider.GetRequiredService<CountedHasher>());
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
            options.Tokens.PasswordResetTokenProvider = ResetTokens.Name;
        }).AddUserStore<UserStore>().AddSignInManager().AddDefaultTokenProviders().AddTokenProvider<ResetTokens>(ResetTokens.Name);
        services.Configure<IdentityPasskeyOptions>(options =>
        {
            var own = PublicUrl.Of(builder.Configuration);
            options.ServerDomain = own?.Host;
            options.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && Uri.TryCreate(context.Origin, UriKind.Absolute, out var from)
                && from.Authority == (own?.Authority ?? context.HttpContext.Request.Host.Value));
            options.UserVerificationRequirement = "required";
            options.ResidentKeyRequirement = "required";
        });
        services.Configure<PasswordHasherOptions>(options => options.IterationCount = builder.Configuration.GetValue("Identity:PasswordIterations", 210_000));

        var authentication = services.AddAuthentication(CallerScheme.Name);
        authentication.AddOidc(builder.Configuration);
        authentication
            .AddPolicyScheme(CallerScheme.Name, null, options => options.ForwardDefaultSelector = CallerScheme.SchemeOf)
            .AddBearerToken(IdentityConstants.BearerScheme, options =>
            {
                (options.BearerTokenExpiration, options.RefreshTokenExpiration) = (TimeSpan.FromMinutes(30), Sessions.Idle);
                options.Events.OnMessageReceived = KnownSessions.CheckAsync;
            })
            .AddIdentityCookies(cookies =>
            {
                cookies.ApplicationCookie!.Configure(Cookie);
                // Behind a proxy that ends TLS the request itself looks like http.
                services.ConfigureAll<CookieAuthenticationOptions>(options => options.Cookie.SecurePolicy =
                    PublicUrl.Of(builder.Configuration)?.Scheme == Uri.UriSchemeHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest);
            });
    }

    public static void MapIdentity(this WebApplication app)
    {
        var open = app.MapGroup("/api/auth").WithTags("Accounts").RequireAuthorization();
        Me.MapReading(open);
        var group = open.MapGroup("").AddEndpointFilter(LocalAccounts.FilterAsync);
        Register.Map(group);
        Confirm.Map(group);
        SignIn.Map(group);
        Refresh.Map(group);
        SignOut.Map(group);
        Passwords.Map(group);
        ChangeEmail.Map(group);
        TwoFactor.Map(group);
        Passkeys.Map(group);
        OidcSignIn.Map(open);
        Me.Map(group);
        OwnSessions.Map(app.MapGroup("/api/me/sessions").WithTags("Accounts").RequireAuthorization().AddEndpointFilter(LocalAccounts.FilterAsync));
        app.MapDevelopmentInbox();
    }

    private static void Cookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = CookieName;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.LoginPath = "/account/sign-in";
        options.ExpireTimeSpan = Sessions.Idle;
        options.Events = new CookieAuthenticationEvents
        {
            OnValidatePrincipal = KnownSessions.CheckAsync,
            OnRedirectToLogin = context => Answer(context, StatusCodes.Status401Unauthorized),
            OnRedirectToAccessDenied = context => Answer(context, StatusCodes.Status403Forbidden),
        };
    }

    /// <summary>A program is told; only a page sends people to the sign-in.</summary>
    private static Task Answer(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = status;
        }
        else
        {
            context.Response.Redirect(context.RedirectUri);
        }

        return Task.CompletedTask;
    }

    /// <summary>As the column <c>normalized_email</c> does it.</summary>
    private sealed class AddressNormalizer : ILookupNormalizer
    {
        public string? NormalizeName(string? name) => name?.ToLowerInvariant();

        public string? NormalizeEmail(string? email) => email?.ToLowerInvariant();
    }
}

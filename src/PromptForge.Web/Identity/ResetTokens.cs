using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;

namespace PromptForge.Web.Identity;

/// <summary>The code that sets a new password is worth an account, so it lives an hour where the others live a day.</summary>
internal sealed class ResetTokens(IDataProtectionProvider protection, ILogger<DataProtectorTokenProvider<User>> log)
    : DataProtectorTokenProvider<User>(protection, Microsoft.Extensions.Options.Options.Create(new DataProtectionTokenProviderOptions { Name = Name, TokenLifespan = TimeSpan.FromHours(1) }), log)
{
    public new const string Name = "reset";
}

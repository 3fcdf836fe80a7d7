using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PromptForge.Web.Identity;

/// <summary>The framework's hash of passwords. It is most of what a sign-in costs, so how often it is made is a metric.</summary>
internal sealed class CountedHasher : PasswordHasher<User>
{
    public const string MeterName = "PromptForge.Identity";

    private readonly Counter<long> _made;

    public CountedHasher(IOptions<PasswordHasherOptions> options, IMeterFactory meters)
        : base(options)
    {
        _made = meters.Create(MeterName).CreateCounter<long>("promptforge.password_hashes", description: "Hashes of passwords, to store one or to verify one");
        Nobody = new() { Id = Guid.Empty, PasswordHash = base.HashPassword(new(), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))) };
    }

    /// <summary>Whom an address without an account, or with one that cannot sign in now, is checked against: a password that nobody knows, so that it costs the same.</summary>
    public User Nobody { get; }

    public override string HashPassword(User user, string password)
    {
        _made.Add(1, new KeyValuePair<string, object?>("operation", "hash"));
        return base.HashPassword(user, password);
    }

    public override PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
    {
        _made.Add(1, new KeyValuePair<string, object?>("operation", "verify"));
        return base.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }
}

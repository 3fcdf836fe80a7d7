using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace PromptForge.Web.Identity;

internal sealed record RegisterRequest(string? Email, string? Password, string? Language = null);

internal static class Register
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/register", HandleAsync);

    private static async Task<Results<Accepted, ValidationProblem>> HandleAsync(
        RegisterRequest request, UserManager<User> users, IPasswordHasher<User> hasher, TimeProvider clock, CancellationToken ct)
    {
        var user = new User { Id = Guid.CreateVersion7(clock.GetUtcNow()), Email = request.Email?.Trim(), Language = request.Language == "ro" ? "ro" : "en" };
        if (user.Email is not { Length: > 2 and <= 254 } address || !new EmailAddressAttribute().IsValid(address))
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["email"] = ["Give an e-mail address of at most 254 characters."] });
        }

        ct.ThrowIfCancellationRequested();
        var created = await users.CreateAsync(user, request.Password ?? "");
        var faults = created.Errors.Where(e => e.Code.StartsWith("Password", StringComparison.Ordinal)).Select(e => e.Description).ToArray();
        if (faults.Length > 0)
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["password"] = faults });
        }

        if (!created.Succeeded)
        {
            hasher.HashPassword(user, request.Password ?? "");
        }

        return TypedResults.Accepted((string?)null);
    }
}

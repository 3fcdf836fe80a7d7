namespace PromptForge.Web.Platform;

/// <summary>A failure of the ground the product stands on; the message says what happened and what to do.</summary>
public sealed class PlatformException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;

    /// <summary>The constraint that a write broke, when one did.</summary>
    public string? Constraint { get; init; }

    public string? SqlState { get; init; }

    /// <summary>What a function of ours says beside its SQLSTATE.</summary>
    public string? Hint { get; init; }

    /// <summary>Whether whoever ran the command can mend it; decides the exit code.</summary>
    public bool IsCallersFault => Code is "USAGE" or "PORT_IN_USE" or "SIGNING_KEY_INVALID" or "PUBLIC_URL_INVALID" or "SMTP_FROM_INVALID" or "OIDC_INVALID" or "SERVER_SECRET_MISSING" or "SERVER_SECRET_INVALID" or "ROLES_TOO_POWERFUL" or "MIGRATIONS_PENDING" or "POSTGRES_NOT_FOUND" or "DATABASE_NOT_RUNNING" or "DATABASE_LOGIN_REFUSED"
        or "DATABASE_TOO_OLD" or "CONNECTION_STRING_INVALID" || Code.StartsWith("DATA_DIR_", StringComparison.Ordinal);
}

using System.Collections.Frozen;

namespace PromptForge.Web.Platform.Api;

/// <summary>One kind of refusal: its code never changes, and its page under /docs/errors/ says what to do.</summary>
public sealed record ApiError(string Code, int Status, string Title, string Remedy)
{
    public static readonly ApiError SevenDInvalid = new("7D_VALIDATION_ERROR", 400, "A 7D value is not allowed", "`errors` names the dimension, the value and the allowed values. Correct it and send the request again.");
    public static readonly ApiError UnknownDomain = new("UNKNOWN_DOMAIN", 400, "The domain is not known", "`allowed` lists the codes; a domain's label is accepted too, in any case. `GET /api/domains` shows all.");
    public static readonly ApiError InputInvalid = new("INPUT_INVALID", 400, "A value of the request is not allowed", "`errors` holds a JSON pointer and a reason for each value. Correct all of them and send the request again; nothing was stored.");
    public static readonly ApiError BodyInvalid = new("BODY_INVALID", 400, "The body cannot be read", "Send one JSON object in UTF-8 with the members that the operation documents, each once and with the right type.");
    public static readonly ApiError CursorInvalid = new("CURSOR_INVALID", 400, "The cursor is not one of ours", "Use `next_cursor` of the previous page as it is, for the same list and organisation; leave it out for the first page.");
    public static readonly ApiError ApiKeyInUrl = new("API_KEY_IN_URL", 400, "An API key stands in the URL", "URLs end up in logs. Revoke this key, and send the new one in the header `Authorization: Bearer`.");
    public static readonly ApiError CrossSite = new("CROSS_SITE_REQUEST", 403, "The request came from another site", "A browser session acts only from this site's own pages. Programs use an API key or a bearer token.");
    public static readonly ApiError Unauthenticated = new("UNAUTHENTICATED", 401, "Nobody is signed in", "Sign in, or send `Authorization: Bearer` with a token from `POST /api/auth/login` or an API key.");
    public static readonly ApiError ApiKeyInvalid = new("API_KEY_INVALID", 401, "The API key is not valid", "It is unknown, revoked or expired; the answer is the same for all three. Take a live key of the organisation.");
    public static readonly ApiError CodeInvalid = new("CODE_INVALID", 400, "The code is not valid", "It is wrong, used or too old. Ask for a new one; only the newest counts after a change of the account.");
    public static readonly ApiError SignInFailed = new("SIGN_IN_FAILED", 401, "The sign-in was refused", "Check address and password. The answer is the same when there is no such account and while an account rests after too many attempts.");
    public static readonly ApiError TwoFactorRequired = new("TWO_FACTOR_REQUIRED", 401, "A second factor is needed", "Send the same request again with `two_factor_code` from the authenticator, or with `two_factor_recovery_code`.");
    public static readonly ApiError TwoFactorInvalid = new("TWO_FACTOR_INVALID", 401, "The second factor is not valid", "Each code works once. Wait for the next one, or use a recovery code.");
    public static readonly ApiError EmailNotConfirmed = new("EMAIL_NOT_CONFIRMED", 403, "The address is not confirmed yet", "Open the link in the mail that was sent, or ask for a new one with `POST /api/auth/resend`.");
    public static readonly ApiError SignInAgain = new("SIGN_IN_AGAIN", 403, "The sign-in is too long ago", "This account has no password to give, so sign in again, then repeat the request within ten minutes.");
    public static readonly ApiError EmailUnverified = new("EMAIL_UNVERIFIED", 403, "The issuer has not verified the address", "Verify your e-mail address with your identity provider, then sign in again.");
    public static readonly ApiError AccountsElsewhere = new("ACCOUNTS_ELSEWHERE", 409, "Accounts are kept elsewhere", "The users of this deployment live with its identity provider. Sign in and manage accounts there.");
    public static readonly ApiError MailUnavailable = new("MAIL_UNAVAILABLE", 503, "No mail can be sent", "The operator has to set `Smtp__Host` and `Server__PublicUrl`.");
    public static readonly ApiError EntitlementRequired = new("ENTITLEMENT_REQUIRED", 403, "The plan does not include this", "`flag` is what is missing, `required_plan` the plan that opens it, and `changed_by` who in the organisation can change the plan.");
    public static readonly ApiError ModuleNotInPlan = new("MODULE_NOT_IN_PLAN", 403, "The plan does not include this module", "`required_plan` opens it; an industry pack or a licence may, too.");
    public static readonly ApiError ScopeRequired = new("SCOPE_REQUIRED", 403, "The API key lacks a scope", "`scope` is what is missing. Create a key with it, or use another key.");
    public static readonly ApiError AddressMismatch = new("ADDRESS_MISMATCH", 403, "The invitation is for another address", "Sign in with the account whose confirmed e-mail address was invited, or ask for an invitation to yours.");
    public static readonly ApiError RoleRequired = new("ROLE_REQUIRED", 403, "Your role may not do this", "`allowed` lists the roles that may. Ask an owner or admin of the organisation.");
    public static readonly ApiError NotFound = new("NOT_FOUND", 404, "There is nothing here", "Check the path and the ids. What belongs to another organisation answers the same.");
    public static readonly ApiError ModuleNotFound = new("MODULE_NOT_FOUND", 404, "There is no such module", "Modules are M01 to M50. `GET /api/modules` lists them.");
    public static readonly ApiError MethodNotAllowed = new("METHOD_NOT_ALLOWED", 405, "The method is not allowed here", "The header `Allow` lists the methods of this path.");
    public static readonly ApiError NotAcceptable = new("NOT_ACCEPTABLE", 406, "No such representation", "Ask for `application/json`.");
    public static readonly ApiError LastOwner = new("LAST_OWNER", 409, "An organisation keeps at least one owner", "Make somebody else an owner first, or delete the organisation.");
    public static readonly ApiError SlugTaken = new("SLUG_TAKEN", 409, "The slug is taken", "Choose another slug, or leave it out to get a free one.");
    public static readonly ApiError NameTaken = new("NAME_TAKEN", 409, "The name is taken", "Choose another name; it is compared within the organisation.");
    public static readonly ApiError AlreadyExists = new("ALREADY_EXISTS", 409, "This exists already", "Read what is there, and change it instead.");
    public static readonly ApiError SeatLimit = new("SEAT_LIMIT", 409, "All seats are taken", "Members and open invitations count. Remove one, or take more seats.");
    public static readonly ApiError IdempotencyConflict = new("IDEMPOTENCY_CONFLICT", 409, "The idempotency key is in use", "Another request used this key with another body, or the first one still runs (then `Retry-After` is set). Use a new key for a new request.");
    public static readonly ApiError SignatureMismatch = new("SIGNATURE_MISMATCH", 409, "The 7D signatures differ", "Runs can be chained only within the same context. Use the same seven values.");
    public static readonly ApiError RunNotFinished = new("RUN_NOT_FINISHED", 409, "The run is not finished", "Wait for the run to end, or cancel it.");
    public static readonly ApiError RunFinished = new("RUN_FINISHED", 409, "The run is finished", "A finished run does not change. Start another one.");
    public static readonly ApiError StateConflict = new("STATE_CONFLICT", 409, "This cannot be done now", "`detail` says what stands in the way.");
    public static readonly ApiError BodyTooLarge = new("BODY_TOO_LARGE", 413, "The body is too large", "`limit_bytes` is the limit of this operation.");
    public static readonly ApiError MediaTypeUnsupported = new("MEDIA_TYPE_UNSUPPORTED", 415, "The content type is not supported", "Send `Content-Type: application/json` (bundles to verify: `multipart/form-data`).");
    public static readonly ApiError UrlTooLong = new("URL_TOO_LONG", 414, "The URL is too long", "`limit_bytes` is the limit. Send long values in the body, where the operation takes them there.");
    public static readonly ApiError HeadersTooLarge = new("HEADERS_TOO_LARGE", 431, "There are too many headers, or too large ones", "`limit_count` and `limit_bytes` are the limits, for all headers together. Leave out what the operation does not read; cookies count too.");
    public static readonly ApiError ScoreBelowGate = new("SCORE_BELOW_GATE", 422, "The score is below the gate", "`total` and `gate` are given; the run's feedback names each lost point. Improve the inputs, or tighten once.");
    public static readonly ApiError ExportBlocked = new("EXPORT_BLOCKED", 422, "This may not be exported", "`errors` names what was found. Remove it, or anonymise, and run again.");
    public static readonly ApiError DorFailed = new("DOR_FAILED", 422, "The definition of ready is not met", "`checks` names the checks that failed.");
    public static readonly ApiError DodFailed = new("DOD_FAILED", 422, "The definition of done is not met", "`checks` names the checks that failed.");
    public static readonly ApiError PreconditionFailed = new("PRECONDITION_FAILED", 412, "It has changed meanwhile", "Read it again, then repeat the change with the new `ETag`.");
    public static readonly ApiError RateLimited = new("RATE_LIMITED", 429, "Too many requests", "Wait for `Retry-After` seconds. `RateLimit` and `RateLimit-Policy` show what is left.");
    public static readonly ApiError ProviderError = new("PROVIDER_ERROR", 502, "The language model's provider failed", "The run is kept with status `error`. Try again, or use another model.");
    public static readonly ApiError ProviderTimeout = new("PROVIDER_TIMEOUT", 504, "The language model did not answer in time", "The run is kept with status `timeout`. Try again.");
    public static readonly ApiError TimedOut = new("TIMED_OUT", 504, "The request took too long", "Ask for less at once, or use `Prefer: respond-async` where the operation offers it.");
    public static readonly ApiError Unavailable = new("UNAVAILABLE", 503, "The service cannot answer now", "Wait for `Retry-After` seconds and try again; nothing is ever kept in halves.");
    public static readonly ApiError Internal = new("INTERNAL", 500, "Something broke on our side", "Try again. If it stays, report it with `trace_id`.");

    private static readonly FrozenDictionary<string, ApiError> ByCode = typeof(ApiError).GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
        .Select(f => f.GetValue(null)).OfType<ApiError>().ToFrozenDictionary(e => e.Code, StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<ApiError> All => ByCode.Values.OrderBy(e => e.Status).ThenBy(e => e.Code, StringComparer.Ordinal);

    public static ApiError? Find(string code) => ByCode.GetValueOrDefault(code);
}

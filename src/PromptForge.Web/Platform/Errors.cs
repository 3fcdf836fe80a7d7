using System.Net.Sockets;
using Npgsql;

namespace PromptForge.Web.Platform;

/// <summary>The one place where an error of the disk or of PostgreSQL becomes a named fault that says what to do.</summary>
internal static class Errors
{
    private const int NoSpaceLeft = 28;
    private const string TooLong = "The database took too long. Try again, or ask for less at once.";

    public static PlatformException OfDisk(string path, Exception error) => error switch
    {
        IOException { HResult: NoSpaceLeft } => DiskFull(path, error),
        _ when error.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase) => DiskFull(path, error),
        _ when error is UnauthorizedAccessException || error.Message.Contains("Read-only", StringComparison.OrdinalIgnoreCase) =>
            new PlatformException("DATA_DIR_READ_ONLY", $"{path} cannot be written. Give this user write access to it, or name another directory with --data DIR.", error),
        _ => new PlatformException("DATA_DIR_INVALID", $"{path} cannot be used as a data directory ({error.Message.TrimEnd('.')}). Name another directory with --data DIR.", error),
    };

    public static PlatformException DiskFull(string path, Exception? error = null) =>
        new("DISK_FULL", $"The disk that holds {path} is full. Free some space, or name another directory with --data DIR.", error);

    public static PlatformException OfPostgresLog(string program, DataDirectory directory)
    {
        var log = File.Exists(directory.Log) ? File.ReadAllLines(directory.Log) : [];
        bool Says(string words) => log.Any(line => line.Contains(words, StringComparison.OrdinalIgnoreCase));
        if (Says("No space left"))
        {
            return DiskFull(directory.Root);
        }

        if (Says("Address already in use"))
        {
            return new PlatformException("PORT_IN_USE", "The port chosen for PostgreSQL is taken. Try again.");
        }

        if (Says("Read-only file system") || Says("Permission denied"))
        {
            return new PlatformException("DATA_DIR_READ_ONLY",
                $"{program} may not use {directory.Root} or its own files ({Last(log)}). Give this user access, or name another directory with --data DIR.");
        }

        if (Says("incompatible with server"))
        {
            return new PlatformException("DATA_DIR_INVALID",
                $"{directory.Root} was made by another version of PostgreSQL ({Last(log)}). Set {PostgresBinaries.Override} to that version's bin directory.");
        }

        return new PlatformException("POSTGRES_START_FAILED", $"{program} stopped ({Last(log)}). Read {directory.Log}, mend the cause, then try again.");
    }

    /// <summary>The connection is gone or cannot be had; another one may do.</summary>
    public static bool IsAway(Exception error) => error switch
    {
        PostgresException e => e.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow,
        NpgsqlException e => e.InnerException is IOException or SocketException,
        _ => error.InnerException is { } inner && IsAway(inner),
    };

    /// <summary>The server said itself that it gave up before committing; a silent connection may have committed.</summary>
    public static bool IsRolledBack(Exception error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CannotConnectNow };

    /// <summary>Two transactions met; the one that lost was rolled back and may simply be run again.</summary>
    public static bool IsConflict(PostgresException error) =>
        error.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected;

    public static bool IsDuplicate(Exception error) => (error as PostgresException ?? error.InnerException) is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <summary>The pool was full for too long, or a statement ran for too long; the database is there all the same.</summary>
    public static bool IsSlow(Exception error) => error is NpgsqlException { InnerException: TimeoutException } || (error.InnerException is { } inner && IsSlow(inner));

    /// <summary>What may be written down of an error that nobody foresaw: its message may hold a client's text, so only its kind and place.</summary>
    public static string Anatomy(Exception error)
    {
        var kind = error switch
        {
            PlatformException e => $"{e.GetType()} {e.Code}",
            PostgresException e => $"{e.GetType()} {e.SqlState} {e.ConstraintName}",
            _ => error.GetType().ToString(),
        };
        return $"{kind}\n{error.StackTrace}{(error.InnerException is { } inner ? "\n" + Anatomy(inner) : "")}";
    }

    public static PlatformException TookTooLong(Exception error) => new("DATABASE_TIMEOUT", TooLong, error);

    public static PlatformException Unavailable(Exception error) =>
        new("DATABASE_UNAVAILABLE", "The database does not answer. Check that it runs and can be reached, then look whether what you asked for was stored before you repeat it; nothing is ever kept in halves.", error);

    public static PlatformException Of(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.UniqueViolation => Fault(e, "DUPLICATE", "This already exists. Choose another name, or change what is there."),
        PostgresErrorCodes.ForeignKeyViolation => Fault(e, "REFERENCE_MISSING", "This refers to something that does not exist, or is still in use. Check the ids."),
        PostgresErrorCodes.CheckViolation or PostgresErrorCodes.NotNullViolation => Fault(e, "VALUE_REFUSED", "A value is outside what may be stored. Correct it and send it again."),
        PostgresErrorCodes.InsufficientPrivilege => Fault(e, "ACCESS_REFUSED", "The database refused this: it belongs to another organisation, or the role may not do it."),
        PostgresErrorCodes.DiskFull => Fault(e, "DISK_FULL", "The disk of the database is full. Free some space, then try again."),
        PostgresErrorCodes.TooManyConnections => Fault(e, "DATABASE_BUSY", "The database has no connection left. Lower the pool size, or raise max_connections."),
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable =>
            Fault(e, "DATABASE_BUSY", "Others kept changing the same data. Try again."),
        PostgresErrorCodes.QueryCanceled => Fault(e, "DATABASE_TIMEOUT", TooLong),
        PostgresErrorCodes.InvalidPassword => Fault(e, "DATABASE_LOGIN_REFUSED", "The database refused the login. Check user and password of the connection string."),
        _ => Fault(e, "DATABASE_ERROR", $"The database refused a statement (SQLSTATE {e.SqlState}). This is a defect: report it with the code."),
    };

    private static PlatformException Fault(PostgresException e, string code, string message) =>
        new(code, message, e) { Constraint = e.ConstraintName, SqlState = e.SqlState, Hint = e.Hint };

    private static string Last(string[] log) =>
        log.LastOrDefault(line => line.Contains("FATAL", StringComparison.Ordinal) || line.Contains("error", StringComparison.OrdinalIgnoreCase))
            ?? log.LastOrDefault() ?? "it said nothing";
}

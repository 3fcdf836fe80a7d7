namespace PromptForge.Web.Platform;

/// <summary>A time by which ids are compared: they begin with the epoch, and PostgreSQL reads the last moment of .NET as infinity.</summary>
internal static class IdTimes
{
    private static readonly DateTimeOffset Last = new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset? Within(DateTimeOffset? time) => time < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : time > Last ? Last : time;
}

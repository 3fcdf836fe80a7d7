using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using PromptForge.Core;
using PromptForge.Web.Platform;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Audit;

/// <summary>The whole answer to a filter as one file, sent as it is read. More than <see cref="Most"/> entries are refused, not cut off.</summary>
internal static class ExportAudit
{
    private const int Most = 100_000;
    private const int PageSize = 1000;

    public static async Task<Results<Ok<Page<AuditItem>>, PushStreamHttpResult, Problem>> RunAsync(AuditFilter filter, string format, AuditActor reader, Db db, TimeProvider clock, CancellationToken ct)
    {
        var count = await db.InOrgAsync(filter.OrgId, reader.UserId, async (scope, token) =>
        {
            var found = await filter.CountAsync(scope, Most + 1, token);
            if (found <= Most)
                await AuditLog.WriteAsync(scope, reader, filter.OrgId, "audit.exported", "audit", format, new { filter.Action, filter.Actor, filter.From, filter.To, entries = found }, clock, token);
            return found;
        }, ct);
        if (count > Most)
            return Problem.Of(ApiError.InputInvalid, [new Fault("TOO_MANY", "/from", $"There are more than {Most} such entries. Narrow them with from and to.")]);
        return TypedResults.Stream(stream => WriteAsync(stream, filter, format == "csv", db, ct), format == "csv" ? "text/csv; charset=utf-8" : "application/jsonl", $"audit-{clock.GetUtcNow():yyyyMMdd}.{format}");
    }

    private static async Task WriteAsync(Stream stream, AuditFilter filter, bool csv, Db db, CancellationToken ct)
    {
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = csv ? "\r\n" : "\n" };
        if (csv)
            await writer.WriteLineAsync("at,id,actor_kind,actor_id,actor_email,action,target_type,target_id,ip,details");
        Guid? after = null;
        for (var left = Most; left > 0; left -= PageSize)
        {
            var page = await filter.ReadAsync(db, after, PageSize, ct);
            foreach (var entry in page)
                await writer.WriteLineAsync((csv ? Csv(entry) : JsonSerializer.Serialize(entry, ApiJson.Options)).AsMemory(), ct);
            if (page.Count < PageSize)
                return;
            after = page[^1].Id;
        }
    }

    private static string Csv(AuditItem e) => string.Join(',',
        new[]
        {
            e.At.ToString("O", CultureInfo.InvariantCulture), e.Id.ToString(), e.ActorKind, e.ActorId?.ToString(), e.ActorEmail, e.Action, e.TargetType, e.TargetId, e.Ip,
            e.Details.ToJsonString(ApiJson.Options),
        }.Select(Cell));

    /// <summary>A spreadsheet takes what begins like a formula for one.</summary>
    private static string Cell(string? text)
    {
        var safe = text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? "'" + text : text ?? "";
        return safe.AsSpan().ContainsAny(",\"\r\n") ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}

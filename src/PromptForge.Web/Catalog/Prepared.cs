using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using PromptForge.Web.Platform.Api;

namespace PromptForge.Web.Catalog;

/// <summary>An answer whose bytes were made before anybody asked, with a strong ETag over them; who has it already gets 304.</summary>
internal sealed class Prepared : IResult
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly EntityTagHeaderValue _tag;
    private readonly string _cacheControl;

    private Prepared(byte[] body, string cacheControl) => (_body, _tag, _cacheControl) = (body, new('"' + Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16)) + '"'), cacheControl);

    public ReadOnlySpan<byte> Body => _body.Span;

    /// <summary>For everybody: may be kept for five minutes, also on the way.</summary>
    public static Prepared Public<T>(T answer) => new(Bytes(answer), "public, max-age=300");

    /// <summary>For those who are entitled to it: asked again each time, since rights end.</summary>
    public static Prepared Private<T>(T answer) => new(Bytes(answer), "private, no-cache");

    /// <summary>A list of what was prepared one by one.</summary>
    public static Prepared List(IEnumerable<Prepared> items)
    {
        using var buffer = new MemoryStream();
        buffer.Write("{\"items\":["u8);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
                buffer.Write(","u8);
            first = false;
            buffer.Write(item.Body);
        }

        buffer.Write("],\"next_cursor\":null}"u8);
        return new(buffer.ToArray(), "public, max-age=300");
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        response.Headers.ETag = _tag.ToString();
        response.Headers.CacheControl = _cacheControl;
        response.Headers.Vary = "Authorization, Cookie";
        if (EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known) && known.Any(k => k.Equals(EntityTagHeaderValue.Any) || k.Compare(_tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = _body.Length;
        return response.Body.WriteAsync(_body, httpContext.RequestAborted).AsTask();
    }

    private static byte[] Bytes<T>(T answer) => JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Options);
}

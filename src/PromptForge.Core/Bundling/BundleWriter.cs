using System.Collections.Immutable;
using PromptForge.Core.Bundling.Pdf;

namespace PromptForge.Core.Bundling;

/// <summary>A finished run -> the sealed files. Pure: the same content, formats and key give the same bytes, zip and PDF included.</summary>
public static class BundleWriter
{
    /// <summary>Of the files' shape; a reader refuses another major version.</summary>
    public const string FormatVersion = "1.0.0";

    /// <summary>Of the program that wrote them.</summary>
    public static string GeneratorVersion { get; } = typeof(BundleWriter).Assembly.GetName().Version!.ToString(3);

    /// <remarks>
    /// The zip is always made, as it is what gets stored; <see cref="BundleFormats.Zip"/> only says whether the caller may have it.
    /// Telemetry comes with JSON.
    /// </remarks>
    public static SealedBundle Write(BundleContent content, BundleFormats formats, SigningKey key)
    {
        using var buffer = new ByteBuffer();
        var zip = new ZipImage(buffer, content.CreatedAt);
        var parts = new List<Part>(8);

        Add(BundleFiles.PromptTxt, to => PromptFiles.Txt(content, to));
        if (formats.HasFlag(BundleFormats.Json))
            Add(BundleFiles.PromptJson, to => PromptFiles.Json(content, to));
        if (formats.HasFlag(BundleFormats.Md))
            Add(BundleFiles.PromptMd, to => PromptMarkdown.Write(content, to));
        if (formats.HasFlag(BundleFormats.Pdf))
            Add(BundleFiles.PromptPdf, to => to.Raw(PdfWriter.Write(content)));
        if (formats.HasFlag(BundleFormats.Json))
            Add(BundleFiles.Telemetry, to => RecordFiles.Telemetry(content, to));
        var manifest = Add(BundleFiles.Manifest, to => RecordFiles.Manifest(content, parts, key.Id, to));

        var covered = parts.Select(p => (p.Name, p.Sha256)).ToArray();
        var checksum = ChecksumFile.BundleChecksum(parts.Select(p => p.Sha256));
        var seal = Seal.Of(buffer[manifest.Range], key);
        Add(BundleFiles.Checksum, to => ChecksumFile.Write(covered, to));
        Add(BundleFiles.Seal, to => seal.Write(to));
        zip.Finish();

        ReadOnlyMemory<byte> bytes = buffer.Written.ToArray();
        var files = ImmutableArray.CreateBuilder<SealedFile>(parts.Count);
        foreach (var part in parts)
            files.Add(new(part.Name, bytes[part.Range], part.Sha256));
        return new(files.MoveToImmutable(), checksum, BundleFiles.ZipName(content.Module.Id, checksum), bytes);

        Part Add(string name, Action<ByteBuffer> write)
        {
            zip.Begin(name);
            write(buffer);
            var range = zip.End();
            var part = new Part(name, range, BundleJson.Hash(buffer[range]));
            parts.Add(part);
            return part;
        }
    }

    internal readonly record struct Part(string Name, Range Range, string Sha256)
    {
        public int Length => Range.End.Value - Range.Start.Value;
    }
}

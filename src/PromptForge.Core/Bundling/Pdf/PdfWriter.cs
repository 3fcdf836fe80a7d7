namespace PromptForge.Core.Bundling.Pdf;

internal static class PdfWriter
{
    public static byte[] Write(BundleContent content) => throw new NotSupportedException("The PDF comes with the next commit.");
}

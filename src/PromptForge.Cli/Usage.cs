using System.CommandLine;
using System.CommandLine.Parsing;
using PromptForge.Core.SevenD;

namespace PromptForge.Cli;

/// <summary>What is wrong with a command line, in words; the parser would name the types of its own language. Shared by both programs.</summary>
internal static class Usage
{
    /// <returns>Null where nothing is wrong.</returns>
    public static string? Fault(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
            return null;
        var error = parsed.Errors[0];
        var of = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        var what = of is { Tokens.Count: > 0 } && Kind(of.Option.ValueType) is { } kind && error.Message.Contains("as expected type", StringComparison.Ordinal)
            ? $"{of.Option.Name}: \"{SevenDParser.Short(of.Tokens[^1].Value)}\" is not {kind}. {of.Option.Description}"
            : error.Message;
        return $"{what.TrimEnd('.')}. Run ./forge help, or the verb with --help.";
    }

    private static string? Kind(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Int32 => "a whole number",
        _ when type == typeof(Guid) || type == typeof(Guid?) => "a UUID",
        _ => null,
    };
}

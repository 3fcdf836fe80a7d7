using System.Collections;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using PromptForge.Core;
using PromptForge.Core.SevenD;

namespace PromptForge.Web.Platform.Api;

/// <summary>
/// Refuses a parameter that the operation does not have, and one that stands twice where it has one value: a filter with a slip of the pen would answer everything.
/// What an operation has is read once from its description, the same that the OpenAPI document is made from.
/// </summary>
internal sealed class QueryNames(IApiDescriptionGroupCollectionProvider descriptions)
{
    private const int MostFaults = 20;

    private readonly Lazy<FrozenDictionary<string, Operation>> _operations = new(() => descriptions.ApiDescriptionGroups.Items.SelectMany(group => group.Items)
        .Where(description => description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true)
        .ToFrozenDictionary(description => description.ActionDescriptor.EndpointMetadata.OfType<IEndpointNameMetadata>().Last().EndpointName, Operation.Of));

    public static void Use(WebApplication app)
    {
        var names = ActivatorUtilities.CreateInstance<QueryNames>(app.Services);
        app.Use((context, next) => names.Refuse(context)?.ExecuteAsync(context) ?? next(context));
    }

    private Problem? Refuse(HttpContext context)
    {
        if (context.Request.Query.Count == 0 || context.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>() is not { EndpointName: var name } || !_operations.Value.TryGetValue(name, out var operation))
            return null;
        var faults = context.Request.Query.Select(given => operation.Fault(given.Key, given.Value.Count)).OfType<Fault>().Take(MostFaults).ToList();
        return faults.Count == 0 ? null : Problem.Of(ApiError.InputInvalid, faults);
    }

    private sealed record Operation(IReadOnlyList<string> Names, FrozenDictionary<string, bool> TakesMany)
    {
        public static Operation Of(ApiDescription description)
        {
            var parameters = description.ParameterDescriptions.Where(p => p.Source == BindingSource.Query).ToList();
            return new([.. parameters.Select(p => p.Name)],
                parameters.ToFrozenDictionary(p => p.Name, p => p.Type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(p.Type), StringComparer.OrdinalIgnoreCase));
        }

        public Fault? Fault(string name, int count) =>
            !TakesMany.TryGetValue(name, out var takesMany) ? new("PARAMETER_UNKNOWN", At(name), $"\"{SevenDParser.Short(name)}\" is not a parameter of this operation. {Allowed}") { Allowed = Names }
            : count > 1 && !takesMany ? new("PARAMETER_REPEATED", At(name), $"\"{name}\" stands there {count} times; give it once.")
            : null;

        private string Allowed => Names.Count == 0 ? "It has none." : $"Allowed: {string.Join(", ", Names)}.";

        private static string At(string name) => "/" + SevenDParser.Short(name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
    }
}

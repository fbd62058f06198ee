using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>A kernel's function as it is declared to a model. It is run by <see cref="FunctionRounds"/>, never by a client.</summary>
internal sealed class KernelTool : AIFunctionDeclaration
{
    /// <summary>Declarations by function; an entry goes when the function does.</summary>
    private static readonly ConditionalWeakTable<KernelFunction, KernelTool> Plain = new(), Strict = new();

    /// <summary>The property by which the core knows that strictness is asked for.</summary>
    private static readonly Dictionary<string, object?> StrictProperties = new() { ["strict"] = true };

    /// <summary>Takes name, description and schema from the function.</summary>
    /// <param name="function">The kernel's function.</param>
    /// <param name="strict">Whether strictness is asked for.</param>
    private KernelTool(KernelFunction function, bool strict)
    {
        Name = CallNames.Tool(function.PluginName, function.Name);
        Description = function.Description;
        JsonSchema = CompleteSchema(function);
        AdditionalProperties = strict ? StrictProperties : base.AdditionalProperties;
    }

    public override string Name { get; }

    public override string Description { get; }

    public override JsonElement JsonSchema { get; }

    public override IReadOnlyDictionary<string, object?> AdditionalProperties { get; }

    /// <param name="function">Its declaration is made once.</param>
    /// <param name="strict">Whether the model is held to the schema to the letter.</param>
    public static KernelTool Of(KernelFunction function, bool strict) => strict
        ? Strict.GetValue(function, one => new(one, strict: true))
        : Plain.GetValue(function, one => new(one, strict: false));

    /// <summary>
    /// Semantic Kernel makes a schema for each parameter and puts them together: what refers to "the root" means the parameter's
    /// own.
    /// </summary>
    private static JsonElement CompleteSchema(KernelFunction function)
    {
        var schema = function.JsonSchema;
        if (schema.ValueKind != JsonValueKind.Object)
            return schema;
        var json = JsonObject.Create(schema.Clone())!;
        if (json["condition"] is JsonValue condition && condition.ToString() == function.Description)
            json.Remove("condition"); // the description, under a name that JSON Schema does not have
        if (json["properties"] is JsonObject properties && schema.GetRawText().Contains("\"$ref\"", StringComparison.Ordinal))
            foreach (var (name, parameter) in properties)
                Refer(parameter, parameter, "#/properties/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        return JsonSerializer.SerializeToElement(json, Json.Compact.GetTypeInfo(typeof(JsonObject)));
    }

    /// <summary>Prefixes references to the parameter's own root by the parameter's place in the whole schema.</summary>
    private static void Refer(JsonNode? node, JsonNode? root, string path)
    {
        if (node is JsonArray list)
            foreach (var one in list)
                Refer(one, root, path);
        else if (node is JsonObject part)
            foreach (var (name, value) in part.ToList())
                if (name != "$ref")
                    Refer(value, root, path);
                else if (value is JsonValue text && text.GetValueKind() == JsonValueKind.String && text.GetValue<string>() is var reference && (reference is "#" || (reference.StartsWith("#/", StringComparison.Ordinal) && Holds(root, reference))))
                    part[name] = $"{path}{reference[1..]}";
    }

    /// <summary>Whether this is a place in the parameter's own schema; else it may be one in the whole, and stays.</summary>
    private static bool Holds(JsonNode? at, string reference)
    {
        foreach (var step in reference[2..].Split('/'))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at = at switch
            {
                JsonObject inner => inner[name],
                JsonArray list when int.TryParse(name, out var index) && index >= 0 && index < list.Count => list[index],
                _ => null,
            };
            if (at is null)
                return false;
        }
        return true;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What providers' strict mode needs of a schema: every property required, no further ones, only keywords they all know.</summary>
internal static class StrictSchema
{
    /// <summary>The keywords that every provider's strict mode knows.</summary>
    private static readonly HashSet<string> Known = ["$schema", "$ref", "$defs", "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const", "title", "description"];

    /// <summary>The framework's transformation goes no deeper, and no provider's strict mode comes near it.</summary>
    private const int Deepest = 60;

    /// <summary>Whether strict mode changes nothing of what the schema means: all that is missing is that objects are closed.</summary>
    public static bool IsSafe(JsonElement schema) => schema.ValueKind == JsonValueKind.Object
        && schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("object"u8)
        && !JsonDepth.IsDeeper(schema, Deepest) && IsSafeNode(schema);

    /// <summary>The schema as strict mode needs it; one that is strict already comes back as it is.</summary>
    /// <exception cref="InvalidOperationException">It is nested too deep for that.</exception>
    public static JsonNode? Of(JsonElement schema, string path) => JsonDepth.IsDeeper(schema, Deepest)
        ? throw new InvalidOperationException($"`{path}` is nested deeper than {Deepest} levels, which no provider takes in strict mode. Leave `strict` out, or make the schema flatter.")
        : LooseJson.ToNode(AIJsonUtilities.TransformSchema(schema, StrictTransform.Options));

    /// <summary>Whether a part of a schema has only known keywords and requires all its properties.</summary>
    private static bool IsSafeNode(JsonElement schema) => schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().All(keyword => keyword.Name switch
    {
        "properties" or "$defs" => keyword.Value.ValueKind == JsonValueKind.Object && keyword.Value.EnumerateObject().All(inner => IsSafeNode(inner.Value)),
        "items" => IsSafeNode(keyword.Value),
        "anyOf" => keyword.Value.ValueKind == JsonValueKind.Array && keyword.Value.EnumerateArray().All(IsSafeNode),
        "additionalProperties" => keyword.Value.ValueKind == JsonValueKind.False,
        _ => Known.Contains(keyword.Name),
    }) && RequiresAll(schema);

    /// <summary>Whether an object requires all its properties; an open object never does.</summary>
    private static bool RequiresAll(JsonElement schema)
    {
        if (!schema.TryGetProperty("properties", out var properties))
            return !schema.TryGetProperty("type", out var type) || !Mentions(type, "object"); // an open object is a dictionary, which strict mode cannot say
        var required = schema.TryGetProperty("required", out var names) && names.ValueKind == JsonValueKind.Array
            ? names.EnumerateArray().Select(name => name.ToString()).ToHashSet()
            : [];
        return properties.EnumerateObject().All(property => required.Contains(property.Name));
    }

    /// <summary>Whether a <c>type</c> is, or lists, a word.</summary>
    private static bool Mentions(JsonElement type, string word) => type.ValueKind == JsonValueKind.Array
        ? type.EnumerateArray().Any(one => one.ToString() == word)
        : type.ToString() == word;
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;

namespace Samples;

/// <summary>A value that a JSON schema allows: what a tool requires, and what a form asks for.</summary>
internal static class Example
{
    private static readonly JsonSerializerOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="request">Where the schema stands.</param>
    /// <param name="path">At which place.</param>
    public static string Of(FakeRequest request, string path)
    {
        var root = JsonNode.Parse(request[path] ?? "{}") as JsonObject ?? [];
        return (Value(root, root, depth: 0) ?? new JsonObject()).ToJsonString(Plainly);
    }

    private static JsonNode? Value(JsonObject schema, JsonObject root, int depth)
    {
        if (depth > 12) // a schema may contain itself
            return null;
        if (schema["$ref"]?.GetValue<string>() is { } reference)
            return reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode?)root, (at, step) => at?[step]) is JsonObject target ? Value(target, root, depth + 1) : null;
        if (schema["const"] is { } constant)
            return constant.DeepClone();
        if (schema["enum"] is JsonArray { Count: > 0 } allowed)
            return allowed[0]?.DeepClone();
        if ((schema["anyOf"] ?? schema["oneOf"]) is JsonArray { Count: > 0 } choices && choices[0] is JsonObject first)
            return Value(first, root, depth + 1);
        return (schema["type"] is JsonArray types ? types[0] : schema["type"])?.GetValue<string>() switch
        {
            "string" => schema["format"]?.GetValue<string>() switch { "date" => "2026-08-17", "date-time" => "2026-08-17T13:20:01Z", _ => "Oslo" },
            "integer" => (int)(Number(schema, "minimum") ?? 1),
            "number" => Number(schema, "minimum") ?? 1.5,
            "boolean" => true,
            "null" => null,
            "array" => schema["items"] is JsonObject items ? new JsonArray(Value(items, root, depth + 1)) : [],
            _ => schema["properties"] is JsonObject properties
                ? new JsonObject(properties.Where(property => IsRequired(schema, property.Key)).Select(property => KeyValuePair.Create(property.Key, property.Value is JsonObject inner ? Value(inner, root, depth + 1) : null)))
                : new JsonObject(),
        };
    }

    private static bool IsRequired(JsonObject schema, string name) => schema["required"] is JsonArray required && required.Any(entry => entry?.GetValue<string>() == name);

    private static double? Number(JsonObject schema, string name) => schema[name] is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;
}

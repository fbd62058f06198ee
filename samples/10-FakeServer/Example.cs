using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;

namespace Samples;

/// <summary>A value that a JSON schema allows: what a tool requires, and what a form asks for. Only a pattern without a format is beyond it.</summary>
internal sealed class Example(JsonObject root)
{
    private static readonly JsonSerializerOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="request">Where the schema stands.</param>
    /// <param name="path">At which place.</param>
    public static string Of(FakeRequest request, string path)
    {
        var root = JsonNode.Parse(request[path] ?? "{}") as JsonObject ?? [];
        return (new Example(root).Value(root, ["#"]) ?? new JsonObject()).ToJsonString(Plainly);
    }

    /// <param name="node">A schema.</param>
    /// <param name="within">The references that led here: a schema may contain itself.</param>
    private JsonNode? Value(JsonNode? node, ImmutableHashSet<string> within)
    {
        if (node is not JsonObject schema)
            return new JsonObject(); // true allows anything
        if (Text(schema["$ref"]) is { } reference)
            return Value(Find(reference), within.Add(reference));
        if (schema.ContainsKey("const"))
            return schema["const"]?.DeepClone();
        if (schema["enum"] is JsonArray { Count: > 0 } allowed)
            return allowed[0]?.DeepClone();
        if (Choices(schema) is { Count: > 0 } choices)
            return Join(Typed(schema, within), Value(choices.FirstOrDefault(choice => IsFinite(choice, within)) ?? choices[0], within));
        return schema["allOf"] is JsonArray all ? all.Aggregate(Typed(schema, within), (sofar, part) => Join(sofar, Value(part, within))) : Typed(schema, within);
    }

    private JsonNode? Typed(JsonObject schema, ImmutableHashSet<string> within) => (schema["type"] is JsonArray types ? Text(types[0]) : Text(schema["type"])) switch
    {
        "string" => Words(schema),
        "integer" => (long)Number(schema, 1),
        "number" => Number(schema, 1.5),
        "boolean" => true,
        "null" => null,
        "array" => new JsonArray([.. Elements(schema, within)]),
        _ => new JsonObject(Required(schema).Select(name => KeyValuePair.Create(name, Value(schema["properties"]?[name], within)))),
    };

    /// <summary>Whether a value of the schema comes to an end without going through one of these references again.</summary>
    private bool IsFinite(JsonNode? node, ImmutableHashSet<string> within) => node is not JsonObject schema
        || (Text(schema["$ref"]) is { } reference ? !within.Contains(reference) && IsFinite(Find(reference), within.Add(reference))
            : Choices(schema) is { Count: > 0 } choices ? choices.Any(choice => IsFinite(choice, within))
            : Required(schema).All(name => IsFinite(schema["properties"]?[name], within)) && (Whole(schema, "minItems") is null or 0 || IsFinite(schema["items"], within)));

    private IEnumerable<JsonNode?> Elements(JsonObject schema, ImmutableHashSet<string> within)
    {
        var first = (schema["prefixItems"] ?? schema["items"]) as JsonArray ?? []; // older drafts list them under items
        var one = first.Count == 0 && Whole(schema, "maxItems") is not 0 && schema["items"] is JsonObject items && IsFinite(items, within); // a list is shown with something in it
        var count = Math.Max(Whole(schema, "minItems") ?? 0, one ? 1 : first.Count);
        for (var i = 0; i < count; i++)
        {
            var element = Value(i < first.Count ? first[i] : schema["items"], within);
            yield return i >= first.Count && Flag(schema, "uniqueItems") ? Other(element, schema["items"], i - first.Count) : element;
        }
    }

    /// <summary>The same again, and yet another: a further word of its list, a later number, a longer text.</summary>
    private static JsonNode? Other(JsonNode? element, JsonNode? schema, int further) => element switch
    {
        _ when further == 0 => element,
        _ when schema?["enum"] is JsonArray words && further < words.Count => words[further]?.DeepClone(),
        JsonValue value when value.TryGetValue<long>(out var whole) => whole + further,
        JsonValue value when value.TryGetValue<string>(out var text) => $"{text} {further + 1}",
        _ => element,
    };

    private static string Words(JsonObject schema)
    {
        var text = Text(schema["format"]) switch
        {
            "date" => "2026-08-17",
            "date-time" => "2026-08-17T13:20:01Z",
            "time" => "13:20:01Z",
            "duration" => "PT1H",
            "email" or "idn-email" => "ada@example.org",
            "hostname" => "example.org",
            "ipv4" => "192.0.2.1",
            "ipv6" => "2001:db8::1",
            "uri" or "url" or "uri-reference" => "https://example.org/",
            "uuid" => "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            _ => "Oslo",
        };
        text = text.PadRight(Whole(schema, "minLength") ?? 0, 'o');
        return Whole(schema, "maxLength") is { } most && most < text.Length ? text[..most] : text;
    }

    private static double Number(JsonObject schema, double usual)
    {
        var (least, most) = (Real(schema, "minimum") ?? Real(schema, "exclusiveMinimum") + 1, Real(schema, "maximum") ?? Real(schema, "exclusiveMaximum") - 1);
        var number = Math.Max(Math.Min(usual, most ?? usual), least ?? double.MinValue);
        return Real(schema, "multipleOf") is { } step ? Math.Ceiling(number / step) * step : number;
    }

    private static JsonNode? Join(JsonNode? one, JsonNode? other)
    {
        if (one is not JsonObject members || other is not JsonObject more)
            return other;
        foreach (var (name, value) in more)
            members[name] = value?.DeepClone();
        return members;
    }

    /// <summary>Where <c>#/$defs/a~1b</c> leads.</summary>
    private JsonNode? Find(string reference) => reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries)
        .Select(step => Uri.UnescapeDataString(step).Replace("~1", "/").Replace("~0", "~"))
        .Aggregate((JsonNode?)root, (at, step) => at is JsonArray list ? list[int.Parse(step)] : at?[step]);

    private static JsonArray? Choices(JsonObject schema) => (schema["anyOf"] ?? schema["oneOf"]) as JsonArray;

    private static IEnumerable<string> Required(JsonObject schema) => (schema["required"] as JsonArray ?? []).Select(Text).OfType<string>();

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static double? Real(JsonObject schema, string name) => schema[name] is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    private static int? Whole(JsonObject schema, string name) => (int?)Real(schema, name);

    private static bool Flag(JsonObject schema, string name) => schema[name] is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;
}

using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>Everything that people write as a response format, read into the framework's one shape.</summary>
internal static class ResponseFormats
{
    /// <param name="format">A word, a type, a schema, a format, or one of OpenAI's JSON forms.</param>
    /// <param name="more">Takes what the framework's shape has no place for: <c>strict</c>.</param>
    /// <exception cref="NotSupportedException">It is none of these.</exception>
    public static ChatResponseFormat Read(object format, AdditionalPropertiesDictionary more) => format switch
    {
        ChatResponseFormat known => known,
        Type type => Read(Json.Element(type), more),
        string word => Read(word, more),
        JsonElement json => Read(json, more),
        JsonDocument document => Read(document.RootElement, more),
        JsonNode or IDictionary => Read(Json.Element(format), more),
        _ => throw Unknown(format.GetType().ToString()),
    };

    /// <summary>As Semantic Kernel asks for a type: its members' own names, all of them, and strictly.</summary>
    internal static JsonObject OfType(Type given)
    {
        var type = Nullable.GetUnderlyingType(given) ?? given;
        var schema = AIJsonUtilities.CreateJsonSchema(type, serializerOptions: Named.Value, inferenceOptions: Closed);
        return new() { ["type"] = "json_schema", ["json_schema"] = new JsonObject { ["name"] = Name(type), ["strict"] = true, ["schema"] = Json.Node(schema) } };
    }

    /// <summary>What strict mode needs of a schema.</summary>
    private static readonly AIJsonSchemaCreateOptions Closed = new() { TransformOptions = new() { DisallowAdditionalProperties = true, RequireAllProperties = true, MoveDefaultKeywordToDescription = true } };

    /// <summary>
    /// The framework's own options write names in camel case, which <c>JsonSerializer.Deserialize</c> does not read by itself.
    /// </summary>
    private static readonly Lazy<JsonSerializerOptions> Named = new(() =>
    {
        var options = new JsonSerializerOptions(AIJsonUtilities.DefaultOptions) { PropertyNamingPolicy = null, NumberHandling = JsonNumberHandling.Strict, DefaultIgnoreCondition = JsonIgnoreCondition.Never };
        options.MakeReadOnly();
        return options;
    });

    /// <summary>A type's name in letters that a schema's name may have.</summary>
    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`')]}{string.Concat(type.GetGenericArguments().Select(Name))}"
        : type.IsArray ? $"{Name(type.GetElementType()!)}Array" : type.Name;

    /// <summary>A format from a word, or from a schema in a string.</summary>
    private static ChatResponseFormat Read(string word, AdditionalPropertiesDictionary more) => word.Trim() switch
    {
        "text" => ChatResponseFormat.Text,
        "json_object" or "json" => ChatResponseFormat.Json,
        ['{', ..] schema => Read(JsonElement.Parse(schema), more),
        _ => throw Unknown($"\"{word}\""),
    };

    /// <summary>A format from JSON: a word, one of OpenAI's forms, or a bare schema.</summary>
    private static ChatResponseFormat Read(JsonElement json, AdditionalPropertiesDictionary more)
    {
        if (json.ValueKind == JsonValueKind.String)
            return Read(json.GetString()!, more);
        if (json.ValueKind != JsonValueKind.Object)
            throw Unknown(json.ToString());
        switch (Word(json, "type"))
        {
            case "text":
                return ChatResponseFormat.Text;
            case "json_object":
                return ChatResponseFormat.Json;
            case "json_schema":
                var facts = json.TryGetProperty("json_schema", out var nested) ? nested : json; // Chat Completions nests, Responses does not
                if (!facts.TryGetProperty("schema", out var schema))
                    throw Unknown(json.ToString());
                if (facts.TryGetProperty("strict", out var strict) && strict.ValueKind is JsonValueKind.True or JsonValueKind.False)
                    more["text"] = Strict(facts, schema, strict);
                return ChatResponseFormat.ForJsonSchema(schema, Word(facts, "name"), Word(facts, "description"));
            default:
                return ChatResponseFormat.ForJsonSchema(json);
        }
    }

    /// <summary>The framework cannot say <c>strict</c>; OpenRouter's own <c>text.format</c> can.</summary>
    private static JsonElement Strict(JsonElement facts, JsonElement schema, JsonElement strict)
    {
        var format = new JsonObject { ["type"] = "json_schema", ["name"] = Word(facts, "name") ?? "answer" };
        if (Word(facts, "description") is { } description)
            format["description"] = description;
        format["schema"] = JsonNode.Parse(schema.GetRawText());
        format["strict"] = strict.GetBoolean();
        return JsonSerializer.SerializeToElement(new JsonObject { ["format"] = format }, Json.Compact.GetTypeInfo(typeof(JsonObject)));
    }

    /// <summary>A text member; null when it is missing.</summary>
    private static string? Word(JsonElement json, string name) => json.TryGetProperty(name, out var word) && word.ValueKind == JsonValueKind.String ? word.GetString() : null;

    /// <summary>The exception for what is no format.</summary>
    private static NotSupportedException Unknown(string what) =>
        new($"{what} is no response format. Use \"text\", \"json_object\", a Type, a JSON schema, or a {nameof(ChatResponseFormat)}.");

    /// <summary>As Chat Completions nests it, the form most people know; it reads back as the same format.</summary>
    internal static JsonObject Of(ChatResponseFormat format)
    {
        if (format is not ChatResponseFormatJson { Schema: { } schema } json)
            return new() { ["type"] = format is ChatResponseFormatText ? "text" : "json_object" };
        var facts = new JsonObject();
        if (json.SchemaName is { } name)
            facts["name"] = name;
        if (json.SchemaDescription is { } description)
            facts["description"] = description;
        facts["schema"] = Json.Node(schema);
        return new() { ["type"] = "json_schema", ["json_schema"] = facts };
    }
}

/// <summary>A format in settings that are JSON: a type becomes its schema, JSON stays JSON.</summary>
internal sealed class ResponseFormatConverter : JsonConverter<object>
{
    public override object Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonElement.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options) => Json.Element(ForeignValues.Plain(value)).WriteTo(writer);
}

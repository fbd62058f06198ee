using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The framework's response formats in the API's flat form.</summary>
internal static class FormatMap
{
    /// <summary>The <c>text</c> member for a format; null when no format is asked for.</summary>
    /// <param name="format">The framework's.</param>
    /// <param name="strict">Whether schemas are to be strict; null decides by the schema.</param>
    public static JsonObject? ToText(ChatResponseFormat? format, bool? strict) => format switch
    {
        null                                             => null,
        ChatResponseFormatText                           => Text(new() { ["type"] = "text" }),
        ChatResponseFormatJson { Schema: null }          => Text(new() { ["type"] = "json_object" }),
        ChatResponseFormatJson { Schema: { } schema } json => Text(Schema(json, JsonDepth.Check(schema, "ChatOptions.ResponseFormat"), strict)),
        _                                                => throw new NotSupportedException($"ChatOptions.ResponseFormat of type {format.GetType()} has no wire form: use ChatResponseFormat.Text, Json or ForJsonSchema."),
    };

    /// <summary>A format in its place.</summary>
    private static JsonObject Text(JsonObject format) => new() { ["format"] = format };

    /// <summary>A format with a schema.</summary>
    /// <param name="json">The framework's format.</param>
    /// <param name="schema">Its schema, checked for depth.</param>
    /// <param name="asked">Whether it is to be strict; null: strict where that changes nothing of its meaning.</param>
    private static JsonObject Schema(ChatResponseFormatJson json, JsonElement schema, bool? asked)
    {
        var format = new JsonObject { ["type"] = "json_schema", ["name"] = Name(json.SchemaName) };
        if (!string.IsNullOrEmpty(json.SchemaDescription))
            format["description"] = json.SchemaDescription;
        var strict = asked ?? (StrictSchema.IsSafe(schema) ? true : null);
        format["schema"] = strict == true ? StrictSchema.Of(schema, "ChatOptions.ResponseFormat") : LooseJson.ToNode(schema);
        if (strict is { } flag)
            format["strict"] = flag;
        return format;
    }

    /// <summary>Upstream takes letters, digits, underscores and hyphens, 64 at most.</summary>
    private static string Name(string? name)
    {
        var fit = string.Concat((name ?? string.Empty).Select(letter => letter is >= 'A' and <= 'Z' or >= 'a' and <= 'z' or >= '0' and <= '9' or '_' or '-' ? letter : '_'));
        return fit.Length switch { 0 => "response", > 64 => fit[..64], _ => fit };
    }
}

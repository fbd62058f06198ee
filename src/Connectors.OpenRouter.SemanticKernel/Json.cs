using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>How values of any kind are written: compact, letters as they are, types and formats as the schemas they stand for.</summary>
internal static class Json
{
    /// <summary>The framework's options, compact and with letters as they are. Read-only.</summary>
    public static JsonSerializerOptions Compact { get; } = Make();

    /// <summary>A value as JSON; see <see cref="Node"/>.</summary>
    public static JsonElement Element(object? value) => value as JsonElement? ?? JsonSerializer.SerializeToElement(Node(value), Compact.GetTypeInfo(typeof(JsonNode)));

    /// <summary>YAML readers give dictionaries and lists of objects: as JSON they mean the same to everyone.</summary>
    public static JsonNode? Node(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        JsonElement json => JsonSerializer.SerializeToNode(json, Compact.GetTypeInfo(typeof(JsonElement))),
        string text => JsonValue.Create(text),
        Type type => ResponseFormats.OfType(type),
        ChatResponseFormat format => ResponseFormats.Of(format),
        AIContent content => JsonSerializer.SerializeToNode(content, Compact.GetTypeInfo(typeof(AIContent))), // with its kind
        IDictionary pairs => new JsonObject(pairs.Keys.Cast<object>().Select(key => KeyValuePair.Create(Convert.ToString(key, CultureInfo.InvariantCulture)!, Node(pairs[key])))),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Node)]),
        _ => JsonSerializer.SerializeToNode(value, Compact.GetTypeInfo(value.GetType())),
    };

    /// <summary>Makes the options.</summary>
    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(AIJsonUtilities.DefaultOptions)
        {
            WriteIndented = false,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.MakeReadOnly();
        return options;
    }
}

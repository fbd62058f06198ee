using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>How values of any kind are written: compact, letters as they are, types and formats as the schemas they stand for.</summary>
internal static class Json
{
    public static JsonSerializerOptions Compact { get; } = Make();

    public static JsonElement Element(object? value) => value as JsonElement? ?? JsonSerializer.SerializeToElement(Node(value), Compact.GetTypeInfo(typeof(JsonNode)));

    /// <summary>YAML readers give dictionaries and lists of objects: as JSON they mean the same to everyone.</summary>
    public static JsonNode? Node(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        JsonElement json => JsonSerializer.SerializeToNode(json, Compact.GetTypeInfo(typeof(JsonElement))),
        string text => JsonValue.Create(text),
        AIContent content => JsonSerializer.SerializeToNode(content, Compact.GetTypeInfo(typeof(AIContent))), // with its kind
        IDictionary pairs => new JsonObject(pairs.Keys.Cast<object>().Select(key => KeyValuePair.Create(Convert.ToString(key, CultureInfo.InvariantCulture)!, Node(pairs[key])))),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Node)]),
        _ => JsonSerializer.SerializeToNode(value, Compact.GetTypeInfo(value.GetType())),
    };

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(AIJsonUtilities.DefaultOptions)
        {
            WriteIndented = false,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new TypeConverter(), new FormatConverter() },
        };
        options.MakeReadOnly();
        return options;
    }

    private sealed class TypeConverter : JsonConverter<Type>
    {
        public override bool CanConvert(Type typeToConvert) => typeof(Type).IsAssignableFrom(typeToConvert);

        public override Type Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("A type is written as its schema, which is not read back.");

        public override void Write(Utf8JsonWriter writer, Type value, JsonSerializerOptions options) => ResponseFormats.Write(writer, value);
    }

    private sealed class FormatConverter : JsonConverter<ChatResponseFormat>
    {
        public override bool CanConvert(Type typeToConvert) => typeof(ChatResponseFormat).IsAssignableFrom(typeToConvert);

        public override ChatResponseFormat Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ResponseFormats.Read(JsonElement.ParseValue(ref reader), []);

        public override void Write(Utf8JsonWriter writer, ChatResponseFormat value, JsonSerializerOptions options) => ResponseFormats.Write(writer, value);
    }
}

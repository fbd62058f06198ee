using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>A function among the tools, as the bytes it is written as: a leaf in a tree of JSON that nobody needs to look into.</summary>
internal sealed class WrittenFunction(string name, byte[] utf8)
{
    /// <summary>Lets a tree hold an instance as a value without reflection.</summary>
    private static readonly JsonTypeInfo<WrittenFunction> TypeInfo = JsonMetadataServices.CreateValueInfo<WrittenFunction>(WireJson.Web.Options, new Converter());

    /// <summary>The function's name, by which the same function of two sources is recognised.</summary>
    public string Name => name;

    /// <summary>The function as a leaf of a JSON tree.</summary>
    public JsonValue ToNode() => JsonValue.Create(this, TypeInfo)!;

    /// <summary>The complete tool object in UTF-8.</summary>
    private byte[] Utf8 => utf8;

    /// <summary>Writes the bytes as they are; nothing is ever read back.</summary>
    private sealed class Converter : JsonConverter<WrittenFunction>
    {
        public override WrittenFunction Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, WrittenFunction value, JsonSerializerOptions options) => writer.WriteRawValue(value.Utf8, skipInputValidation: true);
    }
}

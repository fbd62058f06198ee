using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>A function among the tools, as the bytes it is written as: a leaf in a tree of JSON that nobody needs to look into.</summary>
internal sealed class WrittenFunction(string name, byte[] utf8)
{
    private static readonly JsonTypeInfo<WrittenFunction> TypeInfo = JsonMetadataServices.CreateValueInfo<WrittenFunction>(WireJson.Web.Options, new Converter());

    public string Name => name;

    public JsonValue ToNode() => JsonValue.Create(this, TypeInfo)!;

    private byte[] Utf8 => utf8;

    private sealed class Converter : JsonConverter<WrittenFunction>
    {
        public override WrittenFunction Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, WrittenFunction value, JsonSerializerOptions options) => writer.WriteRawValue(value.Utf8, skipInputValidation: true);
    }
}

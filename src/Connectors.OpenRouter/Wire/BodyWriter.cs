using System.Text.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>Writes a request's body into segments, so that files given as bytes are encoded once, straight into the final body.</summary>
internal sealed class BodyWriter
{
    public Utf8JsonWriter Json { get; } = new(new System.Buffers.ArrayBufferWriter<byte>());
}

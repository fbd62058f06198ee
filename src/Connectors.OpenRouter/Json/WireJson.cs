using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Connectors.OpenRouter.Json;

/// <summary>
/// The source-generated types of the wire. <see cref="Web"/> leaves plain letters plain; the default instance would escape them.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(JsonElement[]))]
[JsonSerializable(typeof(OpenRouterRequest))]
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>
    /// The instance to use: snake case, nulls left out, numbers also from strings, deep enough for what callers give.
    /// </summary>
    public static WireJson Web { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        MaxDepth = JsonDepth.Most + 64, // what callers give stands within a few members
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

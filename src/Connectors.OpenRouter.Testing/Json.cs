using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>JSON as the service writes it: compact, letters of all alphabets plain.</summary>
internal static class Json
{
    /// <summary>Letters as they are.</summary>
    public static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A node as compact text.</summary>
    public static string Text(JsonNode node) => Encoding.UTF8.GetString(Utf8(node));

    /// <summary>A node in UTF-8.</summary>
    public static byte[] Utf8(JsonNode node, bool indented = false)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = indented }))
            node.WriteTo(writer);
        return bytes.ToArray();
    }

    /// <summary>A member; null when it is missing. Null values are values.</summary>
    public static JsonElement? Member(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : null;

    /// <summary>A member's text; null when it is absent or no string.</summary>
    public static string? TextOf(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A member's elements; none when it is absent or no array.</summary>
    public static IEnumerable<JsonElement> ListOf(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>An element as a node of its own.</summary>
    public static JsonNode? ToNode(this JsonElement json) => JsonNode.Parse(json.GetRawText());

    /// <summary>Nodes as an array.</summary>
    public static JsonArray ToArray(this IEnumerable<JsonNode?> nodes) => new([.. nodes]);
}

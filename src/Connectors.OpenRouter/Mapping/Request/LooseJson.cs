using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Values as callers, prompt files and serialisers put them into untyped dictionaries, as JSON. Needs no reflection.</summary>
internal static class LooseJson
{
    /// <summary>Of a member inside members, in letters: what holds itself would have no end.</summary>
    private const int LongestPath = 2_000;

    /// <param name="value">Of any type.</param>
    /// <param name="path">Where it stands, for messages; also bounds how deep it is followed.</param>
    /// <returns>A node without a parent; null for null.</returns>
    /// <exception cref="InvalidOperationException">The value is of a type that says nothing in JSON.</exception>
    public static JsonNode? ToNode(object? value, string path) => value switch
    {
        null => null,
        _ when path.Length > LongestPath => throw JsonDepth.TooDeep(path),
        JsonElement json => ToNode(JsonDepth.Check(json, path)),
        JsonNode node => JsonDepth.Check(node, path).DeepClone(),
        JsonDocument document => ToNode(JsonDepth.Check(document.RootElement, path)),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        int or long or short or byte or uint or ushort or sbyte or ulong => JsonValue.Create(Convert.ToDecimal(value, CultureInfo.InvariantCulture)),
        decimal number => JsonValue.Create(number),
        float number => ToNode(number, path),
        double number => ToNode(number, path),
        Uri or Guid => JsonValue.Create(value.ToString()),
        IDictionary pairs => ToObject(pairs, path),
        IEnumerable<KeyValuePair<string, object?>> pairs => ToObject(pairs, path),
        IEnumerable<KeyValuePair<string, string>> pairs => ToObject(pairs.Select(pair => KeyValuePair.Create(pair.Key, (object?)pair.Value)), path),
        IEnumerable<KeyValuePair<string, JsonElement>> pairs => ToObject(pairs.Select(pair => KeyValuePair.Create(pair.Key, (object?)pair.Value)), path),
        OpenRouterRequest request => RequestTable.ToJson(request),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select((item, i) => ToNode(item, $"{path}[{i}]"))]),
        _ when value.GetType() is var type && type.Assembly == typeof(WireJson).Assembly && WireJson.Web.GetTypeInfo(type) is { } ours => JsonSerializer.SerializeToNode(value, ours),
        _ => throw new InvalidOperationException($"`{path}` is a {value.GetType()}. Give a JsonElement, a JsonNode, a string, a number, a boolean, a list of them, or a record of Connectors.OpenRouter.Wire."),
    };

    /// <summary>A JSON value as a node; null for null.</summary>
    public static JsonNode? ToNode(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.Object => JsonObject.Create(json),
        JsonValueKind.Array => JsonArray.Create(json),
        _ => JsonValue.Create(json),
    };

    /// <summary>As short as it can be written, so that 0.7f is 0.7.</summary>
    public static JsonValue ToNode(double number, string path) => ToNode(number.ToString("R", CultureInfo.InvariantCulture), double.IsFinite(number), path);

    /// <inheritdoc cref="ToNode(double, string)"/>
    public static JsonValue ToNode(float number, string path) => ToNode(number.ToString("R", CultureInfo.InvariantCulture), float.IsFinite(number), path);

    /// <summary>A number with the digits of its shortest form.</summary>
    /// <param name="shortest">That form.</param>
    /// <param name="finite">False for NaN and infinities, which JSON has no digits for.</param>
    /// <param name="path">Where it stands, for the message.</param>
    private static JsonValue ToNode(string shortest, bool finite, string path)
    {
        if (!finite)
            throw new InvalidOperationException($"`{path}` is {shortest}, which JSON cannot say.");
        return decimal.TryParse(shortest, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
            ? JsonValue.Create(exact)
            : JsonValue.Create(double.Parse(shortest, CultureInfo.InvariantCulture));
    }

    /// <summary>A dictionary of any kind; names are the keys' texts.</summary>
    private static JsonObject ToObject(IDictionary pairs, string path)
    {
        var json = new JsonObject();
        foreach (DictionaryEntry pair in pairs)
            json[pair.Key.ToString()!] = ToNode(pair.Value, $"{path}.{pair.Key}");
        return json;
    }

    /// <summary>Named values as an object; the last of a name wins.</summary>
    private static JsonObject ToObject(IEnumerable<KeyValuePair<string, object?>> pairs, string path)
    {
        var json = new JsonObject();
        foreach (var (name, value) in pairs)
            json[name] = ToNode(value, $"{path}.{name}");
        return json;
    }
}

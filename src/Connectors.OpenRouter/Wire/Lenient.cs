using System.Globalization;
using System.Text.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>Reads JSON that may be of any kind: what is missing, null or of the wrong kind is null, and nothing throws.</summary>
internal static class Lenient
{
    /// <summary>The member, unless it is absent or null.</summary>
    public static JsonElement? Member(this JsonElement json, string name)
    {
        try
        {
            return json.ValueKind is JsonValueKind.Object && json.TryGetProperty(name, out var member) && member.ValueKind is not JsonValueKind.Null
                ? member
                : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair in a member's name cannot be compared
        }
    }

    /// <summary>A string, or a number or boolean as it was written; null when there is none or it is blank.</summary>
    public static string? Text(this JsonElement? json)
    {
        if (json is not { } value)
            return null;

        var text = value.ValueKind switch
        {
            JsonValueKind.String => String(value),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>The member as <see cref="Text(JsonElement?)"/>.</summary>
    public static string? Text(this JsonElement json, string name) => json.Member(name).Text();

    /// <summary>The finite number a member holds, also when it stands in quotes.</summary>
    public static double? Number(this JsonElement json, string name) =>
        double.TryParse(json.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    public static bool? Flag(this JsonElement json, string name) => bool.TryParse(json.Text(name), out var flag) ? flag : null;

    /// <summary>The texts of an array; a single text counts as an array of one.</summary>
    public static IReadOnlyList<string> Texts(this JsonElement json, string name) => json.Member(name) switch
    {
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => Text(item)).OfType<string>()],
        { } single when Text(single) is { } text => [text],
        _ => [],
    };

    private static string String(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return value.GetRawText().Trim('"'); // half a surrogate pair: better as it was written than not at all
        }
    }
}

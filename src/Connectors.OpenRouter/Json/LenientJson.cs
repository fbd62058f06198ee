using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Connectors.OpenRouter.Json;

/// <summary>
/// Reads the service's JSON as it comes: a missing, null or ill-fitting member is null, a number in a string is a number, and
/// nothing throws.
/// </summary>
internal static class LenientJson
{
    /// <summary>A member's value; null when it is missing or null, or when this is no object.</summary>
    public static JsonElement? Member(this JsonElement json, ReadOnlySpan<byte> name)
    {
        try
        {
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;
        }
        catch (InvalidOperationException) // half a surrogate pair in a member's name: it is not the one asked for
        {
            return null;
        }
    }

    /// <summary>The elements of a member; none when it is no array.</summary>
    public static JsonElement.ArrayEnumerator Array(this JsonElement json, ReadOnlySpan<byte> name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : default;

    /// <summary>How long a list is; 0 where there is none.</summary>
    public static int Length(this JsonElement json, ReadOnlySpan<byte> name) => json.Member(name) is { ValueKind: JsonValueKind.Array } array ? array.GetArrayLength() : 0;

    /// <summary>Whether there is a list with anything in it.</summary>
    public static bool HasAny(this JsonElement json, ReadOnlySpan<byte> name) => json.Length(name) > 0;

    /// <summary>A member as text; see <see cref="AsText(JsonElement)"/>.</summary>
    public static string? Text(this JsonElement json, ReadOnlySpan<byte> name) => json.Member(name) is { } value ? value.AsText() : null;

    /// <summary>The same as <see cref="Text(JsonElement, ReadOnlySpan{byte})"/>, for members that hold one of the service's own words.</summary>
    public static string? Word(this JsonElement json, ReadOnlySpan<byte> name) => json.Member(name) is { } value ? value.AsWord() : null;

    /// <summary>The same as <see cref="Text(JsonElement, ReadOnlySpan{byte})"/>, without making a string anew that is known already.</summary>
    public static string? Text(this JsonElement json, ReadOnlySpan<byte> name, string? known) => json.Member(name) is { } value ? value.AsText(known) : null;

    /// <summary>A member as a whole number; see <see cref="AsInteger"/>.</summary>
    public static long? Integer(this JsonElement json, ReadOnlySpan<byte> name) => json.Member(name) is { } value ? value.AsInteger() : null;

    /// <summary>A member as an exact number; see <see cref="AsNumber"/>.</summary>
    public static decimal? Number(this JsonElement json, ReadOnlySpan<byte> name) => json.Member(name) is { } value ? value.AsNumber() : null;

    /// <summary>A boolean, or a string that holds one; null for everything else.</summary>
    public static bool? Flag(this JsonElement json, ReadOnlySpan<byte> name) => json.Text(name) switch { "true" => true, "false" => false, _ => null };

    // The same by a string, where speed does not matter or the name is not known before: it becomes UTF-8 at each look.

    public static JsonElement? Member(this JsonElement json, string name) => json.Member(Utf8(name, stackalloc byte[Longest]));

    public static JsonElement.ArrayEnumerator Array(this JsonElement json, string name) => json.Array(Utf8(name, stackalloc byte[Longest]));

    public static int Length(this JsonElement json, string name) => json.Length(Utf8(name, stackalloc byte[Longest]));

    public static bool HasAny(this JsonElement json, string name) => json.Length(name) > 0;

    public static string? Text(this JsonElement json, string name) => json.Text(Utf8(name, stackalloc byte[Longest]));

    public static string? Word(this JsonElement json, string name) => json.Word(Utf8(name, stackalloc byte[Longest]));

    public static long? Integer(this JsonElement json, string name) => json.Integer(Utf8(name, stackalloc byte[Longest]));

    public static decimal? Number(this JsonElement json, string name) => json.Number(Utf8(name, stackalloc byte[Longest]));

    public static bool? Flag(this JsonElement json, string name) => json.Flag(Utf8(name, stackalloc byte[Longest]));

    /// <summary>The texts of a list; a single text counts as a list of one.</summary>
    public static IReadOnlyList<string> Texts(this JsonElement json, string name) => json.Member(name) is { } member
        ? [.. (member.ValueKind == JsonValueKind.Array ? member.EnumerateArray().Select(AsText) : [member.AsText()]).OfType<string>()]
        : [];

    /// <summary>As many bytes as a name may have that is not given room of its own.</summary>
    private const int Longest = 128;

    /// <summary>The name in UTF-8, in the given space where it fits.</summary>
    private static ReadOnlySpan<byte> Utf8(string name, Span<byte> space) =>
        Encoding.UTF8.GetMaxByteCount(name.Length) <= space.Length ? space[..Encoding.UTF8.GetBytes(name, space)] : Encoding.UTF8.GetBytes(name);

    /// <summary>The same as <see cref="AsText(JsonElement)"/>, for one of the service's own words.</summary>
    public static string? AsWord(this JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
            return null;
        var quoted = JsonMarshal.GetRawUtf8Value(value);
        return value.ValueKind == JsonValueKind.String && quoted.IndexOf((byte)'\\') < 0 ? WireNames.Of(quoted[1..^1]) : value.AsText();
    }

    /// <summary>The same as <see cref="AsText(JsonElement)"/>, without making a string anew that is known already.</summary>
    public static string? AsText(this JsonElement value, string? known) => known is not null && value.ValueKind == JsonValueKind.String && value.EqualsText(known) ? known : value.AsText();

    /// <summary>A string's content, the text of a number, <c>true</c> or <c>false</c>; null for everything else.</summary>
    public static string? AsText(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Read(value),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };

    /// <summary>A number, or a string that holds one, without its fraction; null when it is none or does not fit.</summary>
    public static long? AsInteger(this JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var whole) ? whole
        : value.AsNumber() is { } number && number >= long.MinValue && number <= long.MaxValue ? (long)number : null;

    /// <summary>A number, or a string that holds one; null when it is none or does not fit a decimal.</summary>
    public static decimal? AsNumber(this JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var plain) ? plain
        : value.AsText() is { } text
        && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The very text that was received; only the layout of a pretty-printed one is left out.</summary>
    public static string Raw(this JsonElement json)
    {
        var text = Verbatim(json);
        return text.Contains('\n', StringComparison.Ordinal) ? Compact(text) : text;
    }

    /// <summary>Writes the very bytes that were received; only the layout of pretty-printed ones is left out.</summary>
    public static void Write(Utf8JsonWriter writer, JsonElement json)
    {
        var utf8 = JsonMarshal.GetRawUtf8Value(json);
        if (utf8.IndexOf((byte)'\n') < 0 && System.Text.Unicode.Utf8.IsValid(utf8))
            writer.WriteRawValue(utf8, skipInputValidation: true);
        else
            writer.WriteRawValue(Raw(json), skipInputValidation: true);
    }

    /// <summary>Whether every text in it can be read: none has half a surrogate pair, or bytes that are not UTF-8.</summary>
    public static bool IsReadable(this JsonElement json)
    {
        var utf8 = JsonMarshal.GetRawUtf8Value(json);
        return System.Text.Unicode.Utf8.IsValid(utf8) && HalfPair(utf8, 0) < 0;
    }

    /// <summary>The same JSON for others to read and to store: what cannot be read in it is a replacement character.</summary>
    public static JsonElement Readable(this JsonElement json)
    {
        if (json.IsReadable())
            return json;
        var utf8 = RepairUtf8(JsonMarshal.GetRawUtf8Value(json)).ToArray();
        for (var at = HalfPair(utf8, 0); at >= 0; at = HalfPair(utf8, at))
            "\\ufffd"u8.CopyTo(utf8.AsSpan(at));
        using var document = JsonDocument.Parse(utf8, new() { MaxDepth = MaxDepth });
        return document.RootElement.Clone();
    }

    /// <summary>Where the next half of a surrogate pair is escaped that has no other half; -1 where there is none.</summary>
    private static int HalfPair(ReadOnlySpan<byte> utf8, int from)
    {
        while (utf8[from..].IndexOf((byte)'\\') is >= 0 and var next)
        {
            from += next;
            var unit = Unit(utf8[from..]);
            if (unit is not { } half || !char.IsSurrogate(half))
                from += unit is null ? 2 : 6;
            else if (utf8[(from + 6)..].StartsWith("\\u"u8) && char.IsSurrogatePair(half, Unit(utf8[(from + 6)..])!.Value))
                from += 12;
            else
                return from;
        }
        return -1;

        static char? Unit(ReadOnlySpan<byte> escape) =>
            escape[1] == 'u' && ushort.TryParse(escape[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? (char)unit : null;
    }

    /// <summary>The very text that was received; bytes that are not UTF-8 become replacement characters.</summary>
    public static string Verbatim(this JsonElement json) => Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(json));

    /// <summary>
    /// The same bytes, unless they are not UTF-8: then with replacement characters, so that no later reading of them can throw.
    /// </summary>
    public static ReadOnlySpan<byte> RepairUtf8(ReadOnlySpan<byte> utf8) =>
        System.Text.Unicode.Utf8.IsValid(utf8) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));

    /// <summary>A member's name; one with half a surrogate pair as it was written.</summary>
    public static string Key(this JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException) // half a surrogate pair
        {
            return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(member));
        }
    }

    /// <summary>A member's name in UTF-8; made anew only where it was written with escapes.</summary>
    public static ReadOnlySpan<byte> Utf8Key(this JsonProperty member)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(member);
        return raw.IndexOf((byte)'\\') < 0 ? raw : Encoding.UTF8.GetBytes(member.Key());
    }

    /// <summary>A member's value; undefined where it is null.</summary>
    public static JsonElement Known(this JsonProperty member) => member.Value is { ValueKind: not JsonValueKind.Null } value ? value : default;

    /// <summary>Whether a member has this name.</summary>
    public static bool Is(this JsonProperty member, ReadOnlySpan<byte> name) => member.Utf8Key().SequenceEqual(name);

    /// <summary>Writes a member's name as it was received.</summary>
    public static void WriteName(this JsonProperty member, Utf8JsonWriter writer)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(member);
        if (raw.IndexOf((byte)'\\') < 0)
            writer.WritePropertyName(raw);
        else
            writer.WritePropertyName(member.Key());
    }

    /// <summary>JSON deep equality; what cannot be compared (half a surrogate pair) is equal only to its own text.</summary>
    public static bool JsonEquals(this JsonElement json, JsonElement other)
    {
        try
        {
            return JsonElement.DeepEquals(json, other);
        }
        catch (InvalidOperationException) // half a surrogate pair inside
        {
            return Verbatim(json) == Verbatim(other);
        }
    }

    /// <summary>Whether a JSON string is these words.</summary>
    public static bool EqualsUtf8(this JsonElement words, ReadOnlySpan<byte> utf8)
    {
        try
        {
            return words.ValueEquals(utf8);
        }
        catch (InvalidOperationException) // half a surrogate pair inside: equal to nothing
        {
            return false;
        }
    }

    /// <summary>The same for a text that is a string already.</summary>
    public static bool EqualsText(this JsonElement words, string text)
    {
        try
        {
            return words.ValueEquals(text);
        }
        catch (InvalidOperationException) // as above
        {
            return false;
        }
    }

    /// <summary>Parses; null when the text is no JSON.</summary>
    public static JsonElement? Parse(string text) => Parse(text.AsMemory());

    /// <inheritdoc cref="Parse(string)"/>
    public static JsonElement? Parse(ReadOnlyMemory<char> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new() { MaxDepth = MaxDepth });
            return document.RootElement.Clone();
        }
        catch (Exception broken) when (broken is JsonException or ArgumentException) // no JSON, or half a surrogate pair; the caller says what that means
        {
            return null;
        }
    }

    /// <summary>Plain letters stay plain.</summary>
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Deep enough for any schema that a response echoes, and bounded.</summary>
    public const int MaxDepth = 256;

    /// <summary>The JSON without white space between its tokens.</summary>
    private static string Compact(string json)
    {
        var text = new StringBuilder(json.Length);
        var quoted = false;
        for (var i = 0; i < json.Length; i++)
        {
            if (quoted || !char.IsWhiteSpace(json[i]))
                text.Append(json[i]);
            if (quoted && json[i] == '\\' && i + 1 < json.Length)
                text.Append(json[++i]);
            else if (json[i] == '"')
                quoted = !quoted;
        }
        return text.ToString();
    }

    /// <summary>The content of a JSON string, also of one that a strict reader refuses.</summary>
    private static string Read(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException) // half a surrogate pair, or bytes that are not UTF-8
        {
            return Unescape(JsonMarshal.GetRawUtf8Value(value)[1..^1]);
        }
    }

    /// <summary>The text of a JSON string's inside that a strict reader refuses; a half surrogate pair stays half.</summary>
    public static string Unescape(ReadOnlySpan<byte> inside)
    {
        var text = new StringBuilder(inside.Length);
        while (inside.Length > 0)
        {
            var plain = inside.IndexOf((byte)'\\');
            if (plain < 0)
                plain = inside.Length;
            text.Append(Encoding.UTF8.GetString(inside[..plain]));
            inside = inside[plain..];
            if (inside.Length < 2)
                break;
            if (inside[1] == 'u' && inside.Length >= 6 && ushort.TryParse(inside[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                text.Append((char)unit);
                inside = inside[6..];
                continue;
            }
            text.Append((char)inside[1] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var other => other });
            inside = inside[2..];
        }
        return text.ToString();
    }
}

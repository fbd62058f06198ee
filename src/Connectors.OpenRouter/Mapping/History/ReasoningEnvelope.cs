using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// What an item must carry to be sent back, packed into <see cref="TextReasoningContent.ProtectedData"/> as
/// <c>openrouter:1:{"said":22,"item":{...}}</c>. Words that stand in the text before the envelope are not repeated:
/// in the item they are <c>{"$said":[start,length,"hash"]}</c>, counted in UTF-16 units of that text.
/// </summary>
internal static class ReasoningEnvelope
{
    private const string Prefix = "openrouter:";
    private const string Version1 = "openrouter:1:";
    private const string Reference = "$said";

    /// <summary>A boundary between two message items, which would otherwise merge.</summary>
    public const string Boundary = Version1 + """{"boundary":"message"}""";

    /// <summary>A boundary between two parts of one message item.</summary>
    public const string PartBoundary = Version1 + """{"boundary":"part"}""";

    /// <summary>The true order of an answer's items, where it was not known in time.</summary>
    public static string Order(IEnumerable<string> ids) => Version1 + Item.Build(writer =>
    {
        writer.WriteStartArray("order");
        foreach (var id in ids)
            writer.WriteStringValue(id);
        writer.WriteEndArray();
    }).Json.Raw();

    /// <param name="item">The item as the service said it.</param>
    /// <param name="said">The reasoning said since the last envelope, UTF-8.</param>
    /// <param name="replaced">The id under which an earlier envelope knew the item, where that has changed.</param>
    public static string Pack(Item item, ReadOnlySpan<byte> said, string? replaced = null)
    {
        var text = new ArrayBufferWriter<byte>(256);
        text.Write("openrouter:1:"u8);
        using (var writer = new Utf8JsonWriter(text, LenientJson.Writing))
        {
            writer.WriteStartObject();
            if (said.Length > 0)
                writer.WriteNumber("said"u8, Encoding.UTF8.GetCharCount(said));
            if (replaced is not null)
                writer.WriteString("replaces"u8, replaced);
            writer.WriteStartObject("item"u8);
            foreach (var member in item.Json.EnumerateObject())
                if (said.Length > 0 && member.Value.ValueKind == JsonValueKind.Array && Item.ThoughtMembers.Contains(member.Key()))
                    WriteParts(writer, member, said);
                else
                    Item.WriteMember(writer, member.Key(), member.Value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <param name="protectedData">From a reasoning content; null and other clients' blobs are foreign.</param>
    /// <param name="text">The reasoning text that stands directly before the envelope.</param>
    public static Opened Open(string? protectedData, string text)
    {
        if (protectedData is null || !protectedData.StartsWith(Prefix, StringComparison.Ordinal))
            return new(EnvelopeKind.Foreign);
        if (!protectedData.StartsWith(Version1, StringComparison.Ordinal) || LenientJson.Parse(protectedData[Version1.Length..]) is not { ValueKind: JsonValueKind.Object } json)
            return new(EnvelopeKind.Unreadable);
        if (json.Text("boundary") is { } boundary)
            return new(boundary == "part" ? EnvelopeKind.PartBoundary : EnvelopeKind.Boundary);
        if (json.Member("order") is { ValueKind: JsonValueKind.Array })
            return new(EnvelopeKind.Order) { Ids = json.Texts("order") };
        if (json.Member("item") is not { ValueKind: JsonValueKind.Object } packed)
            return new(EnvelopeKind.Unreadable);
        var edited = (json.Integer("said") ?? 0) != text.Length;
        var item = Item.Build(writer =>
        {
            foreach (var member in packed.EnumerateObject())
                if (member.Value.ValueKind == JsonValueKind.Array && Item.ThoughtMembers.Contains(member.Key()))
                    edited |= !ReadParts(writer, member, text);
                else
                    Item.WriteMember(writer, member.Key(), member.Value);
        });
        return new(EnvelopeKind.Item, item, edited) { Replaces = json.Text("replaces") };
    }

    private static void WriteParts(Utf8JsonWriter writer, JsonProperty parts, ReadOnlySpan<byte> said)
    {
        writer.WriteStartArray(parts.Key());
        foreach (var part in parts.Value.EnumerateArray())
        {
            if (part.Member("text") is not { ValueKind: JsonValueKind.String } text || Find(text, said) is not { } place)
            {
                writer.WriteRawValue(part.Raw(), skipInputValidation: true);
                continue;
            }
            WritePart(writer, part, () =>
            {
                writer.WriteStartObject("text"u8);
                writer.WriteStartArray(Reference);
                writer.WriteNumberValue(place.Start);
                writer.WriteNumberValue(place.Length);
                writer.WriteStringValue(place.Hash);
                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        }
        writer.WriteEndArray();
    }

    /// <returns>Whether every reference led to the words that had been said.</returns>
    private static bool ReadParts(Utf8JsonWriter writer, JsonProperty parts, string text)
    {
        var faithful = true;
        writer.WriteStartArray(parts.Key());
        foreach (var part in parts.Value.EnumerateArray())
        {
            if (part.Member("text")?.Member(Reference) is not { ValueKind: JsonValueKind.Array } reference)
            {
                writer.WriteRawValue(part.Raw(), skipInputValidation: true);
                continue;
            }
            var words = Resolve(reference, text);
            faithful &= words is not null;
            WritePart(writer, part, () => writer.WriteString("text"u8, words ?? ""));
        }
        writer.WriteEndArray();
        return faithful;
    }

    /// <summary>The part with another text, its members in their order.</summary>
    private static void WritePart(Utf8JsonWriter writer, JsonElement part, Action writeText)
    {
        writer.WriteStartObject();
        foreach (var member in part.EnumerateObject())
            if (member.Key() == "text")
                writeText();
            else
                Item.WriteMember(writer, member.Key(), member.Value);
        writer.WriteEndObject();
    }

    /// <summary>Where the words stand in what was said; null when they do not.</summary>
    private static Place? Find(JsonElement text, ReadOnlySpan<byte> said)
    {
        if (text.EqualsUtf8(said)) // one part, said live: nothing is copied
            return new(0, Encoding.UTF8.GetCharCount(said), Hash(said));
        if (text.AsText() is not { Length: > 0 } words || HasHalfPair(words)) // half a pair became U+FFFD on its way into the bytes: kept in full
            return null;
        var utf8 = Encoding.UTF8.GetBytes(words);
        return said.IndexOf(utf8) is var at and >= 0 ? new(Encoding.UTF8.GetCharCount(said[..at]), words.Length, Hash(utf8)) : null;
    }

    private static string? Resolve(JsonElement reference, string text)
    {
        if (reference.GetArrayLength() != 3 || !Number(reference[0], out var start) || !Number(reference[1], out var length) || start > text.Length - length)
            return null;
        var words = text.Substring(start, length);
        return Hash(Encoding.UTF8.GetBytes(words)) == reference[2].AsText() ? words : null;
    }

    private static bool Number(JsonElement json, out int number)
    {
        number = 0;
        return json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out number) && number >= 0;
    }

    /// <summary>Eight bytes of SHA-256: enough to notice an edit.</summary>
    private static string Hash(ReadOnlySpan<byte> utf8)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8, hash);
        return Convert.ToBase64String(hash[..8]).TrimEnd('=');
    }

    private static bool HasHalfPair(string words)
    {
        for (var i = 0; i < words.Length; i++)
            if (i + 1 < words.Length && char.IsSurrogatePair(words[i], words[i + 1]))
                i++;
            else if (char.IsSurrogate(words[i]))
                return true;
        return false;
    }

    private readonly record struct Place(int Start, int Length, string Hash);
}

/// <summary>What an envelope turned out to be.</summary>
internal enum EnvelopeKind
{
    /// <summary>Another client's blob, or none.</summary>
    Foreign,

    /// <summary>Ours, but of a later version or damaged.</summary>
    Unreadable,

    /// <summary>Between two message items.</summary>
    Boundary,

    /// <summary>Between two parts of one message item.</summary>
    PartBoundary,

    /// <summary>In which order the answer's items stand.</summary>
    Order,

    /// <summary>A whole item.</summary>
    Item,
}

/// <param name="Kind">What it is.</param>
/// <param name="Item">The item, where it is one.</param>
/// <param name="Edited">The visible text is not the one that was said: the item's words are not to be trusted.</param>
internal readonly record struct Opened(EnvelopeKind Kind, Item Item = default, bool Edited = false)
{
    /// <summary>The id under which an earlier envelope knew the item.</summary>
    public string? Replaces { get; init; }

    /// <summary>The items of an order.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];
}

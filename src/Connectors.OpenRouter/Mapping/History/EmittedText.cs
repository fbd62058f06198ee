using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>References to words that stand in the text before an envelope, <c>{"$said":[start,length,"hash"]}</c>, counted in UTF-16 units: written instead of the words, and read back.</summary>
internal static class EmittedText
{
    /// <summary>The member that a reference consists of.</summary>
    public const string Reference = "$said";

    /// <summary>How often all references together may repeat the text, so that a short envelope never becomes a long item.</summary>
    public const int MostRepetitions = 4;

    /// <summary>What tells a text from an edited one.</summary>
    public static string TextHash(string text) => Hash(Encoding.UTF8.GetBytes(text));

    /// <summary>The text of a packed part, said or kept.</summary>
    public static string? TextOf(JsonElement part, string text) =>
        ReferenceOf(part) is { } reference ? IsUnchanged(reference, text, out var start, out var length) ? text.Substring(start, length) : null : part.AsText() ?? part.Text("text"u8);

    /// <summary>Whether the references of an item repeat the text more often than any of ours do.</summary>
    public static bool IsInflated(JsonElement packed, string text)
    {
        var units = 0L;
        foreach (var member in Item.ReasoningMembers)
            foreach (var part in packed.Array(member))
                if (ReferenceOf(part) is { } reference && IsWithin(reference, text, out _, out var length))
                    units += length;
        return units > (long)text.Length * MostRepetitions;
    }

    /// <summary>Whether all references of an item lead to the very words that had been said.</summary>
    public static bool IsFaithful(JsonElement packed, string text)
    {
        foreach (var member in Item.ReasoningMembers)
            foreach (var part in packed.Array(member))
                if (ReferenceOf(part) is { } reference && !IsUnchanged(reference, text, out _, out _))
                    return false;
        return true;
    }

    /// <summary>A member of parts, each word that was said replaced by a reference.</summary>
    /// <param name="writer">Writes the envelope.</param>
    /// <param name="parts">The member.</param>
    /// <param name="emitted">The text before the envelope, UTF-8.</param>
    /// <param name="cursor">How far it has been read: the next part mostly goes on there.</param>
    public static void WriteParts(Utf8JsonWriter writer, JsonProperty parts, ReadOnlySpan<byte> emitted, ref EmittedTextCursor cursor)
    {
        parts.WriteName(writer);
        writer.WriteStartArray();
        foreach (var part in parts.Value.EnumerateArray())
        {
            if (part.Member("text"u8) is not { ValueKind: JsonValueKind.String } text || cursor.Find(text, emitted) is not { } place)
            {
                LenientJson.Write(writer, part);
                continue;
            }
            writer.WriteStartObject();
            foreach (var member in part.EnumerateObject())
                if (member.Is("text"u8))
                    WriteReference(writer, emitted, place, ref cursor);
                else
                    Item.WriteMember(writer, member);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    /// <summary>Place and length in UTF-16 units, and a hash.</summary>
    private static void WriteReference(Utf8JsonWriter writer, ReadOnlySpan<byte> emitted, (int Start, int Length) place, ref EmittedTextCursor cursor)
    {
        var text = emitted.Slice(place.Start, place.Length);
        Span<byte> hash = stackalloc byte[HashLength];
        Hash(text, hash);
        writer.WritePropertyName("text"u8);
        writer.WriteStartObject();
        writer.WritePropertyName(Reference);
        writer.WriteStartArray();
        writer.WriteNumberValue(cursor.Units(place.Start, emitted));
        writer.WriteNumberValue(Encoding.UTF8.GetCharCount(text));
        writer.WriteStringValue(hash);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A member of parts, with the words put in again.</summary>
    public static void ReadParts(Utf8JsonWriter writer, JsonProperty parts, string text)
    {
        writer.WriteStartArray(parts.Key());
        foreach (var part in parts.Value.EnumerateArray())
        {
            if (ReferenceOf(part) is not { } reference)
            {
                LenientJson.Write(writer, part);
                continue;
            }
            writer.WriteStartObject();
            foreach (var member in part.EnumerateObject())
                if (!member.Is("text"u8))
                    Item.WriteMember(writer, member);
                else if (IsWithin(reference, text, out var start, out var length))
                    writer.WriteString("text"u8, text.AsSpan(start, length));
                else
                    writer.WriteString("text"u8, ""u8);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    /// <summary>The reference in place of a part's text; null for a text of its own.</summary>
    private static JsonElement? ReferenceOf(JsonElement part) => part.Member("text"u8)?.Member(Reference) is { ValueKind: JsonValueKind.Array } reference ? reference : null;

    /// <summary>Whether a reference leads to the very words that had been said.</summary>
    private static bool IsUnchanged(JsonElement reference, string text, out int start, out int length)
    {
        if (!IsWithin(reference, text, out start, out length))
            return false;
        var utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(length));
        var written = Encoding.UTF8.GetBytes(text, start, length, utf8, 0);
        var hash = Hash(utf8.AsSpan(0, written));
        ArrayPool<byte>.Shared.Return(utf8);
        return reference[2].AsText() == hash;
    }

    /// <summary>Whether a reference points into the text.</summary>
    /// <param name="reference">Start, length and hash.</param>
    /// <param name="text">What it points into.</param>
    /// <param name="start">In UTF-16 units.</param>
    /// <param name="length">In UTF-16 units.</param>
    private static bool IsWithin(JsonElement reference, string text, out int start, out int length)
    {
        length = 0;
        start = 0;
        return reference.GetArrayLength() == 3 && Number(reference[0], out start) && Number(reference[1], out length) && start <= text.Length - length;
    }

    /// <summary>A number that is not negative; false for everything else.</summary>
    private static bool Number(JsonElement json, out int number)
    {
        number = 0;
        return json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out number) && number >= 0;
    }

    /// <summary>Eight bytes in base64, without the last sign, which is always the same.</summary>
    private const int HashLength = 11;

    /// <summary>Eight bytes of SHA-256: enough to notice an edit.</summary>
    private static void Hash(ReadOnlySpan<byte> utf8, Span<byte> base64)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> text = stackalloc byte[12];
        SHA256.HashData(utf8, hash);
        Base64.EncodeToUtf8(hash[..8], text, out _, out _);
        text[..HashLength].CopyTo(base64);
    }

    /// <summary>The hash as text.</summary>
    private static string Hash(ReadOnlySpan<byte> utf8)
    {
        Span<byte> base64 = stackalloc byte[HashLength];
        Hash(utf8, base64);
        return Encoding.UTF8.GetString(base64);
    }
}

/// <summary>How far the text before an envelope has been read: parts mostly follow each other in it, and are not looked for from its beginning each time.</summary>
internal struct EmittedTextCursor
{
    /// <summary>Searches from the beginning: more would let a hostile answer cost the square of its length.</summary>
    private const int MostSearches = 64;

    /// <summary>Where the last part that was found ends, in bytes.</summary>
    private int _end;

    /// <summary>How often a search began at the beginning.</summary>
    private int _searches;
    private long _repeated; // bytes
    private int _counted; // bytes
    private int _units; // UTF-16 units of them

    /// <summary>Where the words stand in what was said, in bytes; null when they do not.</summary>
    public (int Start, int Length)? Find(JsonElement text, ReadOnlySpan<byte> emitted)
    {
        if (_repeated == 0 && text.EqualsUtf8(emitted)) // one part, said live: nothing is copied
            return (0, (int)(_repeated = emitted.Length));
        if (_searches >= MostSearches || _repeated > (long)emitted.Length * (EmittedText.MostRepetitions - 1) || text.AsText() is not { Length: > 0 } value || HasHalfPair(value)) // half a pair became U+FFFD on its way into the bytes: kept in full
            return null;
        var utf8 = Encoding.UTF8.GetBytes(value);
        var at = emitted[_end..].IndexOf(utf8);
        if (at >= 0)
            at += _end;
        else if (++_searches <= MostSearches)
            at = emitted.IndexOf(utf8);
        if (at < 0)
            return null;
        _end = Math.Max(_end, at + utf8.Length);
        _repeated += utf8.Length;
        return (at, utf8.Length);
    }

    /// <summary>How many UTF-16 units stand before a place.</summary>
    public int Units(int start, ReadOnlySpan<byte> emitted)
    {
        if (start < _counted)
            (_counted, _units) = (0, 0);
        _units += Encoding.UTF8.GetCharCount(emitted[_counted..start]);
        _counted = start;
        return _units;
    }

    /// <summary>Whether half a surrogate pair stands in the text.</summary>
    private static bool HasHalfPair(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return true;
        return false;
    }
}

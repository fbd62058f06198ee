using System.Buffers;
using System.Buffers.Text;
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

    /// <summary>Envelopes come back through browsers and stores: a longer one is not even parsed. UTF-16 units.</summary>
    public const int MaxLength = 64 * 1024 * 1024;

    /// <summary>Ids of an order, or parts of a message, at most.</summary>
    private const int MaxEntries = 100_000;

    /// <summary>The member of a message's identity that tells it from an earlier message of the same id; never sent.</summary>
    public const string PlaceMember = "$place";

    /// <summary>A boundary between two message items, which would otherwise merge.</summary>
    public const string Boundary = Version1 + """{"boundary":"message"}""";

    /// <summary>A boundary between two parts of one message item.</summary>
    public const string PartBoundary = Version1 + """{"boundary":"part"}""";

    /// <summary>The true order of an answer's items, where it was not known in time.</summary>
    public static string Order(IEnumerable<string> ids)
    {
        using var scratch = JsonScratch.Take();
        scratch.Begin("openrouter:1:"u8);
        scratch.Writer.WriteStartObject();
        scratch.Writer.WritePropertyName("order"u8);
        scratch.Writer.WriteStartArray();
        foreach (var id in ids)
            scratch.Writer.WriteStringValue(id);
        scratch.Writer.WriteEndArray();
        scratch.Writer.WriteEndObject();
        return scratch.WrittenText();
    }

    /// <param name="item">The item as the service said it.</param>
    /// <param name="said">The reasoning said since the last envelope, UTF-8.</param>
    /// <param name="replaced">The id under which an earlier envelope knew the item, where that has changed.</param>
    /// <param name="place">Tells the item from an earlier one of the same id in this answer; 0 when no earlier one has it.</param>
    /// <param name="key">What a later envelope calls an item that had no id yet; null = its id.</param>
    public static string Pack(Item item, ReadOnlySpan<byte> said, string? replaced = null, int place = 0, string? key = null)
    {
        using var scratch = JsonScratch.Take();
        scratch.Begin("openrouter:1:"u8);
        var writer = scratch.Writer;
        writer.WriteStartObject();
        if (said.Length > 0)
            writer.WriteNumber("said"u8, Encoding.UTF8.GetCharCount(said));
        if (replaced is not null)
            writer.WriteString("replaces"u8, replaced);
        if (key is not null)
            writer.WriteString("key"u8, key);
        if (place > 0)
            writer.WriteNumber("place"u8, place);
        writer.WritePropertyName("item"u8);
        writer.WriteStartObject();
        foreach (var member in item.Json.EnumerateObject())
            if (said.Length > 0 && member.Value.ValueKind == JsonValueKind.Array && (member.Is("summary"u8) || member.Is("content"u8)))
                WriteParts(writer, member, said);
            else
                Item.WriteMember(writer, member);
        writer.WriteEndObject();
        writer.WriteEndObject();
        return scratch.WrittenText();
    }

    /// <summary>What is known of a message, for text that was emitted before.</summary>
    /// <param name="identity">JSON of the message without its words.</param>
    /// <param name="key">What that text was called while nobody knew whose it was; null = its id.</param>
    public static string PackIdentity(string identity, string? key = null)
    {
        using var scratch = JsonScratch.Take();
        scratch.Begin("openrouter:1:"u8);
        scratch.Writer.WriteStartObject();
        if (key is not null)
            scratch.Writer.WriteString("key"u8, key);
        scratch.Writer.WritePropertyName("item"u8);
        scratch.Writer.WriteRawValue(identity, skipInputValidation: true);
        scratch.Writer.WriteEndObject();
        return scratch.WrittenText();
    }

    /// <summary>What tells items of one id apart in an order: the first is its id.</summary>
    public static string Key(string id, long nth) => nth > 1 ? $"{id}#{nth}" : id;

    /// <summary>
    /// What of a message's parts no content says: parts that are neither text nor refusal, unknown members, and the true text where
    /// another was said. Entry by entry: <c>null</c> for a part that the contents say in full, an object with a <c>type</c> for a part
    /// that stands there only raw, else the members to be added to the part that was said.
    /// </summary>
    /// <param name="message">The message item as the service finished it.</param>
    /// <param name="contradicted">What had been said of the part with this index where it is not the part's text; null where it is.</param>
    /// <returns>Null when the contents say it all.</returns>
    public static string? Parts(Item message, Func<int, string?>? contradicted)
    {
        var needed = contradicted is not null;
        foreach (var part in message.Content)
            needed |= NeedsRest(part);
        if (!needed)
            return null;
        needed = false;
        var index = 0;
        using var scratch = JsonScratch.Take();
        scratch.Begin("openrouter:1:"u8);
        scratch.Writer.WriteStartObject();
        if (message.Id is { } id)
            scratch.Writer.WriteString("of"u8, id);
        scratch.Writer.WritePropertyName("parts"u8);
        scratch.Writer.WriteStartArray();
        foreach (var part in message.Content)
            needed |= WriteRest(scratch.Writer, part, contradicted?.Invoke(index++));
        scratch.Writer.WriteEndArray();
        scratch.Writer.WriteEndObject();
        return needed ? scratch.WrittenText() : null;
    }

    /// <param name="protectedData">From a reasoning content; null and other clients' blobs are foreign.</param>
    /// <param name="text">The reasoning text that stands directly before the envelope.</param>
    public static Opened Open(string? protectedData, string text)
    {
        if (protectedData is null || !protectedData.StartsWith(Prefix, StringComparison.Ordinal))
            return new(EnvelopeKind.Foreign);
        if (protectedData.Length > MaxLength || !protectedData.StartsWith(Version1, StringComparison.Ordinal)
            || LenientJson.Parse(protectedData.AsMemory(Version1.Length)) is not { ValueKind: JsonValueKind.Object } json)
            return new(EnvelopeKind.Unreadable);
        if (json.Member("item") is { ValueKind: JsonValueKind.Object } packed)
            return OpenItem(json, packed, text);
        if (json.Text("boundary") is { } boundary)
            return new(boundary == "part" ? EnvelopeKind.PartBoundary : EnvelopeKind.Boundary);
        if (json.Member("order") is { ValueKind: JsonValueKind.Array } order && order.GetArrayLength() <= MaxEntries)
            return new(EnvelopeKind.Order) { Ids = json.Texts("order") };
        if (json.Member("parts") is { ValueKind: JsonValueKind.Array } parts && parts.GetArrayLength() <= MaxEntries)
            return new(EnvelopeKind.Parts) { Packed = parts, Replaces = json.Text("of") };
        return new(EnvelopeKind.Unreadable);
    }

    /// <summary>Writes the members of a packed item, with the words that were said put in again; whether they are the ones is asked when it is opened.</summary>
    /// <param name="writer">Stands within an object.</param>
    /// <param name="packed">The item.</param>
    /// <param name="text">The text that its references point into.</param>
    /// <param name="id">The id under which it goes out; null = its own.</param>
    public static void WriteItem(Utf8JsonWriter writer, JsonElement packed, string text, string? id)
    {
        foreach (var member in packed.EnumerateObject())
            if (member.Value.ValueKind == JsonValueKind.Array && HoldsThoughts(member))
                ReadParts(writer, member, text);
            else
                WriteMember(writer, member, id);
    }

    /// <summary>Whether this member of a reasoning item holds words.</summary>
    public static bool HoldsThoughts(JsonProperty member) => member.Is("summary"u8) || member.Is("content"u8);

    /// <summary>A member as it was received; the id as it goes out, and neither id nor status where they are null.</summary>
    public static void WriteMember(Utf8JsonWriter writer, JsonProperty member, string? id)
    {
        if (member.Is("id"u8) && member.Value.ValueKind == JsonValueKind.String && id is not null)
            writer.WriteString("id"u8, id);
        else if (member.Value.ValueKind != JsonValueKind.Null || !(member.Is("id"u8) || member.Is("status"u8)))
            Item.WriteMember(writer, member);
    }

    /// <summary>The text of a packed part, said or kept.</summary>
    public static string? TextOf(JsonElement part, string text) =>
        ReferenceOf(part) is { } reference ? IsSaid(reference, text, out var start, out var length) ? text.Substring(start, length) : null : part.AsText() ?? part.Text("text");

    /// <summary>Only reasoning, and what is known of the assistant's own message, may come out of an envelope.</summary>
    private static Opened OpenItem(JsonElement envelope, JsonElement packed, string text)
    {
        var item = new Item(packed);
        if (!item.Has("role") && item.Kind == ItemKind.Reasoning && Item.ThoughtMembers.All(member => HasReasoningParts(packed, member)))
            return new(EnvelopeKind.Item)
            {
                Packed = packed,
                Text = text,
                Edited = (envelope.Integer("said") ?? 0) != text.Length || !IsFaithful(packed, text),
                Replaces = envelope.Text("replaces"),
                Key = envelope.Text("key"),
                Place = PlaceOf(envelope, "place"),
            };
        return item.IsOwnMessage ? new(EnvelopeKind.Item) { Packed = packed, Text = text, Key = envelope.Text("key"), Place = PlaceOf(packed, PlaceMember) } : new(EnvelopeKind.Unreadable);
    }

    private static int PlaceOf(JsonElement json, string member) => json.Integer(member) is { } place and > 0 and <= int.MaxValue ? (int)place : 0;

    /// <summary>Parts of the input, such as a file's address, are not thoughts.</summary>
    private static bool HasReasoningParts(JsonElement packed, string member)
    {
        foreach (var part in packed.Array(member))
            if (part.Text("type")?.StartsWith("input_", StringComparison.OrdinalIgnoreCase) == true)
                return false;
        return true;
    }

    private static bool IsFaithful(JsonElement packed, string text)
    {
        foreach (var member in Item.ThoughtMembers)
            foreach (var part in packed.Array(member))
                if (ReferenceOf(part) is { } reference && !IsSaid(reference, text, out _, out _))
                    return false;
        return true;
    }

    /// <summary>Which member says the part; null for a part that stands there only raw.</summary>
    private static string? Known(JsonElement part) => part.ValueKind != JsonValueKind.Object ? null : part.Text("type") switch
    {
        "output_text" or null => part.Member("text") is null ? null : "text",
        "refusal" => part.Member("refusal") is null ? null : "refusal",
        _ => null,
    };

    /// <summary>Whether the part holds more than its contents say.</summary>
    private static bool NeedsRest(JsonElement part)
    {
        if (Known(part) is not { } known)
            return true;
        foreach (var member in part.EnumerateObject())
            if (!IsSaid(member, known))
                return true;
        return false;
    }

    /// <returns>Whether anything had to be written but <c>null</c>.</returns>
    private static bool WriteRest(Utf8JsonWriter writer, JsonElement part, string? said)
    {
        if (Known(part) is not { } known)
        {
            LenientJson.Write(writer, part);
            return true;
        }
        if (said is null && !NeedsRest(part))
        {
            writer.WriteNullValue();
            return false;
        }
        writer.WriteStartObject();
        foreach (var member in part.EnumerateObject())
            if (!IsSaid(member, known) || said is not null && member.Key() == known)
                Item.WriteMember(writer, member);
        if (said is not null)
            writer.WriteString(Reference, TextHash(said));
        writer.WriteEndObject();
        return true;
    }

    private static bool IsSaid(JsonProperty member, string known) => member.Is("type"u8) || member.Is("annotations"u8) || member.Is("logprobs"u8) || member.Is(known == "text" ? "text"u8 : "refusal"u8);

    /// <summary>What tells a text from an edited one.</summary>
    public static string TextHash(string text) => Hash(Encoding.UTF8.GetBytes(text));

    private static void WriteParts(Utf8JsonWriter writer, JsonProperty parts, ReadOnlySpan<byte> said)
    {
        parts.WriteName(writer);
        writer.WriteStartArray();
        foreach (var part in parts.Value.EnumerateArray())
        {
            if (part.Member("text") is not { ValueKind: JsonValueKind.String } text || Find(text, said) is not { } place)
            {
                LenientJson.Write(writer, part);
                continue;
            }
            writer.WriteStartObject();
            foreach (var member in part.EnumerateObject())
                if (member.Is("text"u8))
                    WriteReference(writer, said, place);
                else
                    Item.WriteMember(writer, member);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    /// <summary>Place and length in UTF-16 units, and a hash.</summary>
    private static void WriteReference(Utf8JsonWriter writer, ReadOnlySpan<byte> said, (int Start, int Length) place)
    {
        var words = said.Slice(place.Start, place.Length);
        Span<byte> hash = stackalloc byte[HashLength];
        Hash(words, hash);
        writer.WritePropertyName("text"u8);
        writer.WriteStartObject();
        writer.WritePropertyName(Reference);
        writer.WriteStartArray();
        writer.WriteNumberValue(Encoding.UTF8.GetCharCount(said[..place.Start]));
        writer.WriteNumberValue(Encoding.UTF8.GetCharCount(words));
        writer.WriteStringValue(hash);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void ReadParts(Utf8JsonWriter writer, JsonProperty parts, string text)
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

    private static JsonElement? ReferenceOf(JsonElement part) => part.Member("text")?.Member(Reference) is { ValueKind: JsonValueKind.Array } reference ? reference : null;

    /// <summary>Where the words stand in what was said, in bytes; null when they do not.</summary>
    private static (int Start, int Length)? Find(JsonElement text, ReadOnlySpan<byte> said)
    {
        if (text.EqualsUtf8(said)) // one part, said live: nothing is copied
            return (0, said.Length);
        if (text.AsText() is not { Length: > 0 } words || HasHalfPair(words)) // half a pair became U+FFFD on its way into the bytes: kept in full
            return null;
        var utf8 = Encoding.UTF8.GetBytes(words);
        return said.IndexOf(utf8) is var at and >= 0 ? (at, utf8.Length) : null;
    }

    /// <summary>Whether a reference leads to the very words that had been said.</summary>
    private static bool IsSaid(JsonElement reference, string text, out int start, out int length)
    {
        if (!IsWithin(reference, text, out start, out length))
            return false;
        var utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(length));
        var written = Encoding.UTF8.GetBytes(text, start, length, utf8, 0);
        var hash = Hash(utf8.AsSpan(0, written));
        ArrayPool<byte>.Shared.Return(utf8);
        return reference[2].AsText() == hash;
    }

    private static bool IsWithin(JsonElement reference, string text, out int start, out int length)
    {
        length = 0;
        start = 0;
        return reference.GetArrayLength() == 3 && Number(reference[0], out start) && Number(reference[1], out length) && start <= text.Length - length;
    }

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

    private static string Hash(ReadOnlySpan<byte> utf8)
    {
        Span<byte> base64 = stackalloc byte[HashLength];
        Hash(utf8, base64);
        return Encoding.UTF8.GetString(base64);
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
}

/// <summary>What an envelope turned out to be.</summary>
internal enum EnvelopeKind
{
    /// <summary>Another client's blob, or none.</summary>
    Foreign,

    /// <summary>Ours, but of a later version, damaged, or made up by somebody else.</summary>
    Unreadable,

    /// <summary>Between two message items.</summary>
    Boundary,

    /// <summary>Between two parts of one message item.</summary>
    PartBoundary,

    /// <summary>In which order the answer's items stand.</summary>
    Order,

    /// <summary>What the contents of a message do not say of its parts.</summary>
    Parts,

    /// <summary>A reasoning item, or what is known of a message beside its parts.</summary>
    Item,
}

/// <summary>An envelope's contents.</summary>
/// <param name="Kind">What it is.</param>
internal readonly record struct Opened(EnvelopeKind Kind)
{
    /// <summary>The item with references to what was said, or a message's parts.</summary>
    public JsonElement Packed { get; init; }

    /// <summary>The reasoning text that the references point into.</summary>
    public string? Text { get; init; }

    /// <summary>The visible text is not the one that was said: the item's words are not to be trusted.</summary>
    public bool Edited { get; init; }

    /// <summary>The id under which an earlier envelope knew the item; of parts, the message's.</summary>
    public string? Replaces { get; init; }

    /// <summary>What a later envelope calls an item that had no id yet.</summary>
    public string? Key { get; init; }

    /// <summary>Tells the item from an earlier one of the same id; 0 when there is none.</summary>
    public int Place { get; init; }

    /// <summary>The items of an order.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>The item as the service said it, built anew at each call.</summary>
    public Item Item
    {
        get
        {
            var (packed, text) = (Packed, Text ?? "");
            return packed.ValueKind != JsonValueKind.Object ? default : Item.Build(writer => ReasoningEnvelope.WriteItem(writer, packed, text, null));
        }
    }
}

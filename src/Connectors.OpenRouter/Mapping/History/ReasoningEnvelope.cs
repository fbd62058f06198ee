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
    /// <summary>Begins every envelope, whatever its version.</summary>
    private const string Prefix = "openrouter:";

    /// <summary>Begins the envelopes that this version writes and reads.</summary>
    private const string Version1 = "openrouter:1:";

    /// <summary>Envelopes come back through browsers and stores: a longer one is not even parsed. UTF-16 units.</summary>
    public const int MaxLength = 64 * 1024 * 1024;

    /// <summary>Ids of an order, or parts of a message, at most.</summary>
    private const int MaxEntries = 100_000;

    /// <summary>The member of a message's identity that tells it from an earlier message of the same id; never sent.</summary>
    public const string PlaceMember = "$place";

    /// <summary>The member of a message's identity that names one whose id is not known yet; never sent.</summary>
    public const string KeyMember = "$key";

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

    /// <summary>What an order calls an item: its id and, from its second time on, which of them; one without an id by its number among those.</summary>
    /// <param name="id">Null = none.</param>
    /// <param name="seen">How often each id has come so far.</param>
    public static string OrderKey(string? id, Dictionary<string, int> seen)
    {
        var name = id ?? "";
        seen[name] = seen.TryGetValue(name, out var times) ? times + 1 : 1;
        return id is null ? $"#{seen[name]}" : Key(id, seen[name]);
    }

    /// <param name="item">The item as the service said it.</param>
    /// <param name="said">The reasoning said since the last envelope, UTF-8.</param>
    /// <param name="replaced">What an earlier envelope called the item, where that has changed.</param>
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
        var cursor = new EmittedTextCursor();
        foreach (var member in item.Json.EnumerateObject())
            if (said.Length > 0 && member.Value.ValueKind == JsonValueKind.Array && IsReasoningMember(member))
                EmittedText.WriteParts(writer, member, said, ref cursor);
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

    /// <summary>What later contents call a message that began without an id: the first of them, the second, ...</summary>
    public static string UnnamedKey(int nth) => $"#{nth}";

    /// <summary>What tells items of one id apart in an order: the first is its id.</summary>
    public static string Key(string id, long nth) => nth > 1 ? $"{id}#{nth}" : id;

    /// <summary>
    /// What of a message's parts no content says: parts that are neither text nor refusal, unknown members, and the true text where
    /// another was said. Entry by entry: <c>null</c> for a part that the contents say in full, an object with a <c>type</c> for a part
    /// that stands there only raw, else the members to be added to the part that was said.
    /// </summary>
    /// <param name="message">The message item as the service finished it.</param>
    /// <param name="contradicted">What had been said of the part with this index where it is not the part's text; null where it is.</param>
    /// <param name="order">Which part each is that the contents say, where they do not stand in the parts' order; null where they do.</param>
    /// <param name="name">What the contents call the message; null where it is the one that is open.</param>
    /// <returns>Null when the contents say it all.</returns>
    public static string? Parts(Item message, Func<int, string?>? contradicted, List<int>? order, string? name)
    {
        var needed = contradicted is not null || order is not null;
        foreach (var part in message.Content)
            needed |= NeedsRest(part);
        if (!needed)
            return null;
        needed = order is not null;
        var index = 0;
        using var scratch = JsonScratch.Take();
        scratch.Begin("openrouter:1:"u8);
        scratch.Writer.WriteStartObject();
        if (name is not null)
            scratch.Writer.WriteString("of"u8, name);
        scratch.Writer.WritePropertyName("parts"u8);
        scratch.Writer.WriteStartArray();
        foreach (var part in message.Content)
            needed |= WriteRest(scratch.Writer, part, contradicted?.Invoke(index++));
        scratch.Writer.WriteEndArray();
        if (order is not null)
        {
            scratch.Writer.WriteStartArray("at"u8);
            foreach (var part in order)
                scratch.Writer.WriteNumberValue(part);
            scratch.Writer.WriteEndArray();
        }
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
        if (json.Member("item"u8) is { ValueKind: JsonValueKind.Object } packed)
            return OpenItem(json, packed, text);
        if (json.Text("boundary"u8) is { } boundary)
            return new(boundary == "part" ? EnvelopeKind.PartBoundary : EnvelopeKind.Boundary);
        if (json.Member("order"u8) is { ValueKind: JsonValueKind.Array } order && order.GetArrayLength() <= MaxEntries)
            return new(EnvelopeKind.Order) { Ids = json.Texts("order") };
        if (json.Member("parts"u8) is { ValueKind: JsonValueKind.Array } parts && parts.GetArrayLength() <= MaxEntries)
            return new(EnvelopeKind.Parts) { Packed = parts, PartOrder = json.Member("at"u8) ?? default, Replaces = json.Text("of"u8) };
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
            if (member.Value.ValueKind == JsonValueKind.Array && IsReasoningMember(member))
                EmittedText.ReadParts(writer, member, text);
            else
                WriteMember(writer, member, id);
    }

    /// <summary>Whether this member of a reasoning item holds words.</summary>
    public static bool IsReasoningMember(JsonProperty member) => member.Is("summary"u8) || member.Is("content"u8);

    /// <summary>A member as it was received; the id as it goes out, and neither id nor status where they are null.</summary>
    public static void WriteMember(Utf8JsonWriter writer, JsonProperty member, string? id)
    {
        if (member.Is("id"u8) && member.Value.ValueKind == JsonValueKind.String && id is not null)
            writer.WriteString("id"u8, id);
        else if (member.Value.ValueKind != JsonValueKind.Null || !(member.Is("id"u8) || member.Is("status"u8)))
            Item.WriteMember(writer, member);
    }

    /// <summary>Only reasoning, and what is known of the assistant's own message, may come out of an envelope.</summary>
    private static Opened OpenItem(JsonElement envelope, JsonElement packed, string text)
    {
        var item = new Item(packed);
        if (item is { Kind: ItemKind.Reasoning, IsOutput: true } && !EmittedText.IsInflated(packed, text))
            return new(EnvelopeKind.Item)
            {
                Packed = packed,
                Text = text,
                Edited = (envelope.Integer("said"u8) ?? 0) != text.Length || !EmittedText.IsFaithful(packed, text),
                Replaces = envelope.Text("replaces"u8),
                Key = envelope.Text("key"u8),
                Place = PlaceOf(envelope, "place"),
            };
        return item.IsOwnMessage ? new(EnvelopeKind.Item) { Packed = packed, Text = text, Key = envelope.Text("key"u8), Place = PlaceOf(packed, PlaceMember) } : new(EnvelopeKind.Unreadable);
    }

    /// <summary>Which of the items of its id an item is, from the second on; 0 = it is the first.</summary>
    public static int PlaceOf(JsonElement json, string member) => json.Integer(member) is { } place and > 0 and <= int.MaxValue ? (int)place : 0;

    /// <summary>Which member says the part; null for a part that stands there only raw.</summary>
    private static string? Known(JsonElement part) => part.ValueKind != JsonValueKind.Object ? null : part.Word("type"u8) switch
    {
        "output_text" or null => part.Member("text"u8) is null ? null : "text",
        "refusal" => part.Member("refusal"u8) is null ? null : "refusal",
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
            writer.WriteString(EmittedText.Reference, EmittedText.TextHash(said));
        writer.WriteEndObject();
        return true;
    }

    /// <summary>Whether the contents say a member already.</summary>
    private static bool IsSaid(JsonProperty member, string known) => member.Is("type"u8) || member.Is("annotations"u8) || member.Is("logprobs"u8) || member.Is(known == "text" ? "text"u8 : "refusal"u8);
}

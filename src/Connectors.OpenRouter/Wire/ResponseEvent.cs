using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>One frame of a stream, whatever its kind: the members of all 49 events fit one flat shape.</summary>
internal record struct ResponseEvent
{
    /// <summary>The JSON <c>type</c>; null when the frame has none.</summary>
    public string? Type;

    /// <summary>The words of a delta; null when the frame is none.</summary>
    public string? Delta;

    /// <summary>Set on deltas; null where it came after the words of a part whose deltas had none.</summary>
    public string? ItemId;

    /// <summary>The item's place in the final output; -1 when the frame does not say.</summary>
    public int OutputIndex;

    /// <summary>Which part of the item (<c>content_index</c> or <c>summary_index</c>); -1 when the frame does not say.</summary>
    public int PartIndex;

    /// <summary>The whole frame, until the next one is read; undefined for deltas (unless kept) and for frames that are not JSON.</summary>
    public JsonElement Json;
}

/// <summary>Reads frames. Never throws: a frame that is not JSON is an event without a type and without JSON.</summary>
/// <param name="keepJson">Whether every frame, deltas too, has JSON that outlives the next one.</param>
internal sealed class FrameReader(bool keepJson = false) : IDisposable
{
    /// <summary>
    /// A stream in which so many frames were not JSON is looked at before it is read: an exception each would cost more than the
    /// bytes.
    /// </summary>
    private const int ManyBroken = 8;

    /// <summary>How many frames of the stream were not JSON so far.</summary>
    private int _broken;

    /// <summary>The document of the frame that was read last; null for deltas and for frames whose JSON is kept.</summary>
    private JsonDocument? _frame;

    /// <summary>Rented, under the frame's document.</summary>
    private byte[]? _buffer;

    /// <summary>Rented.</summary>
    private byte[] _opening = [];

    /// <summary>
    /// How many bytes of <see cref="_opening"/> count; 0 = no delta has been read whose opening could be compared.
    /// </summary>
    private int _openingLength;

    /// <summary>Where the opening's sequence number stood; the opening leaves it out.</summary>
    private int _numberAt = -1;

    /// <summary>The last delta, whose members all deltas with the same opening share.</summary>
    private ResponseEvent _lastDelta;

    /// <summary>The last item id as bytes and as the string made of them.</summary>
    private (byte[] Utf8, string Text) _lastItem = ([], "");

    /// <summary>Fits <c>SseItemParser&lt;ResponseEvent&gt;</c>; the SSE event name says nothing here.</summary>
    /// <param name="eventType">The SSE event name; not used.</param>
    /// <param name="data">The UTF-8 of the event's data lines.</param>
    public ResponseEvent Read(string eventType, ReadOnlySpan<byte> data)
    {
        if (_broken >= ManyBroken && !JsonSyntax.IsObject(data, LenientJson.MaxDepth))
            return new() { OutputIndex = -1, PartIndex = -1 };
        try
        {
            return Frame(data);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException) // costs this frame only; an ending is insisted upon elsewhere
        {
            _broken++;
            return new() { OutputIndex = -1, PartIndex = -1 };
        }
    }

    /// <summary>
    /// The deltas of one part differ in their words only: where a frame begins as the last delta's did, nothing but the words is
    /// read.
    /// </summary>
    /// <param name="data">The UTF-8 of a frame.</param>
    /// <param name="next">The delta; undefined where this is false.</param>
    private bool IsNextDelta(ReadOnlySpan<byte> data, out ResponseEvent next)
    {
        next = default;
        if (_openingLength == 0 || !IsOpenedAlike(data, out var start))
            return false;
        var rest = data[start..];
        var end = rest.IndexOfAny((byte)'"', (byte)'\\');
        if (end < 0)
            return false;
        if (rest[end] == '"')
        {
            if (rest[..end].IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0)
                return false;
            next = _lastDelta with { Delta = Encoding.UTF8.GetString(rest[..end]) };
            return true;
        }
        var reader = new Utf8JsonReader(data[(start - 1)..], isFinalBlock: false, default);
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            return false;
        next = _lastDelta with { Delta = ReadText(ref reader) };
        return true;
    }

    /// <summary>Whether all before the words is as it was in the last delta, but for the sequence number.</summary>
    /// <param name="data">The UTF-8 of a frame.</param>
    /// <param name="start">Where its words begin.</param>
    private bool IsOpenedAlike(ReadOnlySpan<byte> data, out int start)
    {
        start = _openingLength;
        var opening = _opening.AsSpan(0, _openingLength);
        if (_numberAt < 0)
            return data.StartsWith(opening);
        if (!data.StartsWith(opening[.._numberAt]))
            return false;
        var digits = 0;
        while (_numberAt + digits < data.Length && data[_numberAt + digits] is >= (byte)'0' and <= (byte)'9')
            digits++;
        start += digits;
        return digits > 0 && data[(_numberAt + digits)..].StartsWith(opening[_numberAt..]);
    }

    /// <summary>Reads one frame: a delta member by member without a document, everything else as JSON.</summary>
    /// <param name="data">The UTF-8 of the event's <c>data</c> lines.</param>
    private ResponseEvent Frame(ReadOnlySpan<byte> data)
    {
        ReleaseFrame();
        if (IsNextDelta(data, out var next))
            return next;
        var reader = new Utf8JsonReader(data, Strictness);
        string? type = null, delta = null;
        ReadOnlySpan<byte> itemId = default;
        ReadOnlySpan<byte> opening = default;
        int index = -1, part = -1, numberAt = -1, numberEnd = -1;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return new() { OutputIndex = -1, PartIndex = -1 };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            reader.Read();
            switch (name.Length)
            {
                case 4 when reader.TokenType == JsonTokenType.String && name.SequenceEqual("type"u8):
                    type = WireNames.Of(reader.ValueSpan);
                    if (!type.EndsWith(".delta", StringComparison.Ordinal))
                        return Other(data, type);
                    break;
                case 5 when reader.TokenType == JsonTokenType.String && name.SequenceEqual("delta"u8):
                    delta = ReadText(ref reader);
                    break;
                case 7 when reader.TokenType == JsonTokenType.String && name.SequenceEqual("item_id"u8):
                    itemId = reader.ValueSpan;
                    opening = default; // behind the words: the next delta's may be another
                    break;
                case 12 when name.SequenceEqual("output_index"u8):
                    index = Index(ref reader);
                    break;
                case 15 when reader.TokenType == JsonTokenType.Number && name.SequenceEqual("sequence_number"u8):
                    (numberAt, numberEnd) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
                    break;
                case 13 when name.SequenceEqual("content_index"u8) || name.SequenceEqual("summary_index"u8):
                    part = Index(ref reader);
                    break;
            }
            if (delta is not null && type is not null && index >= 0 && part >= 0 && !keepJson)
            {
                if (name.SequenceEqual("delta"u8))
                    opening = data[..(int)(reader.TokenStartIndex + 1)];
                if (itemId.Length > 0)
                    break; // what follows says nothing more
            }
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                reader.Skip();
        }
        var frame = new ResponseEvent
        {
            Type = type,
            Delta = delta,
            OutputIndex = index,
            PartIndex = part,
            ItemId = delta is null || itemId.Length == 0 ? null : ItemId(itemId),
            Json = delta is null || keepJson ? ReadComplete(data) : default,
        };
        if (opening.Length > 0)
        {
            if (numberAt >= opening.Length)
                numberAt = -1; // it stands behind the words
            KeepOpening(opening, numberAt, numberEnd);
            (_numberAt, _lastDelta) = (numberAt, frame);
        }
        return frame;
    }

    /// <summary>The reader's options: no comments, no trailing commas, a bounded depth.</summary>
    private static JsonReaderOptions Strictness => new() { MaxDepth = LenientJson.MaxDepth };

    /// <summary>All before the words, but for the number.</summary>
    /// <param name="opening">The frame up to its words.</param>
    /// <param name="numberAt">Where the sequence number begins; -1 when it stands behind the words.</param>
    /// <param name="numberEnd">Where it ends.</param>
    private void KeepOpening(ReadOnlySpan<byte> opening, int numberAt, int numberEnd)
    {
        if (_opening.Length < opening.Length)
        {
            ReleaseOpening();
            _opening = ArrayPool<byte>.Shared.Rent(opening.Length);
        }
        var before = numberAt < 0 ? opening : opening[..numberAt];
        var behind = numberAt < 0 ? default : opening[numberEnd..];
        before.CopyTo(_opening);
        behind.CopyTo(_opening.AsSpan(before.Length));
        _openingLength = before.Length + behind.Length;
    }

    /// <summary>Gives all memory back.</summary>
    public void Dispose()
    {
        ReleaseFrame();
        ReleaseOpening();
    }

    /// <summary>Returns the opening's buffer to the pool; the next delta is read in full.</summary>
    private void ReleaseOpening()
    {
        if (_opening.Length > 0)
            ArrayPool<byte>.Shared.Return(_opening);
        (_opening, _openingLength) = ([], 0);
    }

    /// <summary>Gives the last frame's memory back.</summary>
    private void ReleaseFrame()
    {
        _frame?.Dispose();
        _frame = null;
        if (_buffer is { } rented)
            ArrayPool<byte>.Shared.Return(rented);
        _buffer = null;
    }

    /// <summary>A frame that is no delta: its JSON says the rest, and nothing is read twice.</summary>
    /// <param name="data">The UTF-8 of the frame.</param>
    /// <param name="type">Its type, read already.</param>
    private ResponseEvent Other(ReadOnlySpan<byte> data, string type)
    {
        var json = ReadComplete(data);
        return new()
        {
            Type = type,
            Delta = json.Member("delta"u8) is { ValueKind: JsonValueKind.String } delta ? delta.AsText() : null,
            OutputIndex = Index(json, "output_index"u8),
            PartIndex = Math.Max(Index(json, "content_index"u8), Index(json, "summary_index"u8)),
            Json = json,
        };
    }

    /// <summary>A member that is an index; -1 when it is missing, negative or larger than an index can be.</summary>
    private static int Index(JsonElement json, ReadOnlySpan<byte> name) => json.Integer(name) is { } index and >= 0 and <= int.MaxValue ? (int)index : -1;

    /// <summary>Parses a whole frame.</summary>
    /// <param name="data">The frame's UTF-8; invalid sequences are replaced first.</param>
    /// <returns>The root element; it is valid until the next frame is read, unless JSON is kept.</returns>
    private JsonElement ReadComplete(ReadOnlySpan<byte> data)
    {
        var utf8 = LenientJson.RepairUtf8(data);
        if (!keepJson)
            try
            {
                _buffer = ArrayPool<byte>.Shared.Rent(utf8.Length);
                utf8.CopyTo(_buffer);
                return (_frame = JsonDocument.Parse(_buffer.AsMemory(0, utf8.Length), new() { MaxDepth = LenientJson.MaxDepth })).RootElement;
            }
            catch (JsonException)
            {
                // something may stand behind the frame's object, which alone counts
            }
        var reader = new Utf8JsonReader(utf8, Strictness);
        return keepJson ? JsonElement.ParseValue(ref reader) : (_frame = JsonDocument.ParseValue(ref reader)).RootElement;
    }

    /// <summary>An item's deltas come in a row: its id becomes a string once.</summary>
    private string ItemId(ReadOnlySpan<byte> utf8)
    {
        if (!utf8.SequenceEqual(_lastItem.Utf8))
            _lastItem = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        return _lastItem.Text;
    }

    /// <summary>The text of the reader's current string token; half a surrogate pair stays half.</summary>
    private static string ReadText(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return Encoding.UTF8.GetString(reader.ValueSpan); // bytes that are no letters become replacement characters
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException) // half a surrogate pair: its other half comes with the next delta
        {
            return LenientJson.Unescape(reader.ValueSpan);
        }
    }

    /// <summary>
    /// The reader's current token as an index, also where it is written as a string or a float; -1 when it is none.
    /// </summary>
    private static int Index(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index))
            return index;
        return reader.TokenType is JsonTokenType.Number or JsonTokenType.String
            && decimal.TryParse(Encoding.UTF8.GetString(reader.ValueSpan), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number is >= 0 and <= int.MaxValue ? (int)number : -1;
    }
}

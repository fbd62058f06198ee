using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>A message item of the assistant: its parts are gathered from a history, then it writes itself.</summary>
internal sealed class AssistantMessageBuilder : InputItem
{
    /// <summary>The parts, in the order in which contents said them.</summary>
    private readonly List<Part> _parts = new(1);

    /// <summary>Backs <see cref="Identity"/>.</summary>
    private Item _identity;

    /// <summary>What contents do not say of the parts; undefined for nothing.</summary>
    private JsonElement _kept;

    /// <summary>Which part each is; undefined where they stand in order.</summary>
    private JsonElement _order;

    /// <summary>Citations, placed when all text is there; a message without a text gets an empty one for them. Null for none.</summary>
    private List<CitationAnnotation>? _citations;

    /// <summary>Whether the next text begins a part.</summary>
    private bool _next = true;

    /// <summary>A message.</summary>
    /// <param name="identity">What is known of it; default for a message of another client's.</param>
    public AssistantMessageBuilder(Item identity) => Identity = identity;

    public override string Type => "message";

    public override bool IsModels => true;

    /// <summary>What is known of it beside its parts.</summary>
    public Item Identity
    {
        get => _identity;
        set
        {
            _identity = value;
            Id = value.Id;
        }
    }

    /// <summary>The next text begins a part.</summary>
    public void NextPart() => _next = true;

    /// <summary>Adds text to the current part.</summary>
    public void AddText(string text)
    {
        if (_next || _parts[^1].Refusal is not null)
            _parts.Add(new());
        _next = false;
        _parts[^1].Append(text);
    }

    /// <summary>Adds a refusal, which is a part of its own.</summary>
    public void AddRefusal(string text) => _parts.Add(new() { Refusal = text });

    /// <summary>Adds citations.</summary>
    public void AddCitations(IEnumerable<AIAnnotation> citations) => (_citations ??= []).AddRange(citations.OfType<CitationAnnotation>());

    /// <summary>What contents do not carry: parts of other kinds, other members of parts, the true text.</summary>
    /// <param name="kept">Entry by entry what is to be added to the parts.</param>
    /// <param name="order">Which part each is that was said; undefined where they were said in their order.</param>
    public void KeepParts(JsonElement kept, JsonElement order) => (_kept, _order) = (kept, order);

    /// <summary>All contents were read.</summary>
    /// <param name="isNeeded">Whether a message without a word goes out all the same, because reasoning stands before it.</param>
    /// <returns>False when nothing is left to say.</returns>
    public bool Finish(bool isNeeded)
    {
        OrderParts();
        AddCitations();
        AddKeptParts();
        foreach (var part in _parts)
            if (!part.IsEmpty)
                return true;
        if (!isNeeded || Identity.Id is null)
            return false;
        _parts.Clear();
        _parts.Add(new());
        return true;
    }

    public override void Write(JsonBodyWriter body)
    {
        var writer = body.Json;
        writer.WriteStartObject();
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        if (Identity.Json.ValueKind == JsonValueKind.Object)
            foreach (var member in Identity.Json.EnumerateObject())
                if (!IsReserved(member.Key()))
                    Item.WriteMember(writer, member);
        writer.WriteString("id"u8, Id);
        writer.WriteString("status"u8, "completed"u8);
        writer.WriteStartArray("content"u8);
        foreach (var part in _parts)
            part.Write(writer);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Members that are written from what the message is, not from what comes back of it through browsers and stores.</summary>
    private static bool IsReserved(string member) => member.StartsWith('$') || member.Equals("id", StringComparison.OrdinalIgnoreCase) || member.Equals("type", StringComparison.OrdinalIgnoreCase)
        || member.Equals("role", StringComparison.OrdinalIgnoreCase) || member.Equals("content", StringComparison.OrdinalIgnoreCase) || member.Equals("status", StringComparison.OrdinalIgnoreCase);

    /// <summary>Texts and refusals were said as they became known; they go back in their order, and what was said of a part later joins it.</summary>
    private void OrderParts()
    {
        if (_order.ValueKind != JsonValueKind.Array || _order.GetArrayLength() != _parts.Count)
            return;
        var ordered = new SortedDictionary<int, Part>();
        var at = 0;
        foreach (var place in _order.EnumerateArray())
        {
            var part = _parts[at++];
            if (place.ValueKind != JsonValueKind.Number || !place.TryGetInt32(out var index) || ordered.TryGetValue(index, out var begun) && (begun.Refusal ?? part.Refusal) is not null)
                return; // not ours
            if (ordered.TryGetValue(index, out begun))
                begun.Append(part.Text);
            else
                ordered[index] = part;
        }
        _parts.Clear();
        _parts.AddRange(ordered.Values);
    }

    /// <summary>
    /// Parts of other kinds stand where they stood; of texts and refusals members that we do not know are taken, and the true text where
    /// the visible one is still the wrong one that was said.
    /// </summary>
    private void AddKeptParts()
    {
        if (_kept.ValueKind != JsonValueKind.Array)
            return;
        var parts = new List<Part>();
        var at = 0;
        foreach (var kept in _kept.EnumerateArray())
        {
            if (kept.Text("type") is { } type)
            {
                if (type is not ("output_text" or "refusal") && !Item.IsInput(kept)) // else somebody made it up: the service does not give it here
                    parts.Add(new() { Raw = kept });
                continue;
            }
            if (at == _parts.Count)
                continue;
            var part = _parts[at++];
            if (kept.Text("text") is { } text && kept.Text(EmittedText.Reference) == EmittedText.TextHash(part.Text))
                part.Text = text;
            if (kept.ValueKind == JsonValueKind.Object)
                part.More = kept;
            parts.Add(part);
        }
        parts.AddRange(_parts.GetRange(at, _parts.Count - at));
        _parts.Clear();
        _parts.AddRange(parts);
    }

    /// <summary>Ranges are counted from the start of the item's text; a citation without one is the last text's.</summary>
    private void AddCitations()
    {
        if (_citations is not { Count: > 0 })
            return;
        if (_parts.TrueForAll(part => part.Refusal is not null))
            _parts.Add(new());
        var texts = _parts.FindAll(part => part.Refusal is null);
        var ends = new int[texts.Count];
        for (var i = 0; i < ends.Length; i++)
            ends[i] = (i > 0 ? ends[i - 1] : 0) + texts[i].Length;
        foreach (var citation in _citations)
        {
            var start = citation.AnnotatedRegions?.OfType<TextSpanAnnotatedRegion>().FirstOrDefault()?.StartIndex ?? int.MaxValue;
            var (first, last) = (0, ends.Length - 1);
            while (first < last)
                if ((first + last) / 2 is var middle && ends[middle] > start)
                    last = middle;
                else
                    first = middle + 1;
            texts[first].Add(citation);
        }
    }

    /// <summary>A part of the message.</summary>
    private sealed class Part
    {
        /// <summary>The text while it is one content's.</summary>
        private string? _text;

        /// <summary>The text of several contents; null until there are several.</summary>
        private StringBuilder? _longer;

        /// <summary>The citations in this part; null for none.</summary>
        private List<CitationAnnotation>? _citations;

        /// <summary>The part's text.</summary>
        public string Text
        {
            get => _longer is null ? _text ?? "" : _longer.ToString();
            set => (_text, _longer) = (value, null);
        }

        /// <summary>The text's length in UTF-16 units.</summary>
        public int Length => _longer?.Length ?? _text?.Length ?? 0;

        /// <summary>A part of another kind, as it was received.</summary>
        public JsonElement Raw { get; init; }

        /// <summary>Members that we do not know.</summary>
        public JsonElement More { get; set; }

        /// <summary>Whether there is nothing to send.</summary>
        public bool IsEmpty => Refusal is null && Length == 0 && Raw.ValueKind != JsonValueKind.Object;

        /// <summary>The refusal; null for text.</summary>
        public string? Refusal { get; init; }

        /// <summary>One text stays the string it is.</summary>
        public void Append(string text)
        {
            if (_text is null)
                _text = text;
            else
                (_longer ??= new(_text)).Append(text);
        }

        /// <summary>Adds a citation.</summary>
        public void Add(CitationAnnotation citation) => (_citations ??= []).Add(citation);

        /// <summary>Writes the part.</summary>
        public void Write(Utf8JsonWriter writer)
        {
            if (Raw.ValueKind == JsonValueKind.Object)
            {
                LenientJson.Write(writer, Raw);
                return;
            }
            writer.WriteStartObject();
            if (Refusal is not null)
            {
                writer.WriteString("type"u8, "refusal"u8);
                writer.WriteString("refusal"u8, Refusal);
            }
            else
            {
                writer.WriteString("type"u8, "output_text"u8);
                writer.WriteString("text"u8, Text);
                writer.WriteStartArray("annotations"u8);
                if (_citations is not null)
                    foreach (var citation in _citations)
                        Write(writer, citation);
                writer.WriteEndArray();
                writer.WriteStartArray("logprobs"u8);
                writer.WriteEndArray();
            }
            if (More.ValueKind == JsonValueKind.Object)
                foreach (var member in More.EnumerateObject())
                    if (member.Key() is not ("$said" or "type" or "text" or "refusal" or "annotations" or "logprobs"))
                        Item.WriteMember(writer, member);
            writer.WriteEndObject();
        }

        /// <summary>Writes a citation: as received, else from what the content says.</summary>
        private static void Write(Utf8JsonWriter writer, CitationAnnotation citation)
        {
            if (ItemMap.CarriedAnnotation(citation) is { } received)
            {
                LenientJson.Write(writer, received.Json);
                return;
            }
            if (citation is { FileId: null, Url: null } && ItemMap.Claims(citation.AdditionalProperties))
                return; // it says nothing but what somebody made up
            var region = citation.AnnotatedRegions?.OfType<TextSpanAnnotatedRegion>().FirstOrDefault();
            writer.WriteStartObject();
            if (citation.FileId is { } file)
            {
                writer.WriteString("type", "file_citation");
                writer.WriteString("file_id", file);
                writer.WriteString("filename", citation.Title ?? "");
                writer.WriteNumber("index", region?.StartIndex ?? 0);
            }
            else
            {
                writer.WriteString("type", "url_citation");
                writer.WriteString("url", citation.Url?.OriginalString ?? "");
                writer.WriteString("title", citation.Title ?? "");
                writer.WriteNumber("start_index", region?.StartIndex ?? 0);
                writer.WriteNumber("end_index", region?.EndIndex ?? 0);
            }
            writer.WriteEndObject();
        }
    }
}

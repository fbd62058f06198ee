using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>A message item of the assistant while its parts are gathered from a history.</summary>
internal sealed class AssistantMessageBuilder(Item identity)
{
    private const int MostParts = 100_000;
    private List<Part> _parts = [];
    private JsonElement _kept;
    private bool _next = true;

    public Item Identity { get; set; } = identity;

    public void NextPart() => _next = true;

    public void Say(string words)
    {
        if (_next || _parts[^1].Refusal is not null)
            _parts.Add(new());
        _next = false;
        _parts[^1].Words.Append(words);
    }

    public void Refuse(string? words)
    {
        _parts.Add(new() { Refusal = words ?? "" });
        _next = true;
    }

    public void Cite(IEnumerable<AIAnnotation> citations)
    {
        if (_parts.Count == 0)
            _parts.Add(new());
        foreach (var citation in citations.OfType<CitationAnnotation>())
            PartOf(citation).Citations.Add(citation);
    }

    /// <summary>What contents do not carry: parts of other kinds, other members of parts, the true text.</summary>
    public void Keep(JsonElement kept) => _kept = kept;

    /// <summary>Null when nothing is left to say.</summary>
    /// <param name="name">Makes an id for a message without one.</param>
    /// <param name="isNeeded">Whether a message without a word goes out all the same, because reasoning stands before it.</param>
    public InputItem? ToItem(Func<string> name, bool isNeeded)
    {
        AddKeptParts();
        if (_parts.TrueForAll(part => part.IsEmpty))
        {
            if (!isNeeded || Identity.Id is null)
                return null;
            _parts = [new()];
        }
        var identity = Identity;
        return new SpokenItem(identity.Id ?? name(), (writer, id) =>
        {
            writer.WriteString("type", "message");
            writer.WriteString("role", "assistant");
            if (identity.Json.ValueKind == JsonValueKind.Object)
                foreach (var member in identity.Json.EnumerateObject())
                    if (!IsReserved(member.Key()))
                        Item.WriteMember(writer, member.Key(), member.Value);
            writer.WriteString("id", id);
            writer.WriteString("status", "completed");
            writer.WriteStartArray("content");
            foreach (var part in _parts)
                part.Write(writer);
            writer.WriteEndArray();
        });
    }

    /// <summary>Members that are written from what the message is, not from what comes back of it through browsers and stores.</summary>
    private static bool IsReserved(string member) => member.StartsWith('$')
        || ((string[])["id", "type", "role", "content", "status"]).Contains(member, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Parts of other kinds stand where they stood; of texts and refusals members that we do not know are taken, and the true text where
    /// the visible one is still the wrong one that was said.
    /// </summary>
    private void AddKeptParts()
    {
        if (_kept.ValueKind != JsonValueKind.Array)
            return;
        var at = 0;
        foreach (var kept in _kept.EnumerateArray())
        {
            if (kept.Text("type") is { } type)
            {
                if (type is "output_text" or "refusal" || type.StartsWith("input_", StringComparison.OrdinalIgnoreCase) || _parts.Count >= MostParts)
                    continue; // not what the service gives: somebody made it up
                _parts.Insert(Math.Min(at, _parts.Count), new() { Raw = kept });
            }
            else if (at < _parts.Count && kept.ValueKind == JsonValueKind.Object)
            {
                if (kept.Text("text") is { } text && kept.Text("$said") == ReasoningEnvelope.TextHash(_parts[at].Words.ToString()))
                    _parts[at].Words.Clear().Append(text);
                _parts[at].More = kept;
            }
            at++;
        }
    }

    /// <summary>Ranges are counted from the start of the item's text.</summary>
    private Part PartOf(CitationAnnotation citation)
    {
        var start = citation.AnnotatedRegions?.OfType<TextSpanAnnotatedRegion>().FirstOrDefault()?.StartIndex ?? int.MaxValue;
        foreach (var part in _parts)
            if ((start -= part.Words.Length) < 0)
                return part;
        return _parts[^1];
    }

    private sealed class Part(string text = "")
    {
        public StringBuilder Words { get; } = new(text);

        /// <summary>A part of another kind, as it was received.</summary>
        public JsonElement Raw { get; init; }

        /// <summary>Members that we do not know.</summary>
        public JsonElement More { get; set; }

        public bool IsEmpty => Refusal is null && Words.Length == 0 && Raw.ValueKind != JsonValueKind.Object;

        public List<CitationAnnotation> Citations { get; } = [];

        public string? Refusal { get; init; }

        public void Write(Utf8JsonWriter writer)
        {
            if (Raw.ValueKind == JsonValueKind.Object)
            {
                writer.WriteRawValue(Raw.Raw(), skipInputValidation: true);
                return;
            }
            writer.WriteStartObject();
            if (Refusal is not null)
            {
                writer.WriteString("type", "refusal");
                writer.WriteString("refusal", Refusal);
            }
            else
            {
                writer.WriteString("type", "output_text");
                writer.WriteString("text", Words.ToString());
                writer.WriteStartArray("annotations");
                foreach (var citation in Citations)
                    Write(writer, citation);
                writer.WriteEndArray();
                writer.WriteStartArray("logprobs");
                writer.WriteEndArray();
            }
            if (More.ValueKind == JsonValueKind.Object)
                foreach (var member in More.EnumerateObject())
                    if (member.Key() is not ("$said" or "type" or "text" or "refusal" or "annotations" or "logprobs"))
                        Item.WriteMember(writer, member.Key(), member.Value);
            writer.WriteEndObject();
        }

        private static void Write(Utf8JsonWriter writer, CitationAnnotation citation)
        {
            if (ItemMap.Carried(citation.AdditionalProperties) is { } received)
            {
                writer.WriteRawValue(received.Json.Raw(), skipInputValidation: true);
                return;
            }
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

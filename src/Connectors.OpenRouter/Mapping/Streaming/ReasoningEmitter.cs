using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Emits reasoning items: readable thoughts, then an envelope that holds the whole item.</summary>
internal sealed class ReasoningEmitter(ResponseState state, ContentEmitter contents)
{
    /// <summary>Parts two parts of one item.</summary>
    private const string BlankLine = "\n\n";
    private readonly EmittedContents _emitted = contents.Emitted;

    /// <summary>Counts the ids of reasoning items, to tell items of one id apart.</summary>
    private RepeatedIds _ids;

    /// <summary>Text of the active reasoning item.</summary>
    public void EmitText(OutputItem item, DeltaKind kind, int part, string text)
    {
        if (item is { Echo: < 0, Echoed: { } echoed })
        {
            item.Echoed = null; // it was no repetition
            foreach (var run in echoed)
                EmitText(item, run.Kind, run.Index, run.Text.ToString());
        }
        if (item.Last is { } last && last.Kind == kind && (last.Index == part || part < 0) && last.End == _emitted.Length)
            contents.Continue(item, new TextReasoningContent(text));
        else
            EmitPart(item, kind, part, text);
    }

    /// <summary>What a second dialect said that the first has not said: nothing else repeats it when the item ends unfinished.</summary>
    public void EmitAhead(OutputItem item)
    {
        if (item.Ahead is not { Length: > 0 } ahead)
            return;
        var kind = item.Last!.Kind;
        if (!SecondDialect.Repeats(item, kind, OutputItems.Nowhere, "", _emitted) && item.Echoed is [.., var last])
        {
            item.Echoed.RemoveAt(item.Echoed.Count - 1);
            EmitText(item, last.Kind, last.Index, last.Text.ToString()); // with what was kept before it
        }
        else if (ahead.Length > 0)
            EmitText(item, kind, OutputItems.Nowhere, ahead.ToString());
        ahead.Clear();
    }

    /// <summary>Emits of a finished reasoning item what has not been emitted of it, and seals it. A second envelope follows only where more is known.</summary>
    public void Emit(OutputItem item, Item finished)
    {
        if (item.Held is not null && finished.ReasoningParts().Count == 0)
            finished = WithTexts(item, finished); // no end repeats them
        string? replaced = null;
        if (item.Envelope is not null)
        {
            if (item.Envelope == ReasoningEnvelope.Pack(finished, Run(item), place: item.SentPlace, key: finished.Id is null ? item.Key : null))
                return;
            var known = ReasoningEnvelope.Open(item.Envelope, Encoding.UTF8.GetString(Run(item))).Item;
            if (known.Json.ValueKind != JsonValueKind.Object)
                return; // an item that would not come out again has nothing to be replaced
            finished = item.State == ItemState.Emitted ? known.With(finished) : finished;
            if (known.Json.JsonEquals(finished.Json))
                return;
            if (known.Id != finished.Id)
            {
                replaced = known.Id is { } before ? ReasoningEnvelope.Key(before, item.SentPlace) : item.Key;
                item.Nth = finished.Id is { } id ? _ids.Count(id) : 1;
            }
            item.Id = finished.Id;
            item.RunStart = _emitted.Length; // whatever follows stands before a second envelope
        }
        if (state.Facts.EmitReasoning)
            EmitReasoning(item, finished);
        Seal(item, finished, replaced);
    }

    /// <summary>Closes a reasoning item: an empty content whose protected data is the whole item.</summary>
    public void Seal(OutputItem item, Item finished, string? replaced = null)
    {
        if (!item.HasText)
            item.RunStart = _emitted.Length;
        item.RunEnd = _emitted.Length;
        var id = finished.IdLike(item.Id);
        if (item.Envelope is null && id is not null)
            item.Nth = _ids.Count(id);
        else if (item.Envelope is null)
            item.Key = $"#{item.Sequence}"; // its id comes later, if at all
        item.Id = id ?? item.Id; // as it is called from now on
        item.Envelope = ReasoningEnvelope.Pack(finished, Run(item), replaced, item.SentPlace, id is null ? item.Key : null);
        contents.AddEnvelope(item.Envelope);
        contents.HasReasoning = true;
    }

    /// <summary>A reasoning item as far as it is known: as announced, with the text that was emitted.</summary>
    public Item Assemble(OutputItem item)
    {
        var known = item.Known.Json.ValueKind == JsonValueKind.Object ? item.Known : Item.Build(writer =>
        {
            writer.WriteString("type", "reasoning");
            if (item.Id is not null)
                writer.WriteString("id", item.Id);
            writer.WriteStartArray("summary");
            writer.WriteEndArray();
        });
        return known.ReasoningParts().Count > 0 || !item.HasText && item.Held is null ? known : WithTexts(item, known);
    }

    /// <summary>An item with the text that has arrived of it.</summary>
    private Item WithTexts(OutputItem item, Item known) => known.With(Item.Build(writer =>
    {
        WriteParts(writer, "summary", "summary_text", Texts(item, isSummary: true));
        WriteParts(writer, "content", "reasoning_text", Texts(item, isSummary: false));
    }));

    /// <summary>The text that stands directly before the item's envelope.</summary>
    private ReadOnlySpan<byte> Run(OutputItem item) => _emitted.Text(item.RunStart, item.RunEnd);

    /// <summary>Emits the readable parts that have not been emitted.</summary>
    private void EmitReasoning(OutputItem item, Item finished)
    {
        var pending = new PendingText(item, _emitted);
        foreach (var (text, isSummary, index) in pending.ReasoningParts(finished))
        {
            var kind = isSummary ? DeltaKind.Summary : DeltaKind.ReasoningText;
            if (pending.OfReasoning(text, kind, index) is not { Length: > 0 } rest)
                continue;
            if (item.Last is { } last && last.End == _emitted.Length && item.Envelope is null && pending.IsRest(text))
                contents.Continue(item, new TextReasoningContent(rest));
            else
                EmitPart(item, kind, OutputItems.Nowhere, rest);
        }
    }

    /// <summary>Emits the first text of an item or of a part; later parts begin with a blank line.</summary>
    private void EmitPart(OutputItem item, DeltaKind kind, int part, string text)
    {
        if (!item.HasText)
            item.RunStart = _emitted.Length;
        var isLater = item.HasText && item.RunStart < _emitted.Length;
        var begin = _emitted.Length + (isLater ? BlankLine.Length : 0);
        contents.Add(new TextReasoningContent(isLater ? BlankLine + text : text)
        {
            AdditionalProperties = item.HasText ? null : new() { [ItemMap.ReasoningKey] = kind == DeltaKind.Summary ? "summary" : "text" },
        });
        item.AddPart(kind, part, begin, _emitted.Length);
    }

    /// <summary>What has arrived of a reasoning item's parts, emitted or held, by turns or not.</summary>
    private List<HeldText> Texts(OutputItem item, bool isSummary)
    {
        var texts = new List<HeldText>();
        var numbered = new Dictionary<(DeltaKind Kind, int Index), HeldText>();
        foreach (var part in item.Parts)
            if (part.Kind == DeltaKind.Summary == isSummary)
                Text(part.Kind, part.Index, goesOn: false).Append(Encoding.UTF8.GetString(_emitted.Text(part.Start, part.End)));
        foreach (var held in item.Held ?? [])
            if (held.Kind == DeltaKind.Summary == isSummary)
                Text(held.Kind, held.Index, goesOn: held.Index < 0).Append(held.Text);
        return texts;

        StringBuilder Text(DeltaKind kind, int index, bool goesOn)
        {
            if (goesOn && texts is [.., var last] && last.Kind == kind)
                return last.Text;
            if (index >= 0 && numbered.TryGetValue((kind, index), out var begun))
                return begun.Text;
            texts.Add(new(kind, index));
            if (index >= 0)
                numbered[(kind, index)] = texts[^1];
            return texts[^1].Text;
        }
    }

    /// <summary>Writes parts as the member of an item; nothing for none.</summary>
    private static void WriteParts(Utf8JsonWriter writer, string member, string type, List<HeldText> texts)
    {
        if (texts.Count == 0)
            return;
        writer.WriteStartArray(member);
        foreach (var text in texts)
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteString("text", text.Text.ToString());
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}

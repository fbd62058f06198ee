using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Who has the floor. Words are said as they arrive; an item that was not heard is said when it is finished and no
/// earlier one is open; what is left is said at the end, because the terminal response is the truth. Items never
/// interleave in what is said, and nothing is said twice.
/// </summary>
internal sealed partial class EventMap
{
    private const int Nowhere = -1;
    private const string BlankLine = "\n\n";
    private OutputItem? _speaker;
    private OutputItem? _lastMessage;
    private int _places;
    private bool _refused;
    private bool _called;

    private ChatResponseUpdate? Hear(in ResponseEvent e, DeltaKind voice, string? words)
    {
        if (words is null || words.Length == 0)
            return null;
        var item = _speaker is { } speaker && speaker.Index == e.OutputIndex && speaker.Index >= 0 && speaker.Kind == KindOf(voice) ? speaker : Owner(e, voice);
        if (item is null)
            return null;
        if (!ReferenceEquals(item, _speaker) || item.Last is not { } part || part.DeltaKind != voice || part.Index != e.PartIndex && e.PartIndex >= 0
            || item.HalfPair != 0 || char.IsHighSurrogate(words[^1]) || item.Interrupted)
            return Speak(item, voice, e.PartIndex, words, e.Json);

        // The path of nearly every word: one string, one content, one list, one update.
        _emitted.Append(words, voice != DeltaKind.Answer);
        part.End = _emitted.Length;
        return Stamp(new(1) { voice == DeltaKind.Answer ? new TextContent(words) : new TextReasoningContent(words) }, facts.RawEvents ? e.Json : null);
    }

    /// <summary>Words that came without deltas, in the event that closes their part.</summary>
    private ChatResponseUpdate? HearLate(in ResponseEvent e, DeltaKind voice, string member) =>
        Owner(e, voice) is { } item && !item.Heard(e.PartIndex) && e.Json.Text(member) is { Length: > 0 } words ? Speak(item, voice, e.PartIndex, words, e.Json) : null;

    private ChatResponseUpdate? Speak(OutputItem item, DeltaKind voice, int part, string words, JsonElement raw)
    {
        if (item.Told || item.Interrupted || voice != DeltaKind.Answer && !facts.SayReasoning)
            return null; // what is missing is said at the end
        words = WholePairs(item, words);
        if (item.Last is { } spoken && voice != spoken.DeltaKind)
            words = Fresh(item, words);
        if (words.Length == 0)
            return null;
        var contents = new List<AIContent>(2);
        TakeFloor(item, contents);
        if (item.Last is { } last && last.DeltaKind == voice && (last.Index == part || part < 0))
            GoOn(item, voice == DeltaKind.Answer ? new TextContent(words) : new TextReasoningContent(words), contents);
        else
            SayWords(item, voice, part, words, contents);
        return Say(contents, raw);
    }

    /// <summary>Says the first words of an item or of a part.</summary>
    private void SayWords(OutputItem item, DeltaKind voice, int part, string words, List<AIContent> contents)
    {
        if (voice == DeltaKind.Answer)
        {
            var goesOn = ReferenceEquals(_lastMessage, item);
            if (_lastMessage is not null && !goesOn)
                Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.Boundary }, contents);
            else if (item.Last is { } last && part >= 0 && last.Index != part)
                Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.PartBoundary }, contents);
            var start = _emitted.Length;
            Add(new TextContent(words) { AdditionalProperties = item.Identify(again: !goesOn) }, contents);
            _lastMessage = item;
            item.Spoke(voice, part, start, _emitted.Length);
            return;
        }
        if (!item.WasHeard)
            item.RunStart = _emitted.Length;
        var later = item.WasHeard && item.RunStart < _emitted.Length;
        var begin = _emitted.Length + (later ? BlankLine.Length : 0);
        Add(new TextReasoningContent(later ? BlankLine + words : words)
        {
            AdditionalProperties = item.WasHeard ? null : new() { [ItemMap.ReasoningKey] = voice == DeltaKind.Summary ? "summary" : "text" },
        }, contents);
        item.Spoke(voice, part, begin, _emitted.Length);
    }

    /// <summary>Before another item's first word: what is finished is said, and open reasoning is closed with what is known of it.</summary>
    private void TakeFloor(OutputItem item, List<AIContent> contents)
    {
        if (ReferenceEquals(item, _speaker))
            return;
        if (_speaker is { Told: false, Kind: ItemKind.Message } interrupted)
            interrupted.Interrupted = true;
        foreach (var earlier in _items.Where(other => !ReferenceEquals(other, item) && !other.Told && !other.Interrupted && (other.Index < item.Index || other.WasHeard)).OrderBy(other => other.Index).ToList())
            if (!earlier.Unfinished && earlier.Known.Json.ValueKind == JsonValueKind.Object)
                Tell(earlier, earlier.Known, contents);
            else if (earlier.Kind == ItemKind.Reasoning)
            {
                Seal(earlier, Assemble(earlier), contents);
                earlier.Interrupted = true;
            }
        (_speaker, item.Place) = (item, PlaceOf(item));
    }

    private int PlaceOf(OutputItem item) => item.Place > 0 ? item.Place : ++_places;

    /// <summary>An item is finished: said now if it has the floor, else when its turn comes.</summary>
    private void Finish(int index, Item finished, List<AIContent> contents)
    {
        var item = Match(index, finished) ?? Add(index, finished.Kind);
        (item.Id, item.CallId, item.Index) = (finished.Id ?? item.Id, finished.CallId, item.Index < 0 ? index : item.Index);
        if (item.Told)
            return; // the terminal response settles it
        if (item.Interrupted)
        {
            item.Known = new(finished.Json.Clone());
            return; // and what it leaves out is known
        }
        if (item.Kind == ItemKind.FunctionCall && finished.Arguments.Length == 0 && item.Arguments is not { Length: > 0 })
        {
            (item.Known, item.Unfinished) = (new(finished.Json.Clone()), true);
            return; // 09-tool-args-only-at-end.sse
        }
        if (ReferenceEquals(item, _speaker))
        {
            Tell(item, finished, contents);
            _speaker = null;
        }
        else
            (item.Known, item.Unfinished) = (new(finished.Json.Clone()), false);
        if (_speaker is { Told: false, Interrupted: false })
            return;
        TellFinished(contents, next => !next.Unfinished);
    }

    /// <summary>What is finished and unsaid, in its order: up to the first item that is still open, or past it when nothing more will come.</summary>
    private void TellFinished(List<AIContent> contents, Func<OutputItem, bool>? until = null)
    {
        foreach (var next in _items.Where(next => !next.Told && !next.Interrupted).OrderBy(next => next.Index).TakeWhile(until ?? (_ => true)).ToList())
            if (!next.Unfinished && next.Known.Json.ValueKind == JsonValueKind.Object)
                Tell(next, next.Known, contents);
    }

    /// <summary>The terminal response is the truth: what of it has not been said is said now, in its order.</summary>
    private void TellTheRest(JsonElement response, bool truncated, List<AIContent> contents)
    {
        var settled = new List<OutputItem>();
        var finished = new List<Item>();
        var output = response.Array("output").Select(json => new Item(json)).ToList();
        var ids = output.Select(item => item.Id).OfType<string>().ToHashSet();
        foreach (var item in output)
        {
            var heard = Match(finished.Count, item, settled, ids) ?? Add(finished.Count, item.Kind);
            settled.Add(heard);
            finished.Add(heard.Known.With(item));
            heard.Id ??= item.Id;
        }
        var answered = finished.Where(item => item.Kind == ItemKind.FunctionCallOutput).Select(item => item.CallId).ToHashSet();
        if (_speaker is { } speaker && settled.IndexOf(speaker) is var at and >= 0)
            Settle(at); // who is speaking ends first
        for (var i = 0; i < settled.Count; i++)
            if (!ReferenceEquals(settled[i], _speaker))
                Settle(i);
        foreach (var item in _items.Where(item => !item.Told && !settled.Contains(item)).OrderBy(item => item.Index).ToList())
            if (item.Kind is ItemKind.Reasoning or ItemKind.Message || item.Known.Json.ValueKind == JsonValueKind.Object)
                Tell(item, item.Kind is ItemKind.Reasoning or ItemKind.Message ? Assemble(item) : item.Known, contents, truncated);
        if (!IsDisordered(settled))
            return;
        for (var i = 0; i < settled.Count; i++)
            if (settled[i] is { Kind: ItemKind.Message, WasHeard: true, IsNameless: true }) // only a name can be put in order
                Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.Pack(finished[i].Identity(), []) }, contents);
        Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.Order(settled.Select(item => item.SaidId).OfType<string>()) }, contents);

        void Settle(int i) => Tell(settled[i], finished[i], contents, truncated, finished[i].CallId is { } id && answered.Contains(id));
    }

    /// <summary>Whether an item was said after one that stands behind it in the answer.</summary>
    private static bool IsDisordered(List<OutputItem> items) => items.Zip(items.Skip(1), (one, next) => one.Place > next.Place).Any(late => late);

    /// <summary>Says of an item what has not been said of it.</summary>
    private void Tell(OutputItem open, Item item, List<AIContent> contents, bool truncated = false, bool answered = false)
    {
        open.Place = PlaceOf(open);
        switch (open.Kind)
        {
            case ItemKind.Message:
                TellMessage(open, item, contents);
                break;
            case ItemKind.Reasoning:
                TellThoughts(open, item, contents);
                break;
            case ItemKind.FunctionCall when item.Arguments.Length == 0 && open.Arguments is { Length: > 0 } arguments:
                open.Arguments = null;
                Tell(open, item.With(Item.Build(writer => writer.WriteString("arguments", arguments.ToString()))), contents, truncated, answered);
                return;
            default:
                if (!open.Told)
                    foreach (var content in ItemMap.Whole(item, truncated, answered))
                        Add(content, contents);
                if (open.Kind == ItemKind.FunctionCall)
                    _called = !answered || _called;
                break;
        }
        (open.Told, open.Unfinished, open.Known) = (true, false, default);
    }

    private void TellMessage(OutputItem open, Item item, List<AIContent> contents)
    {
        open.Known = item;
        var part = 0;
        foreach (var json in item.Content)
        {
            if (json.Text("refusal") is { Length: > 0 } refusal && !open.Refused)
            {
                var content = ItemMap.Refusal(refusal);
                content.AdditionalProperties = open.Identify(again: false);
                Add(content, contents);
                open.Refused = _refused = true;
            }
            else if (json.Member("text") is { ValueKind: JsonValueKind.String } text && Unsaid(open, item, part, text) is { Length: > 0 } words)
            {
                if (open.Last is { } last && (last.Index == part || last.Index < 0) && ReferenceEquals(open, _lastMessage))
                    GoOn(open, new TextContent(words), contents);
                else
                    SayWords(open, DeltaKind.Answer, part, words, contents);
            }
            part++;
        }
        if (!open.Cited && Citations(open, item) is { Count: > 0 } citations)
        {
            Add(new TextContent("") { Annotations = citations, AdditionalProperties = open.Identify(again: !ReferenceEquals(_lastMessage, open)) }, contents);
            open.Cited = true;
        }
        if (open.LateFacts(item) is { } late)
            Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.Pack(late, []) }, contents);
    }

    private static List<AIAnnotation> Citations(OutputItem open, Item item) =>
        ItemMap.Citations(item) is { Count: > 0 } citations ? citations
        : open.Citations is null ? []
        : ItemMap.Citations(Item.Build(writer =>
        {
            writer.WriteStartArray("content");
            writer.WriteStartObject();
            writer.WriteString("text", string.Concat(item.Content.Select(part => part.Text("text"))));
            writer.WriteStartArray("annotations");
            foreach (var annotation in open.Citations)
                annotation.WriteTo(writer);
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndArray();
        }));

    private void TellThoughts(OutputItem open, Item item, List<AIContent> contents)
    {
        string? replaced = null;
        if (open.Envelope is not null)
        {
            if (open.Envelope == ReasoningEnvelope.Pack(item, _emitted.Words(open.RunStart, open.RunEnd)))
                return;
            var known = ReasoningEnvelope.Open(open.Envelope, Encoding.UTF8.GetString(_emitted.Words(open.RunStart, open.RunEnd))).Item;
            item = open.Told ? known.With(item) : item;
            if (known.Json.JsonEquals(item.Json))
                return;
            replaced = known.Id == item.Id ? null : known.Id;
            open.Id = item.Id;
            open.RunStart = _emitted.Length; // whatever follows stands before a second envelope
        }
        foreach (var thought in facts.SayReasoning ? item.Thoughts() : [])
            if (Unsaid(open, thought) is { Length: > 0 } words)
            {
                if (open.Last is { } last && last.End == _emitted.Length && open.Envelope is null && IsRest(open, thought))
                    GoOn(open, new TextReasoningContent(words), contents);
                else
                    SayWords(open, item.Json.Array("summary").Any(part => part.Text("text") == thought.AsText()) ? DeltaKind.Summary : DeltaKind.Thinking, Nowhere, words, contents);
            }
        Seal(open, item, contents, replaced);
    }

    /// <summary>Closes a reasoning item: an empty content whose protected data is the whole item.</summary>
    private void Seal(OutputItem open, Item item, List<AIContent> contents, string? replaced = null)
    {
        open.Place = PlaceOf(open);
        if (!open.WasHeard)
            open.RunStart = _emitted.Length;
        open.RunEnd = _emitted.Length;
        open.Envelope = ReasoningEnvelope.Pack(item, _emitted.Words(open.RunStart, open.RunEnd), replaced);
        Add(new TextReasoningContent("") { ProtectedData = open.Envelope }, contents);
    }

    /// <summary>The rest of a part whose beginning was said just before.</summary>
    private void GoOn(OutputItem open, AIContent rest, List<AIContent> contents)
    {
        Add(rest, contents);
        open.Last!.End = _emitted.Length;
    }

    private void Add(AIContent content, List<AIContent> contents)
    {
        _emitted.Add(content);
        contents.Add(content);
        if (content is not TextContent)
            _lastMessage = null;
    }
}

using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Decides what is emitted when. Deltas of the active item are emitted at once; other items are held until they are finished and no
/// earlier one is open; what is left is emitted at the end, because the terminal response is the truth. Items never interleave in
/// what is emitted, and nothing is emitted twice.
/// </summary>
internal sealed class ItemEmitter(ResponseState state) : IDisposable
{
    private const string BlankLine = "\n\n";
    private readonly EmittedContents _emitted = new();
    private readonly OutputItems _items = new();
    private readonly HashSet<string> _answered = [];
    private readonly Dictionary<string, int> _reasoningIds = [];
    private OutputItem? _active;
    private OutputItem? _lastMessage;
    private OutputItem? _begunMessage; // its end is to come: no other message may begin before it
    private bool _anyMessage;
    private int _unnamed;
    private bool _saidSomething;
    private int _places;
    private bool _isCorrected;
    private bool _refused;
    private bool _called;

    public ChatResponseUpdate? OnDelta(in ResponseEvent e, DeltaKind kind, string? text)
    {
        if (text is null || text.Length == 0)
            return null;
        var item = _active is { } active && active.Index == e.OutputIndex && active.Index >= 0 && active.Kind == KindOf(kind) ? active
            : _items.Owner(e.OutputIndex, e.ItemId ?? e.Json.Text("item_id"), KindOf(kind));
        if (item is null)
            return null;
        if (!ReferenceEquals(item, _active) || item.Last is not { } part || part.Kind != kind || part.Index != e.PartIndex && e.PartIndex >= 0
            || item.HalfPair != 0 || char.IsHighSurrogate(text[text.Length - 1]) || item.State != ItemState.Open)
            return EmitText(item, kind, e.PartIndex, text, e.Json);

        // The path of nearly every word: one string, one content, one list, one update.
        _emitted.Append(text, kind != DeltaKind.Answer);
        part.End = _emitted.Length;
        _saidSomething |= kind == DeltaKind.Answer;
        return state.Delta(kind == DeltaKind.Answer ? new TextContent(text) : new TextReasoningContent(text), e.Json);
    }

    /// <summary>Text that came without deltas, in the event that closes its part.</summary>
    public ChatResponseUpdate? OnTextDone(in ResponseEvent e, DeltaKind kind, string member) =>
        _items.Owner(e.OutputIndex, e.ItemId ?? e.Json.Text("item_id"), KindOf(kind)) is { } item && !item.HasPart(e.PartIndex) && e.Json.Text(member) is { Length: > 0 } text
            ? EmitText(item, kind, e.PartIndex, text, e.Json)
            : null;

    /// <summary>A refusal is emitted with its item's end, once.</summary>
    public ChatResponseUpdate? OnRefusal(in ResponseEvent e, string? text, bool isWhole)
    {
        if (text is { Length: > 0 } && _items.Owner(e.OutputIndex, e.ItemId ?? e.Json.Text("item_id"), ItemKind.Message) is { } item)
        {
            if (isWhole)
                item.Refusal?.Clear();
            (item.Refusal ??= new()).Append(text);
        }
        return isWhole ? null : state.Raw(e.Json);
    }

    public ChatResponseUpdate? OnAnnotation(in ResponseEvent e)
    {
        if (e.Json.Member("annotation") is { ValueKind: JsonValueKind.Object } annotation && _items.Owner(e.OutputIndex, e.ItemId ?? e.Json.Text("item_id"), ItemKind.Message) is { } item)
            (item.Citations ??= []).Add(annotation.Clone());
        return null;
    }

    /// <param name="e">An event of a call's arguments, or any that only those see who asked for raw events.</param>
    /// <param name="delta">The new piece; null where the event holds all of them.</param>
    public ChatResponseUpdate? OnArguments(in ResponseEvent e, string? delta)
    {
        if (_items.Find(e.OutputIndex, e.Json.Text("item_id") ?? e.ItemId) is { Kind: ItemKind.FunctionCall } call)
        {
            if (delta is not null)
                (call.Arguments ??= new()).Append(delta);
            else if (e.Json.Text("arguments") is { Length: > 0 } arguments)
                call.Arguments = new(arguments);
        }
        return delta is null && e.Delta is null && e.Json.Member("arguments") is not null ? null : state.Raw(e.Json);
    }

    public ChatResponseUpdate? OnItemAdded(in ResponseEvent e)
    {
        if (e.Json.Member("item") is not { ValueKind: JsonValueKind.Object } json)
            return null;
        var known = new Item(json.Clone());
        var item = _items.Find(e.OutputIndex, known.Id) is { } early && early.Fits(known) && (early.Known.Json.ValueKind != JsonValueKind.Object || early.Id == known.Id) ? early : _items.Add(e.OutputIndex, known.Kind);
        _items.Name(item, known.Id);
        if (item.State is ItemState.Open or ItemState.Interrupted)
            (item.CallId, item.Known, item.IsAnnounced) = (known.CallId, known, true);
        if (known.Kind == ItemKind.FunctionCallOutput && known.CallId is { } answered)
            _answered.Add(answered);
        return null;
    }

    public ChatResponseUpdate? OnItemDone(in ResponseEvent e)
    {
        if (e.Json.Member("item") is { ValueKind: JsonValueKind.Object } json)
            Finish(e.OutputIndex, new(json));
        return state.Take(e.Json);
    }

    public ChatResponseUpdate? OnEnd(JsonElement response, bool incomplete, JsonElement raw)
    {
        state.Read(response);
        var items = EmitFromTerminalResponse(response, truncated: incomplete || response.Member("incomplete_details") is not null);
        var update = state.Take(raw);
        if (response.Text("error_type") is { Length: > 0 } type)
            state.Warn($"The service ended the answer with `{type}`{(type is "context_length_exceeded" or "token_limit_exceeded" or "string_too_long" or "max_tokens_exceeded" ? ": the input was too long, not the answer. Shorten the history" : "")}.");
        if (!incomplete && !_saidSomething && response.Text("status") != "incomplete")
            state.Warn(_emitted.IsEmpty ? "The answer is complete and empty: the model said nothing. Ask again, or name another provider in `provider.order`."
                : "The answer holds only reasoning: the model thought and said nothing. Ask again, or give it more room with MaxOutputTokens.");
        state.Complete(response, ResponseMap.FinishReason(response, incomplete, _refused, _called), Logprobs(response, items), _emitted.IsEmpty, raw);
        return update;
    }

    /// <summary>What a failed answer brought: it is part of what was said when the call broke.</summary>
    public void OnPartialOutput(JsonElement response)
    {
        if (response.Member("output") is { ValueKind: JsonValueKind.Array })
            EmitFromTerminalResponse(response, truncated: true);
    }

    public ChatResponse? ToPartial()
    {
        foreach (var item in _items.All.Where(item => item.State == ItemState.Finished || item is { Kind: ItemKind.Message, Held: not null }).OrderBy(item => item.Index).ToList())
            if (item.State == ItemState.Finished)
                Emit(item, item.Known, truncated: false);
            else
                EmitHeld(item);
        foreach (var item in _items.All)
            if (item is { Kind: ItemKind.Message, State: not ItemState.Emitted, IsRefused: false, Refusal: not null })
                EmitRefusal(item, item.Refusal.ToString());
        return state.ToPartial(_emitted.ToMessages(_firstMessageId ?? state.MessageId));
    }

    public void Dispose() => _emitted.Dispose();

    private static ItemKind KindOf(DeltaKind kind) => kind == DeltaKind.Answer ? ItemKind.Message : ItemKind.Reasoning;

    private string? _firstMessageId;

    private ChatResponseUpdate? EmitText(OutputItem item, DeltaKind kind, int part, string text, JsonElement raw)
    {
        if (item.State is ItemState.Emitted or ItemState.Finished)
            return null; // what is missing is emitted at the end
        text = SurrogatePairs.Join(item, text);
        if (item.State == ItemState.Interrupted || (kind == DeltaKind.Answer ? !MayBegin(item) : !state.Facts.SayReasoning))
        {
            item.Hold(kind, part, text);
            return null;
        }
        if (item.Last is { } spoken && kind != spoken.Kind)
            text = SecondDialect.NewText(item, text, _emitted);
        if (text.Length == 0)
            return null;
        SwitchTo(item);
        if (kind == DeltaKind.Answer && item.IsAnnounced)
            _begunMessage = item;
        EmitHeld(item);
        EmitRun(item, kind, part, text);
        return state.Take(raw);
    }

    /// <summary>A message may not begin while another has begun whose end will be told: what is still to come of that one would follow in the wrong message.</summary>
    private bool MayBegin(OutputItem item) => _begunMessage is null || ReferenceEquals(_begunMessage, item);

    private void EmitRun(OutputItem item, DeltaKind kind, int part, string text)
    {
        if (item.Last is { } last && last.Kind == kind && (last.Index == part || part < 0) && last.End == _emitted.Length && (kind != DeltaKind.Answer || ReferenceEquals(item, _lastMessage)))
            Continue(item, kind == DeltaKind.Answer ? new TextContent(text) : new TextReasoningContent(text));
        else
            EmitPart(item, kind, part, text);
    }

    private void EmitHeld(OutputItem item)
    {
        var held = item.Held;
        item.Held = null;
        foreach (var run in held ?? [])
            if (run.Text.Length > 0)
                EmitRun(item, run.Kind, run.Index, run.Text.ToString());
    }

    /// <summary>Emits the first text of an item or of a part.</summary>
    private void EmitPart(OutputItem item, DeltaKind kind, int part, string text)
    {
        if (kind == DeltaKind.Answer)
        {
            var continues = ReferenceEquals(_lastMessage, item);
            var afterMessage = _lastMessage is not null && !continues;
            BeginMessage(item);
            if (afterMessage)
                Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.Boundary });
            if (item.Last is { } before && part >= 0 && before.Index != part)
                Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.PartBoundary });
            var start = _emitted.Length;
            var identity = item.Identify(again: !continues);
            if (!item.WasHeard && identity is null)
                item.Unnamed = ++_unnamed;
            Add(new TextContent(text) { AdditionalProperties = identity });
            _lastMessage = item;
            item.Begin(kind, part, start, _emitted.Length);
            return;
        }
        if (!item.WasHeard)
            item.RunStart = _emitted.Length;
        var isLater = item.WasHeard && item.RunStart < _emitted.Length;
        var begin = _emitted.Length + (isLater ? BlankLine.Length : 0);
        Add(new TextReasoningContent(isLater ? BlankLine + text : text)
        {
            AdditionalProperties = item.WasHeard ? null : new() { [ItemMap.ReasoningKey] = kind == DeltaKind.Summary ? "summary" : "text" },
        });
        item.Begin(kind, part, begin, _emitted.Length);
    }

    /// <summary>The first word of a second message item, a third, ... begins a message of its own.</summary>
    private void BeginMessage(OutputItem item)
    {
        if (item.WasHeard || item.IsRefused)
            return;
        _firstMessageId ??= state.MessageId;
        if (_anyMessage)
        {
            state.BeginMessage();
            _emitted.BeginMessage(state.MessageId);
        }
        _anyMessage = true;
    }

    /// <summary>The active item ends before another speaks: open reasoning is sealed with what is known of it, and what is finished and stands before is emitted.</summary>
    private void SwitchTo(OutputItem item)
    {
        if (ReferenceEquals(item, _active))
            return;
        if (_active is { State: ItemState.Open } before)
            Interrupt(before);
        foreach (var earlier in _items.Before(item))
            if (ReferenceEquals(earlier, item))
                continue;
            else if (earlier.State == ItemState.Finished && earlier.Kind == ItemKind.Message && !MayBegin(earlier))
                continue;
            else if (earlier.State == ItemState.Finished)
                Emit(earlier, earlier.Known, truncated: false);
            else
                Interrupt(earlier);
        (_active, item.Place) = (item, PlaceOf(item));
    }

    private void Interrupt(OutputItem item)
    {
        if (item.Kind == ItemKind.Reasoning)
            Seal(item, Assemble(item));
        _items.Become(item, ItemState.Interrupted);
    }

    private int PlaceOf(OutputItem item) => item.Place > 0 ? item.Place : ++_places;

    /// <summary>An item is finished: emitted now if it is the active one, else when its turn comes.</summary>
    private void Finish(int index, Item finished)
    {
        var item = _items.Match(index, finished, candidate => UnsaidText.Begins(finished, candidate, _emitted)) ?? _items.Add(index, finished.Kind);
        _items.Name(item, finished.Id);
        _items.Place(item, index);
        item.CallId = finished.CallId;
        if (finished.Kind == ItemKind.Message)
            item.Logprobs = ResponseMap.Logprobs(finished);
        if (finished.Kind == ItemKind.FunctionCallOutput && finished.CallId is { } answered)
            _answered.Add(answered);
        if (item.State == ItemState.Emitted)
            return; // the terminal response settles it
        if (item.State == ItemState.Interrupted && item.Kind != ItemKind.Message)
        {
            (item.Known, item.IsAnnounced) = (new(finished.Json.Clone()), false);
            return; // and what it leaves out is known
        }
        if (item.Kind == ItemKind.FunctionCall && finished.Arguments.Length == 0 && item.Arguments is not { Length: > 0 })
        {
            (item.Known, item.IsAnnounced) = (new(finished.Json.Clone()), true);
            return; // 09-tool-args-only-at-end.sse
        }
        if (ReferenceEquals(item, _active))
        {
            Emit(item, finished, truncated: false);
            _active = null;
        }
        else
        {
            (item.Known, item.IsAnnounced) = (new(finished.Json.Clone()), false);
            _items.Become(item, ItemState.Finished);
        }
        if (_active is not { State: ItemState.Open })
            EmitFinished();
    }

    /// <summary>
    /// What is finished and not emitted, in its order, up to the first item that is still open. Calls wait until something else follows
    /// them: the service may answer them itself, and then nobody must.
    /// </summary>
    private void EmitFinished()
    {
        while (_items.NextFinished() is { } next && (!next.IsCallOrOutput || _items.IsFollowed(next)) && (next.Kind != ItemKind.Message || MayBegin(next)))
            Emit(next, next.Known, truncated: false);
    }

    /// <summary>The terminal response is the truth: what of it has not been emitted is emitted now, in its order.</summary>
    private List<Item> EmitFromTerminalResponse(JsonElement response, bool truncated)
    {
        var output = new List<Item>();
        foreach (var json in response.Array("output"))
            output.Add(new(json));
        foreach (var item in output)
            if (item.Kind == ItemKind.FunctionCallOutput && item.CallId is { } answered)
                _answered.Add(answered);
        var settled = _items.Settle(output, (item, finished) => UnsaidText.Begins(finished, item, _emitted));
        var finished = new List<Item>(output.Count);
        for (var i = 0; i < output.Count; i++)
        {
            var item = settled[i];
            finished.Add(item.Known.With(output[i]));
            if (item.Id is null)
                _items.Name(item, output[i].Id);
        }
        var first = _active is null ? -1 : settled.IndexOf(_active);
        if (first >= 0)
            Settle(first); // the active item ends first
        for (var i = 0; i < settled.Count; i++)
            if (i != first)
                Settle(i);
        var known = settled.Count == 0 ? null : new HashSet<OutputItem>(settled);
        foreach (var item in _items.All.Where(item => item.State != ItemState.Emitted && known?.Contains(item) != true).OrderBy(item => item.Index).ToList())
            if (item.Kind is ItemKind.Reasoning or ItemKind.Message)
                Emit(item, Assemble(item), truncated);
            else if (item.Known.Json.ValueKind == JsonValueKind.Object)
                Emit(item, item.Known, truncated);
        if (_isCorrected)
            state.CorrectedText = CorrectedText();
        WarnOfDamage(output.Count);
        EmitOrder(settled, finished);
        return finished;

        void Settle(int i)
        {
            state.Facts.Checkpoint?.Invoke();
            Emit(settled[i], finished[i], truncated, output[i]);
        }
    }

    /// <summary>The true order of the items, where it was not known in time.</summary>
    private void EmitOrder(List<OutputItem> settled, List<Item> finished)
    {
        if (!Enumerable.Range(1, Math.Max(settled.Count - 1, 0)).Any(i => settled[i - 1].Place > settled[i].Place))
            return;
        for (var i = 0; i < settled.Count; i++)
            if (settled[i] is { Kind: ItemKind.Message, WasHeard: true, IsNameless: true }) // only a name can be put in order
                EmitName(settled[i], finished[i]);
        Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.Order(OrderKeys(settled)) });
    }

    /// <summary>Ids, and for those that repeat which of them: counted in the order in which they were emitted.</summary>
    private static IEnumerable<string> OrderKeys(List<OutputItem> settled)
    {
        var keys = new Dictionary<OutputItem, string>();
        var seen = new Dictionary<string, int>();
        foreach (var item in settled.OrderBy(item => item.Place))
            if (item.SentId is { } id)
                keys[item] = ReasoningEnvelope.Key(id, seen[id] = seen.TryGetValue(id, out var times) ? times + 1 : 1);
        return settled.Where(keys.ContainsKey).Select(item => keys[item]);
    }

    /// <summary>Emits of an item what has not been emitted of it.</summary>
    /// <param name="item">Where it is noted.</param>
    /// <param name="finished">The item with all that is known of it.</param>
    /// <param name="truncated">The answer was cut short.</param>
    /// <param name="terminal">The item as the terminal response has it; default where there is none.</param>
    private void Emit(OutputItem item, Item finished, bool truncated, Item terminal = default)
    {
        item.Place = PlaceOf(item);
        switch (item.Kind)
        {
            case ItemKind.Message:
                EmitMessage(item, finished);
                break;
            case ItemKind.Reasoning:
                EmitReasoning(item, finished);
                break;
            default:
                if (item.State != ItemState.Emitted)
                    EmitContents(item, item.Kind == ItemKind.FunctionCall ? WithArguments(item, finished, terminal, truncated) : finished, truncated);
                break;
        }
        item.Known = default;
        _items.Become(item, ItemState.Emitted);
        if (ReferenceEquals(item, _begunMessage))
            _begunMessage = null;
    }

    private void EmitContents(OutputItem item, Item finished, bool truncated)
    {
        var isAnswered = finished.CallId is { } id && _answered.Contains(id);
        foreach (var content in ItemMap.ToContents(finished, truncated, isAnswered))
            Add(content);
        _called |= item.Kind == ItemKind.FunctionCall && !isAnswered;
    }

    /// <summary>The arguments that are known best: of the terminal response, of the finished item, of the streamed pieces; what a call was announced with counts last.</summary>
    private static Item WithArguments(OutputItem item, Item finished, Item terminal, bool truncated)
    {
        var isFinished = terminal.Json.ValueKind == JsonValueKind.Object ? terminal.Arguments.Length > 0 || !item.IsAnnounced && finished.Arguments.Length > 0
            : !item.IsAnnounced && finished.Arguments.Length > 0;
        if (isFinished || item.Arguments is not { Length: > 0 } arguments)
            return finished;
        return finished.With(Item.Build(writer =>
        {
            writer.WriteString("arguments", arguments.ToString());
            writer.WriteString("status", truncated ? "incomplete" : "completed");
        }));
    }

    private void EmitMessage(OutputItem item, Item finished)
    {
        item.Known = finished;
        if (item.IsNameless && item.Unnamed > 0 && finished.Id is not null && !ReferenceEquals(item, _lastMessage))
            EmitName(item, finished); // what follows belongs to text that stands further up
        var unsaid = new UnsaidText(item, _emitted);
        var index = 0;
        foreach (var part in finished.Content)
        {
            if (part.Text("refusal") is { Length: > 0 } refusal)
                EmitRefusal(item, refusal);
            else if (part.Member("text") is { ValueKind: JsonValueKind.String } text && unsaid.OfPart(index, text, finished) is { Length: > 0 } rest)
            {
                if (item.Last is { } last && (last.Index == index || last.Index < 0) && ReferenceEquals(item, _lastMessage))
                    Continue(item, new TextContent(rest));
                else
                    EmitPart(item, DeltaKind.Answer, index, rest);
            }
            index++;
        }
        if (index == 0)
            EmitHeld(item); // no finished item repeats it
        if (item.Refusal is { Length: > 0 } streamed)
            EmitRefusal(item, streamed.ToString());
        if (!item.IsCited && Citations(item, finished) is { Count: > 0 } citations)
        {
            Add(new TextContent("") { Annotations = citations, AdditionalProperties = item.Identify(again: !ReferenceEquals(_lastMessage, item)) });
            item.IsCited = true;
        }
        if (item.IsNameless && item.Unnamed > 0 && finished.Id is not null)
            EmitName(item, finished);
        else if (item.LateFacts(finished) is { } late)
            Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.Pack(late, []) });
        if (!item.WasHeard && !item.IsRefused && !item.IsCited && index > 0 && finished.Id is not null)
            Add(new TextContent("") { AdditionalProperties = item.Identify(again: true) }); // 47-empty-message.json: what stood before it needs it
        if (ReasoningEnvelope.Parts(finished, unsaid.Contradicted) is not { } envelope || envelope == item.Envelope)
            return; // the terminal response repeats it
        item.Envelope = envelope;
        if (unsaid.IsContradicted)
            Correct(item, finished);
        Add(new TextReasoningContent("") { ProtectedData = envelope });
    }

    /// <summary>Tells who said text that was emitted before anything was known of its message.</summary>
    private void EmitName(OutputItem item, Item finished)
    {
        item.Known = finished;
        item.Identify(again: false);
        Add(new TextReasoningContent("") { ProtectedData = ReasoningEnvelope.Pack(finished.Identity(), [], key: item.Unnamed > 0 ? $"#{item.Unnamed}" : null) });
    }

    /// <summary>What was emitted cannot be taken back: the caller is told, and the true text goes back on the next turn.</summary>
    private void Correct(OutputItem item, Item finished)
    {
        item.Corrected = string.Concat(finished.Content.Select(part => part.Text("text")));
        if (!_isCorrected)
            state.Warn("The text that arrived piece by piece is not the text that the finished answer holds: a piece was lost or damaged on its way. `CorrectedText` has the answer as it is; the next turn sends it back so.");
        _isCorrected = true;
    }

    /// <summary>What <see cref="ChatResponse.Text"/> should have been.</summary>
    private string CorrectedText() => new ChatResponse([.. _items.All.Where(one => one.Kind == ItemKind.Message && (one.WasHeard || one.Corrected is not null)).OrderBy(one => one.Index)
        .Select(one => new ChatMessage(ChatRole.Assistant, one.Corrected ?? UnsaidText.Emitted(one, _emitted)))]).Text;

    private void WarnOfDamage(int output)
    {
        if (state.DamagedFrames > 0 && output == 0)
            state.Warn($"{state.DamagedFrames} {(state.DamagedFrames == 1 ? "event was" : "events were")} not readable, and the finished answer holds nothing to compare with: words may be missing.");
    }

    private void EmitRefusal(OutputItem item, string text)
    {
        if (item.IsRefused)
            return;
        BeginMessage(item);
        var content = ItemMap.Refusal(text);
        content.AdditionalProperties = item.Identify(again: false);
        Add(content);
        item.IsRefused = _refused = true;
    }

    private static List<AIAnnotation> Citations(OutputItem item, Item finished) =>
        ItemMap.Citations(finished) is { Count: > 0 } citations ? citations
        : item.Citations is null ? []
        : ItemMap.Citations(Item.Build(writer =>
        {
            writer.WriteStartArray("content");
            writer.WriteStartObject();
            writer.WriteString("text", string.Concat(finished.Content.Select(part => part.Text("text"))));
            writer.WriteStartArray("annotations");
            foreach (var annotation in item.Citations)
                annotation.WriteTo(writer);
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndArray();
        }));

    private void EmitReasoning(OutputItem item, Item finished)
    {
        string? replaced = null;
        if (item.Envelope is not null)
        {
            if (item.Envelope == ReasoningEnvelope.Pack(finished, _emitted.Text(item.RunStart, item.RunEnd), place: item.SentPlace, key: finished.Id is null ? item.Key : null))
                return;
            var known = ReasoningEnvelope.Open(item.Envelope, Encoding.UTF8.GetString(_emitted.Text(item.RunStart, item.RunEnd))).Item;
            if (known.Json.ValueKind != JsonValueKind.Object)
                return; // an item that would not come out again has nothing to be replaced
            finished = item.State == ItemState.Emitted ? known.With(finished) : finished;
            if (known.Json.JsonEquals(finished.Json))
                return;
            replaced = known.Id == finished.Id ? null : known.Id ?? item.Key;
            item.Id = finished.Id;
            item.RunStart = _emitted.Length; // whatever follows stands before a second envelope
        }
        if (state.Facts.SayReasoning)
        {
            var unsaid = new UnsaidText(item, _emitted);
            foreach (var (text, isSummary) in finished.Thoughts())
                if (unsaid.OfThought(text) is { Length: > 0 } rest)
                {
                    if (item.Last is { } last && last.End == _emitted.Length && item.Envelope is null && unsaid.IsRest(text))
                        Continue(item, new TextReasoningContent(rest));
                    else
                        EmitPart(item, isSummary ? DeltaKind.Summary : DeltaKind.Thinking, OutputItems.Nowhere, rest);
                }
        }
        Seal(item, finished, replaced);
    }

    /// <summary>Closes a reasoning item: an empty content whose protected data is the whole item.</summary>
    private void Seal(OutputItem item, Item finished, string? replaced = null)
    {
        item.Place = PlaceOf(item);
        if (!item.WasHeard)
            item.RunStart = _emitted.Length;
        item.RunEnd = _emitted.Length;
        if (item.Envelope is null && finished.Id is { } id)
            item.Nth = _reasoningIds[id] = _reasoningIds.TryGetValue(id, out var times) ? times + 1 : 1;
        else if (item.Envelope is null)
            item.Key = $"#{item.Sequence}"; // its id comes later, if at all
        item.Envelope = ReasoningEnvelope.Pack(finished, _emitted.Text(item.RunStart, item.RunEnd), replaced, item.SentPlace, finished.Id is null ? item.Key : null);
        Add(new TextReasoningContent("") { ProtectedData = item.Envelope });
    }

    /// <summary>A reasoning item as far as it is known: as announced, with the text that was emitted.</summary>
    private Item Assemble(OutputItem item)
    {
        if (item.Kind != ItemKind.Reasoning)
            return item.Known;
        var known = item.Known.Json.ValueKind == JsonValueKind.Object ? item.Known : Item.Build(writer =>
        {
            writer.WriteString("type", "reasoning");
            if (item.Id is not null)
                writer.WriteString("id", item.Id);
            writer.WriteStartArray("summary");
            writer.WriteEndArray();
        });
        return known.Thoughts().Count > 0 || !item.WasHeard && item.Held is null ? known : known.With(Item.Build(writer =>
        {
            Write(writer, "summary", "summary_text", kind => kind == DeltaKind.Summary);
            Write(writer, "content", "reasoning_text", kind => kind != DeltaKind.Summary);
        }));

        void Write(Utf8JsonWriter writer, string member, string type, Predicate<DeltaKind> isOf)
        {
            var texts = item.Parts.FindAll(part => isOf(part.Kind)).ConvertAll(part => (part.Kind, part.Index, Text: Encoding.UTF8.GetString(_emitted.Text(part.Start, part.End))));
            foreach (var held in item.Held ?? [])
                if (!isOf(held.Kind))
                    continue;
                else if (texts is [.., var last] && last.Kind == held.Kind && (last.Index == held.Index || held.Index < 0))
                    texts[texts.Count - 1] = (last.Kind, last.Index, last.Text + held.Text);
                else
                    texts.Add((held.Kind, held.Index, held.Text.ToString()));
            if (texts.Count == 0)
                return;
            writer.WriteStartArray(member);
            foreach (var part in texts)
            {
                writer.WriteStartObject();
                writer.WriteString("type", type);
                writer.WriteString("text", part.Text);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
    }

    /// <summary>The rest of a part whose beginning was emitted just before.</summary>
    private void Continue(OutputItem item, AIContent rest)
    {
        Add(rest);
        item.Last!.End = _emitted.Length;
    }

    private void Add(AIContent content)
    {
        _emitted.Add(content);
        state.Add(content);
        _saidSomething |= content is not (TextReasoningContent or TextContent { Text.Length: 0, Annotations: null });
        if (content is not TextContent)
            _lastMessage = null;
    }

    private JsonElement? Logprobs(JsonElement response, List<Item> items)
    {
        var tokens = new List<JsonElement>();
        if (response.Array("output").Any())
            foreach (var item in items)
                tokens.AddRange(ResponseMap.Logprobs(item) ?? []);
        else
            foreach (var item in _items.All)
                tokens.AddRange(item.Logprobs ?? []);
        return tokens.Count > 0 ? JsonSerializer.SerializeToElement([.. tokens], WireJson.Web.JsonElementArray) : null;
    }
}

using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Decides what is emitted when. Deltas of the active item are emitted at once; other items are held until they are finished and no
/// earlier one is open; what is left is emitted at the end, because the terminal response is the truth. Items never interleave in
/// what is emitted, and nothing is emitted twice. What is emitted of an item is the affair of <see cref="MessageEmitter"/>,
/// <see cref="ReasoningEmitter"/> and <see cref="CallEmitter"/>.
/// </summary>
internal sealed class ItemEmitter : IDisposable
{
    private readonly ResponseState _state;
    private readonly ContentEmitter _contents;
    private readonly MessageEmitter _messages;
    private readonly ReasoningEmitter _reasoning;
    private readonly CallEmitter _calls;
    private readonly OutputItems _items = new();
    private readonly FinishedItems _finished = new();
    private OutputItem? _active;
    private int _places;

    public ItemEmitter(ResponseState state)
    {
        _state = state;
        _contents = new(state);
        _messages = new(state, _contents);
        _reasoning = new(state, _contents);
        _calls = new(state, _contents);
    }

    /// <summary>Whether anything was said, thought, called or kept. The name of a message that says nothing is no content.</summary>
    public bool HasContent => _contents.HasOutput || _contents.HasReasoning;

    /// <summary>A piece of text of a message or of reasoning.</summary>
    /// <param name="e">The event.</param>
    /// <param name="kind">What the text is.</param>
    /// <param name="text">The piece; an empty one is no event.</param>
    public ChatResponseUpdate? OnDelta(in ResponseEvent e, DeltaKind kind, string? text)
    {
        if (text is null || text.Length == 0)
            return null;
        var item = _active is { } active && active.Index == e.OutputIndex && active.Index >= 0 && active.Kind == KindOf(kind) ? active : Owner(e, KindOf(kind));
        if (item is null)
            return null;
        if (!ReferenceEquals(item, _active) || item.Last is not { } part || part.Kind != kind || part.Index != e.PartIndex && e.PartIndex >= 0
            || item.HalfPairs is { Count: > 0 } || char.IsHighSurrogate(text[text.Length - 1]) || item.State != ItemState.Open)
            return EmitText(item, kind, e.PartIndex, text, e.Json);
        return _contents.Delta(part, text, e.Json);
    }

    /// <summary>Text that came without deltas, in the event that closes its part.</summary>
    public ChatResponseUpdate? OnTextDone(in ResponseEvent e, DeltaKind kind, string member) =>
        Owner(e, KindOf(kind)) is { } item && !item.HasPart(kind, e.PartIndex) && e.Json.Text(member) is { Length: > 0 } text
            ? EmitText(item, kind, e.PartIndex, text, e.Json)
            : null;

    /// <summary>A refusal is emitted with its item's end, once.</summary>
    public ChatResponseUpdate? OnRefusal(in ResponseEvent e, string? text, bool isComplete)
    {
        if (text is { Length: > 0 } && Owner(e, ItemKind.Message) is { } item)
        {
            var refusal = item.RefusalAt(e.PartIndex);
            if (isComplete)
                refusal.Clear();
            refusal.Append(text);
        }
        return isComplete ? null : _state.Raw(e.Json);
    }

    /// <summary>A citation; emitted with its message's end, which mostly repeats it.</summary>
    public ChatResponseUpdate? OnAnnotation(in ResponseEvent e)
    {
        if (e.Json.Member("annotation"u8) is { ValueKind: JsonValueKind.Object } annotation && Owner(e, ItemKind.Message) is { } item)
            (item.Citations ??= []).Add(annotation.Clone());
        return null;
    }

    /// <param name="e">An event of a call's arguments, or any that only those see who asked for raw events.</param>
    /// <param name="delta">The new piece; null where the event holds all of them.</param>
    public ChatResponseUpdate? OnArguments(in ResponseEvent e, string? delta)
    {
        var id = e.Json.Text("item_id") ?? e.ItemId;
        var item = e.OutputIndex < 0 && id is null ? _items.OpenCall : _items.Find(e.OutputIndex, id);
        if (item is null)
            _calls.OnEarlyArguments(e.OutputIndex, id, delta, e.Json.Text("arguments"));
        else if (item is { Kind: ItemKind.FunctionCall } call)
        {
            if (delta is not null)
            {
                (call.Arguments ??= new()).Append(delta);
                if (_state.Facts.FunctionCallDeltas && call.State is ItemState.Open or ItemState.Interrupted && ShowArguments(call, e.Json) is { } piece)
                    return piece;
            }
            else if (e.Json.Text("arguments"u8) is { Length: > 0 } arguments)
                call.Arguments = new(arguments);
        }
        return delta is null && e.Delta is null && e.Json.Member("arguments"u8) is not null ? null : _state.Raw(e.Json);
    }

    /// <summary>What of a call's arguments has not been shown; nothing while nobody knows what the call will be called.</summary>
    private ChatResponseUpdate? ShowArguments(OutputItem call, JsonElement raw)
    {
        if (_calls.NameOf(call) is not { } id || call.Facts is not { } facts || facts.ShownArguments == call.Arguments!.Length)
            return null;
        var shown = facts.ShownArguments;
        facts.ShownArguments = call.Arguments.Length;
        return _state.ArgumentsDelta(id, call.Known.Name, call.Arguments.ToString(shown, facts.ShownArguments - shown), raw);
    }

    /// <summary>An item is announced. What stands in the announcement counts less than what follows.</summary>
    public ChatResponseUpdate? OnItemAdded(in ResponseEvent e)
    {
        if (e.Json.Member("item"u8) is not { ValueKind: JsonValueKind.Object } json)
            return null;
        var known = new Item(json.Clone());
        var id = known.Id;
        var item = _items.Find(e.OutputIndex, id) is { } early && early.Fits(known) && IsSame(early, id) ? early : _items.Add(e.OutputIndex, known.Kind);
        _items.Name(item, id);
        _calls.TakeEarlyArguments(item, e.OutputIndex, id);
        if (item.State is ItemState.Open or ItemState.Interrupted)
            (item.CallId, item.Known, item.IsAnnounced) = (known.CallId, known, true);
        _calls.Pair(item, known);
        return null;
    }

    /// <summary>Whether what is announced at the place or under the id of an item is that item: it may be announced twice, or late, or under an id only once.</summary>
    private static bool IsSame(OutputItem early, string? id) =>
        early.Known.Json.ValueKind != JsonValueKind.Object || early.Id == id || (early.Id is null || id is null) && !early.IsDone;

    /// <summary>An item is finished. What of it has not been emitted is emitted when its turn comes.</summary>
    public ChatResponseUpdate? OnItemDone(in ResponseEvent e)
    {
        if (e.Json.Member("item"u8) is { ValueKind: JsonValueKind.Object } json)
            Finish(e.OutputIndex, new(json));
        return _state.Take(e.Json);
    }

    /// <summary>A whole answer: nothing of it has been emitted, so its end emits all of it.</summary>
    public ChatResponseUpdate? OnComplete(in ResponseObject response)
    {
        _contents.IsComplete = true;
        return OnEnd(response, response.Status == "incomplete", response.Json);
    }

    /// <summary>The answer is over: emits what is left, and makes the final update.</summary>
    /// <param name="response">The terminal response.</param>
    /// <param name="incomplete">Whether the event says that it is incomplete.</param>
    /// <param name="raw">The event, for those who asked for raw events.</param>
    public ChatResponseUpdate? OnEnd(in ResponseObject response, bool incomplete, JsonElement raw)
    {
        _state.Read(response);
        var items = EmitFromTerminalResponse(response, truncated: incomplete || response.HasIncompleteDetails);
        var update = _state.Take(raw);
        var isIncomplete = incomplete || response.Status == "incomplete";
        WarnOfEnding(response, isIncomplete, items.Count);
        var logprobs = ResponseMap.Logprobs(items, _items.All);
        if (_calls.Broken is { Count: > 0 } broken)
            _state.Warn($"{(broken.Count == 1 ? "A call" : "Calls")} of {string.Join(", ", broken.Distinct().Take(10).Select(name => $"`{_state.Facts.Secrets.Name(name)}`"))} {(broken.Count == 1 ? "was" : "were")} not made: the arguments could not be read. The next request tells the model so, with an error as the call's output; ask again, or raise MaxOutputTokens if they were cut off.");
        _state.Complete(response, ResponseMap.FinishReason(response, _state.Facts, incomplete, _messages.IsRefused, _calls.IsCalled), logprobs, isEmpty: !isIncomplete && !HasContent, raw);
        return update;
    }

    /// <summary>What a failed answer brought: it is part of what was said when the call broke.</summary>
    public void OnPartialOutput(in ResponseObject response)
    {
        if (response.Output.ValueKind == JsonValueKind.Array)
            EmitFromTerminalResponse(response, truncated: true);
    }

    /// <summary>The messages emitted so far, with what was held; null when there is nothing.</summary>
    public ChatResponse? ToPartial()
    {
        _state.Facts.Checkpoint = null; // it is over, and what had been said is told all the same
        foreach (var item in ByTurns(_items.All.Where(item => item.IsWaiting)))
            if (item.State == ItemState.Finished || item.Kind is not (ItemKind.Message or ItemKind.Reasoning))
                Emit(item, item.Known, truncated: false);
            else if (item.Kind == ItemKind.Message)
                _messages.EmitHeld(item);
            else
                Emit(item, _reasoning.Assemble(item), truncated: true);
        foreach (var item in _items.All)
            if (item is { Kind: ItemKind.Message, State: not ItemState.Emitted })
                _messages.EmitRefusals(item);
        return _state.ToPartial(_contents.Emitted.ToMessages(_messages.FirstMessageId));
    }

    public void Dispose()
    {
        _contents.Dispose();
        _finished.Dispose();
    }

    private static ItemKind KindOf(DeltaKind kind) => kind == DeltaKind.Answer ? ItemKind.Message : ItemKind.Reasoning;

    private OutputItem? Owner(in ResponseEvent e, ItemKind kind) => _items.Owner(e.OutputIndex, e.ItemId ?? e.Json.Text("item_id"u8), kind);

    /// <summary>Emits a piece of text, or holds it while its item may not be emitted.</summary>
    private ChatResponseUpdate? EmitText(OutputItem item, DeltaKind kind, int part, string text, JsonElement raw)
    {
        if (item.State is ItemState.Emitted or ItemState.Finished)
            return null; // what is missing is emitted at the end
        text = SurrogatePairs.Join(item, kind, part, text);
        if (item.State == ItemState.Interrupted || (kind == DeltaKind.Answer ? !_messages.MayBegin(item) : !_state.Facts.EmitReasoning))
        {
            item.Hold(kind, part, text);
            return null;
        }
        if (text.Length == 0 || item.Last is { } spoken && kind != spoken.Kind && SecondDialect.Repeats(item, kind, part, text, _contents.Emitted))
            return null;
        SwitchTo(item);
        if (kind == DeltaKind.Answer)
            _messages.EmitText(item, part, text);
        else
            _reasoning.EmitText(item, kind, part, text);
        return _state.Take(raw);
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
            else if (earlier.State == ItemState.Finished && earlier.Kind == ItemKind.Message && !_messages.MayBegin(earlier))
                continue;
            else if (earlier.State == ItemState.Finished && !_calls.MustWait(earlier))
                Emit(earlier, earlier.Known, truncated: false);
            else
                Interrupt(earlier);
        (_active, item.Place) = (item, PlaceOf(item));
    }

    /// <summary>Ends an item before its own end: reasoning is sealed with what is known of it.</summary>
    private void Interrupt(OutputItem item)
    {
        if (item.Kind == ItemKind.Reasoning)
        {
            item.Place = PlaceOf(item);
            _reasoning.EmitAhead(item);
            _reasoning.Seal(item, _reasoning.Assemble(item));
        }
        _items.SetState(item, ItemState.Interrupted);
    }

    private int PlaceOf(OutputItem item) => item.Place > 0 ? item.Place : ++_places;

    /// <summary>An item is finished: emitted now if it is the active one, else when its turn comes.</summary>
    private void Finish(int index, Item finished)
    {
        var item = _items.Match(index, finished, _contents.Emitted);
        if (item is null || item.IsDone && IsAnother(item, finished, index))
            item = _items.Add(index, finished.Kind);
        item.IsDone = true;
        var id = finished.IdLike(item.Id);
        if (id is null && item.Id is { } told)
            finished = finished.Named(told); // an earlier event knew it
        _items.Name(item, id);
        _items.Place(item, index);
        _calls.TakeEarlyArguments(item, index, id);
        item.CallId = finished.CallId;
        if (finished.Kind == ItemKind.Message)
            item.Logprobs = ResponseMap.Logprobs(finished);
        _calls.Pair(item, finished);
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
            _items.SetState(item, ItemState.Finished);
        }
        if (_active is not { State: ItemState.Open })
            EmitFinished();
    }

    /// <summary>Whether the end of an item whose end has come is that of another one: ids and call_ids repeat, and so do places.</summary>
    private bool IsAnother(OutputItem item, Item finished, int index) =>
        item.Id is { } id && finished.Id is { } own && id != own
        || item.CallId is { } call && finished.CallId is { } ownCall && call != ownCall
        || index < 0 && item.Kind is ItemKind.Message or ItemKind.Reasoning && !(item.State == ItemState.Emitted ? _finished.IsRepeated(item, finished) : item.Known.Json.JsonEquals(finished.Json));

    /// <summary>
    /// What is finished and not emitted, in its order, up to the first item that is still open. Calls wait until something else follows
    /// them: the service may answer them itself, and then nobody must.
    /// </summary>
    private void EmitFinished()
    {
        while (_items.NextFinished() is { } next && (!next.IsCallOrOutput || _items.HasFinishedAfter(next)))
        {
            if (next.Kind == ItemKind.Message && !_messages.MayBegin(next))
                next = _messages.Begun!;
            if (next.State != ItemState.Finished)
                return;
            if (_calls.MustWait(next))
                Interrupt(next);
            else
                Emit(next, next.Known, truncated: false);
        }
    }

    /// <summary>The terminal response is the truth: what of it has not been emitted is emitted now, in its order.</summary>
    /// <returns>Its items, with what only the stream knew of them.</returns>
    private List<Item> EmitFromTerminalResponse(in ResponseObject response, bool truncated)
    {
        var output = new List<Item>(response.ItemCount);
        foreach (var json in response.Items)
            output.Add(new(json));
        var settled = _items.MatchTerminal(output, _contents.Emitted, _finished);
        var finished = new List<Item>(output.Count);
        for (var i = 0; i < output.Count; i++)
        {
            finished.Add(settled[i].Known.With(output[i]));
            settled[i].CallId ??= output[i].CallId;
            _calls.TakeEarlyArguments(settled[i], i, output[i].Id);
            _calls.Pair(settled[i], output[i]);
            if (settled[i].Id is null)
                _items.Name(settled[i], output[i].Id);
        }
        _calls.MatchTerminal(settled);
        var active = _active is null ? -1 : settled.IndexOf(_active);
        if (active >= 0)
            Settle(active); // the active item ends first
        var begun = _messages.Begun is null ? -1 : settled.IndexOf(_messages.Begun);
        if (begun < 0 && _messages.Begun is { } leftOut)
            Emit(leftOut, leftOut.Known, truncated);
        else if (begun >= 0)
            Settle(begun); // then a message that has begun: nothing of it may stand in another
        for (var i = 0; i < settled.Count; i++)
            if (i != active && i != begun)
                Settle(i);
        EmitUnsettled(settled, truncated);
        if (_messages.IsCorrected)
            _state.CorrectedText = _messages.CorrectedText(_items.All);
        if (settled.Count > 0)
            EmitOrder(settled, finished);
        else if (_items.ByIndex() is { } placed && !OutputItems.AreInPlace(placed))
            _contents.AddEnvelope(ReasoningEnvelope.Order(OutputItems.OrderKeys(placed)));
        return finished;

        void Settle(int i)
        {
            _state.Facts.Checkpoint?.Invoke();
            Emit(settled[i], finished[i], truncated, output[i]);
        }
    }

    /// <summary>What arrived of items that the terminal response does not name.</summary>
    private void EmitUnsettled(List<OutputItem> settled, bool truncated)
    {
        if (settled.Count == _items.All.Count)
            return;
        foreach (var item in ByTurns(_items.All.Except(settled).Where(item => item.State != ItemState.Emitted)))
            if (settled.Count > 0 && item.IsOnlyAnnounced)
                continue; // the ending knows better
            else if (item.Kind == ItemKind.Reasoning)
            {
                _reasoning.EmitAhead(item);
                Emit(item, _reasoning.Assemble(item), truncated);
            }
            else if (item.Kind == ItemKind.Message || item.Known.Json.ValueKind == JsonValueKind.Object)
                Emit(item, item.Known, truncated);
    }

    /// <summary>Items by place, but first the message that has begun.</summary>
    private List<OutputItem> ByTurns(IEnumerable<OutputItem> items) => [.. items.OrderBy(item => !ReferenceEquals(item, _messages.Begun)).ThenBy(item => item.Index)];

    /// <summary>The true order of the items, where it was not known in time.</summary>
    private void EmitOrder(List<OutputItem> settled, List<Item> finished)
    {
        var all = _items.WithLeftOut(settled);
        if (OutputItems.AreInPlace(all))
            return;
        for (var i = 0; i < settled.Count; i++)
            if (settled[i] is { Kind: ItemKind.Message, IsNameless: true, Unnamed: > 0 } && finished[i].Id is not null) // only a name can be put in order
                _messages.EmitName(settled[i], finished[i]);
        _contents.AddEnvelope(ReasoningEnvelope.Order(OutputItems.OrderKeys(all)));
    }

    /// <summary>Emits of an item what has not been emitted of it.</summary>
    /// <param name="item">What is known of it while it streams.</param>
    /// <param name="finished">The item with all that is known of it.</param>
    /// <param name="truncated">The answer was cut short.</param>
    /// <param name="terminal">The item as the terminal response has it; default where there is none.</param>
    private void Emit(OutputItem item, Item finished, bool truncated, Item terminal = default)
    {
        item.Place = PlaceOf(item);
        if (item.State == ItemState.Emitted && IsRepeated(item, terminal))
            return;
        switch (item.Kind)
        {
            case ItemKind.Message:
                _messages.Emit(item, finished);
                break;
            case ItemKind.Reasoning:
                _reasoning.Emit(item, finished);
                break;
            default:
                if (item.State != ItemState.Emitted)
                    _calls.Emit(item, finished, truncated, terminal);
                else if (terminal.Json.ValueKind == JsonValueKind.Object && item.FinishedLength > 0)
                    _calls.EmitLate(item, _finished.Recall(item), terminal);
                break;
        }
        if (terminal.Json.ValueKind != JsonValueKind.Object && finished.Json.ValueKind == JsonValueKind.Object)
            _finished.Remember(item, finished);
        item.Known = default;
        _items.SetState(item, ItemState.Emitted);
    }

    /// <summary>Whether the terminal response says of an item what its end said, and no event has said more since.</summary>
    private bool IsRepeated(OutputItem item, Item terminal) =>
        terminal.Json.ValueKind == JsonValueKind.Object && (item.Citations is null || item.EmittedCitations > 0) && (item.Refusals is null || item.IsRefused) && _finished.IsRepeated(item, terminal);

    /// <summary>Adds the warnings that only an ending allows: lost events, a kind of error, an answer without output.</summary>
    private void WarnOfEnding(in ResponseObject response, bool incomplete, int items)
    {
        if (_state.DamagedFrames > 0 && items == 0)
            _state.Warn($"{_state.DamagedFrames} {(_state.DamagedFrames == 1 ? "event was" : "events were")} not readable, and the finished answer holds nothing to compare with: words may be missing.");
        if (response.ErrorType.AsText() is { Length: > 0 } type)
            _state.Warn($"The service ended the answer with `{_state.Facts.Secrets.Name(type)}`{(ErrorTypes.IsTooLong(type) ? ": the input was too long, not the answer. Shorten the history" : "")}.");
        if (!incomplete && !_contents.HasOutput)
            _state.Warn(!_contents.HasReasoning ? "The answer is complete and empty: the model said nothing. Ask again, or name another provider in `provider.order`."
                : "The answer holds only reasoning: the model thought and said nothing. Ask again, or give it more room with MaxOutputTokens.");
    }
}

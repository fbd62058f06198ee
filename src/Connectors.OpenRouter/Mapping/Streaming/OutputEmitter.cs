using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Decides what is emitted when. Deltas of the active item are emitted at once; other items are held until they are finished and no
/// earlier one is open; what is left is emitted at the end (<see cref="EndingEmitter"/>), because the terminal response is the truth.
/// Items never interleave in what is emitted, and nothing is emitted twice. What is emitted of an item is the affair of
/// <see cref="ItemEmitter"/>.
/// </summary>
internal sealed class OutputEmitter : IDisposable
{
    private readonly ResponseState _state;
    private readonly OutputItems _items = new();
    private readonly ItemEmitter _emitter;
    private readonly EndingEmitter _ending;
    private OutputItem? _active;

    public OutputEmitter(ResponseState state)
    {
        _state = state;
        _emitter = new(state, _items);
        _ending = new(state, _items, _emitter);
    }

    private ContentEmitter Contents => _emitter.Contents;

    private MessageEmitter Messages => _emitter.Messages;

    private ReasoningEmitter Reasoning => _emitter.Reasoning;

    private CallEmitter Calls => _emitter.Calls;

    /// <summary>Whether anything was said, thought, called or kept. The name of a message that says nothing is no content.</summary>
    public bool HasContent => Contents.HasContent;

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
        return Contents.Delta(part, text, e.Json);
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
            Calls.OnEarlyArguments(e.OutputIndex, id, delta, e.Json.Text("arguments"));
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
        if (Calls.NameOf(call) is not { } id || call.Facts is not { } facts || facts.ShownArguments == call.Arguments!.Length)
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
        Calls.TakeEarlyArguments(item, e.OutputIndex, id);
        if (item.State is ItemState.Open or ItemState.Interrupted)
            (item.CallId, item.Known, item.IsAnnounced) = (known.CallId, known, true);
        Calls.Pair(item, known);
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
        Contents.IsComplete = true;
        return OnEnd(response, incomplete: false, response.Json);
    }

    /// <summary>The answer is over: emits what is left, and makes the final update.</summary>
    /// <param name="response">The terminal response.</param>
    /// <param name="incomplete">Whether the event says that it is incomplete.</param>
    /// <param name="raw">The event, for those who asked for raw events.</param>
    public ChatResponseUpdate? OnEnd(in ResponseObject response, bool incomplete, JsonElement raw) => _ending.OnEnd(response, incomplete, _active, raw);

    /// <summary>What a failed answer brought: it is part of what was said when the call broke.</summary>
    public void OnPartialOutput(in ResponseObject response)
    {
        if (response.Output.ValueKind == JsonValueKind.Array)
            _ending.EmitFromTerminalResponse(response, _active, truncated: true);
    }

    /// <summary>The messages emitted so far, with what was held; null when there is nothing.</summary>
    public ChatResponse? ToPartial() => _ending.ToPartial(_active);

    public void Dispose() => _emitter.Dispose();

    private static ItemKind KindOf(DeltaKind kind) => kind == DeltaKind.Answer ? ItemKind.Message : ItemKind.Reasoning;

    private OutputItem? Owner(in ResponseEvent e, ItemKind kind) => _items.Owner(e.OutputIndex, e.ItemId ?? e.Json.Text("item_id"u8), kind);

    /// <summary>Emits a piece of text, or holds it while its item may not be emitted.</summary>
    private ChatResponseUpdate? EmitText(OutputItem item, DeltaKind kind, int part, string text, JsonElement raw)
    {
        if (item.State is ItemState.Emitted or ItemState.Finished)
            return null; // what is missing is emitted at the end
        text = SurrogatePairs.Join(item, kind, part, text);
        if (item.State == ItemState.Interrupted || (kind == DeltaKind.Answer ? !Messages.MayBegin(item) : !_state.Facts.EmitReasoning))
        {
            item.Hold(kind, part, text);
            return null;
        }
        if (text.Length == 0 || item.Last is { } spoken && kind != spoken.Kind && SecondDialect.Repeats(item, kind, part, text, Contents.Emitted))
            return null;
        SwitchTo(item);
        if (kind == DeltaKind.Answer)
            Messages.EmitText(item, part, text);
        else
            Reasoning.EmitText(item, kind, part, text);
        return _state.Take(raw);
    }

    /// <summary>The active item ends before another speaks: open reasoning is sealed with what is known of it, and what is finished and stands before is emitted.</summary>
    private void SwitchTo(OutputItem item)
    {
        if (ReferenceEquals(item, _active))
            return;
        if (_active is { State: ItemState.Open } before)
            _emitter.Interrupt(before);
        foreach (var earlier in _items.Before(item))
            if (ReferenceEquals(earlier, item))
                continue;
            else if (earlier.State == ItemState.Finished && earlier.Kind == ItemKind.Message && !Messages.MayBegin(earlier))
                continue;
            else if (earlier.State == ItemState.Finished && !Calls.MustWait(earlier))
                _emitter.Emit(earlier, earlier.Known, truncated: false);
            else
                _emitter.Interrupt(earlier);
        _active = item;
        _emitter.SetPlace(item);
    }

    /// <summary>An item is finished: emitted now if it is the active one, else when its turn comes.</summary>
    private void Finish(int index, Item finished)
    {
        var item = _items.Match(index, finished, Contents.Emitted);
        if (item is null || item.IsDone && IsAnother(item, finished, index))
            item = _items.Add(index, finished.Kind);
        item.IsDone = true;
        var id = finished.IdLike(item.Id);
        if (id is null && item.Id is { } told)
            finished = finished.Named(told); // an earlier event knew it
        _items.Name(item, id);
        _items.Place(item, index);
        Calls.TakeEarlyArguments(item, index, id);
        item.CallId = finished.CallId;
        if (finished.Kind == ItemKind.Message)
            item.Logprobs = ResponseMap.Logprobs(finished);
        Calls.Pair(item, finished);
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
            _emitter.Emit(item, finished, truncated: false);
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
        || index < 0 && item.Kind is ItemKind.Message or ItemKind.Reasoning && !(item.State == ItemState.Emitted ? _emitter.Finished.IsRepeated(item, finished) : item.Known.Json.JsonEquals(finished.Json));

    /// <summary>
    /// What is finished and not emitted, in its order, up to the first item that is still open. Calls wait until something else follows
    /// them: the service may answer them itself, and then nobody must.
    /// </summary>
    private void EmitFinished()
    {
        while (_items.NextFinished() is { } next && (!next.IsCallOrOutput || _items.HasFinishedAfter(next)))
        {
            if (next.Kind == ItemKind.Message && !Messages.MayBegin(next))
                next = Messages.Begun!;
            if (next.State != ItemState.Finished)
                return;
            if (Calls.MustWait(next))
                _emitter.Interrupt(next);
            else
                _emitter.Emit(next, next.Known, truncated: false);
        }
    }
}

using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Emits what is left when the answer is over, and says what only its ending shows: the order of the items, lost words, calls that were not made.</summary>
internal sealed class EndingEmitter(ResponseState state, OutputItems items, ItemEmitter emitter)
{
    private ContentEmitter Contents => emitter.Contents;

    private MessageEmitter Messages => emitter.Messages;

    private ReasoningEmitter Reasoning => emitter.Reasoning;

    private CallEmitter Calls => emitter.Calls;

    /// <summary>The answer is over: emits what is left, and makes the final update.</summary>
    /// <param name="response">The terminal response.</param>
    /// <param name="incomplete">Whether the event says that it is incomplete.</param>
    /// <param name="active">The item that was being emitted; null = none.</param>
    /// <param name="raw">The event, for those who asked for raw events.</param>
    public ChatResponseUpdate? OnEnd(in ResponseObject response, bool incomplete, OutputItem? active, JsonElement raw)
    {
        state.Read(response);
        var isIncomplete = incomplete || response.Status == "incomplete" || response.HasIncompleteDetails;
        var output = EmitFromTerminalResponse(response, active, truncated: isIncomplete);
        var update = state.Take(raw);
        WarnOfEnding(response, isIncomplete, output.Count);
        var logprobs = ResponseMap.Logprobs(output, items.All);
        if (Calls.Broken is { Count: > 0 } broken)
            state.Warn($"{(broken.Count == 1 ? "A call" : "Calls")} of {string.Join(", ", broken.Distinct().Take(10).Select(name => $"`{state.Facts.Secrets.Name(name)}`"))} {(broken.Count == 1 ? "was" : "were")} not made: the arguments could not be read. The next request tells the model so, with an error as the call's output; ask again, or raise MaxOutputTokens if they were cut off.");
        state.Complete(response, ResponseMap.FinishReason(response, state.Facts, isIncomplete, Messages.IsRefused, Calls.IsCalled), logprobs, isEmpty: !isIncomplete && !Contents.HasContent, raw);
        return update;
    }

    /// <summary>The terminal response is the truth: what of it has not been emitted is emitted now, in its order.</summary>
    /// <param name="response">The terminal response.</param>
    /// <param name="active">The item that was being emitted; null = none.</param>
    /// <param name="truncated">The answer was cut short.</param>
    /// <returns>Its items, with what only the stream knew of them.</returns>
    public List<Item> EmitFromTerminalResponse(in ResponseObject response, OutputItem? active, bool truncated)
    {
        var output = new List<Item>(response.ItemCount);
        foreach (var json in response.Items)
            output.Add(new(json));
        var settled = items.MatchTerminal(output, Contents.Emitted, emitter.Finished);
        var finished = new List<Item>(output.Count);
        for (var i = 0; i < output.Count; i++)
        {
            finished.Add(settled[i].Known.With(output[i]));
            settled[i].CallId ??= output[i].CallId;
            Calls.TakeEarlyArguments(settled[i], i, output[i].Id);
            Calls.Pair(settled[i], output[i]);
            if (settled[i].Id is null)
                items.Name(settled[i], output[i].Id);
        }
        Calls.MatchTerminal(settled);
        var first = active is null ? -1 : settled.IndexOf(active);
        if (first >= 0)
            Settle(first); // the active item ends first
        else
            EndActive(active);
        var begun = Messages.Begun is null ? -1 : settled.IndexOf(Messages.Begun);
        if (begun < 0 && Messages.Begun is { } leftOut)
            emitter.Emit(leftOut, leftOut.Known, truncated);
        else if (begun >= 0)
            Settle(begun); // then a message that has begun: nothing of it may stand in another
        for (var i = 0; i < settled.Count; i++)
            if (i != first && i != begun)
                Settle(i);
        EmitUnsettled(settled, truncated);
        if (Messages.IsCorrected)
            state.CorrectedText = Messages.CorrectedText(items.All);
        if (settled.Count > 0)
            EmitOrder(settled, finished);
        else if (items.ByIndex() is { } placed && !OutputItems.AreInPlace(placed))
            Contents.AddEnvelope(ReasoningEnvelope.Order(OutputItems.OrderKeys(placed)));
        return finished;

        void Settle(int i)
        {
            state.Facts.Checkpoint?.Invoke();
            emitter.Emit(settled[i], finished[i], truncated, output[i]);
        }
    }

    /// <summary>The item that was being emitted ends before another speaks: the envelope of a thought stands directly behind its words.</summary>
    private void EndActive(OutputItem? active)
    {
        if (active is { State: ItemState.Open, Kind: ItemKind.Reasoning })
            emitter.Interrupt(active);
    }

    /// <summary>What arrived of items that the terminal response does not name.</summary>
    private void EmitUnsettled(List<OutputItem> settled, bool truncated)
    {
        if (settled.Count == items.All.Count)
            return;
        foreach (var item in ByTurns(items.All.Except(settled).Where(item => item.State != ItemState.Emitted)))
            if (settled.Count > 0 && item.IsOnlyAnnounced)
                continue; // the ending knows better
            else if (item.Kind == ItemKind.Reasoning)
                emitter.Emit(item, Reasoning.Assemble(item), truncated);
            else if (item.Kind == ItemKind.Message || item.Known.Json.ValueKind == JsonValueKind.Object)
                emitter.Emit(item, item.Known, truncated);
    }

    /// <summary>Items by place, but first the message that has begun.</summary>
    private List<OutputItem> ByTurns(IEnumerable<OutputItem> some) => [.. some.OrderBy(item => !ReferenceEquals(item, Messages.Begun)).ThenBy(item => item.Index)];

    /// <summary>The true order of the items, where it was not known in time.</summary>
    private void EmitOrder(List<OutputItem> settled, List<Item> finished)
    {
        var all = items.WithLeftOut(settled);
        if (OutputItems.AreInPlace(all))
            return;
        for (var i = 0; i < settled.Count; i++)
            if (settled[i] is { Kind: ItemKind.Message, IsNameless: true, Unnamed: > 0 } && finished[i].Id is not null) // only a name can be put in order
                Messages.EmitName(settled[i], finished[i]);
        Contents.AddEnvelope(ReasoningEnvelope.Order(OutputItems.OrderKeys(all)));
    }

    /// <summary>The messages emitted so far, with what was held; null when there is nothing.</summary>
    /// <param name="active">The item that was being emitted; null = none.</param>
    public ChatResponse? ToPartial(OutputItem? active)
    {
        state.Facts.Checkpoint = null; // it is over, and what had been said is told all the same
        EndActive(active);
        foreach (var item in ByTurns(items.All.Where(item => item.IsWaiting)))
            if (item.State == ItemState.Finished || item.Kind is not (ItemKind.Message or ItemKind.Reasoning))
                emitter.Emit(item, item.Known, truncated: false);
            else if (item.Kind == ItemKind.Message)
                Messages.EmitHeld(item);
            else
                emitter.Emit(item, Reasoning.Assemble(item), truncated: true);
        foreach (var item in items.All)
            if (item is { Kind: ItemKind.Message, State: not ItemState.Emitted })
                Messages.EmitRefusals(item);
        return state.ToPartial(Contents.Emitted.ToMessages(Messages.FirstMessageId));
    }

    /// <summary>Adds the warnings that only an ending allows: lost events, a kind of error, an answer without output.</summary>
    private void WarnOfEnding(in ResponseObject response, bool incomplete, int count)
    {
        if (state.DamagedFrames > 0 && count == 0)
            state.Warn($"{state.DamagedFrames} {(state.DamagedFrames == 1 ? "event was" : "events were")} not readable, and the finished answer holds nothing to compare with: words may be missing.");
        if (response.ErrorType.AsText() is { Length: > 0 } type)
            state.Warn($"The service ended the answer with `{state.Facts.Secrets.Name(type)}`{(ErrorTypes.IsTooLong(type) ? ": the input was too long, not the answer. Shorten the history" : "")}.");
        if (!incomplete && !Contents.HasOutput)
            state.Warn(!Contents.HasReasoning ? "The answer is complete and empty: the model said nothing. Ask again, or name another provider in `provider.order`."
                : "The answer holds only reasoning: the model thought and said nothing. Ask again, or give it more room with MaxOutputTokens.");
    }
}

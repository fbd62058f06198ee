using System.Security.Cryptography;
using System.Text;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// What of a history the target can read: one list of items, looked over in passes. Nothing goes out that would poison this turn and every later one.
/// </summary>
/// <param name="items">The whole history; what is left out is taken from it.</param>
/// <param name="target">The family of the model that is asked; null when nobody knows what will answer.</param>
/// <param name="notes">Hears of every change.</param>
internal sealed class HistoryFilter(List<InputItem> items, Family? target, HistoryNotes notes)
{
    /// <summary>The longest id that every family takes, in UTF-16 units.</summary>
    private const int LongestId = 64;

    /// <param name="items">The whole history; what is left out is taken from it.</param>
    /// <param name="model">The target as the caller names it; null when a preset or a fallback list chooses.</param>
    /// <param name="turns">How many earlier turns keep their reasoning; null = all. The current tool loop always does.</param>
    /// <param name="withoutReasoning">The service has refused the history's reasoning.</param>
    /// <param name="notes">Hears of every change.</param>
    public static void Apply(List<InputItem> items, string? model, int? turns, bool withoutReasoning, HistoryNotes notes)
    {
        var filter = new HistoryFilter(items, ModelFamilies.OfModel(model), notes);
        filter.PairCalls();
        filter.Deduplicate();
        filter.RemoveLeftOut();
        filter.ShortenIds();
        if (!items.Exists(item => item.Type == "reasoning"))
            return;
        filter.FilterTurns();
        if (turns is { } most)
            filter.DropOldTurns(most);
        if (withoutReasoning)
            filter.DropReasoning();
        filter.DropUnfollowed();
        filter.RemoveLeftOut();
        filter.Reshape();
    }

    /// <summary>Calls and results come in pairs, the call first: a result belongs to the nearest call of its id that has none. A call that may be answered later stays.</summary>
    private void PairCalls()
    {
        Dictionary<string, int>? open = null; // the nearest open call of an id, plus one
        Dictionary<int, int>? farther = null; // of a call: the next nearest open one of its id, plus one
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            if (item is { Type: "function_call", CallId: { } asked })
            {
                open ??= [];
                open.TryGetValue(asked, out var nearest);
                if (nearest > 0)
                    (farther ??= [])[i] = nearest;
                open[asked] = i + 1;
                item.IsLeftOut = true; // until its result is found
            }
            else if (item.Type == "function_call_output")
            {
                var call = 0;
                if (item.CallId is { } answered)
                    open?.TryGetValue(answered, out call);
                item.IsLeftOut = call == 0;
                if (call == 0)
                    continue;
                items[call - 1].IsLeftOut = false;
                var next = 0;
                farther?.TryGetValue(call - 1, out next);
                open![item.CallId!] = next;
            }
        }
        var areTold = false;
        foreach (var item in items)
            if (item.Type == "function_call" && (item.CallId is null || item.IsLeftOut))
            {
                var broken = item is CallItem { IsBroken: true } ? (CallItem)item : null;
                item.IsLeftOut = !item.IsAsync && broken is null;
                if (item.IsLeftOut)
                    notes.Add(HistoryChange.UnansweredCall);
                else if (broken is not null)
                {
                    notes.Add(HistoryChange.BrokenCall);
                    broken.IsTold = areTold = true;
                }
            }
            else if (item.IsLeftOut)
                notes.Add(HistoryChange.UnaskedResult);
        if (areTold)
            TellOfBrokenCalls();
    }

    /// <summary>Errors as outputs, behind all calls of their answer: one that is torn in two would lose its reasoning.</summary>
    private void TellOfBrokenCalls()
    {
        var told = new List<InputItem>(items.Count + 1);
        var errors = new List<InputItem>();
        foreach (var item in items)
        {
            if (item.BeginsTurn || item.Type.EndsWith("_output", StringComparison.Ordinal))
                Flush();
            told.Add(item);
            if (item is CallItem { IsTold: true } call)
                errors.Add(call.ToError());
        }
        Flush();
        items.Clear();
        items.AddRange(told);

        void Flush()
        {
            told.AddRange(errors);
            errors.Clear();
        }
    }

    /// <summary>
    /// No two items of one id: a message that was appended twice, or by two clients that count alike, gets an id of its own; reasoning that stands
    /// there to the letter is left out; another item to which the service gave the same id is told apart by a number. Messages without an id get one,
    /// because the service refuses output text without. Names depend only on what stands before, so that a longer history begins with the same bytes.
    /// </summary>
    private void Deduplicate()
    {
        var holders = 0;
        foreach (var item in items)
            if (item is not (InputMessage or FunctionOutput)) // those have no ids
                holders++;
        var seen = new Dictionary<string, InputItem>(holders);
        Dictionary<string, int>? numbers = null;
        var named = 0;
        foreach (var item in items)
            if (item.IsLeftOut)
                continue;
            else if (item is AssistantMessageBuilder message)
            {
                if (message.Id is { } own && seen.ContainsKey(own))
                    notes.Add(HistoryChange.Repeated);
                while (message.Id is null || seen.ContainsKey(message.Id))
                    message.Id = $"msg_{++named}";
                seen.Add(message.Id, message);
            }
            else if (item.Id is not { } id || seen.TryAdd(id, item))
                continue;
            else if (item is ReasoningItem again && seen[id] is ReasoningItem first && again.IsSame(first))
            {
                notes.Add(HistoryChange.Repeated);
                item.IsLeftOut = true;
            }
            else
            {
                numbers ??= [];
                if (!numbers.TryGetValue(id, out var number))
                    number = 1;
                do
                    item.Id = $"{id}_{++number}";
                while (!seen.TryAdd(item.Id, item));
                numbers[id] = number;
            }
    }

    /// <summary>Ids that another family gave may be longer than the target takes: a call's and its result's are shortened alike. Reasoning keeps its own, which its proof may cover.</summary>
    private void ShortenIds()
    {
        if (target is null || !items.Exists(item => item.Id is { Length: > LongestId } || item.CallId is { Length: > LongestId }))
            return;
        var calls = new HashSet<string>();
        for (var start = 0; start < items.Count;)
        {
            var end = TurnEnd(start);
            var isForeign = SourceOf(start, end) is { } source ? source != target : target == Family.OpenAI; // OpenAI is known to refuse them
            for (; start < end; start++)
            {
                var item = items[start];
                var isOutput = item.Type == "function_call_output";
                var isShortened = false;
                if (item.CallId is { Length: > LongestId } call && (isForeign && !isOutput || calls.Contains(call)))
                {
                    calls.Add(call);
                    item.CallId = Short(call);
                    isShortened = !isOutput; // a pair is noted once
                }
                if (isForeign && item is not ReasoningItem && item.Id is { Length: > LongestId } id)
                {
                    item.Id = Short(id);
                    isShortened = true;
                }
                if (isShortened)
                    notes.Add(HistoryChange.ShortId);
            }
        }
    }

    /// <summary>The family whose reasoning a turn holds; null when nothing says it.</summary>
    private Family? SourceOf(int start, int end)
    {
        for (var i = start; i < end; i++)
            if (items[i] is ReasoningItem reasoning && ModelFamilies.OfFormat(reasoning.Item) is { } family)
                return family;
        return null;
    }

    /// <summary>The same for the same id, whatever else stands in the history. Its first word stays, because the service looks at it: <c>msg_</c>, <c>call_</c>.</summary>
    private static string Short(string id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        var cut = id.IndexOf('_');
        var word = cut is > 0 and <= 8 ? id[..cut] : "id";
        return $"{word}_{Convert.ToHexString(hash[..16])}";
    }

    /// <summary>Turn by turn: its reasoning goes out as it came, or not at all.</summary>
    private void FilterTurns()
    {
        for (var start = 0; start < items.Count;)
        {
            var end = TurnEnd(start);
            FilterTurn(start, end);
            start = end;
        }
    }

    private int TurnEnd(int start)
    {
        var end = start + 1;
        while (end < items.Count && !items[end].BeginsTurn)
            end++;
        return end;
    }

    private void FilterTurn(int start, int end)
    {
        var isSpoiled = false;
        for (var i = start; i < end; i++)
        {
            if (items[i] is UnsendableReasoning)
                items[i].IsLeftOut = isSpoiled = true;
            if (items[i] is not ReasoningItem reasoning)
                continue;
            if (reasoning.IsEdited)
                notes.Add(HistoryChange.Edited);
            if (WhyNot(reasoning) is { } reason)
                Drop(reasoning, reason, isNoted: reason == HistoryChange.Edited);
            isSpoiled |= reasoning.IsEdited && reasoning.IsLeftOut;
        }
        if (isSpoiled)
            for (var i = start; i < end; i++)
                if (items[i] is ReasoningItem { IsBare: false })
                    Drop(items[i], HistoryChange.SameTurn);
    }

    /// <summary>Why the target would refuse this reasoning; null when it takes it, or nobody knows.</summary>
    private HistoryChange? WhyNot(ReasoningItem reasoning)
    {
        var format = ModelFamilies.OfFormat(reasoning.Item);
        return reasoning.Id is null ? HistoryChange.Nameless
            : format is not null && target is not null && format != target ? HistoryChange.OtherFamily
            : format == Family.OpenAI && reasoning.IsEmpty("encrypted_content") ? HistoryChange.NotEncrypted
            : reasoning.IsEdited && (!reasoning.IsBare || reasoning.Words.Length == 0) ? HistoryChange.Edited
            : null;
    }

    /// <summary>Encrypted blobs of old turns are sent for ever unless a number of turns says otherwise.</summary>
    private void DropOldTurns(int most)
    {
        var later = -1;
        for (var i = items.Count - 1; i >= 0; i--)
        {
            if (later >= most)
                Drop(items[i], HistoryChange.OldTurn);
            if (items[i].BeginsTurn && (i == 0 || !items[i - 1].BeginsTurn)) // two messages in a row are one turn
                later++;
        }
    }

    private void DropReasoning()
    {
        foreach (var item in items)
            Drop(item, HistoryChange.Refused);
    }

    /// <summary>Reasoning is followed by what it led to: another item of the model, before anybody else speaks. Others than OpenAI put it last themselves.</summary>
    private void DropUnfollowed()
    {
        var isFollowed = false;
        for (var i = items.Count - 1; i >= 0; i--)
            if (items[i].IsLeftOut)
                continue;
            else if (items[i] is not ReasoningItem reasoning)
                isFollowed = items[i].IsModels;
            else if (!isFollowed && (ModelFamilies.OfFormat(reasoning.Item) is null or Family.OpenAI))
                Drop(reasoning, HistoryChange.Unfollowed);
    }

    private void Reshape()
    {
        foreach (var item in items)
            if (item is ReasoningItem reasoning && (reasoning.IsEdited || !reasoning.HasShape))
            {
                reasoning.IsReshaped = true;
                if (!reasoning.IsEdited)
                    notes.Add(HistoryChange.Reshaped);
            }
    }

    /// <param name="item">Reasoning; anything else stays.</param>
    /// <param name="reason">Why it stays at home.</param>
    /// <param name="isNoted">It has been noted already.</param>
    private void Drop(InputItem item, HistoryChange reason, bool isNoted = false)
    {
        if (item.IsLeftOut || item is not ReasoningItem)
            return;
        item.IsLeftOut = true;
        if (!isNoted)
            notes.Add(reason);
    }

    private void RemoveLeftOut() => items.RemoveAll(item => item.IsLeftOut);
}

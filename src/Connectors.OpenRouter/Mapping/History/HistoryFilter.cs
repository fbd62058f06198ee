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
    /// <param name="items">The whole history; what is left out is taken from it.</param>
    /// <param name="model">The target as the caller names it; null when a preset or a fallback list chooses.</param>
    /// <param name="turns">How many earlier turns keep their reasoning; null = all. The current tool loop always does.</param>
    /// <param name="withoutReasoning">The service has refused the history's reasoning.</param>
    /// <param name="notes">Hears of every change.</param>
    public static void Apply(List<InputItem> items, string? model, int? turns, bool withoutReasoning, HistoryNotes notes)
    {
        var filter = new HistoryFilter(items, ModelFamilies.OfModel(model), notes);
        notes.Checkpoint?.Invoke();
        CallPairing.Apply(items, notes);
        ItemIds.Deduplicate(items, notes);
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

    /// <summary>Ids that another family gave may be longer than the target takes: a call's and its result's are shortened alike. Reasoning keeps its own, which its proof may cover.</summary>
    private void ShortenIds()
    {
        if (target is null || !items.Exists(item => IsLong(item.Id) || IsLong(item.CallId)))
            return;
        var calls = new HashSet<string>();
        for (var start = 0; start < items.Count;)
        {
            var end = TurnEnd(start);
            var isForeign = SourceOf(start, end) is { } source ? source != target : target == Family.OpenAI; // OpenAI is known to refuse them
            for (; start < end; start++)
                if (ShortenIds(items[start], isForeign, calls))
                    notes.Add(HistoryChange.ShortId);
        }
    }

    /// <param name="item">One of the turn.</param>
    /// <param name="isForeign">Another family gave the turn's ids.</param>
    /// <param name="calls">Call ids that were shortened before: their results follow, in whichever turn.</param>
    /// <returns>Whether there is something to note; of a pair it is the call.</returns>
    private static bool ShortenIds(InputItem item, bool isForeign, HashSet<string> calls)
    {
        var isOutput = item.Type == "function_call_output";
        var isNoted = false;
        if (IsLong(item.CallId) && (isForeign && !isOutput || calls.Contains(item.CallId!)))
        {
            calls.Add(item.CallId!);
            item.CallId = ItemIds.Short(item.CallId!);
            isNoted = !isOutput;
        }
        if (isForeign && item is not ReasoningItem && IsLong(item.Id))
        {
            item.Id = ItemIds.Short(item.Id!);
            isNoted = true;
        }
        return isNoted;
    }

    /// <summary>Whether an id is longer than every family takes.</summary>
    private static bool IsLong(string? id) => id is { Length: > ItemIds.Longest };

    /// <summary>The family whose reasoning a turn holds; null when nothing says it.</summary>
    private Family? SourceOf(int start, int end)
    {
        for (var i = start; i < end; i++)
            if (items[i] is ReasoningItem reasoning && ModelFamilies.OfFormat(reasoning.Item) is { } family)
                return family;
        return null;
    }

    /// <summary>Turn by turn: its reasoning goes out as it came, or not at all.</summary>
    private void FilterTurns()
    {
        for (var start = 0; start < items.Count;)
        {
            notes.Checkpoint?.Invoke();
            var end = TurnEnd(start);
            FilterTurn(start, end);
            start = end;
        }
    }

    /// <summary>Where the turn that begins here ends: the next item that begins one, or the end.</summary>
    private int TurnEnd(int start)
    {
        var end = start + 1;
        while (end < items.Count && !items[end].BeginsTurn)
            end++;
        return end;
    }

    /// <summary>Filters a turn; reasoning that is proven goes only with all the rest of its turn.</summary>
    private void FilterTurn(int start, int end)
    {
        var isSpoiled = false;
        for (var i = start; i < end; i++)
            isSpoiled |= FilterItem(items[i]);
        if (!isSpoiled)
            return;
        for (var i = start; i < end; i++)
            if (items[i] is ReasoningItem { IsBare: false })
                Drop(items[i], HistoryChange.SameTurn);
    }

    /// <returns>Whether the rest of its turn's reasoning cannot go out without it.</returns>
    private bool FilterItem(InputItem item)
    {
        if (item is UnsendableReasoning)
            return item.IsLeftOut = true;
        if (item is not ReasoningItem reasoning)
            return false;
        if (reasoning.IsEdited)
            notes.Add(HistoryChange.Edited);
        if (WhyNot(reasoning) is { } reason)
            Drop(reasoning, reason, isNoted: reason == HistoryChange.Edited);
        return reasoning is { IsEdited: true, IsLeftOut: true };
    }

    /// <summary>Why the target would refuse this reasoning; null when it takes it, or nobody knows.</summary>
    private HistoryChange? WhyNot(ReasoningItem reasoning)
    {
        var format = ModelFamilies.OfFormat(reasoning.Item);
        return reasoning.Id is null ? HistoryChange.Nameless
            : format is not null && target is not null && format != target ? HistoryChange.OtherFamily
            : format == Family.OpenAI && reasoning.IsEmpty("encrypted_content") ? HistoryChange.NotEncrypted
            : reasoning.IsEdited && (!reasoning.IsBare || reasoning.Text.Length == 0) ? HistoryChange.Edited
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

    /// <summary>Leaves out all reasoning.</summary>
    private void DropReasoning()
    {
        foreach (var item in items)
            Drop(item, HistoryChange.Refused);
    }

    /// <summary>Reasoning is followed by what it led to: another item of the model, before anybody else speaks. Others than OpenAI put it last themselves.</summary>
    private void DropUnfollowed()
    {
        var hasFollower = false;
        for (var i = items.Count - 1; i >= 0; i--)
            if (items[i].IsLeftOut)
                continue;
            else if (items[i] is not ReasoningItem reasoning)
                hasFollower = items[i].IsModels;
            else if (!hasFollower && (ModelFamilies.OfFormat(reasoning.Item) is null or Family.OpenAI))
                Drop(reasoning, HistoryChange.Unfollowed);
    }

    /// <summary>Marks reasoning that has to be written in the API's shape.</summary>
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

    /// <summary>Removes the items that were marked.</summary>
    private void RemoveLeftOut() => items.RemoveAll(item => item.IsLeftOut);
}

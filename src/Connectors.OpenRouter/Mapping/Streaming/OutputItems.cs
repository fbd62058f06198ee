using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Which item an event speaks of. Items are the same only if type and place agree: an id or call_id that repeats is another item.
/// Every look-up costs the same however many items there are.
/// </summary>
internal sealed class OutputItems
{
    /// <summary>The place of an item, or the number of a part, that the service does not tell.</summary>
    public const int Nowhere = -1;

    /// <summary>Emitted texts without a name are compared with a finished item's, but not with all of a hostile answer's.</summary>
    public const int MostComparisons = 8;

    /// <summary>How far back one is looked for that an event without a place or an id may speak of.</summary>
    private const int FarthestBack = 256;

    private static readonly Comparer<OutputItem> ByPlace = Comparer<OutputItem>.Create((one, other) => one.Index != other.Index ? one.Index.CompareTo(other.Index) : one.Sequence.CompareTo(other.Sequence));

    private static readonly List<OutputItem> None = [];

    private readonly List<OutputItem> _all = [];
    private readonly List<OutputItem> _inOrder = []; // those whose places follow each other from the first one on, by place
    private Dictionary<int, OutputItem>? _byIndex; // all others that have a place
    private Dictionary<string, OutputItem>? _byId; // from the first time that an event names an item by nothing but its id
    private SortedSet<OutputItem>? _open;
    private SortedSet<OutputItem>? _openReasoning;
    private SortedSet<OutputItem>? _finished;
    private SortedSet<OutputItem>? _finishedOthers;
    private OutputItem? _lastMessage;
    private OutputItem? _lastReasoning;
    private OutputItem? _lastCall;

    /// <summary>All items in the order in which they became known.</summary>
    public IReadOnlyList<OutputItem> All => _all;

    /// <summary>What has to be emitted before an item may speak: finished items and open reasoning that stand before it, in their order.</summary>
    public List<OutputItem> Before(OutputItem item)
    {
        if (!IsAnyBefore(item, _finished) && !IsAnyBefore(item, _openReasoning))
            return None;
        var before = new List<OutputItem>();
        foreach (var set in (SortedSet<OutputItem>?[])[_finished, _openReasoning])
            foreach (var earlier in set ?? [])
                if (ByPlace.Compare(earlier, item) >= 0)
                    break;
                else
                    before.Add(earlier);
        before.Sort(ByPlace);
        return before;
    }

    /// <summary>Whether the first of a set stands before an item.</summary>
    private static bool IsAnyBefore(OutputItem item, SortedSet<OutputItem>? items) => items?.Min is { } first && ByPlace.Compare(first, item) < 0;

    /// <summary>The first finished item that no open one stands before; null = none.</summary>
    public OutputItem? NextFinished() => _finished?.Min is { } next && (_open?.Min is not { } open || ByPlace.Compare(next, open) < 0) ? next : null;

    /// <summary>Whether something that is neither a call nor an output is finished behind an item.</summary>
    public bool HasFinishedAfter(OutputItem item) => _finishedOthers?.Max is { } last && ByPlace.Compare(last, item) > 0;

    /// <summary>The item at a place; null when there is none.</summary>
    public OutputItem? At(int index) => index < 0 ? null : index < _inOrder.Count ? _inOrder[index] : _byIndex?.GetValueOrDefault(index);

    /// <summary>The call that was announced last and is not finished; null = none.</summary>
    public OutputItem? OpenCall => _lastCall is { State: ItemState.Open } call ? call : null;

    /// <summary>By place where the event names one, else by id. Of several that have the place it is the one of this id.</summary>
    public OutputItem? Find(int index, string? id)
    {
        if (index < 0)
            return id is null ? null : Named(id);
        var there = At(index);
        return there?.Id is { } known && id is not null && known != id && Named(id) is { } named && named.Index == index ? named : there;
    }

    /// <summary>Adds an item.</summary>
    /// <param name="index">Its place; <see cref="Nowhere"/> while nobody said.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="id">Its id; null while nobody said.</param>
    public OutputItem Add(int index, ItemKind kind, string? id = null)
    {
        var item = new OutputItem(index, kind, _all.Count);
        _all.Add(item);
        Put(item, index);
        Set(item, isMember: true);
        Name(item, id);
        if (kind == ItemKind.Message)
            _lastMessage = item;
        else if (kind == ItemKind.Reasoning)
            _lastReasoning = item;
        else if (kind == ItemKind.FunctionCall)
            _lastCall = item;
        return item;
    }

    /// <summary>Gives an item the id that it turned out to have.</summary>
    public void Name(OutputItem item, string? id)
    {
        if (string.IsNullOrEmpty(id) || item.Id == id)
            return;
        item.Id = id;
        if (_byId is not null)
            _byId[id!] = item;
    }

    /// <summary>Gives an item its place, where it has none yet.</summary>
    public void Place(OutputItem item, int index)
    {
        if (item.Index >= 0 || index < 0)
            return;
        Set(item, isMember: false);
        item.Index = index;
        Set(item, isMember: true);
        if (At(index) is null)
            Put(item, index);
    }

    /// <summary>Changes an item's state, and with it the sets that it belongs to.</summary>
    public void SetState(OutputItem item, ItemState state)
    {
        if (item.State == state)
            return;
        Set(item, isMember: false);
        item.State = state;
        Set(item, isMember: true);
    }

    /// <summary>Whose words these are; null for words that are not the model's own.</summary>
    public OutputItem? Owner(int index, string? id, ItemKind kind)
    {
        var owner = Find(index, id);
        if (owner?.Kind == kind)
            return owner;
        if (owner is not null && (kind == ItemKind.Message || owner.Kind is not (ItemKind.Message or ItemKind.FunctionCall)))
            return null; // 21-advisor-trap.sse: an advisor speaks under its own item
        if (owner is null && index >= 0)
            return Add(index, kind, id); // never announced: its words count all the same
        var last = kind == ItemKind.Message ? _lastMessage : _lastReasoning;
        if (last is null || last.State != ItemState.Open && last.Index >= 0 || owner is null && id is not null && last.Id is not null)
            return Add(Nowhere, kind, id); // an id that nobody has is another item's
        if (owner is null)
            Name(last, id);
        return last;
    }

    /// <summary>The item that a finished one is the end of.</summary>
    /// <param name="index">Where the event says that it stands; negative when it does not say.</param>
    /// <param name="finished">The finished item.</param>
    /// <param name="emitted">What was emitted of an item may be the beginning of the finished one.</param>
    public OutputItem? Match(int index, Item finished, EmittedContents emitted)
    {
        if (index >= 0 && Find(index, finished.Id) is { } there)
            return there.Fits(finished) ? there : null;
        if (finished.Id is { } id && Named(id) is { } named && named.Fits(finished) && (index < 0 || named.Index < 0))
            return named;
        var tries = 0;
        for (var i = _all.Count - 1; i >= 0 && i >= _all.Count - FarthestBack && tries < MostComparisons; i--)
            if (_all[i] is { State: not ItemState.Emitted } item && (item.Index < 0 || index < 0) && item.Fits(finished) && tries++ < MostComparisons && (item.HasArrived ? PendingText.Begins(finished, item, emitted) : IsNowhere(item)))
                return item;
        return null;

        // Announced and finished without a place, under no id or another: the last of its kind, or of its call_id.
        bool IsNowhere(OutputItem item) => index < 0 && item.Index < 0 && item.State == ItemState.Open && item.CallId == finished.CallId
            && (item.IsOnlyAnnounced || finished.Id is null && item.Id is null || finished.CallId is not null && !item.IsDone);
    }

    /// <summary>For each item of the terminal response the one it is the end of; items of which nothing was heard are added.</summary>
    public List<OutputItem> MatchTerminal(List<Item> output, EmittedContents emitted, FinishedItems finished)
    {
        if (_all.Count > 0)
            return MatchStreamed(output, emitted, finished);
        var added = new List<OutputItem>(output.Count); // a whole answer
        foreach (var item in output)
        {
            _all.Add(new(added.Count, item.Kind, added.Count) { Id = item.Id });
            added.Add(_all[^1]);
        }
        return added;
    }

    /// <summary>Matches a terminal response against the items that were streamed.</summary>
    /// <param name="output">Its items.</param>
    /// <param name="emitted">Texts that an item without a name is known by.</param>
    /// <param name="finished">Items as they ended, byte for byte.</param>
    /// <returns>For each item of the output the streamed one, or a new one.</returns>
    private List<OutputItem> MatchStreamed(List<Item> output, EmittedContents emitted, FinishedItems finished)
    {
        if (InPlace(output) is { } inPlace)
            return inPlace;
        var ends = new TerminalOutput(output, _all, emitted, finished);
        var settled = new List<OutputItem>(output.Count);
        for (var i = 0; i < output.Count; i++)
        {
            var heard = ends.Take(i, At(i));
            settled.Add(heard ?? ends.Take(Add(i, output[i].Kind)));
            settled[i].IsUnheard = heard is null;
        }
        return settled;
    }

    /// <summary>All items in the order of the output: of their places, or of their arrival where none has one; null where only some have.</summary>
    public List<OutputItem>? ByIndex()
    {
        var items = new List<OutputItem>(_all);
        items.Sort(ByPlace);
        return items.Count > 1 && (items[0].Index >= 0 || items[^1].Index < 0) ? items : null;
    }

    /// <summary>The items of the ending, and between them by their places those of the stream that it leaves out.</summary>
    public List<OutputItem> WithLeftOut(List<OutputItem> settled)
    {
        if (settled.Count == _all.Count)
            return settled;
        var leftOut = new Queue<OutputItem>(_all.Except(settled).Where(item => item.Index >= 0 && item.IsAddressable).OrderBy(item => item.Index));
        var all = new List<OutputItem>(_all.Count);
        for (int i = 0, placed = 0; i < settled.Count; i++)
        {
            for (placed = Math.Max(placed, i); placed < settled.Count && (settled[placed].IsUnheard || settled[placed].Index < 0); placed++) { }
            while (leftOut.Count > 0 && (placed == settled.Count || leftOut.Peek().Index < settled[placed].Index)) // what was not heard stands before what was heard next
                all.Add(leftOut.Dequeue());
            all.Add(settled[i]);
        }
        all.AddRange(leftOut);
        return all;
    }

    /// <summary>Whether items were emitted in the order in which they stand here.</summary>
    public static bool AreInPlace(List<OutputItem> items)
    {
        for (var i = 1; i < items.Count; i++)
            if (items[i - 1].Place > items[i].Place)
                return false;
        return true;
    }

    /// <summary>Ids, and for those that repeat which of them; items without an id are numbered. All are counted in the order in which they were emitted.</summary>
    public static IEnumerable<string> OrderKeys(List<OutputItem> settled)
    {
        var keys = new Dictionary<OutputItem, string>();
        var seen = new Dictionary<string, int>();
        foreach (var item in settled.OrderBy(item => item.Place))
            if (item.IsAddressable)
                keys[item] = ReasoningEnvelope.OrderKey(item.SentId, seen);
        return settled.Where(keys.ContainsKey).Select(item => keys[item]);
    }

    /// <summary>The items at the output's own places where each has the place, the type and the id of its end, as in most streams; else null.</summary>
    private List<OutputItem>? InPlace(List<Item> output)
    {
        if (output.Count != _all.Count || output.Count != _inOrder.Count)
            return null;
        for (var i = 0; i < output.Count; i++)
            if (!_inOrder[i].Fits(output[i]) || !output[i].HasId(_inOrder[i].Id))
                return null;
        return [.. _inOrder];
    }

    /// <summary>Files an item under its place.</summary>
    private void Put(OutputItem item, int index)
    {
        if (index < 0)
            return;
        if (index < _inOrder.Count)
            _inOrder[index] = item;
        else if (index == _inOrder.Count && _byIndex is null)
            _inOrder.Add(item);
        else
            (_byIndex ??= [])[index] = item;
    }

    /// <summary>The item of an id; an index is made for the first one that is asked for.</summary>
    private OutputItem? Named(string id)
    {
        if (_byId is null)
        {
            _byId = [];
            foreach (var item in _all)
                if (item.Id is { } known)
                    _byId[known] = item;
        }
        return _byId.GetValueOrDefault(id);
    }

    /// <summary>Puts an item into the sets of its state, or takes it out of them.</summary>
    private void Set(OutputItem item, bool isMember)
    {
        if (item.State == ItemState.Finished)
        {
            Put(ref _finished);
            if (!item.IsCallOrOutput)
                Put(ref _finishedOthers);
        }
        if (item.State != ItemState.Open)
            return;
        Put(ref _open);
        if (item.Kind == ItemKind.Reasoning)
            Put(ref _openReasoning);

        void Put(ref SortedSet<OutputItem>? set) => _ = isMember ? (set ??= new(ByPlace)).Add(item) : set?.Remove(item);
    }
}

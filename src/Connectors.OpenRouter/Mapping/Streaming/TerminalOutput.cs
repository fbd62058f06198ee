using System.Text.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Finds for each item of the terminal response the item of the stream that it is the end of. In this order: the one at its place with
/// its id, one of its id, of its call_id, the one at its place, one without a name or a place that it repeats. Each is taken once. Ids
/// and call_ids that repeat name nothing: there the place counts. Nor do texts: an item that has ended is where all of its end is repeated.
/// </summary>
internal sealed class TerminalOutput
{
    /// <summary>Texts by which an item without a name is known.</summary>
    private readonly EmittedContents _emitted;

    /// <summary>Items as they ended.</summary>
    private readonly FinishedItems _finished;

    /// <summary>Streamed items that were matched.</summary>
    private readonly HashSet<OutputItem> _taken = [];

    /// <summary>Ids that the terminal response has.</summary>
    private readonly HashSet<string> _ids = [];

    /// <summary>Ids and call_ids that the terminal response has more than once.</summary>
    private readonly HashSet<string> _repeated = [];

    /// <summary>Streamed items by id, in order.</summary>
    private readonly Dictionary<string, Queue<OutputItem>> _byId;

    /// <summary>Streamed items by call_id, in order.</summary>
    private readonly Dictionary<string, Queue<OutputItem>> _byCall;

    /// <summary>Streamed items without a name, by the place in the terminal response where they are repeated.</summary>
    private readonly Dictionary<int, OutputItem> _byEnd = [];

    /// <summary>Streamed items without a name that the terminal response does not repeat as they ended: only their text can match.</summary>
    private readonly Queue<OutputItem> _nameless = [];

    private readonly List<Item> _output;

    /// <param name="output">Of the terminal response.</param>
    /// <param name="streamed">The items of the stream.</param>
    /// <param name="emitted">What has been emitted of them.</param>
    /// <param name="finished">As they ended.</param>
    public TerminalOutput(List<Item> output, List<OutputItem> streamed, EmittedContents emitted, FinishedItems finished)
    {
        (_output, _emitted, _finished) = (output, emitted, finished);
        var calls = new HashSet<string>();
        foreach (var item in output)
        {
            if (item.Id is { } id && !_ids.Add(id))
                _repeated.Add(id);
            if (item.Kind == ItemKind.FunctionCall && item.CallId is { } call && !calls.Add(call))
                _repeated.Add(call);
        }
        _byId = Queues(streamed, item => item.Id);
        _byCall = Queues(streamed, item => item.CallId);
        List<int>? unheard = null;
        var next = 0;
        foreach (var item in streamed)
            if (!IsNamed(item.Id) && !(item.Index >= 0 && item.Index < output.Count && item.Fits(output[item.Index])))
                if (Repeated(item, unheard ??= Unheard(streamed), ref next) is { } place)
                    _byEnd[place] = item;
                else
                    _nameless.Enqueue(item);
    }

    /// <param name="i">Where in the terminal response an item stands.</param>
    /// <param name="at">The stream's item at its place.</param>
    /// <returns>Null where nothing was heard of it.</returns>
    public OutputItem? Take(int i, OutputItem? at)
    {
        var finished = _output[i];
        var there = at is not null && at.Fits(finished) && !_taken.Contains(at) ? at : null;
        var match = there is not null && (there.Id == finished.Id || there.Id is null && finished.Id is { } own && _repeated.Contains(own)) ? there
            : Next(_byId, finished.Id, finished)
            ?? (finished.Kind == ItemKind.FunctionCall ? Next(_byCall, finished.CallId, finished) : null)
            ?? (there is not null && !IsNamed(there.Id) ? there : null)
            ?? _byEnd.GetValueOrDefault(i)
            ?? Next(_nameless, item => item.Fits(finished) && IsEndOf(item, finished));
        return match is null ? null : Take(match);
    }

    /// <summary>Whether an item of the terminal response says again what was streamed of one without a name.</summary>
    private bool IsEndOf(OutputItem item, Item finished)
    {
        if (item.HasArrived)
            return PendingText.Begins(finished, item, _emitted);
        var known = Known(item);
        return item.Index < 0 && known.Json.ValueKind == JsonValueKind.Object && (item.IsOnlyAnnounced ? known.CallId == finished.CallId : finished.Repeats(known));
    }

    /// <summary>The item as it ended, or as it was announced.</summary>
    private Item Known(OutputItem item) => item.FinishedLength > 0 ? _finished.Recall(item) : item.Known;

    /// <summary>Where in the terminal response items stand that nothing names among those of the stream.</summary>
    private List<int> Unheard(List<OutputItem> streamed)
    {
        var places = new HashSet<int>(streamed.Select(item => item.Index));
        var unheard = new List<int>();
        for (var i = 0; i < _output.Count; i++)
            if (!places.Contains(i) && !(_output[i].Id is { } id && _byId.ContainsKey(id)) && !(_output[i] is { Kind: ItemKind.FunctionCall, CallId: { } call } && _byCall.ContainsKey(call)))
                unheard.Add(i);
        return unheard;
    }

    /// <summary>Where the terminal response says of an item what was streamed of it, and all that its end said. Only some are looked at.</summary>
    /// <param name="item">An item without a name.</param>
    /// <param name="unheard">Where it may be.</param>
    /// <param name="next">The first of them that stands behind the last one found.</param>
    private int? Repeated(OutputItem item, List<int> unheard, ref int next)
    {
        for (var i = next; i < unheard.Count && i < next + OutputItems.MostComparisons; i++)
            if (_output[unheard[i]] is var finished && item.Fits(finished) && IsEndOf(item, finished) && (!item.IsDone || finished.Repeats(Known(item))))
            {
                next = i + 1;
                return unheard[i];
            }
        return null;
    }

    /// <summary>Marks an item as matched.</summary>
    public OutputItem Take(OutputItem item)
    {
        _taken.Add(item);
        return item;
    }

    /// <summary>Whether the terminal response has an item of this id.</summary>
    private bool IsNamed(string? id) => id is not null && _ids.Contains(id);

    /// <summary>The next streamed item of an id that fits; repeated ids match only items without a place.</summary>
    private OutputItem? Next(Dictionary<string, Queue<OutputItem>> queues, string? id, Item finished) =>
        id is not null && queues.TryGetValue(id, out var queue) ? Next(queue, item => item.Fits(finished) && (item.Index < 0 || !_repeated.Contains(id))) : null;

    /// <summary>The next that fits; only some are looked at, so that a hostile answer does not cost the square of its items.</summary>
    private OutputItem? Next(Queue<OutputItem> queue, Predicate<OutputItem> fits)
    {
        for (var tries = Math.Min(queue.Count, OutputItems.MostComparisons); tries > 0; tries--)
        {
            var item = queue.Dequeue();
            if (_taken.Contains(item))
                continue;
            if (fits(item))
                return item;
            queue.Enqueue(item);
        }
        return null;
    }

    /// <summary>Items by a name, those without one left out.</summary>
    private static Dictionary<string, Queue<OutputItem>> Queues(List<OutputItem> streamed, Func<OutputItem, string?> name)
    {
        var queues = new Dictionary<string, Queue<OutputItem>>();
        foreach (var item in streamed)
            if (name(item) is { } id)
            {
                if (!queues.TryGetValue(id, out var queue))
                    queues[id] = queue = new();
                queue.Enqueue(item);
            }
        return queues;
    }
}

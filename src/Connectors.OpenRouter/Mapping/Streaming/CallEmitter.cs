using System.Globalization;
using System.Text;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Emits what is not heard piece by piece: calls, outputs, searches and every other item. Pairs the service's own outputs with their
/// calls by counting, nearest first: nobody else must make a call that the service answers itself.
/// </summary>
internal sealed class CallEmitter(ResponseState state, ContentEmitter contents)
{
    /// <summary>Counts the ids of what is emitted, to tell the contents of one id apart.</summary>
    private RepeatedIds _ids;

    /// <summary>The calls and outputs of each call_id; null until one arrives.</summary>
    private Dictionary<string, Pairing>? _pairings;

    /// <summary>How many emitted calls wait for the caller.</summary>
    private int _unanswered;
    private Dictionary<(int Index, string Id), StringBuilder>? _early;

    /// <summary>Emitted calls whose arguments could not be read; null for none.</summary>
    private List<(OutputItem Item, string Name)>? _broken;

    /// <summary>The functions whose calls cannot be made, because their arguments cannot be read.</summary>
    public IReadOnlyList<string> Broken => _broken is null ? [] : [.. _broken.Where(call => !call.Item.IsAnswered).Select(call => call.Name)];

    /// <summary>Whether a call was emitted that somebody has to answer.</summary>
    public bool IsCalled => _unanswered > 0;

    /// <summary>Arguments of a call that has not been announced yet: by its place, else by its id.</summary>
    public void OnEarlyArguments(int index, string? id, string? delta, string? complete)
    {
        if ((delta ?? complete) is not { Length: > 0 } text || index < 0 && id is null)
            return;
        _early ??= [];
        if (!_early.TryGetValue((index, index < 0 ? id! : ""), out var arguments))
            _early[(index, index < 0 ? id! : "")] = arguments = new();
        if (delta is null)
            arguments.Clear();
        arguments.Append(text);
    }

    /// <summary>A call gets those of its arguments that came before it was announced.</summary>
    public void TakeEarlyArguments(OutputItem item, int index, string? id)
    {
        if (_early is null || item.Kind != ItemKind.FunctionCall || item.Arguments is not null || (index < 0 ? id : "") is not { } name || !_early.TryGetValue((index, name), out var arguments))
            return;
        _early.Remove((index, name));
        item.Arguments = arguments;
    }

    /// <summary>Notes a call, or an output of the service's own, when it is first heard of.</summary>
    public void Pair(OutputItem item, Item known)
    {
        if (item.IsPaired || !item.IsCallOrOutput || known.CallId is not { } id)
            return;
        item.IsPaired = true;
        _pairings ??= [];
        if (!_pairings.TryGetValue(id, out var pairing))
            _pairings[id] = pairing = new();
        if (item.Kind == ItemKind.FunctionCallOutput)
        {
            pairing.HasOutput = true;
            if (Take(pairing.Calls, item) is { } call)
                Answer(call, item);
            else
                pairing.Outputs.Add(item);
        }
        else if (Take(pairing.Outputs, item) is { } output)
            Answer(item, output);
        else
        {
            pairing.Calls.Add(item);
            pairing.HasSeveral = pairing.HasCall;
            pairing.HasCall = true;
        }
    }

    /// <summary>
    /// Whether only the ending tells what belongs together: an output whose call has not been emitted, and calls of one call_id, and their
    /// output, that have no place.
    /// </summary>
    public bool MustWait(OutputItem item) => item.Kind switch
    {
        ItemKind.FunctionCallOutput => item.CallId is not null && (item.Facts?.Partner?.State != ItemState.Emitted || IsAmbiguous(item)),
        ItemKind.FunctionCall => IsAmbiguous(item),
        _ => false,
    };

    private bool IsAmbiguous(OutputItem item) => item.Index < 0 && item.CallId is { } id && _pairings?.TryGetValue(id, out var pairing) == true && pairing is { HasSeveral: true, HasOutput: true };

    /// <summary>The terminal response says where calls and outputs stand: whose output it is where the stream did not say that, or said it otherwise.</summary>
    public void MatchTerminal(List<OutputItem> items)
    {
        if (_pairings is null)
            return;
        var open = new Dictionary<string, Stack<OutputItem>>();
        foreach (var item in items)
            if (item is { IsCallOrOutput: true, CallId: { } id })
            {
                if (!open.TryGetValue(id, out var calls))
                    open[id] = calls = new();
                if (item.Kind == ItemKind.FunctionCall)
                    calls.Push(item);
                else if (calls.Count > 0 && calls.Pop() is var call)
                    Answer(call, item);
            }
        foreach (var calls in open.Values)
            foreach (var call in calls)
                Open(call);
    }

    /// <summary>Somebody has to answer a call after all; but what was emitted as the service's own stays so.</summary>
    private void Open(OutputItem call)
    {
        if (!call.IsAnswered || call.Facts is { IsEmittedAnswered: true })
            return;
        call.IsAnswered = false;
        if (call.Facts?.Call is not { } emitted)
            return;
        emitted.InformationalOnly = emitted.Exception is not null;
        _unanswered++;
    }

    /// <summary>Whether two can be call and output: the output stands behind its call, where both have a place.</summary>
    private static bool IsPair(OutputItem one, OutputItem other)
    {
        var (call, output) = one.Kind == ItemKind.FunctionCall ? (one, other) : (other, one);
        return call.Index < 0 || output.Index < 0 || call.Index < output.Index;
    }

    /// <summary>The nearest that fits, by place, else by arrival; only some are looked at, so that a hostile answer does not cost the square of its items.</summary>
    private static OutputItem? Take(List<OutputItem> items, OutputItem other)
    {
        var nearest = -1;
        for (var i = items.Count - 1; i >= 0 && i >= items.Count - OutputItems.MostComparisons; i--)
            if (IsPair(items[i], other) && (nearest < 0 || items[i].Index >= 0 && Math.Abs(items[i].Index - other.Index) < Math.Abs(items[nearest].Index - other.Index)))
                nearest = i;
        if (nearest < 0)
            return null;
        var item = items[nearest];
        items.RemoveAt(nearest);
        return item;
    }

    /// <param name="item">What is known of it while it streams.</param>
    /// <param name="finished">The item with all that is known of it.</param>
    /// <param name="truncated">The answer was cut short.</param>
    /// <param name="terminal">The item as the terminal response has it; default where there is none.</param>
    public void Emit(OutputItem item, Item finished, bool truncated, Item terminal)
    {
        item.EmittedId = finished.Id;
        item.Nth = _ids.Count(finished.Id ?? finished.Type);
        item.Key = ReasoningEnvelope.Key(finished.Id ?? finished.Type, item.Nth);
        if (item.Kind == ItemKind.FunctionCall)
            finished = WithOwnCallId(item, WithArguments(item, finished, terminal, truncated));
        else if (item.Facts?.Partner?.Facts?.OwnCallId is { } own && own != finished.CallId)
            finished = finished.With(Item.Build(writer => writer.WriteString("call_id"u8, own)));
        foreach (var content in ItemMap.ToContents(finished, truncated, item.IsAnswered, item.Key))
        {
            contents.Add(content);
            if (content is FunctionCallContent emitted)
                ((item.Facts ??= new()).Call, item.Facts.IsEmittedAnswered) = (emitted, item.IsAnswered);
            if (content is FunctionCallContent { Exception: not null } broken)
                (_broken ??= []).Add((item, broken.Name));
        }
        if (item.Kind == ItemKind.FunctionCall && !item.IsAnswered)
            _unanswered++;
    }

    /// <summary>The terminal response knows more of an item than its end did: that goes back in its place, and what can be shown only now is.</summary>
    /// <param name="item">It has been emitted.</param>
    /// <param name="emitted">As it ended.</param>
    /// <param name="terminal">As the terminal response has it.</param>
    public void EmitLate(OutputItem item, Item emitted, Item terminal)
    {
        var known = emitted.With(terminal);
        if (item.Kind == ItemKind.FunctionCallOutput || known.Json.JsonEquals(emitted.Json))
            return; // of an output only its text goes back
        if (item.Kind == ItemKind.FunctionCall)
            known = WithOwnCallId(item, known);
        var shown = ToContents(item, emitted).Select(content => content.GetType()).ToList();
        var late = ToContents(item, known).FirstOrDefault(content => item.Kind != ItemKind.FunctionCall && !shown.Contains(content.GetType())) ?? new AIContent();
        late.AdditionalProperties = ItemMap.Carry(known.With(Item.Build(writer => writer.WriteString(ReasoningEnvelope.KeyMember, item.Key))));
        item.EmittedId = known.Id;
        contents.Add(late);
    }

    private static IEnumerable<AIContent> ToContents(OutputItem item, Item known) => ItemMap.ToContents(known, truncated: false, item.IsAnswered, item.Key!);

    /// <summary>The output may come late: the call may have been emitted already.</summary>
    private void Answer(OutputItem call, OutputItem output)
    {
        ((call.Facts ??= new()).Partner, (output.Facts ??= new()).Partner) = (output, call);
        if (call.IsAnswered)
            return;
        call.IsAnswered = true;
        if (call.Facts.Call is not { } emitted)
            return;
        emitted.InformationalOnly = true;
        _unanswered--;
    }

    /// <summary>
    /// What the content of a call will be called, from the first time on that anybody is told. Of calls that share a call_id each that has to be
    /// answered gets one of its own: results are told apart by nothing else.
    /// </summary>
    /// <returns>Null while nobody knows its call_id.</returns>
    public string? NameOf(OutputItem item) => item.CallId is { } id ? (item.Facts ??= new()).OwnCallId ??= Unique(id, isFree: Claim(id)) : null;

    /// <summary>Whether nobody else has got this call_id.</summary>
    private bool Claim(string id)
    {
        _pairings ??= [];
        if (!_pairings.TryGetValue(id, out var pairing))
            _pairings[id] = pairing = new();
        return !pairing.HasOutput && !pairing.IsEmitted && (pairing.IsEmitted = true);
    }

    /// <summary>A call_id that nobody else has: the id with the next free number behind it.</summary>
    /// <param name="id">The service's call_id.</param>
    /// <param name="isFree">Whether the id itself can be had.</param>
    private string Unique(string id, bool isFree)
    {
        var own = id;
        while (!isFree)
        {
            own = $"{id}_{(++_pairings![id].Copies + 1).ToString(CultureInfo.InvariantCulture)}";
            isFree = !_pairings.ContainsKey(own) && Claim(own);
        }
        return own;
    }

    /// <summary>A call that the service answers itself keeps the call_id it has, unless another call is known by it; one without gets one, so that its result can answer it.</summary>
    private Item WithOwnCallId(OutputItem item, Item call)
    {
        if (item.IsAnswered && item.Facts?.OwnCallId is null && (item.Facts?.Partner?.State == ItemState.Emitted || call.CallId is not { } id || _pairings?.TryGetValue(id, out var pairing) != true || !pairing!.IsEmitted))
            return call;
        item.CallId ??= call.CallId ?? call.Id ?? $"call_{state.BaseId}_{(item.Sequence + 1).ToString(CultureInfo.InvariantCulture)}";
        return NameOf(item) is { } own && own != call.CallId ? call.With(Item.Build(writer => writer.WriteString("call_id"u8, own))) : call;
    }

    /// <summary>The arguments that are known best: of the terminal response, of the finished item, of the streamed pieces; what a call was announced with counts last.</summary>
    private static Item WithArguments(OutputItem item, Item finished, Item terminal, bool truncated)
    {
        var isFinished = terminal.Json.ValueKind == System.Text.Json.JsonValueKind.Object && terminal.Arguments.Length > 0 || !item.IsAnnounced && finished.Arguments.Length > 0;
        if (isFinished || item.Arguments is not { Length: > 0 } arguments)
            return finished;
        return finished.With(Item.Build(writer =>
        {
            writer.WriteString("arguments", arguments.ToString());
            writer.WriteString("status", truncated ? "incomplete" : "completed");
        }));
    }

    /// <summary>The calls and outputs of one call_id.</summary>
    private sealed class Pairing
    {
        /// <summary>Calls that no output has answered, the nearest last.</summary>
        public readonly List<OutputItem> Calls = [];

        /// <summary>Outputs that came before their call.</summary>
        public readonly List<OutputItem> Outputs = [];

        /// <summary>An output of the service's own has arrived.</summary>
        public bool HasOutput;

        /// <summary>A call has arrived.</summary>
        public bool HasCall;

        /// <summary>More than one call has arrived: they cannot be told apart by this id.</summary>
        public bool HasSeveral;

        /// <summary>A call has been emitted under this id.</summary>
        public bool IsEmitted;

        /// <summary>How many calls have been given another id.</summary>
        public int Copies;
    }
}

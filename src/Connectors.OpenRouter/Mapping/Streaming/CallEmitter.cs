using System.Globalization;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Emits what is not heard piece by piece: calls, outputs, searches and every other item. Pairs the service's own outputs with their
/// calls by counting, nearest first: nobody else must make a call that the service answers itself.
/// </summary>
internal sealed class CallEmitter(ContentEmitter contents)
{
    private Dictionary<string, Pairing>? _pairings;
    private int _unanswered;
    private List<(OutputItem Item, string Name)>? _broken;

    /// <summary>The functions whose calls cannot be made, because their arguments cannot be read.</summary>
    public IReadOnlyList<string> Broken => _broken is null ? [] : [.. _broken.Where(call => !call.Item.IsAnswered).Select(call => call.Name)];

    /// <summary>Whether a call was emitted that somebody has to answer.</summary>
    public bool IsCalled => _unanswered > 0;

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
            if (pairing.Calls.Count > 0)
                Answer(pairing.Calls.Pop());
            else
                pairing.Outputs++;
        }
        else if (pairing.Outputs > 0)
        {
            pairing.Outputs--;
            item.IsAnswered = true;
        }
        else
            pairing.Calls.Push(item);
    }

    /// <param name="item">What is known of it while it streams.</param>
    /// <param name="finished">The item with all that is known of it.</param>
    /// <param name="truncated">The answer was cut short.</param>
    /// <param name="terminal">The item as the terminal response has it; default where there is none.</param>
    public void Emit(OutputItem item, Item finished, bool truncated, Item terminal)
    {
        if (item.State == ItemState.Emitted)
            return;
        if (item.Kind == ItemKind.FunctionCall)
            finished = WithOwnCallId(item, WithArguments(item, finished, terminal, truncated));
        foreach (var content in ItemMap.ToContents(finished, truncated, item.IsAnswered))
        {
            contents.Add(content);
            item.Call ??= content as FunctionCallContent;
            if (content is FunctionCallContent { Exception: not null } broken)
                (_broken ??= []).Add((item, broken.Name));
        }
        if (item.Kind == ItemKind.FunctionCall && !item.IsAnswered)
            _unanswered++;
    }

    /// <summary>The output came late: the call may have been emitted already.</summary>
    private void Answer(OutputItem call)
    {
        call.IsAnswered = true;
        if (call.Call is not { } emitted)
            return;
        emitted.InformationalOnly = true;
        _unanswered--;
    }

    /// <summary>Of calls that share a call_id each that has to be answered gets one of its own: results are told apart by nothing else.</summary>
    private Item WithOwnCallId(OutputItem item, Item call)
    {
        if (item.IsAnswered || call.CallId is not { } id || _pairings is null || !_pairings.TryGetValue(id, out var pairing))
            return call;
        if (!pairing.IsEmitted && !pairing.HasOutput)
        {
            pairing.IsEmitted = true;
            return call;
        }
        string own;
        do
            own = $"{id}_{(++pairing.Copies + 1).ToString(CultureInfo.InvariantCulture)}";
        while (_pairings.ContainsKey(own));
        _pairings[own] = new() { IsEmitted = true };
        return call.With(Item.Build(writer => writer.WriteString("call_id", own)));
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
        /// <summary>Calls that no output has answered, the nearest on top.</summary>
        public readonly Stack<OutputItem> Calls = new();

        /// <summary>Outputs that came before their call.</summary>
        public int Outputs;

        public bool HasOutput;

        /// <summary>A call has been emitted under this id.</summary>
        public bool IsEmitted;

        /// <summary>How many calls have been given another id.</summary>
        public int Copies;
    }
}

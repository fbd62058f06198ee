using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Calls and results go out in pairs, the call first: a result belongs to the nearest call of its id that has none.</summary>
/// <param name="items">The whole history; an item that has no other half is marked as left out.</param>
/// <param name="notes">Hears of every change.</param>
internal sealed class CallPairing(List<InputItem> items, HistoryNotes notes)
{
    /// <summary>The nearest call of an id that waits for its result.</summary>
    private readonly Dictionary<string, InputItem> _nearest = [];

    /// <summary>Behind a call that waits: the next nearest one of its id. Null until an id repeats.</summary>
    private Dictionary<InputItem, InputItem>? _farther;

    /// <summary>Pairs the calls and results of a history.</summary>
    /// <param name="items">The whole history.</param>
    /// <param name="notes">Hears of every change.</param>
    public static void Apply(List<InputItem> items, HistoryNotes notes)
    {
        if (items.Exists(item => item.Type is "function_call" or "function_call_output"))
            new CallPairing(items, notes).Apply();
    }

    /// <summary>Pairs, settles what is left, and reports broken calls.</summary>
    private void Apply()
    {
        foreach (var item in items)
            if (item is { Type: "function_call", CallId: { } id })
                Open(item, id);
            else if (item.Type == "function_call_output")
                item.IsLeftOut = !Close(item.CallId);

        foreach (var item in items)
            if (item.Type == "function_call")
                SettleCall(item);
            else if (item.IsLeftOut)
                notes.Add(HistoryChange.UnaskedResult);

        if (items.Exists(item => item is CallItem { IsReported: true }))
            ReportBrokenCalls();
    }

    /// <summary>A call is left out until its result is found.</summary>
    private void Open(InputItem call, string id)
    {
        if (_nearest.TryGetValue(id, out var earlier))
            (_farther ??= [])[call] = earlier;
        _nearest[id] = call;
        call.IsLeftOut = true;
    }

    /// <summary>Finds a result's call.</summary>
    /// <returns>Whether there is one.</returns>
    private bool Close(string? id)
    {
        if (id is null || !_nearest.TryGetValue(id, out var call))
            return false;
        call.IsLeftOut = false;
        if (_farther?.TryGetValue(call, out var next) == true)
            _nearest[id] = next;
        else
            _nearest.Remove(id);
        return true;
    }

    /// <summary>Without a result stays a call that may be answered later, and one that nobody could make: the model is told so.</summary>
    private void SettleCall(InputItem call)
    {
        if (call is { IsLeftOut: false, CallId: not null })
        {
            if (call is CallItem { IsBroken: true })
                notes.Add(HistoryChange.BrokenArguments);
            return;
        }
        call.IsLeftOut = false;
        if (call is CallItem { IsBroken: true } broken)
        {
            notes.Add(HistoryChange.BrokenCall);
            broken.IsReported = true;
        }
        else if (!call.IsAsync)
        {
            notes.Add(HistoryChange.UnansweredCall);
            call.IsLeftOut = true;
        }
    }

    /// <summary>Errors as outputs, behind all calls of their answer: one that is torn in two would lose its reasoning.</summary>
    private void ReportBrokenCalls()
    {
        var reported = new List<InputItem>(items.Count + 1);
        var errors = new List<InputItem>();
        foreach (var item in items)
        {
            if (item.BeginsTurn || item.Type.EndsWith("_output", StringComparison.Ordinal))
                Flush();
            reported.Add(item);
            if (item is CallItem { IsReported: true } call)
                errors.Add(call.ToError());
        }
        Flush();
        items.Clear();
        items.AddRange(reported);

        void Flush()
        {
            reported.AddRange(errors);
            errors.Clear();
        }
    }
}

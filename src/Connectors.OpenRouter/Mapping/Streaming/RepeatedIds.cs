namespace Connectors.OpenRouter.Mapping;

/// <summary>How often each id was given: an id that repeats is another item. A struct, to be held by its owner and never copied: most answers repeat none.</summary>
internal struct RepeatedIds
{
    private Dictionary<string, int>? _times; // from the second id on

    /// <summary>The first id; most answers have no other reasoning item or message.</summary>
    private string? _onlyId;

    /// <summary>How often the first id was given.</summary>
    private int _timesOfOnlyId;

    /// <summary>Which of the items of this id it is; 1 = the first.</summary>
    public int Count(string id)
    {
        if (_times is null && (_onlyId ??= id) == id)
            return ++_timesOfOnlyId;
        _times ??= new() { [_onlyId!] = _timesOfOnlyId };
        return _times[id] = _times.TryGetValue(id, out var times) ? times + 1 : 1;
    }
}

using System.Security.Cryptography;
using System.Text;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// No two items of one id go out. Names depend only on what stands before, so that a longer history begins with the same bytes.
/// </summary>
/// <param name="items">The whole history; an item that stands there twice is marked as left out.</param>
/// <param name="holders">How many of them may have an id.</param>
/// <param name="notes">Hears of every change.</param>
internal sealed class ItemIds(List<InputItem> items, int holders, HistoryNotes notes)
{
    /// <summary>The longest id that every family takes, in UTF-16 units.</summary>
    public const int Longest = 64;

    /// <summary>The ids that have gone out, with their first item.</summary>
    private readonly Dictionary<string, InputItem> _seen = new(holders);

    /// <summary>The last number given to an id that repeats. Null until one does.</summary>
    private Dictionary<string, int>? _numbers;

    /// <summary>To the letter, reasoning whose id had gone out before it and that is not the first's, which is compared as it is. Null until there is any.</summary>
    private HashSet<(string Id, string Letters)>? _further;

    /// <summary>How many messages were named here.</summary>
    private int _named;

    /// <summary>Gives every item an id of its own.</summary>
    /// <param name="items">The whole history.</param>
    /// <param name="notes">Hears of every change.</param>
    public static void Deduplicate(List<InputItem> items, HistoryNotes notes)
    {
        var holders = 0;
        foreach (var item in items)
            if (item is not (InputMessage or FunctionOutput)) // those have no ids
                holders++;
        if (holders > 0)
            new ItemIds(items, holders, notes).Deduplicate();
    }

    /// <summary>The same for the same id, whatever else stands in the history. Its first word stays, because the service looks at it: <c>msg_</c>, <c>call_</c>.</summary>
    public static string Short(string id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        var cut = id.IndexOf('_');
        var word = cut is > 0 and <= 8 ? id[..cut] : "id";
        return $"{word}_{Convert.ToHexString(hash[..16])}";
    }

    /// <summary>Goes through the history once.</summary>
    private void Deduplicate()
    {
        foreach (var item in items)
        {
            notes.Checkpoint?.Invoke();
            if (item.IsLeftOut)
                continue;
            if (item is AssistantMessageBuilder message)
                Name(message);
            else if (item.Id is { } id && !_seen.TryAdd(id, item))
                ResolveRepeated(item, id);
        }
    }

    /// <summary>A message that was appended twice, or by two clients that count alike, gets an id of its own; so does one without, because the service refuses output text without an id.</summary>
    private void Name(AssistantMessageBuilder message)
    {
        if (message.Id is { } own && _seen.ContainsKey(own))
            notes.Add(HistoryChange.Repeated);
        while (message.Id is null || _seen.ContainsKey(message.Id))
            message.Id = $"msg_{++_named}";
        _seen.Add(message.Id, message);
    }

    /// <summary>Reasoning that stands there to the letter is left out; another item to which the service gave the same id gets a number.</summary>
    private void ResolveRepeated(InputItem item, string id)
    {
        if (item is ReasoningItem again && (_seen[id] is ReasoningItem first && again.IsSame(first) || !(_further ??= []).Add((id, again.Letters()))))
        {
            notes.Add(HistoryChange.Repeated);
            item.IsLeftOut = true;
            return;
        }
        _numbers ??= [];
        if (!_numbers.TryGetValue(id, out var number))
            number = 1;
        do
            item.Id = $"{id}_{++number}";
        while (!_seen.TryAdd(item.Id, item));
        _numbers[id] = number;
    }
}

using System.Collections.Concurrent;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>
/// The values of a metric's tag: the first so many different ones by their own name, all later ones by the conventions' name for
/// others. Each value is a time series that somebody stores.
/// </summary>
/// <param name="limit">How many have names.</param>
internal sealed class BoundedValues(int limit)
{
    /// <summary>The value of OpenTelemetry's conventions for all others.</summary>
    public const string Other = "_OTHER";

    /// <summary>Longer ones are no names.</summary>
    private const int LongestName = 128;

    /// <summary>The values that have a series of their own.</summary>
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>How many values there are; kept beside the dictionary, whose count takes locks.</summary>
    private int _count;

    /// <summary>The value, or what stands for all others; null for null.</summary>
    public string? Of(string? value)
    {
        if (value is null || _known.ContainsKey(value))
            return value;
        if (value.Length > LongestName || Volatile.Read(ref _count) >= limit)
            return Other;
        if (!_known.TryAdd(value, true))
            return value;
        if (Interlocked.Increment(ref _count) <= limit)
            return value;
        _known.TryRemove(value, out _); // two came at once for the last place
        return Other;
    }
}

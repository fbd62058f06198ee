using System.Runtime.CompilerServices;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>
/// When an answer's first words of thinking came. That was measured here and is no part of the answer: a stream put together
/// equals the whole answer, in JSON too. So it is remembered beside the string that is the response's id, for as long as that lives.
/// </summary>
internal static class FirstReasoning
{
    /// <summary>The times by the id's string object; an entry goes when the string does.</summary>
    private static readonly ConditionalWeakTable<string, StrongBox<TimeSpan>> Times = new();

    /// <param name="responseId">The very string that the updates carry.</param>
    /// <param name="time">From the call on.</param>
    public static void Set(string responseId, TimeSpan time) => Times.GetOrCreateValue(responseId).Value = time;

    /// <summary>Null for an id that came back from elsewhere.</summary>
    public static TimeSpan? Of(string? responseId) => responseId is not null && Times.TryGetValue(responseId, out var time) ? time.Value : null;
}

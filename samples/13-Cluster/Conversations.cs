using Microsoft.Extensions.AI;
using Orleans;

namespace Samples.Cluster;

/// <summary>One conversation of the cluster; its key is its name. It lives on one machine at a time, and the cluster knows on which.</summary>
public interface IConversation : IGrainWithStringKey
{
    /// <summary>Asks, or listens again to what was asked before: a turn that is under way or recorded is never sent a second time.</summary>
    /// <param name="turnId">The caller's name for this turn. The same id is the same turn.</param>
    /// <param name="question">What the user says.</param>
    /// <param name="heard">Up to where the caller has heard this turn; null for all of it.</param>
    /// <param name="cancellationToken">Ends the listening. The turn goes on: <see cref="Stop"/> ends it.</param>
    public IAsyncEnumerable<TurnUpdate> Ask(string turnId, string question, Place? heard, CancellationToken cancellationToken = default);

    /// <summary>The stop button: the model stops, and what it had said of this turn is dropped.</summary>
    public Task Stop(string turnId);

    /// <summary>What is recorded.</summary>
    public Task<Recorded> Look();
}

/// <summary>A place in a turn. A turn that had to be asked again, because its machine died, is another attempt: a listener begins anew.</summary>
[GenerateSerializer]
public sealed record Place([property: Id(0)] string Attempt, [property: Id(1)] int Next);

/// <summary>A piece of an answer, and the place after it.</summary>
[GenerateSerializer]
public sealed record TurnUpdate([property: Id(0)] Place Place, [property: Id(1)] ChatResponseUpdate Update);

/// <summary>A conversation as it is stored.</summary>
[GenerateSerializer]
public sealed record Recorded([property: Id(0)] string Silo, [property: Id(1)] int Bytes, [property: Id(2)] IReadOnlyList<string> Turns, [property: Id(3)] IReadOnlyList<ChatMessage> History, [property: Id(4)] IReadOnlyList<string> Generations);

/// <summary>The conversation cannot take a question now. Nothing that was answered is lost: ask again later, with the same turn id.</summary>
[GenerateSerializer]
public sealed class ConversationUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The budget that all machines share has no room for another turn. Nothing was asked.</summary>
[GenerateSerializer]
public sealed class BudgetExhaustedException(string message) : Exception(message);

/// <summary>Somebody pressed the stop button: there is no answer, and the history is as before.</summary>
[GenerateSerializer]
public sealed class TurnStoppedException(string message) : Exception(message);

/// <summary>What the store keeps. The history is JSON text, because that is what it survives as: every serialiser, every version, envelopes included.</summary>
[GenerateSerializer]
public sealed class ConversationState
{
    [Id(0)]
    public string Json { get; set; } = "[]";

    /// <summary>The turns by their id; written together with the history.</summary>
    [Id(1)]
    public Dictionary<string, TurnRecord> Turns { get; set; } = [];
}

/// <summary>Where a turn's answer stands in the history.</summary>
[GenerateSerializer]
public sealed class TurnRecord
{
    [Id(0)]
    public int From { get; set; }

    [Id(1)]
    public int Count { get; set; }

    [Id(2)]
    public string? GenerationId { get; set; }

    [Id(3)]
    public decimal? Cost { get; set; }
}

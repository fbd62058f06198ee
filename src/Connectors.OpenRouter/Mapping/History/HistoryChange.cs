using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What was done to a history so that the target can read it: the kind that is logged and counted, and the sentence that the caller reads. A row each.</summary>
internal sealed class HistoryChange
{
    public static readonly HistoryChange
        ContentLeftOut = new(nameof(ContentLeftOut), "A content of an assistant's message was not sent: the service has no input for it."),
        ForeignReasoning = new(nameof(ForeignReasoning), "Reasoning that another client wrote was not sent: it cannot be rebuilt."),
        UnknownEnvelope = new(nameof(UnknownEnvelope), "Reasoning was not sent: its envelope is damaged, or of a later version."),
        UnsealedReasoning = new(nameof(UnsealedReasoning), "Reasoning text was not sent: its answer broke off, or another client wrote it."),
        OtherFamily = new(nameof(OtherFamily), "Reasoning of another model family was not sent: this model could not read it."),
        NotEncrypted = new(nameof(NotEncrypted), "Reasoning without its encrypted content was not sent: the service could not find it."),
        Nameless = new(nameof(Nameless), "Reasoning without an id was not sent."),
        Edited = new(nameof(Edited), "Reasoning was edited: it was sent as edited where nothing proves it, and left out elsewhere."),
        SameTurn = new(nameof(SameTurn), "Reasoning was not sent because other reasoning of its turn could not be."),
        Unfollowed = new(nameof(Unfollowed), "Reasoning was not sent because no message or call follows it."),
        Repeated = new(nameof(Repeated), "An item that stood in the history before was not sent again, or was given an id of its own."),
        Reshaped = new(nameof(Reshaped), "Reasoning was sent in the shape that the service takes: with a summary, and its parts as objects."),
        UnansweredCall = new(nameof(UnansweredCall), "A function call was not sent because nobody answered it."),
        BrokenCall = new(nameof(BrokenCall), "A call whose arguments could not be read was sent with an error as its output, so that the model makes it anew."),
        BrokenArguments = new(nameof(BrokenArguments), "A call whose arguments could not be read was sent without them; what it was answered was sent as it is."),
        UnaskedResult = new(nameof(UnaskedResult), "A function result was not sent because no call asked for it."),
        EmptyMessage = new(nameof(EmptyMessage), "An assistant's message without a word was not sent."),
        OldTurn = new(nameof(OldTurn), "Reasoning of older turns was not sent."),
        Refused = new(nameof(Refused), "The history's reasoning was not sent because the service had refused it."),
        ShortId = new(nameof(ShortId), "An id of more than 64 characters that another model family gave was sent as a shorter one.");

    /// <summary>A row of the table.</summary>
    private HistoryChange(string kind, string sentence) => (Kind, Sentence) = (kind, sentence);

    /// <summary>The kind, for logs and counts.</summary>
    public string Kind { get; }

    /// <summary>The sentence that callers read.</summary>
    public string Sentence { get; }
}

/// <summary>The changes of one history, each kind with its number, in the order in which they were first made.</summary>
internal sealed class HistoryNotes
{
    /// <summary>How often each change was made; null for none.</summary>
    private Dictionary<HistoryChange, int>? _times;

    /// <summary>Asked in every long loop over the history: ends it when the caller has left or a clock has run out. Null = nobody asks.</summary>
    public Action? Checkpoint { get; init; }

    /// <summary>Counts a change.</summary>
    public void Add(HistoryChange change)
    {
        _times ??= [];
        _times.TryGetValue(change, out var times);
        _times[change] = times + 1;
    }

    /// <summary>The changes as warnings, with their numbers.</summary>
    public IReadOnlyList<Warning> ToWarnings() => _times is null ? [] : [.. _times.Select(change => new Warning(change.Key.Kind, change.Key.Sentence) { Times = change.Value })];
}

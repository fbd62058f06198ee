namespace Connectors.OpenRouter.Mapping;

/// <summary>What was done to a history so that the target can read it. Each act is logged and counted.</summary>
internal enum HistoryChange
{
    /// <summary>A content of an assistant's message that the service has no input for.</summary>
    ContentLeftOut,

    /// <summary>Reasoning of another client, which cannot be rebuilt.</summary>
    ForeignReasoning,

    /// <summary>An envelope of a later version, or a damaged one.</summary>
    UnknownEnvelope,

    /// <summary>Reasoning text that nothing closes: its answer broke off, or another client wrote it.</summary>
    UnsealedReasoning,

    /// <summary>Reasoning in a format that the target's family does not read.</summary>
    OtherFamily,

    /// <summary>OpenAI-like reasoning without the encrypted content that the service would need to find it.</summary>
    NotEncrypted,

    /// <summary>Reasoning without an id.</summary>
    Nameless,

    /// <summary>The visible text was edited: sent as edited where nothing proves it, else the turn's reasoning is left out.</summary>
    Edited,

    /// <summary>Left out because other reasoning of its turn had to be.</summary>
    SameTurn,

    /// <summary>Reasoning without the message or call that followed it.</summary>
    Unfollowed,

    /// <summary>The same item stood in the history before: reasoning is left out, a message gets an id of its own.</summary>
    Repeated,

    /// <summary>Reasoning in the shape of older documents, or without a summary, which the service would refuse for ever.</summary>
    Reshaped,

    /// <summary>A call that nobody answered.</summary>
    UnansweredCall,

    /// <summary>A result nobody asked for.</summary>
    UnaskedResult,

    /// <summary>An assistant's message in which nothing is said, and that nothing needs.</summary>
    EmptyMessage,

    /// <summary>Older than the turns whose reasoning is kept.</summary>
    OldTurn,

    /// <summary>The service refused the history's reasoning, and the request goes out once more without it.</summary>
    Refused,
}

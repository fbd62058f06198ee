namespace Connectors.OpenRouter.Testing;

/// <summary>One verb of a reply, in the order in which it was said.</summary>
internal abstract record Step
{
    /// <summary>Reasoning in one of the styles.</summary>
    public sealed record Think(string Text, FakeThinking Style) : Step;

    /// <summary>Text of a message.</summary>
    public sealed record Say(string Text) : Step;

    /// <summary>A citation of the text before it.</summary>
    public sealed record Cite(Uri Url, string Title) : Step;

    /// <summary>A function call; arguments are JSON text.</summary>
    public sealed record Call(string Name, string Arguments, string? CallId) : Step;

    /// <summary>A search of the service's own, with what it found.</summary>
    public sealed record Search(string Query, IReadOnlyList<Uri> Sources) : Step;

    /// <summary>A generated image.</summary>
    public sealed record Image(ReadOnlyMemory<byte> Bytes, string MediaType) : Step;

    /// <summary>A refusal in a message of its own.</summary>
    public sealed record Refuse(string Text) : Step;

    /// <summary>Another piece of the call's arguments.</summary>
    public sealed record MoreArguments(string Text) : Step;

    /// <summary>The next text begins a message.</summary>
    public sealed record Message(string? Phase) : Step;

    /// <summary>An item of any kind.</summary>
    public sealed record Item(string Json) : Step;

    /// <summary>The frame before it arrives broken.</summary>
    public sealed record Damage : Step;

    /// <summary>Items whose frames take turns.</summary>
    public sealed record Interleave(IReadOnlyList<IReadOnlyList<Step>> Lanes) : Step;

    /// <summary>Vectors; null for a bag of words.</summary>
    public sealed record Embed(Func<string, float[]>? Vector) : Step;

    /// <summary>A pause.</summary>
    public sealed record Wait(TimeSpan Time) : Step;

    /// <summary>Silence without end.</summary>
    public sealed record Stall : Step;

    /// <summary>Comments that keep the connection alive.</summary>
    public sealed record KeepAlive(int Count) : Step;

    /// <summary>Any event.</summary>
    public sealed record Event(string Json) : Step;

    /// <summary>A recorded answer.</summary>
    public sealed record Transcript(string Path) : Step;
}

/// <summary>How a reply ends.</summary>
internal abstract record Ending
{
    /// <summary>The answer is complete.</summary>
    public sealed record Completed : Ending;

    /// <summary>The answer was cut short, by tokens or by a filter.</summary>
    public sealed record Incomplete(string Reason) : Ending;

    /// <summary>The answer failed, in the service's words.</summary>
    public sealed record Fail(string Message, string ErrorType) : Ending;

    /// <summary>An error event ends the stream.</summary>
    public sealed record Error(string Message, string Code) : Ending;

    /// <summary>An HTTP error instead of an answer.</summary>
    public sealed record Status(int Code, string? Message, TimeSpan? RetryAfter, string? Provider) : Ending
    {
        /// <summary>Why no endpoint serves; null for every other error.</summary>
        public Absence? Absence { get; init; }
    }

    /// <summary>The stream ends without a terminal event.</summary>
    public sealed record Cut : Ending;

    /// <summary>The connection is reset.</summary>
    public sealed record Reset : Ending;

    /// <summary>No connection comes about.</summary>
    public sealed record Unreachable : Ending;
}

/// <summary>Why no endpoint can serve, in the service's words.</summary>
internal sealed record Absence(string Code, bool IsRetryable, IReadOnlyList<string>? FallbackModels, IReadOnlyList<string>? ExcludedBy);

/// <summary>An error's body that is not the service's own.</summary>
internal sealed record ErrorText(string Text, string MediaType);

/// <summary>What an answer cost. What is null is derived from the words.</summary>
internal sealed record Spent(int? Input = null, int? Output = null, int? Reasoning = null, int? Cached = null, decimal? Cost = null);

/// <summary>One thing a connection does, in order: carry bytes, let time pass, go silent, break. After the last one it ends.</summary>
internal abstract record Beat
{
    /// <param name="Data">What arrives.</param>
    /// <param name="IsTerminal">Whether the answer is complete with it; whoever leaves then has not left early.</param>
    public sealed record Bytes(ReadOnlyMemory<byte> Data, bool IsTerminal = false) : Beat;

    /// <summary>Time passes.</summary>
    public sealed record Pause(TimeSpan Time) : Beat;

    /// <summary>Nothing more arrives, and the connection stays open.</summary>
    public sealed record Silence : Beat;

    /// <summary>The connection breaks.</summary>
    public sealed record Break : Beat;
}

namespace Connectors.OpenRouter.Testing;

/// <summary>One verb of a reply, in the order in which it was said.</summary>
internal abstract record Step
{
    public sealed record Think(string Text, FakeThinking Style) : Step;

    public sealed record Say(string Text) : Step;

    public sealed record Cite(Uri Url, string Title) : Step;

    public sealed record Call(string Name, string Arguments, string? CallId) : Step;

    public sealed record Search(string Query, IReadOnlyList<Uri> Sources) : Step;

    public sealed record Image(ReadOnlyMemory<byte> Bytes, string MediaType) : Step;

    public sealed record Refuse(string Text) : Step;

    public sealed record MoreArguments(string Text) : Step;

    public sealed record Message(string? Phase) : Step;

    public sealed record Item(string Json) : Step;

    public sealed record Damage : Step;

    public sealed record Interleave(IReadOnlyList<IReadOnlyList<Step>> Lanes) : Step;

    public sealed record Embed(Func<string, float[]>? Vector) : Step;

    public sealed record Wait(TimeSpan Time) : Step;

    public sealed record Stall : Step;

    public sealed record KeepAlive(int Count) : Step;

    public sealed record Event(string Json) : Step;

    public sealed record Transcript(string Path) : Step;
}

/// <summary>How a reply ends.</summary>
internal abstract record Ending
{
    public sealed record Completed : Ending;

    public sealed record Incomplete(string Reason) : Ending;

    public sealed record Fail(string Message, string ErrorType) : Ending;

    public sealed record Error(string Message, string Code) : Ending;

    public sealed record Status(int Code, string? Message, TimeSpan? RetryAfter, string? Provider) : Ending
    {
        /// <summary>Why no endpoint serves; null for every other error.</summary>
        public Absence? Absence { get; init; }
    }

    public sealed record Cut : Ending;

    public sealed record Reset : Ending;

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

    public sealed record Pause(TimeSpan Time) : Beat;

    public sealed record Silence : Beat;

    public sealed record Break : Beat;
}

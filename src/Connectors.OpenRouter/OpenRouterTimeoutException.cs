namespace Connectors.OpenRouter;

/// <summary>One of the clocks of <see cref="OpenRouterTimeouts"/>, or of the caller's own <see cref="HttpClient"/>, ran out.</summary>
public sealed class OpenRouterTimeoutException : OpenRouterException
{
    /// <summary>An exception without words.</summary>
    public OpenRouterTimeoutException()
    {
    }

    /// <param name="message">What happened.</param>
    public OpenRouterTimeoutException(string? message) : base(message)
    {
    }

    /// <param name="message">What happened.</param>
    /// <param name="innerException">What it came from.</param>
    public OpenRouterTimeoutException(string? message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>Which clock ran out.</summary>
    public OpenRouterPhase Phase { get; init; }
}

/// <summary>What a call was waiting for.</summary>
public enum OpenRouterPhase
{
    /// <summary>The response's headers.</summary>
    Response,

    /// <summary>A byte of the stream.</summary>
    Silence,

    /// <summary>An event of the stream; keep-alives do not count.</summary>
    Idle,

    /// <summary>The end of the call.</summary>
    Total,
}

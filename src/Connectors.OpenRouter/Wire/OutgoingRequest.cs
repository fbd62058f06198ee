namespace Connectors.OpenRouter.Wire;

/// <summary>A request ready to be posted, as often as need be.</summary>
/// <remarks>
/// Fields, as in other types that every call makes: a property would be compiled in every fresh process before its first word.
/// </remarks>
internal sealed record OutgoingRequest
{
    /// <summary>The exactly sized UTF-8 body.</summary>
    public required ReadOnlyMemory<byte> Body;

    /// <summary>Relative to the endpoint: <c>responses</c>, or a preset's.</summary>
    public string Path = "responses";

    /// <summary>Whether the answer is asked for as an event stream.</summary>
    public required bool Streaming;

    /// <summary>The model as sent; null when a preset or fallback list chooses.</summary>
    public string? Model;

    /// <summary>The effort as sent, such as <c>minimal</c>; null when the request names none.</summary>
    public string? Effort;

    /// <summary>Everything but authorization and content headers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers = [];

    /// <summary>Authorizations inside the body, such as those for MCP servers: treated like the key.</summary>
    public IReadOnlyList<string> Secrets = [];

    /// <summary>What was left out or changed, in sentences for the caller.</summary>
    public IReadOnlyList<Warning> Warnings = [];

    /// <summary>What of the history was left out or changed so that the model can read it.</summary>
    public IReadOnlyList<Warning> History = [];

    /// <summary>Whether reasoning goes back out with it, which the service may refuse.</summary>
    public bool EchoesReasoning;

    /// <summary>Whether it has an <c>include</c>, which a model may refuse.</summary>
    public bool HasInclude;

    /// <summary>False when the caller asked to hear no reasoning text (envelopes and counts stay).</summary>
    public bool EmitReasoning = true;
}

/// <summary>Something of a request that was left out or changed.</summary>
/// <param name="Kind">The option or content, such as <c>seed</c>, or what was done to the history.</param>
/// <param name="Sentence">What happened, and what to do instead.</param>
internal sealed record Warning(string Kind, string Sentence)
{
    /// <summary>How often it happened within the request.</summary>
    public int Times { get; init; } = 1;
}

/// <summary>What the service has taught about a request: how the next attempt differs from the first.</summary>
internal record struct RequestChanges
{
    /// <summary>The model refused <c>include</c>.</summary>
    public bool WithoutInclude;

    /// <summary>Earlier reasoning could not be read where it was sent.</summary>
    public bool WithoutReasoning;
}

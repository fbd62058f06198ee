namespace Connectors.OpenRouter.Wire;

/// <summary>A request ready to be posted, as often as need be.</summary>
internal sealed record OutgoingRequest
{
    /// <summary>The exactly sized UTF-8 body.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Relative to the endpoint: <c>responses</c>, or a preset's.</summary>
    public string Path { get; init; } = "responses";

    public required bool Streaming { get; init; }

    /// <summary>The model as sent; null when a preset or fallback list chooses.</summary>
    public string? Model { get; init; }

    /// <summary>Everything but authorization and content headers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>What was left out or changed, in sentences for the caller.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>False when the caller asked to hear no reasoning text (envelopes and counts stay).</summary>
    public bool SayReasoning { get; init; } = true;
}

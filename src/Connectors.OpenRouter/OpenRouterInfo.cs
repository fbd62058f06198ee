using System.Text.Json;

namespace Connectors.OpenRouter;

/// <summary>What OpenRouter says about an answer beyond the answer: money, route, caches, warnings.</summary>
public sealed class OpenRouterInfo
{
    /// <summary>Made by <c>GetOpenRouter</c> alone.</summary>
    internal OpenRouterInfo()
    {
    }

    /// <summary>What OpenRouter charged, in USD, over all turns of a tool loop. Null when unknown.</summary>
    public decimal? Cost { get; internal init; }

    /// <summary>What the provider charges, in USD; with your own provider key this is billed to you by the provider.</summary>
    public decimal? UpstreamCost { get; internal init; }

    /// <summary>Whether the account's own provider key was used.</summary>
    public bool IsByok { get; internal init; }

    /// <summary>The provider that served. Known only when the metadata header was asked for.</summary>
    public string? ProviderName { get; internal init; }

    /// <summary>The generation's id (<c>gen-...</c>).</summary>
    public string? GenerationId { get; internal init; }

    /// <summary>The tier that served, such as <c>default</c>, <c>flex</c> or <c>priority</c>.</summary>
    public string? ServiceTier { get; internal init; }

    /// <summary><c>HIT</c> or <c>MISS</c> of OpenRouter's response cache; null when it was not asked.</summary>
    public string? CacheStatus { get; internal init; }

    /// <summary>The router's own account of the call (<c>openrouter_metadata</c>): who was asked, who served, and why.</summary>
    public JsonElement? Routing { get; internal init; }

    /// <summary>
    /// What <see cref="Microsoft.Extensions.AI.ChatResponse.Text"/> should have been, where a piece of the stream was lost or
    /// damaged and the finished answer says so. Null when what arrived is what was said.
    /// </summary>
    public string? CorrectedText { get; internal init; }

    /// <summary>
    /// From the call to the first words of thinking, retries included, on the client's
    /// <see cref="OpenRouterOptions.TimeProvider"/>; of a tool loop its last request's. Null without thinking, for answers that
    /// were not streamed, and for those that come back from JSON: it is no part of the answer.
    /// </summary>
    public TimeSpan? TimeToFirstReasoning { get; internal init; }

    /// <summary>What of the request was left out or changed, in sentences.</summary>
    public IReadOnlyList<string> Warnings { get; internal init; } = [];

    /// <summary>
    /// What the answer cost in all, in USD: what OpenRouter charged, and with your own provider key what the provider charges
    /// beside it. Null when unknown.
    /// </summary>
    public decimal? TotalSpend => IsByok && (Cost ?? UpstreamCost) is not null ? (Cost ?? 0) + (UpstreamCost ?? 0) : Cost;

    /// <summary>Who answered and what it cost, then a line for each warning.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        [$"{ProviderName ?? "unknown provider"}, {(TotalSpend is { } spend ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"${spend:0.######}") : "unknown cost")}, {GenerationId ?? "no generation id"}", .. Warnings]);
}

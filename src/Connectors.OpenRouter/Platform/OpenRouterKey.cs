using System.Globalization;
using System.Text.Json;

namespace Connectors.OpenRouter;

/// <summary>What the service says of the key that asks. Money is in USD.</summary>
public sealed class OpenRouterKey
{
    /// <summary>Made from the service's answer alone.</summary>
    internal OpenRouterKey()
    {
    }

    /// <summary>The key's name, or its first and last letters.</summary>
    public string? Label { get; internal init; }

    /// <summary>How much it may spend; null for no limit of its own.</summary>
    public decimal? Limit { get; internal init; }

    /// <summary>What is left of the limit; null when there is none.</summary>
    public decimal? LimitRemaining { get; internal init; }

    /// <summary>When the limit starts anew: <c>daily</c>, <c>weekly</c>, <c>monthly</c>; null for never.</summary>
    public string? LimitReset { get; internal init; }

    /// <summary>What it has spent of OpenRouter's credits since it was made.</summary>
    public decimal? Usage { get; internal init; }

    /// <summary>What it has spent today (UTC).</summary>
    public decimal? UsageDaily { get; internal init; }

    /// <summary>What it has spent since Monday (UTC).</summary>
    public decimal? UsageWeekly { get; internal init; }

    /// <summary>What it has spent this month (UTC).</summary>
    public decimal? UsageMonthly { get; internal init; }

    /// <summary>What providers charged for its requests under the account's own provider keys.</summary>
    public decimal? ByokUsage { get; internal init; }

    /// <summary>Whether the limit counts what own provider keys cost.</summary>
    public bool IncludesByokInLimit { get; internal init; }

    /// <summary>Whether the account has never bought credits: free models only, with daily limits.</summary>
    public bool IsFreeTier { get; internal init; }

    /// <summary>Whether it manages keys and credits.</summary>
    public bool IsManagementKey { get; internal init; }

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; internal init; }

    /// <summary>The answer as received, for what has no member here.</summary>
    public JsonElement Json { get; internal init; }

    /// <summary>What is left, and what was spent.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(LimitRemaining is { } left ? FormattableString.Invariant($"${left:0.####}{(Limit is { } limit ? FormattableString.Invariant($" of ${limit:0.####}") : "")} left{(LimitReset is null ? "" : $" ({LimitReset})")}") : "no limit")}, {(Usage is { } spent ? FormattableString.Invariant($"${spent:0.####} spent") : "spending unknown")}");
}

/// <summary>The account's credits, in USD.</summary>
public sealed class OpenRouterCredits
{
    /// <summary>Made from the service's answer alone.</summary>
    internal OpenRouterCredits()
    {
    }

    /// <summary>All that was bought.</summary>
    public decimal? Total { get; internal init; }

    /// <summary>All that was spent.</summary>
    public decimal? Used { get; internal init; }

    /// <summary>What is left; negative when more was spent than bought. Null when the service did not say.</summary>
    public decimal? Remaining => Total - Used;

    /// <summary>What is left.</summary>
    public override string ToString() => Remaining is { } left ? string.Create(CultureInfo.InvariantCulture, $"${left:0.####} of ${Total:0.####} left") : "unknown";
}

/// <summary>What the service booked for one request. Money is in USD, tokens are counted as the provider counts them.</summary>
public sealed class OpenRouterGeneration
{
    /// <summary>Made from the service's answer alone.</summary>
    internal OpenRouterGeneration()
    {
    }

    /// <summary>The generation's id (<c>gen-...</c>).</summary>
    public string Id { get; internal init; } = "";

    /// <summary>The model that answered.</summary>
    public string? Model { get; internal init; }

    /// <summary>The provider that served.</summary>
    public string? ProviderName { get; internal init; }

    /// <summary>When the request arrived.</summary>
    public DateTimeOffset? CreatedAt { get; internal init; }

    /// <summary>What OpenRouter charged. Null when the service did not say.</summary>
    public decimal? TotalCost { get; internal init; }

    /// <summary>What the provider charges; with your own provider key this is billed to you by the provider.</summary>
    public decimal? UpstreamCost { get; internal init; }

    /// <summary>
    /// What it cost in all: what OpenRouter charged, and with your own provider key what the provider charges beside it. Null
    /// when unknown.
    /// </summary>
    public decimal? TotalSpend => IsByok && (TotalCost ?? UpstreamCost) is not null ? (TotalCost ?? 0) + (UpstreamCost ?? 0) : TotalCost;

    /// <summary>What caching saved, or, below zero, cost.</summary>
    public decimal? CacheDiscount { get; internal init; }

    /// <summary>Whether the account's own provider key was used.</summary>
    public bool IsByok { get; internal init; }

    /// <summary>Tokens of input.</summary>
    public long? InputTokens { get; internal init; }

    /// <summary>Tokens of output, reasoning included.</summary>
    public long? OutputTokens { get; internal init; }

    /// <summary>Tokens of reasoning.</summary>
    public long? ReasoningTokens { get; internal init; }

    /// <summary>Tokens of input that came from the provider's cache.</summary>
    public long? CachedTokens { get; internal init; }

    /// <summary>Why it ended, such as <c>stop</c> or <c>length</c>; null for one that was stopped.</summary>
    public string? FinishReason { get; internal init; }

    /// <summary>Whether the caller stopped it.</summary>
    public bool IsCancelled { get; internal init; }

    /// <summary>Whether it was streamed.</summary>
    public bool IsStreamed { get; internal init; }

    /// <summary>From the request to the first token.</summary>
    public TimeSpan? Latency { get; internal init; }

    /// <summary>How long the model was at work.</summary>
    public TimeSpan? GenerationTime { get; internal init; }

    /// <summary>The tier that served, such as <c>default</c>, <c>flex</c> or <c>priority</c>.</summary>
    public string? ServiceTier { get; internal init; }

    /// <summary>The session that the request named.</summary>
    public string? SessionId { get; internal init; }

    /// <summary>The answer as received, for what has no member here: the providers that were tried, search results, the app.</summary>
    public JsonElement Json { get; internal init; }

    /// <summary>Who answered and what it cost.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id}: {Model} by {ProviderName ?? "an unknown provider"}, {(TotalSpend is { } spend ? FormattableString.Invariant($"${spend:0.######}") : "unknown cost")}");
}

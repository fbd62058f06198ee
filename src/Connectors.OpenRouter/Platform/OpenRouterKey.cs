using System.Globalization;
using System.Text.Json;

namespace Connectors.OpenRouter;

/// <summary>What the service says of the key that asks. Money is in USD.</summary>
public sealed record OpenRouterKey
{
    /// <summary>The key's name, or its first and last letters.</summary>
    public string? Label { get; init; }

    /// <summary>How much it may spend; null for no limit of its own.</summary>
    public decimal? Limit { get; init; }

    /// <summary>What is left of the limit; null when there is none.</summary>
    public decimal? LimitRemaining { get; init; }

    /// <summary>When the limit starts anew: <c>daily</c>, <c>weekly</c>, <c>monthly</c>; null for never.</summary>
    public string? LimitReset { get; init; }

    /// <summary>What it has spent of OpenRouter's credits since it was made.</summary>
    public decimal? Usage { get; init; }

    /// <summary>What it has spent today (UTC).</summary>
    public decimal? UsageDaily { get; init; }

    /// <summary>What it has spent since Monday (UTC).</summary>
    public decimal? UsageWeekly { get; init; }

    /// <summary>What it has spent this month (UTC).</summary>
    public decimal? UsageMonthly { get; init; }

    /// <summary>What providers charged for its requests under the account's own provider keys.</summary>
    public decimal? ByokUsage { get; init; }

    /// <summary>Whether the limit counts what own provider keys cost.</summary>
    public bool IncludesByokInLimit { get; init; }

    /// <summary>Whether the account has never bought credits: free models only, with daily limits.</summary>
    public bool IsFreeTier { get; init; }

    /// <summary>Whether it manages keys and credits.</summary>
    public bool IsManagementKey { get; init; }

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The answer as received, for what has no member here.</summary>
    public JsonElement Json { get; init; }

    /// <summary>What is left, and what was spent.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(LimitRemaining is { } left ? FormattableString.Invariant($"${left:0.####}{(Limit is { } limit ? FormattableString.Invariant($" of ${limit:0.####}") : "")} left{(LimitReset is null ? "" : $" ({LimitReset})")}") : "no limit")}, {(Usage is { } spent ? FormattableString.Invariant($"${spent:0.####} spent") : "spending unknown")}");
}

/// <summary>The account's credits, in USD.</summary>
public sealed record OpenRouterCredits
{
    /// <summary>All that was bought.</summary>
    public decimal? Total { get; init; }

    /// <summary>All that was spent.</summary>
    public decimal? Used { get; init; }

    /// <summary>What is left; negative when more was spent than bought. Null when the service did not say.</summary>
    public decimal? Remaining => Total - Used;

    /// <summary>What is left.</summary>
    public override string ToString() => Remaining is { } left ? string.Create(CultureInfo.InvariantCulture, $"${left:0.####} of ${Total:0.####} left") : "unknown";
}

/// <summary>What the service booked for one request. Money is in USD, tokens are counted as the provider counts them.</summary>
public sealed record OpenRouterGeneration
{
    /// <summary>The generation's id (<c>gen-...</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public string? Model { get; init; }

    /// <summary>The provider that served.</summary>
    public string? ProviderName { get; init; }

    /// <summary>When the request arrived.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>What OpenRouter charged. Null when the service did not say.</summary>
    public decimal? TotalCost { get; init; }

    /// <summary>What the provider charges; with your own provider key this is billed to you by the provider.</summary>
    public decimal? UpstreamCost { get; init; }

    /// <summary>What it cost in all: what OpenRouter charged, and with your own provider key what the provider charges beside it. Null when unknown.</summary>
    public decimal? TotalSpend => IsByok && (TotalCost ?? UpstreamCost) is not null ? (TotalCost ?? 0) + (UpstreamCost ?? 0) : TotalCost;

    /// <summary>What caching saved, or, below zero, cost.</summary>
    public decimal? CacheDiscount { get; init; }

    /// <summary>Whether the account's own provider key was used.</summary>
    public bool IsByok { get; init; }

    /// <summary>Tokens of input.</summary>
    public long? InputTokens { get; init; }

    /// <summary>Tokens of output, reasoning included.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>Tokens of reasoning.</summary>
    public long? ReasoningTokens { get; init; }

    /// <summary>Tokens of input that came from the provider's cache.</summary>
    public long? CachedTokens { get; init; }

    /// <summary>Why it ended, such as <c>stop</c> or <c>length</c>; null for one that was stopped.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Whether the caller stopped it.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>Whether it was streamed.</summary>
    public bool IsStreamed { get; init; }

    /// <summary>From the request to the first token.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>How long the model was at work.</summary>
    public TimeSpan? GenerationTime { get; init; }

    /// <summary>The tier that served, such as <c>default</c>, <c>flex</c> or <c>priority</c>.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>The session that the request named.</summary>
    public string? SessionId { get; init; }

    /// <summary>The answer as received, for what has no member here: the providers that were tried, search results, the app.</summary>
    public JsonElement Json { get; init; }

    /// <summary>Who answered and what it cost.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id}: {Model} by {ProviderName ?? "an unknown provider"}, {(TotalSpend is { } spend ? FormattableString.Invariant($"${spend:0.######}") : "unknown cost")}");
}

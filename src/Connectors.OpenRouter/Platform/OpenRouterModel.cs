using System.Globalization;
using System.Text.Json;

namespace Connectors.OpenRouter;

/// <summary>A model of OpenRouter's catalogue. What the service did not say is null, or an empty list.</summary>
public sealed class OpenRouterModel
{
    /// <summary>Made from the service's answer alone.</summary>
    internal OpenRouterModel()
    {
    }

    /// <summary>What to ask for, such as <c>openai/gpt-5.6-mini</c>.</summary>
    public string Id { get; internal init; } = "";

    /// <summary>The dated name that never changes its meaning.</summary>
    public string? CanonicalSlug { get; internal init; }

    /// <summary>For people.</summary>
    public string? Name { get; internal init; }

    /// <summary>What its author says of it.</summary>
    public string? Description { get; internal init; }

    /// <summary>When OpenRouter began to offer it.</summary>
    public DateTimeOffset? CreatedAt { get; internal init; }

    /// <summary>How many tokens input and output may have together.</summary>
    public long? ContextLength { get; internal init; }

    /// <summary>How many tokens an answer may have at its main provider.</summary>
    public long? MaxOutputTokens { get; internal init; }

    /// <summary>What it reads: <c>text</c>, <c>image</c>, <c>file</c>, <c>audio</c>, <c>video</c>.</summary>
    public IReadOnlyList<string> InputModalities { get; internal init; } = [];

    /// <summary>What it makes: <c>text</c>, <c>image</c>, <c>audio</c>, <c>embeddings</c>, ...</summary>
    public IReadOnlyList<string> OutputModalities { get; internal init; } = [];

    /// <summary>
    /// The request's members that at least one of its endpoints takes, such as <c>tools</c>, <c>structured_outputs</c> or
    /// <c>reasoning</c>.
    /// </summary>
    public IReadOnlyList<string> SupportedParameters { get; internal init; } = [];

    /// <summary>What it costs at its main provider.</summary>
    public OpenRouterPrices Prices { get; internal init; } = new();

    /// <summary>How it can be told to think; null for a model that does not, and for routers.</summary>
    public OpenRouterReasoningSupport? Reasoning { get; internal init; }

    /// <summary>The model that an alias stands for today; null for what is no alias.</summary>
    public string? AliasTarget { get; internal init; }

    /// <summary>Whether its main provider looks at prompts before the model does.</summary>
    public bool IsModerated { get; internal init; }

    /// <summary>The last day of its training data, as <c>yyyy-MM-dd</c>.</summary>
    public string? KnowledgeCutoff { get; internal init; }

    /// <summary>When it may be taken away.</summary>
    public DateTimeOffset? ExpiresAt { get; internal init; }

    /// <summary>The entry as received, for what has no member here: benchmarks, default parameters, voices.</summary>
    public JsonElement Json { get; internal init; }

    /// <summary>Id, context, and prices for a million tokens.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id}: {(ContextLength is { } length ? FormattableString.Invariant($"{length:N0} tokens, ") : "")}{Prices}");
}

/// <summary>
/// Prices in USD: for one token, or for one of what the name says. Null when there is none, or when the service cannot say
/// (routers).
/// </summary>
public sealed class OpenRouterPrices
{
    /// <summary>Made from the service's answer alone.</summary>
    internal OpenRouterPrices()
    {
    }

    /// <summary>A token of input.</summary>
    public decimal? Prompt { get; internal init; }

    /// <summary>A token of output, reasoning included where <see cref="Reasoning"/> is null.</summary>
    public decimal? Completion { get; internal init; }

    /// <summary>A token of reasoning, where it has a price of its own.</summary>
    public decimal? Reasoning { get; internal init; }

    /// <summary>A request, whatever it says.</summary>
    public decimal? Request { get; internal init; }

    /// <summary>A picture of input.</summary>
    public decimal? Image { get; internal init; }

    /// <summary>A picture of output.</summary>
    public decimal? ImageOutput { get; internal init; }

    /// <summary>A token of audio input.</summary>
    public decimal? Audio { get; internal init; }

    /// <summary>A search on the web.</summary>
    public decimal? WebSearch { get; internal init; }

    /// <summary>A token of input that was read from the provider's cache.</summary>
    public decimal? CacheRead { get; internal init; }

    /// <summary>A token of input that was written into the provider's cache.</summary>
    public decimal? CacheWrite { get; internal init; }

    /// <summary>
    /// What changes with the length of a prompt or the time of the day, in the service's order: what comes later is stronger.
    /// </summary>
    internal IReadOnlyList<PriceOverride> Overrides { get; init; } = [];

    /// <summary>The prices of one request: longer prompts, and some hours of the day, cost differently with some models.</summary>
    /// <param name="promptTokens">All tokens of its input.</param>
    /// <param name="moment">When it is sent.</param>
    public OpenRouterPrices At(long promptTokens, DateTimeOffset moment)
    {
        var prices = this;
        foreach (var change in Overrides)
            if (change.Applies(promptTokens, moment))
                prices = prices.With(change.Prices);
        return prices;
    }

    /// <summary>These prices, and in place of those that may change the other's where it has them.</summary>
    private OpenRouterPrices With(OpenRouterPrices other) => new()
    {
        Prompt = other.Prompt ?? Prompt,
        Completion = other.Completion ?? Completion,
        Reasoning = Reasoning,
        Request = Request,
        Image = Image,
        ImageOutput = ImageOutput,
        Audio = other.Audio ?? Audio,
        WebSearch = WebSearch,
        CacheRead = other.CacheRead ?? CacheRead,
        CacheWrite = other.CacheWrite ?? CacheWrite,
        Overrides = Overrides,
    };

    /// <summary>Input and output, for a million tokens.</summary>
    public override string ToString() => (Prompt, Completion) switch
    {
        (null, null) => "prices unknown",
        (0, 0) => "free",
        var (prompt, completion) => $"{Million(prompt)} in, {Million(completion)} out per million tokens",
    };

    /// <summary>A price for a million tokens in dollars; a question mark when it is not known.</summary>
    private static string Million(decimal? price) => price is { } known ? string.Create(CultureInfo.InvariantCulture, $"${known * 1_000_000:0.####}") : "?";
}

/// <summary>Other prices under a condition.</summary>
/// <param name="MoreThanPromptTokens">Applies to longer prompts only; null for all.</param>
/// <param name="From">The first moment of the day, UTC, as hours and minutes (400 = 04:00); null for all day.</param>
/// <param name="Until">
/// The first moment of the day at which it no longer applies; an earlier one than <paramref name="From"/> means the next day's.
/// </param>
/// <param name="Prices">The prices that change.</param>
internal sealed record PriceOverride(decimal? MoreThanPromptTokens, decimal? From, decimal? Until, OpenRouterPrices Prices)
{
    /// <summary>Whether a request falls under the condition.</summary>
    /// <param name="promptTokens">All tokens of its input.</param>
    /// <param name="moment">When it is sent; compared in UTC.</param>
    public bool Applies(long promptTokens, DateTimeOffset moment)
    {
        if (MoreThanPromptTokens is { } least && promptTokens <= least)
            return false;
        var (from, until) = (From ?? 0, Until ?? 2400);
        var clock = moment.UtcDateTime.Hour * 100 + moment.UtcDateTime.Minute;
        return from <= until ? clock >= from && clock < until : clock >= from || clock < until;
    }
}

/// <summary>How a model can be told to think.</summary>
public sealed class OpenRouterReasoningSupport
{
    /// <summary>Made from the service's answer alone.</summary>
    internal OpenRouterReasoningSupport()
    {
    }

    /// <summary>Whether it always thinks: effort <c>none</c> is refused.</summary>
    public bool IsMandatory { get; internal init; }

    /// <summary>The efforts it takes, the highest first. Null: all of them.</summary>
    public IReadOnlyList<string>? Efforts { get; internal init; }

    /// <summary>The effort where a request names none.</summary>
    public string? DefaultEffort { get; internal init; }

    /// <summary>Whether it thinks where a request does not say.</summary>
    public bool? IsEnabledByDefault { get; internal init; }

    /// <summary>Whether a number of tokens can be given to think (<c>reasoning.max_tokens</c>).</summary>
    public bool SupportsMaxTokens { get; internal init; }
}

/// <summary>One provider's offer of a model.</summary>
public sealed class OpenRouterEndpoint
{
    /// <summary>Made from the service's answer alone.</summary>
    internal OpenRouterEndpoint()
    {
    }

    /// <summary>For people.</summary>
    public string? Name { get; internal init; }

    /// <summary>Who serves, such as <c>Google Vertex</c>.</summary>
    public string? ProviderName { get; internal init; }

    /// <summary>What to write into <c>provider.order</c> and <c>provider.only</c>.</summary>
    public string? Tag { get; internal init; }

    /// <summary>How many tokens input and output may have together.</summary>
    public long? ContextLength { get; internal init; }

    /// <summary>How many tokens an answer may have.</summary>
    public long? MaxOutputTokens { get; internal init; }

    /// <summary>How many tokens the input may have.</summary>
    public long? MaxPromptTokens { get; internal init; }

    /// <summary>What it costs here.</summary>
    public OpenRouterPrices Prices { get; internal init; } = new();

    /// <summary>How its weights were rounded, such as <c>fp8</c>.</summary>
    public string? Quantization { get; internal init; }

    /// <summary>The request's members that this endpoint takes.</summary>
    public IReadOnlyList<string> SupportedParameters { get; internal init; } = [];

    /// <summary>Whether it caches prompts without being asked.</summary>
    public bool SupportsImplicitCaching { get; internal init; }

    /// <summary>The service's number for its state: 0 is normal, negative ones are not explained.</summary>
    public long? Status { get; internal init; }

    /// <summary>The share of good answers in the last half hour, in percent.</summary>
    public double? UptimeLast30Minutes { get; internal init; }

    /// <summary>The median time to its first token in the last half hour. Told to requests with a key only.</summary>
    public TimeSpan? Latency { get; internal init; }

    /// <summary>The median of its tokens a second in the last half hour. Told to requests with a key only.</summary>
    public double? Throughput { get; internal init; }

    /// <summary>The entry as received, for what has no member here.</summary>
    public JsonElement Json { get; internal init; }

    /// <summary>Provider, state and prices.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ProviderName ?? Name ?? Tag}{(UptimeLast30Minutes is { } uptime ? FormattableString.Invariant($", up {uptime:0.#} %") : "")}, {Prices}");
}

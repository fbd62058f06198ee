using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connectors.OpenRouter.Wire;

/// <summary>Which providers may serve a request. Provider names are slugs, such as <c>anthropic</c> or <c>openai/priority</c>.</summary>
public sealed record ProviderPreferences
{
    /// <summary>The providers to try first, in this order.</summary>
    public IReadOnlyList<string>? Order { get; init; }

    /// <summary>The only providers allowed, together with the account's own list.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>Providers never to use, together with the account's own list.</summary>
    public IReadOnlyList<string>? Ignore { get; init; }

    /// <summary>Whether others may serve when the first choice cannot.</summary>
    /// <value>True when nobody says otherwise.</value>
    public bool? AllowFallbacks { get; init; }

    /// <summary>Whether only endpoints that support every parameter of the request may serve.</summary>
    /// <value>False when nobody says otherwise.</value>
    public bool? RequireParameters { get; init; }

    /// <summary><c>deny</c> leaves out providers that keep or train on prompts; <c>allow</c> does not.</summary>
    /// <value><c>allow</c> when nobody says otherwise.</value>
    public string? DataCollection { get; init; }

    /// <summary>Whether only endpoints that keep nothing may serve.</summary>
    public bool? Zdr { get; init; }

    /// <summary>
    /// What decides between providers: <c>price</c>, <c>throughput</c>, <c>latency</c> or <c>exacto</c>. Switches load balancing
    /// off.
    /// </summary>
    public ProviderSort? Sort { get; init; }

    /// <summary>The most that may be paid. Dearer endpoints are not used.</summary>
    public MaxPrice? MaxPrice { get; init; }

    /// <summary>The precisions allowed: <c>int4 int8 fp4 mxfp4 nvfp4 fp6 fp8 mxfp8 fp16 bf16 fp32 unknown</c>.</summary>
    public IReadOnlyList<string>? Quantizations { get; init; }

    /// <summary>Whether only models may serve whose authors allow their text to be used for distillation.</summary>
    public bool? EnforceDistillableText { get; init; }

    /// <summary>Seconds; slower endpoints are used only if there are no others. A number means the median.</summary>
    public PercentileCutoffs? PreferredMaxLatency { get; init; }

    /// <summary>Tokens per second; slower endpoints are used only if there are no others. A number means the median.</summary>
    public PercentileCutoffs? PreferredMinThroughput { get; init; }

    /// <summary>Preferences this version has no word for, under their wire names. The service refuses names it does not know.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extra { get; set; }
}

/// <summary>What decides between providers; a plain word is enough: <c>Sort = "price"</c>.</summary>
public sealed class ProviderSort
{
    /// <summary><c>price</c>, <c>throughput</c>, <c>latency</c> or <c>exacto</c>.</summary>
    public string? By { get; init; }

    /// <summary><c>model</c> sorts the endpoints of one model before those of the next; <c>none</c> sorts all together.</summary>
    /// <value><c>model</c> when nobody says otherwise.</value>
    public string? Partition { get; init; }

    /// <param name="by">The word.</param>
    public static implicit operator ProviderSort(string by) => new() { By = by };
}

/// <summary>The most that may be paid, in USD.</summary>
public sealed class MaxPrice
{
    /// <summary>Per million prompt tokens.</summary>
    public decimal? Prompt { get; init; }

    /// <summary>Per million completion tokens.</summary>
    public decimal? Completion { get; init; }

    /// <summary>Per request.</summary>
    public decimal? Request { get; init; }

    /// <summary>Per image.</summary>
    public decimal? Image { get; init; }

    /// <summary>Per unit of audio.</summary>
    public decimal? Audio { get; init; }
}

/// <summary>A limit for the median, or one for each percentile; a plain number is enough: <c>PreferredMaxLatency = 2.5</c>.</summary>
public sealed class PercentileCutoffs
{
    /// <summary>
    /// The limit written as a plain number, which the service applies to the median; the other members are then passed over.
    /// </summary>
    public double? Value { get; init; }

    /// <summary>For the median.</summary>
    public double? P50 { get; init; }

    /// <summary>For the 75th percentile.</summary>
    public double? P75 { get; init; }

    /// <summary>For the 90th percentile.</summary>
    public double? P90 { get; init; }

    /// <summary>For the 99th percentile.</summary>
    public double? P99 { get; init; }

    /// <param name="value">The limit.</param>
    public static implicit operator PercentileCutoffs(double value) => new() { Value = value };
}

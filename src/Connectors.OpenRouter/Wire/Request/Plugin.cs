using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connectors.OpenRouter.Wire;

/// <summary>A plugin and its settings; a plain id is enough where there are none: <c>Plugins = ["response-healing"]</c>.</summary>
/// <remarks>Which settings a plugin takes is said at each. Others are refused or passed over by the service.</remarks>
public sealed record Plugin
{
    /// <summary><c>web</c>, <c>web-fetch</c>, <c>file-parser</c>, <c>response-healing</c>, <c>context-compression</c>, <c>moderation</c>, <c>auto-router</c>, <c>auto-beta-router</c>, <c>pareto-router</c>, <c>fusion</c>.</summary>
    public required string Id { get; init; }

    /// <summary>False switches off a plugin that the account or the model has on.</summary>
    /// <value>True when nobody says otherwise.</value>
    public bool? Enabled { get; init; }

    /// <summary><c>web</c>: <c>native</c>, <c>exa</c>, <c>firecrawl</c>, <c>parallel</c>, <c>perplexity</c>. <c>context-compression</c>: <c>middle-out</c>.</summary>
    public string? Engine { get; init; }

    /// <summary><c>web</c>: the engine's own mode, such as <c>fast</c> or <c>deep</c>.</summary>
    public string? Mode { get; init; }

    /// <summary><c>web</c>: results per search.</summary>
    /// <value>5 when nobody says otherwise.</value>
    public int? MaxResults { get; init; }

    /// <summary><c>web</c>, <c>web-fetch</c>: how often it may be used in one request.</summary>
    public int? MaxUses { get; init; }

    /// <summary><c>web</c>: search only these domains; wildcards and paths are allowed.</summary>
    public IReadOnlyList<string>? IncludeDomains { get; init; }

    /// <summary><c>web</c>: leave out these domains; wildcards and paths are allowed.</summary>
    public IReadOnlyList<string>? ExcludeDomains { get; init; }

    /// <summary><c>web</c>: the words with which results are given to the model.</summary>
    public string? SearchPrompt { get; init; }

    /// <summary><c>web</c>: where the user is, roughly.</summary>
    public UserLocation? UserLocation { get; init; }

    /// <summary><c>web-fetch</c>: fetch only from these domains.</summary>
    public IReadOnlyList<string>? AllowedDomains { get; init; }

    /// <summary><c>web-fetch</c>: never fetch from these domains.</summary>
    public IReadOnlyList<string>? BlockedDomains { get; init; }

    /// <summary><c>web-fetch</c>: the longest page, in tokens.</summary>
    public int? MaxContentTokens { get; init; }

    /// <summary><c>file-parser</c>: how PDFs are read.</summary>
    public PdfParser? Pdf { get; init; }

    /// <summary><c>auto-router</c>, <c>auto-beta-router</c>: patterns such as <c>anthropic/*</c>, at most 1024.</summary>
    public IReadOnlyList<string>? AllowedModels { get; init; }

    /// <summary><c>auto-router</c>, <c>auto-beta-router</c>: patterns of models never to choose, at most 1024.</summary>
    public IReadOnlyList<string>? ExcludedModels { get; init; }

    /// <summary><c>auto-router</c>, <c>auto-beta-router</c>: <c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c>, <c>max</c>.</summary>
    public string? CostTier { get; init; }

    /// <summary><c>auto-router</c>, <c>auto-beta-router</c>: 0 (quality) to 10 (cost); <see cref="CostTier"/> is its successor and wins.</summary>
    public int? CostQualityTradeoff { get; init; }

    /// <summary><c>auto-router</c>: whether a session stays with the model chosen first.</summary>
    public bool? PinModel { get; init; }

    /// <summary><c>pareto-router</c>: the dearest input allowed, in USD per million tokens; puts <see cref="MinCodingScore"/> aside.</summary>
    public decimal? MaxPrice { get; init; }

    /// <summary><c>pareto-router</c>: the least coding quality, 0 to 1.</summary>
    public double? MinCodingScore { get; init; }

    /// <summary><c>pareto-router</c>: <c>prompt</c> (list price) or <c>weighted_avg</c> (what is really paid).</summary>
    public string? PriceSource { get; init; }

    /// <summary><c>fusion</c>: <c>general-high</c>, <c>general-budget</c> or <c>general-fast</c>.</summary>
    public string? Preset { get; init; }

    /// <summary><c>fusion</c>: the model that analyses and writes the answer.</summary>
    public string? Model { get; init; }

    /// <summary><c>fusion</c>: the panel, 1 to 8 models.</summary>
    public IReadOnlyList<string>? AnalysisModels { get; init; }

    /// <summary><c>fusion</c>: tool steps of each model, 1 to 16.</summary>
    /// <value>4 when nobody says otherwise.</value>
    public int? MaxToolCalls { get; init; }

    /// <summary><c>fusion</c>: the panel's tools, at most 8; empty for none.</summary>
    public IReadOnlyList<PluginTool>? Tools { get; init; }

    /// <summary>Settings this version has no word for, under their wire names.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extra { get; set; }

    /// <param name="id">The plugin's id.</param>
    public static implicit operator Plugin(string id) => new() { Id = id };

    /// <summary>The id; settings are left out, because they may quote prompts.</summary>
    public override string ToString() => $"{nameof(Plugin)} {{ {Id} }}";
}

/// <summary>How the <c>file-parser</c> plugin reads PDFs.</summary>
public sealed record PdfParser
{
    /// <summary><c>mistral-ocr</c> (scans), <c>cloudflare-ai</c> (text), or <c>native</c> (the model itself).</summary>
    public string? Engine { get; init; }
}

/// <summary>A tool of the fusion panel, such as <c>openrouter:web_search</c>; a plain type is enough.</summary>
public sealed record PluginTool
{
    /// <summary>The wire's tool type.</summary>
    public required string Type { get; init; }

    /// <summary>The tool's settings, under their wire names.</summary>
    public IDictionary<string, JsonElement>? Parameters { get; init; }

    /// <param name="type">The wire's tool type.</param>
    public static implicit operator PluginTool(string type) => new() { Type = type };
}

/// <summary>Where the user is, roughly.</summary>
public sealed record UserLocation
{
    private readonly string? _type;

    /// <summary>The only kind there is.</summary>
    /// <value><c>approximate</c>.</value>
    public string Type { get => _type ?? "approximate"; init => _type = value; }

    /// <summary>The city's name.</summary>
    public string? City { get; init; }

    /// <summary>The region's or state's name.</summary>
    public string? Region { get; init; }

    /// <summary>The country, as two letters.</summary>
    public string? Country { get; init; }

    /// <summary>The IANA time zone, such as <c>Europe/Oslo</c>.</summary>
    public string? Timezone { get; init; }
}

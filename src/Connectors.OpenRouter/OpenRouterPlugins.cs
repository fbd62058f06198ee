using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter;

/// <summary>
/// OpenRouter's plugins, for <see cref="OpenRouterRequest.Plugins"/>: each method names only what its plugin takes. What is null
/// is left to the service.
/// </summary>
/// <remarks>
/// Settings that a method does not name are said with <see cref="Raw"/>. To switch off a plugin that the account has on, write
/// <c>new() { Id = "web", Enabled = false }</c>.
/// </remarks>
public static class OpenRouterPlugins
{
    /// <summary>
    /// Searches the web before the model answers. See also <see cref="OpenRouterTools.WebSearch"/>, which lets the model decide.
    /// </summary>
    /// <param name="maxResults">Results per search; 5 when null.</param>
    /// <param name="engine"><c>native</c>, <c>exa</c>, <c>firecrawl</c>, <c>parallel</c> or <c>perplexity</c>.</param>
    /// <param name="includeDomains">Search only these; wildcards and paths are allowed.</param>
    /// <param name="excludeDomains">Leave out these; wildcards and paths are allowed.</param>
    /// <param name="maxUses">How many searches one request may make.</param>
    /// <param name="searchPrompt">The words with which results are given to the model.</param>
    /// <param name="mode">The engine's own mode, such as <c>fast</c> or <c>deep</c>.</param>
    /// <param name="userLocation">
    /// Where the user is, roughly: <c>city</c>, <c>region</c>, <c>country</c> (two letters), <c>timezone</c> (IANA).
    /// </param>
    public static Plugin Web(int? maxResults = null, string? engine = null, IEnumerable<string>? includeDomains = null, IEnumerable<string>? excludeDomains = null, int? maxUses = null,
        string? searchPrompt = null, string? mode = null, JsonObject? userLocation = null) =>
        Of("web", maxResults, ("engine", engine), ("mode", mode), ("max_uses", maxUses), ("include_domains", List(includeDomains)), ("exclude_domains", List(excludeDomains)),
            ("search_prompt", searchPrompt), ("user_location", Located(userLocation)));

    /// <summary>Fetches the pages whose addresses stand in the prompt.</summary>
    /// <param name="maxUses">How many pages one request may fetch.</param>
    /// <param name="allowedDomains">Fetch only from these.</param>
    /// <param name="blockedDomains">Never fetch from these.</param>
    /// <param name="maxContentTokens">The longest page, in tokens.</param>
    public static Plugin WebFetch(int? maxUses = null, IEnumerable<string>? allowedDomains = null, IEnumerable<string>? blockedDomains = null, int? maxContentTokens = null) =>
        Of("web-fetch", null, ("max_uses", maxUses), ("allowed_domains", List(allowedDomains)), ("blocked_domains", List(blockedDomains)), ("max_content_tokens", maxContentTokens));

    /// <summary>Reads PDFs for models that cannot.</summary>
    /// <param name="engine"><c>mistral-ocr</c> (scans), <c>cloudflare-ai</c> (text), or <c>native</c> (the model itself).</param>
    public static Plugin FileParser(string? engine = null) => Of("file-parser", null, ("pdf", engine is null ? null : new JsonObject { ["engine"] = engine }));

    /// <summary>Mends JSON that a model wrote badly. Whole answers only.</summary>
    public static Plugin ResponseHealing() => Of("response-healing", null);

    /// <summary>Shortens prompts that are longer than the model's context.</summary>
    /// <param name="engine"><c>middle-out</c>.</param>
    public static Plugin ContextCompression(string? engine = null) => Of("context-compression", null, ("engine", engine));

    /// <summary>Has the prompt moderated first.</summary>
    public static Plugin Moderation() => Of("moderation", null);

    /// <summary>How <c>openrouter/auto</c> chooses.</summary>
    /// <param name="allowedModels">Patterns such as <c>anthropic/*</c>, at most 1024.</param>
    /// <param name="excludedModels">Patterns of models never to choose, at most 1024.</param>
    /// <param name="costTier"><c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c> or <c>max</c>.</param>
    /// <param name="pinModel">Whether a session stays with the model chosen first.</param>
    public static Plugin AutoRouter(IEnumerable<string>? allowedModels = null, IEnumerable<string>? excludedModels = null, string? costTier = null, bool? pinModel = null) =>
        Of("auto-router", null, ("allowed_models", List(allowedModels)), ("excluded_models", List(excludedModels)), ("cost_tier", costTier), ("pin_model", pinModel));

    /// <summary>How the cheapest model that is good enough is chosen.</summary>
    /// <param name="maxPrice">The dearest input allowed, in USD per million tokens; puts <paramref name="minCodingScore"/> aside.</param>
    /// <param name="minCodingScore">The least coding quality, 0 to 1.</param>
    /// <param name="priceSource"><c>prompt</c> (list price) or <c>weighted_avg</c> (what is really paid).</param>
    public static Plugin ParetoRouter(decimal? maxPrice = null, double? minCodingScore = null, string? priceSource = null) =>
        Of("pareto-router", null, ("max_price", maxPrice), ("min_coding_score", minCodingScore), ("price_source", priceSource));

    /// <summary>Asks a panel of models and lets one of them write the answer.</summary>
    /// <param name="preset"><c>general-high</c>, <c>general-budget</c> or <c>general-fast</c>.</param>
    /// <param name="model">The model that analyses and writes the answer.</param>
    /// <param name="analysisModels">The panel, 1 to 8 models.</param>
    /// <param name="maxToolCalls">Tool steps of each model, 1 to 16; 4 when null.</param>
    /// <param name="tools">The panel's server tools by type, such as <c>openrouter:web_search</c>, at most 8; empty for none.</param>
    public static Plugin Fusion(string? preset = null, string? model = null, IEnumerable<string>? analysisModels = null, int? maxToolCalls = null, IEnumerable<string>? tools = null) =>
        Of("fusion", null, ("preset", preset), ("model", model), ("analysis_models", List(analysisModels)), ("max_tool_calls", maxToolCalls), ("tools", List(tools)));

    /// <summary>How the switchyard router chooses.</summary>
    /// <param name="algorithm">The service's word for it.</param>
    public static Plugin SwitchyardRouter(string algorithm)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(algorithm);
        return Of("switchyard-router", null, ("algorithm", algorithm));
    }

    /// <summary>Any plugin in its wire form.</summary>
    /// <param name="json">An object with an <c>id</c>. It is copied.</param>
    /// <exception cref="ArgumentException">It is no object, or has no id.</exception>
    public static Plugin Raw(JsonNode json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json is not JsonObject plugin || plugin["id"] is not JsonValue id || !id.TryGetValue(out string? name))
            throw new ArgumentException("A plugin in wire form is an object with an `id`, such as { \"id\": \"web\" }.", nameof(json));
        return new() { Id = name, Extra = plugin.Where(setting => setting.Key != "id").ToDictionary(setting => setting.Key, setting => ToElement(setting.Value)) };
    }

    /// <summary>A plugin with those settings that are not null.</summary>
    /// <param name="id">The plugin's id on the wire.</param>
    /// <param name="maxResults">Its only typed setting; null leaves it out.</param>
    /// <param name="settings">The others, under their wire names.</param>
    private static Plugin Of(string id, int? maxResults, params ReadOnlySpan<(string Name, JsonNode? Value)> settings)
    {
        Dictionary<string, JsonElement>? given = null;
        foreach (var (name, value) in settings)
            if (value is not null)
                (given ??= [])[name] = ToElement(value);
        return new() { Id = id, MaxResults = maxResults, Extra = given };
    }

    /// <summary>A node as an element, which extension data hold; null becomes JSON's null.</summary>
    private static JsonElement ToElement(JsonNode? node) => node is null ? Null : JsonSerializer.SerializeToElement(node, WireJson.Web.JsonNode);

    /// <summary>JSON's null, as an element of its own.</summary>
    private static JsonElement Null { get; } = LenientJson.Parse("null")!.Value;

    /// <summary>Strings as a JSON array; null stays null, so that the setting is left out.</summary>
    private static JsonArray? List(IEnumerable<string>? items) => items is null ? null : [.. items.Select(item => (JsonNode?)item)];

    /// <summary>A copy of a place with the <c>type</c> that the service requires.</summary>
    private static JsonObject? Located(JsonObject? place)
    {
        if (place is null)
            return null;
        var located = new JsonObject { ["type"] = "approximate" };
        foreach (var (name, value) in place)
            located[name] = value?.DeepClone();
        return located;
    }
}

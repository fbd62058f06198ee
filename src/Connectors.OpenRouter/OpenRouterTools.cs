using System.Text.Json.Nodes;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter;

/// <summary>OpenRouter's server tools, for <see cref="ChatOptions.Tools"/>. The service runs them; they are never invoked here.</summary>
/// <remarks>
/// Settings that a method does not name are said with <see cref="Raw"/>, or under <c>parameters</c> in the tool's wire form.
/// </remarks>
public static class OpenRouterTools
{
    /// <summary>Searches the web.</summary>
    /// <param name="maxResults">Results per search.</param>
    /// <param name="engine">
    /// <c>auto</c> (the provider's own, else Exa), <c>native</c>, <c>exa</c>, <c>firecrawl</c>, <c>parallel</c> or
    /// <c>perplexity</c>.
    /// </param>
    /// <param name="allowedDomains">Search only these.</param>
    /// <param name="excludedDomains">Leave out these.</param>
    /// <param name="maxUses">How many searches one request may make.</param>
    public static AITool WebSearch(int? maxResults = null, string? engine = null, IEnumerable<string>? allowedDomains = null, IEnumerable<string>? excludedDomains = null, int? maxUses = null) =>
        Server("web_search", ("engine", engine), ("max_results", maxResults), ("max_uses", maxUses), ("allowed_domains", List(allowedDomains)), ("excluded_domains", List(excludedDomains)));

    /// <summary>Fetches pages and PDFs by address.</summary>
    /// <param name="engine">Which engine fetches; <c>auto</c> when null.</param>
    /// <param name="allowedDomains">Fetch only from these.</param>
    /// <param name="blockedDomains">Never fetch from these.</param>
    /// <param name="maxUses">How many pages one request may fetch.</param>
    /// <param name="maxContentTokens">The longest page, in tokens.</param>
    public static AITool WebFetch(string? engine = null, IEnumerable<string>? allowedDomains = null, IEnumerable<string>? blockedDomains = null, int? maxUses = null, int? maxContentTokens = null) =>
        Server("web_fetch", ("engine", engine), ("max_uses", maxUses), ("max_content_tokens", maxContentTokens), ("allowed_domains", List(allowedDomains)), ("blocked_domains", List(blockedDomains)));

    /// <summary>Tells the date and the time.</summary>
    /// <param name="timezone">An IANA name such as <c>Europe/Oslo</c>; UTC when null.</param>
    public static AITool DateTime(string? timezone = null) => Server("datetime", ("timezone", timezone));

    /// <summary>Draws images.</summary>
    /// <param name="model">The image model; <c>openai/gpt-5-image</c> when null.</param>
    /// <param name="options">The image model's own settings, under their wire names.</param>
    public static AITool ImageGeneration(string? model = null, JsonObject? options = null) =>
        Server("image_generation", [("model", Model(model)), .. (options ?? []).Select(option => (option.Key, option.Value?.DeepClone()))]);

    /// <summary>Lets the model ask a stronger one for advice.</summary>
    /// <param name="model">The advisor.</param>
    /// <param name="name">Tells several advisors apart: letters, digits, blanks, <c>_</c> and <c>-</c>, at most 64.</param>
    /// <param name="instructions">The advisor's system prompt.</param>
    /// <param name="forwardTranscript">Whether the advisor sees the conversation.</param>
    public static AITool Advisor(string model, string? name = null, string? instructions = null, bool? forwardTranscript = null) =>
        Server("advisor", ("model", Named(model)), ("name", name), ("instructions", instructions), ("forward_transcript", forwardTranscript));

    /// <summary>Lets the model hand self-contained tasks to a cheaper one.</summary>
    /// <param name="model">The worker.</param>
    /// <param name="name">Tells several workers apart: letters, digits, blanks, <c>_</c> and <c>-</c>, at most 64.</param>
    /// <param name="instructions">The worker's system prompt.</param>
    /// <param name="tools">The worker's own server tools.</param>
    /// <param name="maxToolCalls">Tool steps of the worker, 1 to 25.</param>
    public static AITool Subagent(string model, string? name = null, string? instructions = null, IEnumerable<AITool>? tools = null, int? maxToolCalls = null) =>
        Server("subagent", ("model", Named(model)), ("name", name), ("instructions", instructions), ("max_tool_calls", maxToolCalls), ("tools", List(tools)));

    /// <summary>Asks a panel of models and lets one of them write the answer.</summary>
    /// <param name="model">The model that analyses and writes; the panel's first when null.</param>
    /// <param name="analysisModels">The panel, 1 to 8 models.</param>
    /// <param name="maxToolCalls">Tool steps of each model, 1 to 16; 4 when null.</param>
    public static AITool Fusion(string? model = null, IEnumerable<string>? analysisModels = null, int? maxToolCalls = null) =>
        Server("fusion", ("model", Model(model)), ("analysis_models", List(analysisModels?.Select(one => Model(one, nameof(analysisModels))!))), ("max_tool_calls", maxToolCalls));

    /// <summary>Reads, writes and lists the files of the key's workspace.</summary>
    public static AITool Files() => Server("files");

    /// <summary>Runs shell commands in a container of the service.</summary>
    /// <param name="engine"><c>auto</c> (the provider's own, else OpenRouter's) or <c>openrouter</c>.</param>
    /// <remarks>For a shell on your own machine use <c>Raw(new JsonObject { ["type"] = "local_shell" })</c> and answer its calls.</remarks>
    public static AITool Shell(string? engine = null) => Server("shell", ("engine", engine));

    /// <summary>Lets the model propose file changes as checked patches.</summary>
    /// <param name="engine">Which engine checks; <c>auto</c> when null.</param>
    public static AITool ApplyPatch(string? engine = null) => Server("apply_patch", ("engine", engine));

    /// <summary>Searches OpenRouter's own models. Experimental at the service.</summary>
    /// <param name="maxResults">Results per search.</param>
    public static AITool SearchModels(int? maxResults = null) => Server("experimental__search_models", ("max_results", maxResults));

    /// <summary>
    /// Finds functions that are marked <c>defer_loading</c> in their <see cref="AITool.AdditionalProperties"/>, so that they need
    /// not all stand in the prompt.
    /// </summary>
    /// <param name="maxResults">Functions per search, 50 at most; 5 when null.</param>
    public static AITool ToolSearch(int? maxResults = null) => Server("tool_search", ("max_results", maxResults));

    /// <summary>Any tool in its wire form, sent as it is.</summary>
    /// <param name="json">An object with a <c>type</c>. It is copied.</param>
    /// <exception cref="ArgumentException">It is no object, or has no type.</exception>
    public static AITool Raw(JsonNode json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json is not JsonObject tool || tool["type"] is not JsonValue type || !type.TryGetValue(out string? _))
            throw new ArgumentException("A tool in wire form is an object with a `type`, such as { \"type\": \"openrouter:web_search\" }.", nameof(json));
        return new WireTool((JsonObject)Json.JsonDepth.Check(tool, "tool").DeepClone());
    }

    /// <summary>A tool of the service's with those parameters that are not null.</summary>
    private static WireTool Server(string type, params ReadOnlySpan<(string Name, JsonNode? Value)> parameters)
    {
        var given = new JsonObject();
        foreach (var (name, value) in parameters)
            if (value is not null)
                given[name] = value;
        var json = new JsonObject { ["type"] = $"openrouter:{type}" };
        if (given.Count > 0)
            json["parameters"] = given;
        return new(json);
    }

    /// <summary>A model that has to be named; blank ones and keys are refused.</summary>
    private static string Named(string model)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        return Model(model)!;
    }

    /// <summary>A model that may be null; a key in its place is refused before it can be sent anywhere.</summary>
    private static string? Model(string? model, string name = "model") =>
        RequestTable.LooksLikeAKey(model) ? throw new ArgumentException(RequestTable.KeyAsModel, name) : model;

    /// <summary>Strings as a JSON array; null stays null, so that the parameter is left out.</summary>
    private static JsonArray? List(IEnumerable<string>? items) => items is null ? null : [.. items.Select(item => (JsonNode?)item)];

    /// <summary>Server tools in wire form; other tools are refused, because the worker could not call them.</summary>
    private static JsonArray? List(IEnumerable<AITool>? tools) => tools is null ? null : [.. tools.Select(tool => tool is WireTool wire
        ? wire.ToJson()
        : throw new ArgumentException($"A worker's tools are server tools of {nameof(OpenRouterTools)}; `{tool.Name}` is not one.", nameof(tools)))];
}

using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter;

/// <summary>
/// OpenRouter's request in the API's own words: what a caller may set beyond <c>ChatOptions</c>. What is null is not sent.
/// </summary>
/// <remarks>
/// For one call: <c>options.WithOpenRouter(new() { ... })</c>. For every call of a client: <see cref="OpenRouterOptions.Request"/>.
/// Names are the API's, in PascalCase. Messages, tools and streaming are said by the call itself.
/// </remarks>
public sealed record OpenRouterRequest
{
    /// <summary>
    /// The model, <c>author/slug[:variant]</c>, an alias such as <c>~anthropic/claude-opus-latest</c>, a router such as
    /// <c>openrouter/auto</c>, or <c>@preset/slug</c>.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>The models to try after <see cref="Model"/>, in this order, when it fails or is unavailable.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>
    /// The preset at whose own endpoint the request is posted (<c>presets/{slug}/responses</c>); its settings fill what the
    /// request leaves open.
    /// </summary>
    /// <remarks>
    /// It puts aside a model that only a weaker source names, such as the client's default: otherwise that would overrule the
    /// preset's.
    /// </remarks>
    public string? Preset { get; init; }

    /// <summary>The system prompt of this call. Joined with those of other sources by a blank line, the stronger source's first.</summary>
    public string? Instructions { get; init; }

    /// <summary>Randomness, 0 to 2.</summary>
    /// <value>1 when nobody says otherwise.</value>
    public double? Temperature { get; init; }

    /// <summary>Nucleus sampling, 0 to 1.</summary>
    /// <value>1 when nobody says otherwise.</value>
    public double? TopP { get; init; }

    /// <summary>How many of the likeliest tokens are considered.</summary>
    public int? TopK { get; init; }

    /// <summary>The longest answer in tokens, reasoning included. Without it a large model can fail the credit check (402).</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>-2 to 2; positive values discourage words by how often they were said.</summary>
    /// <value>0 when nobody says otherwise.</value>
    public double? FrequencyPenalty { get; init; }

    /// <summary>-2 to 2; positive values discourage words that were said at all.</summary>
    /// <value>0 when nobody says otherwise.</value>
    public double? PresencePenalty { get; init; }

    /// <summary>Which tools may or must be called. Sent only together with tools.</summary>
    public ToolChoice? ToolChoice { get; init; }

    /// <summary>Whether several calls may be made at once. Sent only together with tools.</summary>
    /// <value>True when nobody says otherwise.</value>
    public bool? ParallelToolCalls { get; init; }

    /// <summary>Which providers may serve, and in what order.</summary>
    public ProviderPreferences? Provider { get; init; }

    /// <summary>Plugins by id: web search, file parsing, response healing, routers and more.</summary>
    public IReadOnlyList<Plugin>? Plugins { get; init; }

    /// <summary>How much the model thinks, and what of it is shown.</summary>
    public RequestReasoning? Reasoning { get; init; }

    /// <summary>The form and the length of the answer's text.</summary>
    public RequestText? Text { get; init; }

    /// <summary>What the answer may consist of: <c>text</c>, <c>image</c>.</summary>
    public IReadOnlyList<string>? Modalities { get; init; }

    /// <summary>
    /// Settings of image models, free-form and model-dependent, such as <c>aspect_ratio</c> or <c>image_size</c>: strings,
    /// numbers or arrays.
    /// </summary>
    public JsonObject? ImageConfig { get; init; }

    /// <summary>
    /// Groups the requests of one conversation, at most 256 characters, and keeps them with one provider, so that prompt caches
    /// are hit.
    /// </summary>
    public string? SessionId { get; init; }

    /// <summary>Your end user's id, at most 256 characters (128 is safe everywhere).</summary>
    public string? User { get; init; }

    /// <summary>A stable pseudonym of your end user, for isolating abuse. It is sent upstream only hashed.</summary>
    public string? SafetyIdentifier { get; init; }

    /// <summary>Your own labels: at most 16, keys up to 64 characters without brackets, values up to 512.</summary>
    public Dictionary<string, string>? Metadata { get; init; }

    /// <summary>Names for observability tools that are connected to the account.</summary>
    public TraceConfig? Trace { get; init; }

    /// <summary>
    /// <c>auto</c>, <c>default</c>, <c>flex</c> (slower, cheaper), <c>priority</c> (or its alias <c>fast</c>), <c>scale</c>.
    /// </summary>
    /// <value><c>auto</c> when nobody says otherwise.</value>
    public string? ServiceTier { get; init; }

    /// <summary>A hint that keeps requests with a common beginning together on one prompt cache.</summary>
    public string? PromptCacheKey { get; init; }

    /// <summary>Prompt caching by explicit breakpoints only (GPT-5.6 and newer).</summary>
    public PromptCacheOptions? PromptCacheOptions { get; init; }

    /// <summary>Automatic prompt caching for Anthropic's models.</summary>
    public CacheControl? CacheControl { get; init; }

    /// <summary><c>auto</c> lets the service shorten a conversation that does not fit; <c>disabled</c> makes that an error.</summary>
    /// <value><c>disabled</c> when nobody says otherwise.</value>
    public string? Truncation { get; init; }

    /// <summary>Extra data to include in the answer, such as <c>file_search_call.results</c>.</summary>
    /// <remarks>
    /// It replaces the <c>reasoning.encrypted_content</c> that is asked for otherwise; name that too if reasoning is to be sent
    /// back on later turns.
    /// </remarks>
    public IReadOnlyList<string>? Include { get; init; }

    /// <summary>How many steps server tools may take, at most 30. Ignored when <see cref="StopServerToolsWhen"/> is set.</summary>
    /// <value>30 when nobody says otherwise.</value>
    public int? MaxToolCalls { get; init; }

    /// <summary>Conditions of which any one ends the server tools' loop; one last turn without tools follows.</summary>
    public IReadOnlyList<StopCondition>? StopServerToolsWhen { get; init; }

    /// <summary>How many alternatives to report for each token, 0 to 20.</summary>
    /// <value>0 when nobody says otherwise.</value>
    public int? TopLogprobs { get; init; }

    /// <summary>What the service reveals for debugging. Never in production, and never under <see cref="OpenRouterPrivacy"/>.</summary>
    public DebugOptions? Debug { get; init; }

    /// <summary>
    /// Anything this version has no word for, merged into the request last and deep. It cannot loosen
    /// <see cref="OpenRouterPrivacy"/> or make the request stateful.
    /// </summary>
    public JsonObject? ExtraBody { get; init; }

    /// <summary>Tools in wire form, as configuration and prompt files may give them; programs use <c>ChatOptions.Tools</c>.</summary>
    [JsonInclude]
    internal JsonArray? Tools { get; init; }

    /// <summary>
    /// A request from settings in the API's own words, as prompt files and stores hold them: numbers and flags may be strings,
    /// short forms are read as what they stand for.
    /// </summary>
    /// <param name="settings">An object whose members have wire names, such as <c>{"provider":{"zdr":true}}</c>.</param>
    /// <param name="unknown">Takes the paths that no member has, such as <c>provider.zdrr</c>. Null when they are of no interest.</param>
    /// <exception cref="InvalidOperationException">
    /// A value does not fit its name, or this is no object; the message names the path.
    /// </exception>
    public static OpenRouterRequest FromJson(System.Text.Json.JsonElement settings, ICollection<string>? unknown = null)
    {
        if (settings.ValueKind != System.Text.Json.JsonValueKind.Object)
            throw new InvalidOperationException($"Settings of a request are a JSON object, not {settings.ValueKind}.");
        var members = JsonObject.Create(settings)!;
        if (unknown is not null)
            foreach (var (path, _) in RequestTable.Unknown(members))
                unknown.Add(path);
        return RequestTable.FromJson(members, "settings");
    }

    /// <summary>The names of what is set. Values are left out: they may be prompts or identities.</summary>
    public override string ToString() => $"{nameof(OpenRouterRequest)} {{ {string.Join(", ", RequestTable.ToJson(this).Select(member => member.Key))} }}";
}

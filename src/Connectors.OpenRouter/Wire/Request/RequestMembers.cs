using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Connectors.OpenRouter.Wire;

/// <summary>How much the model thinks, and what of it is shown.</summary>
public sealed record RequestReasoning
{
    /// <summary>
    /// <c>max</c>, <c>xhigh</c>, <c>high</c>, <c>medium</c>, <c>low</c>, <c>minimal</c> or <c>none</c>. A level the model lacks
    /// becomes its nearest. Excludes <see cref="MaxTokens"/>.
    /// </summary>
    public string? Effort { get; init; }

    /// <summary>
    /// How many tokens may be spent on thinking, for models with a budget. Must stay below the whole answer's limit; excludes
    /// <see cref="Effort"/>.
    /// </summary>
    public int? MaxTokens { get; init; }

    /// <summary>A readable summary from models that hide their thinking: <c>auto</c>, <c>concise</c> or <c>detailed</c>.</summary>
    public string? Summary { get; init; }

    /// <summary>True alone means medium effort; false switches thinking off where the model allows it.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Whether to think without showing it. Documented, though not in the API's schema.</summary>
    public bool? Exclude { get; init; }

    /// <summary><c>standard</c> or <c>pro</c> (GPT-5.6 and newer).</summary>
    /// <value><c>standard</c> when nobody says otherwise.</value>
    public string? Mode { get; init; }

    /// <summary>Which earlier thinking the model sees: <c>auto</c>, <c>all_turns</c> or <c>current_turn</c> (GPT-5.6 and newer).</summary>
    public string? Context { get; init; }

    /// <summary>Members this version has no word for, under their wire names.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extra { get; set; }
}

/// <summary>The form and the length of the answer's text.</summary>
public sealed class RequestText
{
    /// <summary><c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c> or <c>max</c>.</summary>
    public string? Verbosity { get; init; }

    /// <summary>Plain text, JSON, or JSON after a schema. Stronger than <c>ChatOptions.ResponseFormat</c>.</summary>
    public TextFormat? Format { get; init; }
}

/// <summary>The form of the answer's text; a plain word is enough for <c>text</c> and <c>json_object</c>.</summary>
public sealed class TextFormat
{
    /// <summary><c>text</c>, <c>json_object</c> or <c>json_schema</c>.</summary>
    public string? Type { get; init; }

    /// <summary>The schema's name: letters, digits, <c>_</c> and <c>-</c>, at most 64.</summary>
    public string? Name { get; init; }

    /// <summary>What the schema is for.</summary>
    public string? Description { get; init; }

    /// <summary>The JSON schema.</summary>
    public JsonNode? Schema { get; init; }

    /// <summary>Whether the model is held to the schema. Needs every property required and no further ones allowed.</summary>
    public bool? Strict { get; init; }

    /// <param name="type">The word.</param>
    public static implicit operator TextFormat(string type) => new() { Type = type };
}

/// <summary>Which tools may or must be called; a plain word is enough for <c>auto</c>, <c>none</c> and <c>required</c>.</summary>
public sealed class ToolChoice
{
    /// <summary>The choice written as a plain word; the other members are then passed over.</summary>
    public string? Value { get; init; }

    /// <summary><c>function</c>, <c>allowed_tools</c>, <c>web_search_preview</c>, <c>apply_patch</c> or <c>shell</c>.</summary>
    public string? Type { get; init; }

    /// <summary><c>function</c>: the function's name.</summary>
    public string? Name { get; init; }

    /// <summary><c>allowed_tools</c>: <c>auto</c> or <c>required</c>.</summary>
    public string? Mode { get; init; }

    /// <summary>
    /// <c>allowed_tools</c>: the tools that may be called now. All others stay in the prompt, so that its cache stays valid.
    /// </summary>
    public IReadOnlyList<AllowedTool>? Tools { get; init; }

    /// <param name="value">The word.</param>
    public static implicit operator ToolChoice(string value) => new() { Value = value };
}

/// <summary>A tool that may be called; a plain function name is enough.</summary>
public sealed class AllowedTool
{
    /// <summary>Null while nobody has set it: the property gives the default.</summary>
    private readonly string? _type;

    /// <summary>The wire's tool type.</summary>
    /// <value><c>function</c>.</value>
    public string Type { get => _type ?? "function"; init => _type = value; }

    /// <summary>The function's name.</summary>
    public string? Name { get; init; }

    /// <param name="name">The function's name.</param>
    public static implicit operator AllowedTool(string name) => new() { Name = name };
}

/// <summary>A condition that ends the server tools' loop.</summary>
public sealed class StopCondition
{
    /// <summary><c>step_count_is</c>, <c>has_tool_call</c>, <c>max_tokens_used</c>, <c>max_cost</c> or <c>finish_reason_is</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>step_count_is</c>: the number of steps.</summary>
    public int? StepCount { get; init; }

    /// <summary><c>has_tool_call</c>: the tool.</summary>
    public string? ToolName { get; init; }

    /// <summary><c>max_tokens_used</c>: tokens over the whole loop.</summary>
    public int? MaxTokens { get; init; }

    /// <summary><c>max_cost</c>: USD over the whole loop.</summary>
    public decimal? MaxCostInDollars { get; init; }

    /// <summary><c>finish_reason_is</c>: the reason, such as <c>length</c>.</summary>
    public string? Reason { get; init; }
}

/// <summary>Automatic prompt caching for Anthropic's models.</summary>
public sealed class CacheControl
{
    /// <summary>Null while nobody has set it: the property gives the default.</summary>
    private readonly string? _type;

    /// <summary>The only kind there is.</summary>
    /// <value><c>ephemeral</c>.</value>
    public string Type { get => _type ?? "ephemeral"; init => _type = value; }

    /// <summary>How long the cache lives: <c>5m</c> or <c>1h</c>.</summary>
    public string? Ttl { get; init; }
}

/// <summary>Prompt caching by explicit breakpoints: only what is marked by <c>prompt_cache_breakpoint</c> is cached.</summary>
public sealed class PromptCacheOptions
{
    /// <summary>Null while nobody has set it: the property gives the default.</summary>
    private readonly string? _mode;

    /// <summary>The only mode there is.</summary>
    /// <value><c>explicit</c>.</value>
    public string Mode { get => _mode ?? "explicit"; init => _mode = value; }

    /// <summary>How long the cache lives.</summary>
    public string? Ttl { get; init; }
}

/// <summary>Names for the observability tools that are connected to the account.</summary>
public sealed class TraceConfig
{
    /// <summary>Joins the requests of one run.</summary>
    public string? TraceId { get; init; }

    /// <summary>The run's name.</summary>
    public string? TraceName { get; init; }

    /// <summary>The step's name.</summary>
    public string? SpanName { get; init; }

    /// <summary>This request's name.</summary>
    public string? GenerationName { get; init; }

    /// <summary>The step above.</summary>
    public string? ParentSpanId { get; init; }

    /// <summary>Your own labels; they are passed on as they are.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extra { get; set; }
}

/// <summary>What the service reveals for debugging.</summary>
public sealed class DebugOptions
{
    /// <summary>Whether a stream begins with the request as it went upstream, prompt included.</summary>
    public bool? EchoUpstreamBody { get; init; }
}

using static Connectors.OpenRouter.Testing.Shape;

namespace Connectors.OpenRouter.Testing;

/// <summary>The body of a request to the Responses endpoint. Unknown members of the body itself are ignored, as the service does.</summary>
internal static class RequestShape
{
    /// <summary>What <c>include</c> may ask for.</summary>
    private static readonly Shape Include = Word("file_search_call.results", "message.input_image.image_url", "computer_call_output.output.image_url", "reasoning.encrypted_content", "code_interpreter_call.outputs");

    /// <summary>The <c>text</c> member.</summary>
    private static readonly Shape TextSettings = Object(
        ("format", Kinds("type", new()
        {
            ["text"] = Object(),
            ["json_object"] = Object(),
            ["json_schema"] = Object(("name", Text()), ("schema", Loose), ("strict", Flag.OrNull), ("description", Text())).Needs("name", "schema"),
        })),
        ("verbosity", Word("low", "medium", "high", "xhigh", "max").OrNull));

    /// <summary>The words of <c>provider.sort</c>.</summary>
    private static readonly Shape Sort = Word("price", "throughput", "latency", "exacto");

    /// <summary>A number, or one for each percentile.</summary>
    private static readonly Shape Percentiles = Either(Number(), Object(("p50", Number().OrNull), ("p75", Number().OrNull), ("p90", Number().OrNull), ("p99", Number().OrNull))).OrNull;

    /// <summary>The schema takes prices as text only; its documentation writes numbers.</summary>
    private static readonly Shape Price = Either(Text(), Number(0));

    /// <summary>The <c>provider</c> member; nothing else may stand in it.</summary>
    private static readonly Shape Provider = Object(
        ("order", List(Text()).OrNull),
        ("only", List(Text()).OrNull),
        ("ignore", List(Text()).OrNull),
        ("allow_fallbacks", Flag.OrNull),
        ("require_parameters", Flag.OrNull),
        ("data_collection", Word("allow", "deny").OrNull),
        ("zdr", Flag.OrNull),
        ("enforce_distillable_text", Flag.OrNull),
        ("quantizations", List(Word("int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown")).OrNull),
        ("sort", Either(Sort, Object(("by", Sort.OrNull), ("partition", Word("model", "none").OrNull))).OrNull),
        ("max_price", Object(("prompt", Price), ("completion", Price), ("request", Price), ("image", Price), ("audio", Price))),
        ("preferred_min_throughput", Percentiles),
        ("preferred_max_latency", Percentiles)).Closed();

    /// <summary>A plugin by its id.</summary>
    private static readonly Shape Plugin = Kinds("id", new()
    {
        ["web"] = Object(("enabled", Flag), ("max_results", Integer(1)), ("max_uses", Integer(1)), ("include_domains", List(Text())), ("exclude_domains", List(Text())), ("search_prompt", Text())),
        ["web-fetch"] = Object(("allowed_domains", List(Text())), ("blocked_domains", List(Text())), ("max_content_tokens", Integer(1)), ("max_uses", Integer(1))),
        ["file-parser"] = Object(("enabled", Flag), ("pdf", Object(("engine", Word("mistral-ocr", "native", "cloudflare-ai", "pdf-text"))))),
        ["response-healing"] = Object(("enabled", Flag)),
        ["context-compression"] = Object(("enabled", Flag), ("engine", Word("middle-out"))),
        ["moderation"] = Object(),
        ["auto-router"] = Object(("enabled", Flag), ("allowed_models", List(Text(), max: 1024)), ("excluded_models", List(Text())), ("cost_quality_tradeoff", Integer(0, 10)), ("pin_model", Flag)),
        ["auto-beta-router"] = Object(("enabled", Flag), ("allowed_models", List(Text(), max: 1024)), ("excluded_models", List(Text())), ("cost_quality_tradeoff", Integer(0, 10))),
        ["pareto-router"] = Object(("enabled", Flag), ("max_price", Number()), ("min_coding_score", Number(0, 1)), ("price_source", Word("prompt", "weighted_avg"))),
        ["switchyard-router"] = Object(("enabled", Flag), ("algorithm", Text())),
        ["fusion"] = Object(("enabled", Flag), ("preset", Text()), ("model", Text()), ("analysis_models", List(Text(), 1, 8)), ("max_tool_calls", Integer(1, 16)), ("tools", List(Anything, max: 8))),
    });

    /// <summary>A condition of <c>stop_server_tools_when</c> by its type.</summary>
    private static readonly Shape Stop = Kinds("type", new()
    {
        ["step_count_is"] = Object(("step_count", Integer(1))).Needs("step_count"),
        ["has_tool_call"] = Object(("tool_name", Text())).Needs("tool_name"),
        ["max_tokens_used"] = Object(("max_tokens", Integer(1))).Needs("max_tokens"),
        ["max_cost"] = Object(("max_cost_in_dollars", Number(0))).Needs("max_cost_in_dollars"),
        ["finish_reason_is"] = Object(("reason", Text())).Needs("reason"),
    });

    /// <summary>The <c>tool_choice</c> member.</summary>
    private static readonly Shape ToolChoice = Either(Word("auto", "none", "required"), Kinds("type", new()
    {
        ["function"] = Object(("name", Text())).Needs("name"),
        ["web_search_preview"] = Object(),
        ["web_search_preview_2025_03_11"] = Object(),
        ["apply_patch"] = Object(),
        ["shell"] = Object(),
        ["allowed_tools"] = Object(("mode", Word("auto", "required")), ("tools", List(Loose))).Needs("mode", "tools"),
    }));

    /// <summary>The whole body.</summary>
    public static Shape Body { get; } = Object(
        ("model", Text()),
        ("models", List(Text())),
        ("input", InputShape.Input),
        ("instructions", Text().OrNull),
        ("stream", Flag),
        ("max_output_tokens", Integer(1).OrNull),
        ("max_tool_calls", Integer(0, 30).OrNull),
        ("temperature", Number(0, 2).OrNull),
        ("top_p", Number(0, 1).OrNull),
        ("top_k", Integer(0)),
        ("frequency_penalty", Number(-2, 2).OrNull),
        ("presence_penalty", Number(-2, 2).OrNull),
        ("top_logprobs", Integer(0, 20).OrNull),
        ("reasoning", ReasoningShape.Reasoning.OrNull),
        ("text", TextSettings),
        ("tools", List(ToolShape.Tool)),
        ("tool_choice", ToolChoice),
        ("parallel_tool_calls", Flag.OrNull),
        ("include", List(Include).OrNull),
        ("provider", Provider.OrNull),
        ("plugins", List(Plugin)),
        ("route", Word("fallback", "sort").OrNull),
        ("modalities", List(Word("text", "image"))),
        ("image_config", Map(Either(Text(), Number(), List(Anything)))),
        ("metadata", Map(Text(512)).OrNull),
        ("user", Text(256)),
        ("safety_identifier", Text().OrNull),
        ("session_id", Text(256)),
        ("prompt_cache_key", Text().OrNull),
        ("prompt_cache_options", Object(("mode", Word("explicit")), ("ttl", Text().OrNull)).Needs("mode").OrNull),
        ("cache_control", Object(("type", Word("ephemeral")), ("ttl", Word("5m", "1h"))).Needs("type")),
        ("service_tier", Word("auto", "default", "fast", "flex", "priority", "scale").OrNull),
        ("truncation", Word("auto", "disabled").OrNull),
        ("store", Flag),
        ("background", Flag.OrNull),
        ("prompt", Object(("id", Text()), ("variables", Loose.OrNull)).Needs("id").OrNull),
        ("stop_server_tools_when", List(Stop, min: 1)),
        ("trace", Object(("trace_id", Text()), ("trace_name", Text()), ("span_name", Text()), ("generation_name", Text()), ("parent_span_id", Text()))),
        ("debug", Object(("echo_upstream_body", Flag))),
        ("preset", Text())).Needs("input");
}

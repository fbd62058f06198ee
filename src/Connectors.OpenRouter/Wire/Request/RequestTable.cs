using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using static Connectors.OpenRouter.Wire.Shape;

namespace Connectors.OpenRouter.Wire;

/// <summary>The one table of the request's members: their names, their order on the wire, their shape, and how sources join.</summary>
/// <remarks>
/// The members of each group are made when somebody says it: compiling them all would take a sixth of a fresh process's time to
/// its first word.
/// </remarks>
internal static class RequestTable
{
    /// <summary><c>user_location</c> of the web plugin.</summary>
    private static readonly ObjectShape Location = Object(() => [new("type", Text), new("city", Text), new("region", Text), new("country", Text), new("timezone", Text)]);

    /// <summary>A latency or throughput limit: a number for the median, or one for each percentile.</summary>
    private static readonly ObjectShape Cutoffs = Union("value", () => [new("value", Number), new("p50", Number), new("p75", Number), new("p90", Number), new("p99", Number)]);

    /// <summary><c>reasoning</c>: an effort or a number of tokens, and what is shown of it.</summary>
    private static readonly ObjectShape Reasoning = Object(() => [
        new("max_tokens", Integer), new("effort", Text), new("summary", Text), new("enabled", Flag), new("exclude", Flag), new("mode", Text), new("context", Text)]);

    /// <summary><c>text.format</c>; a plain word is its type.</summary>
    private static readonly ObjectShape Format = Short("type", () => [new("type", Text), new("name", Text), new("description", Text), new("schema", Any), new("strict", Flag)]);

    /// <summary><c>tool_choice</c>: a word, a named tool, or a list of allowed tools.</summary>
    private static readonly ObjectShape Choice = Union("value", () => [new("value", Text), new("type", Text), new("name", Text), new("mode", Text),
        new("tools", List(Object(() => [new("type", Text), new("name", Text)])))]);

    /// <summary><c>provider</c>, the routing preferences.</summary>
    private static readonly ObjectShape Provider = Object(() => [
        new("order", List(Text)), new("only", List(Text)), new("ignore", List(Text)), new("allow_fallbacks", Flag), new("require_parameters", Flag),
        new("data_collection", Text), new("zdr", Flag), new("sort", Union("by", () => [new("by", Text), new("partition", Text)])),
        new("max_price", Object(() => [new("prompt", Money), new("completion", Money), new("request", Money), new("image", Money), new("audio", Money)])),
        new("quantizations", List(Text)), new("enforce_distillable_text", Flag), new("preferred_max_latency", Cutoffs), new("preferred_min_throughput", Cutoffs)]);

    /// <summary>
    /// One element of <c>plugins</c>: the settings of all plugins together, of which each takes its own. A plain word is the id.
    /// </summary>
    private static readonly ObjectShape Plugin = Short("id", () => [new("id", Text), new("enabled", Flag), new("engine", Text), new("mode", Text), new("max_results", Integer), new("max_uses", Integer),
        new("include_domains", List(Text)), new("exclude_domains", List(Text)), new("search_prompt", Text), new("user_location", Location),
        new("allowed_domains", List(Text)), new("blocked_domains", List(Text)), new("max_content_tokens", Integer), new("pdf", Short("engine", () => [new("engine", Text)])),
        new("allowed_models", List(Text)), new("excluded_models", List(Text)), new("cost_tier", Text), new("cost_quality_tradeoff", Integer), new("pin_model", Flag),
        new("max_price", Number), new("min_coding_score", Number), new("price_source", Text), new("preset", Text), new("model", Text),
        new("analysis_models", List(Text)), new("max_tool_calls", Integer), new("tools", List(Short("type", () => [new("type", Text), new("parameters", Any)])))]);

    /// <summary>One element of <c>stop_server_tools_when</c>.</summary>
    private static readonly ObjectShape Stop = Object(() => [
        new("type", Text), new("step_count", Integer), new("tool_name", Text), new("max_tokens", Integer), new("max_cost_in_dollars", Number), new("reason", Text)]);

    /// <summary>In the order in which they are written.</summary>
    public static readonly ObjectShape Request = Object(() =>
    [
        new("model", Text),
        new("models", List(Text)),
        new("preset", Text),
        new("instructions", Text, Join.Paragraphs),
        new("reasoning", Reasoning, Join.Members),
        new("include", List(Text), Join.Lists),
        new("max_output_tokens", Integer),
        new("temperature", Number),
        new("top_p", Number),
        new("top_k", Integer),
        new("frequency_penalty", Number),
        new("presence_penalty", Number),
        new("top_logprobs", Integer),
        new("text", Object(() => [new("format", Format), new("verbosity", Text)]), Join.Members),
        new("tools", List(Any), Join.Lists),
        new("tool_choice", Choice),
        new("parallel_tool_calls", Flag),
        new("max_tool_calls", Integer),
        new("stop_server_tools_when", List(Stop)),
        new("provider", Provider, Join.Members),
        new("plugins", List(Plugin), Join.Lists),
        new("modalities", List(Text)),
        new("image_config", Object(() => []), Join.Members),
        new("session_id", Text),
        new("user", Text),
        new("safety_identifier", Text),
        new("metadata", Map(Text), Join.Members),
        new("trace", Object(() => [new("trace_id", Text), new("trace_name", Text), new("span_name", Text), new("generation_name", Text), new("parent_span_id", Text)]), Join.Members),
        new("service_tier", Text),
        new("prompt_cache_key", Text),
        new("prompt_cache_options", Object(() => [new("mode", Text), new("ttl", Text)])),
        new("cache_control", Object(() => [new("type", Text), new("ttl", Text)])),
        new("truncation", Text),
        new("debug", Object(() => [new("echo_upstream_body", Flag)])),
        new("extra_body", Free, Join.Members),
    ]);

    /// <summary>The names a caller may use, as on the wire.</summary>
    public static IReadOnlyList<string> Names => field ??= [.. Request.Members.Select(member => member.Name)];

    /// <summary>Members that would make the service remember, which it refuses.</summary>
    public static readonly IReadOnlyList<string> Stateful = ["store", "previous_response_id", "conversation", "background"];

    /// <summary>The members that name models; a preset stands for one.</summary>
    private static readonly string[] Models = ["model", "models", "preset", "allowed_models", "excluded_models", "analysis_models"];

    /// <summary>What is said where <see cref="NamesAKey"/>; the key is never quoted.</summary>
    public const string KeyAsModel = "The model looks like an API key, and was not sent. The model is author/slug; the key is OpenRouterOptions.ApiKey.";

    /// <summary>A key where a model belongs would be posted in the open.</summary>
    public static bool LooksLikeAKey(string? model) => model?.AsSpan().TrimStart().StartsWith("sk-or-", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether a key stands where a model belongs, in the request or in what it gives to plugins and tools.</summary>
    public static bool NamesAKey(JsonObject members) =>
        Models.Any(name => members[name] is { } model && (model is JsonArray several ? several.Any(IsKey) : IsKey(model)))
        || members["plugins"] is JsonArray plugins && plugins.OfType<JsonObject>().Any(NamesAKey)
        || members["tools"] is JsonArray tools && tools.OfType<JsonObject>().Any(tool => !IsWord(tool["type"], "function") && NamesAKey(tool))
        || members["parameters"] is JsonObject parameters && NamesAKey(parameters);

    /// <summary>Whether a node is a string with this value.</summary>
    private static bool IsWord(JsonNode? node, string word) => node is JsonValue value && value.TryGetValue(out string? text) && text == word;

    /// <summary>Whether a node is a string that looks like an API key.</summary>
    private static bool IsKey(JsonNode? model) => model is JsonValue value && value.TryGetValue(out string? text) && LooksLikeAKey(text);

    /// <summary>What to do instead of using a name that is not in the table.</summary>
    public static string Advice(string name) =>
        Instead.Known.TryGetValue(name, out var advice) ? advice
        : Nearest(name, Names) is { } nearest ? $"Did you mean `{nearest}`? If not, `extra_body` sends it as it is."
        : "If the service knows it, `extra_body` sends it as it is.";

    /// <summary>The known name a misspelt one most likely stands for; null when none is near.</summary>
    /// <param name="name">The misspelt name.</param>
    /// <param name="names">The known ones.</param>
    public static string? Nearest(string name, IEnumerable<string> names)
    {
        if (name.Length > 64)
            return null; // no slip of the pen; comparing it would cost its length for each name
        var snake = JsonNamingPolicy.SnakeCaseLower.ConvertName(name.Replace('-', '_'));
        var (best, distance) = names.Select(known => (known, Distance(snake, known))).DefaultIfEmpty((string.Empty, int.MaxValue)).MinBy(pair => pair.Item2);
        return distance <= Math.Max(1, best.Length / 3) ? best : null;
    }

    /// <summary>The paths in settings that no member of the table has, each with the nearest name that it has.</summary>
    public static IEnumerable<(string Path, string? Nearest)> Unknown(JsonObject settings) => Unknown(settings, Request, string.Empty);

    /// <summary>Walks through nested objects; the names inside <c>trace</c> are the caller's own and always known.</summary>
    /// <param name="json">The object.</param>
    /// <param name="shape">What the object's members are.</param>
    /// <param name="path">The path of the object, with a dot behind it.</param>
    private static IEnumerable<(string, string?)> Unknown(JsonObject json, ObjectShape shape, string path)
    {
        foreach (var (name, node) in json)
            if (shape.Find(name) is not { } member)
                yield return (path + name, Nearest(name, shape.Members.Select(known => known.Name)));
            else if (node is JsonObject inner && member.Shape is ObjectShape { Members.Length: > 0 } nested && name is not "trace")
                foreach (var unknown in Unknown(inner, nested, $"{path}{name}."))
                    yield return unknown;
    }

    /// <summary>The record as the members it sets, in the table's order.</summary>
    /// <exception cref="InvalidOperationException">A member does not fit, or is nested too deep.</exception>
    public static JsonObject ToJson(OpenRouterRequest request)
    {
        if (request.ExtraBody is { } extra)
            JsonDepth.Check(extra, "extra_body");
        JsonNode? members;
        try
        {
            members = JsonSerializer.SerializeToNode(request, WireJson.Web.OpenRouterRequest);
        }
        catch (JsonException endless)
        {
            throw JsonDepth.TooDeep(endless.Path ?? nameof(OpenRouterRequest), endless);
        }
        return (JsonObject)Request.Read(members, "request")!;
    }

    /// <summary>A request that shares no mutable part with this one.</summary>
    public static OpenRouterRequest Copy(OpenRouterRequest request) => FromJson(ToJson(request), nameof(OpenRouterRequest));

    /// <summary>
    /// Settings in wire names, read as forgivingly as everything else. A value that does not fit is an
    /// <see cref="InvalidOperationException"/> that names its path.
    /// </summary>
    /// <param name="settings">In wire names.</param>
    /// <param name="path">Where they are written, for messages.</param>
    public static OpenRouterRequest FromJson(JsonObject settings, string path)
    {
        try
        {
            return Request.Expand((JsonObject)Request.Read(settings, path)!).Deserialize(WireJson.Web.OpenRouterRequest)!;
        }
        catch (JsonException unfit) // a member that a record requires is missing
        {
            throw new InvalidOperationException($"`{path}`: {unfit.Message}", unfit);
        }
    }

    /// <summary>How many letters have to be changed, put in or taken out.</summary>
    /// <param name="left">One word.</param>
    /// <param name="right">The other.</param>
    public static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            (var corner, row[0]) = (row[0], i);
            for (var j = 1; j <= right.Length; j++)
                (corner, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (left[i - 1] == right[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }

    /// <summary>Names that callers try and the endpoint does not take, and what to do instead.</summary>
    private static class Instead
    {
        /// <summary>For sampling settings that Chat Completions takes.</summary>
        private const string NotInSchema = "Chat Completions has it, this endpoint does not; `extra_body` sends it as it is.";

        /// <summary>The advice by name; names are compared without case.</summary>
        public static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
        {
            ["store"] = "The service keeps no responses; send the whole history as messages.",
            ["previous_response_id"] = "The service keeps no responses; send the whole history as messages.",
            ["conversation"] = "The service keeps no conversations; send the whole history as messages.",
            ["background"] = "Answers cannot be fetched later; stream instead.",
            ["prompt"] = "Use a preset (`preset`) or `instructions`.",
            ["route"] = "Use `models` for fallbacks and `provider.sort` for their order.",
            ["input"] = "Give messages.",
            ["messages"] = "Give messages.",
            ["stream"] = "Call GetStreamingResponseAsync or GetResponseAsync.",
            ["stream_options"] = "Usage is always reported.",
            ["usage"] = "Usage and cost are always reported.",
            ["max_tokens"] = "Use ChatOptions.MaxOutputTokens (`max_output_tokens`).",
            ["max_completion_tokens"] = "Use ChatOptions.MaxOutputTokens (`max_output_tokens`).",
            ["response_format"] = "Use ChatOptions.ResponseFormat (`text.format`).",
            ["reasoning_effort"] = "Use `reasoning.effort`.",
            ["include_reasoning"] = "Use ChatOptions.Reasoning or `reasoning`.",
            ["verbosity"] = "Use `text.verbosity`.",
            ["transforms"] = "Use the plugin `context-compression`.",
            ["seed"] = "This endpoint takes no seed; a low Temperature makes answers steadier.",
            ["stop"] = "This endpoint takes no stop sequences; say in the instructions where to end.",
            ["stop_sequences"] = "This endpoint takes no stop sequences; say in the instructions where to end.",
            ["min_p"] = NotInSchema,
            ["top_a"] = NotInSchema,
            ["repetition_penalty"] = NotInSchema,
            ["logit_bias"] = NotInSchema,
            ["token_selection_biases"] = "This endpoint takes no biases for tokens; `extra_body` sends `logit_bias` as it is.",
            ["web_search_options"] = "Use the tool or the plugin `web` (OpenRouterTools.WebSearch, `plugins`).",
            ["audio"] = "This endpoint answers in text and images, not in sound.",
            ["functions"] = "Use ChatOptions.Tools.",
            ["function_call"] = "Use ChatOptions.ToolMode.",
            ["logprobs"] = "Use `top_logprobs`.",
        };
    }
}

using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Wire;

public sealed class RequestTableTests
{
    private const string Full = """
        {
          "model": "a/b", "models": ["c/d"], "preset": "p", "instructions": "i",
          "reasoning": { "effort": "high", "summary": "auto", "enabled": true, "exclude": false, "mode": "pro", "context": "auto", "new": 1 },
          "include": ["file_search_call.results"], "max_output_tokens": 1, "temperature": 0.5, "top_p": 0.5, "top_k": 2, "frequency_penalty": 1, "presence_penalty": -1, "top_logprobs": 3,
          "text": { "format": { "type": "json_schema", "name": "n", "description": "d", "schema": { "type": "object" }, "strict": true }, "verbosity": "low" },
          "tools": [{ "type": "openrouter:files" }], "tool_choice": "auto", "parallel_tool_calls": false, "max_tool_calls": 4,
          "stop_server_tools_when": [{ "type": "step_count_is", "step_count": 2 }, { "type": "has_tool_call", "tool_name": "t" }, { "type": "max_tokens_used", "max_tokens": 3 }, { "type": "max_cost", "max_cost_in_dollars": 0.5 }, { "type": "finish_reason_is", "reason": "length" }],
          "provider": { "order": ["a"], "only": ["b"], "ignore": ["c"], "allow_fallbacks": true, "require_parameters": false, "data_collection": "deny", "zdr": true, "sort": "price",
            "max_price": { "prompt": "1", "completion": "2", "request": "3", "image": "4", "audio": "5" }, "quantizations": ["fp8"], "enforce_distillable_text": true,
            "preferred_max_latency": 1.5, "preferred_min_throughput": { "p50": 1, "p75": 2, "p90": 3, "p99": 4 } },
          "plugins": [{ "id": "web", "engine": "exa" }], "modalities": ["text"], "image_config": { "aspect_ratio": "1:1", "list": [1, "a"] },
          "session_id": "s", "user": "u", "safety_identifier": "x", "metadata": { "a": "b" }, "trace": { "trace_id": "t", "trace_name": "n", "span_name": "s", "generation_name": "g", "parent_span_id": "p", "mine": { "deep": [1] } },
          "service_tier": "flex", "prompt_cache_key": "k", "prompt_cache_options": { "mode": "explicit", "ttl": "30m" }, "cache_control": { "type": "ephemeral", "ttl": "5m" }, "truncation": "auto",
          "debug": { "echo_upstream_body": true }, "extra_body": { "x": null, "y": [1.0] }
        }
        """;

    [Fact]
    public void Settings_in_wire_names_become_a_request_and_the_same_settings_again() =>
        Requests.AssertSame(Full, RequestTable.ToJson(RequestTable.FromJson((JsonObject)JsonNode.Parse(Full)!, "OpenRouter:Request")));

    [Fact]
    public void The_table_has_every_member_of_the_services_schema_that_a_caller_may_set()
    {
        var schema = RequestSchema.Members("ResponsesRequest").Except(["input", "stream", "store", "background", "previous_response_id", "prompt", "route"]);
        Assert.Equal(schema.Order(), RequestTable.Names.Except(["preset", "extra_body"]).Order());
    }

    [Theory]
    [InlineData("provider", "ProviderPreferences")]
    [InlineData("trace", "TraceConfig")]
    [InlineData("prompt_cache_options", "PromptCacheOptions")]
    [InlineData("cache_control", "AnthropicCacheControlDirective")]
    [InlineData("debug", "ChatDebugOptions")]
    public void An_object_of_the_table_has_every_member_of_the_services_schema(string member, string schema) =>
        Assert.Equal(RequestSchema.Members(schema).Order(), ((ObjectShape)RequestTable.Request.Find(member)!.Shape).Members.Select(inner => inner.Name).Order());

    [Fact]
    public void A_request_has_a_property_for_every_member_of_the_table() =>
        Assert.Equal(
            RequestTable.Names.Except(["tools"]).Order(),
            typeof(OpenRouterRequest).GetProperties().Select(property => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)).Order());

    [Theory]
    [InlineData("providers", "provider")]
    [InlineData("MaxOutputTokens", "max_output_tokens")]
    [InlineData("sesion_id", "session_id")]
    [InlineData("cache-control", "cache_control")]
    [InlineData("quite_something_else", null)]
    [InlineData("", null)]
    public void A_misspelt_name_finds_its_nearest(string name, string? nearest) =>
        Assert.Equal(nearest, RequestTable.Nearest(name, RequestTable.Names));

    [Fact]
    public void Unknown_settings_are_found_by_path_at_any_depth() =>
        Assert.Equal(
            [("resoning", "reasoning"), ("provider.oder", "order"), ("reasoning.what", null)],
            RequestTable.Unknown((JsonObject)JsonNode.Parse("""{"resoning":{},"provider":{"oder":[],"zdr":true},"reasoning":{"what":1},"trace":{"mine":1},"extra_body":{"any":1},"metadata":{"any":"1"}}""")!));

    [Theory]
    [InlineData("""{"temperature":"warm"}""", "settings.temperature")]
    [InlineData("""{"provider":{"sort":[]}}""", "settings.provider.sort")]
    [InlineData("""{"plugins":[{"id":"web","max_results":"many"}]}""", "settings.plugins[0].max_results")]
    [InlineData("""{"plugins":[{"max_results":1}]}""", "settings")]
    [InlineData("""{"debug":{"echo_upstream_body":"perhaps"}}""", "settings.debug.echo_upstream_body")]
    public void A_setting_that_does_not_fit_is_named_by_its_path(string settings, string path) =>
        Assert.Contains($"`{path}`", Assert.Throws<InvalidOperationException>(() => RequestTable.FromJson((JsonObject)JsonNode.Parse(settings)!, "settings")).Message, StringComparison.Ordinal);
}

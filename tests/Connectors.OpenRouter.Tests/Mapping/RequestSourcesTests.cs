using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Five sources, the strongest first, and what becomes of a member that several of them say.</summary>
public sealed class RequestSourcesTests
{
    private static readonly string[] Sources = ["factory", "additional", "typed", "client", "defaults"];

    public static TheoryData<string, string> Pairs => [.. from strong in Sources from weak in Sources where Array.IndexOf(Sources, strong) < Array.IndexOf(Sources, weak) select (strong, weak)];

    /// <summary>The pairs of sources that take a whole request.</summary>
    public static TheoryData<string, string> RequestPairs => [("factory", "additional"), ("factory", "client"), ("additional", "client")];

    public static TheoryData<string, string> InstructionPairs => [.. RequestPairs, ("factory", "typed"), ("additional", "typed"), ("typed", "client")];

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_plain_member_is_the_stronger_sources(string strong, string weak) =>
        Assert.Equal("strong/model", (await BodyAsync((strong, new() { Model = "strong/model" }), (weak, new() { Model = "weak/model" })))["model"]!.ToString());

    [Theory, MemberData(nameof(Pairs))]
    public async Task An_effort_is_the_stronger_sources(string strong, string weak) =>
        Assert.Equal("low", (await BodyAsync((strong, new() { Reasoning = new() { Effort = "low" } }), (weak, new() { Reasoning = new() { Effort = "high" } })))["reasoning"]!["effort"]!.ToString());

    [Theory, MemberData(nameof(Pairs))]
    public async Task Reasoning_is_joined_member_by_member(string strong, string weak) =>
        Requests.AssertSame("""{"effort":"low","summary":"detailed"}""",
            (await BodyAsync((strong, new() { Reasoning = new() { Effort = "low" } }), (weak, new() { Reasoning = new() { Summary = "detailed" } })))["reasoning"]);

    [Theory, MemberData(nameof(RequestPairs))]
    public async Task A_stronger_budget_puts_a_weaker_effort_aside_and_the_other_way_round(string strong, string weak)
    {
        OpenRouterRequest budget = new() { Reasoning = new() { MaxTokens = 2000 } }, effort = new() { Reasoning = new() { Effort = "high" } };
        Requests.AssertSame("""{"max_tokens":2000}""", (await BodyAsync((strong, budget), (weak, effort)))["reasoning"]);
        Requests.AssertSame("""{"effort":"high"}""", (await BodyAsync((strong, effort), (weak, budget)))["reasoning"]);
    }

    [Theory, MemberData(nameof(RequestPairs))]
    public async Task Objects_are_joined_member_by_member(string strong, string weak)
    {
        var body = await BodyAsync(
            (strong, new() { Provider = new() { Zdr = true, Order = ["a"] }, Metadata = new() { ["x"] = "1" }, Trace = new() { TraceId = "t" }, Text = new() { Verbosity = "low" }, ImageConfig = new() { ["a"] = 1 } }),
            (weak, new() { Provider = new() { Zdr = false, Ignore = ["b"] }, Metadata = new() { ["x"] = "2", ["y"] = "3" }, Trace = new() { SpanName = "s" }, Text = new() { Verbosity = "high", Format = "text" }, ImageConfig = new() { ["a"] = 2, ["b"] = 3 } }));
        Requests.AssertSame("""{"order":["a"],"ignore":["b"],"zdr":true}""", body["provider"]);
        Requests.AssertSame("""{"x":"1","y":"3"}""", body["metadata"]);
        Requests.AssertSame("""{"trace_id":"t","span_name":"s"}""", body["trace"]);
        Requests.AssertSame("""{"format":{"type":"text"},"verbosity":"low"}""", body["text"]);
        Requests.AssertSame("""{"a":1,"b":3}""", body["image_config"]);
    }

    [Theory, MemberData(nameof(RequestPairs))]
    public async Task Plugins_and_includes_are_joined_and_of_two_alike_the_stronger_is_taken(string strong, string weak)
    {
        var body = await BodyAsync(
            (strong, new() { Plugins = [new() { Id = "web", MaxResults = 1 }], Include = ["file_search_call.results"] }),
            (weak, new() { Plugins = ["response-healing", new() { Id = "web", MaxResults = 9 }], Include = ["file_search_call.results", "code_interpreter_call.outputs"] }));
        Requests.AssertSame("""[{"id":"web","max_results":1},{"id":"response-healing"}]""", body["plugins"]);
        Requests.AssertSame("""["file_search_call.results","code_interpreter_call.outputs"]""", body["include"]);
    }

    [Theory, MemberData(nameof(RequestPairs))]
    public async Task Other_lists_and_objects_are_the_stronger_sources_whole(string strong, string weak)
    {
        var body = await BodyAsync(
            (strong, new() { Models = ["a/b"], Modalities = ["text"], CacheControl = new() }),
            (weak, new() { Models = ["c/d", "e/f"], Modalities = ["text", "image"], CacheControl = new() { Ttl = "1h" } }));
        Requests.AssertSame("""["a/b"]""", body["models"]);
        Requests.AssertSame("""["text"]""", body["modalities"]);
        Requests.AssertSame("""{"type":"ephemeral"}""", body["cache_control"]);
    }

    [Theory, MemberData(nameof(InstructionPairs))]
    public async Task Instructions_follow_each_other_parted_by_a_blank_line(string strong, string weak) =>
        Assert.Equal("Be brief.\n\nBe kind.", (await BodyAsync((strong, new() { Instructions = "Be brief." }), (weak, new() { Instructions = "Be kind." })))["instructions"]!.ToString());

    [Theory, MemberData(nameof(InstructionPairs))]
    public async Task The_same_instructions_are_said_once(string strong, string weak) =>
        Assert.Equal("Be brief.", (await BodyAsync((strong, new() { Instructions = "Be brief." }), (weak, new() { Instructions = "Be brief." })))["instructions"]!.ToString());

    [Fact]
    public async Task Tools_of_a_prompt_file_join_the_calls_own_and_a_name_is_said_once()
    {
        var options = new ChatOptions
        {
            Tools = [AIFunctionFactory.Create(() => "rain", "get_weather", "From the call."), OpenRouterTools.DateTime()],
            AdditionalProperties = new() { ["tools"] = JsonElement.Parse("""[{"type":"function","name":"get_weather","parameters":null},{"type":"openrouter:web_search"}]""") },
        };
        var tools = (await Requests.BodyAsync(options: options))["tools"]!.AsArray();
        Assert.Equal(["function", "openrouter:web_search", "openrouter:datetime"], tools.Select(tool => tool!["type"]!.ToString()));
        Assert.Null(tools[0]!["description"]);
    }

    [Fact]
    public async Task A_preset_of_the_call_puts_the_clients_model_aside_and_is_posted_at_its_own_endpoint()
    {
        var posted = await Requests.SendAsync(options: new ChatOptions().WithOpenRouter(new() { Preset = "my support" }));
        Assert.Equal("/api/v1/presets/my%20support/responses", posted.Request.Path);
        Assert.Null(posted.Json["model"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_that_the_call_says_is_sent_beside_a_preset(bool sameCall)
    {
        OpenRouterRequest preset = new() { Preset = "support" };
        var options = new ChatOptions { ModelId = "a/b" };
        var posted = await Requests.SendAsync(options: sameCall ? options.WithOpenRouter(preset) : options, configure: settings => settings.Request = sameCall ? null : preset);
        Assert.Equal("a/b", posted.Json["model"]!.ToString());
        Assert.Equal("/api/v1/presets/support/responses", posted.Request.Path);
    }

    [Fact]
    public async Task Without_a_model_a_list_or_a_preset_the_call_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Requests.SendAsync(configure: settings => settings.Model = null));
        Assert.Contains("OpenRouterOptions.Model", refusal.Message, StringComparison.Ordinal);
        Assert.Null((await Requests.BodyAsync(options: new ChatOptions().WithOpenRouter(new() { Models = ["a/b"] }), configure: settings => settings.Model = null))["model"]);
    }

    [Fact]
    public async Task The_factory_is_asked_once_a_call_and_hears_of_the_client()
    {
        List<IChatClient> heard = [];
        await Requests.SendAsync(options: new() { RawRepresentationFactory = client => { heard.Add(client); return null; } });
        Assert.IsType<OpenRouterChatClient>(Assert.Single(heard));
    }

    [Fact]
    public async Task A_client_does_not_see_what_is_done_to_its_request_later()
    {
        OpenRouterRequest request = new() { Metadata = new() { ["a"] = "1" }, ExtraBody = new() { ["x"] = 1 } };
        using var fake = new FakeOpenRouter(reply => reply.Say("Hi."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", Request = request }, fake.CreateClient());
        request.Metadata["a"] = request.Metadata["b"] = "2";
        request.ExtraBody["x"] = 2;
        await client.GetResponseAsync("Hi");
        Requests.AssertSame("""{"a":"1"}""", JsonNode.Parse(fake.LastRequest.Body)!["metadata"]);
        Assert.Equal("1", fake.LastRequest["x"]);
    }

    [Fact]
    public async Task Extra_body_is_merged_deep_and_last_and_a_null_takes_a_member_away()
    {
        var options = new ChatOptions { TopK = 4, MaxOutputTokens = 9 }.WithOpenRouter(new()
        {
            Provider = new() { Order = ["a"], Sort = "price" },
            ExtraBody = new() { ["provider"] = new JsonObject { ["sort"] = "latency" }, ["top_k"] = null, ["max_output_tokens"] = 10, ["min_p"] = 0.1 },
        });
        var body = await Requests.BodyAsync(options: options);
        Requests.AssertSame("""{"order":["a"],"sort":"latency"}""", body["provider"]);
        Assert.Null(body["top_k"]);
        Assert.Equal(10, body["max_output_tokens"]!.GetValue<int>());
        Assert.Equal(0.1, body["min_p"]!.GetValue<double>());
    }

    [Fact]
    public async Task Extra_body_cannot_make_the_request_stateful_or_change_its_messages()
    {
        var extra = new JsonObject { ["store"] = true, ["previous_response_id"] = "resp_1", ["background"] = true, ["input"] = "other words", ["stream"] = true };
        var posted = await Requests.SendAsync(options: new ChatOptions().WithOpenRouter(new() { ExtraBody = extra }));
        foreach (var name in extra.Select(member => member.Key).Where(name => name != "input"))
            Assert.Null(posted.Json[name]);
        Assert.Equal("Hi", posted.Request.UserText);
        Assert.Equal(5, posted.Response.GetOpenRouter().Warnings.Count);
    }

    [Fact]
    public async Task A_frameworks_own_names_are_passed_over()
    {
        var posted = await Requests.SendAsync(options: new() { AdditionalProperties = new() { ["_attribution"] = "x", ["Usage"] = new UsageDetails(), ["seed"] = null } });
        Assert.Empty(posted.Response.GetOpenRouter().Warnings);
    }

    [Theory]
    [InlineData("0.5", "5", "true")]
    [InlineData("\"0.5\"", "\"5\"", "\"true\"")]
    [InlineData("0.50", "5.0", "\"True\"")]
    public async Task However_a_value_is_written_the_bytes_are_the_same(string number, string whole, string flag)
    {
        var json = JsonElement.Parse($$"""
            {
              "temperature": {{number}}, "top_k": {{whole}}, "parallel_tool_calls": {{flag}},
              "reasoning": { "max_tokens": {{whole}}, "enabled": {{flag}} },
              "provider": { "zdr": {{flag}}, "max_price": { "prompt": {{number}} }, "preferred_max_latency": {{number}} },
              "plugins": [ { "id": "web", "max_results": {{whole}} } ],
              "metadata": { "n": 5 }
            }
            """);
        var options = new ChatOptions { AdditionalProperties = new(json.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, (object?)member.Value))), Tools = [OpenRouterTools.Files()] };
        var typed = new ChatOptions { Tools = [OpenRouterTools.Files()] }.WithOpenRouter(new()
        {
            Temperature = 0.5,
            TopK = 5,
            ParallelToolCalls = true,
            Reasoning = new() { MaxTokens = 5, Enabled = true },
            Provider = new() { Zdr = true, MaxPrice = new() { Prompt = 0.5m }, PreferredMaxLatency = 0.5 },
            Plugins = [new() { Id = "web", MaxResults = 5 }],
            Metadata = new() { ["n"] = "5" },
        });
        Assert.Equal((await Requests.SendAsync(options: typed)).Body, (await Requests.SendAsync(options: options)).Body);
    }

    public static TheoryData<object> Providers =>
    [
        new ProviderPreferences { Order = ["a", "b"], Zdr = true },
        new Dictionary<string, object?> { ["zdr"] = true, ["order"] = new List<object> { "a", "b" } },
        new Dictionary<object, object> { ["zdr"] = "true", ["order"] = new List<object> { "a", "b" } },
        new JsonObject { ["order"] = new JsonArray("a", "b"), ["zdr"] = true },
        JsonElement.Parse("""{"zdr":true,"order":["a","b"]}"""),
        """{"zdr":true,"order":["a","b"]}""",
        new Dictionary<string, object?> { ["zdr"] = true, ["order"] = JsonElement.Parse("""["a","b"]""").EnumerateArray().Select(item => item) },
    ];

    [Theory, MemberData(nameof(Providers))]
    public async Task Whatever_type_an_additional_property_has_the_bytes_are_the_same(object provider) =>
        Assert.Equal(
            (await Requests.SendAsync(options: new ChatOptions().WithOpenRouter(new() { Provider = new() { Order = ["a", "b"], Zdr = true } }))).Body,
            (await Requests.SendAsync(options: new() { AdditionalProperties = new() { ["provider"] = provider } })).Body);

    /// <summary>A call in which each source says what it can say of a request.</summary>
    private static Task<JsonObject> BodyAsync(params (string Source, OpenRouterRequest Says)[] said)
    {
        var options = new ChatOptions();
        var settings = new OpenRouterOptions { Model = null };
        foreach (var (source, says) in said)
            switch (source)
            {
                case "factory":
                    options.RawRepresentationFactory = _ => says;
                    break;
                case "additional":
                    options.AdditionalProperties = options.WithOpenRouter(says).AdditionalProperties;
                    break;
                case "typed":
                    options.ModelId = says.Model;
                    options.Instructions = says.Instructions;
                    options.Reasoning = Typed(says.Reasoning);
                    break;
                case "client":
                    settings.Request = says;
                    break;
                default:
                    settings.Model = says.Model;
                    settings.Reasoning = Typed(says.Reasoning);
                    break;
            }
        return Requests.BodyAsync(options: options, configure: copy => (copy.Model, copy.Request, copy.Reasoning) = (settings.Model ?? (said.All(one => one.Says.Model is null) ? "a/b" : null), settings.Request, settings.Reasoning));
    }

    private static ReasoningOptions? Typed(RequestReasoning? reasoning) => reasoning is null ? null : new()
    {
        Effort = reasoning.Effort is null ? null : Enum.Parse<ReasoningEffort>(reasoning.Effort, ignoreCase: true),
        Output = reasoning.Summary is null ? null : ReasoningOutput.Full,
    };
}

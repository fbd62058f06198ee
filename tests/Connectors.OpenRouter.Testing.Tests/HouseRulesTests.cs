using System.Net;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public class HouseRulesTests
{
    private const string Call = """{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}""";
    private const string Output = """{"type":"function_call_output","call_id":"c1","output":"1"}""";
    private const string Hi = """{"role":"user","content":"hi"}""";

    /// <summary>Members laid over a good request, and what the refusal's body says about them.</summary>
    public static TheoryData<string, string> Refused => new()
    {
        { """{"store":true}""", "store" },
        { """{"previous_response_id":"resp_1"}""", "previous_response_id" },
        { """{"background":true}""", "background" },
        { """{"provider":{"orders":["openai"]}}""", "Unrecognized key(s) in object: 'orders'" },
        { """{"provider":{"sort":"speed"}}""", "Invalid enum value" },
        { """{"model":null}""", "Expected string, received null" },
        { """{"user":null}""", "Expected string, received null" },
        { """{"tools":null}""", "Expected array, received null" },
        { """{"stream":"yes"}""", "Expected boolean, received string" },
        { """{"temperature":2.5}""", "less than or equal to 2" },
        { """{"temperature":"0.2"}""", "Expected number, received string" },
        { """{"top_p":1.1}""", "less than or equal to 1" },
        { """{"frequency_penalty":-3}""", "greater than or equal to -2" },
        { """{"presence_penalty":3}""", "less than or equal to 2" },
        { """{"top_logprobs":21}""", "less than or equal to 20" },
        { """{"max_output_tokens":12.5}""", "Expected integer, received number" },
        { """{"max_tool_calls":31}""", "less than or equal to 30" },
        { """{"reasoning":{"effort":"huge"}}""", "received 'huge'" },
        { """{"reasoning":{"effort":"low","max_tokens":200}}""", "Only one of" },
        { """{"text":{"verbosity":"loud"}}""", "received 'loud'" },
        { """{"text":{"format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}}}}""", "Required" },
        { """{"modalities":["text","audio"]}""", "received 'audio'" },
        { """{"metadata":{"a":1}}""", "Expected string, received number" },
        { """{"metadata":{"a[0]":"x"}}""", "brackets" },
        { $$$"""{"metadata":{"{{{new string('k', 65)}}}":"x"}}""", "64 characters" },
        { $$$"""{"metadata":{"k":"{{{new string('v', 513)}}}"}}""", "at most 512" },
        { $$$"""{"metadata":{{{{string.Join(",", Enumerable.Range(0, 17).Select(i => $"\"k{i}\":\"v\""))}}}}}""", "16 pairs" },
        { $$"""{"session_id":"{{new string('s', 257)}}"}""", "at most 256" },
        { $$"""{"user":"{{new string('u', 257)}}"}""", "at most 256" },
        { """{"stop_server_tools_when":[]}""", "at least 1" },
        { """{"stop_server_tools_when":[{"type":"boredom"}]}""", "discriminator" },
        { """{"include":["everything"]}""", "received 'everything'" },
        { """{"plugins":[{"id":"unheard-of"}]}""", "discriminator" },
        { """{"plugins":[{"id":"fusion","max_tool_calls":17}]}""", "less than or equal to 16" },
        { """{"plugins":[{"id":"switchyard-router","algorithm":3}]}""", "Expected string, received number" },
        { """{"plugins":[{"id":"fusion","analysis_models":["1","2","3","4","5","6","7","8","9"]}]}""", "at most 8 element" },
        { """{"image_config":[]}""", "Expected object, received array" },
        { """{"image_config":{"size":true}}""", "Invalid input" },
        { """{"reasoning":7}""", "Expected object, received number" },
        { """{"provider":{"preferred_max_latency":"soon"}}""", "Invalid input" },
        { """{"provider":{"order":"openai"}}""", "Expected array, received string" },
        { """{"plugins":["web"]}""", "Expected object, received string" },
        { """{"tools":[{"type":"function","name":"f","parameters":{},"async":"later"}]}""", "Expected boolean, received string" },
        { """{"input":[{"role":"user","content":"hi"},{"type":"configuration_update"}]}""", "Required" },
        { """{"input":[{"role":"user","content":"hi"},{"type":"configuration_update","reasoning":{"effort":"huge"}}]}""", "received 'huge'" },
        { """{"input":[{"role":"user","content":[{"type":"input_video","video_url":"https://e.org/v.mp4","processing":"magic"}]}]}""", "received 'magic'" },
        { """{"cache_control":{"type":"ephemeral","ttl":"1d"}}""", "received '1d'" },
        { """{"tools":[{"type":"teleport"}]}""", "discriminator" },
        { """{"tools":[{"type":"openrouter:bash"}]}""", "Messages API" },
        { """{"tools":[{"type":"function","function":{"name":"f","parameters":{}}}]}""", "Required" },
        { """{"tools":[{"type":"mcp"}]}""", "server_label" },
        { """{"tool_choice":"auto"}""", "only allowed when 'tools'" },
        { """{"tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":{"type":"function","function":{"name":"f"}}}""", "Required" },
        { """{"tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":null}""", "Invalid input" },
        { """{"input":7}""", "Invalid input" },
        { """{"input":["hi"]}""", "Expected object, received string" },
        { """{"input":[{"content":"hi"}]}""", "role" },
        { """{"input":[{"role":"tool","content":"hi"}]}""", "received 'tool'" },
        { """{"input":[{"type":"daydream"}]}""", "discriminator" },
        { """{"input":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}""", "discriminator" },
        { """{"input":[{"role":"user","content":[{"type":"input_image","image_url":{"url":"x"}}]}]}""", "Expected string, received object" },
        { """{"input":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"ogg"}}]}]}""", "received 'ogg'" },
        { """{"input":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"data:audio/wav;base64,AAAA","format":"wav"}}]}]}""", "base64" },
        { """{"input":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"https://example.org/a.wav","format":"wav"}}]}]}""", "base64" },
        { """{"input":[{"role":"assistant","content":[{"type":"input_text","text":"hi"}],"id":"m1"}]}""", "discriminator" },
        { """{"input":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}]}""", "Required" },
        { """{"input":[{"type":"reasoning","id":"rs_1"}]}""", "summary" },
        { """{"input":[{"type":"reasoning","summary":[]}]}""", "id" },
        { """{"input":[{"type":"reasoning","id":"rs_1","summary":["a thought"]}]}""", "Expected object, received string" },
        { $$"""{"input":[{{Hi}},{{Call}}]}""", "No tool output found for function call c1." },
        { $$"""{"input":[{{Hi}},{{Output}},{{Call}}]}""", "No tool call found for function call output with call_id c1." },
        { $$"""{"input":[{{Hi}},{{Output}}]}""", "No tool call found for function call output with call_id c1." },
        { $$"""{"input":[{{Hi}},{{Call}},{"type":"function_call_output","call_id":"c1","output":"1","status":"failed"}]}""", "received 'failed'" },
        { $$$"""{"input":[{{{Hi}}},{{{Call}}},{"type":"function_call_output","call_id":"c1","output":{"a":1}}]}""", "Invalid input" },
        { $$$"""{"input":[{{{Hi}}},{"type":"function_call","call_id":"c1","name":"f","arguments":{}},{{{Output}}}]}""", "Expected string, received object" },
    };

    public static TheoryData<string> Accepted => new()
    {
        """{}""",
        """{"reasoning":null,"provider":null,"temperature":null,"previous_response_id":null,"metadata":null}""",
        """{"reasoning":{"effort":"xhigh","summary":"auto","exclude":false},"store":false}""",
        """{"seed":4,"stop":["x"],"brand_new_field":3}""",
        """{"provider":{"sort":{"by":"price","partition":"none"},"max_price":{"prompt":"1.5","completion":2},"preferred_max_latency":{"p90":3}}}""",
        """{"tools":[{"type":"function","name":"f","parameters":null,"strict":null}],"tool_choice":"auto","parallel_tool_calls":false}""",
        """{"tools":[{"type":"openrouter:web_search"},{"type":"web_search"},{"type":"mcp","server_label":"x","server_url":"https://e.org"}]}""",
        """{"text":{"format":{"type":"json_schema","name":"n","schema":{}}}}""",
        """{"plugins":[{"id":"switchyard-router","algorithm":"cheapest"},{"id":"auto-beta-router","cost_quality_tradeoff":3},{"id":"pareto-router","price_source":"prompt"},{"id":"web-fetch","max_uses":2},{"id":"moderation"},{"id":"context-compression","engine":"middle-out"}]}""",
        """{"plugins":[{"id":"fusion","analysis_models":["a/b"],"tools":["anything",{"at":"all"}]}],"image_config":{"aspect_ratio":"1:1","strength":0.5,"colours":[1,{}]}}""",
        """{"tools":[{"type":"function","name":"f","parameters":{},"async":true},{"type":"custom","name":"c","async":true}]}""",
        """{"input":[{"role":"user","content":"hi"},{"role":"assistant","content":"Hello."},{"type":"configuration_update","reasoning":{"effort":"low"}},{"role":"user","content":[{"type":"input_image","file_id":"file-1"},{"type":"input_video","video_url":"https://e.org/v.mp4","processing":"agentic"}]}]}""",
        """{"input":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"},{"role":"assistant","content":"Hello."},{"role":"user","content":[{"type":"input_text","text":"And?"}]}]}""",
        """{"input":[{"role":"user","content":"hi"},{"type":"reasoning","id":"r","summary":null,"content":[{"type":"reasoning_text","text":"Hm."}],"format":"unknown"}]}""",
        """{"input":[{"role":"user","content":"hi"},{"type":"openrouter:brand_new","id":"x","status":"completed","anything":{}},{"role":"user","content":"go on"}]}""",
        """{"input":[{"role":"user","content":"hi"},{"type":"message","role":"assistant","id":"m","status":"completed","content":[{"type":"output_text","text":"Hi","annotations":[],"logprobs":[]}],"phase":"final_answer"}]}""",
        $$"""{"input":[{{Hi}},{{Call}},{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"1"}],"status":null}]}""",
        """{"input":[{"type":"custom_tool_call","call_id":"c","name":"n","input":"x"},{"type":"custom_tool_call_output","call_id":"c","output":"y"}]}""",
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_the_service_refuses_is_refused_with_the_reason(string members, string reason)
    {
        using var fake = new FakeOpenRouter(r => r.Say("never"));

        using var response = await fake.PostAsync(Asked(members));
        var body = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = JsonNode.Parse(body)!["error"]!;
        Assert.Contains(reason, body.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty((string?)error["message"]));
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task What_the_service_takes_is_taken(string members)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Fine."));

        using var response = await fake.PostAsync(Asked(members));

        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("01-request-minimal.json")]
    [InlineData("07-request-followup.json")]
    [InlineData("22-request-structured.json")]
    [InlineData("23-request-multimodal.json")]
    public async Task Recorded_requests_are_taken(string transcript)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Fine."));

        using var response = await fake.PostAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Transcripts", transcript)));

        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_schema_mistake_is_reported_as_the_service_does()
    {
        using var fake = new FakeOpenRouter();

        using var response = await fake.PostAsync("""{"model":"a/b","input":[{"role":"user","content":"hi"},{"type":"reasoning","id":"rs_1"}]}""");
        var recorded = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Transcripts", "17e-400-schema.json"));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(recorded), JsonNode.Parse(await response.Content.ReadAsStringAsync())));
    }

    [Fact]
    public async Task A_call_without_its_output_is_reported_as_the_provider_does()
    {
        using var fake = new FakeOpenRouter();

        using var response = await fake.PostAsync("""{"model":"a/b","input":[{"role":"user","content":"hi"},{"type":"function_call","call_id":"call_A1","name":"f","arguments":"{}"}]}""");
        var recorded = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Transcripts", "17f-400-provider.json"));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(recorded)!["error"], JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]));
    }

    [Theory]
    [InlineData("""{"model":"a/b"}""", "input")]
    [InlineData("""{"input":"hi"}""", "No models provided")]
    [InlineData("""{"model":"a/b","input":""", "Invalid JSON")]
    [InlineData("""["not an object"]""", "Invalid JSON")]
    [InlineData("", "Invalid JSON")]
    public async Task A_body_without_what_every_request_needs_is_refused(string body, string reason)
    {
        using var fake = new FakeOpenRouter();

        using var response = await fake.PostAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(reason, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"models":["a/b"],"input":"hi"}""", Asking.Url)]
    [InlineData("""{"input":"hi"}""", "https://openrouter.ai/api/v1/presets/brief/responses")]
    public async Task A_fallback_list_or_a_preset_stands_for_the_model(string body, string url)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Fine."));
        using var client = fake.CreateClient();

        using var response = await client.PostAsync(new Uri(url), Asking.Body(body));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer ")]
    [InlineData("Basic dXNlcjpwYXNz")]
    public async Task Without_a_bearer_key_the_answer_is_401(string? authorization)
    {
        using var fake = new FakeOpenRouter(r => r.Say("never"));
        using var client = new HttpClient(fake, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Post, Asking.Url) { Content = Asking.Body(Asking.Question()) };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var response = await client.SendAsync(request);
        var recorded = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Transcripts", "17g-401.json"));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(recorded), JsonNode.Parse(await response.Content.ReadAsStringAsync())));
    }

    [Fact]
    public async Task A_refused_request_is_remembered_and_uses_up_no_reply()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Fine."));

        using var refused = await fake.PostAsync(Asked("""{"store":true}"""));
        var answer = (await fake.EventsAsync()).Deltas("response.output_text.delta");

        Assert.Equal("Fine.", answer);
        Assert.Equal(2, fake.Requests.Count);
        Assert.Equal("true", fake.Requests[0]["store"]);
    }

    private static string Asked(string members)
    {
        var body = JsonNode.Parse(Asking.Question())!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(members)!.AsObject())
            body[name] = value?.DeepClone();
        return body.ToJsonString();
    }

    [Theory]
    [InlineData("""{"type":"mcp_approval_response","approval_request_id":"ar_1","approve":true}""", "No approval request found")]
    [InlineData("""{"type":"mcp_approval_request","id":"ar_1","name":"n","arguments":"{}","server_label":"s"},{"type":"mcp_approval_response","approval_request_id":"ar_1","approve":true},{"type":"mcp_approval_response","approval_request_id":"ar_1","approve":false}""", "No approval request found")]
    [InlineData("""{"type":"message","role":"assistant","id":"m1","status":"completed","content":[{"type":"output_text","text":"a","annotations":[]}]},{"type":"message","role":"assistant","id":"m1","status":"completed","content":[{"type":"output_text","text":"b","annotations":[]}]}""", "Duplicate item found with id m1")]
    [InlineData("""{"type":"function_call","id":"f1","call_id":"c1","name":"n","arguments":"{}","status":"completed"},{"type":"function_call","id":"f2","call_id":"c1","name":"n","arguments":"{}","status":"completed"},{"type":"function_call_output","call_id":"c1","output":"x"}""", "No tool output found")]
    [InlineData("""{"type":"function_call","id":"f1","call_id":"c1","name":"n","arguments":"{}","status":"completed"},{"type":"function_call_output","call_id":"c1","output":"x"},{"type":"function_call_output","call_id":"c1","output":"y"}""", "No tool call found")]
    public async Task What_answers_nothing_or_stands_there_twice_is_refused(string items, string words)
    {
        using var fake = new FakeOpenRouter(r => r.Say("never"));
        using var response = await fake.PostAsync($$"""{"model":"a/b","input":[{"role":"user","content":"q"},{{items}}]}""");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(words, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_may_be_answered_later_may_stay_open()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Fine."));
        using var response = await fake.PostAsync("""{"model":"a/b","input":[{"role":"user","content":"q"},{"type":"function_call","id":"f1","call_id":"c1","name":"n","arguments":"{}","status":"completed","async":true},{"role":"user","content":"go on"}]}""");
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"type":"function_call","call_id":"c1","name":"n","arguments":"{}","async":true}""", "function_call_output")]
    [InlineData("""{"type":"custom_tool_call","call_id":"c1","name":"n","input":"x","async":true}""", "custom_tool_call_output")]
    public async Task A_call_that_stayed_open_may_be_answered_in_a_later_turn(string call, string output)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Fine."));

        using var response = await fake.PostAsync($$"""{"model":"a/b","input":[{"role":"user","content":"q"},{{call}},{"role":"user","content":"go on"},{"type":"{{output}}","call_id":"c1","output":"late"}]}""");

        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_call_that_is_not_asynchronous_must_be_answered()
    {
        using var fake = new FakeOpenRouter(r => r.Say("never"));

        using var response = await fake.PostAsync($$"""{"model":"a/b","input":[{{Hi}},{{Call[..^1]}},"async":false},{"role":"user","content":"go on"}]}""");

        Assert.Contains("No tool output found for function call c1.", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}

using System.Net;
using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>What the service says of a failure, as an HTTP body, as an event, and as a whole answer that failed.</summary>
public sealed class FailureFactsTests
{
    [Theory]
    [InlineData("openrouter_in_flight_budget", true, "wait for them")]
    [InlineData("openrouter_credits", false, "Add credits")]
    [InlineData("openrouter_key_limit", false, "raise it at")]
    [InlineData("openrouter_guardrail_budget", false, "guardrail")]
    [InlineData("openrouter_workspace_budget", false, "workspace")]
    public async Task A_402_is_told_by_its_source(string source, bool transient, string advice)
    {
        var failure = await FailAsync($$"""{"error":{"code":402,"message":"Spent.","metadata":{"error_type":"payment_required","limit_source":"{{source}}","resets_at":"2026-12-01T00:00:00Z"} } }""", 402);
        Assert.Equal((HttpStatusCode.PaymentRequired, transient), (failure.StatusCode, failure.IsTransient));
        Assert.Contains(advice, failure.Message, StringComparison.Ordinal);
        Assert.Contains("2026-12-01", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_in_flight_budget_is_waited_for()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Four."));
        var service = new Service(Service.Transcript("62-in-flight-budget.402.json", 402, ("Retry-After", "3")), Service.Json(Whole("Four.")));
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key", TimeProvider = fake.Clock }, new HttpClient(service));
        Assert.Equal("Four.", (await client.GetResponseAsync("2+2?")).Text);
        Assert.Equal((2, TimeSpan.FromSeconds(3)), (service.Posts.Count, fake.Waited));
    }

    [Theory]
    [InlineData("\"retry_after_seconds\":17")]
    [InlineData("\"headers\":{\"Retry-After\":\"17\"}")]
    [InlineData("\"headers\":{\"RETRY-after\":17}")]
    [InlineData("\"headers\":{\"Retry-After\":[\"\",\"17\"]}")]
    [InlineData("\"headers\":{\"retry-after-ms\":\"17000\",\"retry-after\":\"20\"}")]
    [InlineData("\"headers\":{\"Retry-After\":\"Mon, 17 Aug 2026 13:20:18 GMT\"}")]
    [InlineData("\"headers\":{\"retry-after-ms\":0,\"Retry-After\":\"17\"}")]
    [InlineData("\"headers\":{\"Retry-After\":\"0\",\"x-ratelimit-reset\":[1786972818000]}")]
    [InlineData("\"retry_after_seconds\":0,\"headers\":{\"Retry-After\":\"17\"}")]
    public async Task A_hint_in_the_body_counts_like_a_header(string hint)
    {
        var failure = await FailAsync($$"""{"error":{"code":429,"message":"Slow down.","metadata":{ {{hint}} } } }""", 429);
        Assert.Equal(TimeSpan.FromSeconds(17), failure.RetryAfter);
    }

    [Theory]
    [InlineData("Retry-After", "0")]
    [InlineData("retry-after-ms", "0")]
    [InlineData("Retry-After", "Mon, 17 Aug 2020 13:20:18 GMT")]
    public async Task A_header_that_asks_for_no_wait_does_not_hide_one_in_the_body(string header, string value)
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Json("""{"error":{"code":429,"message":"no","metadata":{"retry_after_seconds":17}}}""", 429, (header, value)), Service.Json(Whole("Four.")));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key", TimeProvider = fake.Clock }, new HttpClient(service));
        await client.GetResponseAsync("q");
        Assert.Equal(TimeSpan.FromSeconds(17), fake.Waited);
    }

    [Theory]
    [InlineData("invalid_api_key", 401, "authentication", false)]
    [InlineData("authentication_error", 401, "authentication", false)]
    [InlineData("insufficient_quota", 402, "payment_required", false)]
    [InlineData("permission_error", 403, "permission_denied", false)]
    [InlineData("not_found_error", 404, "not_found", false)]
    [InlineData("rate_limit_error", 429, "rate_limit_exceeded", true)]
    [InlineData("overloaded_error", 503, "provider_overloaded", true)]
    [InlineData("api_error", 500, "server", true)]
    [InlineData("timeout_error", 504, "timeout", true)]
    public async Task A_type_inside_the_error_classifies_where_nothing_else_does(string type, int status, string canonical, bool transient)
    {
        foreach (var body in (string[])[Streams.Of($$"""{"type":"error","error":{"type":"{{type}}","message":"No."} }"""), Streams.Of($$"""{"type":"error","error":{"code":"{{type}}","message":"No."} }""")])
        {
            var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Streams.Hear(body));
            Assert.Equal((status, canonical, transient), ((int?)failure.StatusCode, failure.ErrorType, failure.IsTransient));
        }
    }

    [Theory]
    [InlineData("server_error", 500, "server", true)]
    [InlineData("rate_limit_exceeded", 429, "rate_limit_exceeded", true)]
    [InlineData("provider_overloaded", 503, "provider_overloaded", true)]
    [InlineData("provider_unavailable", 502, "provider_unavailable", true)]
    [InlineData("timeout", 504, "timeout", true)]
    [InlineData("unmapped", 500, "unmapped", true)]
    [InlineData("not_found", 404, "not_found", false)]
    [InlineData("payment_required", 402, "payment_required", false)]
    [InlineData("context_length_exceeded", 400, "context_length_exceeded", false)]
    [InlineData("invalid_prompt", 400, "invalid_prompt", false)]
    public async Task The_services_own_word_classifies_as_a_type_too(string type, int status, string canonical, bool transient)
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Events(Streams.Of($$"""{"type":"error","error":{"type":"{{type}}","message":"x"} }""")));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key", TimeProvider = fake.Clock }, new HttpClient(service));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(async () => await client.GetStreamingResponseAsync("q").ToChatResponseAsync());
        Assert.Equal((status, canonical, transient, transient ? 3 : 1), ((int?)failure.StatusCode, failure.ErrorType, failure.IsTransient, service.Posts.Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_failed_answer_used_and_brought_is_on_the_exception(bool isStatus)
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(isStatus ? Service.Json(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Transcripts", "72-failed-with-output.json")), 502) : Service.Transcript("72-failed-with-output.json"));
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key", TimeProvider = fake.Clock }, new HttpClient(service));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        Assert.Equal(("Half a paid answer", 900, 0.5m, 0.5m), (failure.PartialResponse!.Text, failure.Usage!.OutputTokenCount, failure.Usage.GetCost(), failure.PartialResponse.Usage!.GetCost()));
        Assert.Single(service.Posts); // it was paid for: not sent again
    }

    [Fact]
    public async Task Why_no_endpoint_could_serve_is_typed()
    {
        var failure = await FailAsync("""{"error":{"code":404,"message":"No endpoints.","availability":{"code":"no_endpoints","retryable":false,"retry_after":4,"excluded_by":["max_price"],"fallback_models":["a/b"],"affected_providers":["X"],"docs_url":"https://openrouter.ai/docs"} } }""", 404);
        var availability = failure.Availability!;
        Assert.Equal(("no_endpoints", false, TimeSpan.FromSeconds(4), "max_price", "a/b", "X", "https://openrouter.ai/docs"),
            (availability.Code, availability.Retryable, availability.RetryAfter, availability.ExcludedBy[0], availability.FallbackModels[0], availability.AffectedProviders[0], availability.DocsUrl!.OriginalString));
    }

    [Fact]
    public async Task An_endless_message_is_cut()
    {
        var failure = await FailAsync(JsonSerializer.Serialize(new { error = new { code = 500, message = new string('x', 900_000) } }), 500);
        Assert.True(failure.Message.Length < 2_000);
    }

    [Fact]
    public async Task A_model_without_an_endpoint_for_pictures_is_no_misspelt_model()
    {
        var failure = await FailAsync("""{"error":{"code":404,"message":"No endpoints found that support image input"} }""", 404);
        Assert.DoesNotContain("model's name", failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, int> Envelopes => new()
    {
        { """{"error":{"code":400,"message":"Invalid signature in thinking block"} }""", 400 },
        { """{"error":{"code":422,"message":"encrypted content could not be read"} }""", 422 },
        { """{"error":{"code":502,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"code\":\"invalid_encrypted_content\",\"message\":\"No.\"} }","provider_name":"OpenAI"} } }""", 502 },
        { """{"error":{"code":500,"message":"The encrypted content for item rs_1 could not be verified."} }""", 500 },
        { """{"type":"error","code":"server_error","message":"The encrypted content for item rs_1 could not be verified."}""", 0 },
        { """{"type":"error","error":{"code":"invalid_encrypted_content","message":"No."} }""", 0 },
        { """{"type":"error","error":{"type":"invalid_encrypted_content","message":"No."} }""", 0 },
        { """{"type":"error","code":"server_error","message":"messages.1.content.0.thinking.signature: Field required"}""", 0 },
        { """{"error":{"code":502,"message":"Provider returned error","metadata":{"raw":"{\"message\":\"messages.1.content.0.thinking.signature: Field required\"}"} } }""", 502 },
        { """{"error":{"code":502,"message":"messages.3.content.0.signature: Input should be a valid string"} }""", 502 },
        { """{"error":{"code":502,"message":"Provider returned error","metadata":{"provider_code":"invalid_encrypted_content"} } }""", 502 },
        { """{"error":{"type":"invalid_encrypted_content","message":"No."} }""", 500 },
        { """{"type":"response.failed","response":{"id":"gen-1","status":"failed","error":{"code":"server_error","message":"Thought signature is not valid"},"output":[]} }""", 0 },
    };

    [Theory]
    [MemberData(nameof(Envelopes))]
    public async Task Refused_reasoning_is_left_out_once_whatever_the_envelope(string refusal, int status)
    {
        var service = new Service(
            Service.Json(Whole("First.", reasoning: true)),
            status == 0 ? Service.Events(Streams.Of(refusal)) : Service.Json(refusal, status),
            Service.Json(Whole("Second.")));
        var client = new OpenRouterChatClient("openai/o4-mini", "key", new HttpClient(service));
        List<ChatMessage> history = [new(ChatRole.User, "One?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Two?"));

        var answer = await client.GetStreamingResponseAsync(history).ToChatResponseAsync();

        Assert.Equal("Second.", answer.Text);
        Assert.Equal(3, service.Posts.Count);
        Assert.Contains("ENC", service.Bodies[1], StringComparison.Ordinal);
        Assert.DoesNotContain("ENC", service.Bodies[2], StringComparison.Ordinal);
        Assert.NotEmpty(answer.GetOpenRouter().Warnings);
    }

    [Fact]
    public async Task What_a_refusal_taught_is_remembered_only_when_the_smaller_request_was_taken()
    {
        var service = new Service(
            Service.Json("""{"error":{"code":400,"message":"include is not supported"} }""", 400), Service.Json("""{"error":{"code":400,"message":"Something else."} }""", 400),
            Service.Json(Whole("Four.")));
        var client = new OpenRouterChatClient("a/b", "key", new HttpClient(service));
        await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        await client.GetResponseAsync("q");
        Assert.Contains("include", service.Bodies[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_answer_that_was_free_is_asked_for_again_and_told()
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Transcript("51-empty-completed.sse"));
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key", TimeProvider = fake.Clock }, new HttpClient(service));
        var answer = await client.GetStreamingResponseAsync("q").ToChatResponseAsync();
        Assert.Equal(3, service.Posts.Count); // 1 + MaxRetries
        Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("empty", StringComparison.Ordinal));
    }

    public static TheoryData<string, bool> Mute
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var output in new[] { "", MuteMessage, """{"type":"message","id":"m1","content":[]}""", """{"type":"message","content":[{"type":"output_text","text":""}]}""", MuteMessage + "," + MuteMessage.Replace("m1", "m2", StringComparison.Ordinal) })
                foreach (var streaming in new[] { true, false })
                    cases.Add(output, streaming);
            return cases;
        }
    }

    private const string MuteMessage = """{"type":"message","id":"m1","content":[{"type":"output_text","text":"","annotations":[],"logprobs":[]}]}""";

    [Theory]
    [MemberData(nameof(Mute))]
    public async Task A_message_without_a_word_is_an_empty_answer(string output, bool streaming)
    {
        var (answer, posts) = await AskAsync($$"""{"id":"gen-1","status":"completed","output":[{{output}}],"usage":{"input_tokens":1,"output_tokens":0,"total_tokens":1} }""", "response.completed", streaming);
        Assert.Equal(("", 3), (answer.Text, posts)); // 1 + MaxRetries
        Assert.Contains("complete and empty", Assert.Single(answer.GetOpenRouter().Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_without_a_word_is_no_content_after_which_nothing_is_sent_again()
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(
            Service.Events(Streams.Of(Streams.Created, Streams.Added(0, """{"type":"message","id":"m1","content":[]}"""), Streams.Done(0, MuteMessage), """{"type":"response.completed","response":{"id":"gen-1","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":0} } }""")),
            Service.Json(Whole("Four.")));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key", TimeProvider = fake.Clock }, new HttpClient(service));
        Assert.Equal("Four.", (await client.GetStreamingResponseAsync("q").ToChatResponseAsync()).Text);
    }

    [Theory]
    [InlineData(true, ",\"cost\":0.0001")]
    [InlineData(false, ",\"cost\":0.0001")]
    [InlineData(true, ",\"cost\":0,\"is_byok\":true,\"cost_details\":{\"upstream_inference_cost\":0.0001}")]
    public async Task An_empty_answer_that_cost_something_is_told_and_not_asked_for_again(bool streaming, string cost)
    {
        var (answer, posts) = await AskAsync($$"""{"id":"gen-1","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":0,"total_tokens":1{{cost}} } }""", "response.completed", streaming);
        Assert.Equal(1, posts);
        Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("empty", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_part_of_another_kind_is_no_mere_reasoning()
    {
        var (answer, posts) = await AskAsync("""{"id":"gen-1","status":"completed","output":[{"type":"message","id":"m1","content":[{"type":"output_audio","data":"AAAA"}]}],"usage":{"input_tokens":1,"output_tokens":0} }""", "response.completed", streaming: true);
        Assert.Equal(1, posts);
        Assert.Empty(answer.GetOpenRouter().Warnings);
    }

    [Theory]
    [InlineData("""{"type":"response.completed"}""")]
    [InlineData("""{"type":"response.completed","response":null}""")]
    [InlineData("""{"type":"response.completed","response":{"id":"gen-1","status":"in_progress","output":[]}}""")]
    [InlineData("""{"type":"response.completed","response":{"id":"gen-1","status":"completed","output":7}}""")]
    public async Task A_last_event_that_ends_nothing_is_an_error_not_a_quiet_stop(string last)
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Streams.Hear(Streams.Of(Streams.Created, Streams.Delta("Half"), last)));
        Assert.Equal("Half", failure.PartialResponse?.Text);
        await Assert.ThrowsAsync<OpenRouterException>(() => Streams.Hear(Streams.Of(Streams.Created, last)));
    }

    [Theory]
    [InlineData("""{"id":"gen-1","object":"response","status":"completed"}""")]
    [InlineData("""{"id":"gen-1","object":"response","status":"incomplete"}""")]
    [InlineData("""{"id":"gen-1","object":"response","status":"completed","output":null}""")]
    [InlineData("""{"id":"gen-1","object":"response","status":"completed","output":7}""")]
    public async Task A_whole_body_without_output_is_an_error_not_an_empty_answer(string body)
    {
        var service = new Service(Service.Json(body));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key" }, new HttpClient(service));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        Assert.Contains("holds no output", failure.Message, StringComparison.Ordinal);
        Assert.Equal(("gen-1", 1), (failure.GenerationId, service.Posts.Count)); // it may have been paid for
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_only_thought_is_told_and_not_asked_for_again(bool streaming)
    {
        const string Thought = """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}]}""";
        var (answer, posts) = await AskAsync($$"""{"id":"gen-1","status":"completed","output":[{{Thought}}],"usage":{"input_tokens":1,"output_tokens":0,"total_tokens":1} }""", "response.completed", streaming);
        Assert.Equal(1, posts);
        Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("only reasoning", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "")]
    [InlineData(true, ",\"usage\":null")]
    [InlineData(false, ",\"usage\":{\"input_tokens\":1}")]
    public async Task An_empty_answer_of_unknown_cost_is_told_and_not_asked_for_again(bool streaming, string usage)
    {
        var (answer, posts) = await AskAsync($$"""{"id":"gen-1","status":"completed","output":[]{{usage}} }""", "response.completed", streaming);
        Assert.Equal(1, posts);
        Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("empty", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "max_output_tokens", "length")]
    [InlineData(false, "max_output_tokens", "length")]
    [InlineData(true, "content_filter", "content_filter")]
    [InlineData(false, "content_filter", "content_filter")]
    public async Task An_answer_that_was_cut_before_its_first_word_says_why_and_is_not_asked_for_again(bool streaming, string reason, string finish)
    {
        var (answer, posts) = await AskAsync($$"""{"id":"gen-1","status":"incomplete","incomplete_details":{"reason":"{{reason}}"},"output":[],"usage":{"input_tokens":1,"output_tokens":0,"total_tokens":1} }""", "response.incomplete", streaming);
        Assert.Equal((finish, "", 1), (answer.FinishReason?.Value, answer.Text, posts));
    }

    [Theory]
    [InlineData(true, "context_length_exceeded")]
    [InlineData(false, "context_length_exceeded")]
    [InlineData(true, "token_limit_exceeded")]
    [InlineData(false, "max_tokens_exceeded")]
    public async Task An_answer_cut_because_the_input_was_too_long_says_so(bool streaming, string type)
    {
        var (answer, posts) = await AskAsync($$"""{"id":"gen-1","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"error_type":"{{type}}","output":[{{Streams.Message("Half")}}] }""", "response.incomplete", streaming);
        Assert.Equal((ChatFinishReason.Length, "Half", 1), (answer.FinishReason!.Value, answer.Text, posts));
        Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains($"`{type}`: the input was too long", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_connection_is_held_through_the_pause_before_an_empty_answer_is_asked_for_again()
    {
        using var fake = new FakeOpenRouter(r => r.Terminal("""{"output":[],"usage":{"input_tokens":1,"output_tokens":0}}"""), r => r.Say("Four.")); // its clock passes a pause only while nothing is on the wire
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());

        Assert.Equal("Four.", (await client.GetStreamingResponseAsync("q", cancellationToken: TestContext.Current.CancellationToken).ToChatResponseAsync(TestContext.Current.CancellationToken)).Text);
    }

    [Fact]
    public async Task The_last_update_is_enough_to_know_cost_and_warnings()
    {
        var updates = await Streams.Hear(Streams.Of(Streams.Completed().Replace("\"total_tokens\":3", "\"total_tokens\":3,\"cost\":0.25", StringComparison.Ordinal)));
        var info = updates[^1].GetOpenRouter();
        Assert.Equal(0.25m, info.Cost);
        Assert.Contains("empty", info.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What a client makes of this response, whole or as a stream's last event, and how often it asked.</summary>
    private static async Task<(ChatResponse Answer, int Posts)> AskAsync(string response, string last, bool streaming)
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(streaming ? Service.Events(Streams.Of(Streams.Created, $$"""{"type":"{{last}}","response":{{response}} }""")) : Service.Json(response));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key", TimeProvider = fake.Clock }, new HttpClient(service));
        var answer = streaming ? await client.GetStreamingResponseAsync("q").ToChatResponseAsync() : await client.GetResponseAsync("q");
        return (answer, service.Posts.Count);
    }

    private static string Whole(string text, bool reasoning = false) =>
        $$"""{"id":"gen-1","created_at":1,"model":"openai/o4-mini","status":"completed","output":[{{(reasoning ? """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"ENC","status":"completed"},""" : "")}}{{Streams.Message(text)}}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3} }""";

    private static async Task<OpenRouterException> FailAsync(string body, int status)
    {
        using var fake = new FakeOpenRouter(); // for its clock, which stands still
        var options = new OpenRouterOptions { Model = "a/b", ApiKey = "key", TimeProvider = fake.Clock };
        options.Retry.MaxRetries = 0;
        return await Assert.ThrowsAsync<OpenRouterException>(() => new OpenRouterChatClient(options, new HttpClient(new Service(Service.Json(body, status)))).GetResponseAsync("q"));
    }
}

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public class FakeReplyTests
{
    [Fact]
    public async Task Deltas_are_the_text_word_by_word()
    {
        using var fake = new FakeOpenRouter(r => r.Say("The sky,\n\nat night: 🌌 dark ."));

        var deltas = (await fake.EventsAsync()).Where(frame => frame.Type() == "response.output_text.delta").Select(frame => frame.Text("delta"));

        Assert.Equal(["The", " sky,", "\n\nat", " night:", " 🌌", " dark", " ."], deltas);
    }

    [Fact]
    public async Task Words_said_one_after_the_other_are_one_message()
    {
        using var fake = new FakeOpenRouter(r => r.Say("It is ").Say("four."));

        var output = (await fake.WholeAsync()).GetProperty("output");

        Assert.Equal("It is four.", Assert.Single(output.EnumerateArray()).GetProperty("content")[0].Text("text"));
    }

    [Fact]
    public async Task Thinking_may_stand_between_calls()
    {
        using var fake = new FakeOpenRouter(r => r.Think("One.").Call("f").Think("Two.").Think("Three.").Say("Done."));

        var output = (await fake.WholeAsync()).GetProperty("output");

        Assert.Equal(["reasoning", "function_call", "reasoning", "reasoning", "message"], output.EnumerateArray().Select(item => item.Type()));
        Assert.Equal(5, output.EnumerateArray().Select(item => item.Text("id")).Distinct().Count());
    }

    [Theory]
    [InlineData(FakeThinking.Summary, "openai-responses-v1", "response.reasoning_summary_text.delta")]
    [InlineData(FakeThinking.Text, "unknown", "response.reasoning_text.delta")]
    [InlineData(FakeThinking.Anthropic, "anthropic-claude-v1", "response.reasoning_text.delta")]
    [InlineData(FakeThinking.Gemini, "google-gemini-v1", "response.reasoning_text.delta")]
    [InlineData(FakeThinking.Legacy, "unknown", "response.reasoning.delta")]
    public async Task Each_family_thinks_in_its_own_dialect(FakeThinking style, string format, string delta)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Let me see.", style).Say("Yes."));

        var events = await fake.EventsAsync();

        Assert.Equal("Let me see.", events.Deltas(delta));
        Assert.Equal(format, events[^1].GetProperty("response").GetProperty("output")[0].Text("format"));
    }

    [Fact]
    public async Task Encrypted_thinking_shows_no_word_of_it()
    {
        using var fake = new FakeOpenRouter(r => r.Think("the secret plan", FakeThinking.Encrypted).Say("Yes."));

        var stream = await fake.StreamAsync();

        Assert.DoesNotContain("secret", stream, StringComparison.Ordinal);
        Assert.Contains("encrypted_content", stream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_old_dialect_writes_its_frames_as_the_old_documents_do()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Legacy).Say("Yes."));

        Assert.Contains("data: {\"type\":\"response.reasoning.delta\",\"delta\":\"Hm.\"", await fake.StreamAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_arrive_in_a_few_pieces_and_whole_at_the_end()
    {
        using var fake = new FakeOpenRouter(r => r.Call("get_weather", new { city = "Ålesund", days = 3 }, "call_7"));

        var events = await fake.EventsAsync();

        const string Arguments = """{"city":"Ålesund","days":3}""";
        Assert.Equal(3, events.Count(frame => frame.Type() == "response.function_call_arguments.delta"));
        Assert.Equal(Arguments, events.Deltas("response.function_call_arguments.delta"));
        var call = events[^1].GetProperty("response").GetProperty("output")[0];
        Assert.Equal((Arguments, "call_7"), (call.Text("arguments"), call.Text("call_id")));
    }

    [Fact]
    public async Task Arguments_may_be_json_or_the_very_text()
    {
        using var fake = new FakeOpenRouter(r => r.Call("a").Call("b", new JsonObject { ["x"] = 1 }).Call("c", Asking.Parse("[1, 2]")).Call("d", "{\"half"));

        var output = (await fake.WholeAsync()).GetProperty("output");

        Assert.Equal(["{}", "{\"x\":1}", "[1, 2]", "{\"half"], output.EnumerateArray().Select(call => call.Text("arguments")));
    }

    [Fact]
    public async Task Pieces_of_arguments_never_halve_a_letter()
    {
        using var fake = new FakeOpenRouter(r => r.Call("f", "{\"a\":\"🌌🌌🌌🌌🌌🌌🌌\"}"));

        var deltas = (await fake.EventsAsync()).Where(frame => frame.Type() == "response.function_call_arguments.delta").Select(frame => frame.Text("delta"));

        Assert.All(deltas, delta => Assert.DoesNotContain('\uFFFD', delta));
    }

    [Fact]
    public async Task A_citation_covers_the_words_just_before_it()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Rain ").Say("in Oslo").Cite("https://yr.no", "Yr").Say(", sun ").Say("in Rome").Cite(new Uri("https://meteo.it/")));

        var part = (await fake.WholeAsync()).GetProperty("output")[0].GetProperty("content")[0];

        Assert.Equal(
            [("in Oslo", "Yr"), ("in Rome", "https://meteo.it/")],
            part.GetProperty("annotations").EnumerateArray().Select(cited => (part.Text("text")[cited.GetProperty("start_index").GetInt32()..cited.GetProperty("end_index").GetInt32()], cited.Text("title"))));
    }

    [Fact]
    public async Task Running_out_of_tokens_leaves_the_last_item_unfinished()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Call("f", "{\"a").RunOutOfTokens());

        var events = await fake.EventsAsync();

        var response = events[^1].GetProperty("response");
        Assert.Equal("response.incomplete", events[^1].Type());
        Assert.Equal("max_output_tokens", response.GetProperty("incomplete_details").Text("reason"));
        Assert.Equal(["completed", "incomplete"], response.GetProperty("output").EnumerateArray().Select(item => item.Text("status")));
        Assert.Single(events, frame => frame.Type() == "response.output_item.done");
    }

    [Theory]
    [InlineData("rate_limit_exceeded", "rate_limit_exceeded")]
    [InlineData("content_policy_violation", "image_content_policy_violation")]
    [InlineData("context_length_exceeded", "invalid_prompt")]
    [InlineData("provider_unavailable", "server_error")]
    public async Task A_failure_after_the_beginning_is_http_200_in_both_forms(string errorType, string code)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Half").Fail("It broke.", errorType));

        var streamed = (await fake.EventsAsync())[^1];
        var whole = await fake.WholeAsync();

        Assert.Equal("response.failed", streamed.Type());
        Assert.All([streamed.GetProperty("response"), whole], response =>
        {
            Assert.Equal(("failed", errorType), (response.Text("status"), response.Text("error_type")));
            Assert.Equal((code, "It broke."), (response.GetProperty("error").Text("code"), response.GetProperty("error").Text("message")));
        });
    }

    [Fact]
    public async Task A_status_comes_with_the_services_body_and_retry_after()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20), provider: "ExampleAI"));

        using var response = await fake.PostAsync(Asking.Question());
        var error = Asking.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(20), response.Headers.RetryAfter?.Delta);
        Assert.Equal((429, "Provider returned error"), (error.GetProperty("code").GetInt32(), error.Text("message")));
        Assert.Equal(("ExampleAI", "rate_limit_exceeded"), (error.GetProperty("metadata").Text("provider_name"), error.GetProperty("metadata").Text("error_type")));
    }

    [Theory]
    [InlineData(400, "invalid_request")]
    [InlineData(401, "authentication")]
    [InlineData(402, "payment_required")]
    [InlineData(403, "permission_denied")]
    [InlineData(404, "not_found")]
    [InlineData(408, "timeout")]
    [InlineData(412, "precondition_failed")]
    [InlineData(413, "payload_too_large")]
    [InlineData(422, "unprocessable")]
    [InlineData(429, "rate_limit_exceeded")]
    [InlineData(500, "server")]
    [InlineData(502, "provider_unavailable")]
    [InlineData(503, "provider_overloaded")]
    [InlineData(504, "timeout")]
    [InlineData(524, "timeout")]
    [InlineData(529, "provider_overloaded")]
    public async Task Each_status_has_its_error_type_and_words(int status, string errorType)
    {
        using var fake = new FakeOpenRouter(r => r.Status(status), r => r.Status(status, "My own words"));

        using var usual = await fake.PostAsync(Asking.Question());
        using var given = await fake.PostAsync(Asking.Question());
        var error = Asking.Parse(await usual.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal(status, (int)usual.StatusCode);
        Assert.Equal((status, errorType), (error.GetProperty("code").GetInt32(), error.GetProperty("metadata").Text("error_type")));
        Assert.NotEmpty(error.Text("message"));
        Assert.Equal("My own words", Asking.Parse(await given.Content.ReadAsStringAsync()).GetProperty("error").Text("message"));
    }

    [Fact]
    public async Task A_wait_of_half_seconds_is_told_in_milliseconds()
    {
        using var fake = new FakeOpenRouter(r => r.Status(503, "Busy", TimeSpan.FromMilliseconds(1500)));

        using var response = await fake.PostAsync(Asking.Question());

        Assert.Equal("1500", response.Headers.GetValues("Retry-After-Ms").Single());
        Assert.Null(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_cut_stream_ends_without_a_last_event()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Once upon").Cut());

        var stream = await fake.StreamAsync();

        Assert.Equal("Once upon", Asking.Events(stream).Deltas("response.output_text.delta"));
        Assert.DoesNotContain("response.completed", stream, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", stream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_body_is_half_a_body()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Once upon a time").Cut());

        using var response = await fake.PostAsync(Asking.Question(stream: false));

        Assert.ThrowsAny<System.Text.Json.JsonException>(() => Asking.Parse(response.Content.ReadAsStringAsync().Result));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broken_connection_gives_what_was_said_and_then_throws(bool stream)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Once upon").Reset());
        using var response = await fake.PostAsync(Asking.Question(stream));
        using var heard = new MemoryStream();

        await Assert.ThrowsAsync<IOException>(async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(heard));

        Assert.True(heard.Length > 0);
        Assert.DoesNotContain("response.completed", Encoding.UTF8.GetString(heard.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_service_is_a_connection_error()
    {
        using var fake = new FakeOpenRouter(r => r.Unreachable());

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => fake.PostAsync(Asking.Question()));

        Assert.Equal(HttpRequestError.ConnectionError, exception.HttpRequestError);
    }

    [Fact]
    public async Task Without_chunks_each_read_is_one_event()
    {
        using var fake = new FakeOpenRouter(r => r.KeepAlive(2).Say("Hi"));

        var reads = await ReadsAsync(fake);

        Assert.Equal(": OPENROUTER PROCESSING\n\n", reads[0]);
        Assert.Equal("data: [DONE]\n\n", reads[^1]);
        Assert.All(reads, read => Assert.Equal(read.Length - 2, read.IndexOf("\n\n", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task Chunks_have_the_size_asked_for_and_change_no_byte(int size)
    {
        using var plain = new FakeOpenRouter(r => r.Say("Grüße an 🌌!"));
        using var chunked = new FakeOpenRouter(r => r.Say("Grüße an 🌌!").InChunksOf(size));
        var expected = Encoding.UTF8.GetBytes(await plain.StreamAsync());
        using var response = await chunked.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        List<byte[]> reads = [];
        var buffer = new byte[8192];

        while (await stream.ReadAsync(buffer) is > 0 and var count)
            reads.Add(buffer[..count]);

        Assert.Equal(expected, reads.SelectMany(read => read));
        Assert.All(reads.SkipLast(1), read => Assert.Equal(size, read.Length));
    }

    [Fact]
    public async Task Keep_alives_before_a_whole_body_are_blank_lines()
    {
        using var fake = new FakeOpenRouter(r => r.KeepAlive(3).Say("Hi"));

        using var response = await fake.PostAsync(Asking.Question(stream: false));
        var body = await response.Content.ReadAsStringAsync();

        Assert.StartsWith("\n\n\n{", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_is_counted_from_the_words_unless_it_is_said()
    {
        using var fake = new FakeOpenRouter(r => r.Think("one two three").Say("four five"), r => r.Say("a").Usage(cost: 0.002m), r => r.Say("b").Usage(input: 100, output: 50, reasoning: 20, cached: 80));

        var counted = (await fake.WholeAsync()).GetProperty("usage");
        var costly = (await fake.WholeAsync()).GetProperty("usage");
        var said = (await fake.WholeAsync()).GetProperty("usage");

        Assert.Equal((4, 5, 3), (counted.GetProperty("input_tokens").GetInt32(), counted.GetProperty("output_tokens").GetInt32(), counted.GetProperty("output_tokens_details").GetProperty("reasoning_tokens").GetInt32()));
        Assert.True(counted.GetProperty("cost").GetDecimal() > 0);
        Assert.Equal(0.002m, costly.GetProperty("cost").GetDecimal());
        Assert.Equal((150, 80), (said.GetProperty("total_tokens").GetInt32(), said.GetProperty("input_tokens_details").GetProperty("cached_tokens").GetInt32()));
    }

    [Fact]
    public async Task Who_served_is_told_in_the_model_and_on_request_in_the_metadata()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Served("openai/o4-mini-2025-04-16", "Azure").Say("Hi"));
        using var client = fake.CreateClient();
        client.DefaultRequestHeaders.Add("X-OpenRouter-Metadata", "Enabled");

        var quiet = await fake.WholeAsync();
        using var response = await client.PostAsync(new Uri(Asking.Url), Asking.Body(Asking.Question(stream: false)));
        var told = Asking.Parse(await response.Content.ReadAsStringAsync());

        Assert.Equal("openai/o4-mini-2025-04-16", quiet.Text("model"));
        Assert.False(quiet.TryGetProperty("openrouter_metadata", out _));
        var selected = told.GetProperty("openrouter_metadata").GetProperty("endpoints").GetProperty("available").EnumerateArray().Single(endpoint => endpoint.GetProperty("selected").GetBoolean());
        Assert.Equal("Azure", selected.Text("provider"));
    }

    [Fact]
    public async Task The_request_is_echoed_with_defaults_filled_in()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));

        var response = await fake.WholeAsync(Asking.Question(stream: false, ""","temperature":0.2,"instructions":"Be brief.","reasoning":{"effort":"high"},"metadata":{"a":"b"}"""));

        Assert.Equal((0.2, 1), (response.GetProperty("temperature").GetDouble(), response.GetProperty("top_p").GetInt32()));
        Assert.Equal(("Be brief.", "high", "b"), (response.Text("instructions"), response.GetProperty("reasoning").Text("effort"), response.GetProperty("metadata").Text("a")));
        Assert.Equal("auto", response.Text("tool_choice"));
    }

    [Fact]
    public async Task A_raw_event_stands_where_it_was_said()
    {
        using var fake = new FakeOpenRouter(r => r.Say("a").Event("""{"type":"response.brand_new","x":1}""").Event("not json").Say("b"));

        var stream = await fake.StreamAsync();

        Assert.Contains("data: {\"type\":\"response.brand_new\",\"x\":1}\n\ndata: not json\n\n", stream, StringComparison.Ordinal);
        Assert.Equal("ab", Asking.Events(stream).Deltas("response.output_text.delta"));
    }

    [Fact]
    public async Task A_picture_that_is_no_png_says_so()
    {
        using var fake = new FakeOpenRouter(r => r.Image([1, 2, 3]).Image([4, 5], "image/webp"));

        var output = (await fake.WholeAsync()).GetProperty("output");

        Assert.Equal(Convert.ToBase64String([1, 2, 3]), output[0].Text("result"));
        Assert.False(output[0].TryGetProperty("output_format", out _));
        Assert.Equal("webp", output[1].Text("output_format"));
    }

    [Fact]
    public async Task Nothing_can_be_said_after_an_ending()
    {
        using var fake = new FakeOpenRouter(r => r.Cut().Say("more"), r => r.Fail().Reset(), r => r.Say("x").Status(500));

        Assert.Contains("already ended (Cut)", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
        Assert.Contains("already ended (Fail)", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
        Assert.Contains("before any word", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> ReadsAsync(FakeOpenRouter fake)
    {
        using var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        List<string> reads = [];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
            reads.Add(Encoding.UTF8.GetString(buffer, 0, count));
        return reads;
    }

    [Fact]
    public async Task A_status_that_has_no_error_type_of_its_own_says_none()
    {
        using var fake = new FakeOpenRouter(r => r.Status(418));

        using var response = await fake.PostAsync(Asking.Question());
        var error = Asking.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal((418, "Internal Server Error"), (error.GetProperty("code").GetInt32(), error.Text("message")));
        Assert.False(error.GetProperty("metadata").TryGetProperty("error_type", out _));
    }

    [Fact]
    public async Task Nothing_follows_an_ending_and_there_is_one_ending()
    {
        Assert.Contains("has already ended (Cut): Say cannot follow", await MistakeAsync(r => r.Say("a").Cut().Say("b")), StringComparison.Ordinal);
        Assert.Contains("has already ended (Cut): it cannot also end as Reset", await MistakeAsync(r => r.Say("a").Cut().Reset()), StringComparison.Ordinal);
        Assert.Contains("A status stands before any word", await MistakeAsync(r => r.Say("a").Status(500)), StringComparison.Ordinal);
        Assert.Contains("A status stands before any word", await MistakeAsync(r => r.KeepAlive().Unavailable("no_endpoints")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("anthropic/claude-sonnet-5", "Anthropic")]
    [InlineData("google/gemini-3.5-flash", "Google")]
    [InlineData("x-ai/grok-5", "xAI")]
    [InlineData("openai/o4-mini", "OpenAI")]
    [InlineData("openrouter/auto", "ExampleAI")]
    public async Task A_model_is_served_by_its_author_unless_another_is_named(string model, string provider)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        using var client = fake.CreateClient();
        client.DefaultRequestHeaders.Add("X-OpenRouter-Metadata", "enabled");

        using var response = await client.PostAsync(new Uri(Asking.Url), Asking.Body($$"""{"model":"{{model}}","input":"Hi"}"""));

        Assert.Equal(provider, Asking.Parse(await response.Content.ReadAsStringAsync()).GetProperty("openrouter_metadata").GetProperty("endpoints").GetProperty("available")[0].Text("provider"));
    }

    [Theory]
    [InlineData("auto", "default")]
    [InlineData("fast", "priority")]
    [InlineData("flex", "flex")]
    public async Task The_tier_that_served_is_told(string asked, string served)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));

        Assert.Equal(served, (await fake.WholeAsync($$"""{"model":"a/b","input":"Hi","service_tier":"{{asked}}"}""")).Text("service_tier"));
    }

    [Fact]
    public async Task What_the_request_asked_for_is_repeated_in_the_response()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));

        var response = await fake.WholeAsync("""
            {"model":"a/b","input":"Hi","instructions":"Be brief.","temperature":0.5,"top_p":0.25,"presence_penalty":0.75,"frequency_penalty":-0.5,"max_output_tokens":99,"max_tool_calls":3,
             "parallel_tool_calls":false,"truncation":"auto","metadata":{"a":"b"},"user":"u","tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":"required"}
            """);

        Assert.Equal(
            ["Be brief.", "0.5", "0.25", "0.75", "-0.5", "99", "3", "False", "auto", "required", "u"],
            new[] { "instructions", "temperature", "top_p", "presence_penalty", "frequency_penalty", "max_output_tokens", "max_tool_calls", "parallel_tool_calls", "truncation", "tool_choice", "user" }.Select(name => response.GetProperty(name).ToString()));
        Assert.Equal(("b", "f"), (response.GetProperty("metadata").Text("a"), response.GetProperty("tools")[0].Text("name")));
    }

    [Fact]
    public async Task A_picture_that_is_cut_off_is_still_being_drawn()
    {
        using var fake = new FakeOpenRouter(r => r.Image([1, 2, 3], "image/webp").RunOutOfTokens());

        Assert.Equal("generating", (await fake.WholeAsync()).GetProperty("output")[0].Text("status"));
    }

    [Fact]
    public async Task Unfinished_calls_are_owed_no_thinking()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Anthropic).Call("f", callId: "c1").RunOutOfTokens(), r => r.Say("Fine."));
        await fake.WholeAsync("""{"model":"anthropic/claude-sonnet-5","input":"hi"}""");

        using var response = await fake.PostAsync("""{"model":"anthropic/claude-sonnet-5","input":[{"role":"user","content":"hi"},{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"1"}]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<string> MistakeAsync(Action<FakeReply> reply)
    {
        using var fake = new FakeOpenRouter(reply);
        return (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message;
    }
}

using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>A conversation goes on when the reasoning of its first turn is refused in the second: whoever thought, and in whatever envelope the refusal comes.</summary>
public sealed class RefusedBlocksStory
{
    private static readonly Dictionary<string, (string Model, string Item, string Words)> Families = new()
    {
        ["OpenAI"] = ("openai/o4-mini", """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"PROOF","format":"openai-responses-v1"}""", "The encrypted content for item rs_1 could not be verified."),
        ["Anthropic"] = ("anthropic/claude-opus-5", """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"signature":"PROOF","format":"anthropic-claude-v1"}""", "messages.1.content.0: Invalid `signature` in `thinking` block"),
        ["Gemini"] = ("google/gemini-3-flash", """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"signature":"PROOF","format":"google-gemini-v1"}""", "Thought signature is not valid"),
        ["xAI"] = ("x-ai/grok-5", """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"PROOF","format":"xai-responses-v1"}""", "encrypted_content could not be decrypted"),
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var family in Families.Keys)
                foreach (var envelope in new[] { "400", "422", "502 around a 400", "error event", "failed response", "failed body", "code only" })
                    cases.Add(family, envelope);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_second_turn_goes_on_without_it_and_says_so(string family, string envelope)
    {
        var (model, thought, words) = Families[family];
        var service = new Service(Service.Json(Whole(model, thought, "First.")), Refusal(envelope, words), Service.Json(Whole(model, null, "Second.")), Service.Json(Whole(model, null, "Third.")));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = model, ApiKey = "sk-or-test" }, new HttpClient(service));
        List<ChatMessage> history = [new(ChatRole.User, "One?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Two?"));
        var answer = envelope.Contains("body", StringComparison.Ordinal) ? await client.GetResponseAsync(history) : await client.GetStreamingResponseAsync(history).ToChatResponseAsync();

        Assert.Equal(("Second.", 3), (answer.Text, service.Posts.Count));
        Assert.Contains("PROOF", service.Bodies[1], StringComparison.Ordinal);
        Assert.DoesNotContain("PROOF", service.Bodies[2], StringComparison.Ordinal);
        Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("refused", StringComparison.Ordinal));
        history.AddMessages(answer);
        history.Add(new(ChatRole.User, "Three?"));
        Assert.Equal("Third.", (await client.GetResponseAsync(history)).Text);
    }

    [Fact]
    public async Task A_model_that_takes_encrypted_content_neither_way_is_asked_without_it_both_ways()
    {
        var (model, thought, _) = Families["OpenAI"];
        Service? service = null;
        HttpResponseMessage Deaf(HttpRequestMessage request) =>
            service!.Bodies[^1].Contains("PROOF", StringComparison.Ordinal) || service.Bodies[^1].Contains("\"include\"", StringComparison.Ordinal)
                ? Service.Json("""{"error":{"code":400,"message":"Encrypted content is not supported with this model."}}""", 400)(request)
                : Service.Json(Whole(model, null, $"Answer {service.Posts.Count}."))(request);
        service = new Service(Service.Json(Whole(model, thought, "First.")), Deaf);
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = model, ApiKey = "sk-or-test" }, new HttpClient(service));
        List<ChatMessage> history = [new(ChatRole.User, "One?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Two?"));

        var second = await client.GetResponseAsync(history);
        Assert.Equal("Answer 4.", second.Text); // with both, without include, without reasoning too
        Assert.Contains(second.GetOpenRouter().Warnings, warning => warning.Contains("refused", StringComparison.Ordinal));
        history.AddMessages(second);
        history.Add(new(ChatRole.User, "Three?"));
        Assert.Equal("Answer 7.", (await client.GetResponseAsync(history)).Text); // which of the two it is was not learnt

        Assert.Equal("Answer 9.", (await client.GetResponseAsync("Anew?")).Text); // without reasoning it can be
        Assert.Equal("Answer 10.", (await client.GetResponseAsync("And again?")).Text);
    }

    [Fact]
    public async Task What_else_was_left_out_proves_nothing_of_the_include()
    {
        var (model, thought, words) = Families["Anthropic"];
        var service = new Service(Service.Json(Whole(model, thought, "First.")),
            Service.Json("""{"error":{"code":400,"message":"Messages include an unsupported block."}}""", 400), Refusal("400", words), Service.Json(Whole(model, null, "Second.")), Service.Json(Whole(model, null, "Third.")));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = model, ApiKey = "sk-or-test" }, new HttpClient(service));
        List<ChatMessage> history = [new(ChatRole.User, "One?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Two?"));

        Assert.Equal("Second.", (await client.GetResponseAsync(history)).Text);
        Assert.Equal("Third.", (await client.GetResponseAsync("Anew?")).Text);

        Assert.Equal([true, true, false, false, true], service.Bodies.Select(body => body.Contains("\"include\"", StringComparison.Ordinal)));
        Assert.Equal([false, true, true, false, false], service.Bodies.Select(body => body.Contains("PROOF", StringComparison.Ordinal)));
    }

    public static TheoryData<string, int, bool> Other
    {
        get
        {
            var cases = new TheoryData<string, int, bool>();
            foreach (var family in Families.Keys)
                foreach (var status in new[] { 401, 402, 403, 429 })
                    foreach (var inStream in new[] { false, true })
                        cases.Add(family, status, inStream);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Other))]
    public async Task A_key_a_budget_or_a_rate_that_was_refused_never_costs_the_proof(string family, int status, bool inStream)
    {
        var (model, thought, words) = Families[family];
        var error = $$"""{"code":{{status}},"message":"{{System.Text.Json.JsonEncodedText.Encode(words)}}","metadata":{"raw":"{\"error\":{\"code\":\"invalid_encrypted_content\"} }"} }""";
        var service = new Service(Service.Json(Whole(model, thought, "First.")), inStream ? Service.Events(Streams.Of($$"""{"type":"error","error":{{error}} }""")) : Service.Json($$"""{"error":{{error}} }""", status));
        using var fake = new FakeOpenRouter();
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = model, ApiKey = "sk-or-test", TimeProvider = fake.Clock }, new HttpClient(service));
        List<ChatMessage> history = [new(ChatRole.User, "One?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Two?"));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(async () => await client.GetStreamingResponseAsync(history).ToChatResponseAsync());

        Assert.Equal((status, status == 429 ? 4 : 2), ((int)failure.StatusCode!, service.Posts.Count)); // a rate's limit passes: the same again, twice
        Assert.All(service.Bodies.Skip(1), body => Assert.Contains("PROOF", body, StringComparison.Ordinal));
    }

    private static Func<HttpRequestMessage, HttpResponseMessage> Refusal(string envelope, string words)
    {
        var said = System.Text.Json.JsonEncodedText.Encode(words);
        return envelope switch
        {
            "400" => Service.Json($$"""{"error":{"code":400,"message":"{{said}}"} }""", 400),
            "422" => Service.Json($$"""{"error":{"code":422,"message":"{{said}}"} }""", 422),
            "502 around a 400" => Service.Json($$"""{"error":{"code":502,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"code\":400,\"message\":\"{{said}}\"} }"} } }""", 502),
            "error event" => Service.Events(Streams.Of($$"""{"type":"error","code":"server_error","message":"{{said}}"}""")),
            "failed response" => Service.Events(Streams.Of(Streams.Created, $$"""{"type":"response.failed","response":{"id":"gen-1","status":"failed","error":{"code":"server_error","message":"{{said}}"},"output":[]} }""")),
            "failed body" => Service.Json($$"""{"id":"gen-1","object":"response","status":"failed","error":{"code":"server_error","message":"{{said}}"},"output":[]}"""),
            _ => Service.Json("""{"error":{"code":"invalid_encrypted_content","message":"No."}}""", 400),
        };
    }

    private static string Whole(string model, string? thought, string text) =>
        $$"""{"id":"gen-{{text}}","created_at":1,"model":"{{model}}","status":"completed","output":[{{(thought is null ? "" : thought + ",")}}{{Streams.Message(text, "msg_" + text)}}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3} }""";
}

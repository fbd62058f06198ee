using System.Diagnostics;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Connectors.OpenRouter.Tests.Middleware;

public class FailoverTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_model_answers_when_the_first_cannot_be_had_and_the_answer_says_so(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Status(503), r => r.Think("Easy.").Say("Four."));
        using var client = Over(fake, "anthropic/claude-opus-5");
        var options = new ChatOptions { Temperature = 0.5f };

        var answer = await AskAsync(client, streaming, options);

        Assert.Equal("Four.", answer.Text);
        Assert.Equal(["openai/o4-mini", "anthropic/claude-opus-5"], fake.Requests.Select(request => request.Model));
        Assert.Equal("0.5", fake.LastRequest["temperature"]);
        Assert.Null(options.ModelId);
        var warning = Assert.Single(answer.GetOpenRouter().Warnings);
        Assert.Contains("openai/o4-mini did not answer", warning, StringComparison.Ordinal);
        Assert.Contains("anthropic/claude-opus-5 was asked instead", warning, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Reasons => new() { { "unreachable", "not reached" }, { "status", "503" }, { "type", "provider_overloaded" }, { "stalled", "timeout: Response" } };

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task The_answer_says_in_a_word_why(string fault, string reason)
    {
        using var fake = new FakeOpenRouter(r => _ = fault switch
        {
            "unreachable" => r.Unreachable(),
            "status" => r.Status(503).ErrorBody("busy"),
            "type" => r.Status(503),
            _ => r.Wait(TimeSpan.FromHours(1)).Say("never"),
        }, r => r.Say("Four."));
        using var client = Over(fake, "anthropic/claude-opus-5");

        var answer = await AskAsync(client, streaming: false);

        Assert.Equal($"openai/o4-mini did not answer ({reason}); anthropic/claude-opus-5 was asked instead.", Assert.Single(answer.GetOpenRouter().Warnings));
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(401, true)]
    [InlineData(402, true)]
    [InlineData(403, true)]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(402, false)]
    [InlineData(403, false)]
    public async Task What_another_model_cannot_cure_is_thrown_at_once(int status, bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Status(status));
        using var client = Over(fake, "anthropic/claude-opus-5");

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming));

        Assert.Equal(status, (int?)failure.StatusCode);
        Assert.Single(fake.Requests);
    }

    [Fact]
    public async Task Nobody_else_is_asked_once_a_word_was_said()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Half an").Fail(), r => r.Say("Another answer."));
        using var client = Over(fake, "anthropic/claude-opus-5");

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming: true));

        Assert.Equal("Half an", failure.PartialResponse?.Text);
        Assert.Single(fake.Requests);
    }

    [Fact]
    public async Task Nobody_else_is_asked_once_a_thought_was_seen()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Two and two.").Fail(), r => r.Say("Another answer."));
        using var client = Over(fake, "anthropic/claude-opus-5");

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming: true));

        Assert.Equal("Two and two.", failure.PartialResponse?.GetReasoningText());
        Assert.Single(fake.Requests);
    }

    [Fact]
    public async Task Nobody_else_is_asked_when_a_failed_answer_brought_only_a_thought()
    {
        const string Failed = """{"id":"gen-1","object":"response","status":"failed","error":{"code":"server_error","message":"x"},"model":"a/b","output":[{"type":"reasoning","id":"rs_0","summary":[{"type":"summary_text","text":"Two and two."}]}]}""";
        using var fake = new Scripted((200, Failed), (200, null));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "sk-or" }, new HttpClient(fake))
            .AsBuilder().UseOpenRouterFailover("anthropic/claude-opus-5").Build();

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming: false));

        Assert.Equal("Two and two.", failure.PartialResponse?.GetReasoningText());
        Assert.Single(fake.Models);
    }

    [Fact]
    public async Task Nobody_else_is_asked_when_a_failed_answer_brought_words_that_were_paid_for()
    {
        using var fake = new FakeOpenRouter(r => r.Transcript("72-failed-with-output.json"), r => r.Say("Another answer."));
        using var client = Over(fake, "anthropic/claude-opus-5");

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming: false));

        Assert.Equal("Half a paid answer", failure.PartialResponse?.Text);
        Assert.Single(fake.Requests);
    }

    [Fact]
    public async Task Models_are_asked_in_their_order_each_once_and_the_last_failure_is_thrown()
    {
        using var fake = new FakeOpenRouter(r => r.Status(503), r => r.Status(429), r => r.Status(502, "The end."));
        using var client = Over(fake, "openai/o4-mini", "anthropic/claude-opus-5", "anthropic/claude-opus-5", "google/gemini-3-flash");

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming: false));

        Assert.Equal(["openai/o4-mini", "anthropic/claude-opus-5", "google/gemini-3-flash"], fake.Requests.Select(request => request.Model));
        Assert.Equal(502, (int?)failure.StatusCode);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(503)]
    public async Task Models_that_the_service_suggests_are_asked_after_the_callers_own(int status)
    {
        var body = $$$"""{"error":{"message":"No endpoint.","code":{{{status}}} ,"availability":{"code":"no_endpoints","retryable":false,"fallback_models":["deepseek/deepseek-v4","qwen/qwen4"] } } }""";
        using var fake = new Scripted((status, body), (status, body), (200, null));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "sk-or" }, new HttpClient(fake))
            .AsBuilder().UseOpenRouterFailover("anthropic/claude-opus-5").Build();

        var answer = await client.GetResponseAsync("2+2?");

        Assert.Equal("Four.", answer.Text);
        Assert.Equal(["openai/o4-mini", "anthropic/claude-opus-5", "deepseek/deepseek-v4"], fake.Models);
        Assert.Equal(2, answer.GetOpenRouter().Warnings.Count);
    }

    [Fact]
    public async Task A_404_that_suggests_nobody_is_thrown()
    {
        using var fake = new FakeOpenRouter(r => r.Status(404, "No such model."));
        using var client = Over(fake, "anthropic/claude-opus-5");

        await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming: false));

        Assert.Single(fake.Requests);
    }

    [Fact]
    public async Task Reasoning_that_the_next_model_cannot_read_stays_out_of_its_request()
    {
        using var fake = new FakeOpenRouter(
            r => r.Think("Two and two.").Say("Four."), r => r.Status(503), r => r.Think("Sure.", FakeThinking.Anthropic).Say("Yes."), r => r.Say("Quite."))
        { Strict = true };
        using var client = Over(fake, "anthropic/claude-opus-5");
        List<ChatMessage> history = [new(ChatRole.User, "2+2?")];

        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Sure?"));
        var second = await client.GetResponseAsync(history);
        history.AddMessages(second);
        history.Add(new(ChatRole.User, "Really?"));
        await client.GetResponseAsync(history);

        Assert.Contains("reasoning", Types(fake.Requests[1]));
        Assert.DoesNotContain("reasoning", Types(fake.Requests[2]));
        Assert.Contains(second.GetOpenRouter().Warnings, warning => warning.Contains("another model family", StringComparison.Ordinal));
        Assert.Single(Types(fake.Requests[3]), "reasoning"); // back at the first model: its own and not the other's
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_named_by_a_stronger_source_does_not_win_over_the_next_one(bool byFactory)
    {
        using var fake = new FakeOpenRouter(r => r.Status(503), r => r.Say("Four."));
        using var client = Over(fake, "anthropic/claude-opus-5");
        var request = new OpenRouterRequest { Model = "google/gemini-3-flash", Models = ["google/gemini-3-flash", "google/gemini-3-pro"], TopK = 3 };
        var options = byFactory ? new ChatOptions { RawRepresentationFactory = _ => request } : new ChatOptions().WithOpenRouter(request);

        await client.GetResponseAsync("2+2?", options);

        Assert.Equal(["google/gemini-3-flash", "anthropic/claude-opus-5"], fake.Requests.Select(sent => sent.Model));
        Assert.Equal((null, "3"), (fake.LastRequest["models"], fake.LastRequest["top_k"]));
    }

    [Fact]
    public async Task A_cancelled_call_asks_nobody_else()
    {
        using var fake = new FakeOpenRouter(r => r.Stall(), r => r.Say("Four."));
        using var client = Over(fake, "anthropic/claude-opus-5");
        using var stop = new CancellationTokenSource();

        var call = client.GetResponseAsync("2+2?", cancellationToken: stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Single(fake.Requests);
    }

    [Fact]
    public async Task A_history_that_can_be_read_once_is_enough_for_all_attempts()
    {
        using var fake = new FakeOpenRouter(r => r.Status(503), r => r.Say("Four."));
        using var client = Over(fake, "anthropic/claude-opus-5");
        var queue = new Queue<ChatMessage>([new(ChatRole.User, "2+2?")]);

        await client.GetResponseAsync(Once());

        Assert.Equal(["2+2?", "2+2?"], fake.Requests.Select(request => request.UserText));

        IEnumerable<ChatMessage> Once()
        {
            while (queue.TryDequeue(out var message))
                yield return message;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Telemetry_and_the_log_see_who_failed_and_who_was_asked(bool streaming)
    {
        var spans = new List<Activity>();
        var logs = new FakeLogCollector();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(logs)));
        using var tracing = Sdk.CreateTracerProviderBuilder().AddSource("failover-test").AddInMemoryExporter(spans).Build();
        using var fake = new FakeOpenRouter(r => r.Status(503), r => r.Say("Four."));
        var options = new OpenRouterOptions { Model = "openai/o4-mini", TimeProvider = fake.Clock };
        options.Retry.MaxRetries = 0;
        using var client = new OpenRouterChatClient(options, fake.CreateClient(), loggers).AsBuilder()
            .UseOpenTelemetry(sourceName: "failover-test").UseOpenRouterFailover("anthropic/claude-opus-5").Build();

        await AskAsync(client, streaming);

        var happened = Assert.Single(Assert.Single(spans).Events, happened => happened.Name == "openrouter.failover");
        Assert.Equal(("openai/o4-mini", "anthropic/claude-opus-5"), (happened.Tags.First(tag => tag.Key == "openrouter.failover.from").Value, happened.Tags.First(tag => tag.Key == "openrouter.failover.to").Value));
        Assert.Single(logs.GetSnapshot(), line => line.Id.Id == 70 && line.Exception is OpenRouterException);
    }

    [Fact]
    public void What_stands_inside_is_seen_from_outside()
    {
        using var fake = new FakeOpenRouter();
        using var client = Over(fake, "anthropic/claude-opus-5");

        Assert.Equal(("openrouter", "openai/o4-mini"), (client.GetService<ChatClientMetadata>()?.ProviderName, client.GetService<ChatClientMetadata>()?.DefaultModelId));
        Assert.NotNull(client.GetService<OpenRouterChatClient>());
        Assert.NotNull(client.GetService<FailoverChatClient>());
    }

    [Fact]
    public void A_model_without_a_name_is_refused() =>
        Assert.Throws<ArgumentException>(() => new OpenRouterChatClient("a/b", "sk-or").AsBuilder().UseOpenRouterFailover("a/c", " "));

    private static IChatClient Over(FakeOpenRouter fake, params string[] models)
    {
        var options = new OpenRouterOptions { Model = "openai/o4-mini", TimeProvider = fake.Clock };
        options.Retry.MaxRetries = 0;
        return new OpenRouterChatClient(options, fake.CreateClient()).AsBuilder().UseOpenRouterFailover(models).Build();
    }

    private static async Task<ChatResponse> AskAsync(IChatClient client, bool streaming, ChatOptions? options = null) =>
        streaming ? await client.GetStreamingResponseAsync("2+2?", options).ToChatResponseAsync() : await client.GetResponseAsync("2+2?", options);

    private static IEnumerable<string?> Types(FakeRequest request) => request.Json.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("type").GetString());

    /// <summary>Bodies that the fake has no verb for.</summary>
    private sealed class Scripted(params (int Status, string? Body)[] answers) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _wellSaid = new(new FakeOpenRouter(r => r.Say("Four.")));

        public List<string?> Models { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var (status, body) = answers[Models.Count];
            using var json = System.Text.Json.JsonDocument.Parse(await request.Content!.ReadAsStringAsync(cancellationToken));
            Models.Add(json.RootElement.GetProperty("model").GetString());
            return body is null
                ? await _wellSaid.SendAsync(request, cancellationToken)
                : new((System.Net.HttpStatusCode)status) { RequestMessage = request, Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        }
    }
}

using System.Diagnostics;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Telemetry.Listening;

namespace Connectors.OpenRouter.Tests.Telemetry;

[Collection(nameof(Listening))]
public sealed class ChatSpanTests : IDisposable
{
    private readonly Spans _spans = new();

    [Fact]
    public async Task Refused_reasoning_is_told_as_a_request_that_was_sent_again()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Encrypted).Say("Four."), r => r.Status(400, "The encrypted content could not be verified."), r => r.Say("Four."));
        var client = Traced(Client(fake));
        List<ChatMessage> history = [new(ChatRole.User, "2+2?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "sure?"));

        await client.GetResponseAsync(history);

        Assert.Equal("refused_reasoning", Assert.Single(_spans.Chats.Last().Events, e => e.Name == "openrouter.retry").Tags.Single(tag => tag.Key == "error.type").Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_span_says_who_served_what_it_cost_and_how_hard_it_was_to_think(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Wait(TimeSpan.FromSeconds(2)).Think("Two and two.").Say("Four.").Served("openai/gpt-5.6-mini", "OpenAI").Terminal(Ending));

        var answer = await Traced(Client(fake)).TurnAsync("2+2?", streaming, new() { Reasoning = new() { Effort = ReasoningEffort.High } });

        var span = Assert.Single(_spans.Chats);
        Assert.Equal("OpenAI", span.GetTagItem("openrouter.provider"));
        Assert.Equal(0.0012, span.GetTagItem("openrouter.cost"));
        Assert.Equal("flex", span.GetTagItem("openrouter.response.service_tier"));
        Assert.Equal("high", span.GetTagItem("gen_ai.request.reasoning.level"));
        Assert.Equal(3L, span.GetTagItem("gen_ai.usage.cache_creation.input_tokens"));
        Assert.Equal("4", span.GetTagItem("gen_ai.usage.cache_read.input_tokens")?.ToString());
        Assert.Equal(streaming ? 2.0 : null, span.GetTagItem("openrouter.time_to_first_reasoning"));
        Assert.Equal(streaming ? TimeSpan.FromSeconds(2) : null, answer.GetOpenRouter().TimeToFirstReasoning);
        var attempt = Assert.Single(span.Events);
        Assert.Equal("openrouter.routing.attempt", attempt.Name);
        Assert.Equal([("gen_ai.response.model", "openai/gpt-5.6-mini"), ("http.response.status_code", 200L), ("openrouter.provider", (object?)"OpenAI")], attempt.Tags.Select(tag => (tag.Key, tag.Value)).Order());
        AssertEachOnce(span);
    }

    [Fact]
    public async Task Requests_that_were_sent_again_are_events_of_the_span()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(3), provider: "Azure"), r => r.Status(503), r => r.Say("Four."));

        await Traced(Client(fake)).TurnAsync("2+2?", streaming: true);

        var span = Assert.Single(_spans.Chats);
        Assert.Equal(2L, span.GetTagItem("openrouter.retries"));
        var retries = span.Events.Where(e => e.Name == "openrouter.retry").Select(e => e.Tags.ToDictionary(tag => tag.Key, tag => tag.Value)).ToList();
        Assert.Equal(2, retries.Count);
        Assert.Equal((3.0, "Azure"), (retries[0]["openrouter.retry.delay"], retries[0]["openrouter.provider"]));
        Assert.All(retries, retry => Assert.False(string.IsNullOrEmpty(retry["error.type"] as string)));
    }

    [Fact]
    public async Task A_refused_include_is_told_as_a_request_that_was_sent_again()
    {
        using var fake = new FakeOpenRouter(r => r.Status(400, "Unknown parameter: 'include'."), r => r.Say("Four."));

        await Traced(Client(fake)).TurnAsync("2+2?", streaming: true);

        Assert.Equal("refused_include", Assert.Single(Assert.Single(_spans.Chats).Events, e => e.Name == "openrouter.retry").Tags.Single(tag => tag.Key == "error.type").Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_loop_inside_the_span_adds_up_and_keeps_the_first_thought(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            r => r.Wait(TimeSpan.FromSeconds(1)).Think("Look.").Call("look").Served("openai/o4-mini", "OpenAI").Terminal(Ending.Replace("0.0012", "0.001", StringComparison.Ordinal)),
            r => r.Wait(TimeSpan.FromSeconds(7)).Think("Rain.").Say("Umbrella.").Served("openai/o4-mini", "Azure").Terminal(Ending.Replace("0.0012", "0.002", StringComparison.Ordinal)));
        var agent = new ChatClientBuilder(Client(fake)).UseOpenTelemetry(sourceName: _spans.Source).UseFunctionInvocation().Build();

        await agent.TurnAsync("Oslo?", streaming, new() { Tools = [AIFunctionFactory.Create(() => "rain", "look")] });

        var span = Assert.Single(_spans.Chats);
        Assert.Equal(0.003, span.GetTagItem("openrouter.cost"));
        Assert.Equal(6L, span.GetTagItem("gen_ai.usage.cache_creation.input_tokens"));
        Assert.Equal("Azure", span.GetTagItem("openrouter.provider"));
        Assert.Equal(streaming ? 1.0 : null, span.GetTagItem("openrouter.time_to_first_reasoning"));
        Assert.Equal(2, span.Events.Count(e => e.Name == "openrouter.routing.attempt"));
        AssertEachOnce(span);
    }

    [Fact]
    public async Task A_loop_around_the_spans_gives_each_its_own()
    {
        using var fake = new FakeOpenRouter(r => r.Call("look").Usage(cost: 0.001m), r => r.Say("Umbrella.").Usage(cost: 0.002m));
        var agent = new ChatClientBuilder(Client(fake)).UseFunctionInvocation().UseOpenTelemetry(sourceName: _spans.Source).Build();

        await agent.TurnAsync("Oslo?", streaming: true, new() { Tools = [AIFunctionFactory.Create(() => "rain", "look")] });

        Assert.Equal([0.001, 0.002], _spans.Chats.Select(span => span.GetTagItem("openrouter.cost")));
        Assert.All(_spans.Ended.Except(_spans.Chats), span => Assert.DoesNotContain(span.TagObjects, tag => tag.Key.StartsWith("openrouter.", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("request", ActivityKind.Server, null, null)]
    [InlineData("chat by hand", ActivityKind.Internal, "chat", null)]
    [InlineData("chat gpt", ActivityKind.Client, "chat", "openai")]
    [InlineData("invoke_agent a", ActivityKind.Client, "invoke_agent", "openrouter")]
    public async Task Nothing_is_written_on_a_span_that_is_not_the_frameworks(string name, ActivityKind kind, string? operation, string? provider)
    {
        using var fake = new FakeOpenRouter(r => r.Status(503), r => r.Think("Hm.").Say("Four.").Usage(cost: 0.001m));
        using var source = new ActivitySource(_spans.Source);

        using (var own = source.StartActivity(name, kind)!)
        {
            own.SetTag("gen_ai.operation.name", operation).SetTag("gen_ai.provider.name", provider);
            await Client(fake).TurnAsync("2+2?", streaming: true);
        }

        var span = Assert.Single(_spans.Ended);
        Assert.DoesNotContain(span.TagObjects, tag => tag.Key.StartsWith("openrouter.", StringComparison.Ordinal));
        Assert.Empty(span.Events);
    }

    [Theory]
    [InlineData("request", ActivityKind.Server, null, null)]
    [InlineData("chat by hand", ActivityKind.Internal, "chat", null)]
    [InlineData("chat gpt", ActivityKind.Client, "chat", "openai")]
    [InlineData("tools by hand", ActivityKind.Internal, "orchestrate_tools", null)]
    public async Task Neither_a_failover_nor_a_stopped_loop_is_told_on_a_span_that_is_not_the_frameworks(string name, ActivityKind kind, string? operation, string? provider)
    {
        using var fake = new FakeOpenRouter(r => r.Status(503), r => r.Call("look"), r => r.Say("Umbrella."));
        using var source = new ActivitySource(_spans.Source);
        var agent = Client(fake, o => o.Retry.MaxRetries = 0).AsBuilder().UseFunctionInvocation().UseOpenRouterStopRules(rules => rules.MaxSteps = 1).UseOpenRouterFailover("b/c").Build();

        using (var own = source.StartActivity(name, kind)!)
        {
            own.SetTag("gen_ai.operation.name", operation).SetTag("gen_ai.provider.name", provider);
            var answer = await agent.TurnAsync("Oslo?", streaming: true, new() { Tools = [AIFunctionFactory.Create(() => "rain", "look")] });
            Assert.Equal("Umbrella.", answer.Messages[^1].Text);
        }

        Assert.Empty(Assert.Single(_spans.Ended).Events);
    }

    [Fact]
    public async Task A_stopped_loop_is_told_on_the_frameworks_span_of_the_loop()
    {
        using var fake = new FakeOpenRouter(r => r.Call("look"), r => r.Say("Umbrella."));
        var agent = Client(fake).AsBuilder().UseFunctionInvocation().UseOpenRouterStopRules(rules => rules.MaxSteps = 1).UseOpenTelemetry(sourceName: _spans.Source).Build();

        await agent.TurnAsync("Oslo?", streaming: true, new() { Tools = [AIFunctionFactory.Create(() => "rain", "look")] });

        Assert.Contains(Assert.Single(_spans.Ended, span => span.DisplayName == "orchestrate_tools").Events, e => e.Name == "openrouter.loop_stopped");
    }

    [Fact]
    public async Task A_reader_who_leaves_early_marks_the_answers_span_and_not_his_own()
    {
        using var fake = new FakeOpenRouter(r => r.Wait(TimeSpan.FromSeconds(2)).Think("Two and two are many things.").Say("Four."));
        using var source = new ActivitySource(_spans.Source);

        using (source.StartActivity("request"))
            await foreach (var update in Traced(Client(fake)).GetStreamingResponseAsync("2+2?", cancellationToken: TestContext.Current.CancellationToken))
                break;

        Assert.Equal(2.0, Assert.Single(_spans.Chats).GetTagItem("openrouter.time_to_first_reasoning"));
        Assert.Empty(Assert.Single(_spans.Ended, span => span.DisplayName == "request").TagObjects);
    }

    [Fact]
    public async Task A_failed_answer_says_what_it_cost()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Fail().Terminal("""{"usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15,"cost":0.0007}}"""));

        await Assert.ThrowsAsync<OpenRouterException>(() => Traced(Client(fake)).TurnAsync("2+2?", streaming: true));

        Assert.Equal(0.0007, Assert.Single(_spans.Chats).GetTagItem("openrouter.cost"));
    }

    [Fact]
    public async Task A_failed_answer_under_an_own_key_says_what_the_provider_charges_beside()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Fail().Terminal("""{"usage":{"input_tokens":10,"output_tokens":5,"cost":0.0001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.004}}}"""));

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Traced(Client(fake)).TurnAsync("2+2?", streaming: true));

        var (span, partial) = (Assert.Single(_spans.Chats), failure.PartialResponse!.GetOpenRouter());
        Assert.Equal((0.0001, 0.004), (span.GetTagItem("openrouter.cost"), span.GetTagItem("openrouter.upstream_cost")));
        Assert.Equal((true, 0.0041m), (partial.IsByok, partial.TotalSpend));
    }

    [Fact]
    public async Task The_span_around_a_failover_is_written_on()
    {
        using var fake = new FakeOpenRouter(r => r.Status(503), r => r.Say("Four.").Served("b/c", "Azure").Usage(cost: 0.001m));
        var client = new ChatClientBuilder(Client(fake, o => o.Retry.MaxRetries = 0)).UseOpenTelemetry(sourceName: _spans.Source).UseOpenRouterFailover("b/c").Build();

        await client.TurnAsync("2+2?", streaming: true);

        Assert.Equal("Azure", Assert.Single(_spans.Chats).GetTagItem("openrouter.provider"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_sensitive_data_on_each_fact_still_stands_once(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Wait(TimeSpan.FromSeconds(2)).Think("Hm.").Say("Four.").Served("openai/o4-mini", "OpenAI").Terminal(Ending));
        var client = new ChatClientBuilder(Client(fake)).UseOpenTelemetry(sourceName: _spans.Source, configure: telemetry => telemetry.EnableSensitiveData = true).Build();

        await client.TurnAsync("2+2?", streaming);

        AssertEachOnce(Assert.Single(_spans.Chats));
    }

    [Fact]
    public async Task Without_the_frameworks_own_switch_no_word_of_the_conversation_is_told()
    {
        using var fake = new FakeOpenRouter(r => r.Status(503, "secret-upstream"), r => r.Think("secret-thought").Say("secret-answer").Served("openai/o4-mini", "OpenAI").Terminal(Ending));
        using var heard = new Measurements(OpenRouterDefaults.TelemetryName);

        await Traced(Client(fake, o => o.ApiKey = "sk-or-secret-key")).TurnAsync("secret-question", streaming: true, new ChatOptions().WithOpenRouter(new() { User = "secret-user", SessionId = "secret-session" }));

        var told = _spans.Ended.SelectMany(span => span.TagObjects.Concat(span.Events.SelectMany(e => e.Tags))).Concat(heard.Taken.SelectMany(one => one.Tags)).Select(tag => $"{tag.Key}={tag.Value}").ToList();
        Assert.NotEmpty(told);
        Assert.DoesNotContain(told, tag => tag.Contains("secret", StringComparison.Ordinal));
    }

    public void Dispose() => _spans.Dispose();

    private IChatClient Traced(IChatClient client) => client.AsBuilder().UseOpenTelemetry(sourceName: _spans.Source).Build();

    private static void AssertEachOnce(Activity span) => Assert.Equal(span.TagObjects.Select(tag => tag.Key).Distinct(), span.TagObjects.Select(tag => tag.Key));
}

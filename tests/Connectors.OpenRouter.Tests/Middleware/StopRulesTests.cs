using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Logging;
using Moq;

namespace Connectors.OpenRouter.Tests.Middleware;

public class StopRulesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_loop_of_too_many_steps_ends_with_a_last_word_without_tools(bool streaming)
    {
        using var fake = new FakeOpenRouter(Look(1), Look(2), r => r.Say("Two of three cities were dry."));
        using var client = Over(fake, rules => rules.MaxSteps = 2);

        var answer = await AskAsync(client, streaming);

        Assert.Equal("Two of three cities were dry.", answer.Messages[^1].Text);
        Assert.Equal("none", fake.LastRequest["tool_choice"]);
        Assert.Contains("has called functions in 2 answers", fake.LastRequest.Body, StringComparison.Ordinal);
        Assert.Equal("The function loop was stopped: the model has called functions in 2 answers of at most 2.", Assert.Single(answer.GetOpenRouter().Warnings));
        Assert.Equal(2, answer.Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_last_word_the_answer_ends_and_keeps_what_was_said(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("First Oslo.").Say("I look.").Call("look", new { city = 1 }));
        using var client = Over(fake, rules => (rules.MaxSteps, rules.LastWord) = (1, false));

        var answer = await AskAsync(client, streaming);

        Assert.Equal("I look.", answer.Messages[0].Text);
        Assert.Equal("First Oslo.", answer.GetReasoningText());
        Assert.Equal(OpenRouterStopRules.FinishReason, answer.FinishReason);
        var end = Assert.IsType<ErrorContent>(Assert.Single(answer.Messages[^1].Contents));
        Assert.Equal(("stop_rule", "steps"), (end.ErrorCode, end.Details));
        Assert.Contains("1 answers of at most 1", Assert.Single(answer.GetOpenRouter().Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_loop_that_costs_too_much_sends_nothing_more(bool streaming)
    {
        using var fake = new FakeOpenRouter(Look(1, cost: 0.03m), Look(2, cost: 0.03m), r => r.Say("never said"));
        using var client = Over(fake, rules => rules.MaxCost = 0.05m);

        var answer = await AskAsync(client, streaming);

        Assert.Equal(2, fake.Requests.Count);
        Assert.Equal("The function loop was stopped: its answers cost $0.06 of at most $0.05.", Assert.Single(answer.GetOpenRouter().Warnings));
        Assert.Equal(0.06m, answer.GetOpenRouter().Cost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_an_own_provider_key_what_the_provider_charges_counts_too(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            r => r.Call("look", new { city = 1 }).Terminal("""{"usage":{"input_tokens":1,"output_tokens":1,"cost":0.001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.06}}}"""), r => r.Say("never said"));
        using var client = Over(fake, rules => rules.MaxCost = 0.05m);

        var answer = await AskAsync(client, streaming);

        Assert.Single(fake.Requests);
        Assert.Equal("The function loop was stopped: its answers cost $0.061 of at most $0.05.", Assert.Single(answer.GetOpenRouter().Warnings));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_loop_that_uses_too_many_tokens_sends_nothing_more(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            r => r.Call("look", new { city = 1 }).Usage(input: 100, output: 20), r => r.Call("look", new { city = 2 }).Usage(input: 130, output: 20), r => r.Say("never said"));
        using var client = Over(fake, rules => rules.MaxTokens = 250);

        var answer = await AskAsync(client, streaming);

        Assert.Equal("tokens", Assert.IsType<ErrorContent>(answer.Messages[^1].Contents[0]).Details);
        Assert.Contains("270 tokens of at most 250", answer.GetOpenRouter().Warnings[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_that_goes_in_circles_is_told_and_then_stopped(bool streaming)
    {
        using var fake = new FakeOpenRouter(Look(1), Look(1), Look(1), Look(1), r => r.Say("It stays the same."));
        using var client = Over(fake);

        var answer = await AskAsync(client, streaming);

        Assert.DoesNotContain("called look", fake.Requests[2].Body, StringComparison.Ordinal);
        Assert.Contains("You have called look with the same arguments 3 times in a row", fake.Requests[3].Body, StringComparison.Ordinal);
        Assert.Equal((null, "none"), (fake.Requests[3]["tool_choice"], fake.Requests[4]["tool_choice"]));
        Assert.Equal("It stays the same.", answer.Messages[^1].Text);
        Assert.DoesNotContain(answer.Messages, message => message.Role == ChatRole.System);
    }

    [Fact]
    public async Task The_same_call_with_another_result_is_no_circle()
    {
        using var fake = new FakeOpenRouter([.. Enumerable.Repeat(Look(1), 6), r => r.Say("Done.")]);
        var polls = 0;
        using var client = Over(fake);

        var answer = await client.GetResponseAsync("Wait for it.", new() { Tools = [AIFunctionFactory.Create((int city) => $"{city}: {++polls} percent", "look")] });

        Assert.Equal("Done.", answer.Messages[^1].Text);
        Assert.DoesNotContain(fake.Requests, request => request.Body.Contains("same result", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_that_calls_on_when_asked_for_its_last_word_is_ended()
    {
        using var fake = new FakeOpenRouter(Look(1), Look(2), r => r.Say("never said"));
        using var client = Over(fake, rules => rules.MaxSteps = 1);

        var answer = await AskAsync(client, streaming: false);

        Assert.Equal(2, fake.Requests.Count);
        Assert.Equal(OpenRouterStopRules.FinishReason, answer.FinishReason);
    }

    [Fact]
    public async Task The_next_question_begins_to_count_anew()
    {
        using var fake = new FakeOpenRouter(Look(1, 0.04m), r => r.Say("One.").Usage(cost: 0.01m), Look(2, 0.04m), r => r.Say("Two."));
        using var client = Over(fake, rules => (rules.MaxSteps, rules.MaxCost) = (1, 0.05m));
        List<ChatMessage> history = [new(ChatRole.User, "One?")];

        history.AddMessages(await client.GetResponseAsync(history, Tools()));
        history.Add(new(ChatRole.User, "Two?"));
        var second = await client.GetResponseAsync(history, Tools());

        Assert.Equal("Two.", second.Messages[^1].Text);
    }

    [Fact]
    public async Task An_ending_can_go_back_in_the_history()
    {
        using var fake = new FakeOpenRouter(Look(1, 0.04m), r => r.Say("All is well.")) { Strict = true };
        using var client = Over(fake, rules => rules.MaxCost = 0.01m);
        List<ChatMessage> history = [new(ChatRole.User, "One?")];

        history.AddMessages(await client.GetResponseAsync(history, Tools()));
        history.Add(new(ChatRole.User, "And now?"));

        Assert.Equal("All is well.", (await client.GetResponseAsync(history, Tools())).Text);
    }

    [Fact]
    public async Task A_loop_over_another_client_is_stopped_as_well()
    {
        var asked = 0;
        var other = new Mock<IChatClient>();
        other.Setup(client => client.GetResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions>(), It.IsAny<CancellationToken>()))
            .Returns(() => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent($"call_{++asked}", "look", new Dictionary<string, object?> { ["city"] = asked })])) { Usage = new() { TotalTokenCount = 100 } }));
        using var client = other.Object.AsBuilder().UseFunctionInvocation().UseOpenRouterStopRules(rules => rules.MaxTokens = 250).Build();

        var answer = await client.GetResponseAsync("Where is it dry?", Tools());

        Assert.Equal((3, OpenRouterStopRules.FinishReason), (asked, answer.FinishReason));
        Assert.Equal(3, answer.Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_sums_of_two_loops_at_once_are_kept_apart(bool streaming)
    {
        using var fake = new FakeOpenRouter().Otherwise(r =>
        {
            if (r.Request.UserText == "dear")
                r.Call("look", new { city = r.Request.Json.GetProperty("input").GetArrayLength() }).Usage(cost: 0.03m);
            else if (r.Request.Json.GetProperty("input").GetArrayLength() < 9)
                r.Call("look", new { city = r.Request.Json.GetProperty("input").GetArrayLength() }).Usage(cost: 0.001m);
            else
                r.Say("Cheap.");
        });
        using var client = Over(fake, rules => rules.MaxCost = 0.05m);

        var (dear, cheap) = (AskAsync(client, streaming, "dear"), AskAsync(client, streaming, "cheap"));

        Assert.Equal(OpenRouterStopRules.FinishReason, (await dear).FinishReason);
        Assert.Equal("Cheap.", (await cheap).Messages[^1].Text);
    }

    [Fact]
    public void Rules_outside_the_loop_are_refused_because_they_would_see_nothing()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => new OpenRouterChatClient("a/b", "sk-or").AsBuilder().UseOpenRouterStopRules().UseFunctionInvocation().Build());
        Assert.Contains("after UseFunctionInvocation", refusal.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Limits => new()
    {
        { nameof(OpenRouterStopRules.MaxRepeats), "at least 2, or null for no limit: one call is no repetition." },
        { nameof(OpenRouterStopRules.MaxSteps), "at least 1, or null for no limit." },
        { nameof(OpenRouterStopRules.MaxTokens), "at least 1, or null for no limit." },
        { nameof(OpenRouterStopRules.MaxCost), "above zero, or null for no limit." },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void A_limit_that_no_loop_could_keep_is_named(string limit, string must)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => new OpenRouterChatClient("a/b", "sk-or").AsBuilder().UseOpenRouterStopRules(rules => Set(rules, limit)));
        Assert.Equal($"OpenRouterStopRules.{limit} must be {must}", refusal.Message);

        static object? Set(OpenRouterStopRules rules, string limit) => limit switch
        {
            nameof(rules.MaxRepeats) => rules.MaxRepeats = 1,
            nameof(rules.MaxSteps) => rules.MaxSteps = 0,
            nameof(rules.MaxTokens) => rules.MaxTokens = 0,
            _ => rules.MaxCost = 0,
        };
    }

    [Theory]
    [InlineData(100L, null, 3)]
    [InlineData(null, 100L, 3)]
    [InlineData(null, null, 6)]
    public async Task Tokens_are_counted_as_they_are_told(long? total, long? input, int asked)
    {
        var answers = 0;
        var other = new Mock<IChatClient>();
        other.Setup(client => client.GetStreamingResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions>(), It.IsAny<CancellationToken>()))
            .Returns(() => new ChatResponseUpdate[]
            {
                new(ChatRole.Assistant, [++answers > 5 ? new TextContent("Done.") : new FunctionCallContent($"call_{answers}", "look", new Dictionary<string, object?> { ["city"] = answers })]),
                new(ChatRole.Assistant, [new UsageContent(new() { TotalTokenCount = total, InputTokenCount = input, OutputTokenCount = input is null ? null : 0 })]),
            }.ToAsyncEnumerable());
        using var client = other.Object.AsBuilder().UseFunctionInvocation().UseOpenRouterStopRules(rules => rules.MaxTokens = 250).Build();

        await client.GetStreamingResponseAsync("Where is it dry?", Tools()).ToChatResponseAsync();

        Assert.Equal(asked, answers);
    }

    [Fact]
    public async Task That_nothing_says_what_an_answer_cost_is_logged_once()
    {
        var log = new FakeLogCollector();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log)));
        var other = new Mock<IChatClient>();
        other.Setup(client => client.GetResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => new(new ChatMessage(ChatRole.Assistant, "Done.")));
        other.Setup(client => client.GetService(typeof(ILoggerFactory), null)).Returns(loggers);
        using var client = other.Object.AsBuilder().UseOpenRouterStopRules(rules => rules.MaxCost = 1).Build();

        await client.GetResponseAsync(Once());
        await client.GetResponseAsync(Once());

        Assert.Single(log.GetSnapshot());

        static IEnumerable<ChatMessage> Once()
        {
            yield return new(ChatRole.User, "q");
        }
    }

    private static Action<FakeReply> Look(int city, decimal cost = 0.001m) => r => r.Think("Look.").Call("look", new { city }).Usage(cost: cost);

    private static ChatOptions Tools() => new() { Tools = [AIFunctionFactory.Create((int city) => $"{city}: dry", "look")] };

    private static IChatClient Over(FakeOpenRouter fake, Action<OpenRouterStopRules>? rules = null) =>
        new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient()).AsBuilder().UseFunctionInvocation().UseOpenRouterStopRules(rules).Build();

    private static async Task<ChatResponse> AskAsync(IChatClient client, bool streaming, string question = "Where is it dry?") =>
        streaming ? await client.GetStreamingResponseAsync(question, Tools()).ToChatResponseAsync() : await client.GetResponseAsync(question, Tools());
}

using System.Net;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>A tool loop and a second turn with every family, against a service that refuses what the family's provider refuses.</summary>
public class FamiliesStory
{
    public static TheoryData<string, FakeThinking> ModelFamilies => new()
    {
        { "openai/o4-mini", FakeThinking.Summary },
        { "openai/o4-mini", FakeThinking.Encrypted },
        { "anthropic/claude-opus-5", FakeThinking.Anthropic },
        { "anthropic/claude-opus-5", FakeThinking.Summary },
        { "anthropic/claude-opus-5", FakeThinking.Encrypted }, // redacted thinking
        { "google/gemini-3-flash", FakeThinking.Gemini },
        { "google/gemini-3-flash", FakeThinking.Summary },
        { "x-ai/grok-5", FakeThinking.Summary },
        { "x-ai/grok-5", FakeThinking.Encrypted },
        { "deepseek/deepseek-v4", FakeThinking.Text },
        { "openai/o4-mini", FakeThinking.Text },
        { "openrouter/auto", FakeThinking.Legacy },
    };

    [Theory]
    [MemberData(nameof(ModelFamilies))]
    public async Task Thinking_between_calls_comes_back_over_two_turns(string model, FakeThinking style)
    {
        using var fake = Scripted(style);
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = model }, fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();

        var answer = await Converse(client, history => client.GetStreamingResponseAsync(history, Options).ToChatResponseAsync());

        Assert.Equal("Better.", answer.Text);
        Assert.All(answer.GetOpenRouter().Warnings, warning => Assert.DoesNotContain("not sent", warning, StringComparison.Ordinal));
        AssertAllSent(fake);
    }

    [Theory]
    [MemberData(nameof(ModelFamilies))]
    public async Task It_is_the_same_without_streaming(string model, FakeThinking style)
    {
        using var fake = Scripted(style);
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = model }, fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();

        var answer = await Converse(client, history => client.GetResponseAsync(history, Options));

        Assert.Equal("Better.", answer.Text);
        AssertAllSent(fake);
    }

    [Theory]
    [MemberData(nameof(ModelFamilies))]
    public async Task Thinking_that_is_not_to_be_heard_comes_back_all_the_same(string model, FakeThinking style)
    {
        using var fake = Scripted(style);
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = model }, fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();
        var options = Options;
        options.Reasoning = new() { Effort = ReasoningEffort.High, Output = ReasoningOutput.None };

        var answer = await Converse(client, history => client.GetStreamingResponseAsync(history, options).ToChatResponseAsync());

        Assert.Equal("", answer.GetReasoningText());
        AssertAllSent(fake);
    }

    [Fact]
    public async Task Another_familys_signed_thinking_stays_at_home_and_the_reader_is_told()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Anthropic).Say("One."), r => r.Say("Two."), r => r.Say("Three.")) { Strict = true };
        var client = new OpenRouterChatClient("anthropic/claude-opus-5", httpClient: fake.CreateClient());
        List<ChatMessage> history = [new(ChatRole.User, "One?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Two?"));

        var other = await client.GetResponseAsync(history, new() { ModelId = "google/gemini-3-flash" });
        await client.GetResponseAsync(history);

        Assert.Contains(other.GetOpenRouter().Warnings, warning => warning.Contains("another model family", StringComparison.Ordinal));
        Assert.Equal([0, 1], fake.Requests.Skip(1).Select(request => Sent(request, "reasoning")));
        Assert.Equal([1, 1], fake.Requests.Skip(1).Select(request => Sent(request, "message") - 2));
    }

    [Theory]
    [InlineData("openrouter/auto")]
    [InlineData("@preset/mine")]
    [InlineData("newcomer/model-1")]
    public async Task Whoever_may_answer_gets_everything(string model)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Anthropic).Say("One."), r => r.Say("Two."));
        var client = new OpenRouterChatClient("anthropic/claude-opus-5", httpClient: fake.CreateClient());
        List<ChatMessage> history = [new(ChatRole.User, "One?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Two?"));

        var report = client.Explain(history, new() { ModelId = model });

        Assert.Contains("\"signature\"", report.Json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The encrypted content gAAA could not be verified.")]
    [InlineData("messages.1.content.0: Invalid `signature` in `thinking` block")]
    [InlineData("Item with id 'rs_68af' not found. Items are not persisted when `store` is set to false.")]
    public async Task Refused_thinking_is_left_out_once_and_the_reader_is_told(string refusal)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("One."), r => r.Status(400, refusal), r => r.Say("Two."));
        var client = new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient());
        List<ChatMessage> history = [new(ChatRole.User, "One?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Two?"));

        var answer = await client.GetStreamingResponseAsync(history).ToChatResponseAsync();

        Assert.Equal("Two.", answer.Text);
        Assert.Equal([0, 1, 0], fake.Requests.Select(request => Sent(request, "reasoning")));
        Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("the service had refused it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_refusal_is_the_answer()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("One."), r => r.Status(400, "Invalid signature"), r => r.Status(400, "Invalid signature"));
        var client = new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient());
        List<ChatMessage> history = [new(ChatRole.User, "One?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "Two?"));

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync(history));

        Assert.Equal(HttpStatusCode.BadRequest, failure.StatusCode);
        Assert.Equal(3, fake.Requests.Count);
    }

    [Fact]
    public async Task A_refusal_of_a_history_without_thinking_is_not_asked_again()
    {
        using var fake = new FakeOpenRouter(r => r.Status(400, "Invalid signature of the webhook"));
        var client = new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient());

        await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("One?"));

        Assert.Single(fake.Requests);
    }

    private static ChatOptions Options => new() { Tools = [AIFunctionFactory.Create((string city) => $"rain in {city}", "get_weather")] };

    /// <summary>Thinking before, between and after parallel calls; then another turn with a call.</summary>
    private static FakeOpenRouter Scripted(FakeThinking style) => new(
        r => r.Think("First Oslo.", style).Say("Let me look.").Call("get_weather", new { city = "Oslo" }).Think("And Bergen.", style).Call("get_weather", new { city = "Bergen" }),
        r => r.Think("Both wet.", style).Think("What about Tromsø?", style).Call("get_weather", new { city = "Tromsø" }),
        r => r.Think("So be it.", style).Say("Stay at home."),
        r => r.Think("Tomorrow.", style).Call("get_weather", new { city = "Oslo" }),
        r => r.Think("Fine.", style).Say("Better."))
    { Strict = true };

    private static async Task<ChatResponse> Converse(IChatClient client, Func<List<ChatMessage>, Task<ChatResponse>> ask)
    {
        List<ChatMessage> history = [new(ChatRole.User, "Where does it rain?")];
        history.AddMessages(await ask(history));
        history.Add(new(ChatRole.User, "And tomorrow?"));
        return await ask(history);
    }

    private static void AssertAllSent(FakeOpenRouter fake)
    {
        fake.VerifyAllReplied();
        Assert.Equal([0, 2, 4, 5, 6], fake.Requests.Select(request => Sent(request, "reasoning")));
        Assert.Equal(["message", "reasoning", "message", "function_call", "reasoning", "function_call", "function_call_output", "function_call_output",
            "reasoning", "reasoning", "function_call", "function_call_output", "reasoning", "message", "message", "reasoning", "function_call", "function_call_output"],
            fake.LastRequest.Json.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("type").GetString()));
    }

    private static int Sent(FakeRequest request, string type) => request.Json.GetProperty("input").EnumerateArray().Count(item => item.GetProperty("type").GetString() == type);
}

using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>docs/testing-offline.md: its programs stand here as they stand there, and run.</summary>
public class TestingOfflineStory
{
    [Fact]
    public async Task A_first_test()
    {
        using var fake = new FakeOpenRouter(
            r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)),
            r => r.Think("Easy.").Say("Four."));
        var client = new OpenRouterChatClient(new() { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());

        var response = await client.GetResponseAsync("2+2?");

        Assert.Equal("Four.", response.Text);
        Assert.Equal("Easy.", response.GetReasoningText());
        Assert.Equal(TimeSpan.FromSeconds(20), fake.Waited);
    }

    [Fact]
    public async Task Replies()
    {
        using var fake = new FakeOpenRouter()
            .Reply(r => r.Think("I need the weather.").Call("get_weather", new { city = "Oslo" }))
            .When(q => q.ToolOutput("get_weather") is "rain", r => r.Say("Take an umbrella.").Usage(cost: 0.002m))
            .Otherwise(r => r.Say($"You said: {r.Request.UserText}"));
        IChatClient agent = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.High }, Tools = [AIFunctionFactory.Create((string city) => "rain", "get_weather")] };

        var response = await agent.GetResponseAsync("Umbrella in Oslo?", options);

        Assert.Equal("Take an umbrella.", response.Text);
        Assert.Equal("high", fake.LastRequest["reasoning.effort"]);
        Assert.Equal("Umbrella in Oslo?", fake.LastRequest.UserText);
        fake.VerifyAllReplied();
    }

    [Fact]
    public async Task Requests()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Once upon a time there was a very long story."));
        var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());

        await foreach (var update in client.GetStreamingResponseAsync("Tell me a story."))
        {
            if (update.Text.Contains("time", StringComparison.Ordinal))
                break;
        }

        Assert.True(fake.LastRequest.Aborted);
    }

    [Fact]
    public async Task Time()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("The answer is").Stall());
        var client = new OpenRouterChatClient(new() { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());

        var exception = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => client.GetStreamingResponseAsync("?").ToChatResponseAsync());

        Assert.Equal(OpenRouterPhase.Silence, exception.Phase);
        Assert.Equal("The answer is", exception.PartialResponse?.Text);
    }

    [Fact]
    public void Recording_the_real_service()
    {
        using var tape = new OpenRouterTape("weather.tape");
        var client = new OpenRouterChatClient("openai/o4-mini", httpClient: tape.CreateClient());

        Assert.NotNull(client);
    }

    [Fact]
    public async Task Parallel_calls_take_turns()
    {
        using var fake = new FakeOpenRouter(r => r.Interleave(
            one => one.Call("get_weather").Arguments("{\"city\":", "\"Oslo\"}"),
            two => two.Call("get_weather").Arguments("{\"city\":", "\"Bergen\"}")));
        var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());

        var response = await client.GetStreamingResponseAsync("Where does it rain?").ToChatResponseAsync();

        var calls = response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>();
        Assert.Equal(["Oslo", "Bergen"], calls.Select(call => call.Arguments?["city"]?.ToString()));
    }

    [Fact]
    public async Task A_frame_arrives_broken()
    {
        using var fake = new FakeOpenRouter(r => r.Say("The answer").Damage().Say(" is four."));
        var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());

        var response = await client.GetStreamingResponseAsync("2+2?").ToChatResponseAsync();

        Assert.NotEmpty(response.GetOpenRouter().Warnings);
    }

    [Fact]
    public async Task A_conversation_and_its_checks()
    {
        using var fake = new FakeOpenRouter()
            .When(q => q.UserText.Contains("Oslo", StringComparison.Ordinal), r => r.Think("Rain is likely.").Say("Take an umbrella."))
            .When(q => q.UserText.Contains("Bergen", StringComparison.Ordinal), r => r.Say("There too."));
        var client = new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient());
        List<ChatMessage> history = [new(ChatRole.User, "What about Oslo?")];

        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "And Bergen?"));
        var response = await client.GetResponseAsync(history);

        Assert.Equal("There too.", response.Text);
        fake.VerifyRequests(2);
        fake.VerifyReasoningReturned();
        fake.LastRequest.Verify("model", "openai/o4-mini").Verify("store", null).VerifyUserText("And Bergen?");
    }

    [Fact]
    public async Task What_an_error_says_beside_its_message()
    {
        using var fake = new FakeOpenRouter(
            r => r.Status(402).ErrorMetadata("""{"limit_source":"openrouter_in_flight_budget","retry_after_seconds":7}"""),
            r => r.Say("Four."));
        var client = new OpenRouterChatClient(new() { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());

        var response = await client.GetResponseAsync("2+2?");

        Assert.Equal("Four.", response.Text);
        Assert.Equal(TimeSpan.FromSeconds(7), fake.Waited);
    }

    [Fact]
    public async Task Endpoints_proxies_and_headers()
    {
        using var fake = new FakeOpenRouter(
            r => r.Unavailable("constraint_filtered", excludedBy: ["max_price"], fallbackModels: ["a/cheaper"]),
            r => r.Status(502).ErrorBody("<html>Bad Gateway</html>"),
            r => r.Say("Four.").FromCache(TimeSpan.FromMinutes(2)).Header("X-Generation-Id", null));
        var client = new OpenRouterChatClient(new() { Model = "a/b", Retry = { MaxRetries = 0 } }, fake.CreateClient());

        var unavailable = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("2+2?"));
        var proxy = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("2+2?"));
        var cached = await client.GetResponseAsync("2+2?");

        Assert.Equal(["a/cheaper"], unavailable.Availability?.FallbackModels);
        Assert.True(proxy.IsTransient);
        Assert.Equal(("HIT", 0m), (cached.GetOpenRouter().CacheStatus, cached.Usage?.GetCost()));
    }

    [Fact]
    public void Every_program_of_the_page_stands_here()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "testing-offline.md"));
        var here = Lines(File.ReadAllText(Path.Combine(Root(), "tests", "Connectors.OpenRouter.Tests", "Stories", "TestingOfflineStory.cs")));

        var programs = page.Split("```csharp").Skip(1).Select(rest => Lines(rest.Split("```")[0])).ToList();

        Assert.NotEmpty(programs);
        Assert.All(programs, program => Assert.Contains(program, here, StringComparison.Ordinal));
    }

    private static string Lines(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Connectors.OpenRouter.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
        return folder;
    }
}

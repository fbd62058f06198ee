using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Moq;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>What the service does with things of others: clients, factories, reducers, loggers, watchers of options.</summary>
public class OtherHandsStory
{
    private static readonly OpenRouterPromptExecutionSettings Auto = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Any_client_is_asked_once_with_the_callers_token(bool streaming)
    {
        using var stop = new CancellationTokenSource();
        var client = Clients.Saying(new Microsoft.Extensions.AI.TextContent("Hi."));
        var chat = client.Object.AsReasoningChatCompletionService();

        if (streaming)
            await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync(new ChatHistory("hello"), cancellationToken: stop.Token))
                Assert.Equal("Hi.", chunk.Content);
        else
            Assert.Equal("Hi.", (await chat.GetChatMessageContentAsync(new ChatHistory("hello"), cancellationToken: stop.Token)).Content);

        client.Verify(it => it.GetResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions?>(), stop.Token), Times.Exactly(streaming ? 0 : 1));
        client.Verify(it => it.GetStreamingResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions?>(), stop.Token), Times.Exactly(streaming ? 1 : 0));
        client.Verify(it => it.Dispose(), Times.Never);
    }

    [Fact]
    public async Task The_factory_of_a_host_gives_a_client_for_each_call()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var factory = new Mock<IHttpClientFactory>();
        factory.Setup(it => it.CreateClient(OpenRouterDefaults.HttpClientName)).Returns(() => fake.CreateClient());
        var services = new ServiceCollection();
        services.AddOpenRouterChatCompletion("author/model", "key");
        services.AddSingleton(factory.Object);
        await using var provider = services.BuildServiceProvider();
        var chat = provider.GetRequiredService<IChatCompletionService>();

        await chat.GetChatMessageContentAsync("hi");
        await chat.GetChatMessageContentAsync("hi");

        factory.Verify(it => it.CreateClient(OpenRouterDefaults.HttpClientName), Times.Exactly(2));
    }

    [Fact]
    public async Task A_given_client_is_used_and_the_factory_is_not_asked()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        using var http = fake.CreateClient();
        var factory = new Mock<IHttpClientFactory>(MockBehavior.Strict);
        var services = new ServiceCollection();
        services.AddOpenRouterChatCompletion("author/model", httpClient: http);
        services.AddSingleton(factory.Object);
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("Hi.", (await provider.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync("hi")).Content);
    }

    [Fact]
    public async Task What_a_watcher_of_the_options_says_holds_for_the_next_call()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var key = "first";
        var monitor = new Mock<IOptionsMonitor<OpenRouterOptions>>();
        monitor.Setup(it => it.Get(It.IsAny<string?>())).Returns(() => new OpenRouterOptions { Model = "author/model", ApiKey = key });
        var services = new ServiceCollection();
        services.AddOpenRouterChatCompletion("author/model", httpClient: new HttpClient(fake, disposeHandler: false));
        services.AddSingleton(monitor.Object);
        await using var provider = services.BuildServiceProvider();
        var chat = provider.GetRequiredService<IChatCompletionService>();

        await chat.GetChatMessageContentAsync("hi");
        key = "second";
        await chat.GetChatMessageContentAsync("hi");

        Assert.Equal(["Bearer first", "Bearer second"], fake.Requests.Select(request => request.Headers["Authorization"]));
    }

    /// <summary>Reducers count messages, not calls: one of them may cut a call from its result.</summary>
    [Fact]
    public async Task What_a_reducer_cut_apart_is_sent_whole_or_not_at_all()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."), r => r.Say("Quite.")) { Strict = true };
        var kernel = Kernels.Over(fake);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        await kernel.TurnAsync(history, streaming: false, Auto);
        history.AddUserMessage("Sure?");
        var reducer = new Mock<IChatHistoryReducer>();
        reducer.Setup(it => it.ReduceAsync(It.IsAny<IReadOnlyList<ChatMessageContent>>(), It.IsAny<CancellationToken>())).ReturnsAsync((IReadOnlyList<ChatMessageContent> all, CancellationToken _) => all.Skip(2));

        Assert.True(await history.ReduceInPlaceAsync(reducer.Object, CancellationToken.None));
        var answer = await kernel.TurnAsync(history, streaming: false, Auto);

        Assert.Equal("Quite.", answer.Content);
        Assert.DoesNotContain("function_call", fake.LastRequest.Json.GetProperty("input").GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>The framework's reducers stand in the client's pipeline, below the service: the history stays whole, the request gets shorter.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_reducer_of_the_framework_leaves_is_what_is_sent(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."), r => r.Say("Quite.")) { Strict = true };
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());
        var reducer = new Mock<IChatReducer>();
        reducer.Setup(it => it.ReduceAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((IEnumerable<ChatMessage> all, CancellationToken _) => all.Count() > 4 ? all.TakeLast(3) : all);
        using var reducing = client.AsBuilder().UseChatReducer(reducer.Object).Build();
        var chat = reducing.AsReasoningChatCompletionService();
        var kernel = Kernels.Over(fake);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");

        history.Add(await AskAsync());
        history.AddUserMessage("Sure?");
        var answer = await AskAsync();

        Assert.Equal("Quite.", answer.Content);
        Assert.Equal(5, history.Count);
        Assert.Equal(["assistant", "user"], fake.LastRequest.Json.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("role").GetString())); // the result lost its call
        reducer.Verify(it => it.ReduceAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<CancellationToken>()), Times.Exactly(3));

        async Task<ChatMessageContent> AskAsync() => streaming
            ? (await chat.GetStreamingChatMessageContentsAsync(history, Auto, kernel).ToListAsync()).ToChatMessageContent()
            : await chat.GetChatMessageContentAsync(history, Auto, kernel);
    }

    [Fact]
    public async Task The_log_tells_what_became_of_a_call()
    {
        using var fake = new FakeOpenRouter(r => r.Item("""{"type":"function_call","call_id":"call_1","name":"Weather_Nothing","arguments":"{}"}"""), r => r.Say("Sorry."));
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());
        var logger = new Mock<ILogger>();
        logger.Setup(it => it.IsEnabled(It.IsAny<LogLevel>())).Returns(true);
        var loggers = new Mock<ILoggerFactory>();
        loggers.Setup(it => it.CreateLogger(It.IsAny<string>())).Returns(logger.Object);

        await new OpenRouterChatCompletionService(client, loggers.Object).GetChatMessageContentAsync(new ChatHistory("Oslo?"), Auto, Kernels.Over(fake));

        Assert.Single(logger.Invocations, call => call.Arguments is [LogLevel.Debug, _, var state, ..] && state.ToString()!.Contains("Weather_Nothing", StringComparison.Ordinal));
    }
}

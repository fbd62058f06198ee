using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Connectors.OpenRouter.Tests.Middleware;

public class CacheReportTests
{
    private readonly FakeLogCollector _log = new();
    private readonly FakeTimeProvider _clock = new();
    private int _turn;

    [Fact]
    public async Task A_prompt_that_came_from_the_cache_says_nothing()
    {
        using var client = Client([(2000, 0, "OpenAI"), (2500, 1920, "OpenAI")]);

        await AskAsync(client, Turn(1));
        await AskAsync(client, Turn(2));

        Assert.Empty(Lines());
    }

    [Fact]
    public async Task A_clock_in_the_system_message_is_named_as_what_spoils_the_cache()
    {
        using var client = Client([(2000, 0, "OpenAI"), (2500, 0, "OpenAI")]);

        await AskAsync(client, [new(ChatRole.System, "It is 13:20."), .. Turn(1)]);
        await AskAsync(client, [new(ChatRole.System, "It is 13:21."), .. Turn(2)]);

        Assert.Equal("The prompt cache was missed: message 1 of 2 (system) is not what it was in the request before. 2000 tokens were read anew.", Assert.Single(Lines()));
    }

    [Fact]
    public async Task Once_the_catalogue_is_known_the_money_lost_is_named()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Terminal("""{"usage":{"input_tokens":2000,"input_tokens_details":{"cached_tokens":0},"output_tokens":1}}"""));
        using var lookups = new Lookups(fake).With("models", """{"data":[{"id":"a/b","pricing":{"prompt":"0.000003","completion":"0.00001","input_cache_read":"0.0000003"}}]}""");
        using var http = lookups.CreateClient();
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, http).AsBuilder().UseOpenRouterCacheReport().Build(Host());

        await client.GetService<OpenRouterPlatform>()!.GetModelsAsync();
        await AskAsync(client, [new(ChatRole.System, "It is 13:20."), .. Turn(1)]);
        await AskAsync(client, [new(ChatRole.System, "It is 13:21."), .. Turn(2)]);

        Assert.EndsWith(" 2000 tokens were read anew, which cost $0.0054 more.", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    public static TheoryData<string> Changes => ["arguments", "a file", "a store", "an MCP server", "a raw tool"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Whatever_is_sent_otherwise_than_before_is_seen(string what)
    {
        using var client = Client([(2000, 0, "OpenAI"), (2500, 0, "OpenAI")]);
        foreach (var number in new[] { 1, 2 })
        {
            AIContent content = what switch
            {
                "arguments" => new FunctionCallContent("c1", "f", new Dictionary<string, object?> { ["n"] = number }),
                "a file" => new HostedFileContent($"file-{number}"),
                "a store" => new HostedVectorStoreContent($"vs-{number}"),
                _ => new TextContent("x"),
            };
            AITool? tool = what switch
            {
                "an MCP server" => new HostedMcpServerTool("m", new Uri($"https://m{number}.example/")),
                "a raw tool" => OpenRouterTools.Raw(new System.Text.Json.Nodes.JsonObject { ["type"] = "x", ["n"] = number }),
                _ => null,
            };
            await AskAsync(client, [new(ChatRole.User, "Question 1?"), new(ChatRole.Assistant, [content]), new(ChatRole.User, "More.")], tool is null ? null : new() { Tools = [tool] });
        }

        Assert.Contains(what is "an MCP server" or "a raw tool" ? "the tools are not those" : "message 2 of 3 (assistant) is not what it was", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_provider_is_named()
    {
        using var client = Client([(2000, 0, "OpenAI"), (2500, 0, "Azure")]);

        await AskAsync(client, Turn(1));
        await AskAsync(client, Turn(2));

        Assert.StartsWith("The prompt cache was missed: Azure answered instead of OpenAI.", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_that_no_cache_outlives_is_named()
    {
        using var client = Client([(2000, 0, "OpenAI"), (2500, 100, "OpenAI")]);

        await AskAsync(client, Turn(1));
        _clock.Advance(TimeSpan.FromMinutes(12));
        await AskAsync(client, Turn(2));

        Assert.Equal("The prompt cache was missed: 12 minutes have passed since the request before. 1900 tokens were read anew.", Assert.Single(Lines()));
    }

    [Fact]
    public async Task Other_tools_instructions_and_models_are_named()
    {
        using var client = Client([.. Enumerable.Repeat((2000L, 0L, "OpenAI"), 4)]);

        await AskAsync(client, Turn(1));
        await AskAsync(client, Turn(2), new() { Tools = [AIFunctionFactory.Create(() => 1, "look")] });
        await AskAsync(client, Turn(3), new() { Instructions = "Be brief.", Tools = [AIFunctionFactory.Create(() => 1, "look")] });
        await AskAsync(client, Turn(4), new() { Instructions = "Be brief.", Tools = [AIFunctionFactory.Create(() => 1, "look")], ModelId = "c/other" });

        Assert.Equal(["the tools are not those of the request before", "the instructions are not those of the request before", "the model changed from a/b to c/other"],
            Lines().Select(line => line.Split(": ")[1].Split(". ")[0]));
    }

    [Fact]
    public async Task A_model_that_never_caches_and_a_prompt_too_short_to_be_cached_say_nothing()
    {
        using var client = Client([(2000, 0, "OpenAI"), (2500, 0, "OpenAI"), (100, 0, "OpenAI"), (200, 0, "Azure")]);

        await AskAsync(client, Turn(1));
        await AskAsync(client, Turn(2));
        await AskAsync(client, [new(ChatRole.User, "Short.")]);
        await AskAsync(client, [new(ChatRole.User, "Short."), new(ChatRole.Assistant, "Yes."), new(ChatRole.User, "Still.")]);

        Assert.Empty(Lines());
    }

    private static List<ChatMessage> Turn(int number) =>
        [.. Enumerable.Range(1, number).SelectMany(n => new ChatMessage[] { new(ChatRole.User, $"Question {n}?"), new(ChatRole.Assistant, $"Answer {n}.") }).SkipLast(1)];

    private IChatClient Client((long Input, long Cached, string Provider)[] turns) => Scripted(() => turns[_turn++]).AsBuilder()
        .UseOpenRouterCacheReport().Build(Host());

    private Services Host() => new(_clock, LoggerFactory.Create(log => log.AddProvider(new FakeLoggerProvider(_log))));

    private static IChatClient Scripted(Func<(long Input, long Cached, string Provider)> next)
    {
        var client = new Mock<IChatClient>();
        client.Setup(it => it.GetResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions?>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => new[] { Update(next()) }.ToChatResponse());
        client.Setup(it => it.GetStreamingResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions?>(), It.IsAny<CancellationToken>())).Returns(() => new[] { Update(next()) }.ToAsyncEnumerable());
        client.Setup(it => it.GetService(typeof(ChatClientMetadata), null)).Returns(new ChatClientMetadata("openrouter", null, "a/b"));
        return client.Object;

        static ChatResponseUpdate Update((long Input, long Cached, string Provider) turn) =>
            new(ChatRole.Assistant, [new TextContent("x"), new UsageContent(new() { InputTokenCount = turn.Input, CachedInputTokenCount = turn.Cached })])
            {
                AdditionalProperties = new()
                {
                    ["openrouter.metadata"] = System.Text.Json.JsonElement.Parse($$$"""{"endpoints":{"available":[{"provider":"{{{turn.Provider}}}","selected":true}]}}"""),
                },
            };
    }

    private IEnumerable<string> Lines() => _log.GetSnapshot().Where(record => record.Id.Id == 94).Select(record => record.Message);

    private async Task AskAsync(IChatClient client, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
    {
        if (_turn % 2 == 0)
            await client.GetResponseAsync(messages, options);
        else
            await client.GetStreamingResponseAsync(messages, options).ToChatResponseAsync();
    }

    private sealed record Services(TimeProvider Time, ILoggerFactory Loggers) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(TimeProvider) ? Time : serviceType == typeof(ILoggerFactory) ? Loggers : null;
    }
}

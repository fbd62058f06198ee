using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Moq;

namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>What a budget holds back for a request whose length is limited and whose model the catalogue knows.</summary>
public sealed class CostEstimateTests
{
    private const string Catalogue = """
        {"data":[{"id":"a/b","pricing":{"prompt":"0.000001","completion":"0.00001","request":"0.001"}},{"id":"a/plain","pricing":{"prompt":"0.000001","completion":"0.00001"}},{"id":"a/half","pricing":{"prompt":"0.000001"}},{"id":"a/free","pricing":{"prompt":"0","completion":"0"}}]}
        """;

    public static TheoryData<string, string, double> Requests => new()
    {
        { "a/b", "text", 0.002 },             // 100 tokens of output, and the request's own price
        { "a/plain", "text", 0.001 },
        { "a/plain", "instructions", 0.0011 },  // 300 letters are 100 tokens
        { "a/plain", "thought", 0.0011 },
        { "a/plain", "result", 0.0011 },
        { "a/plain", "no result", 0.001 },
        { "a/plain", "call", 0.001 },
        { "a/plain", "picture", 0.003 },     // a file counts as 2,000 tokens
        { "a/plain", "address", 0.003 },
        { "a/half", "text", 0.05 },
        { "a/free", "text", 0.05 },
        { "a/unknown", "text", 0.05 },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_catalogue_says_what_it_can_cost_at_most(string model, string what, double expected)
    {
        var store = new RememberingStore();
        using var client = await ClientAsync(store);
        var words = new string('x', 300);
        AIContent content = what switch
        {
            "thought" => new TextReasoningContent(words),
            "result" => new FunctionResultContent("c", words),
            "no result" => new FunctionResultContent("c", null),
            "call" => new FunctionCallContent("c", "f", new Dictionary<string, object?>()),
            "picture" => new DataContent(new byte[] { 1 }, "image/png"),
            "address" => new UriContent("https://a.example/x.png", "image/png"),
            _ => new TextContent("q"),
        };

        await client.GetResponseAsync([new(what is "thought" or "call" ? ChatRole.Assistant : ChatRole.User, [content])],
            new() { ModelId = model, MaxOutputTokens = 100, Instructions = what == "instructions" ? words : null });

        Assert.Equal((decimal)expected, Assert.Single(store.Reserved).Amount);
    }

    public static TheoryData<string, double> Sources => new()
    {
        { "options", 0.001 },
        { "model list", 0.001 },
        { "additional", 0.002 },
        { "no limit", 0.05 },
        { "more than the budget", 1 },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Model_and_length_count_wherever_they_are_written(string source, double expected)
    {
        var store = new RememberingStore();
        using var client = await ClientAsync(store, source == "model list" ? null : "a/b");
        var options = source switch
        {
            "options" => new ChatOptions { ModelId = "a/plain", MaxOutputTokens = 100 },
            "model list" => new ChatOptions { MaxOutputTokens = 100 }.WithOpenRouter(new() { Models = ["a/plain", "a/b"] }),
            "additional" => new() { AdditionalProperties = new() { ["model"] = "a/plain", ["max_output_tokens"] = 200 } },
            "no limit" => new ChatOptions { ModelId = "a/plain" }.WithOpenRouter(new() { User = "u" }),
            _ => new() { ModelId = "a/plain", MaxOutputTokens = 1_000_000 },
        };

        await client.GetResponseAsync(Support.Requests.Hi, options);

        Assert.Equal((decimal)expected, Assert.Single(store.Reserved).Amount);
    }

    [Fact]
    public async Task Of_many_answers_the_dearest_of_the_last_eight_counts()
    {
        var store = new RememberingStore();
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Usage(cost: r.Request.UserText == "dear" ? 0.3m : 0.01m));
        using var client = Budgets.Over(fake, builder => builder.UseOpenRouterBudget(10, store: store));

        await client.GetResponseAsync("dear");
        for (var i = 0; i < 9; i++)
            await client.GetResponseAsync("cheap");

        Assert.Equal([.. Enumerable.Repeat(0.3m, 8), 0.01m], store.Reserved.Skip(1).Select(reservation => reservation.Amount));
    }

    [Fact]
    public async Task Of_a_client_that_is_not_ours_the_options_say_it()
    {
        var store = new RememberingStore();
        var inner = new Mock<IChatClient>();
        inner.Setup(client => client.GetResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((IEnumerable<ChatMessage> _, ChatOptions? options, CancellationToken _) => new ChatResponse(new ChatMessage(ChatRole.Assistant, "x"))
            {
                Usage = new() { AdditionalCounts = new() { ["openrouter.cost_nanousd"] = options is null ? 200_000_000 : 100_000_000 } },
            });
        using var client = inner.Object.AsBuilder().UseOpenRouterBudget(10, store: store).Build();

        await client.GetResponseAsync("q");
        await client.GetResponseAsync("q", new() { ModelId = "a/other" });
        await client.GetResponseAsync("q");
        await client.GetResponseAsync("q", new() { ModelId = "a/other" });

        Assert.Equal([0.05m, 0.05m, 0.2m, 0.1m], store.Reserved.Select(reservation => reservation.Amount));
    }

    private static async Task<IChatClient> ClientAsync(RememberingStore store, string? model = "a/b")
    {
        var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Usage(cost: 0));
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = model, TimeProvider = fake.Clock }, new Lookups(fake).With("models", Catalogue).CreateClient());
        await client.Platform.GetModelsAsync();
        return client.AsBuilder().UseOpenRouterBudget(1, store: store).Build();
    }
}

using Connectors.OpenRouter.Middleware;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>Budgets that ask the service: what a broken-off answer cost, and what models cost.</summary>
public class BudgetAskingTests
{
    private const string Catalogue = """{"data":[{"id":"a/b","pricing":{"prompt":"0.001","completion":"0.01","input_cache_read":"0.0001"}}]}""";

    private readonly OpenRouterMemoryBudgetStore _store = new();

    [Fact]
    public async Task A_stopped_answer_is_booked_with_what_the_service_says_it_cost()
    {
        using var fake = new FakeOpenRouter(r => r.Say("One ").Say("two."), r => r.Say("One ").Cut());
        using var lookups = new Lookups(fake).With("generation", """{"data":{"id":"gen-x","total_cost":0.0042}}""");
        using var client = Client(fake, lookups);

        await foreach (var update in client.GetStreamingResponseAsync("hi"))
            break;
        await client.GetService<BudgetClient>()!.Settling;
        Assert.Equal(0.0042m, await _store.GetSpentAsync("default"));

        await Assert.ThrowsAsync<OpenRouterException>(() => client.GetStreamingResponseAsync("hi").ToChatResponseAsync());
        await client.GetService<BudgetClient>()!.Settling;
        Assert.Equal(0.0084m, await _store.GetSpentAsync("default"));
        Assert.All(lookups.Asked, path => Assert.StartsWith("/api/v1/generation?id=gen-", path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_is_left_early_is_asked_for_by_the_id_of_its_first_event()
    {
        using var lookups = new Lookups(new Service(Service.Events(Streams.Of(Streams.Created, Streams.Delta("One "), Streams.Delta("two."))))).With("generation", """{"data":{"id":"gen-1","total_cost":0.0042}}""");
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b" }, lookups.CreateClient()).AsBuilder().UseOpenRouterBudget(1, store: _store).Build();

        await foreach (var update in client.GetStreamingResponseAsync("hi"))
            break;
        await client.GetService<BudgetClient>()!.Settling;

        Assert.Equal((0.0042m, "/api/v1/generation?id=gen-1"), (await _store.GetSpentAsync("default"), Assert.Single(lookups.Asked)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_whole_answer_that_names_no_cost_is_asked_for_by_its_id(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi.").Terminal("""{"usage":{"input_tokens":1,"output_tokens":1,"cost":null}}"""));
        using var lookups = new Lookups(fake).With("generation", """{"data":{"id":"gen-x","total_cost":0.0042}}""");
        using var client = Client(fake, lookups);

        _ = streaming ? await client.GetStreamingResponseAsync("hi").ToChatResponseAsync() : await client.GetResponseAsync("hi");
        await client.GetService<BudgetClient>()!.Settling;

        Assert.Equal(0.0042m, await _store.GetSpentAsync("default"));
        Assert.StartsWith("/api/v1/generation?id=gen-", Assert.Single(lookups.Asked), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("options")]
    [InlineData("request")]
    [InlineData("factory")]
    [InlineData("settings")]
    public async Task The_limit_of_the_output_is_known_whoever_sets_it(string where)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi.").Usage(cost: 0.01m));
        using var lookups = new Lookups(fake).With("models", Catalogue);
        var made = 0;
        var request = new OpenRouterRequest { Model = "a/b", MaxOutputTokens = 200 };
        var settings = new OpenRouterOptions { Model = "c/d", TimeProvider = fake.Clock, Request = where == "settings" ? request : null };
        using var client = new OpenRouterChatClient(settings, lookups.CreateClient()).AsBuilder().UseOpenRouterBudget(1, store: _store).Build();
        await client.GetService<OpenRouterPlatform>()!.GetModelsAsync();
        ChatOptions? options = where switch
        {
            "options" => new() { ModelId = "a/b", MaxOutputTokens = 200 },
            "request" => new ChatOptions().WithOpenRouter(request),
            "factory" => new()
            {
                RawRepresentationFactory = _ =>
                {
                    made++;
                    return request;
                },
            },
            _ => null,
        };

        // 200 tokens of output would be $2: all of the limit is held back, and a second request has no room.
        await foreach (var update in client.GetStreamingResponseAsync("hi", options))
        {
            await Assert.ThrowsAsync<OpenRouterBudgetException>(() => client.GetResponseAsync("hi", options));
            break;
        }
        Assert.Equal(where == "factory" ? 2 : 0, made);
        Assert.Equal("200", fake.LastRequest["max_output_tokens"]);
    }

    [Fact]
    public async Task What_a_dead_process_left_is_settled_by_the_next_one_that_uses_the_budget()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi.").Usage(cost: 0.01m));
        using var lookups = new Lookups(fake).With("generation", """{"data":{"id":"gen-dead","total_cost":0.3}}""");
        using var client = Client(fake, lookups);
        var before = fake.Clock.GetUtcNow() - TimeSpan.FromHours(1.5);
        var dead = await _store.ReserveAsync("default", 1, 0.5m, TimeSpan.FromHours(1), before);
        await _store.NoteAsync(dead! with { GenerationId = "gen-dead" });

        await client.GetResponseAsync("hi");
        await client.GetService<BudgetClient>()!.Settling;

        Assert.Equal("/api/v1/generation?id=gen-dead", Assert.Single(lookups.Asked));
        Assert.Equal(0.31m, await _store.GetSpentAsync("default"));
    }

    [Fact]
    public async Task What_the_service_cannot_say_stays_held_back_and_is_booked_as_estimated_when_it_never_will()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi.").Usage(cost: 0));
        using var lookups = new Lookups(fake);
        using var client = Client(fake, lookups);
        var now = fake.Clock.GetUtcNow();
        foreach (var (hours, id) in new[] { (1.5, "gen-late"), (2.5, "gen-lost") })
        {
            var dead = await _store.ReserveAsync("default", 1, 0.1m, TimeSpan.FromHours(1), now - TimeSpan.FromHours(hours));
            await _store.NoteAsync(dead! with { GenerationId = id });
        }

        await client.GetResponseAsync("hi");
        await client.GetService<BudgetClient>()!.Settling;

        Assert.Equal(0.1m, await _store.GetSpentAsync("default"));
        Assert.Equal("gen-late", Assert.Single(await _store.GetExpiredAsync("default", now)).GenerationId);
    }

    [Fact]
    public async Task Where_prices_are_known_and_the_output_is_limited_that_much_is_held_back()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi.").Usage(cost: 0.01m));
        using var lookups = new Lookups(fake).With("models", Catalogue);
        using var client = Client(fake, lookups);
        await client.GetService<OpenRouterPlatform>()!.GetModelsAsync();

        // 90 letters are 30 tokens: $0.03, and 97 tokens of output: $0.97.
        var fits = new ChatOptions { MaxOutputTokens = 96 };
        var refused = await Assert.ThrowsAsync<OpenRouterBudgetException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync(new string('x', 90), fits))
                await client.GetResponseAsync(new string('x', 90), fits);
        });

        Assert.Contains("this request would hold back $0.99", refused.Message, StringComparison.Ordinal);
    }

    private IChatClient Client(FakeOpenRouter fake, Lookups lookups) =>
        new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, lookups.CreateClient()).AsBuilder().UseOpenRouterBudget(1, store: _store).Build();
}

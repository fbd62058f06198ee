using Connectors.OpenRouter.Middleware;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using static Connectors.OpenRouter.Tests.Middleware.Budgets;

namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>What counts towards a budget, and what does not.</summary>
public class BudgetCostTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answers_from_a_cache_are_not_counted(bool streaming)
    {
        var store = new OpenRouterMemoryBudgetStore();
        using var fake = new FakeOpenRouter(r => r.Say("Four.").Usage(cost: 0.04m));
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(1, store: store).UseDistributedCache(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()))));

        await AskAsync(client, streaming);
        Assert.Equal(0.04m, (await AskAsync(client, streaming)).GetOpenRouter().Cost);

        Assert.Equal(0.04m, await store.GetSpentAsync("default"));
    }

    [Fact]
    public async Task A_hit_of_the_services_own_cache_is_not_counted()
    {
        var store = new OpenRouterMemoryBudgetStore();
        using var http = new HttpClient(new Service(Service.Transcript("24-response-cache-hit.json", headers: ("X-OpenRouter-Cache-Status", "HIT"))));
        using var client = new OpenRouterChatClient("a/b", "sk-or-fake", http).AsBuilder().UseOpenRouterBudget(1, store: store).Build();

        Assert.Equal("HIT", (await client.GetResponseAsync("hi")).GetOpenRouter().CacheStatus);

        Assert.Equal(0, await store.GetSpentAsync("default"));
    }

    [Fact]
    public async Task With_an_own_provider_key_what_the_provider_charges_counts_too()
    {
        var store = new OpenRouterMemoryBudgetStore();
        using var http = new HttpClient(new Service(Service.Json("""
            {"id":"gen-1","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}],
             "usage":{"input_tokens":1,"output_tokens":1,"cost":0.01,"is_byok":true,"cost_details":{"upstream_inference_cost":0.2}}}
            """)));
        using var client = new OpenRouterChatClient("a/b", "sk-or-fake", http).AsBuilder().UseOpenRouterBudget(1, store: store).Build();

        await client.GetResponseAsync("hi");

        Assert.Equal(0.21m, await store.GetSpentAsync("default"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_an_own_provider_key_what_the_provider_charges_for_a_failure_counts_too(bool streaming)
    {
        var store = new OpenRouterMemoryBudgetStore();
        using var fake = new FakeOpenRouter(r => r.Say("One ").Fail().Terminal("""{"usage":{"input_tokens":1,"output_tokens":1,"cost":0.01,"is_byok":true,"cost_details":{"upstream_inference_cost":0.2}}}"""));
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(1, store: store));

        await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming));

        Assert.Equal(0.21m, await store.GetSpentAsync("default"));
    }

    [Fact]
    public async Task A_failed_answer_counts_with_what_it_cost_and_a_refused_request_with_nothing()
    {
        var store = new OpenRouterMemoryBudgetStore();
        using var http = new HttpClient(new Service(Service.Transcript("52-failed-with-usage.sse")));
        using var failing = new OpenRouterChatClient("a/b", "sk-or-fake", http).AsBuilder().UseOpenRouterBudget(1, store: store).Build();
        using var fake = new FakeOpenRouter(r => r.Status(403, "No."), r => r.Unreachable(), r => r.Status(503));
        using var refusing = Over(fake, builder => builder.UseOpenRouterBudget(1, store: store), retries: 0);

        foreach (var client in new[] { failing, refusing, refusing, refusing })
            await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming: true));

        Assert.Equal(0.01m, await store.GetSpentAsync("default"));
        Assert.NotNull(await store.ReserveAsync("default", 1, 0.99m, TimeSpan.FromHours(1), Now));
    }

    [Fact]
    public async Task Two_budgets_in_one_pipeline_both_count()
    {
        var store = new OpenRouterMemoryBudgetStore();
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Usage(cost: 0.1m));
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(2, _ => "all", store).UseOpenRouterBudget(1, _ => "ada", store));

        await client.GetResponseAsync("hi");

        Assert.Equal((0.1m, 0.1m), (await store.GetSpentAsync("all"), await store.GetSpentAsync("ada")));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_model_that_failed_and_was_paid_for_counts_beside_the_one_that_was_asked_instead(bool streaming, bool inside)
    {
        const string Paid = """{"usage":{"input_tokens":1,"output_tokens":1,"cost":0.5}}""";
        var store = new OpenRouterMemoryBudgetStore();
        using var fake = new FakeOpenRouter(r => r.Fail().Terminal(Paid), r => r.Say("Yes.").Usage(cost: 0.01m), r => r.Fail().Terminal(Paid), r => r.Fail().Terminal(Paid));
        using var client = Over(fake, builder => inside ? builder.UseOpenRouterFailover("c/d").UseOpenRouterBudget(5, store: store) : builder.UseOpenRouterBudget(5, store: store).UseOpenRouterFailover("c/d"));

        await AskAsync(client, streaming);
        Assert.Equal(0.51m, await store.GetSpentAsync("default"));
        await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming));
        Assert.Equal(1.51m, await store.GetSpentAsync("default"));
    }

    [Fact]
    public async Task The_id_is_noted_from_the_first_event_where_no_header_has_it()
    {
        var store = new RememberingStore();
        using var http = new HttpClient(new Service(Service.Events(Streams.Of(Streams.Created))));
        using var client = new OpenRouterChatClient("a/b", "sk-or-fake", http).AsBuilder().UseOpenRouterBudget(1, store: store).Build();

        await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming: true));

        Assert.Equal("gen-1", Assert.Single(store.Noted).GenerationId);
    }
}

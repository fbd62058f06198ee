using Connectors.OpenRouter.Middleware;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using static Connectors.OpenRouter.Tests.Middleware.Budgets;

namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>What a budget asks of its store, and what it does without it.</summary>
public class BudgetStoreTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_id_under_which_a_request_is_charged_is_noted_before_its_first_word(bool streaming)
    {
        var store = new RememberingStore();
        using var fake = new FakeOpenRouter(r => r.KeepAlive().Cut());
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(1, store: store));

        await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming));

        Assert.StartsWith("gen-", Assert.Single(store.Noted).GenerationId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_dead_process_held_back_is_free_after_its_time_and_counts_when_it_is_settled_late()
    {
        var store = new OpenRouterMemoryBudgetStore();
        var lost = await store.ReserveAsync("a", 1, 0.5m, TimeSpan.FromMinutes(5), Now);
        var noted = await store.ReserveAsync("a", 1, 0.5m, TimeSpan.FromMinutes(5), Now);
        await store.NoteAsync(noted! with { GenerationId = "gen-1" });
        Assert.Null(await store.ReserveAsync("a", 1, 0.1m, TimeSpan.FromMinutes(5), Now));

        var later = Now + TimeSpan.FromMinutes(6);
        Assert.NotNull(await store.ReserveAsync("a", 1, 0.2m, TimeSpan.FromMinutes(5), later));
        var expired = Assert.Single(await store.GetExpiredAsync("a", later));
        Assert.Equal("gen-1", expired.GenerationId);
        await store.SettleAsync(expired, 0.4m);
        await store.SettleAsync(noted, 0.4m); // a second time
        await store.SettleAsync(lost!, 0.1m);

        Assert.Equal(0.5m, await store.GetSpentAsync("a"));
        Assert.Empty(await store.GetExpiredAsync("a", later));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_its_store_nothing_is_sent_and_the_exception_says_so(bool streaming)
    {
        var store = new RememberingStore { IsAway = true };
        using var fake = new FakeOpenRouter();
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(1, _ => "ada", store));

        var refused = await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, streaming));

        Assert.Empty(fake.Requests);
        Assert.True(refused.IsTransient);
        Assert.StartsWith("The store of the budget 'ada' could not be reached, so nothing was sent: The store is away.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_it_is_allowed_requests_go_through_without_a_store_and_are_counted_once_when_it_is_back()
    {
        var store = new RememberingStore { IsAway = true };
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Usage(cost: 0.1m));
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(1, store: store, configure: budget => budget.AllowWithoutStore = true));

        await client.GetResponseAsync("one");
        await client.GetResponseAsync("two");
        store.IsAway = false;
        await client.GetResponseAsync("three");
        await client.GetResponseAsync("four");

        Assert.Equal(0.4m, await store.GetSpentAsync("default"));
    }

    [Fact]
    public async Task A_store_that_booked_and_then_broke_does_not_book_twice()
    {
        var store = new RememberingStore();
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Usage(cost: 0.1m));
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(1, store: store));

        store.BreaksAfterSettling = true;
        Assert.Equal("x", (await client.GetResponseAsync("one")).Text);
        store.BreaksAfterSettling = false;
        await client.GetResponseAsync("two");

        Assert.Equal(0.2m, await store.GetSpentAsync("default"));
    }

    [Fact]
    public async Task Clients_of_a_container_share_its_store()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Usage(cost: 0.06m));
        var services = new ServiceCollection();
        services.AddSingleton<IOpenRouterBudgetStore, OpenRouterMemoryBudgetStore>();
        services.AddKeyedOpenRouterChatClient("one", "a/b", options => options.ApiKey = "sk-or-fake").UseOpenRouterBudget(0.05m);
        services.AddKeyedOpenRouterChatClient("two", "a/b", options => options.ApiKey = "sk-or-fake").UseOpenRouterBudget(0.05m);
        services.AnswerWith(fake);
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredKeyedService<IChatClient>("one").GetResponseAsync("hi");

        await Assert.ThrowsAsync<OpenRouterBudgetException>(() => provider.GetRequiredKeyedService<IChatClient>("two").GetResponseAsync("hi"));
    }
}

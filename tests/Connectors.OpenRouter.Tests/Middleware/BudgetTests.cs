using System.Collections.Concurrent;
using Connectors.OpenRouter.Middleware;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Tests.Middleware;

public class BudgetTests
{
    private static readonly DateTimeOffset Now = new(2026, 8, 17, 13, 20, 1, TimeSpan.Zero);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Once_the_limit_is_spent_nothing_more_is_sent(bool streaming)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Four.").Usage(cost: 0.06m));
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(0.05m));

        await AskAsync(client, streaming);
        var refused = await Assert.ThrowsAsync<OpenRouterBudgetException>(() => AskAsync(client, streaming));

        Assert.Single(fake.Requests);
        Assert.Equal((0.05m, 0.06m, null), (refused.Limit, refused.Spent, refused.Key));
        Assert.StartsWith("The budget of $0.05 has no room for another request: $0.06 are spent, this request would hold back $0.05. Nothing was sent;", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsTransient);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_that_is_not_positive_is_refused_where_it_is_written(int limit)
    {
        using var inner = new OpenRouterChatClient("a/b", "sk-or-fake");

        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => inner.AsBuilder().UseOpenRouterBudget(limit));

        Assert.Contains("above zero, in USD", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reservation_that_no_request_could_hold_is_refused_where_it_is_written()
    {
        using var inner = new OpenRouterChatClient("a/b", "sk-or-fake");

        var refused = Assert.Throws<InvalidOperationException>(() => inner.AsBuilder().UseOpenRouterBudget(1, configure: budget => budget.Reservation = 2));

        Assert.Contains("at most the limit of $1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Around_a_function_loop_it_is_refused_because_it_would_count_too_late()
    {
        using var inner = new OpenRouterChatClient("a/b", "sk-or-fake");

        var refused = Assert.Throws<InvalidOperationException>(() => inner.AsBuilder().UseOpenRouterBudget(1).UseFunctionInvocation().Build());

        Assert.Contains("add it after UseFunctionInvocation()", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fifty_at_once_that_fail_break_off_and_answer_never_spend_more_than_there_is()
    {
        const string Fails = "fails", Refused = "refused", Cut = "cut", Leaves = "leaves", Cancels = "cancels", Answers = "answers";
        var store = new OpenRouterMemoryBudgetStore();
        var charged = new ConcurrentBag<decimal>();
        var outcomes = new Random(20260817).GetItems([Fails, Refused, Cut, Leaves, Cancels, Answers], 50);
        Assert.Equal(6, outcomes.Distinct().Count());
        using var fake = new FakeOpenRouter().Otherwise(r =>
        {
            _ = r.Request.UserText switch
            {
                Fails => r.Say("One ").Fail(),
                Refused => r.Status(402, "No credits."),
                Cut => r.Say("One ").Cut(),
                _ => r.Say("One ").Say("two.").Usage(cost: 0.04m),
            };
        });
        using var lookups = new Lookups(fake).With("generation", """{"data":{"id":"gen-x","total_cost":0.05}}""");
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, lookups.CreateClient()).AsBuilder()
            .UseOpenRouterBudget(1, store: store, configure: budget => budget.Reservation = 0.05m).Build();

        var refused = (await Task.WhenAll(outcomes.Select(outcome => Task.Run(async () =>
        {
            using var stopping = new CancellationTokenSource();
            try
            {
                await foreach (var update in client.GetStreamingResponseAsync(outcome, cancellationToken: stopping.Token))
                    if (outcome == Leaves)
                        break; // the caller has had enough; the service is asked what it cost
                    else if (outcome == Cancels)
                        await stopping.CancelAsync(); // the same, in other words
                charged.Add(outcome == Leaves ? 0.05m : 0.04m);
            }
            catch (OperationCanceledException)
            {
                charged.Add(0.05m);
            }
            catch (OpenRouterBudgetException)
            {
                return 1;
            }
            catch (OpenRouterException)
            {
                charged.Add(outcome == Refused ? 0 : 0.05m);
            }
            return 0;
        })))).Sum();

        await client.GetService<BudgetClient>()!.Settling;
        var spent = await store.GetSpentAsync("default");
        Assert.Equal(50, refused + charged.Count);
        Assert.InRange(refused, 1, 30);
        Assert.Equal(charged.Sum(), spent);
        Assert.InRange(spent, 0, 1); // how near it comes depends on who is refused while others still hold back
        Assert.Null(await store.ReserveAsync("default", 1, 1 - spent + 0.01m, TimeSpan.FromHours(1), Now));
        Assert.NotNull(await store.ReserveAsync("default", 1, 1 - spent, TimeSpan.FromHours(1), Now)); // nothing is held back any more
    }

    [Fact]
    public async Task What_requests_under_way_hold_back_is_no_room_for_others()
    {
        using var fake = new FakeOpenRouter(r => r.Say("One ").Say("two.").Usage(cost: 0.01m), r => r.Say("Three."));
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(1, configure: budget => budget.Reservation = 0.6m));

        await using (var first = client.GetStreamingResponseAsync("hi").GetAsyncEnumerator())
        {
            Assert.True(await first.MoveNextAsync());
            var refused = await Assert.ThrowsAsync<OpenRouterBudgetException>(() => client.GetResponseAsync("hi"));
            Assert.Contains("requests under way hold back the rest", refused.Message, StringComparison.Ordinal);
            Assert.True(refused.IsTransient);
            while (await first.MoveNextAsync())
            {
            }
        }
        Assert.Equal("Three.", (await client.GetResponseAsync("hi")).Text);
    }

    [Fact]
    public async Task A_request_holds_back_what_the_dearest_of_the_latest_answers_cost()
    {
        var store = new RememberingStore();
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Usage(cost: r.Request.UserText == "dear" ? 0.3m : 0.1m));
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(1, store: store));

        await client.GetResponseAsync("dear");
        await client.GetResponseAsync("cheap");
        await client.GetResponseAsync("cheap");
        await client.GetResponseAsync("cheap", new() { ModelId = "c/other" });

        Assert.Equal([0.05m, 0.3m, 0.3m, 0.05m], store.Reserved.Select(reservation => reservation.Amount));
    }

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
    public async Task Each_key_has_a_sum_of_its_own()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Usage(cost: 0.06m));
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(0.05m, options => (string)options!.AdditionalProperties!["user"]!));

        await client.GetResponseAsync("hi", For("ada"));
        await client.GetResponseAsync("hi", For("bob"));
        var refused = await Assert.ThrowsAsync<OpenRouterBudgetException>(() => client.GetResponseAsync("hi", For("ada")));

        Assert.Equal("ada", refused.Key);
        Assert.StartsWith("The budget 'ada' of $0.05", refused.Message, StringComparison.Ordinal);

        static ChatOptions For(string user) => new() { AdditionalProperties = new() { ["user"] = user } };
    }

    [Fact]
    public async Task A_key_function_that_gives_no_key_is_a_mistake_that_is_told()
    {
        using var fake = new FakeOpenRouter();
        using var client = Over(fake, builder => builder.UseOpenRouterBudget(1, _ => ""));

        Assert.Contains("gave no key", (await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResponseAsync("hi"))).Message, StringComparison.Ordinal);
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
    public async Task A_function_loop_is_stopped_between_two_of_its_requests()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Call("look").Usage(cost: 0.03m));
        using var client = Over(fake, builder => builder.UseFunctionInvocation().UseOpenRouterBudget(0.05m));

        var refused = await Assert.ThrowsAsync<OpenRouterBudgetException>(() => client.GetResponseAsync("hi", new() { Tools = [AIFunctionFactory.Create(() => "rain", "look")] }));

        Assert.Single(fake.Requests);
        Assert.Equal(0.03m, refused.Spent);
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

    private static IChatClient Over(FakeOpenRouter fake, Func<ChatClientBuilder, ChatClientBuilder> use, int retries = 2)
    {
        var options = new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock };
        options.Retry.MaxRetries = retries;
        return use(new OpenRouterChatClient(options, fake.CreateClient()).AsBuilder()).Build();
    }

    private static async Task<ChatResponse> AskAsync(IChatClient client, bool streaming) =>
        streaming ? await client.GetStreamingResponseAsync("2+2?").ToChatResponseAsync() : await client.GetResponseAsync("2+2?");

    /// <summary>A store whose connection can break.</summary>
    private sealed class RememberingStore : IOpenRouterBudgetStore
    {
        private readonly OpenRouterMemoryBudgetStore _store = new();

        public bool IsAway { get; set; }

        public bool BreaksAfterSettling { get; set; }

        public List<OpenRouterReservation> Reserved { get; } = [];

        public List<OpenRouterReservation> Noted { get; } = [];

        public async ValueTask<OpenRouterReservation?> ReserveAsync(string key, decimal limit, decimal amount, TimeSpan lifetime, DateTimeOffset now, CancellationToken cancellationToken = default)
        {
            var reservation = await There().ReserveAsync(key, limit, amount, lifetime, now, cancellationToken);
            if (reservation is not null)
                Reserved.Add(reservation);
            return reservation;
        }

        public ValueTask NoteAsync(OpenRouterReservation reservation, CancellationToken cancellationToken = default)
        {
            Noted.Add(reservation);
            return There().NoteAsync(reservation, cancellationToken);
        }

        public async ValueTask SettleAsync(OpenRouterReservation reservation, decimal cost, CancellationToken cancellationToken = default)
        {
            await There().SettleAsync(reservation, cost, cancellationToken);
            if (BreaksAfterSettling)
                throw new TimeoutException("No answer from the store.");
        }

        public ValueTask<decimal> GetSpentAsync(string key, CancellationToken cancellationToken = default) => There().GetSpentAsync(key, cancellationToken);

        public ValueTask<IReadOnlyList<OpenRouterReservation>> GetExpiredAsync(string key, DateTimeOffset now, CancellationToken cancellationToken = default) => There().GetExpiredAsync(key, now, cancellationToken);

        private OpenRouterMemoryBudgetStore There() => IsAway ? throw new TimeoutException("The store is away.") : _store;
    }
}

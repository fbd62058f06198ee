using System.Collections.Concurrent;
using Connectors.OpenRouter.Middleware;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Middleware.Budgets;

namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>When a budget lets a request through.</summary>
public class BudgetTests
{
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
    public async Task A_function_loop_is_stopped_between_two_of_its_requests()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Call("look").Usage(cost: 0.03m));
        using var client = Over(fake, builder => builder.UseFunctionInvocation().UseOpenRouterBudget(0.05m));

        var refused = await Assert.ThrowsAsync<OpenRouterBudgetException>(() => client.GetResponseAsync("hi", new() { Tools = [AIFunctionFactory.Create(() => "rain", "look")] }));

        Assert.Single(fake.Requests);
        Assert.Equal(0.03m, refused.Spent);
    }
}

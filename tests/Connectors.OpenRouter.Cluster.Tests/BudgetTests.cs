using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Samples;
using Samples.Cluster;
using StackExchange.Redis;

namespace Connectors.OpenRouter.Cluster.Tests;

/// <summary>The budget on a Redis of its own, where the machine has the program.</summary>
public class BudgetTests
{
    private static readonly DateTimeOffset Now = new(2026, 8, 17, 13, 20, 1, TimeSpan.Zero);

    [Fact]
    public async Task Fifty_at_once_do_not_spend_more_than_there_is()
    {
        using var redis = await RedisServer.TryStartAsync();
        Assert.SkipWhen(redis is null, "No redis-server is installed.");
        using var connection = await ConnectionMultiplexer.ConnectAsync(SiloHost.Connection(redis.Address));
        var budget = new RedisBudgetStore(connection.GetDatabase());

        var given = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            if (await budget.ReserveAsync("test", 1, 0.05m, TimeSpan.FromHours(1), Now) is not { } reservation)
                return 0;
            await Task.WhenAll(budget.SettleAsync(reservation, 0.04m).AsTask(), budget.SettleAsync(reservation, 0.04m).AsTask()); // settled once, however often it is said
            return 1;
        }));

        Assert.InRange(given.Sum(), 20, 25);
        Assert.Equal(0.04m * given.Sum(), await budget.GetSpentAsync("test"));
    }

    [Fact]
    public async Task What_a_dead_process_held_back_is_free_after_its_time_and_still_counts_when_settled_late()
    {
        using var redis = await RedisServer.TryStartAsync();
        Assert.SkipWhen(redis is null, "No redis-server is installed.");
        using var connection = await ConnectionMultiplexer.ConnectAsync(SiloHost.Connection(redis.Address));
        var budget = new RedisBudgetStore(connection.GetDatabase());

        var dead = await budget.ReserveAsync("test", 0.05m, 0.05m, TimeSpan.FromMinutes(5), Now);
        Assert.Null(await budget.ReserveAsync("test", 0.05m, 0.01m, TimeSpan.FromMinutes(5), Now));
        Assert.NotNull(await budget.ReserveAsync("test", 0.05m, 0.01m, TimeSpan.FromMinutes(5), Now + TimeSpan.FromMinutes(6)));
        await budget.SettleAsync(dead!, 0.03m);

        Assert.Equal(0.03m, await budget.GetSpentAsync("test"));
    }

    [Fact]
    public async Task What_a_dead_process_left_is_found_by_its_generation_id_until_it_is_settled()
    {
        using var redis = await RedisServer.TryStartAsync();
        Assert.SkipWhen(redis is null, "No redis-server is installed.");
        using var connection = await ConnectionMultiplexer.ConnectAsync(SiloHost.Connection(redis.Address));
        var budget = new RedisBudgetStore(connection.GetDatabase());

        var dead = await budget.ReserveAsync("test", 1, 0.05m, TimeSpan.FromMinutes(5), Now);
        await budget.NoteAsync(dead! with { GenerationId = "gen-1" });
        Assert.Empty(await budget.GetExpiredAsync("test", Now));
        Assert.NotNull(await budget.ReserveAsync("test", 1, 1, TimeSpan.FromMinutes(5), Now + TimeSpan.FromMinutes(6)));

        var left = Assert.Single(await budget.GetExpiredAsync("test", Now + TimeSpan.FromMinutes(6)));
        Assert.Equal(dead with { GenerationId = "gen-1" }, left);
        await budget.SettleAsync(left, 0.02m);
        Assert.Empty(await budget.GetExpiredAsync("test", Now + TimeSpan.FromMinutes(6)));
    }

    [Fact]
    public async Task A_conversation_refuses_when_the_budget_of_all_machines_is_used_up()
    {
        using var redis = await RedisServer.TryStartAsync();
        Assert.SkipWhen(redis is null, "No redis-server is installed.");
        await using var standIn = await StandIn.StartAsync(TimeSpan.Zero);
        using var silo = SiloHost.Build(Trial.Settings(redis, standIn) with { SiloPort = Ports.Free(), GatewayPort = Ports.Free(), Budget = 0.051m });
        await silo.StartAsync();
        var cluster = silo.Services.GetRequiredService<IGrainFactory>();

        await Listener.AskAsync(cluster, "ada", "turn-1", "One?");
        await Listener.AskAsync(cluster, "ada", "turn-2", "Two?");
        var refusal = await Assert.ThrowsAsync<BudgetExhaustedException>(() => Listener.AskAsync(cluster, "bob", "turn-1", "Three?"));

        Assert.Contains("$0.051 that all machines share is used up: $0.003 are spent", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2, standIn.Charges.Count);
        await silo.StopAsync();
    }
}

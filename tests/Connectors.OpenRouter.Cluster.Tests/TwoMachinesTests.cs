using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Samples;
using Samples.Cluster;
using StackExchange.Redis;

namespace Connectors.OpenRouter.Cluster.Tests;

/// <summary>Two machines as processes over a Redis, where the machine has the program. The full size, 200 conversations, is <c>dotnet run --project samples/13-Cluster -- --test</c>.</summary>
public class TwoMachinesTests
{
    [Fact]
    public async Task A_machine_dies_and_nothing_that_was_answered_is_lost()
    {
        using var redis = await RedisServer.TryStartAsync();
        Assert.SkipWhen(redis is null, "No redis-server is installed: there can be no second machine.");

        var outcome = await Trial.RunAsync(redis, conversations: 24, turns: 3, pace: TimeSpan.FromMilliseconds(30));

        Assert.Empty(outcome.Faults);
        Assert.Equal(72, outcome.Answered);
        Assert.True(outcome.AskedAgain > 0, "nobody noticed the death");
        Assert.True(outcome.Requests >= 72);
        Assert.Equal(outcome.Charged, outcome.Booked + outcome.Unheard);
        Assert.True(outcome.Settled > 0, "no turn was settled by the id that had been noted");
    }

    [Fact]
    public async Task Redis_goes_away_and_the_conversation_says_so_loses_nothing_and_goes_on_when_it_is_back()
    {
        using var redis = await RedisServer.TryStartAsync();
        Assert.SkipWhen(redis is null, "No redis-server is installed.");
        await using var standIn = await StandIn.StartAsync(TimeSpan.Zero);
        var settings = Trial.Settings(redis, standIn) with { SiloPort = Ports.Free(), GatewayPort = Ports.Free() };
        using var silo = SiloHost.Build(settings);
        await silo.StartAsync();
        var cluster = silo.Services.GetRequiredService<IGrainFactory>();
        await Listener.AskAsync(cluster, "ada", "turn-1", "One?");

        redis.Stop();
        var refusal = await Assert.ThrowsAsync<ConversationUnavailableException>(() => Listener.AskAsync(cluster, "ada", "turn-2", "Two?"));
        await redis.RestartAsync();
        var answer = await Listener.AskPatientlyAsync(cluster, "ada", "turn-2", "Two?");

        Assert.Contains("cannot reach its store. Nothing was asked", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("You asked: Two? My answer is number 2.", answer.Text);
        Assert.Equal([(1, 0), (2, 1)], standIn.Charges.Select(charge => (charge.Turn, charge.Thoughts)).Order());
        await silo.StopAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Redis_goes_away_in_the_middle_of_a_turn_and_what_was_answered_is_kept_and_booked_when_it_is_back(int after)
    {
        using var redis = await RedisServer.TryStartAsync();
        Assert.SkipWhen(redis is null, "No redis-server is installed.");
        await using var standIn = await StandIn.StartAsync(TimeSpan.FromMilliseconds(30));
        using var silo = SiloHost.Build(Trial.Settings(redis, standIn) with { SiloPort = Ports.Free(), GatewayPort = Ports.Free() });
        await silo.StartAsync();
        var cluster = silo.Services.GetRequiredService<IGrainFactory>();
        await Listener.AskAsync(cluster, "ada", "turn-1", "One?");
        List<ChatResponseUpdate> heard = [];

        var refusal = await Assert.ThrowsAsync<ConversationUnavailableException>(() => Listener.AskAsync(cluster, "ada", "turn-2", "Two?", update =>
        {
            heard.Add(update);
            if (heard.Count == after)
                redis.Stop();
        }));
        var still = await Assert.ThrowsAsync<ConversationUnavailableException>(() => Listener.AskAsync(cluster, "ada", "turn-3", "Three?"));
        await redis.RestartAsync();
        var again = await Listener.AskPatientlyAsync(cluster, "ada", "turn-2", "Two?");
        var next = await Listener.AskPatientlyAsync(cluster, "ada", "turn-3", "Three?");

        Assert.Equal("You asked: Two? My answer is number 2.", heard.ToChatResponse().Text);
        Assert.Contains("cannot reach its store. What was answered is kept here until the store is back", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("ask again with the same turn id", still.Message, StringComparison.Ordinal);
        Assert.Equal(heard.ToChatResponse().Text, again.Text);
        Assert.Equal("You asked: Three? My answer is number 3.", next.Text);
        Assert.Equal([(1, 0), (2, 1), (3, 2)], standIn.Charges.Select(charge => (charge.Turn, charge.Thoughts)).Order());
        var spent = await new RedisBudgetStore(silo.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase()).GetSpentAsync(SharedAccount.Key);
        Assert.Equal(standIn.Charges.Sum(charge => charge.Cost), spent);
        await silo.StopAsync();
    }

    [Fact]
    public async Task Answers_that_many_ask_for_are_shared_by_all_machines()
    {
        using var redis = await RedisServer.TryStartAsync();
        Assert.SkipWhen(redis is null, "No redis-server is installed.");
        await using var standIn = await StandIn.StartAsync(TimeSpan.Zero);
        var settings = Trial.Settings(redis, standIn);
        using var first = SiloHost.Build(settings with { SiloPort = Ports.Free(), GatewayPort = Ports.Free() });
        using var second = SiloHost.Build(settings with { Name = "second", SiloPort = Ports.Free(), GatewayPort = Ports.Free() });

        var asked = await first.Services.GetRequiredKeyedService<IChatClient>(SiloHost.Shared).GetResponseAsync("What is a grain?");
        var told = await second.Services.GetRequiredKeyedService<IChatClient>(SiloHost.Shared).GetResponseAsync("What is a grain?");

        Assert.Equal((asked.Text, asked.GetReasoningText()), (told.Text, told.GetReasoningText()));
        Assert.Single(standIn.Charges);
    }
}

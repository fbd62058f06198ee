using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using StackExchange.Redis;

namespace Samples.Cluster;

/// <summary>What one machine carries: many conversations that all answer at once.</summary>
internal static class Measure
{
    public static async Task RunAsync(RedisServer redis, int conversations, int turns)
    {
        await using var standIn = await StandIn.StartAsync(TimeSpan.FromMilliseconds(150));
        var settings = Trial.Settings(redis, standIn) with { Silos = 1 };
        using var silo = SiloProcess.Start(settings);
        await silo.ReadyAsync();
        using var client = SiloHost.BuildClient(settings);
        await client.StartAsync();
        var cluster = client.Services.GetRequiredService<IClusterClient>();
        await AskAllAsync(cluster, "warm", 20, "turn-1");
        var (cpu, memory) = (silo.Processor, silo.Memory);
        using var connection = await ConnectionMultiplexer.ConnectAsync(SiloHost.Connection(redis.Address));

        Console.WriteLine($"{conversations} conversations at once on one silo; an event every 150 ms on each stream.");
        for (var turn = 1; turn <= turns; turn++)
        {
            var clock = Stopwatch.StartNew();
            var updates = await AskAllAsync(cluster, "talk", conversations, $"turn-{turn}");
            var recorded = await cluster.GetGrain<IConversation>("talk-0").Look();
            Console.WriteLine($"  turn {turn}: {clock.Elapsed.TotalSeconds:0.0} s, {updates / clock.Elapsed.TotalSeconds:N0} updates a second; the silo used {(silo.Processor - cpu).TotalSeconds:0.0} s of CPU so far and {(silo.Memory - memory) / 1024 / 1024:N0} MB more than when idle; a conversation is {recorded.Bytes:N0} bytes");
        }
        var stored = await connection.GetDatabase().ExecuteAsync("MEMORY", "USAGE", $"{settings.ServiceId}/state/conversation/talk-0/conversation");
        Console.WriteLine($"  Redis needs {stored} bytes for such a conversation; the idle silo takes {memory / 1024 / 1024:N0} MB");
        await client.StopAsync();
    }

    private static async Task<long> AskAllAsync(IClusterClient cluster, string name, int count, string turn)
    {
        var updates = 0L;
        await Task.WhenAll(Enumerable.Range(0, count).Select(number => Task.Run(() => Listener.AskAsync(cluster, $"{name}-{number}", turn, "And then?", _ => Interlocked.Increment(ref updates)))));
        return updates;
    }
}

using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using StackExchange.Redis;

namespace Samples.Cluster;

/// <summary>What happened when a machine was killed in the middle.</summary>
internal sealed record Outcome
{
    public required TimeSpan Took { get; init; }

    /// <summary>What is wrong, in sentences; empty when all is well.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    public required int Answered { get; init; }

    public required int Requests { get; init; }

    public required int AskedAgain { get; init; }

    public required decimal Charged { get; init; }

    public required decimal Booked { get; init; }

    /// <summary>Turns that the dead machine left open, and that were booked by the generation id it had noted.</summary>
    public required int Settled { get; init; }

    /// <summary>Charged to requests of which the dead machine had not even heard the headers: nobody knows their ids.</summary>
    public required decimal Unheard { get; init; }

    public override string ToString() =>
        $"{Answered} turns answered in {Took.TotalSeconds:0.0} s with {Requests} requests ({AskedAgain} listeners asked again); charged ${Charged:0.000}, booked ${Booked:0.000}, {Settled} cut turns by the id that was noted, unheard ${Unheard:0.000}"
        + (Faults.Count == 0 ? "; nothing lost." : $"\n  {string.Join("\n  ", Faults.Take(20))}");
}

/// <summary>Many conversations over two machines of which one is killed: nothing that was answered is lost, all thinking goes on, the sums agree.</summary>
internal static class Trial
{
    public static async Task<Outcome> RunAsync(RedisServer redis, int conversations, int turns, TimeSpan pace)
    {
        var clock = Stopwatch.StartNew();
        await using var standIn = await StandIn.StartAsync(pace);
        var settings = Settings(redis, standIn);
        using var first = SiloProcess.Start(settings);
        using var second = SiloProcess.Start(settings with { Name = "second" });
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync());
        using var client = SiloHost.BuildClient(settings);
        await client.StartAsync();
        var cluster = client.Services.GetRequiredService<IClusterClient>();

        var (answered, asked) = (0, 0);
        var killAt = conversations * turns * 3 / 8;
        await Task.WhenAll(Enumerable.Range(0, conversations).Select(number => Task.Run(async () =>
        {
            for (var turn = 1; turn <= turns; turn++)
            {
                var (_, times) = await Listener.AskAsync(cluster, Name(number), $"turn-{turn}", $"Question {turn}?");
                Interlocked.Add(ref asked, times);
                if (Interlocked.Increment(ref answered) != killAt)
                    continue;
                var (victim, its) = await FullestAsync(cluster, [first, second], Enumerable.Range(0, conversations).Select(Name));
                await UntilAsync(() => its.Any(standIn.IsSpeaking));
                victim.Kill();
            }
        })));

        var faults = new List<string>(standIn.Refusals.Select(refusal => $"The service refused: {refusal}"));
        using var connection = await ConnectionMultiplexer.ConnectAsync(SiloHost.Connection(redis.Address));
        var known = await CheckHistoriesAsync(cluster, conversations, turns, faults);
        var left = (await connection.GetDatabase().SetMembersAsync(SharedAccount.LeftoversKey)).Select(id => id.ToString()).ToHashSet();
        known.UnionWith(left);
        var booked = await new RedisBudgetStore(connection.GetDatabase()).GetSpentAsync(SharedAccount.Key);
        var expected = standIn.Charges.Where(charge => known.Contains(charge.GenerationId)).Sum(charge => charge.Cost);
        if (booked != expected)
            faults.Add($"${booked} are booked, but the answered turns and the cut ones whose id was heard cost ${expected}.");
        foreach (var charge in standIn.Charges.Where(charge => charge.Thoughts != charge.Turn - 1))
            faults.Add($"{charge.Conversation}: the request of turn {charge.Turn} carried {charge.Thoughts} thoughts.");
        var (cut, unheard) = (standIn.Charges.Count - answered, standIn.Charges.Where(charge => !known.Contains(charge.GenerationId)).ToList());
        if (cut == 0)
            faults.Add("A machine died, and no turn of it was cut: that tells nothing.");
        if (left.Count < cut - unheard.Count || unheard.Count > Math.Max(2, cut / 2))
            faults.Add($"Of {cut} cut turns {left.Count} were settled by the id that was noted when their headers came; {unheard.Count} had been noted by nobody.");
        if (connection.GetServer(redis.Address).Keys(pattern: "open:*").Count() is > 0 and var open)
            faults.Add($"{open} conversations still have open turns.");
        await client.StopAsync();

        return new()
        {
            Took = clock.Elapsed,
            Faults = faults,
            Answered = answered,
            Requests = standIn.Charges.Count,
            AskedAgain = asked - answered,
            Charged = standIn.Charges.Sum(charge => charge.Cost),
            Booked = booked,
            Settled = left.Count,
            Unheard = unheard.Sum(charge => charge.Cost),
        };
    }

    public static SiloSettings Settings(RedisServer redis, StandIn standIn)
    {
        var run = Guid.NewGuid().ToString("N")[..8]; // conversations and members of another run are not ours
        return new() { Redis = redis.Address, Silos = 2, ServiceId = $"talk-{run}", ClusterId = run, StandIn = standIn.Address };
    }

    /// <summary>The machine that holds most of these conversations, and which.</summary>
    public static async Task<(SiloProcess Silo, IReadOnlyList<string> Conversations)> FullestAsync(IGrainFactory cluster, IReadOnlyList<SiloProcess> silos, IEnumerable<string> conversations)
    {
        var homes = (await Task.WhenAll(conversations.Select(async name => (name, silo: (await cluster.GetGrain<IConversation>(name).Look()).Silo)))).ToLookup(home => home.silo, home => home.name);
        var fullest = silos.MaxBy(silo => homes[silo.Name].Count())!;
        return (fullest, [.. homes[fullest.Name]]);
    }

    /// <summary>Waits for a moment, which comes soon.</summary>
    public static async Task UntilAsync(Func<bool> moment)
    {
        for (var patience = 0; !moment() && patience < 2000; patience++)
            await Task.Delay(5);
    }

    private static string Name(int number) => $"conversation-{number}";

    /// <returns>The generation ids of all recorded turns.</returns>
    private static async Task<HashSet<string>> CheckHistoriesAsync(IClusterClient cluster, int conversations, int turns, List<string> faults)
    {
        HashSet<string> ids = [];
        for (var number = 0; number < conversations; number++)
        {
            var recorded = await cluster.GetGrain<IConversation>(Name(number)).Look();
            var questions = recorded.History.Where(message => message.Role == ChatRole.User).Select(message => message.Text);
            if (!questions.SequenceEqual(Enumerable.Range(1, turns).Select(turn => $"Question {turn}?")))
                faults.Add($"{Name(number)} holds: {string.Join(" ", questions)}");
            if (!recorded.History.Select(message => message.Text).Where(text => text.Contains("number")).SequenceEqual(Enumerable.Range(1, turns).Select(turn => $"You asked: Question {turn}? My answer is number {turn}.")))
                faults.Add($"{Name(number)} answered: {string.Join(" | ", recorded.History.Select(message => message.Text))}");
            ids.UnionWith(recorded.Generations);
        }
        return ids;
    }
}

using Connectors.OpenRouter;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using StackExchange.Redis;

namespace Samples.Cluster;

/// <summary>What the cluster does, for a person to read.</summary>
internal static class Show
{
    private static readonly string Dim = Console.IsOutputRedirected ? "" : "\e[2m";
    private static readonly string Plain = Console.IsOutputRedirected ? "" : "\e[0m";

    public static async Task<int> OneMachineAsync(StandIn? standIn)
    {
        Console.WriteLine("One machine, and everything in its memory (with redis-server installed: two machines and a death).\n");
        using var silo = SiloHost.Build(new() { SiloPort = Ports.Free(), GatewayPort = Ports.Free(), StandIn = standIn?.Address });
        await silo.StartAsync();
        var cluster = silo.Services.GetRequiredService<IGrainFactory>();
        await TalkAsync(cluster, "ada", "turn-1", "Is seven prime?");
        await TalkAsync(cluster, "ada", "turn-2", "And nine?");
        await HangUpAsync(cluster);
        await TwoAtOnceAsync(cluster);
        if (standIn is not null)
            await RefusedAsync(cluster);
        await silo.StopAsync();
        return 0;
    }

    public static async Task<int> TwoMachinesAsync(RedisServer redis, StandIn? standIn)
    {
        Console.WriteLine("Two machines that share a Redis: membership, conversations, answers, budget.\n");
        var settings = new SiloSettings { Redis = redis.Address, Silos = 2, StandIn = standIn?.Address };
        List<SiloProcess> silos = [SiloProcess.Start(settings), SiloProcess.Start(settings with { Name = "second" })];
        try
        {
            await Task.WhenAll(silos.Select(silo => silo.ReadyAsync()));
            using var client = SiloHost.BuildClient(settings);
            await client.StartAsync();
            var cluster = client.Services.GetRequiredService<IClusterClient>();
            await TalkAsync(cluster, "ada", "turn-1", "Is seven prime?");
            await HangUpAsync(cluster);
            await TwoAtOnceAsync(cluster);

            Console.WriteLine("A machine dies while six conversations are answered:");
            var before = standIn?.Charges.Count ?? 0;
            var talks = Enumerable.Range(1, 6).Select(number => Listener.AskAsync(cluster, $"talk-{number}", "turn-1", $"What is {number} squared?")).ToList();
            var (victim, its) = await Trial.FullestAsync(cluster, silos, Enumerable.Range(1, 6).Select(number => $"talk-{number}"));
            await Trial.UntilAsync(() => standIn is null || its.Any(standIn.IsSpeaking) && !its.Any(standIn.IsBeginning));
            victim.Kill();
            var answers = await Task.WhenAll(talks);
            Console.WriteLine($"  all six are answered; {answers.Count(answer => answer.Asked > 1)} listeners asked again with the same turn id, {(standIn is null ? "" : $"{standIn.Charges.Count - before - 6} turns were cut and paid twice")}");
            await Task.WhenAll(Enumerable.Range(1, 6).Select(number => Listener.AskAsync(cluster, $"talk-{number}", "turn-2", "Sure?")));
            if (standIn is not null)
                Console.WriteLine($"  and each second request carried the thinking of the first: {standIn.Charges.Where(charge => charge.Turn == 2 && charge.Conversation!.StartsWith("talk-", StringComparison.Ordinal)).All(charge => charge.Thoughts == 1)}\n");

            await BudgetAsync(redis, standIn);
            await AwayAsync(redis, cluster);
            if (standIn is not null)
                await RefusedAsync(cluster);
            await client.StopAsync();
            return 0;
        }
        finally
        {
            silos.ForEach(silo => silo.Dispose());
        }
    }

    private static async Task BudgetAsync(RedisServer redis, StandIn? standIn)
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync(SiloHost.Connection(redis.Address));
        var booked = await new RedisBudgetStore(connection.GetDatabase()).GetSpentAsync(SharedAccount.Key);
        var charged = standIn?.Charges.Sum(charge => charge.Cost);
        Console.WriteLine($"The budget that both machines share has ${booked} booked{(charged is null ? "" : $"; the stand-in charged ${charged}, cut turns included: {(booked == charged ? "the sums agree" : "the sums differ")}")}.\n");
    }

    private static async Task TalkAsync(IGrainFactory cluster, string name, string turn, string question)
    {
        Console.WriteLine($"{name} > {question}");
        var thinking = false;
        await Listener.AskAsync(cluster, name, turn, question, update =>
        {
            if (update.GetReasoningText() is { Length: > 0 } thought)
                Console.Write($"{(thinking ? "" : "  ")}{Dim}{thought}{Plain}");
            else if (update.Text.Length > 0)
                Console.Write($"{(thinking ? "\n  " : "")}{update.Text}");
            thinking = thinking && update.Text.Length == 0 || update.GetReasoningText().Length > 0;
        });
        var recorded = await cluster.GetGrain<IConversation>(name).Look();
        Console.WriteLine($"\n  ({recorded.Turns.Count} {(recorded.Turns.Count == 1 ? "turn" : "turns")}, {recorded.Bytes:N0} bytes of JSON, thinking included, on {recorded.Silo})\n");
    }

    private static async Task HangUpAsync(IGrainFactory cluster)
    {
        Console.WriteLine("A listener hangs up after five pieces and comes back:");
        var conversation = cluster.GetGrain<IConversation>("bob");
        List<ChatResponseUpdate> heard = [];
        Place? place = null;
        await foreach (var (now, update) in conversation.Ask("turn-1", "Tell me more.", null))
        {
            heard.Add(update);
            place = now;
            if (heard.Count == 5)
                break;
        }
        await foreach (var (_, update) in conversation.Ask("turn-1", "Tell me more.", place))
            heard.Add(update);
        Console.WriteLine($"  heard in two halves, asked once: {heard.ToChatResponse().Text}\n");
    }

    private static async Task TwoAtOnceAsync(IGrainFactory cluster)
    {
        Console.WriteLine("Two questions at once to one conversation:");
        await Task.WhenAll(Listener.AskAsync(cluster, "eve", "left", "Left?"), Listener.AskAsync(cluster, "eve", "right", "Right?"));
        var recorded = await cluster.GetGrain<IConversation>("eve").Look();
        Console.WriteLine($"  both are answered, one after the other: {string.Join(" ", recorded.History.Where(message => message.Role == ChatRole.User).Select(message => message.Text).Order())}\n");
    }

    private static async Task RefusedAsync(IGrainFactory cluster)
    {
        Console.WriteLine("The service's refusal crosses the machines with all its facts:");
        try
        {
            await Listener.AskAsync(cluster, "poor", "turn-1", "I am out of money.");
        }
        catch (OpenRouterException refused)
        {
            Console.WriteLine($"  {(int?)refused.StatusCode}, {refused.Message}\n");
        }
    }

    private static async Task AwayAsync(RedisServer redis, IGrainFactory cluster)
    {
        await Listener.AskAsync(cluster, "ada", "turn-2", "And nine?"); // wherever it lives by now
        Console.WriteLine("Redis goes away:");
        redis.Stop();
        try
        {
            await Listener.AskAsync(cluster, "ada", "turn-3", "And eleven?");
        }
        catch (ConversationUnavailableException refused)
        {
            Console.WriteLine($"  {refused.Message}");
        }
        await redis.RestartAsync();
        Console.WriteLine($"  it is back: {(await Listener.AskPatientlyAsync(cluster, "ada", "turn-3", "And eleven?")).Text}\n");
    }
}

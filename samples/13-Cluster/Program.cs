// Conversations as grains of a cluster (Orleans): each lives on one machine, outlives it, and takes all its thinking along.
// Alone and without arguments: one machine in this process. With redis-server installed: two machines, one of which is killed in the middle of an answer.
//   --test [conversations] [turns]     the same with many conversations; ends with 1 when anything was lost
//   --measure [conversations] [turns]  how large conversations are, and what one machine carries: the figures of docs/scaling.md
using System.Text.Json;
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Samples.Cluster;

if (args is [SiloProcess.Verb, var json])
{
    using var silo = SiloHost.Build(JsonSerializer.Deserialize<SiloSettings>(json)!);
    await silo.StartAsync();
    Console.WriteLine(SiloProcess.Verb); // ready
    await silo.WaitForShutdownAsync();
    return 0;
}

using var redis = await RedisServer.TryStartAsync();
if (args is ["--test", ..])
{
    if (redis is null)
    {
        Console.WriteLine("No redis-server is installed: nothing to test.");
        return 2;
    }
    var outcome = await Trial.RunAsync(redis, args.Length > 1 ? int.Parse(args[1]) : 200, args.Length > 2 ? int.Parse(args[2]) : 4, TimeSpan.FromMilliseconds(150));
    Console.WriteLine(outcome);
    return outcome.Faults.Count == 0 ? 0 : 1;
}

if (args is ["--measure", ..])
{
    await Sizes.PrintAsync();
    if (redis is null)
    {
        Console.WriteLine("No redis-server is installed: what a machine carries is not measured.");
        return 2;
    }
    await Measure.RunAsync(redis, args.Length > 1 ? int.Parse(args[1]) : 500, args.Length > 2 ? int.Parse(args[2]) : 3);
    return 0;
}

await using var standIn = Samples.Connect.Offline ? await StandIn.StartAsync(TimeSpan.FromMilliseconds(40)) : null;
Console.WriteLine(standIn is null ? "" : $"({OpenRouterDefaults.ApiKeyVariable} is not set: a stand-in answers.)\n");
return redis is null ? await Show.OneMachineAsync(standIn) : await Show.TwoMachinesAsync(redis, standIn);

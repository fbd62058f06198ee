using BenchmarkDotNet.Running;
using Connectors.OpenRouter.Benchmarks;

switch (args)
{
    case ["--short", .. var rows]: // all of them, or those whose titles hold one of these words
        await ShortRun.RunAsync(rows);
        break;
    case ["--cold", var name]:
        await Cold.RunAsync(name);
        break;
    case ["--serve"]:
        await Crowd.ServeAsync();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(StreamBenchmarks).Assembly).Run(args);
        break;
}

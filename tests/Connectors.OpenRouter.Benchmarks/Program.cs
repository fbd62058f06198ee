using BenchmarkDotNet.Running;
using Connectors.OpenRouter.Benchmarks;

switch (args)
{
    case ["--short", ..]:
        await ShortRun.RunAsync();
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

using BenchmarkDotNet.Running;
using Connectors.OpenRouter.Benchmarks;

if (args is ["--short", ..])
    await ShortRun.RunAsync();
else
    BenchmarkSwitcher.FromAssembly(typeof(StreamBenchmarks).Assembly).Run(args);

using BenchmarkDotNet.Attributes;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>The same body, half reasoning and half text, through the bare floor, ours and Microsoft.Extensions.AI.OpenAI.</summary>
[MemoryDiagnoser]
public class StreamBenchmarks
{
    private Readers _readers = null!;

    [Params(10_000)]
    public int Deltas { get; set; }

    [GlobalSetup]
    public void Setup() => _readers = new(Bodies.Stream(Deltas));

    [Benchmark(Baseline = true)]
    public Task<int> Floor() => _readers.Floor();

    [Benchmark]
    public Task<int> Ours() => _readers.Ours();

    [Benchmark]
    public Task<int> Rival() => _readers.Rival();
}

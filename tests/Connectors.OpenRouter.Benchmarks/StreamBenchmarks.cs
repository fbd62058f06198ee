using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>The same body, half reasoning and half text, through the bare floor, ours and Microsoft.Extensions.AI.OpenAI.</summary>
[MemoryDiagnoser]
public class StreamBenchmarks
{
    private byte[] _body = null!;

    [Params(20, 10_000)]
    public int Deltas { get; set; }

    [GlobalSetup]
    public void Setup() => _body = Bodies.Stream(Deltas);

    [Benchmark(Baseline = true)]
    public Task<int> Floor() => Readers.Count(Readers.Floor(Bodies.Client(_body)));

    [Benchmark]
    public Task<int> Ours() => Readers.Count(Readers.Ours(Bodies.Client(_body)).GetStreamingResponseAsync("q"));

    [Benchmark]
    public Task<int> Rival() => Readers.Count(Readers.Rival(Bodies.Client(_body)).GetStreamingResponseAsync("q"));
}

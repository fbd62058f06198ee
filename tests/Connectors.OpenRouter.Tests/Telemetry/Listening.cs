using System.Diagnostics;
using System.Diagnostics.Metrics;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Connectors.OpenRouter.Tests.Telemetry;

/// <summary>Spans and meters are the process's: who listens to them runs alone, and hears nobody else.</summary>
[CollectionDefinition(nameof(Listening), DisableParallelization = true)]
public static class Listening
{
    /// <summary>An ending that says all that telemetry knows of.</summary>
    public const string Ending = """{"service_tier":"flex","usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":3},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15,"cost":0.0012}}""";

    internal static OpenRouterChatClient Client(FakeOpenRouter fake, Action<OpenRouterOptions>? configure = null)
    {
        var options = new OpenRouterOptions { Model = "openai/o4-mini", TimeProvider = fake.Clock };
        configure?.Invoke(options);
        return new(options, fake.CreateClient());
    }

    /// <summary>One turn, whole or streamed to its end.</summary>
    internal static async Task<ChatResponse> TurnAsync(this IChatClient client, string question, bool streaming, ChatOptions? options = null) =>
        streaming ? await client.GetStreamingResponseAsync(question, options).ToChatResponseAsync() : await client.GetResponseAsync(question, options);
}

/// <summary>What an exporter is given of one activity source.</summary>
internal sealed class Spans : IDisposable
{
    private readonly List<Activity> _ended = [];
    private readonly TracerProvider _provider;

    public Spans() => _provider = Sdk.CreateTracerProviderBuilder().AddSource(Source).AddInMemoryExporter(_ended).Build();

    public string Source { get; } = $"spans-{Guid.NewGuid():N}";

    public IReadOnlyList<Activity> Ended => _ended;

    public IEnumerable<Activity> Chats => _ended.Where(span => span.GetTagItem("gen_ai.operation.name") is "chat");

    public void Dispose() => _provider.Dispose();
}

/// <summary>Every measurement of some meters.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener;

    public Measurements(params string[] meters)
    {
        _listener = new()
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (!meters.Contains(instrument.Meter.Name))
                    return;
                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Taken.Add((instrument.Name, value, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value))));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Taken.Add((instrument.Name, value, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value))));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Taken.Add((instrument.Name, value, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value))));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    public List<(string Name, double Value, Dictionary<string, object?> Tags)> Taken { get; } = [];

    public IEnumerable<(double Value, Dictionary<string, object?> Tags)> Of(string instrument) => Taken.Where(one => one.Name == instrument).Select(one => (one.Value, one.Tags));

    public void Dispose() => _listener.Dispose();
}

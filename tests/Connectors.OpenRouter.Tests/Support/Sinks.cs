using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Everything that a program says while it runs: logs of every level, spans, metrics.</summary>
internal sealed class Sinks : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _said = new();
    private readonly ActivityListener _spans;
    private readonly MeterListener _metrics;

    public Sinks()
    {
        _spans = new()
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => Say($"span {span.DisplayName} {span.StatusDescription} {Pairs(span.TagObjects)} {string.Join(' ', span.Events.Select(e => $"{e.Name} {Pairs(e.Tags)}"))}"),
        };
        ActivitySource.AddActivityListener(_spans);
        _metrics = new() { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        _metrics.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Say($"metric {instrument.Name} {Pairs(tags.ToArray())}"));
        _metrics.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Say($"metric {instrument.Name} {Pairs(tags.ToArray())}"));
        _metrics.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Say($"metric {instrument.Name} {Pairs(tags.ToArray())}"));
        _metrics.Start();
    }

    public string Everything => string.Join('\n', _said);

    /// <summary>An exception as a program might print it: all of it.</summary>
    public void Say(Exception failure)
    {
        Say(failure.ToString());
        foreach (var property in failure.GetType().GetProperties())
            Say($"{property.Name} {property.GetValue(failure)}");
    }

    public void Say(string words) => _said.Enqueue(words);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        Say($"scope {state}");
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Say($"log {logLevel} {eventId} {formatter(state, exception)} {exception} {(state is IEnumerable<KeyValuePair<string, object?>> pairs ? Pairs(pairs) : "")}");

    public void Dispose()
    {
        _spans.Dispose();
        _metrics.Dispose();
    }

    private static string Pairs(IEnumerable<KeyValuePair<string, object?>> pairs) => string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}"));
}

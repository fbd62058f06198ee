using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Everything that a program says while it runs: logs of every level, spans, metrics.</summary>
internal sealed class Sinks : IDisposable
{
    private readonly FakeLogCollector _logs = FakeLogCollector.Create(new());
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

    /// <summary>To be given to a logger factory.</summary>
    public ILoggerProvider Logs => new FakeLoggerProvider(_logs);

    public string Everything => string.Join('\n', _said.Concat(_logs.GetSnapshot().Select(Line)));

    /// <summary>An exception as a program might print it: all of it.</summary>
    public void Say(Exception failure)
    {
        Say(failure.ToString());
        foreach (var property in failure.GetType().GetProperties())
            Say($"{property.Name} {property.GetValue(failure)}");
    }

    public void Say(string words) => _said.Enqueue(words);

    public void Dispose()
    {
        _spans.Dispose();
        _metrics.Dispose();
    }

    /// <summary>Of the headers that IHttpClientFactory logs at Trace only the text is redacted, not the values: docs/security.md says so.</summary>
    private static bool IsHeaders(FakeLogRecord record) => record.Level == LogLevel.Trace && record.Category?.StartsWith("System.Net.Http.HttpClient.", StringComparison.Ordinal) == true;

    private static string Line(FakeLogRecord record) =>
        $"log {record.Level} {record.Id} {record.Message} {record.Exception} {(IsHeaders(record) ? "" : Pairs(record.State as IEnumerable<KeyValuePair<string, string?>>))} {string.Join(' ', record.Scopes.Select(scope => $"scope {scope} {Pairs(scope as IEnumerable<KeyValuePair<string, object?>>)}"))}";

    private static string Pairs<T>(IEnumerable<KeyValuePair<string, T>>? pairs) => string.Join(' ', pairs?.Select(pair => $"{pair.Key}={pair.Value}") ?? []);
}

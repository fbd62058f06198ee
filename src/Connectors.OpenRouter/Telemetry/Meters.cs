using System.Diagnostics.Metrics;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>Everything this library counts.</summary>
internal static class Meters
{
    private static readonly Meter Meter = new(OpenRouterDefaults.TelemetryName);

    private static readonly Counter<long> Changes = Meter.CreateCounter<long>("openrouter.history.changes", "{change}", "What was left out of histories or changed in them so that the model can read them.");

    private static readonly Counter<long> Failovers = Meter.CreateCounter<long>("openrouter.failovers", "{attempt}", "Attempts that another model was asked for.");

    private static readonly Counter<long> Stops = Meter.CreateCounter<long>("openrouter.loops.stopped", "{loop}", "Function loops that a stop rule ended.");

    public static void HistoryChanged(string act, int times, string? model) => Changes.Add(times, new("openrouter.act", act), new("gen_ai.request.model", model));

    public static void FailedOver(string from, string to, string? errorType) =>
        Failovers.Add(1, new("gen_ai.request.model", from), new("openrouter.failover.to", to), new("error.type", errorType));

    public static void LoopStopped(string rule) => Stops.Add(1, new KeyValuePair<string, object?>("openrouter.stop_rule", rule));
}

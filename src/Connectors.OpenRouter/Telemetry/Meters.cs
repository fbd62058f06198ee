using System.Diagnostics.Metrics;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>Everything this library counts.</summary>
internal static class Meters
{
    private static readonly Meter Meter = new(OpenRouterDefaults.TelemetryName);

    private static readonly Counter<long> Changes = Meter.CreateCounter<long>("openrouter.history.changes", "{change}", "What was left out of histories or changed in them so that the model can read them.");

    public static void HistoryChanged(string act, int times, string? model) => Changes.Add(times, new("openrouter.act", act), new("gen_ai.request.model", model));
}

using System.Diagnostics;
using System.Globalization;
using OpenTelemetry.Metrics;

namespace Samples;

/// <summary>What an exporter was given, as two short tables.</summary>
internal static class Seen
{
    public static void Print(IReadOnlyCollection<Activity> spans, IEnumerable<MetricSnapshot> metrics)
    {
        Console.WriteLine($"{"What telemetry saw",-34}{"served by",-12}{"in",5}{"out",5}{"thought",9}{"dollars",11}{"first thought",15}");
        foreach (var span in spans.OrderBy(span => span.StartTimeUtc))
            Console.WriteLine(Row(span, isInside: spans.Any(other => other.SpanId == span.ParentSpanId)).TrimEnd());

        Console.WriteLine("\nWhat the meter counted");
        foreach (var metric in metrics.Where(metric => metric.Name.StartsWith("openrouter.", StringComparison.Ordinal)))
            foreach (var point in metric.MetricPoints)
                Console.WriteLine($"{metric.Name,-36}{Model(point),-26}{Value(metric, point)}");
    }

    private static string Row(Activity span, bool isInside) =>
        $"{(isInside ? "  " : "") + span.DisplayName,-34}{span.GetTagItem("openrouter.provider"),-12}"
        + $"{span.GetTagItem("gen_ai.usage.input_tokens"),5}{span.GetTagItem("gen_ai.usage.output_tokens"),5}{span.GetTagItem("gen_ai.usage.reasoning.output_tokens"),9}"
        + $"{Number(span, "openrouter.cost", "0.000000"),11}{Number(span, "openrouter.time_to_first_reasoning", "0.00 s"),15}";

    private static string? Number(Activity span, string tag, string format) => (span.GetTagItem(tag) as double?)?.ToString(format, CultureInfo.InvariantCulture);

    private static object? Model(MetricPoint point)
    {
        foreach (var (key, value) in point.Tags)
            if (key == "gen_ai.request.model")
                return value;
        return null;
    }

    private static string Value(MetricSnapshot metric, MetricPoint point) => metric.MetricType switch
    {
        MetricType.DoubleSum => string.Create(CultureInfo.InvariantCulture, $"{point.GetSumDouble():0.000000} dollars"),
        MetricType.LongSum => string.Create(CultureInfo.InvariantCulture, $"{point.GetSumLong()}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{point.GetHistogramSum() / point.GetHistogramCount():0.00} s on average"),
    };
}

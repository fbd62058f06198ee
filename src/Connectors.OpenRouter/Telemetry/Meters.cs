using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>
/// Everything this library measures. Nothing is allocated where nobody listens, and no tag has more than a few hundred values,
/// whatever callers and services make up.
/// </summary>
internal static class Meters
{
    private const string RequestModel = "gen_ai.request.model";

    private static readonly Meter Meter = new(OpenRouterDefaults.TelemetryName);

    private static readonly Counter<double> Cost = Meter.CreateCounter<double>("openrouter.cost", "{USD}", "What OpenRouter charged, in dollars.");

    private static readonly Counter<double> UpstreamCost = Meter.CreateCounter<double>("openrouter.upstream_cost", "{USD}", "What providers charge beside that where the account's own provider key was used, in dollars.");

    private static readonly Counter<long> ReasoningTokens = Meter.CreateCounter<long>("openrouter.reasoning.tokens", "{token}", "Tokens of thinking; they are among the output tokens.");

    private static readonly Histogram<double> FirstReasoning = Meter.CreateHistogram("openrouter.time_to_first_reasoning", "s", "From the call to the first words of thinking, in streams.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256] });

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("openrouter.retries", "{request}", "Requests that were sent again.");

    private static readonly Counter<long> EmptyAnswers = Meter.CreateCounter<long>("openrouter.answers.empty", "{answer}", "Complete answers that held nothing at all.");

    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>("openrouter.options.dropped", "{option}", "Options that were left out or changed because the API does not take them, at each call.");

    private static readonly Counter<long> Changes = Meter.CreateCounter<long>("openrouter.history.changes", "{change}", "What was left out of histories or changed in them so that the model can read them.");

    private static readonly Counter<long> Failovers = Meter.CreateCounter<long>("openrouter.failovers", "{attempt}", "Attempts that another model was asked for.");

    private static readonly Counter<long> Stops = Meter.CreateCounter<long>("openrouter.loops.stopped", "{loop}", "Function loops that a stop rule ended.");

    private static readonly BoundedValues Models = new(200), Providers = new(200), Options = new(100), Errors = new(100);

    /// <summary>Whether anybody listens to what is measured once per call.</summary>
    public static bool IsEnabled => Cost.Enabled || UpstreamCost.Enabled || ReasoningTokens.Enabled || FirstReasoning.Enabled || Retries.Enabled;

    /// <summary>What a request used, whatever became of it.</summary>
    public static void Used(string? requested, string? model, string? provider, decimal? cost, decimal? upstreamCost, long? reasoningTokens)
    {
        var tags = Tags(requested, model, provider);
        if (cost is { } charged)
            Cost.Add((double)charged, tags);
        if (upstreamCost is { } beside)
            UpstreamCost.Add((double)beside, tags);
        if (reasoningTokens is { } tokens and > 0)
            ReasoningTokens.Add(tokens, tags);
    }

    public static void TimeToFirstReasoning(string? requested, string? model, string? provider, TimeSpan time) => FirstReasoning.Record(time.TotalSeconds, Tags(requested, model, provider));

    public static void Retried(string? requested, string? provider, string error)
    {
        if (Retries.Enabled)
            Retries.Add(1, new(RequestModel, Models.Of(requested)), new("openrouter.provider", Providers.Of(provider)), new("error.type", Errors.Of(error)));
    }

    public static void EmptyAnswer(string? requested, string? provider, bool isFree)
    {
        if (EmptyAnswers.Enabled)
            EmptyAnswers.Add(1, new(RequestModel, Models.Of(requested)), new("openrouter.provider", Providers.Of(provider)), new("openrouter.answer.free", isFree));
    }

    public static void OptionDropped(string option, string? requested)
    {
        if (Dropped.Enabled)
            Dropped.Add(1, new("openrouter.option", Options.Of(option)), new(RequestModel, Models.Of(requested)));
    }

    public static void HistoryChanged(string act, int times, string? requested)
    {
        if (Changes.Enabled)
            Changes.Add(times, new("openrouter.act", act), new(RequestModel, Models.Of(requested)));
    }

    public static void FailedOver(string from, string to, string? errorType)
    {
        if (Failovers.Enabled)
            Failovers.Add(1, new(RequestModel, Models.Of(from)), new("openrouter.failover.to", Models.Of(to)), new("error.type", Errors.Of(errorType)));
    }

    public static void LoopStopped(string rule) => Stops.Add(1, new KeyValuePair<string, object?>("openrouter.stop_rule", rule));

    private static TagList Tags(string? requested, string? model, string? provider) => new()
    {
        { RequestModel, Models.Of(requested) },
        { "gen_ai.response.model", Models.Of(model) },
        { "openrouter.provider", Providers.Of(provider) },
    };
}

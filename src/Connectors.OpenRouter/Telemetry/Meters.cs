using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>
/// Everything this library measures. Nothing is allocated where nobody listens, and no tag has more than a few hundred values,
/// whatever callers and services make up.
/// </summary>
internal static class Meters
{
    /// <summary>The tag of the model that was asked for, by OpenTelemetry's conventions.</summary>
    private const string RequestModel = "gen_ai.request.model";

    /// <summary>The meter under whose name apps listen.</summary>
    private static readonly Meter Meter = new(OpenRouterDefaults.TelemetryName);

    /// <summary>Money charged by OpenRouter.</summary>
    private static readonly Counter<double> Cost = Meter.CreateCounter<double>("openrouter.cost", "{USD}", "What OpenRouter charged, in dollars.");

    /// <summary>Money charged by providers under own keys.</summary>
    private static readonly Counter<double> UpstreamCost = Meter.CreateCounter<double>("openrouter.upstream_cost", "{USD}", "What providers charge beside that where the account's own provider key was used, in dollars.");

    /// <summary>Tokens of reasoning.</summary>
    private static readonly Counter<long> ReasoningTokens = Meter.CreateCounter<long>("openrouter.reasoning.tokens", "{token}", "Tokens of thinking; they are among the output tokens.");

    /// <summary>Seconds until the first reasoning; the buckets are those of thinking models.</summary>
    private static readonly Histogram<double> FirstReasoning = Meter.CreateHistogram("openrouter.time_to_first_reasoning", "s", "From the call to the first words of thinking, in streams.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256] });

    /// <summary>Repeated requests.</summary>
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("openrouter.retries", "{request}", "Requests that were sent again.");

    /// <summary>Complete answers without output.</summary>
    private static readonly Counter<long> EmptyAnswers = Meter.CreateCounter<long>("openrouter.answers.empty", "{answer}", "Complete answers that held nothing at all.");

    /// <summary>Options left out or changed.</summary>
    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>("openrouter.options.dropped", "{option}", "Options that were left out or changed because the API does not take them, at each call.");

    /// <summary>Changes to histories.</summary>
    private static readonly Counter<long> Changes = Meter.CreateCounter<long>("openrouter.history.changes", "{change}", "What was left out of histories or changed in them so that the model can read them.");

    /// <summary>Attempts with another model.</summary>
    private static readonly Counter<long> Failovers = Meter.CreateCounter<long>("openrouter.failovers", "{attempt}", "Attempts that another model was asked for.");

    /// <summary>Loops that a rule ended.</summary>
    private static readonly Counter<long> Stops = Meter.CreateCounter<long>("openrouter.loops.stopped", "{loop}", "Function loops that a stop rule ended.");

    /// <summary>The values that tags may have, so that no caller can make a series for each request.</summary>
    private static readonly BoundedValues Models = new(200), Providers = new(200), Options = new(100), Errors = new(100);

    /// <summary>Whether anybody listens to what is measured once per call.</summary>
    public static bool IsEnabled => Cost.Enabled || UpstreamCost.Enabled || ReasoningTokens.Enabled || FirstReasoning.Enabled || Retries.Enabled;

    /// <summary>What a request used, whatever became of it.</summary>
    /// <param name="requested">The model as sent.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="provider">The provider that served.</param>
    /// <param name="cost">What OpenRouter charged, in USD; null when unknown.</param>
    /// <param name="upstreamCost">What the provider charged beside it, in USD; null for none.</param>
    /// <param name="reasoningTokens">Tokens of reasoning; null when unknown.</param>
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

    /// <summary>The first reasoning of a streamed answer.</summary>
    /// <param name="requested">The model as sent.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="provider">The provider that served.</param>
    /// <param name="time">From the call on.</param>
    public static void TimeToFirstReasoning(string? requested, string? model, string? provider, TimeSpan time) => FirstReasoning.Record(time.TotalSeconds, Tags(requested, model, provider));

    /// <summary>A request is sent again.</summary>
    /// <param name="requested">The model as sent.</param>
    /// <param name="provider">The provider that failed, where it is known.</param>
    /// <param name="error">Why, in one word.</param>
    public static void Retried(string? requested, string? provider, string error)
    {
        if (Retries.Enabled)
            Retries.Add(1, new(RequestModel, Models.Of(requested)), new("openrouter.provider", Providers.Of(provider)), new("error.type", Errors.Of(error)));
    }

    /// <summary>A complete answer held nothing.</summary>
    /// <param name="requested">The model as sent.</param>
    /// <param name="provider">The provider that served.</param>
    /// <param name="isFree">Whether it is asked again.</param>
    public static void EmptyAnswer(string? requested, string? provider, bool isFree)
    {
        if (EmptyAnswers.Enabled)
            EmptyAnswers.Add(1, new(RequestModel, Models.Of(requested)), new("openrouter.provider", Providers.Of(provider)), new("openrouter.answer.free", isFree));
    }

    /// <summary>An option was left out or changed.</summary>
    /// <param name="option">Its name.</param>
    /// <param name="requested">The model as sent.</param>
    public static void OptionDropped(string option, string? requested)
    {
        if (Dropped.Enabled)
            Dropped.Add(1, new("openrouter.option", Options.Of(option)), new(RequestModel, Models.Of(requested)));
    }

    /// <summary>Something of a history was changed.</summary>
    /// <param name="act">What was done.</param>
    /// <param name="times">How often within the request.</param>
    /// <param name="requested">The model as sent.</param>
    public static void HistoryChanged(string act, int times, string? requested)
    {
        if (Changes.Enabled)
            Changes.Add(times, new("openrouter.act", act), new(RequestModel, Models.Of(requested)));
    }

    /// <summary>Another model is asked.</summary>
    /// <param name="from">The model that failed.</param>
    /// <param name="to">The model that is asked.</param>
    /// <param name="errorType">Why it failed, where the service says so.</param>
    public static void FailedOver(string from, string to, string? errorType)
    {
        if (Failovers.Enabled)
            Failovers.Add(1, new(RequestModel, Models.Of(from)), new("openrouter.failover.to", Models.Of(to)), new("error.type", Errors.Of(errorType)));
    }

    /// <summary>A rule ended a loop.</summary>
    /// <param name="rule">Its name.</param>
    public static void LoopStopped(string rule) => Stops.Add(1, new KeyValuePair<string, object?>("openrouter.stop_rule", rule));

    /// <summary>The tags that answers share, each with a bounded number of values.</summary>
    private static TagList Tags(string? requested, string? model, string? provider) => new()
    {
        { RequestModel, Models.Of(requested) },
        { "gen_ai.response.model", Models.Of(model) },
        { "openrouter.provider", Providers.Of(provider) },
    };
}

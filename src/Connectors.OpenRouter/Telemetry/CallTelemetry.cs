using System.Diagnostics;
using System.Globalization;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>
/// What one request tells the framework's chat span and our meter. A span may hold several requests (a function loop inside it): sums
/// are added to what it holds. Where nobody listens there is none of this.
/// </summary>
internal sealed class CallTelemetry
{
    /// <summary>
    /// Not the names of the answer's properties: with sensitive data on, the framework adds all of those as tags, and a tag may
    /// stand once.
    /// </summary>
    private const string ServiceTier = "openrouter.response.service_tier", FirstReasoning = "openrouter.time_to_first_reasoning";

    /// <summary>Of a routed call's attempts; what a service tells beyond that no span need hold.</summary>
    private const int MostAttempts = 32;

    /// <summary>Whether the instruments have been made. A fresh process makes them when its first call ends, not before its first word.</summary>
    private static volatile bool _hasInstruments;

    /// <summary>The framework's chat span; null when nobody records it.</summary>
    private readonly Activity? _span;

    /// <summary>The model as sent last, for the meter's tags.</summary>
    private string? _model;

    /// <summary>How often the request was sent again.</summary>
    private int _retries;

    /// <summary>The call was reported; it is reported once.</summary>
    private bool _over;

    /// <summary>For one call.</summary>
    /// <param name="span">The framework's span; null where only the meter is heard.</param>
    private CallTelemetry(Activity? span) => _span = span;

    /// <summary>Taken when the call begins: when it ends early, the current activity is the caller's.</summary>
    /// <returns>Null where neither span nor meter is heard.</returns>
    public static CallTelemetry? Begin()
    {
        var span = Activity.Current is { } current && IsChat(current) ? current : null;
        return span is not null || !_hasInstruments || Meters.IsEnabled ? new(span) : null;
    }

    /// <summary>The request as it is about to be sent.</summary>
    public void Sends(OutgoingRequest request)
    {
        _model = request.Model;
        if (request.Effort is { } effort)
            _span?.SetTag("gen_ai.request.reasoning.level", effort);
    }

    /// <summary>It failed and is sent again after the pause.</summary>
    public void Retried(OpenRouterException failure, TimeSpan pause) => Retried(ErrorType(failure), failure.ProviderName, pause);

    /// <summary>It was refused, and is sent again at once with less in it.</summary>
    /// <param name="without">What is left out: <c>include</c> or <c>reasoning</c>.</param>
    public void Reduced(string without) => Retried($"refused_{without}", null, TimeSpan.Zero);

    /// <summary>The call is over.</summary>
    /// <param name="final">The update that every good ending has; null where there was none.</param>
    /// <param name="failure">What ended it badly; null for a good end, and where the caller left.</param>
    /// <param name="firstReasoning">When the first thought was heard.</param>
    public void End(ChatResponseUpdate? final, OpenRouterException? failure, TimeSpan? firstReasoning)
    {
        if (_over)
            return;
        _over = true;
        _hasInstruments = true;
        if (_span is null && !Meters.IsEnabled)
            return;
        var info = final?.GetOpenRouter() ?? failure?.PartialResponse?.GetOpenRouter();
        var usage = final is null ? failure?.Usage : UsageOf(final);
        var provider = SecretRedactor.None.Name(info?.ProviderName ?? failure?.ProviderName);
        var (cost, upstream) = (usage?.GetCost(), info is { IsByok: true } ? info.UpstreamCost : null);
        Meters.Used(_model, final?.ModelId, provider, cost, upstream, usage?.ReasoningTokenCount);
        if (firstReasoning is { } first)
            Meters.TimeToFirstReasoning(_model, final?.ModelId, provider, first);
        if (_span is not { } span)
            return;
        Set(span, "openrouter.provider", provider);
        Set(span, ServiceTier, info?.ServiceTier);
        AddMoney(span, "openrouter.cost", cost);
        AddMoney(span, "openrouter.upstream_cost", upstream);
        AddCount(span, "gen_ai.usage.cache_creation.input_tokens", Count(usage, ResponseMap.CacheWriteKey));
        AddCount(span, "openrouter.retries", _retries > 0 ? _retries : null);
        if (firstReasoning is { } thought && span.GetTagItem(FirstReasoning) is null) // of several requests the first
            span.SetTag(FirstReasoning, thought.TotalSeconds);
        foreach (var attempt in (info?.Routing?.Array("attempts") ?? default).Take(MostAttempts))
            span.AddEvent(new("openrouter.routing.attempt", tags: new()
            {
                ["openrouter.provider"] = SecretRedactor.None.Name(attempt.Text("provider")),
                ["gen_ai.response.model"] = SecretRedactor.None.Name(attempt.Text("model")),
                ["http.response.status_code"] = attempt.Integer("status"),
            }));
    }

    /// <summary>In few words: what the service calls it, else its status, else that there was no connection.</summary>
    private static string ErrorType(OpenRouterException failure) =>
        failure.ErrorType ?? (failure.StatusCode is { } status ? ((int)status).ToString(CultureInfo.InvariantCulture) : failure.InnerException?.GetType().FullName ?? failure.Code ?? "error");

    /// <summary>The framework's span of a chat request, and no other's: the app's own span is none of our business.</summary>
    public static bool IsChat(Activity span) =>
        span is { IsAllDataRequested: true, Kind: ActivityKind.Client }
        && span.GetTagItem("gen_ai.operation.name") is "chat"
        && span.GetTagItem("gen_ai.provider.name") is null or "openrouter"; // routers tell no provider

    /// <summary>The usage that a final update holds; null when the service sent none.</summary>
    private static UsageDetails? UsageOf(ChatResponseUpdate final)
    {
        foreach (var content in final.Contents)
            if (content is UsageContent usage)
                return usage.Details;
        return null;
    }

    /// <summary>One of the additional counts; null when it is not there.</summary>
    private static long? Count(UsageDetails? usage, string key) => usage?.AdditionalCounts is { } counts && counts.TryGetValue(key, out var count) ? count : null;

    /// <summary>Sets a tag that is known.</summary>
    private static void Set(Activity span, string name, string? value)
    {
        if (value is not null)
            span.SetTag(name, value);
    }

    /// <summary>Adds to a count of the span: several requests of one span are summed.</summary>
    private static void AddCount(Activity span, string name, long? count)
    {
        if (count is { } more)
            span.SetTag(name, span.GetTagItem(name) is long known ? known + more : more);
    }

    /// <summary>Added as decimals: tenths of cents have no exact double.</summary>
    private static void AddMoney(Activity span, string name, decimal? dollars)
    {
        if (dollars is { } more)
            span.SetTag(name, (double)(span.GetTagItem(name) is double known ? (decimal)known + more : more));
    }

    /// <summary>Counts a retry in the meter and adds an event to the span.</summary>
    /// <param name="error">Why, in one word.</param>
    /// <param name="provider">The provider that failed; null when it is not known.</param>
    /// <param name="pause">Until it is sent again.</param>
    private void Retried(string error, string? provider, TimeSpan pause)
    {
        _retries++;
        Meters.Retried(_model, provider, error);
        _span?.AddEvent(new("openrouter.retry", tags: new()
        {
            ["error.type"] = error,
            ["openrouter.provider"] = provider,
            ["openrouter.retry.delay"] = pause.TotalSeconds,
        }));
    }
}

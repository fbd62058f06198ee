using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>
/// Everything this library logs. Event ids are part of its contract: 1-19 transport and retries, 20-39 recovery and history, 40-49 requests,
/// 50-59 settings of registered clients, 70-79 failover and stop rules, 80-89 the platform, 90-99 budgets, preflight and prompt caches.
/// </summary>
/// <remarks>
/// In one file: what the generator writes for a class in several files stands in another order with each build, and the package
/// would not be built the same twice.
/// </remarks>
internal static partial class Log
{
    /// <summary>A lent client has a time limit of its own. Once per client.</summary>
    [LoggerMessage(1, LogLevel.Warning, "The given HttpClient gives up after {Timeout}, however long the model thinks. Set its Timeout to Timeout.InfiniteTimeSpan; OpenRouterOptions.Timeouts limit each call.")]
    public static partial void FiniteTimeout(ILogger logger, TimeSpan timeout);

    /// <summary>An attempt failed and is repeated after a pause.</summary>
    [LoggerMessage(2, LogLevel.Warning, "Attempt {Attempt} failed; sending again in {Delay}. {Failure}")]
    public static partial void Retrying(ILogger logger, int attempt, string failure, TimeSpan delay);

    /// <summary>A call succeeded after it was repeated.</summary>
    [LoggerMessage(3, LogLevel.Information, "Answered after {Retries} retries.")]
    public static partial void Recovered(ILogger logger, int retries);

    /// <summary>A complete answer held nothing; a free one is asked again.</summary>
    [LoggerMessage(4, LogLevel.Warning, "{Model} answered nothing at all (free: {IsFree}).")]
    public static partial void EmptyAnswer(ILogger logger, string? model, bool isFree);

    /// <summary>A warning of an answer, such as a contradicted text.</summary>
    [LoggerMessage(5, LogLevel.Warning, "{Sentence}")]
    public static partial void AnswerWarned(ILogger logger, string sentence);

    /// <summary>A lent client has a base address that is not the endpoint. Once per client.</summary>
    [LoggerMessage(6, LogLevel.Warning, "The given HttpClient's BaseAddress {Address} is not used: requests go to {Endpoint}. If they should go there, set OpenRouterOptions.Endpoint.")]
    public static partial void OtherAddress(ILogger logger, string address, Uri endpoint);

    /// <summary>A model refused <c>include</c>; the request was sent again without it.</summary>
    [LoggerMessage(20, LogLevel.Warning, "{Model} refuses the include member; asking again, and from now on, without it. Its reasoning cannot be sent back encrypted.")]
    public static partial void WithoutInclude(ILogger logger, string? model, Exception exception);

    /// <summary>A model refused earlier reasoning; the request was sent again without it.</summary>
    [LoggerMessage(21, LogLevel.Warning, "{Model} refuses the history's reasoning; asking once more without it.")]
    public static partial void WithoutReasoning(ILogger logger, string? model, Exception exception);

    /// <summary>Something of a history was left out or changed, at each call.</summary>
    [LoggerMessage(22, LogLevel.Information, "{Sentence} ({Act}, {Times} times)")]
    public static partial void HistoryChanged(ILogger logger, string act, int times, string sentence);

    /// <summary>Something of a request was left out or changed. Once per kind and client.</summary>
    [LoggerMessage(40, LogLevel.Warning, "{Kind}: {Sentence}")]
    public static partial void Changed(ILogger logger, string kind, string sentence);

    /// <summary>A reload of the settings failed.</summary>
    [LoggerMessage(50, LogLevel.Error, "The settings of the OpenRouter client '{Client}' were reloaded and are not usable; the last good ones stay. {Reason}")]
    public static partial void ReloadRefused(ILogger logger, string client, string reason);

    /// <summary>A setting was reloaded that cannot change while the app runs.</summary>
    [LoggerMessage(51, LogLevel.Warning, "{Setting} of the OpenRouter client '{Client}' was changed from {Before} to {After} while the app runs. It stays {Before} until the app is restarted.")]
    public static partial void SettingFixed(ILogger logger, string client, string setting, string? before, string? after);

    /// <summary>A setting that no client has.</summary>
    [LoggerMessage(52, LogLevel.Warning, "{Setting} is no setting of an OpenRouter client and is passed over.{Suggestion}")]
    public static partial void UnknownSetting(ILogger logger, string setting, string suggestion);

    /// <summary>Clients without a key, when the host starts.</summary>
    [LoggerMessage(53, LogLevel.Warning, "No key was found for the OpenRouter clients: {Clients}. Set OpenRouter:ApiKey, or the environment variable OPENROUTER_API_KEY; until then their calls fail. Keys are made at https://openrouter.ai/settings/keys.")]
    public static partial void NoKey(ILogger logger, string clients);

    /// <summary>A model failed and another is asked.</summary>
    [LoggerMessage(70, LogLevel.Warning, "{From} did not answer ({Reason}); {To} is asked instead.")]
    public static partial void FailedOver(ILogger logger, string from, string to, string reason, Exception exception);

    /// <summary>A model that repeats itself was told so.</summary>
    [LoggerMessage(71, LogLevel.Information, "The model was told that it repeats itself. {Sentence}")]
    public static partial void Nudged(ILogger logger, string sentence);

    /// <summary>A rule ended a function loop.</summary>
    [LoggerMessage(72, LogLevel.Warning, "A function loop was stopped by the rule '{Rule}'. {Sentence}")]
    public static partial void LoopStopped(ILogger logger, string rule, string sentence);

    /// <summary>A cost rule cannot count answers without a cost. Once per client.</summary>
    [LoggerMessage(73, LogLevel.Warning, "An answer named no cost, so that OpenRouterStopRules.MaxCost cannot count it. Told once.")]
    public static partial void CostUnknown(ILogger logger);

    /// <summary>A newer copy did not come; the old one is served on.</summary>
    [LoggerMessage(80, LogLevel.Warning, "{What}, {Age} old, could not be asked for anew and is used on. {Reason}")]
    public static partial void NotRefreshed(ILogger logger, string what, TimeSpan age, string reason);

    /// <summary>A budget's store failed; the consequence says what becomes of the request.</summary>
    [LoggerMessage(90, LogLevel.Warning, "The store of the budget '{Key}' could not be reached. {Consequence}")]
    public static partial void BudgetStoreAway(ILogger logger, string key, string consequence, Exception exception);

    /// <summary>A cost was booked after its call had ended.</summary>
    [LoggerMessage(91, LogLevel.Information, "An answer of the budget '{Key}' whose cost nobody heard was booked with ${Cost} ({Source}).")]
    public static partial void BookedLate(ILogger logger, string key, decimal cost, string source);

    /// <summary>A budget cannot count answers without a cost. Once per client.</summary>
    [LoggerMessage(92, LogLevel.Warning, "An answer named no cost, so that the budget '{Key}' cannot count it. Told once.")]
    public static partial void UncountedCost(ILogger logger, string key);

    /// <summary>The service did not tell what a generation cost; it is asked again later.</summary>
    [LoggerMessage(93, LogLevel.Warning, "What {Generation} of the budget '{Key}' cost could not be asked; it stays held back and is asked again later.")]
    public static partial void CostNotTold(ILogger logger, string key, string generation, Exception exception);

    /// <summary>A prompt was not read from the provider's cache although it could have been.</summary>
    [LoggerMessage(94, LogLevel.Warning, "The prompt cache was missed: {Reason}. {Tokens} tokens were read anew{Money}.")]
    public static partial void CacheMissed(ILogger logger, string reason, long tokens, string money);

    /// <summary>What the catalogue says against a request. Once per kind and model.</summary>
    [LoggerMessage(95, LogLevel.Warning, "{Sentence}")]
    public static partial void Preflight(ILogger logger, string sentence);
}

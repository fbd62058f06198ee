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
    [LoggerMessage(1, LogLevel.Warning, "The given HttpClient gives up after {Timeout}, however long the model thinks. Set its Timeout to Timeout.InfiniteTimeSpan; OpenRouterOptions.Timeouts limit each call.")]
    public static partial void FiniteTimeout(ILogger logger, TimeSpan timeout);

    [LoggerMessage(2, LogLevel.Warning, "Attempt {Attempt} failed; sending again in {Delay}. {Failure}")]
    public static partial void Retrying(ILogger logger, int attempt, string failure, TimeSpan delay);

    [LoggerMessage(3, LogLevel.Information, "Answered after {Retries} retries.")]
    public static partial void Recovered(ILogger logger, int retries);

    [LoggerMessage(4, LogLevel.Warning, "{Model} answered nothing at all (free: {IsFree}).")]
    public static partial void EmptyAnswer(ILogger logger, string? model, bool isFree);

    [LoggerMessage(5, LogLevel.Warning, "{Sentence}")]
    public static partial void AnswerWarned(ILogger logger, string sentence);

    [LoggerMessage(6, LogLevel.Warning, "The given HttpClient's BaseAddress {Address} is not used: requests go to {Endpoint}. If they should go there, set OpenRouterOptions.Endpoint.")]
    public static partial void OtherAddress(ILogger logger, string address, Uri endpoint);

    [LoggerMessage(20, LogLevel.Warning, "{Model} refuses the include member; asking again, and from now on, without it. Its reasoning cannot be sent back encrypted.")]
    public static partial void WithoutInclude(ILogger logger, string? model, Exception exception);

    [LoggerMessage(21, LogLevel.Warning, "{Model} refuses the history's reasoning; asking once more without it.")]
    public static partial void WithoutReasoning(ILogger logger, string? model, Exception exception);

    [LoggerMessage(22, LogLevel.Information, "{Sentence} ({Act}, {Times} times)")]
    public static partial void HistoryChanged(ILogger logger, string act, int times, string sentence);

    [LoggerMessage(40, LogLevel.Warning, "{Kind}: {Sentence}")]
    public static partial void Changed(ILogger logger, string kind, string sentence);

    [LoggerMessage(50, LogLevel.Error, "The settings of the OpenRouter client '{Client}' were reloaded and are not usable; the last good ones stay. {Reason}")]
    public static partial void ReloadRefused(ILogger logger, string client, string reason);

    [LoggerMessage(51, LogLevel.Warning, "{Setting} of the OpenRouter client '{Client}' was changed from {Before} to {After} while the app runs. It stays {Before} until the app is restarted.")]
    public static partial void SettingFixed(ILogger logger, string client, string setting, string? before, string? after);

    [LoggerMessage(52, LogLevel.Warning, "{Setting} is no setting of an OpenRouter client and is passed over.{Suggestion}")]
    public static partial void UnknownSetting(ILogger logger, string setting, string suggestion);

    [LoggerMessage(53, LogLevel.Warning, "No key was found for the OpenRouter clients: {Clients}. Set OpenRouter:ApiKey, or the environment variable OPENROUTER_API_KEY; until then their calls fail. Keys are made at https://openrouter.ai/settings/keys.")]
    public static partial void NoKey(ILogger logger, string clients);

    [LoggerMessage(70, LogLevel.Warning, "{From} did not answer ({Reason}); {To} is asked instead.")]
    public static partial void FailedOver(ILogger logger, string from, string to, string reason, Exception exception);

    [LoggerMessage(71, LogLevel.Information, "The model was told that it repeats itself. {Sentence}")]
    public static partial void Nudged(ILogger logger, string sentence);

    [LoggerMessage(72, LogLevel.Warning, "A function loop was stopped by the rule '{Rule}'. {Sentence}")]
    public static partial void LoopStopped(ILogger logger, string rule, string sentence);

    [LoggerMessage(73, LogLevel.Warning, "An answer named no cost, so that OpenRouterStopRules.MaxCost cannot count it. Told once.")]
    public static partial void CostUnknown(ILogger logger);

    [LoggerMessage(80, LogLevel.Warning, "{What}, {Age} old, could not be asked for anew and is used on. {Reason}")]
    public static partial void NotRefreshed(ILogger logger, string what, TimeSpan age, string reason);

    [LoggerMessage(90, LogLevel.Warning, "The store of the budget '{Key}' could not be reached. {Consequence}")]
    public static partial void BudgetStoreAway(ILogger logger, string key, string consequence, Exception exception);

    [LoggerMessage(91, LogLevel.Information, "An answer of the budget '{Key}' whose cost nobody heard was booked with ${Cost} ({Source}).")]
    public static partial void BookedLate(ILogger logger, string key, decimal cost, string source);

    [LoggerMessage(92, LogLevel.Warning, "An answer named no cost, so that the budget '{Key}' cannot count it. Told once.")]
    public static partial void UncountedCost(ILogger logger, string key);

    [LoggerMessage(93, LogLevel.Warning, "What {Generation} of the budget '{Key}' cost could not be asked; it stays held back and is asked again later.")]
    public static partial void CostNotTold(ILogger logger, string key, string generation, Exception exception);

    [LoggerMessage(94, LogLevel.Warning, "The prompt cache was missed: {Reason}. {Tokens} tokens were read anew{Money}.")]
    public static partial void CacheMissed(ILogger logger, string reason, long tokens, string money);

    [LoggerMessage(95, LogLevel.Warning, "{Sentence}")]
    public static partial void Preflight(ILogger logger, string sentence);
}

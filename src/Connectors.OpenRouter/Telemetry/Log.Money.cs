using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>Event ids 90-99: budgets, preflight and prompt caches.</summary>
internal static partial class Log
{
    [LoggerMessage(90, LogLevel.Warning, "The store of the budget '{Key}' could not be reached. {Consequence}")]
    public static partial void BudgetStoreAway(ILogger logger, string key, string consequence, Exception exception);

    [LoggerMessage(91, LogLevel.Information, "An answer of the budget '{Key}' whose cost nobody heard was booked with ${Cost} ({Source}).")]
    public static partial void BookedLate(ILogger logger, string key, decimal cost, string source);

    [LoggerMessage(92, LogLevel.Warning, "An answer named no cost, so that the budget '{Key}' cannot count it. Told once.")]
    public static partial void UncountedCost(ILogger logger, string key);

    [LoggerMessage(93, LogLevel.Warning, "What {Generation} of the budget '{Key}' cost could not be asked; it stays held back and is asked again later.")]
    public static partial void CostNotTold(ILogger logger, string key, string generation, Exception exception);

    [LoggerMessage(95, LogLevel.Warning, "{Sentence}")]
    public static partial void Preflight(ILogger logger, string sentence);

    [LoggerMessage(94, LogLevel.Warning, "The prompt cache was missed: {Reason}. {Tokens} tokens were read anew{Money}.")]
    public static partial void CacheMissed(ILogger logger, string reason, long tokens, string money);
}

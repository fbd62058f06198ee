using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>Event ids 70-79: failover and stop rules.</summary>
internal static partial class Log
{
    [LoggerMessage(70, LogLevel.Warning, "{From} did not answer ({Reason}); {To} is asked instead.")]
    public static partial void FailedOver(ILogger logger, string from, string to, string reason, Exception exception);

    [LoggerMessage(71, LogLevel.Information, "The model was told that it repeats itself. {Sentence}")]
    public static partial void Nudged(ILogger logger, string sentence);

    [LoggerMessage(72, LogLevel.Warning, "A function loop was stopped by the rule '{Rule}'. {Sentence}")]
    public static partial void LoopStopped(ILogger logger, string rule, string sentence);

    [LoggerMessage(73, LogLevel.Warning, "An answer named no cost, so that OpenRouterStopRules.MaxCost cannot count it. Told once.")]
    public static partial void CostUnknown(ILogger logger);
}

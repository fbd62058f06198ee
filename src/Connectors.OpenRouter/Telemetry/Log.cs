using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>Everything this library logs. Event ids are part of its contract: 1-19 transport and retries, 20-39 recovery and history, 40-49 requests.</summary>
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

    [LoggerMessage(20, LogLevel.Warning, "{Model} refuses the include member; asking again, and from now on, without it. Its reasoning cannot be sent back encrypted.")]
    public static partial void WithoutInclude(ILogger logger, string? model, Exception exception);

    [LoggerMessage(21, LogLevel.Warning, "{Model} refuses the history's reasoning; asking once more without it.")]
    public static partial void WithoutReasoning(ILogger logger, string? model, Exception exception);

    [LoggerMessage(22, LogLevel.Information, "{Sentence} ({Act}, {Times} times)")]
    public static partial void HistoryChanged(ILogger logger, string act, int times, string sentence);

    [LoggerMessage(40, LogLevel.Warning, "{Kind}: {Sentence}")]
    public static partial void Changed(ILogger logger, string kind, string sentence);
}

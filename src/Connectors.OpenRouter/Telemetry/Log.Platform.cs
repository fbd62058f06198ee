using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>Event ids 80-89: the platform.</summary>
internal static partial class Log
{
    [LoggerMessage(80, LogLevel.Warning, "{What}, {Age} old, could not be asked for anew and is used on. {Reason}")]
    public static partial void NotRefreshed(ILogger logger, string what, TimeSpan age, string reason);
}

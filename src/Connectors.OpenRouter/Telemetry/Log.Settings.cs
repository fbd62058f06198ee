using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Telemetry;

/// <summary>Event ids 50-59: the settings of registered clients.</summary>
internal static partial class Log
{
    [LoggerMessage(50, LogLevel.Error, "The settings of the OpenRouter client '{Client}' were reloaded and are not usable; the last good ones stay. {Reason}")]
    public static partial void ReloadRefused(ILogger logger, string client, string reason);

    [LoggerMessage(51, LogLevel.Warning, "{Setting} of the OpenRouter client '{Client}' was changed from {Before} to {After} while the app runs. It stays {Before} until the app is restarted.")]
    public static partial void SettingFixed(ILogger logger, string client, string setting, string? before, string? after);

    [LoggerMessage(52, LogLevel.Warning, "{Setting} is no setting of an OpenRouter client and is passed over.{Suggestion}")]
    public static partial void UnknownSetting(ILogger logger, string setting, string suggestion);

    [LoggerMessage(53, LogLevel.Warning, "No key was found for the OpenRouter clients: {Clients}. Set OpenRouter:ApiKey, or the environment variable OPENROUTER_API_KEY; until then their calls fail. Keys are made at https://openrouter.ai/settings/keys.")]
    public static partial void NoKey(ILogger logger, string clients);
}

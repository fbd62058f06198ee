namespace Connectors.OpenRouter;

/// <summary>The names this library goes by: where its settings, handlers and telemetry are found.</summary>
public static class OpenRouterDefaults
{
    /// <summary>The named <see cref="HttpClient"/> that registered clients use; add your own handlers to it.</summary>
    public const string HttpClientName = "OpenRouter";

    /// <summary>
    /// The configuration section that registered clients read; a keyed client also reads <c>OpenRouter:Clients:{key}</c>.
    /// </summary>
    public const string ConfigurationSection = "OpenRouter";

    /// <summary>The environment variable that holds the key when no setting gives one.</summary>
    public const string ApiKeyVariable = "OPENROUTER_API_KEY";

    /// <summary>The name of the activity source and of the meter, for <c>AddSource</c> and <c>AddMeter</c>.</summary>
    public const string TelemetryName = "Connectors.OpenRouter";
}

using Connectors.OpenRouter;
using Connectors.OpenRouter.Registration;
using Microsoft.Extensions.AI;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>OpenRouter in a service collection.</summary>
/// <remarks>
/// A client's settings come from the configuration section <c>OpenRouter</c>, then, for a keyed client, from
/// <c>OpenRouter:Clients:{key}</c>, then from the arguments; what comes later wins. They are checked when the host starts, or
/// at the first use where there is none, and followed while the app runs: only the model and the endpoint stay as they were.
/// The clients share the named <see cref="HttpClient"/> <see cref="OpenRouterDefaults.HttpClientName"/>.
/// </remarks>
public static partial class OpenRouterServiceCollectionExtensions
{
    /// <summary>Registers an <see cref="IChatClient"/>.</summary>
    /// <param name="services">The collection to add to.</param>
    /// <param name="model">The model that answers when a call names none; when null, the setting <c>OpenRouter:Model</c>.</param>
    /// <param name="configure">The last word on the settings; runs again whenever they are read again.</param>
    /// <param name="lifetime">How long a client lives. Clients are cheap: they share connections whatever their lifetime.</param>
    /// <returns>A builder to which function invocation, telemetry, caching or logging can be added.</returns>
    /// <exception cref="Options.OptionsValidationException">
    /// At start, or at the first use: a setting is missing or wrong. The message names it.
    /// </exception>
    public static ChatClientBuilder AddOpenRouterChatClient(
        this IServiceCollection services, string? model = null, Action<OpenRouterOptions>? configure = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        var client = RegisteredClient.Add(services, serviceKey: null, model, configure);
        return services.AddChatClient(client.Create, lifetime);
    }

    /// <inheritdoc cref="AddOpenRouterChatClient(IServiceCollection, string?, Action{OpenRouterOptions}?, ServiceLifetime)"/>
    public static ChatClientBuilder AddOpenRouterChatClient(this IServiceCollection services, Action<OpenRouterOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddOpenRouterChatClient(model: null, configure);
    }

    /// <summary>Registers an <see cref="IChatClient"/> under a key, for <c>[FromKeyedServices]</c>.</summary>
    /// <param name="services">The collection to add to.</param>
    /// <param name="serviceKey">The key; as text it is also the name of the section <c>OpenRouter:Clients:{key}</c>.</param>
    /// <param name="model">
    /// The model that answers when a call names none; when null, the setting <c>OpenRouter:Clients:{key}:Model</c>, then
    /// <c>OpenRouter:Model</c>.
    /// </param>
    /// <param name="configure">The last word on the settings; runs again whenever they are read again.</param>
    /// <param name="lifetime">How long a client lives. Clients are cheap: they share connections whatever their lifetime.</param>
    /// <returns>A builder to which function invocation, telemetry, caching or logging can be added.</returns>
    /// <exception cref="Options.OptionsValidationException">
    /// At start, or at the first use: a setting is missing or wrong. The message names it.
    /// </exception>
    public static ChatClientBuilder AddKeyedOpenRouterChatClient(
        this IServiceCollection services, object serviceKey, string? model = null, Action<OpenRouterOptions>? configure = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(serviceKey);
        var client = RegisteredClient.Add(services, serviceKey, model, configure);
        return services.AddKeyedChatClient(serviceKey, client.Create, lifetime);
    }

    /// <inheritdoc cref="AddKeyedOpenRouterChatClient(IServiceCollection, object, string?, Action{OpenRouterOptions}?, ServiceLifetime)"/>
    public static ChatClientBuilder AddKeyedOpenRouterChatClient(this IServiceCollection services, object serviceKey, Action<OpenRouterOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddKeyedOpenRouterChatClient(serviceKey, model: null, configure);
    }
}

using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// A client of one chat completion service: registered by the core under a key that nobody else has, and taken out again, so that
/// no <see cref="IChatClient"/> stands beside the service.
/// </summary>
internal static class KernelClient
{
    /// <returns>Makes the client.</returns>
    public static Func<IServiceProvider, HttpClient?, IChatClient> Add(IServiceCollection services, string? serviceId, string? model, Action<OpenRouterOptions> configure)
    {
        var key = new Key(serviceId);
        services.AddKeyedOpenRouterChatClient(key, model, configure);
        var registration = services.Last(service => ReferenceEquals(service.ServiceKey, key) && service.ServiceType == typeof(IChatClient));
        services.Remove(registration);
        return (provider, http) => (IChatClient)registration.KeyedImplementationFactory!(http is null ? provider : new Given(provider, http), key);
    }

    /// <summary>Its text is the name of the settings and of their section; empty for the service without an id.</summary>
    private sealed class Key(string? serviceId)
    {
        public override string ToString() => serviceId ?? "";
    }

    /// <summary>The services as they are, with one <see cref="HttpClient"/> instead of those that the factory makes.</summary>
    private sealed class Given(IServiceProvider services, HttpClient http) : IKeyedServiceProvider, IHttpClientFactory
    {
        /// <summary>The given client, whatever the name.</summary>
        public HttpClient CreateClient(string name) => http;

        /// <summary>This as the client factory; all other services as they are.</summary>
        public object? GetService(Type serviceType) => serviceType == typeof(IHttpClientFactory) ? this : services.GetService(serviceType);

        /// <summary>The container's own.</summary>
        public object? GetKeyedService(Type serviceType, object? serviceKey) => ((IKeyedServiceProvider)services).GetKeyedService(serviceType, serviceKey);

        /// <summary>The container's own.</summary>
        public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => ((IKeyedServiceProvider)services).GetRequiredKeyedService(serviceType, serviceKey);
    }
}

using Connectors.OpenRouter;
using Connectors.OpenRouter.Registration;
using Microsoft.Extensions.AI;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class OpenRouterServiceCollectionExtensions
{
    /// <summary>The registration's key where none is given, and so the name of its section.</summary>
    private const string Embeddings = "embeddings";

    /// <summary>Registers an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of texts.</summary>
    /// <param name="services">The collection to add to.</param>
    /// <param name="model">
    /// The model that is asked when a call names none; when null, the setting <c>OpenRouter:Clients:embeddings:Model</c>.
    /// </param>
    /// <param name="configure">The last word on the settings; runs again whenever they are read again.</param>
    /// <param name="lifetime">How long a generator lives. Generators are cheap: they share connections whatever their lifetime.</param>
    /// <returns>A builder to which caching, telemetry or logging can be added.</returns>
    /// <exception cref="Options.OptionsValidationException">
    /// At start, or at the first use: a setting is missing or wrong. The message names it.
    /// </exception>
    public static EmbeddingGeneratorBuilder<string, Embedding<float>> AddOpenRouterEmbeddingGenerator(
        this IServiceCollection services, string? model = null, Action<OpenRouterOptions>? configure = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddEmbeddingGenerator(RegisteredClient.Add(services, Embeddings, model, configure).CreateGenerator, lifetime);
    }

    /// <summary>Registers an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of texts under a key.</summary>
    /// <param name="services">The collection to add to.</param>
    /// <param name="serviceKey">The key; as text it is also the name of the section <c>OpenRouter:Clients:{key}</c>.</param>
    /// <param name="model">
    /// The model that is asked when a call names none; when null, the setting <c>OpenRouter:Clients:{key}:Model</c>.
    /// </param>
    /// <param name="configure">The last word on the settings; runs again whenever they are read again.</param>
    /// <param name="lifetime">How long a generator lives.</param>
    /// <returns>A builder to which caching, telemetry or logging can be added.</returns>
    /// <exception cref="Options.OptionsValidationException">
    /// At start, or at the first use: a setting is missing or wrong. The message names it.
    /// </exception>
    public static EmbeddingGeneratorBuilder<string, Embedding<float>> AddKeyedOpenRouterEmbeddingGenerator(
        this IServiceCollection services, object serviceKey, string? model = null, Action<OpenRouterOptions>? configure = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(serviceKey);
        return services.AddKeyedEmbeddingGenerator(serviceKey, RegisteredClient.Add(services, serviceKey, model, configure).CreateGenerator, lifetime);
    }
}

using Connectors.OpenRouter;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.SemanticKernel;

public static partial class OpenRouterKernelExtensions
{
    /// <summary>
    /// Registers OpenRouter's embeddings with a kernel, as the <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> that its
    /// vector stores and memories ask for.
    /// </summary>
    /// <param name="builder">The kernel's builder.</param>
    /// <param name="modelId">
    /// The model; when null, the setting <c>OpenRouter:Clients:embeddings:Model</c>, or that of the section of
    /// <paramref name="serviceId"/>.
    /// </param>
    /// <param name="apiKey">The key; when null, from configuration or the environment variable <c>OPENROUTER_API_KEY</c>.</param>
    /// <param name="serviceId">Tells several generators apart; null for the only one.</param>
    /// <param name="httpClient">Used as it is; null for the named one.</param>
    /// <param name="configure">The last word on the settings.</param>
    public static IKernelBuilder AddOpenRouterEmbeddingGenerator(
        this IKernelBuilder builder, string? modelId = null, string? apiKey = null, string? serviceId = null, HttpClient? httpClient = null, Action<OpenRouterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (httpClient is not null)
        {
            var options = new OpenRouterOptions { Model = modelId };
            Configure(options);
            builder.Services.AddKeyedSingleton<IEmbeddingGenerator<string, Embedding<float>>>(serviceId, (provider, _) => new OpenRouterEmbeddingGenerator(options, httpClient, provider.GetService<ILoggerFactory>()));
        }
        else if (serviceId is null)
            builder.Services.AddOpenRouterEmbeddingGenerator(modelId, Configure);
        else
            builder.Services.AddKeyedOpenRouterEmbeddingGenerator(serviceId, modelId, Configure);
        return builder;

        void Configure(OpenRouterOptions options)
        {
            options.ApiKey = apiKey ?? options.ApiKey;
            configure?.Invoke(options);
        }
    }
}

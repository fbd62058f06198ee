using System.Runtime.CompilerServices;
using Connectors.OpenRouter.Execution;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter;

/// <summary>
/// OpenRouter's embeddings as an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>: texts in, vectors out, in the same order.
/// </summary>
/// <remarks>
/// Key, endpoint, privacy, retries, time limits and exceptions are those of <see cref="OpenRouterChatClient"/>. Many texts are split into
/// as few requests as the service takes; usage and cost are summed (<c>Usage.GetCost()</c>). Safe for concurrent use.
/// </remarks>
public sealed class OpenRouterEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>Maps, sends and reads; disposed of with this generator.</summary>
    private readonly EmbeddingExecutor _executor;

    /// <summary>What <see cref="GetService"/> answers: provider, endpoint and the default model.</summary>
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>What the generator was given, for middleware that asks for it.</summary>
    private readonly ILoggerFactory? _loggers;

    /// <param name="model">The model that is asked when a call names none, as <c>author/slug</c>.</param>
    /// <param name="apiKey">
    /// The key; when null, the <c>Authorization</c> of <paramref name="httpClient"/>, then the environment variable
    /// <c>OPENROUTER_API_KEY</c>.
    /// </param>
    /// <param name="httpClient">Null for one of our own: no total timeout, no redirects, pooled connections.</param>
    /// <param name="loggerFactory">Null for no logs.</param>
    public OpenRouterEmbeddingGenerator(string model, string? apiKey = null, HttpClient? httpClient = null, ILoggerFactory? loggerFactory = null)
        : this(new OpenRouterOptions { Model = model ?? throw new ArgumentNullException(nameof(model)), ApiKey = apiKey }, httpClient, loggerFactory)
    {
    }

    /// <param name="options">
    /// Copied: later changes are not seen. Of <see cref="OpenRouterOptions.Request"/> what an embeddings request has too is sent:
    /// <c>provider</c>, <c>user</c>, <c>extra_body</c>.
    /// </param>
    /// <param name="httpClient">Null for one of our own: no total timeout, no redirects, pooled connections.</param>
    /// <param name="loggerFactory">Null for no logs.</param>
    /// <exception cref="InvalidOperationException">
    /// The endpoint is neither https nor http on a loopback address, or another setting makes no sense; the message names it.
    /// </exception>
    [OverloadResolutionPriority(1)]
    public OpenRouterEmbeddingGenerator(OpenRouterOptions options, HttpClient? httpClient = null, ILoggerFactory? loggerFactory = null)
        : this(OpenRouterChatClient.Fixed(options), httpClient is null ? null : () => httpClient, loggerFactory)
    {
    }

    /// <param name="settings">Asked once a call.</param>
    /// <param name="http">Asked once a request; null for a client of our own.</param>
    /// <param name="loggerFactory">Null for no logs.</param>
    internal OpenRouterEmbeddingGenerator(Func<OpenRouterOptions> settings, Func<HttpClient>? http, ILoggerFactory? loggerFactory)
    {
        _executor = new(this, settings, http, loggerFactory);
        _metadata = new("openrouter", _executor.Endpoint, settings().Model);
        _loggers = loggerFactory;
    }

    /// <inheritdoc/>
    /// <returns>A vector a text, in their order; none for no texts, without a request.</returns>
    /// <exception cref="ArgumentException">A text is null or empty: the service takes none; nothing was sent.</exception>
    /// <exception cref="OpenRouterException">
    /// The service refused or failed, or its answer does not have one vector for each text.
    /// </exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        IReadOnlyList<string> texts = [.. values];
        for (var i = 0; i < texts.Count; i++)
            if (string.IsNullOrEmpty(texts[i]))
                throw new ArgumentException($"Text {i} of {texts.Count} is {(texts[i] is null ? "null" : "empty")}: there is nothing to embed. Leave it out.", nameof(values));
        return texts.Count == 0 ? [] : await _executor.GenerateAsync(texts, options, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType == typeof(ILoggerFactory) ? _loggers
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Closes the connections of a client of our own; a given one is left alone. May be called twice.</summary>
    public void Dispose() => _executor.Dispose();
}

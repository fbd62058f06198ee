using System.Collections.Concurrent;
using System.Text.Json;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Platform;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Transport;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter;

/// <summary>
/// What OpenRouter tells beside answers: its models and their prices, who serves them, the key, the credits, what one answer
/// cost.
/// </summary>
/// <remarks>
/// Key, endpoint, retries, time limits and exceptions are those of <see cref="OpenRouterChatClient"/>. Nothing here costs a token. What was
/// asked for is kept for a while by the options' <see cref="OpenRouterOptions.TimeProvider"/>: the catalogue for an hour, and for a day more while a
/// newer one is on its way or cannot be had; endpoints for five minutes, and for an hour more; key and credits for ten seconds.
/// Safe for concurrent use.
/// </remarks>
public sealed class OpenRouterPlatform : IDisposable
{
    /// <summary>More models than anybody asks the endpoints of; the copies begin anew then.</summary>
    private const int MostEndpoints = 256;

    /// <summary>Asks the service.</summary>
    private readonly PlatformExecutor _executor;

    /// <summary>The transport of a platform that was made by hand; null for a client's, which disposes of it itself.</summary>
    private readonly ResponsesTransport? _own;

    /// <summary>The models; fresh for an hour, served for a day more.</summary>
    private readonly AgingCopy<Catalogue> _catalogue;

    /// <summary>The key's account; fresh for ten seconds.</summary>
    private readonly AgingCopy<OpenRouterKey> _key;

    /// <summary>The account's credits; fresh for ten seconds.</summary>
    private readonly AgingCopy<OpenRouterCredits> _credits;

    /// <summary>Endpoints by the model's name; each fresh for five minutes, served for an hour more.</summary>
    private readonly ConcurrentDictionary<string, AgingCopy<IReadOnlyList<OpenRouterEndpoint>>> _endpoints = new(StringComparer.Ordinal);

    /// <param name="options">Copied: later changes are not seen. A model is not needed.</param>
    /// <param name="httpClient">Null for one of our own: no total timeout, no redirects, pooled connections.</param>
    /// <exception cref="InvalidOperationException">
    /// The endpoint is neither https nor http on a loopback address, or another setting makes no sense; the message names it.
    /// </exception>
    public OpenRouterPlatform(OpenRouterOptions options, HttpClient? httpClient = null)
        : this(PlatformExecutor.Create(OpenRouterChatClient.Fixed(options), httpClient is null ? null : () => httpClient))
    {
    }

    /// <param name="executor">Lives at least as long.</param>
    internal OpenRouterPlatform(PlatformExecutor executor)
    {
        _executor = executor;
        _catalogue = Copy("The catalogue", "models?output_modalities=all", body => PlatformMap.Models(body) is { } models ? new Catalogue(models) : null, TimeSpan.FromHours(1), TimeSpan.FromHours(25));
        _key = Copy("The key's account", "key", PlatformMap.Key, TimeSpan.FromSeconds(10), TimeSpan.Zero);
        _credits = Copy("The credits", "credits", PlatformMap.Credits, TimeSpan.FromSeconds(10), TimeSpan.Zero);
    }

    /// <summary>A platform that owns its transport.</summary>
    private OpenRouterPlatform((PlatformExecutor Executor, ResponsesTransport Transport) own)
        : this(own.Executor) => _own = own.Transport;

    /// <summary>A platform that lives apart from any client.</summary>
    internal static OpenRouterPlatform Create(Func<OpenRouterOptions> settings, Func<HttpClient>? http, ILogger logger) => new(PlatformExecutor.Create(settings, http, logger));

    /// <summary>All models, those that make images, audio or embeddings too. An entry that cannot be read is left out.</summary>
    /// <param name="cancellationToken">Ends the waiting, not what others wait for.</param>
    /// <exception cref="OpenRouterException">The service refused or failed, and there is no copy to serve.</exception>
    public async Task<IReadOnlyList<OpenRouterModel>> GetModelsAsync(CancellationToken cancellationToken = default) =>
        (await _catalogue.GetAsync(cancellationToken).ConfigureAwait(false)).Models;

    /// <summary>
    /// One model of the catalogue by what a request would name: an id, an alias, a dated name, or one of these with a variant
    /// such as <c>:nitro</c>.
    /// </summary>
    /// <param name="model">As in <see cref="ChatOptions.ModelId"/>.</param>
    /// <param name="cancellationToken">Ends the waiting, not what others wait for.</param>
    /// <returns>Null when the catalogue does not have it: a preset, or a mistake.</returns>
    /// <exception cref="OpenRouterException">The service refused or failed, and there is no copy to serve.</exception>
    public async Task<OpenRouterModel?> FindModelAsync(string model, CancellationToken cancellationToken = default)
    {
        CheckModel(model);
        return (await _catalogue.GetAsync(cancellationToken).ConfigureAwait(false)).Find(model);
    }

    /// <summary>Who serves a model: prices, limits and state of each provider.</summary>
    /// <param name="model">As <c>author/slug</c>, or with a variant.</param>
    /// <param name="cancellationToken">Ends the waiting, not what others wait for.</param>
    /// <exception cref="ArgumentException">The model is not of that form.</exception>
    /// <exception cref="OpenRouterException">There is no such model, or the service failed, and there is no copy to serve.</exception>
    public async Task<IReadOnlyList<OpenRouterEndpoint>> GetEndpointsAsync(string model, CancellationToken cancellationToken = default)
    {
        CheckModel(model);
        if (model.Split('/') is not [{ Length: > 0 } author, { Length: > 0 } slug] || author is "." or ".." || slug is "." or "..")
            throw new ArgumentException($"'{model}' is no model. Write author/slug, such as openai/gpt-5.6-mini.", nameof(model));
        if (_endpoints.Count > MostEndpoints)
            _endpoints.Clear();
        var copy = _endpoints.GetOrAdd(model, _ => Copy($"The list of endpoints of {model}",
            $"models/{Uri.EscapeDataString(author)}/{Uri.EscapeDataString(slug)}/endpoints", PlatformMap.Endpoints, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(65)));
        return await copy.GetAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The key that asks: its limit, and what it has spent.</summary>
    /// <param name="cancellationToken">Ends the waiting, not what others wait for.</param>
    /// <exception cref="OpenRouterException">The key is not valid (401), or the service failed.</exception>
    public async Task<OpenRouterKey> GetKeyAsync(CancellationToken cancellationToken = default) => await _key.GetAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>The account's credits. Needs a management key; any key may ask <see cref="GetKeyAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the waiting, not what others wait for.</param>
    /// <exception cref="OpenRouterException">The key may not ask (403), or the service failed.</exception>
    public async Task<OpenRouterCredits> GetCreditsAsync(CancellationToken cancellationToken = default) => await _credits.GetAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// What the service booked for one answer, also for one that was stopped or broke: there the only way to learn what it cost.
    /// </summary>
    /// <param name="id">
    /// The generation's id: <see cref="ChatResponse.ResponseId"/>, <see cref="OpenRouterInfo.GenerationId"/> or
    /// <see cref="OpenRouterException.GenerationId"/>.
    /// </param>
    /// <param name="cancellationToken">
    /// Not the one that stopped the answer, which is cancelled already: pass <see cref="CancellationToken.None"/> there.
    /// </param>
    /// <remarks>
    /// The service knows a generation a moment after its answer; until then this asks again, for a quarter of a minute at most.
    /// </remarks>
    /// <exception cref="OpenRouterException">The service does not know the id (404), or failed.</exception>
    public async Task<OpenRouterGeneration> GetGenerationAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return PlatformMap.Generation(await _executor.GetGenerationAsync(id, cancellationToken).ConfigureAwait(false), id);
    }

    /// <summary>
    /// The catalogue, the key and the credits as tools for a model: <c>search_models</c>, <c>get_key</c>, <c>get_credits</c>.
    /// They read and change nothing.
    /// </summary>
    /// <returns>
    /// New functions for <see cref="ChatOptions.Tools"/>, to be invoked by <c>UseFunctionInvocation</c>. What the service refuses
    /// is told to the model as a sentence.
    /// </returns>
    public IReadOnlyList<AIFunction> ToFunctions() => PlatformFunction.All(this);

    /// <summary>
    /// Closes the connections of a platform of its own; a client's platform, and a given <see cref="HttpClient"/>, are left
    /// alone. May be called twice.
    /// </summary>
    public void Dispose() => _own?.Dispose();

    /// <summary>A model of the catalogue, if that has been asked for already. Asks nobody.</summary>
    internal OpenRouterModel? KnownModel(string? model) => string.IsNullOrWhiteSpace(model) ? null : _catalogue.Peek()?.Find(model!);

    /// <summary>The clock by which copies age.</summary>
    internal TimeProvider Time => _executor.Time;

    /// <summary>For those who can do without: null also when the catalogue cannot be had, or could not a moment ago.</summary>
    internal async ValueTask<OpenRouterModel?> TryFindModelAsync(string? model, CancellationToken cancellationToken) =>
        string.IsNullOrWhiteSpace(model) ? null : (await _catalogue.TryGetAsync(cancellationToken).ConfigureAwait(false))?.Find(model);

    /// <summary>Refuses blank names and keys in place of a model.</summary>
    private static void CheckModel(string model)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        if (RequestTable.LooksLikeAKey(model))
            throw new ArgumentException(RequestTable.KeyAsModel, nameof(model));
    }

    /// <summary>A copy of one answer of the service.</summary>
    /// <param name="what">Its name in logs and exceptions.</param>
    /// <param name="path">Relative to the endpoint.</param>
    /// <param name="map">Reads the answer; null for a success without data, which is a failure.</param>
    /// <param name="fresh">For how long nobody asks anew.</param>
    /// <param name="stale">How old a copy may be served.</param>
    private AgingCopy<T> Copy<T>(string what, string path, Func<JsonElement, T?> map, TimeSpan fresh, TimeSpan stale)
        where T : class => new(
            async (known, cancellationToken) =>
            {
                var fetched = await _executor.GetAsync(path, known, cancellationToken).ConfigureAwait(false);
                return (fetched.Body is { } body ? map(body) ?? throw ExceptionFactory.NoData(what, path) : null, fetched.Validator);
            },
            () => _executor.Time, fresh, stale,
            (age, failure) => Log.NotRefreshed(_executor.Logger, what, age, failure.Message));
}

using System.Runtime.CompilerServices;
using Connectors.OpenRouter.Execution;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter;

/// <summary>
/// OpenRouter's Responses API as an <see cref="IChatClient"/>: the model's thinking arrives as <see cref="TextReasoningContent"/>
/// while it thinks, and goes back out unchanged on the next turn.
/// </summary>
/// <remarks>Safe for concurrent use. A given <see cref="HttpClient"/> is neither changed nor disposed of.</remarks>
public sealed class OpenRouterChatClient : IChatClient
{
    /// <summary>Maps, sends and reads; disposed of with this client.</summary>
    private readonly RequestExecutor _executor;

    /// <summary>What <see cref="GetService"/> answers: provider, endpoint and the default model.</summary>
    private readonly ChatClientMetadata _metadata;

    /// <summary>What the client was given, for middleware that asks for it.</summary>
    private readonly ILoggerFactory? _loggers;

    /// <summary>The current settings: fixed for a client made by hand, reloaded for a registered one.</summary>
    private readonly Func<OpenRouterOptions> _settings;

    /// <summary>Made when it is asked for: most clients only chat.</summary>
    private OpenRouterPlatform? _platform;

    /// <param name="model">The model that answers when a call names none, as <c>author/slug[:variant]</c>.</param>
    /// <param name="apiKey">
    /// The key; when null, the <c>Authorization</c> of <paramref name="httpClient"/>, then the environment variable
    /// <c>OPENROUTER_API_KEY</c>.
    /// </param>
    /// <param name="httpClient">Null for one of our own: no total timeout, no redirects, pooled connections.</param>
    /// <param name="loggerFactory">Null for no logs.</param>
    public OpenRouterChatClient(string model, string? apiKey = null, HttpClient? httpClient = null, ILoggerFactory? loggerFactory = null)
        : this(new OpenRouterOptions { Model = model ?? throw new ArgumentNullException(nameof(model)), ApiKey = apiKey }, httpClient, loggerFactory)
    {
    }

    /// <param name="options">Copied: later changes are not seen.</param>
    /// <param name="httpClient">Null for one of our own: no total timeout, no redirects, pooled connections.</param>
    /// <param name="loggerFactory">Null for no logs.</param>
    /// <exception cref="InvalidOperationException">
    /// The endpoint is neither https nor http on a loopback address, or another setting makes no sense; the message names it.
    /// </exception>
    [OverloadResolutionPriority(1)]
    public OpenRouterChatClient(OpenRouterOptions options, HttpClient? httpClient = null, ILoggerFactory? loggerFactory = null)
        : this(Fixed(options), httpClient is null ? null : () => httpClient, loggerFactory)
    {
    }

    /// <param name="settings">Asked once a call.</param>
    /// <param name="http">Asked once a call; null for a client of our own.</param>
    /// <param name="loggerFactory">Null for no logs.</param>
    /// <param name="platform">Shared with other clients; null for one of this client's own.</param>
    internal OpenRouterChatClient(Func<OpenRouterOptions> settings, Func<HttpClient>? http, ILoggerFactory? loggerFactory, OpenRouterPlatform? platform = null)
    {
        _executor = new(this, settings, http, loggerFactory);
        _platform = platform;
        _metadata = new("openrouter", _executor.Endpoint, settings().Model);
        _loggers = loggerFactory;
        _settings = settings;
    }

    /// <summary>
    /// What OpenRouter tells beside answers: models and prices, the key, the credits, what one answer cost. Over this client's
    /// connections and settings.
    /// </summary>
    public OpenRouterPlatform Platform => _platform ?? Interlocked.CompareExchange(ref _platform, new(_executor.ForPlatform()), null) ?? _platform;

    /// <summary>What middleware needs to know: whose clock counts, and what every request says already.</summary>
    internal OpenRouterOptions Settings => _settings();

    /// <inheritdoc/>
    /// <exception cref="OpenRouterException">The service refused or failed; nothing that failed ends as an answer.</exception>
    /// <exception cref="NotSupportedException">
    /// The messages or options hold what cannot be said to the service. Nothing was sent.
    /// </exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        await using var call = await _executor.OpenAsync(messages, options, streaming: false, cancellationToken).ConfigureAwait(false);
        var updates = new List<ChatResponseUpdate>(2); // contents and end
        while (await call.NextAsync().ConfigureAwait(false) is { } update)
            updates.Add(update);
        return CompleteResponse.Of(updates);
    }

    /// <inheritdoc/>
    /// <exception cref="OpenRouterException">
    /// The service refused or failed, also in mid-stream; <see cref="OpenRouterException.PartialResponse"/> holds what had been
    /// said.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// The messages or options hold what cannot be said to the service. Nothing was sent.
    /// </exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return StreamAsync(messages, options, cancellationToken);
    }

    /// <summary>What a call would send, without sending it: the exact body, the headers, and a sentence for every change.</summary>
    /// <param name="messages">The whole history.</param>
    /// <param name="options">As for a call.</param>
    /// <param name="streaming">Whether the call would stream.</param>
    /// <returns>
    /// Never a failure for what messages or options hold: the refusal stands in <see cref="OpenRouterReport.Refusal"/>. The key
    /// is not asked for.
    /// </returns>
    public OpenRouterReport Explain(IEnumerable<ChatMessage> messages, ChatOptions? options = null, bool streaming = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return _executor.Explain(messages, options, streaming);
    }

    /// <summary>What a call with one question would send, without sending it.</summary>
    /// <param name="userMessage">A single message of the user's.</param>
    /// <param name="options">As for a call.</param>
    /// <param name="streaming">Whether the call would stream.</param>
    /// <returns>As for a whole history.</returns>
    public OpenRouterReport Explain(string userMessage, ChatOptions? options = null, bool streaming = true)
    {
        ArgumentNullException.ThrowIfNull(userMessage);
        return _executor.Explain([new(ChatRole.User, userMessage)], options, streaming);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType == typeof(ILoggerFactory) ? _loggers
            : serviceType == typeof(OpenRouterPlatform) ? Platform
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Closes the connections of a client of our own; a given one is left alone. May be called twice.</summary>
    public void Dispose() => _executor.Dispose();

    /// <summary>
    /// The stream behind <see cref="GetStreamingResponseAsync"/>; a method of its own, so that arguments are checked at the call.
    /// </summary>
    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var call = await _executor.OpenAsync(messages, options, streaming: true, cancellationToken).ConfigureAwait(false);
        while (await call.NextAsync().ConfigureAwait(false) is { } update)
            yield return update;
    }

    /// <summary>One snapshot for all calls, checked.</summary>
    internal static Func<OpenRouterOptions> Fixed(OpenRouterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var copy = options.Copy();
        if (copy.Faults(setting => $"OpenRouterOptions.{setting.Replace(':', '.')}").FirstOrDefault() is { } fault)
            throw new InvalidOperationException(fault);
        return () => copy;
    }
}

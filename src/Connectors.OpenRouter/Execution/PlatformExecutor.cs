using System.Net;
using System.Text.Json;
using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connectors.OpenRouter.Execution;

/// <summary>
/// Asks the service what is no answer of a model, over the transport, the clocks, the retries and the exceptions of the chat
/// client.
/// </summary>
internal sealed class PlatformExecutor(ResponsesTransport transport, RetryPipeline retries, Func<OpenRouterOptions> settings, ILogger logger)
{
    /// <summary>The pauses while the service does not know its latest generation yet: a quarter of a minute in all.</summary>
    private static readonly TimeSpan[] Pauses = [.. new[] { 0.25, 0.5, 1, 2, 4, 4, 4 }.Select(TimeSpan.FromSeconds)];

    /// <summary>For those who ask through this executor and have something to log.</summary>
    public ILogger Logger => logger;

    /// <summary>The time of the current settings.</summary>
    public TimeProvider Time => settings().TimeProvider;

    /// <summary>An executor over a transport of its own.</summary>
    /// <param name="settings">Gives the current settings.</param>
    /// <param name="http">Lends a client for each request; null for one of our own.</param>
    /// <param name="logger">Null: nothing is logged.</param>
    /// <returns>The transport is the caller's to dispose of.</returns>
    public static (PlatformExecutor Executor, ResponsesTransport Transport) Create(Func<OpenRouterOptions> settings, Func<HttpClient>? http, ILogger? logger = null)
    {
        logger ??= NullLogger.Instance;
        var transport = new ResponsesTransport(settings().Endpoint, http, logger);
        return (new(transport, new(logger), settings, logger), transport);
    }

    /// <summary>Asks with the clocks and retries of a call.</summary>
    /// <param name="path">Relative to the endpoint.</param>
    /// <param name="known">By what the kept answer is known; null to ask anew.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<Fetched> GetAsync(string path, Validator? known, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var snapshot = settings();
        using var deadlines = new Deadlines(snapshot.Timeouts, snapshot.TimeProvider, cancellationToken);
        return await retries.OpenAsync(() => transport.GetAsync(path, known, snapshot, deadlines), snapshot, deadlines).ConfigureAwait(false);
    }

    /// <summary>One generation. The service books it a moment after its answer, and until then says 404.</summary>
    /// <param name="id">The generation's id.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The answer's body.</returns>
    public async Task<JsonElement> GetGenerationAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var snapshot = settings();
        var path = $"generation?id={Uri.EscapeDataString(id)}";
        using var deadlines = new Deadlines(snapshot.Timeouts, snapshot.TimeProvider, cancellationToken);
        var waited = TimeSpan.Zero;
        for (var attempt = 0; ; attempt++)
            try
            {
                return (await retries.OpenAsync(() => transport.GetAsync(path, known: null, snapshot, deadlines), snapshot, deadlines).ConfigureAwait(false)).Body!.Value;
            }
            catch (OpenRouterException unknown) when (unknown.StatusCode == HttpStatusCode.NotFound)
            {
                if (attempt == Pauses.Length)
                    throw ExceptionFactory.Plain.UnknownGeneration(id, waited, unknown);
                await PauseAsync(Pauses[attempt], unknown).ConfigureAwait(false);
                waited += Pauses[attempt];
            }

        async Task PauseAsync(TimeSpan pause, OpenRouterException failure)
        {
            deadlines.Pause(pause, failure);
            try
            {
                await Task.Delay(pause, snapshot.TimeProvider, deadlines.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException cause) when (deadlines.Interruption(cause) is { } interruption)
            {
                throw interruption; // with the caller's own token, not with ours
            }
        }
    }
}

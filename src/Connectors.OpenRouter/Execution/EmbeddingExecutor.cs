using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Transport;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connectors.OpenRouter.Execution;

/// <summary>Makes a generator's calls over the transport, the clocks, the retries and the exceptions of the chat client.</summary>
internal sealed class EmbeddingExecutor : IDisposable
{
    /// <summary>The generator, which <c>RawRepresentationFactory</c> is given.</summary>
    private readonly IEmbeddingGenerator _generator;

    /// <summary>The settings as they are now; one call reads them once.</summary>
    private readonly Func<OpenRouterOptions> _settings;

    /// <summary>Where warnings and retries are logged.</summary>
    private readonly ILogger _logger;

    /// <summary>Sends requests; disposed of with this.</summary>
    private readonly ResponsesTransport _transport;

    /// <summary>Sends again what may be sent again.</summary>
    private readonly RetryPipeline _retries;

    /// <summary>Logs each kind of warning once.</summary>
    private readonly WarningLog _warnings;

    /// <summary>An executor with a transport of its own.</summary>
    /// <param name="generator">The public generator.</param>
    /// <param name="settings">Gives the current settings.</param>
    /// <param name="http">Lends a client for each request; null for one of our own.</param>
    /// <param name="loggers">Null: nothing is logged.</param>
    public EmbeddingExecutor(IEmbeddingGenerator generator, Func<OpenRouterOptions> settings, Func<HttpClient>? http, ILoggerFactory? loggers)
    {
        _generator = generator;
        _settings = settings;
        _logger = (ILogger?)loggers?.CreateLogger<OpenRouterEmbeddingGenerator>() ?? NullLogger.Instance;
        _transport = new(settings().Endpoint, http, _logger);
        _retries = new(_logger);
        _warnings = new(_logger);
    }

    /// <summary>The base address, with its last slash.</summary>
    public Uri Endpoint => _transport.Endpoint;

    /// <summary>Embeds texts in as many requests as the service's limits ask for.</summary>
    /// <param name="texts">In the order in which vectors are returned.</param>
    /// <param name="options">Of the call; null for the settings alone.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>One vector for each text; usage is the sum of all requests.</returns>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IReadOnlyList<string> texts, EmbeddingGenerationOptions? options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var settings = _settings();
        var (members, frame) = EmbeddingMap.Prepare(options, settings, _generator);
        _warnings.LogNew(frame.Warnings, frame.Model);

        var vectors = new List<Embedding<float>>(texts.Count);
        UsageDetails? usage = null;
        AdditionalPropertiesDictionary? facts = null;
        using var deadlines = new Deadlines(settings.Timeouts, settings.TimeProvider, cancellationToken); // of the whole call, however many requests it takes
        try
        {
            foreach (var batch in EmbeddingMap.Batches(texts))
            {
                var request = frame with { Body = EmbeddingMap.Write(members, batch) };
                var answer = await _retries.OpenAsync(() => AskAsync(request, batch.Count, options?.Dimensions, settings, deadlines), settings, deadlines).ConfigureAwait(false);
                vectors.AddRange(answer.Vectors);
                facts = answer.Facts;
                if (usage is null)
                    usage = answer.Usage;
                else if (answer.Usage is { } more)
                    usage.Add(more);
            }
        }
        catch (OpenRouterException failure)
        {
            failure.Add(usage); // the requests before it were answered, and are paid for
            throw;
        }
        return new(vectors) { Usage = usage, AdditionalProperties = facts };
    }

    public void Dispose() => _transport.Dispose();

    /// <summary>One request and its vectors.</summary>
    /// <param name="request">With its batch.</param>
    /// <param name="count">How many vectors must come.</param>
    /// <param name="dimensions">How long each must be; null for any length.</param>
    /// <param name="settings">Of the call.</param>
    /// <param name="deadlines">Of the call.</param>
    private async ValueTask<Answer> AskAsync(OutgoingRequest request, int count, int? dimensions, OpenRouterOptions settings, Deadlines deadlines)
    {
        await using var reply = await _transport.PostAsync(request, settings, deadlines).ConfigureAwait(false);
        if (reply.Body is not { } body)
            throw reply.Failures.NotWhole(reply.GenerationId);
        if (ErrorBody.IsError(body))
            throw reply.Failure(ErrorBody.Read(body));
        var vectors = new List<Embedding<float>>(count);
        if (EmbeddingMap.Read(body, count, dimensions, settings.TimeProvider.GetUtcNow(), vectors) is { } fault)
        {
            var failure = reply.Failures.WrongVectors(fault, reply.GenerationId);
            failure.Add(ResponseMap.Usage(new ResponseObject(body).Usage));
            throw failure;
        }
        var facts = ResponseMap.Facts(new(body), new() { Secrets = reply.Failures.Secrets, GenerationId = reply.GenerationId, CacheStatus = reply.CacheStatus, Warnings = [.. request.Warnings.Select(warning => warning.Sentence)] });
        return new(vectors, ResponseMap.Usage(new ResponseObject(body).Usage), facts);
    }

    /// <summary>What one request brought.</summary>
    /// <param name="Vectors">In the order of its texts.</param>
    /// <param name="Usage">Null when the service did not say.</param>
    /// <param name="Facts">For <c>AdditionalProperties</c>.</param>
    private sealed record Answer(List<Embedding<float>> Vectors, UsageDetails? Usage, AdditionalPropertiesDictionary? Facts);
}

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
    private readonly IEmbeddingGenerator _generator;
    private readonly Func<OpenRouterOptions> _settings;
    private readonly ILogger _logger;
    private readonly ResponsesTransport _transport;
    private readonly RetryPipeline _retries;
    private readonly WarningLog _warnings;

    public EmbeddingExecutor(IEmbeddingGenerator generator, Func<OpenRouterOptions> settings, Func<HttpClient>? http, ILoggerFactory? loggers)
    {
        _generator = generator;
        _settings = settings;
        _logger = (ILogger?)loggers?.CreateLogger<OpenRouterEmbeddingGenerator>() ?? NullLogger.Instance;
        _transport = new(settings().Endpoint, http, _logger);
        _retries = new(_logger);
        _warnings = new(_logger);
    }

    public Uri Endpoint => _transport.Endpoint;

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IReadOnlyList<string> texts, EmbeddingGenerationOptions? options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var settings = _settings();
        var (members, frame) = EmbeddingMap.Prepare(options, settings, _generator);
        _warnings.Tell(frame.Warnings, frame.Model);

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
            failure.Add(ResponseMap.Usage(body));
            throw failure;
        }
        var facts = ResponseMap.Facts(body, new() { Secrets = reply.Failures.Secrets, GenerationId = reply.GenerationId, CacheStatus = reply.CacheStatus, Warnings = [.. request.Warnings.Select(warning => warning.Sentence)] });
        return new(vectors, ResponseMap.Usage(body), facts);
    }

    private sealed record Answer(List<Embedding<float>> Vectors, UsageDetails? Usage, AdditionalPropertiesDictionary? Facts);
}

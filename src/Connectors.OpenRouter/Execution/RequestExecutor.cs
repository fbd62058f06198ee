using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Transport;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connectors.OpenRouter.Execution;

/// <summary>Makes a client's calls: map, open with retries, and answer two refusals once with a smaller request.</summary>
internal sealed class RequestExecutor : IDisposable
{
    /// <summary>Names come from callers, and a client may live for long: of more it is learnt anew at each call.</summary>
    private const int MostModels = 1000;

    private readonly IChatClient _client;
    private readonly Func<OpenRouterOptions> _settings;
    private readonly ILogger _logger;
    private readonly ResponsesTransport _transport;
    private readonly RetryPipeline _retries;
    private readonly WarningLog _warnings;
    private readonly ConcurrentDictionary<string, bool> _refuseInclude = new();
    private RequestDefaults? _defaults;

    public RequestExecutor(IChatClient client, Func<OpenRouterOptions> settings, Func<HttpClient>? http, ILoggerFactory? loggers)
    {
        _client = client;
        _settings = settings;
        _logger = (ILogger?)loggers?.CreateLogger<OpenRouterChatClient>() ?? NullLogger.Instance;
        _transport = new(settings().Endpoint, http, _logger);
        _retries = new(_logger);
        _warnings = new(_logger);
    }

    public Uri Endpoint => _transport.Endpoint;

    /// <summary>For questions about the account, over the same connections, retries and exceptions. Lives as long as this.</summary>
    public PlatformExecutor ForPlatform() => new(_transport, _retries, _settings, _logger);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<OpenedCall> OpenAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, bool streaming, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var settings = _settings(); // one call sees one snapshot
        var history = messages.ToArray();
        var telemetry = CallTelemetry.Begin();
        var deadlines = new Deadlines(settings.Timeouts, settings.TimeProvider, cancellationToken);
        try
        {
            return new(await OpenAsync(history, options, streaming, settings, deadlines, telemetry).ConfigureAwait(false), deadlines, _logger, telemetry);
        }
        catch (Exception cause)
        {
            telemetry?.End(final: null, cause as OpenRouterException, firstReasoning: null);
            if (cause is OpenRouterException failure)
                GenerationListener.Tell(failure);
            deadlines.Dispose();
            throw;
        }
    }

    public OpenRouterReport Explain(IEnumerable<ChatMessage> messages, ChatOptions? options, bool streaming) =>
        OpenRouterReport.Make([.. messages], options, streaming, _settings(), _client);

    public void Dispose() => _transport.Dispose();

    private RequestDefaults DefaultsOf(OpenRouterOptions settings)
    {
        var current = _defaults;
        return current?.Settings == settings ? current : _defaults = new(settings);
    }

    /// <summary>At every call, because each sends another history.</summary>
    private void Tell(IEnumerable<Warning> acts, string? model)
    {
        foreach (var act in acts)
        {
            Log.HistoryChanged(_logger, act.Kind, act.Times, act.Sentence);
            Meters.HistoryChanged(act.Kind, act.Times, model);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ResponseReader> OpenAsync(IReadOnlyList<ChatMessage> history, ChatOptions? options, bool streaming, OpenRouterOptions settings, Deadlines deadlines, CallTelemetry? telemetry)
    {
        var plan = RequestMap.Plan(history, options, streaming, DefaultsOf(settings), _client);
        var drawn = plan.Write();
        _warnings.Tell(drawn.Warnings, drawn.Model);
        Tell(drawn.History, drawn.Model);
        var changes = new RequestChanges { WithoutInclude = drawn.Model is not null && _refuseInclude.ContainsKey(drawn.Model) };
        var learnt = false;
        while (true)
        {
            var request = changes == default ? drawn : plan.Write(changes);
            if (!ReferenceEquals(request, drawn))
                Tell(request.History.Except(drawn.History), request.Model);
            telemetry?.Sends(request);
            try
            {
                var opened = await OpenAsync(request, settings, deadlines, telemetry).ConfigureAwait(false);
                if (learnt && request.Model is { } deaf && _refuseInclude.Count < MostModels)
                    _refuseInclude[deaf] = true; // remembered only now: the request that differs in nothing else was taken
                return opened;
            }
            catch (OpenRouterException refusal) when (refusal.NamesInclude && !refusal.WasPaidFor && request.HasInclude)
            {
                changes = changes with { WithoutInclude = true };
                learnt = true;
                telemetry?.Reduced("include");
                Log.WithoutInclude(_logger, request.Model, refusal);
            }
            catch (ReasoningRefused refused)
            {
                changes = changes with { WithoutReasoning = true };
                learnt = false; // whether the other would have been enough is not known
                telemetry?.Reduced("reasoning");
                Log.WithoutReasoning(_logger, request.Model, refused.InnerException!);
            }
        }
    }

    /// <summary>With retries. An answer that is empty and was free is asked for again; the last one is given as it is.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ResponseReader> OpenAsync(OutgoingRequest request, OpenRouterOptions settings, Deadlines deadlines, CallTelemetry? telemetry)
    {
        ResponseReader? empty = null;
        try
        {
            return await _retries.OpenAsync(Attempt, settings, deadlines, telemetry).ConfigureAwait(false);
        }
        catch (EmptyAnswer) when (empty is not null)
        {
            return empty;
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<ResponseReader> Attempt()
        {
            ResponseReader reader;
            try
            {
                reader = await ResponseReader.OpenAsync(_transport, request, settings, deadlines).ConfigureAwait(false);
            }
            catch (OpenRouterException refusal) when (refusal.RefusesReasoning && !refusal.WasPaidFor && request.EchoesReasoning && !(refusal.NamesInclude && request.HasInclude))
            {
                throw new ReasoningRefused(refusal); // the same request again would be refused again, whatever its status says
            }
            if (!reader.IsEmpty)
                return reader;
            Log.EmptyAnswer(_logger, request.Model, reader.IsFree);
            Meters.EmptyAnswer(request.Model, reader.Final?.GetOpenRouter().ProviderName, reader.IsFree);
            if (!reader.IsFree)
                return reader;
            await reader.DisposeAsync().ConfigureAwait(false); // all it says is known, and nothing is held through the pause
            empty = reader;
            throw new EmptyAnswer();
        }
    }

    /// <summary>The history's reasoning was refused: cured once, with a request without it.</summary>
    private sealed class ReasoningRefused(OpenRouterException refusal) : Exception(refusal.Message, refusal);

    /// <summary>A complete answer without a word that cost nothing.</summary>
    private sealed class EmptyAnswer : OpenRouterException
    {
        public EmptyAnswer()
            : base("The answer is empty.") => (MayRetry, ErrorType) = (true, "empty_answer");
    }
}

/// <summary>An answer, the clocks it is read under, and who listens.</summary>
internal sealed class OpenedCall(ResponseReader answer, Deadlines deadlines, ILogger logger, CallTelemetry? telemetry) : IAsyncDisposable
{
    public ValueTask<ChatResponseUpdate?> NextAsync() => answer.NextAsync();

    public async ValueTask DisposeAsync()
    {
        telemetry?.End(answer.Final, answer.Failure, answer.FirstReasoning); // before the framework's span ends, also when the reader leaves early
        if (!answer.IsEmpty) // that is logged where it is found
            foreach (var sentence in answer.Told)
                Log.AnswerWarned(logger, sentence);
        await answer.DisposeAsync().ConfigureAwait(false);
        deadlines.Dispose();
    }
}

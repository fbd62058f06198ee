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

    /// <summary>To the first content. A refusal that a smaller request cures is cured once.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<OpenedCall> OpenAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, bool streaming, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var settings = _settings(); // one call sees one snapshot
        var telemetry = CallTelemetry.Begin();
        var deadlines = new Deadlines(settings.Timeouts, settings.TimeProvider, cancellationToken);
        try
        {
            var plan = RequestMap.Plan(ToArray(messages, deadlines), options, streaming, DefaultsOf(settings), _client);
            plan.Checkpoint = deadlines.ThrowIfOver;
            var request = plan.Write();
            _warnings.Tell(request.Warnings, request.Model);
            Tell(request.History, request.Model);
            var changes = new RequestChanges { WithoutInclude = request.Model is not null && _refuseInclude.ContainsKey(request.Model) };
            var learnt = false;
            while (true)
            {
                if (changes != default)
                    request = Again(plan, changes, request);
                telemetry?.Sends(request);
                try
                {
                    var attempts = new Attempts(_transport, request, settings, deadlines, _logger);
                    var answer = await _retries.OpenAsync(attempts.OpenAsync, settings, deadlines, telemetry).ConfigureAwait(false);
                    if (learnt && request.Model is { } deaf && _refuseInclude.Count < MostModels)
                        _refuseInclude[deaf] = true; // remembered only now: the request that differs in nothing else was taken
                    return new(answer, deadlines, _logger, telemetry);
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
                catch (EmptyAnswer empty) // the last one is given as it is
                {
                    return new(empty.Answer, deadlines, _logger, telemetry);
                }
            }
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

    /// <summary>Messages may be made while they are asked for: nobody makes more of them for a caller who has left.</summary>
    private static ChatMessage[] ToArray(IEnumerable<ChatMessage> messages, Deadlines deadlines)
    {
        if (messages is ICollection<ChatMessage>)
            return messages.ToArray();
        var history = new List<ChatMessage>();
        foreach (var message in messages)
        {
            deadlines.ThrowIfOver();
            history.Add(message);
        }
        return [.. history];
    }

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

    /// <summary>The request with less in it; what that does to the history is told, unless it was told of the one before.</summary>
    private OutgoingRequest Again(RequestPlan plan, RequestChanges changes, OutgoingRequest before)
    {
        var request = plan.Write(changes);
        Tell(request.History.Except(before.History), request.Model);
        return request;
    }
}

/// <summary>Sends a request as often as it is asked to. An answer that is empty and was free fails, so that it is asked for again.</summary>
internal sealed class Attempts(ResponsesTransport transport, OutgoingRequest request, OpenRouterOptions settings, Deadlines deadlines, ILogger logger)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ResponseReader> OpenAsync()
    {
        ResponseReader answer;
        try
        {
            answer = await ResponseReader.OpenAsync(transport, request, settings, deadlines).ConfigureAwait(false);
        }
        catch (OpenRouterException refusal) when (refusal.RefusesReasoning && !refusal.WasPaidFor && request.EchoesReasoning && !(refusal.NamesInclude && request.HasInclude))
        {
            throw new ReasoningRefused(refusal); // the same request again would be refused again, whatever its status says
        }
        if (!answer.IsEmpty)
            return answer;
        Log.EmptyAnswer(logger, request.Model, answer.IsFree);
        Meters.EmptyAnswer(request.Model, answer.Final?.GetOpenRouter().ProviderName, answer.IsFree);
        if (!answer.IsFree)
            return answer;
        await answer.DisposeAsync().ConfigureAwait(false); // all it says is known, and nothing is held through the pause
        throw new EmptyAnswer(answer);
    }
}

/// <summary>The history's reasoning was refused: cured once, with a request without it.</summary>
internal sealed class ReasoningRefused(OpenRouterException refusal) : Exception(refusal.Message, refusal);

/// <summary>A complete answer without a word that cost nothing.</summary>
internal sealed class EmptyAnswer : OpenRouterException
{
    public EmptyAnswer(ResponseReader answer)
        : base("The answer is empty.") => (Answer, MayRetry, ErrorType) = (answer, true, "empty_answer");

    public ResponseReader Answer { get; }
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

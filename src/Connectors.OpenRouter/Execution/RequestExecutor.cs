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

    /// <summary>The public client, which <c>RawRepresentationFactory</c> is given.</summary>
    private readonly IChatClient _client;

    /// <summary>The settings as they are now; one call reads them once.</summary>
    private readonly Func<OpenRouterOptions> _settings;

    /// <summary>Where warnings, retries and changes to the history are logged.</summary>
    private readonly ILogger _logger;

    /// <summary>Sends requests; disposed of with this.</summary>
    private readonly ResponsesTransport _transport;

    /// <summary>Sends again what may be sent again.</summary>
    private readonly RetryPipeline _retries;

    /// <summary>Logs each kind of warning once.</summary>
    private readonly WarningLog _warnings;

    /// <summary>Models that refused <c>include</c> and then took the same request without it.</summary>
    private readonly ConcurrentDictionary<string, bool> _refuseInclude = new();

    /// <summary>What the settings contribute to each request; made anew when the settings change.</summary>
    private RequestDefaults? _defaults;

    /// <summary>An executor with a transport of its own.</summary>
    /// <param name="client">The public client.</param>
    /// <param name="settings">Gives the current settings.</param>
    /// <param name="http">Lends a client for each request; null for one of our own.</param>
    /// <param name="loggers">Null: nothing is logged.</param>
    public RequestExecutor(IChatClient client, Func<OpenRouterOptions> settings, Func<HttpClient>? http, ILoggerFactory? loggers)
    {
        _client = client;
        _settings = settings;
        _logger = (ILogger?)loggers?.CreateLogger<OpenRouterChatClient>() ?? NullLogger.Instance;
        _transport = new(settings().Endpoint, http, _logger);
        _retries = new(_logger);
        _warnings = new(_logger);
    }

    /// <summary>The base address, with its last slash.</summary>
    public Uri Endpoint => _transport.Endpoint;

    /// <summary>For questions about the account, over the same connections, retries and exceptions. Lives as long as this.</summary>
    public PlatformExecutor ForPlatform() => new(_transport, _retries, _settings, _logger);

    /// <summary>To the first content. A refusal that a smaller request cures is cured once.</summary>
    /// <param name="messages">The history; read once.</param>
    /// <param name="options">Of the call; null for the settings alone.</param>
    /// <param name="streaming">Whether the answer is asked for as a stream.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The answer from its first content on; whoever takes it disposes of it.</returns>
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
            _warnings.LogNew(request.Warnings, request.Model);
            LogChanges(request.History, request.Model);
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
                    ResponseReader answer;
                    try
                    {
                        answer = await attempts.OpenAsync().ConfigureAwait(false); // as RetryPipeline.OpenAsync does, without its step in between
                    }
                    catch (OpenRouterException first) when (RetryPipeline.MayTryAgain(first, settings, deadlines))
                    {
                        answer = await _retries.AgainAsync(attempts.OpenAsync, first, settings, deadlines, telemetry).ConfigureAwait(false);
                    }
                    catch (OperationCanceledException cause) when (settings.Retry.MaxRetries > 0 && deadlines.Interruption(cause) is { } interruption)
                    {
                        throw interruption; // with the caller's own token, not with ours
                    }
                    if (learnt && request.Model is { } refusing && _refuseInclude.Count < MostModels)
                        _refuseInclude[refusing] = true; // remembered only now: the request that differs in nothing else was taken
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
                GenerationListener.NotifyFailed(failure);
            deadlines.Dispose();
            throw;
        }
    }

    /// <summary>What a call would send, without sending it.</summary>
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

    /// <summary>The settings' contribution, made once for each snapshot.</summary>
    private RequestDefaults DefaultsOf(OpenRouterOptions settings)
    {
        var current = _defaults;
        return current?.Settings == settings ? current : _defaults = new(settings);
    }

    /// <summary>At every call, because each sends another history.</summary>
    private void LogChanges(IEnumerable<Warning> acts, string? model)
    {
        foreach (var act in acts)
        {
            Log.HistoryChanged(_logger, act.Kind, act.Times, act.Sentence);
            Meters.HistoryChanged(act.Kind, act.Times, model);
        }
    }

    /// <summary>The request with less in it; what that does to the history is told, unless it was told of the one before.</summary>
    /// <param name="plan">The call's plan.</param>
    /// <param name="changes">What was learnt from refusals.</param>
    /// <param name="before">The request that was refused.</param>
    private OutgoingRequest Again(RequestPlan plan, RequestChanges changes, OutgoingRequest before)
    {
        var request = plan.Write(changes);
        LogChanges(request.History.Except(before.History), request.Model);
        return request;
    }
}

/// <summary>
/// Sends a request as often as it is asked to. An answer that is empty and was free fails, so that it is asked for again.
/// </summary>
internal sealed class Attempts(ResponsesTransport transport, OutgoingRequest request, OpenRouterOptions settings, Deadlines deadlines, ILogger logger)
{
    /// <summary>One attempt.</summary>
    /// <returns>The opened answer, read to its first content.</returns>
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
    /// <summary>An exception for the retry pipeline only; callers never see it.</summary>
    public EmptyAnswer(ResponseReader answer)
        : base("The answer is empty.") => (Answer, MayRetry, ErrorType) = (answer, true, "empty_answer");

    /// <summary>The empty answer: given to the caller when no attempt is left.</summary>
    public ResponseReader Answer { get; }
}

/// <summary>An answer, the clocks it is read under, and who listens.</summary>
internal sealed class OpenedCall(ResponseReader answer, Deadlines deadlines, ILogger logger, CallTelemetry? telemetry) : IAsyncDisposable
{
    /// <summary>The next update; null when the answer is complete.</summary>
    public ValueTask<ChatResponseUpdate?> NextAsync() => answer.NextAsync();

    public async ValueTask DisposeAsync()
    {
        telemetry?.End(answer.Final, answer.Failure, answer.FirstReasoning); // before the framework's span ends, also when the reader leaves early
        if (!answer.IsEmpty) // that is logged where it is found
            foreach (var sentence in answer.Warnings)
                Log.AnswerWarned(logger, sentence);
        await answer.DisposeAsync().ConfigureAwait(false);
        deadlines.Dispose();
    }
}

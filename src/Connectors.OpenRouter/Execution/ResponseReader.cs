using System.Runtime.CompilerServices;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Transport;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Execution;

/// <summary>
/// One answer on its way: a reply and the map that turns its events into updates. It ends well, or with an exception that holds
/// what had been said.
/// </summary>
internal sealed class ResponseReader : IAsyncDisposable
{
    /// <summary>What is read from; disposed of with this.</summary>
    private readonly Reply _reply;

    /// <summary>Turns events into updates and remembers what was emitted.</summary>
    private readonly EventMap _map;

    /// <summary>The clocks that reading stands under.</summary>
    private readonly Deadlines _deadlines;

    /// <summary>Read before the answer was given away, as those behind it.</summary>
    private ChatResponseUpdate? _first;

    /// <summary>Updates behind <see cref="_first"/> that were read before the answer was given away; null for none.</summary>
    private Queue<ChatResponseUpdate>? _further;

    /// <summary>The last update has been given.</summary>
    private bool _over;

    /// <summary>Those who count know the generation's id.</summary>
    private bool _isNamed;

    /// <summary>Makes the map with what is known of the request and the reply.</summary>
    private ResponseReader(Reply reply, OutgoingRequest request, OpenRouterOptions settings, Deadlines deadlines) => (_reply, _deadlines, _map, _isNamed) = (reply, deadlines, new(new()
    {
        Secrets = reply.Failures.Secrets,
        GenerationId = reply.Failures.Secrets.Name(reply.GenerationId),
        CacheStatus = reply.Failures.Secrets.Name(reply.CacheStatus),
        Warnings = request.Warnings.Count + request.History.Count == 0 ? [] : [.. request.Warnings.Concat(request.History).Select(warning => warning.Sentence)],
        EmitReasoning = request.EmitReasoning,
        RawEvents = settings.RawEvents,
        FunctionCallDeltas = settings.FunctionCallDeltas,
        Checkpoint = EndIfOver,
    }), reply.GenerationId is not null);

    /// <summary>What the answer is warned of, for the log.</summary>
    public IReadOnlyList<string> Warnings => _map.Warnings;

    /// <summary>The answer is complete and holds nothing at all.</summary>
    public bool IsEmpty => _map.IsEmpty;

    /// <summary>It says that it has no output tokens, and names no price: nothing was paid for.</summary>
    public bool IsFree => _map.Final is { Contents: [UsageContent { Details.OutputTokenCount: 0 }] } final && !(final.GetOpenRouter().TotalSpend > 0);

    /// <summary>The update that ended the answer well; null while it is not over.</summary>
    public ChatResponseUpdate? Final => _map.Final;

    /// <summary>What ended it badly.</summary>
    public OpenRouterException? Failure;

    /// <summary>From the call to the first words of thinking, where they came in a stream.</summary>
    public TimeSpan? FirstReasoning;

    /// <summary>
    /// Posts, and reads to the first update that carries content: until then nothing has been given away, and the request may be
    /// sent again.
    /// </summary>
    /// <param name="transport">Sends the request.</param>
    /// <param name="request">What is sent.</param>
    /// <param name="settings">The call's snapshot.</param>
    /// <param name="deadlines">The call's clocks.</param>
    /// <returns>The answer, with the updates that were read already.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<ResponseReader> OpenAsync(ResponsesTransport transport, OutgoingRequest request, OpenRouterOptions settings, Deadlines deadlines)
    {
        Reply reply;
        try
        {
            reply = await transport.PostAsync(request, settings, deadlines).ConfigureAwait(false);
        }
        catch (OpenRouterException failure) when (failure.FailedAnswer is { } failed)
        {
            Attach(failure, failed, deadlines.Failures.Secrets);
            throw;
        }
        var answer = new ResponseReader(reply, request, settings, deadlines);
        try
        {
            ChatResponseUpdate? first = null;
            Queue<ChatResponseUpdate>? further = null;
            while (await answer.NextAsync().ConfigureAwait(false) is { } update)
            {
                if (first is null)
                    first = update;
                else
                    (further ??= new()).Enqueue(update);
                if (update.Contents.Count > 0 && (answer._map.HasContent || answer._map.Final is not null) || update.RawRepresentation is OpenRouterFunctionCallDelta)
                    break;
            }
            (answer._first, answer._further) = (first, further); // only now: NextAsync gives what is held first
            return answer;
        }
        catch (Exception cause)
        {
            if (cause is OpenRouterException failure)
                failure.WasPaidFor |= answer._map.SawOutput; // though nothing of it was given away
            await answer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// The next update; null when the answer is complete. While events are buffered this is the whole path of a word: no task, no
    /// state machine.
    /// </summary>
    public ValueTask<ChatResponseUpdate?> NextAsync()
    {
        if (_first is { } first)
        {
            _first = _further is { Count: > 0 } ? _further.Dequeue() : null;
            return new(first);
        }
        if (_map.Next() is { } next)
            return new(next);
        try
        {
            while (_reply.Body is null && _map.Final is null)
            {
                var moving = _reply.MoveNextAsync();
                if (!moving.IsCompletedSuccessfully || !_isNamed)
                    return ReadAsync(moving);
                if (!moving.Result)
                    throw _reply.Failures.CutShort(_map.GenerationId);
                if (Map() is { } update)
                    return new(update);
            }
            return new(Last());
        }
        catch (OpenRouterException failure) // found below the floor that knows what was said
        {
            (Failure = failure).Attach(_map.ToPartial());
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        _map.Dispose();
        _reply.ReleaseBody(); // what outlives the answer has been copied
        return _reply.DisposeAsync();
    }

    /// <summary>A failed answer under a status that says so: what it brought and cost is the same as in a stream.</summary>
    /// <param name="failure">Takes what the answer brought and used.</param>
    /// <param name="failed">The failed answer.</param>
    /// <param name="secrets">Of this call.</param>
    private static void Attach(OpenRouterException failure, JsonElement failed, SecretRedactor secrets)
    {
        using var map = new EventMap(new() { GenerationId = failure.GenerationId, Secrets = secrets });
        map.Fail(new(), new(failed));
        failure.Attach(map.ToPartial());
        (failure.WasPaidFor, failure.FailedAnswer) = (map.SawOutput, null);
    }

    /// <summary>
    /// Reads until an update, the end or an error comes; entered when bytes are not buffered, or the id is not known yet.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ChatResponseUpdate?> ReadAsync(ValueTask<bool> moving)
    {
        try
        {
            for (; ; moving = _reply.MoveNextAsync())
            {
                if (!await moving.ConfigureAwait(false))
                    throw _reply.Failures.CutShort(_map.GenerationId);
                var update = Map();
                if (!_isNamed && _map.GenerationId is { } id)
                {
                    _isNamed = true;
                    await GenerationListener.NotifyTakenAsync(id).ConfigureAwait(false); // the service sent no header with it
                }
                if (update is not null)
                    return update;
                if (_map.Final is not null)
                    return Last();
            }
        }
        catch (OpenRouterException failure) // as above
        {
            (Failure = failure).Attach(_map.ToPartial());
            throw;
        }
    }

    /// <summary>A long reading stops when the caller has left or a clock has run out.</summary>
    private void EndIfOver()
    {
        if (_deadlines.IsOver)
            throw _deadlines.Interruption(generationId: _reply.GenerationId) ?? new OperationCanceledException(_deadlines.Token);
    }

    /// <summary>
    /// The update of the current event; null when it makes none. Throws when the event says that the answer failed.
    /// </summary>
    private ChatResponseUpdate? Map()
    {
        var update = _map.Map(_reply.Current);
        if (FirstReasoning is null && update?.Contents is [TextReasoningContent { Text.Length: > 0 }, ..])
            FirstReasoning = _deadlines.Elapsed;
        return _map.Failure is { } error ? throw _reply.Failure(error) : update;
    }

    /// <summary>A whole answer's contents, then the update that every good ending has, then nothing.</summary>
    private ChatResponseUpdate? Last()
    {
        if (_map.Final is null && _reply.Body is { } whole && _map.MapWhole(whole) is { } contents)
            return contents;
        if (_map.Failure is { } error)
            throw _reply.Body is { } body && !ErrorBody.IsError(body) ? _reply.Failures.Unfinished(body.Text("status"u8), _map.GenerationId) : _reply.Failure(error);
        if (_over)
            return null;
        _over = true;
        if (_map.Final is { ResponseId: { } id } && FirstReasoning is { } time)
            Telemetry.FirstReasoning.Set(id, time);
        return _map.Final;
    }
}

using System.Buffers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Transport;

/// <summary>
/// What the service sent back: a whole answer in <see cref="Body"/>, or events to move through. Disposing of it closes the
/// connection if there is more to come.
/// </summary>
internal sealed class Reply : IAsyncDisposable
{
    /// <summary>The response, whose connection is released when this is disposed of.</summary>
    private readonly HttpResponseMessage _response;

    /// <summary>The clocks that reading stands under.</summary>
    private readonly Deadlines _deadlines;

    /// <summary>The time by which pauses in the service's errors are measured.</summary>
    private readonly TimeProvider _time;

    /// <summary>The stream's bytes; null for a whole answer.</summary>
    private readonly GuardStream? _bytes;

    /// <summary>Reads the stream's frames; null for a whole answer.</summary>
    private readonly FrameReader? _frames;

    /// <summary>Of a class: the parser is compiled already for those.</summary>
    private readonly IAsyncEnumerator<SseItem<string>>? _events;

    /// <summary>The whole answer and its buffer; null for a stream, and once it is released.</summary>
    private CompleteBody? _body;

    /// <summary>The last event; see <see cref="Current"/>.</summary>
    private ResponseEvent _current;

    /// <summary>A whole answer.</summary>
    /// <param name="response">Disposed of with this.</param>
    /// <param name="body">The whole body, in a rented buffer.</param>
    /// <param name="deadlines">The call's clocks.</param>
    /// <param name="time">For pauses in errors.</param>
    public Reply(HttpResponseMessage response, CompleteBody body, Deadlines deadlines, TimeProvider time)
        : this(response, deadlines, time) => _body = body;

    /// <summary>A stream of events.</summary>
    /// <param name="response">Disposed of with this.</param>
    /// <param name="bytes">The body, guarded.</param>
    /// <param name="frames">Reads the frames; disposed of with this.</param>
    /// <param name="deadlines">The call's clocks.</param>
    /// <param name="time">For pauses in errors.</param>
    public Reply(HttpResponseMessage response, GuardStream bytes, FrameReader frames, Deadlines deadlines, TimeProvider time)
        : this(response, deadlines, time)
    {
        (_bytes, _frames) = (bytes, frames);
        _events = SseParser.Create(bytes, Parse).EnumerateAsync(deadlines.Token).GetAsyncEnumerator(deadlines.Token);
    }

    /// <summary>Word that what the caller has is still true.</summary>
    public Reply(HttpResponseMessage response, Deadlines deadlines)
        : this(response, deadlines, TimeProvider.System) => IsUnchanged = true;

    /// <summary>Reads the headers that every reply may have.</summary>
    private Reply(HttpResponseMessage response, Deadlines deadlines, TimeProvider time)
    {
        (_response, _deadlines, _time) = (response, deadlines, time);
        GenerationId = response.GenerationId();
        CacheStatus = response.Header("X-OpenRouter-Cache-Status");
    }

    /// <summary>Makes the exceptions of this call.</summary>
    public ExceptionFactory Failures => _deadlines.Failures;

    /// <summary>The <c>X-Generation-Id</c> header.</summary>
    public readonly string? GenerationId;

    /// <summary><c>HIT</c> or <c>MISS</c> of the service's response cache; null when it was not asked.</summary>
    public readonly string? CacheStatus;

    /// <summary>A JSON object: the whole answer, or an error that came with success. Null when the answer is a stream.</summary>
    public JsonElement? Body => _body?.Document.RootElement;

    /// <summary>Whether the service said no more than that what the caller has is still true.</summary>
    public readonly bool IsUnchanged;

    /// <summary>By what the answer can be asked for again; null when the service sent nothing of the kind.</summary>
    public Validator? Validator => Validator.Of(_response);

    /// <summary>The event that <see cref="MoveNextAsync"/> arrived at.</summary>
    public ref readonly ResponseEvent Current => ref _current;

    /// <summary>Whether the stream said that it is over (<c>[DONE]</c>). That alone does not make the answer complete.</summary>
    public bool ReachedDone;

    /// <summary>On to the next event; false at the stream's end. Completes synchronously while events are buffered.</summary>
    /// <exception cref="OpenRouterException">The connection broke, a clock ran out, or an event is too large.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public ValueTask<bool> MoveNextAsync()
    {
        if (ReachedDone || _events is null)
            return new(false);
        if (_deadlines.IsOver)
            throw _deadlines.Interruption(generationId: GenerationId) ?? new OperationCanceledException(_deadlines.Token);

        var next = _events.MoveNextAsync();
        return next.IsCompletedSuccessfully ? new(next.Result && !ReachedDone) : PendingAsync(next);
    }

    /// <summary>The exception for an error the service sent inside this reply.</summary>
    public OpenRouterException Failure(ErrorBody error) => Failures.ToException(error, _time.GetUtcNow(), GenerationId);

    /// <summary>Gives back the memory of <see cref="Body"/>, for those who have kept nothing of it.</summary>
    public void ReleaseBody()
    {
        if (_body is not { } body)
            return;
        _body = null;
        body.Document.Dispose();
        ArrayPool<byte>.Shared.Return(body.Buffer);
    }

    public ValueTask DisposeAsync()
    {
        _deadlines.Rest();
        var ending = _events?.DisposeAsync() ?? default;
        if (!ending.IsCompletedSuccessfully)
            return DisposeAsync(ending);
        ending.GetAwaiter().GetResult();
        Release();
        return default;
    }

    private async ValueTask DisposeAsync(ValueTask ending)
    {
        await ending.ConfigureAwait(false);
        Release();
    }

    private void Release()
    {
        _frames?.Dispose();
        _bytes?.Dispose();
        _response.Dispose();
    }

    /// <summary>Waits for the next event, and turns what breaks the connection into the call's exception.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> PendingAsync(ValueTask<bool> next)
    {
        try
        {
            return await next.ConfigureAwait(false) && !ReachedDone;
        }
        catch (Exception cause) when (cause.IsBroken())
        {
            // What a read reports is seldom why it ended: ask the clocks and the caller first.
            throw _deadlines.Interruption(cause, GenerationId) ?? Failures.Broken(cause, GenerationId);
        }
    }

    /// <summary>Reads an event into <see cref="_current"/>.</summary>
    /// <param name="eventType">The SSE event name; not used.</param>
    /// <param name="data">The UTF-8 of its data lines.</param>
    /// <returns>Always empty: the event is kept in a field, so that no class has to be compiled for it.</returns>
    private string Parse(string eventType, ReadOnlySpan<byte> data)
    {
        _bytes!.EventEnded();
        if (data.SequenceEqual("[DONE]"u8))
        {
            ReachedDone = true;
            return "";
        }

        _current = _frames!.Read(eventType, data);
        if (!IsKeepAlive(_current.Type))
            _deadlines.EventReceived();
        return "";
    }

    /// <summary>Proxies send keep-alives as events; a frame that is not JSON is no sign of life either.</summary>
    private static bool IsKeepAlive(string? type) =>
        type is null or "ping" || type.Length < 24 && (type.EndsWith("keep_alive", StringComparison.Ordinal) || type.EndsWith("keepalive", StringComparison.Ordinal));
}

/// <summary>A whole body as JSON.</summary>
/// <param name="Document">Reads from <paramref name="Buffer"/>.</param>
/// <param name="Buffer">Rented.</param>
internal sealed record CompleteBody(JsonDocument Document, byte[] Buffer);

using System.Buffers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Transport;

/// <summary>What the service sent back: a whole answer in <see cref="Body"/>, or events to move through. Disposing of it closes the connection if there is more to come.</summary>
internal sealed class Reply : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Deadlines _deadlines;
    private readonly TimeProvider _time;
    private readonly GuardStream? _bytes;
    private readonly FrameReader? _frames;
    private readonly IAsyncEnumerator<SseItem<string>>? _events; // of a class: the parser is compiled already for those
    private CompleteBody? _body;
    private ResponseEvent _current;

    /// <summary>A whole answer.</summary>
    public Reply(HttpResponseMessage response, CompleteBody body, Deadlines deadlines, TimeProvider time)
        : this(response, deadlines, time) => _body = body;

    /// <summary>A stream of events.</summary>
    public Reply(HttpResponseMessage response, GuardStream bytes, FrameReader frames, Deadlines deadlines, TimeProvider time)
        : this(response, deadlines, time)
    {
        (_bytes, _frames) = (bytes, frames);
        _events = SseParser.Create(bytes, Parse).EnumerateAsync(deadlines.Token).GetAsyncEnumerator(deadlines.Token);
    }

    /// <summary>Word that what the caller has is still true.</summary>
    public Reply(HttpResponseMessage response, Deadlines deadlines)
        : this(response, deadlines, TimeProvider.System) => IsUnchanged = true;

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
    public bool SaidDone;

    /// <summary>On to the next event; false at the stream's end. Completes synchronously while events are buffered.</summary>
    /// <exception cref="OpenRouterException">The connection broke, a clock ran out, or an event is too large.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public ValueTask<bool> MoveNextAsync()
    {
        if (SaidDone || _events is null)
            return new(false);
        if (_deadlines.IsOver)
            throw _deadlines.Interruption(generationId: GenerationId) ?? new OperationCanceledException(_deadlines.Token);

        var next = _events.MoveNextAsync();
        return next.IsCompletedSuccessfully ? new(next.Result && !SaidDone) : PendingAsync(next);
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> PendingAsync(ValueTask<bool> next)
    {
        try
        {
            return await next.ConfigureAwait(false) && !SaidDone;
        }
        catch (Exception cause) when (cause.IsBroken())
        {
            // What a read reports is seldom why it ended: ask the clocks and the caller first.
            throw _deadlines.Interruption(cause, GenerationId) ?? Failures.Broken(cause, GenerationId);
        }
    }

    private string Parse(string eventType, ReadOnlySpan<byte> data)
    {
        _bytes!.EventEnded();
        if (data.SequenceEqual("[DONE]"u8))
        {
            SaidDone = true;
            return "";
        }

        _current = _frames!.Read(eventType, data);
        if (!IsKeepAlive(_current.Type))
            _deadlines.Heard();
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

namespace Connectors.OpenRouter.Testing;

/// <summary>A body that arrives as a script says: in reads of a chosen size, with pauses, silence, or a broken connection.</summary>
internal sealed class PacedStream : Stream
{
    /// <summary>What happens, in order.</summary>
    private readonly IReadOnlyList<Beat> _beats;

    /// <summary>How many bytes each read gives at most; null for as many as there are.</summary>
    private readonly int? _chunkSize;

    /// <summary>The fake's clock.</summary>
    private readonly FakeClock _clock;

    /// <summary>A clock on which pauses last; null where they are skipped.</summary>
    private readonly TimeProvider? _live;

    /// <summary>The reply's name, for messages.</summary>
    private readonly string _reply;

    /// <summary>Called once, when the stream is over or left; true means that its reader left early.</summary>
    private readonly Action<bool> _ended;

    /// <summary>Cancelled when the response is closed.</summary>
    private readonly CancellationTokenSource _closed = new();

    /// <summary>The next beat.</summary>
    private int _next;

    /// <summary>Bytes that have not been read.</summary>
    private ReadOnlyMemory<byte> _current;

    /// <summary>Whether the answer was complete: who leaves then has not left early.</summary>
    private bool _complete;

    /// <summary>1 once the end was told.</summary>
    private int _over;

    /// <param name="beats">What happens, in order.</param>
    /// <param name="chunkSize">Bytes per read; null = one beat per read.</param>
    /// <param name="clock">Whose time passes.</param>
    /// <param name="live">Where pauses last as long as they say; null = they end at once and move the clock.</param>
    /// <param name="reply">Which reply of the script it is.</param>
    /// <param name="ended">Called once: with false when everything has been read, with true when the reader went away before.</param>
    public PacedStream(IReadOnlyList<Beat> beats, int? chunkSize, FakeClock clock, TimeProvider? live, string reply, Action<bool> ended) =>
        (_beats, _chunkSize, _clock, _live, _reply, _ended) = (beats, chunkSize, clock, live, reply, ended);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        if (_closed.IsCancellationRequested)
            return ValueTask.FromException<int>(Closed());
        if (buffer.IsEmpty)
            return new(0);
        if (HasBytes())
            return new(Take(buffer.Span));

        // Whatever a reader sets up for a read that has to wait (a deadline, say), it sets up before it awaits; time must not move earlier.
        return _live is null && _next < _beats.Count && _beats[_next] is Beat.Pause or Beat.Silence
            ? new AwaitedRead(() => WaitThenReadAsync(buffer, cancellationToken)).Task
            : WaitThenReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _closed.Cancel();
            End(early: !_complete);
        }

        base.Dispose(disposing);
    }

    /// <summary>The error of whoever reads a closed response.</summary>
    private static IOException Closed() => new("The response was closed.");

    /// <summary>Goes through pauses and silences to the next bytes, the break or the end.</summary>
    private async ValueTask<int> WaitThenReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!HasBytes())
        {
            switch (_next < _beats.Count ? _beats[_next] : null)
            {
                case Beat.Pause or Beat.Silence when _live is not null:
                    await LastAsync(_beats[_next], _live, cancellationToken).ConfigureAwait(false);
                    break;
                case Beat.Pause pause:
                    _next++;
                    _clock.Advance(pause.Time);
                    break;
                case Beat.Silence:
                    await StallAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case Beat.Break:
                    End(early: false);
                    throw new IOException("The connection was reset by the server.");
                default:
                    End(early: false);
                    return 0;
            }

            // What came due in the meantime may have been the reader's own deadline.
            cancellationToken.ThrowIfCancellationRequested();
            if (_closed.IsCancellationRequested)
                throw Closed();
        }

        return Take(buffer.Span);
    }

    /// <summary>Silence on the fake's clock, until one of the reader's deadlines makes it give up.</summary>
    private async Task StallAsync(CancellationToken cancellationToken)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        try
        {
            if (await _clock.IsUsedSoonAsync(gone.Token).ConfigureAwait(false))
                await _clock.StallAsync(gone.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Whoever closed the response gets the error of a closed stream.
            throw Closed();
        }

        End(early: false);
        throw Script.EndlessStall(_reply);
    }

    /// <summary>A pause, or a silence without end, on a clock that nobody moves forward but itself.</summary>
    private async Task LastAsync(Beat beat, TimeProvider live, CancellationToken cancellationToken)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        try
        {
            await Task.Delay(beat is Beat.Pause pause ? pause.Time : Timeout.InfiniteTimeSpan, live, gone.Token).ConfigureAwait(false);
            _next++;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Closed();
        }
    }

    /// <summary>Whether bytes can be read without waiting.</summary>
    private bool HasBytes()
    {
        while (_current.IsEmpty && _next < _beats.Count && _beats[_next] is Beat.Bytes bytes)
        {
            _current = bytes.Data;
            _complete |= bytes.IsTerminal;
            _next++;
        }

        return !_current.IsEmpty;
    }

    /// <summary>Reads what there is, in pieces of the given size.</summary>
    private int Take(Span<byte> buffer)
    {
        var room = _chunkSize is { } size && size < buffer.Length ? buffer[..size] : buffer;
        var taken = 0;
        do
        {
            var count = Math.Min(room.Length - taken, _current.Length);
            _current.Span[..count].CopyTo(room[taken..]);
            _current = _current[count..];
            taken += count;
        }
        while (_chunkSize is not null && taken < room.Length && HasBytes());

        // The last byte ends the answer: the reader need not come back for the news that nothing follows.
        if (_current.IsEmpty && _next == _beats.Count)
            End(early: false);
        return taken;
    }

    /// <summary>Tells the end, once.</summary>
    /// <param name="early">Whether the reader left before it.</param>
    private void End(bool early)
    {
        if (Interlocked.Exchange(ref _over, 1) == 0)
            _ended(early);
    }
}

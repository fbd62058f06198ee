using System.Buffers;
using System.Runtime.CompilerServices;
using Connectors.OpenRouter.Execution;

namespace Connectors.OpenRouter.Transport;

/// <summary>
/// Stands under the parser: bounds one event, supplies a missing last blank line, counts keep-alives, and tells the clocks when a
/// read has to wait.
/// </summary>
internal sealed class GuardStream(Stream inner, Deadlines deadlines, int maxEventBytes) : MemoryStreamBase
{
    /// <summary>The buffer that was peeked into, rented; null once all of it has been read.</summary>
    private byte[]? _peeked;

    /// <summary>The part of <see cref="_peeked"/> that has not been read yet.</summary>
    private Memory<byte> _unread;

    /// <summary>How many bytes of the event under way have arrived.</summary>
    private long _sinceEvent;

    /// <summary>The length of the comment under way: that is one line, and bounded like an event.</summary>
    private long _comment;

    /// <summary>How many newlines are still to be supplied at the end, which make the missing blank line.</summary>
    private int _owedNewlines = 2;

    /// <summary>Whether the next byte begins a line.</summary>
    private bool _atLineStart = true;

    /// <summary>Whether a byte of the body has arrived.</summary>
    private bool _receivedAnything;

    /// <summary>
    /// The body is one answer, not a stream of events: it needs no blank line, every byte of it is progress, and until its first
    /// byte only the response clock runs.
    /// </summary>
    public bool IsWholeBody;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>An event is complete: the next one may be as large again.</summary>
    public void EventEnded() => _sinceEvent = 0;

    /// <summary>What <see cref="PeekAsync"/> found, as far as it has not been read again.</summary>
    public ReadOnlySpan<byte> Peeked => _unread.Span;

    /// <summary>Goes to the first bytes that are not padding. They will be read again; the padding will not.</summary>
    /// <returns>How many there are; 0 when the body is empty.</returns>
    public async ValueTask<int> PeekAsync(CancellationToken cancellationToken)
    {
        _peeked = ArrayPool<byte>.Shared.Rent(16 * 1024);
        while (await ReadAsync(_peeked, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            var start = 0;
            while (start < read && IsPadding(_peeked[start]))
                start++;
            if (start == read)
                continue;
            _unread = _peeked.AsMemory(start, read - start);
            return _unread.Length;
        }
        return 0;
    }

    /// <summary>Gives away the buffer with what <see cref="PeekAsync"/> found, which will not be read again; a rented one with nothing in it where nothing was looked for.</summary>
    public (byte[] Buffer, int Length) TakePeeked()
    {
        if (_peeked is not { } buffer)
            return (ArrayPool<byte>.Shared.Rent(16 * 1024), 0);
        var length = _unread.Length;
        _unread.Span.CopyTo(buffer);
        (_peeked, _unread) = (null, default);
        return (buffer, length);
    }

    /// <summary>White space that keeps a slow connection alive, and the byte order mark: no answer begins with them.</summary>
    private static bool IsPadding(byte one) => one is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0xEF or 0xBB or 0xBF;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_unread.Length > 0)
            return new(ReadAgain(buffer.Span));
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken); // buffered bytes would hide it

        var read = inner.ReadAsync(buffer, cancellationToken);
        return read.IsCompletedSuccessfully ? new(Seen(read.Result, buffer.Span)) : PendingAsync(read, buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            ReturnPeeked();
        }
        base.Dispose(disposing);
    }

    /// <summary>Waits for a read, with the clocks running.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> PendingAsync(ValueTask<int> read, Memory<byte> buffer)
    {
        if (!IsWholeBody || _receivedAnything)
            deadlines.Waiting();
        else
            deadlines.StillAsked();
        var count = await read.ConfigureAwait(false);
        deadlines.Arrived();
        return Seen(count, buffer.Span);
    }

    /// <summary>Takes note of what a read brought.</summary>
    /// <param name="count">How many bytes; 0 at the end.</param>
    /// <param name="buffer">Where they are.</param>
    /// <returns>How many bytes the parser is given.</returns>
    private int Seen(int count, Span<byte> buffer)
    {
        if (count == 0)
            return IsWholeBody ? 0 : LastNewlines(buffer);

        _receivedAnything = true;
        if (IsWholeBody)
        {
            deadlines.EventReceived();
            _sinceEvent += count;
        }
        else
        {
            Count(buffer[..count]);
        }
        return _sinceEvent <= maxEventBytes && _comment <= maxEventBytes ? count : throw deadlines.Failures.TooLarge(maxEventBytes);
    }

    /// <summary>The parser drops a last event whose blank line is missing.</summary>
    private int LastNewlines(Span<byte> buffer)
    {
        var count = Math.Min(_owedNewlines, buffer.Length);
        buffer[..count].Fill((byte)'\n');
        _owedNewlines -= count;
        return count;
    }

    /// <summary>What belongs to the event under way; comments keep a connection alive and do not, however many come.</summary>
    private void Count(ReadOnlySpan<byte> bytes)
    {
        var comments = 0;
        while (bytes.Length > 0)
        {
            if (_comment == 0 && _atLineStart && bytes[0] is (byte)'\n' or (byte)'\r')
            {
                bytes = bytes[1..]; // a blank line ends an event, or a comment; it belongs to neither
                continue;
            }
            if (_comment == 0 && _atLineStart && bytes[0] == ':')
            {
                comments++;
                _comment = 1;
            }
            var length = _comment > 0 ? LineLength(bytes) : BeforeComment(bytes);
            if (_comment > 0)
                _comment += length;
            else
                _sinceEvent += length;
            _atLineStart = bytes[length - 1] is (byte)'\n' or (byte)'\r';
            if (_atLineStart)
                _comment = 0;
            bytes = bytes[length..];
        }
        if (comments > 0)
            deadlines.KeptAlive(comments);
    }

    /// <summary>To the end of the line and its break, or all there is.</summary>
    private static int LineLength(ReadOnlySpan<byte> bytes) => bytes.IndexOfAny((byte)'\n', (byte)'\r') is >= 0 and var end ? end + 1 : bytes.Length;

    /// <summary>To the next line that is a comment, or all there is.</summary>
    private static int BeforeComment(ReadOnlySpan<byte> bytes)
    {
        var one = bytes.IndexOf("\n:"u8);
        var other = bytes.IndexOf((byte)'\r') is >= 0 and var first ? bytes[first..].IndexOf("\r:"u8) is >= 0 and var after ? first + after : -1 : -1; // most streams have none
        if (one < 0 || other >= 0 && other < one)
            one = other;
        return one < 0 ? bytes.Length : one + 1;
    }

    /// <summary>Gives peeked bytes once more.</summary>
    private int ReadAgain(Span<byte> buffer)
    {
        var count = Math.Min(_unread.Length, buffer.Length);
        _unread.Span[..count].CopyTo(buffer);
        _unread = _unread[count..];
        if (_unread.Length == 0)
            ReturnPeeked();
        return count;
    }

    /// <summary>Returns the peeked buffer to the pool.</summary>
    private void ReturnPeeked()
    {
        _unread = default;
        if (_peeked is { } rented)
            ArrayPool<byte>.Shared.Return(rented);
        _peeked = null;
    }
}

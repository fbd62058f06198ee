using System.Text;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Begins as told and never ends.</summary>
internal sealed class Endless(string start) : OneWay
{
    private readonly byte[] _start = Encoding.UTF8.GetBytes(start);

    public long Given { get; private set; }

    protected override ValueTask<int> NextAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var begun = Given < _start.Length ? _start.AsMemory((int)Given) : default;
        var count = Math.Min(buffer.Length, begun.Length > 0 ? begun.Length : int.MaxValue);
        if (begun.Length > 0)
            begun[..count].CopyTo(buffer);
        else
            buffer.Span.Fill((byte)'x');
        Given += count;
        return new(count);
    }
}

/// <summary>Gives what it has, then breaks as a connection does.</summary>
internal sealed class Broken(string start, Exception? cause = null) : OneWay
{
    private ReadOnlyMemory<byte> _left = Encoding.UTF8.GetBytes(start);

    protected override ValueTask<int> NextAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_left.Length == 0)
            throw cause ?? new IOException("The connection was reset.");
        var count = Math.Min(buffer.Length, _left.Length);
        _left[..count].CopyTo(buffer);
        _left = _left[count..];
        return new(count);
    }
}

/// <summary>What a body in a test is: read once, forwards, asynchronously.</summary>
internal abstract class OneWay : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public bool Disposed { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => NextAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        NextAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected abstract ValueTask<int> NextAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    protected override void Dispose(bool disposing)
    {
        Disposed = true;
        base.Dispose(disposing);
    }
}

/// <summary>A body that is written while it is read.</summary>
internal sealed class Live : OneWay
{
    private readonly System.IO.Pipelines.Pipe _pipe = new(new(readerScheduler: System.IO.Pipelines.PipeScheduler.Inline, useSynchronizationContext: false));
    private readonly Stream _reader;

    public Live(string start = "")
    {
        _reader = _pipe.Reader.AsStream();
        Say(start);
    }

    public void Say(string text)
    {
        if (text.Length > 0)
            Assert.True(SayAsync(text).IsCompletedSuccessfully);
    }

    /// <summary>What waits for these words has gone on when this returns.</summary>
    public Task SayAsync(string text) => _pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();

    public void End() => _pipe.Writer.Complete();

    protected override ValueTask<int> NextAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _reader.ReadAsync(buffer, cancellationToken);
}

/// <summary>Gives its bytes in reads of a size, then ends, or breaks.</summary>
internal sealed class Chunked(byte[] body, int chunk, bool reset = false) : OneWay
{
    private int _given;

    protected override ValueTask<int> NextAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = Math.Min(Math.Min(chunk, buffer.Length), body.Length - _given);
        if (count == 0 && reset)
            throw new IOException("The connection was reset.");
        body.AsSpan(_given, count).CopyTo(buffer.Span);
        _given += count;
        return new(count);
    }
}

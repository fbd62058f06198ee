using System.Text;

namespace Connectors.OpenRouter.Testing;

/// <summary>Passes a body on as it is read, and hands all of it over once it has been read to its end.</summary>
internal sealed class RecordingStream(Stream inner, Action<byte[]> completed) : Stream
{
    /// <summary>What has been read so far.</summary>
    private readonly MemoryStream _recorded = new();

    /// <summary>Whether it was handed over.</summary>
    private bool _isComplete;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Record(buffer.Span[..count], buffer.Length);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Record(buffer.AsSpan(offset, read), count);
        return read;
    }

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
            // Clients stop at the end of the answer, which is not always the end of the stream.
            if (HasEnded())
                Complete();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Takes what a read brought; nothing read ends the body.</summary>
    /// <param name="bytes">What was read.</param>
    /// <param name="wanted">How much the reader had room for.</param>
    private void Record(ReadOnlySpan<byte> bytes, int wanted)
    {
        if (bytes.Length > 0)
            _recorded.Write(bytes);
        else if (wanted > 0)
            Complete();
    }

    /// <summary>Hands over what was read, once.</summary>
    private void Complete()
    {
        if (_isComplete)
            return;
        _isComplete = true;
        completed(_recorded.ToArray());
    }

    /// <summary>Whether the last event read is one that ends an answer.</summary>
    private bool HasEnded()
    {
        var text = Encoding.UTF8.GetString(_recorded.ToArray());
        return text.Split('\n').LastOrDefault(line => line.StartsWith("data:", StringComparison.Ordinal)) is { } last
            && (last.Contains("[DONE]", StringComparison.Ordinal) || Transcript.IsTerminal(last["data:".Length..]));
    }
}

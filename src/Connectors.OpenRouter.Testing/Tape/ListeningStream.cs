using System.Text;

namespace Connectors.OpenRouter.Testing;

/// <summary>Passes a body on as it comes, and tells what it was once it has come whole.</summary>
internal sealed class ListeningStream(Stream inner, Action<byte[]> heard) : Stream
{
    private readonly MemoryStream _heard = new();
    private bool _told;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Hear(buffer.Span[..count], buffer.Length);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Hear(buffer.AsSpan(offset, read), count);
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
                Tell();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Hear(ReadOnlySpan<byte> bytes, int wanted)
    {
        if (bytes.Length > 0)
            _heard.Write(bytes);
        else if (wanted > 0)
            Tell();
    }

    private void Tell()
    {
        if (_told)
            return;
        _told = true;
        heard(_heard.ToArray());
    }

    /// <summary>Whether the last event heard is one that ends an answer.</summary>
    private bool HasEnded()
    {
        var text = Encoding.UTF8.GetString(_heard.ToArray());
        return text.Split('\n').LastOrDefault(line => line.StartsWith("data:", StringComparison.Ordinal)) is { } last
            && (last.Contains("[DONE]", StringComparison.Ordinal) || Transcript.IsTerminal(last["data:".Length..]));
    }
}

using System.Net;

namespace Connectors.OpenRouter.Transport;

/// <summary>A request's bytes. Knows whether any of them were handed out, and lets go of them when the headers are there.</summary>
internal sealed class BodyContent : CancellableContent
{
    /// <summary>The bytes to send; empty once they are released.</summary>
    private ReadOnlyMemory<byte> _body;

    /// <summary>
    /// Where the body was first written to: a connection, or a handler's buffer. Null while nobody has asked for it.
    /// </summary>
    private Stream? _written;

    /// <summary>JSON in UTF-8.</summary>
    /// <param name="body">The bytes; they must not change until the headers of the answer have arrived.</param>
    public BodyContent(ReadOnlyMemory<byte> body)
    {
        _body = body;
        Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=utf-8");
    }

    /// <summary>How often the body was asked for: a client that follows redirects, or tries again, asks more than once.</summary>
    public int TimesAsked;

    /// <summary>The request that it is the body of.</summary>
    public HttpRequestMessage? Message;

    /// <summary>
    /// Whether the request had its key when the body was first handed to a connection: a handler takes it off before, a redirect
    /// after that.
    /// </summary>
    public bool LeftWithKey;

    /// <summary>
    /// Whether it was written to a connection: from then on the service may have it, whatever a later attempt of a handler meets.
    /// </summary>
    public bool MayHaveLeft => _written is not null && !IsBuffer(_written);

    /// <summary>The answer has begun, and it may stream for long: the body need not stay in memory for that.</summary>
    public void Release() => (_body, _written) = (default, null);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        TimesAsked++;
        if (_written is null || IsBuffer(_written))
            (_written, LeftWithKey) = (stream, Message?.Headers.Authorization is not null);
        return stream.WriteAsync(_body, cancellationToken).AsTask();
    }

    /// <summary>Handlers that log read a body into memory. A buffer knows its length, a connection does not.</summary>
    private static bool IsBuffer(Stream stream)
    {
        try
        {
            return stream.Length >= 0;
        }
        catch (Exception unknown) when (unknown is NotSupportedException or ObjectDisposedException)
        {
            return stream is MemoryStream;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}

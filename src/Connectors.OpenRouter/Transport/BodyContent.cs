using System.Net;

namespace Connectors.OpenRouter.Transport;

/// <summary>A request's bytes. Knows whether any of them were handed out, and lets go of them when the headers are there.</summary>
internal sealed class BodyContent : CancellableContent
{
    private ReadOnlyMemory<byte> _body;

    public BodyContent(ReadOnlyMemory<byte> body)
    {
        _body = body;
        Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=utf-8");
    }

    /// <summary>Whether the body was asked for: from then on the service may have it.</summary>
    public bool Started { get; private set; }

    /// <summary>The answer has begun, and it may stream for long: the body need not stay in memory for that.</summary>
    public void Release() => _body = default;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Started = true;
        return stream.WriteAsync(_body, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}

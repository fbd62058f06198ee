using System.Net.Sockets;

namespace Connectors.OpenRouter.Transport;

/// <summary>What a response's headers and a connection's exceptions say.</summary>
internal static class HttpMessages
{
    /// <summary>The first value of a header that is not blank, trimmed; null when there is none.</summary>
    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault(value => !string.IsNullOrWhiteSpace(value))?.Trim() : null;

    /// <summary>The generation's id as the header tells it; null for answers that make no generation.</summary>
    public static string? GenerationId(this HttpResponseMessage response) => response.Header("X-Generation-Id");

    /// <summary>
    /// The ways in which a send or a read reports that it ended early. Whatever else is thrown is a mistake in the program and
    /// passes.
    /// </summary>
    public static bool IsBroken(this Exception cause) =>
        cause is OperationCanceledException or HttpRequestException or IOException or SocketException or ObjectDisposedException or InvalidDataException;

    /// <summary>No connection came about: DNS, connect, TLS or a proxy refused.</summary>
    public static bool NeverConnected(this Exception cause) => cause is HttpRequestException
    {
        HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
    };
}

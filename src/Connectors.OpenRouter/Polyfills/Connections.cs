using System.Net;

namespace Connectors.OpenRouter.Transport;

/// <summary>
/// The connections of clients that were given none: HTTP/1.1, without pings and without a limit to what a stopped answer still
/// drains.
/// </summary>
internal static class Connections
{
    /// <summary>One pool for the process.</summary>
    private static readonly Lazy<HttpClientHandler> Shared = new(NewHandler);

    /// <summary>A client over the shared pool; disposing of it does not close connections.</summary>
    public static HttpClient NewClient()
    {
        var client = new HttpClient(Shared.Value, disposeHandler: false);
        Prepare(client);
        return client;
    }

    /// <summary>No time limit but our own clocks.</summary>
    public static void Prepare(HttpClient client) => client.Timeout = Timeout.InfiniteTimeSpan;

    /// <summary>A message is HTTP/1.1 there, whatever the client.</summary>
    public static void CopyVersion(HttpClient client, HttpRequestMessage message)
    {
    }

    /// <summary>A handler with our settings, as far as .NET Framework has them.</summary>
    public static HttpClientHandler NewHandler() => new()
    {
        AllowAutoRedirect = false, // a redirect would carry the prompt to another host
        UseCookies = false,
        Proxy = new ProxyExceptForLoopback(WebRequest.DefaultWebProxy),
        AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
    };
}

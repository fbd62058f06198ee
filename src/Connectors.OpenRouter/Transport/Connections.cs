using System.Net;

namespace Connectors.OpenRouter.Transport;

/// <summary>The connections of clients that were given none.</summary>
internal static class Connections
{
    /// <summary>
    /// One pool for the process: clients come and go, also those that nobody disposes of, and their connections stay warm.
    /// </summary>
    private static readonly Lazy<SocketsHttpHandler> Shared = new(NewHandler);

    /// <summary>A client over the shared pool.</summary>
    /// <returns>Disposing of it does not close connections.</returns>
    public static HttpClient NewClient()
    {
        var client = new HttpClient(Shared.Value, disposeHandler: false);
        Prepare(client);
        return client;
    }

    /// <summary>No time limit but our own clocks; HTTP/2 where it is offered.</summary>
    public static void Prepare(HttpClient client)
    {
        client.Timeout = Timeout.InfiniteTimeSpan;
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
    }

    /// <summary>A message that is sent by hand does not take the client's version by itself.</summary>
    public static void CopyVersion(HttpClient client, HttpRequestMessage message) =>
        (message.Version, message.VersionPolicy) = (client.DefaultRequestVersion, client.DefaultVersionPolicy);

    /// <summary>
    /// A handler with our settings: no redirects, no cookies, compressed answers, HTTP/2 with keep-alive pings.
    /// </summary>
    public static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false, // a redirect would carry the prompt to another host
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        Proxy = new ProxyExceptForLoopback(HttpClient.DefaultProxy),
        EnableMultipleHttp2Connections = true,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10), // so that DNS changes are seen
        ConnectTimeout = TimeSpan.FromSeconds(30),
        KeepAlivePingDelay = TimeSpan.FromMinutes(1), // routers drop connections that are silent while a model thinks
        KeepAlivePingTimeout = TimeSpan.FromSeconds(30),
        MaxResponseDrainSize = 16 * 1024, // a caller who stops listening stops paying: HTTP/1.1 has no other way to say so than to close
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
    };
}

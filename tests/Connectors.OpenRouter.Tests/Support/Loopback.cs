using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>A service on a real socket that can misbehave in any way. Each request is given to <paramref name="answer"/>; the connection closes when that returns, so an answer after which the same client asks again says `Connection: close`.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly Func<Exchange, Task> _answer;
    private readonly Task _accepting;
    private readonly System.Collections.Concurrent.ConcurrentBag<Task> _connections = [];
    private int _posts;

    public Loopback(Func<Exchange, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/api/v1/");

    /// <summary>Requests whose headers and body arrived.</summary>
    public int Posts => _posts;

    /// <summary>Completes when every connection so far is closed on the client's side too.</summary>
    public Task AllGoneAsync() => Task.WhenAll(_connections.ToArray());

    public OpenRouterChatClient Client(Action<OpenRouterOptions>? configure = null, HttpClient? http = null)
    {
        var options = new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test", Endpoint = Endpoint };
        options.Retry.MaxRetries = 0;
        configure?.Invoke(options);
        return new(options, http);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_closing.Token)));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException) // InvalidOperation: stopped before it accepted again
        {
            // the test is over
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            var request = await ReadRequestAsync(stream, _closing.Token);
            if (request is null)
                return;
            Interlocked.Increment(ref _posts);
            await _answer(new Exchange(socket, stream, request, _closing.Token));
            socket.Shutdown(SocketShutdown.Send);
            while (await stream.ReadAsync(new byte[1024], _closing.Token) > 0)
            {
            }
        }
        catch (Exception over) when (over is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the client went away, which is what many tests are about
        }
    }

    internal static async Task<string?> ReadRequestAsync(NetworkStream stream, CancellationToken closing)
    {
        var received = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var count = await stream.ReadAsync(buffer, closing);
            if (count == 0)
                return null;
            received.Write(buffer, 0, count);
            var text = Encoding.Latin1.GetString(received.GetBuffer(), 0, (int)received.Length);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
                continue;
            var length = text[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?["Content-Length:".Length..].Trim() ?? "0";
            if (received.Length >= end + 4 + int.Parse(length, System.Globalization.CultureInfo.InvariantCulture))
                return text;
        }
    }
}

/// <summary>One request on a socket, and the means to answer it well or badly.</summary>
internal sealed class Exchange(Socket socket, NetworkStream stream, string request, CancellationToken closing)
{
    public const string EventStream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Generation-Id: gen-live\r\n";

    /// <summary>Headers and body as received.</summary>
    public string Request => request;

    /// <summary>Cancelled when the test is over.</summary>
    public CancellationToken Closing => closing;

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public Task SendAsync(byte[] bytes) => stream.WriteAsync(bytes, closing).AsTask();

    /// <summary>As one chunk of a chunked body.</summary>
    public async Task ChunkAsync(string text) => await SendAsync($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");

    /// <summary>Goes away with a reset instead of a farewell.</summary>
    public void Reset()
    {
        socket.LingerState = new(true, 0);
        socket.Close();
    }

    /// <summary>Waits for the next request on the same connection.</summary>
    public Task<string?> AgainAsync() => Loopback.ReadRequestAsync(stream, closing);

    /// <summary>Completes when the client has closed its side.</summary>
    public async Task GoneAsync()
    {
        try
        {
            while (await stream.ReadAsync(new byte[1024], closing) > 0)
            {
            }
        }
        catch (IOException)
        {
            // gone as well, only less politely
        }
    }
}

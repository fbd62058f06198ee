using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>500 streams at once over loopback, from a server in a process of its own: what the reading process spends.</summary>
internal static class Crowd
{
    private const int Streams = 500;
    private const int Deltas = 200;

    public static async Task RowAsync()
    {
        if (!Scale.IsWanted("one of many streams at once"))
            return;
        using var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Crowd).Assembly.Location, "--serve"] : ["--serve"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        try
        {
            var endpoint = $"http://127.0.0.1:{await server.StandardOutput.ReadLineAsync().ConfigureAwait(false)}/api/v1/";
            using var handler = new SocketsHttpHandler { UseProxy = false };
            using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
            var (ours, rival) = (Readers.Ours(http, endpoint), Readers.Rival(http, endpoint));
            (string Name, Func<IAsyncEnumerable<ChatResponseUpdate>> Ask)[] all =
            [
                ("floor", () => Readers.Floor(http, endpoint)),
                ("ours", () => ours.GetStreamingResponseAsync("q")),
                ("rival", () => rival.GetStreamingResponseAsync("q")),
            ];
            const int Rounds = 25;
            var times = all.Select(_ => new double[Rounds]).ToArray();
            var bytes = all.Select(_ => new double[Rounds]).ToArray();
            await Scale.Warm(async () =>
            {
                foreach (var one in all)
                    await Round(one.Ask).ConfigureAwait(false);
            }).ConfigureAwait(false);
            for (var round = 0; round < Rounds; round++)
                for (var i = 0; i < all.Length; i++)
                {
                    var (cpu, allocated) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true));
                    await Round(all[i].Ask).ConfigureAwait(false);
                    (times[i][round], bytes[i][round]) = ((Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / Streams, (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)Streams);
                }
            Scale.Print(string.Create(CultureInfo.InvariantCulture, $"one of {Streams} streams at once over loopback, {Deltas} deltas each (processor time)"), all.Select(one => one.Name), times, bytes);
        }
        finally
        {
            server.Kill();
        }
    }

    private static Task Round(Func<IAsyncEnumerable<ChatResponseUpdate>> ask) => Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => Readers.Count(ask())));

    /// <summary>In the server's process: the least HTTP there is, a chunk of the answer at a time.</summary>
    public static async Task ServeAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(Streams);
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        var body = Bodies.Stream(Deltas);
        while (true)
            _ = AnswerAsync(await listener.AcceptTcpClientAsync().ConfigureAwait(false), body);
    }

    private static async Task AnswerAsync(TcpClient client, byte[] body)
    {
        using var connection = client;
        client.NoDelay = true;
        var stream = client.GetStream();
        var buffer = new byte[64 * 1024];
        var held = 0;
        while (true)
        {
            int end;
            while ((end = Encoding.ASCII.GetString(buffer, 0, held).IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(held)).ConfigureAwait(false);
                if (read == 0)
                    return;
                held += read;
            }
            var head = Encoding.ASCII.GetString(buffer, 0, end);
            var at = head.IndexOf("Content-Length:", StringComparison.OrdinalIgnoreCase);
            var length = int.Parse(head[(at + 15)..].Split('\r')[0], CultureInfo.InvariantCulture);
            for (held -= end + 4; held < length;)
                held += await stream.ReadAsync(buffer).ConfigureAwait(false);
            held = 0;
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray()).ConfigureAwait(false);
            const int Piece = 4096;
            for (var from = 0; from < body.Length; from += Piece)
            {
                var count = Math.Min(Piece, body.Length - from);
                await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"{count:x}\r\n"), .. body.AsSpan(from, count), .. "\r\n"u8]).ConfigureAwait(false);
                await Task.Yield();
            }
            await stream.WriteAsync("0\r\n\r\n"u8.ToArray()).ConfigureAwait(false);
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Samples;

/// <summary>A Redis server of our own on a free port, where the program is installed.</summary>
internal sealed class Redis(Process server, ConnectionMultiplexer connection) : IDisposable
{
    public IDatabase Database => connection.GetDatabase();

    /// <summary>Null where there is no redis-server.</summary>
    public static async Task<Redis?> TryStartAsync()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "redis-server"))))
            return null;
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var server = Process.Start(new ProcessStartInfo("redis-server", ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]) { RedirectStandardOutput = true })!;
        while (await server.StandardOutput.ReadLineAsync() is { } line && !line.Contains("Ready to accept connections", StringComparison.Ordinal))
        {
        }
        return new(server, await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port}"));
    }

    public void Dispose()
    {
        connection.Dispose();
        server.Kill();
        server.Dispose();
    }
}

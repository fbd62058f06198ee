using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Samples.Cluster;

/// <summary>A Redis server of our own on a free port, where the program is installed.</summary>
internal sealed class RedisServer : IDisposable
{
    private readonly int _port = Ports.Free();
    private Process _process;

    private RedisServer() => _process = Run();

    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "redis-server")));

    public string Address => $"127.0.0.1:{_port}";

    /// <summary>Null where there is no redis-server.</summary>
    public static async Task<RedisServer?> TryStartAsync()
    {
        if (!IsInstalled)
            return null;
        var server = new RedisServer();
        await server.ReadyAsync();
        return server;
    }

    /// <summary>Redis is away; what it held it has on disk.</summary>
    public void Stop() => Shell("shutdown", "save");

    public async Task RestartAsync()
    {
        _process.Dispose();
        _process = Run();
        await ReadyAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private string Folder => Path.Combine(Path.GetTempPath(), $"cluster-redis-{_port}");

    private Process Run()
    {
        Directory.CreateDirectory(Folder);
        return Process.Start(new ProcessStartInfo("redis-server", ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Folder]) { RedirectStandardOutput = true })!;
    }

    private async Task ReadyAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line && !line.Contains("Ready to accept connections", StringComparison.Ordinal))
        {
        }
    }

    private void Shell(params string[] command)
    {
        using var cli = Process.Start(new ProcessStartInfo("redis-cli", ["-p", $"{_port}", .. command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        cli.WaitForExit();
        _process.WaitForExit();
    }
}

/// <summary>A machine of the cluster, as a process of this program.</summary>
internal sealed class SiloProcess : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _said = [];

    private SiloProcess(string name, Process process)
    {
        (Name, _process) = (name, process);
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"A silo ended before it was ready.\n{string.Join('\n', _said)}"));
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What the process is told to do: to be a silo with these settings.</summary>
    public const string Verb = "silo";

    public string Name { get; }

    public static SiloProcess Start(SiloSettings settings)
    {
        var json = JsonSerializer.Serialize(settings with { SiloPort = Ports.Free(), GatewayPort = Ports.Free() });
        return new(settings.Name, Process.Start(new ProcessStartInfo("dotnet", [typeof(SiloProcess).Assembly.Location, Verb, json]) { RedirectStandardOutput = true, RedirectStandardError = true })!);
    }

    public Task ReadyAsync() => _ready.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>In bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Without a farewell, as a power cut does it.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        lock (_said)
            _said.Add(line ?? "");
        if (line == Verb)
            _ready.TrySetResult();
    }
}

internal static class Ports
{
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>The first update of a fresh process: from the first line of the program, with its answer in memory.</summary>
internal static class Cold
{
    private static readonly string[] Names = ["rival", "ours", "floor"];

    /// <summary>Starts processes by turns. A folder with a ReadyToRun build may stand in OPENROUTER_BENCH_READYTORUN.</summary>
    public static async Task RowAsync()
    {
        await RowAsync("the first update of a fresh process", Environment.ProcessPath!, typeof(Cold).Assembly.Location).ConfigureAwait(false);
        if (Environment.GetEnvironmentVariable("OPENROUTER_BENCH_READYTORUN") is { Length: > 0 } folder)
            await RowAsync("the same with ReadyToRun", Environment.ProcessPath!, Path.Combine(folder, "Connectors.OpenRouter.Benchmarks.dll")).ConfigureAwait(false);
    }

    /// <summary>In the fresh process: prints nanoseconds and how many methods were compiled.</summary>
    public static async Task RunAsync(string name)
    {
        var (start, before) = (Stopwatch.GetTimestamp(), JitInfo.GetCompiledMethodCount());
        var (end, after) = await (name switch { "ours" => Ours(), "rival" => Rival(), _ => Floor() }).ConfigureAwait(false);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(start, end).TotalNanoseconds:F0} {after - before}"));
    }

    private static async Task RowAsync(string title, string host, string program)
    {
        if (!Scale.IsWanted(title))
            return;
        const int Rounds = 15;
        var times = Names.Select(_ => new double[Rounds]).ToArray();
        var methods = Names.Select(_ => new double[Rounds]).ToArray();
        for (var round = 0; round < Rounds; round++)
            for (var i = 0; i < Names.Length; i++)
            {
                string[] arguments = Path.GetFileNameWithoutExtension(host) == "dotnet" ? [program, "--cold", Names[i]] : ["--cold", Names[i]];
                var file = Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : Path.ChangeExtension(program, null);
                using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true })!;
                var said = (await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false)).Split(' ');
                (times[i][round], methods[i][round]) = (double.Parse(said[0], CultureInfo.InvariantCulture), double.Parse(said[1], CultureInfo.InvariantCulture));
            }
        Scale.Print($"{title} (instead of bytes: methods compiled)", Names, times, methods);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<(long Time, long Methods)> Ours() => First(Readers.Ours(Bodies.Client(Bodies.Stream(20))).GetStreamingResponseAsync("q"));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<(long Time, long Methods)> Rival() => First(Readers.Rival(Bodies.Client(Bodies.Stream(20))).GetStreamingResponseAsync("q"));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<(long Time, long Methods)> Floor() => First(Readers.Floor(Bodies.Client(Bodies.Stream(20))));

    /// <returns>When the first content was there, and how many methods had been compiled for it; what closes the stream comes later.</returns>
    private static async Task<(long Time, long Methods)> First(IAsyncEnumerable<ChatResponseUpdate> updates)
    {
        await foreach (var update in updates.ConfigureAwait(false))
            if (update.Contents.Count > 0)
                return (Stopwatch.GetTimestamp(), JitInfo.GetCompiledMethodCount());
        return default;
    }
}

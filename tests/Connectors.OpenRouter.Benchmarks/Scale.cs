using System.Diagnostics;
using System.Globalization;
using System.Runtime;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>One of the programs of a row.</summary>
/// <param name="Name">floor, ours, rival, ...</param>
/// <param name="Run">The work, done once.</param>
/// <param name="Less">Work whose cost is taken off; null = none.</param>
internal sealed record Runner(string Name, Func<Task> Run, Func<Task>? Less = null);

/// <summary>
/// Measures in paired rounds: the runners of a row take turns, so that a noisy neighbour slows all of them alike. Times are medians;
/// ratios are medians of the rounds' own ratios; bytes are exact.
/// </summary>
internal static class Scale
{
    /// <summary>Words of the titles that are wanted; none = all.</summary>
    public static string[] Rows { get; set; } = [];

    public static bool IsWanted(string? title) => Rows.Length == 0 || title is not null && Array.Exists(Rows, word => title.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <param name="title">What one unit is; null = nothing is printed.</param>
    /// <param name="units">By how many units the measured work is divided: 10,000 deltas, one call, ...</param>
    /// <param name="repeat">How often a round does the work, so that a clock can measure it.</param>
    /// <param name="rounds">How many rounds.</param>
    /// <param name="runners">The first is what the others are compared with.</param>
    public static async Task Row(string? title, int units, int repeat, int rounds, params Runner[] runners)
    {
        if (!IsWanted(title))
            return;
        await Warm(async () =>
        {
            foreach (var runner in runners)
            {
                await Measure(runner.Run, repeat).ConfigureAwait(false);
                if (runner.Less is { } less)
                    await Measure(less, repeat).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        var times = runners.Select(_ => new double[rounds]).ToArray();
        var bytes = runners.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
            for (var i = 0; i < runners.Length; i++)
            {
                var cost = await Measure(runners[i].Run, repeat).ConfigureAwait(false);
                if (runners[i].Less is { } less)
                    cost -= await Measure(less, repeat).ConfigureAwait(false);
                (times[i][round], bytes[i][round]) = (cost.Nanoseconds / units, cost.Bytes / units);
            }
        if (title is not null)
            Print(title, runners.Select(runner => runner.Name), times, bytes);
    }

    /// <summary>
    /// Does the work until it compiles nothing any more. The runtime compiles what is called often again, better, and a moment later: whoever
    /// is measured before that pays for the compiler and for counting calls, and the more so the more code a call goes through.
    /// </summary>
    public static async Task Warm(Func<Task> work)
    {
        const int Quiet = 3, Most = 40;
        for (int pass = 0, quiet = 0; pass < Most && quiet < Quiet; pass++)
        {
            var compiled = JitInfo.GetCompiledMethodCount();
            await work().ConfigureAwait(false);
            await Task.Delay(250).ConfigureAwait(false); // longer than the runtime waits for a pause in which to compile
            quiet = JitInfo.GetCompiledMethodCount() == compiled ? quiet + 1 : 0;
        }
    }

    public static void Print(string title, IEnumerable<string> names, double[][] times, double[][] bytes, string? last = null)
    {
        Console.WriteLine($"| {title} | | | | |");
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            var ratio = Median([.. times[i].Zip(times[0], (own, first) => own / first)]);
            var (time, size) = (Median(times[i]), Median(bytes[i]));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| - {name} | {Time(time)} | {ratio:F2} | {size:N0} | {size / Math.Max(Median(bytes[0]), 1):F2} |"));
        }
        if (last is not null)
            Console.WriteLine(last);
    }

    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        return ordered[ordered.Length / 2];
    }

    private static string Time(double nanoseconds) => nanoseconds switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:F0} ns"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000:F0} us"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000_000:F0} ms"),
    };

    private static async Task<Cost> Measure(Func<Task> work, int repeat)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < repeat; i++)
            await work().ConfigureAwait(false);
        var time = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        return new(time / repeat, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)repeat);
    }

    private readonly record struct Cost(double Nanoseconds, double Bytes)
    {
        public static Cost operator -(Cost one, Cost other) => new(one.Nanoseconds - other.Nanoseconds, one.Bytes - other.Bytes);
    }
}

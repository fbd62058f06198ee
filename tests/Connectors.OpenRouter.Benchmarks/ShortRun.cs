using System.Diagnostics;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>Ratios in under a minute. The readers take turns, so that a noisy neighbour slows all of them alike; the medians are compared.</summary>
internal static class ShortRun
{
    private const int Deltas = 10_000;

    public static async Task RunAsync()
    {
        var readers = new Readers(Bodies.Stream(Deltas));
        (string Name, Func<Task<int>> Read)[] all = [("floor", readers.Floor), ("ours", readers.Ours), ("rival", readers.Rival)];
        for (var round = 0; round < 30; round++)
            foreach (var (_, read) in all)
                await read();

        var times = all.Select(_ => new List<double>()).ToArray();
        var bytes = new double[all.Length];
        for (var round = 0; round < 60; round++)
            for (var i = 0; i < all.Length; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var start = Stopwatch.GetTimestamp();
                await all[i].Read();
                times[i].Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / Deltas);
                bytes[i] = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Deltas;
            }

        Console.WriteLine($"{Deltas:N0} deltas       ns/delta    ratio    B/delta    ratio");
        for (var i = 0; i < all.Length; i++)
            Console.WriteLine($"{all[i].Name,-18} {Median(times[i]),8:F0} {Paired(times, i),8:F2} {bytes[i],10:F0} {bytes[i] / bytes[0],8:F2}");

        Console.WriteLine("\nours, by length    ns/delta             B/delta");
        foreach (var length in (int[])[1_000, 10_000, 100_000, 1_000_000])
        {
            var reader = new Readers(Bodies.Stream(length));
            await reader.Ours();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            await reader.Ours();
            Console.WriteLine($"{length,-18:N0} {Stopwatch.GetElapsedTime(start).TotalNanoseconds / length,8:F0} {(GC.GetAllocatedBytesForCurrentThread() - before) / (double)length,19:F0}");
        }
    }

    /// <summary>The median of the rounds' own ratios to the floor.</summary>
    private static double Paired(List<double>[] times, int reader) => Median([.. times[reader].Zip(times[0], (own, floor) => own / floor)]);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

using System.Globalization;
using CsCheck;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Random values that are the same in every run, so that a fact which holds today holds tomorrow; OPENROUTER_SEED=N looks at others.</summary>
internal static class Seeds
{
    private static readonly uint First = uint.TryParse(Environment.GetEnvironmentVariable("OPENROUTER_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : 1;

    public static Task EachAsync<T>(this Gen<T> values, int count, Func<T, Task> check, Func<T, string> print) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), async (i, _) =>
        {
            var value = values.Generate(new PCG((uint)i, First), null, out var _);
            try
            {
                await check(value);
            }
            catch (Exception broken)
            {
                throw new InvalidOperationException($"OPENROUTER_SEED={First}, value {i}: {broken.Message}\n{print(value)}", broken);
            }
        });
}

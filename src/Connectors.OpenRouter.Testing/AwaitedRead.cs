using System.Threading.Tasks.Sources;

namespace Connectors.OpenRouter.Testing;

/// <summary>A read that does nothing until somebody waits for it.</summary>
internal sealed class AwaitedRead(Func<ValueTask<int>> read) : IValueTaskSource<int>
{
    /// <summary>
    /// For a reader that turns the read into a task first: what it sets up right after that still comes in time.
    /// </summary>
    private const int Hops = 16;

    /// <summary>The result; continuations run elsewhere, so that the fake is not driven by its reader.</summary>
    private ManualResetValueTaskSourceCore<int> _core = new() { RunContinuationsAsynchronously = true };

    /// <summary>The read, to be awaited once.</summary>
    public ValueTask<int> Task => new(this, _core.Version);

    public int GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _core.OnCompleted(continuation, state, token, flags);
        ThreadPool.UnsafeQueueUserWorkItem(static awaited => _ = awaited.RunAsync(), this, preferLocal: false);
    }

    /// <summary>Reads after the reader had time to set up what belongs to the wait.</summary>
    private async Task RunAsync()
    {
        try
        {
            await FakeClock.YieldAsync(Hops).ConfigureAwait(false);
            _core.SetResult(await read().ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            // Whatever it is, it belongs to whoever waits for the read.
            _core.SetException(exception);
        }
    }
}

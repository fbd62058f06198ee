using Connectors.OpenRouter.Execution;

namespace Connectors.OpenRouter.Transport;

/// <summary>The four clocks of one call, all attempts included. One timer looks at them when the first of them may have run out; nothing is armed per event.</summary>
/// <remarks>Response runs from <see cref="Asked"/> to <see cref="Answered"/>. Silence and idle run only while a read waits, so a slow reader is not taken for a dead service.</remarks>
internal sealed class Deadlines : IDisposable
{
    /// <summary>Timers have an upper bound; a clock with more left is looked at in between.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromDays(1);

    private readonly OpenRouterTimeouts _limits;
    private readonly TimeProvider _time;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _token;
    private readonly long _started;
    private readonly object _gate = new();

    private ITimer? _timer;
    private long? _firesAt;
    private long? _askedAt;
    private long? _silentSince;
    private long? _idleSince;
    private int _keepAlives;
    private OpenRouterPhase? _expired;
    private bool _disposed;

    public Deadlines(OpenRouterTimeouts limits, TimeProvider time, CancellationToken cancellationToken)
    {
        (_limits, _time, _caller) = (limits, time, cancellationToken);
        _started = time.GetTimestamp();
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _token = _source.Token;
    }

    /// <summary>Makes this call's exceptions; it knows the call's secrets as soon as they are known.</summary>
    public ExceptionFactory Failures { get; set; } = ExceptionFactory.Plain;

    /// <summary>Cancelled by the caller or by a clock.</summary>
    public CancellationToken Token => _token;

    /// <summary>Whether the whole call has a limit.</summary>
    public bool HasLimit => _limits.Total != Timeout.InfiniteTimeSpan;

    /// <summary>Since the call began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    /// <summary>Whether the call is over although nobody waits: asked per event, so it looks at the time only where the whole call has a limit.</summary>
    public bool IsOver => _token.IsCancellationRequested || IsSpent();

    /// <summary>A long working-off stops when the caller has left or a clock has run out.</summary>
    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    /// <exception cref="OpenRouterTimeoutException">A clock has run out.</exception>
    public void ThrowIfOver()
    {
        if (IsOver)
            throw Interruption() ?? new OperationCanceledException(_token);
    }

    /// <summary>Something is awaited before anything is sent: only the whole call's clock runs.</summary>
    public void Begun()
    {
        lock (_gate)
            Arm(_time.GetTimestamp());
    }

    /// <summary>The request is on its way.</summary>
    public void Asked() => Start(ref _askedAt);

    /// <summary>The answer has begun and does not come on: as <see cref="Asked"/>, unless that clock runs already.</summary>
    public void StillAsked()
    {
        lock (_gate)
            if (_askedAt is null)
                Asked();
    }

    /// <summary>What <see cref="Asked"/> waited for is here.</summary>
    public void Answered() => Stop(ref _askedAt);

    /// <summary>A read of the stream has to wait.</summary>
    public void Waiting()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            _silentSince = now;
            _idleSince ??= now;
            Arm(now);
        }
    }

    /// <summary>The read brought bytes, or the stream's end.</summary>
    public void Arrived() => Stop(ref _silentSince);

    /// <summary>An event was complete: the next wait starts a new idle time. Called per event, so it does no more than this.</summary>
    public void Heard() => _idleSince = null;

    public void KeptAlive(int count) => _keepAlives += count;

    /// <summary>The attempt failed and the next comes after <paramref name="pause"/>, if the call has that long.</summary>
    /// <exception cref="OpenRouterTimeoutException">It has not: waiting would be of no use.</exception>
    public void Pause(TimeSpan pause, OpenRouterException failure)
    {
        Rest();
        if (_limits.Total != Timeout.InfiniteTimeSpan && _time.GetElapsedTime(_started) + pause >= _limits.Total)
            throw Failures.TimedOut(OpenRouterPhase.Total, _limits, _keepAlives, failure, failure.GenerationId);
    }

    /// <summary>The attempt is over; until the next is under way no clock of ours is armed.</summary>
    public void Rest()
    {
        lock (_gate)
        {
            _askedAt = _silentSince = _idleSince = _firesAt = null;
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Why the call is over although the service did not end it: the caller's cancellation, or the clock that ran out. Null while it is not over.</summary>
    public Exception? Interruption(Exception? cause = null, string? generationId = null)
    {
        if (_caller.IsCancellationRequested)
            return Failures.Cancelled(cause, _caller);

        OpenRouterPhase? phase;
        lock (_gate)
            phase = _expired ?? (IsSpent() ? OpenRouterPhase.Total : null);
        return phase is { } expired ? Failures.TimedOut(expired, _limits, _keepAlives, cause, generationId) : null;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer?.Dispose();
        }
        _source.Dispose();
    }

    private bool IsSpent() => _limits.Total != Timeout.InfiniteTimeSpan && _time.GetElapsedTime(_started) >= _limits.Total;

    private void Start(ref long? clock)
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            clock = now;
            Arm(now);
        }
    }

    private void Stop(ref long? clock)
    {
        lock (_gate)
            clock = null;
    }

    /// <summary>Sets the timer to the first moment at which a clock may have run out, unless it looks earlier anyway.</summary>
    private void Arm(long now)
    {
        if (_disposed || _expired is not null)
            return;

        var (_, left) = First(now);
        if (left == Timeout.InfiniteTimeSpan)
            return;

        if (left > LongestLook)
            left = LongestLook;
        var due = now + (long)(left.TotalSeconds * _time.TimestampFrequency);
        if (_firesAt <= due)
            return;

        _firesAt = due;
        if (_timer is null)
            _timer = _time.CreateTimer(static clocks => ((Deadlines)clocks!).Look(), this, left, Timeout.InfiniteTimeSpan);
        else
            _timer.Change(left, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_disposed || _expired is not null)
                return;

            _firesAt = null;
            var now = _time.GetTimestamp();
            var (phase, left) = First(now);
            if (left > TimeSpan.Zero || left == Timeout.InfiniteTimeSpan)
            {
                Arm(now);
                return;
            }
            _expired = phase;
        }

        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // the call ended while its clock ran out: nobody waits any more
        }
    }

    /// <summary>The clock that runs out first, and what is left of it.</summary>
    private (OpenRouterPhase Phase, TimeSpan Left) First(long now)
    {
        var first = (Phase: OpenRouterPhase.Total, Left: Timeout.InfiniteTimeSpan);
        Consider(OpenRouterPhase.Response, _limits.Response, _askedAt);
        Consider(OpenRouterPhase.Silence, _limits.Silence, _silentSince);
        Consider(OpenRouterPhase.Idle, _limits.Idle, _silentSince is null ? null : _idleSince);
        Consider(OpenRouterPhase.Total, _limits.Total, _started);
        return first;

        void Consider(OpenRouterPhase phase, TimeSpan limit, long? since)
        {
            if (since is not { } start || limit == Timeout.InfiniteTimeSpan)
                return;
            var left = limit - _time.GetElapsedTime(start, now);
            if (left < TimeSpan.Zero)
                left = TimeSpan.Zero;
            if (first.Left == Timeout.InfiniteTimeSpan || left < first.Left)
                first = (phase, left);
        }
    }
}

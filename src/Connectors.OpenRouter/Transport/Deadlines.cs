using Connectors.OpenRouter.Execution;

namespace Connectors.OpenRouter.Transport;

/// <summary>
/// The four clocks of one call, all attempts included. One timer looks at them when the first of them may have run out; nothing
/// is armed per event.
/// </summary>
/// <remarks>
/// Response runs from <see cref="Asked"/> to <see cref="Answered"/>. Silence and idle run only while a read waits, so a slow
/// reader is not taken for a dead service.
/// </remarks>
internal sealed class Deadlines : IDisposable
{
    /// <summary>Timers have an upper bound; a clock with more left is looked at in between.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromDays(1);

    /// <summary>The limits of the four clocks; an infinite one is off.</summary>
    private readonly OpenRouterTimeouts _limits;

    /// <summary>The time that all clocks are read from.</summary>
    private readonly TimeProvider _time;

    /// <summary>The caller's token, by which its cancellation is told from a clock's.</summary>
    private readonly CancellationToken _caller;

    /// <summary>Cancelled when the caller cancels or a clock runs out.</summary>
    private readonly CancellationTokenSource _source;
    /// <summary>When the call began, as a timestamp of <see cref="_time"/>.</summary>
    private readonly long _started;

    /// <summary>Guards the clocks, which the timer reads on a thread of its own.</summary>
    private readonly object _gate = new();

    /// <summary>Made when the first clock starts; null until then.</summary>
    private ITimer? _timer;

    /// <summary>When the timer will look, as a timestamp; null while it is not armed.</summary>
    private long? _firesAt;

    /// <summary>Since when a response is awaited; null while none is.</summary>
    private long? _askedAt;

    /// <summary>Since when a read waits for bytes; null while none does.</summary>
    private long? _silentSince;

    /// <summary>Since when no event was complete; null from an event until the next wait.</summary>
    private long? _idleSince;

    /// <summary>How many keep-alives arrived, for the message of an idle timeout.</summary>
    private int _keepAlives;

    /// <summary>The clock that ran out first; null while none has.</summary>
    private OpenRouterPhase? _expired;

    /// <summary>No clock is looked at any more.</summary>
    private bool _disposed;

    /// <summary>Starts the clock of the whole call.</summary>
    /// <param name="limits">The settings of this call.</param>
    /// <param name="time">Where the time comes from.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Deadlines(OpenRouterTimeouts limits, TimeProvider time, CancellationToken cancellationToken)
    {
        (_limits, _time, _caller) = (limits, time, cancellationToken);
        _started = time.GetTimestamp();
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Token = _source.Token;
    }

    /// <summary>Makes this call's exceptions; it knows the call's secrets as soon as they are known.</summary>
    public ExceptionFactory Failures = ExceptionFactory.Plain;

    /// <summary>Cancelled by the caller or by a clock.</summary>
    public readonly CancellationToken Token;

    /// <summary>Whether the whole call has a limit.</summary>
    public bool HasLimit => _limits.Total != Timeout.InfiniteTimeSpan;

    /// <summary>Since the call began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    /// <summary>
    /// Whether the call is over although nobody waits: asked per event, so it looks at the time only where the whole call has a
    /// limit.
    /// </summary>
    public bool IsOver => Token.IsCancellationRequested || IsSpent();

    /// <summary>A long working-off stops when the caller has left or a clock has run out.</summary>
    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    /// <exception cref="OpenRouterTimeoutException">A clock has run out.</exception>
    public void ThrowIfOver()
    {
        if (IsOver)
            throw Interruption() ?? new OperationCanceledException(Token);
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
    public void EventReceived() => _idleSince = null;

    /// <summary>Counts keep-alives; they are bytes, so they end silence, and no events, so they do not end idleness.</summary>
    /// <param name="count">How many.</param>
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

    /// <summary>
    /// Why the call is over although the service did not end it: the caller's cancellation, or the clock that ran out. Null while
    /// it is not over.
    /// </summary>
    /// <param name="cause">What was interrupted; becomes the inner exception.</param>
    /// <param name="generationId">The generation's id; null while it is not known.</param>
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

    /// <summary>Whether the whole call has used up its time.</summary>
    private bool IsSpent() => _limits.Total != Timeout.InfiniteTimeSpan && _time.GetElapsedTime(_started) >= _limits.Total;

    /// <summary>Starts a clock and sets the timer for it.</summary>
    private void Start(ref long? clock)
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            clock = now;
            Arm(now);
        }
    }

    /// <summary>Stops a clock; the timer is left as it is, because looking once too often is cheaper than setting it.</summary>
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

    /// <summary>Called by the timer: cancels the call if a clock has run out, otherwise sets the timer again.</summary>
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

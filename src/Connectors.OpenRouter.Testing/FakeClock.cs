namespace Connectors.OpenRouter.Testing;

/// <summary>
/// Virtual time. It moves only when the service takes its time (<see cref="Advance"/>), when the service has gone silent (<see cref="StallAsync"/>),
/// and when a client pauses while nothing of its is on the wire.
/// </summary>
/// <remarks>
/// A pause is a <c>Task.Delay</c>: somebody waits for it. Every other timer (of a <see cref="CancellationTokenSource"/>, of <c>WaitAsync</c>, a bare one)
/// is a deadline: it must not come just because it was set before the request went out, so it fires only when time moves past it.
/// </remarks>
internal sealed class FakeClock : TimeProvider
{
    /// <summary>The instant at which every fake begins, so that ids and times are the same in every run.</summary>
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_786_972_801);

    /// <summary>A request that ends may have a client behind it that is about to cancel a delay of its own.</summary>
    private const int HopsAfterARequest = 64;

    /// <summary>Guards timers and time; nothing is fired under it.</summary>
    private readonly object _gate = new();

    /// <summary>Timers that are armed.</summary>
    private readonly List<FakeTimer> _pending = [];

    /// <summary>Completed and replaced whenever a timer is armed.</summary>
    private TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The fake's time.</summary>
    private DateTimeOffset _now = Start;

    /// <summary>The sum of all pauses that were skipped.</summary>
    private TimeSpan _waited;

    /// <summary>Numbers timers, so that those due at once fire in the order in which they were armed.</summary>
    private long _order;

    /// <summary>How many requests are on the wire; while one is, time stands still.</summary>
    private int _inFlight;

    /// <summary>Whether anybody has ever asked this clock for anything: a client that was not given it never does.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>
    /// Whether anybody asks this clock for anything, now or within a moment: a caller may just be putting a limit on the task
    /// that it was handed.
    /// </summary>
    /// <remarks>
    /// The moment is of real time, because there is no other yet. It passes in full only before a script's mistake is told.
    /// </remarks>
    public async Task<bool> IsUsedSoonAsync(CancellationToken gone)
    {
        Task armed;
        lock (_gate)
            armed = _armed.Task;
        if (!IsUsed)
            await Task.WhenAny(armed, Task.Delay(TimeSpan.FromSeconds(0.5), System, gone)).ConfigureAwait(false);
        gone.ThrowIfCancellationRequested();
        return IsUsed;
    }

    /// <summary>The time, for the fake's own use.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
                return _now;
        }
    }

    /// <summary>How long clients have waited in all, in the fake's time.</summary>
    public TimeSpan Waited
    {
        get
        {
            lock (_gate)
                return _waited;
        }
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        IsUsed = true;
        return Now;
    }

    public override long GetTimestamp() => (GetUtcNow() - Start).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        IsUsed = true;
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>A request is on the wire: pauses stay pending until <see cref="Leave"/>.</summary>
    public void Enter()
    {
        lock (_gate)
            _inFlight++;
    }

    /// <summary>A request has left the wire; pauses that waited for that end now.</summary>
    public void Leave()
    {
        bool isAwaited;
        lock (_gate)
        {
            _inFlight--;
            isAwaited = _pending.Exists(timer => timer.IsPause);
        }

        if (isAwaited)
            PumpSoon(HopsAfterARequest);
    }

    /// <summary>The service takes its time: timers due until then fire, in order, before this returns.</summary>
    public void Advance(TimeSpan time)
    {
        DateTimeOffset target;
        lock (_gate)
            target = _now + time;
        while (TakeNext(timer => timer.Due <= target) is { } due)
            due.Fire();
        lock (_gate)
            _now = _now < target ? target : _now;
    }

    /// <summary>The service says nothing more: time jumps from deadline to deadline until one of them makes the client give up.</summary>
    public async Task StallAsync(CancellationToken gone)
    {
        while (true)
        {
            gone.ThrowIfCancellationRequested();
            Task armed;
            DateTimeOffset? target;
            lock (_gate)
            {
                armed = _armed.Task;

                // Ticks fire on the way; they are not where the way leads, or a heartbeat alone would run for ever.
                target = _pending.Where(timer => !timer.IsPeriodic).Min(timer => (DateTimeOffset?)timer.Due);
            }

            if (target is null)
            {
                await armed.WaitAsync(gone).ConfigureAwait(false);
                continue;
            }

            while (!gone.IsCancellationRequested && TakeNext(timer => timer.Due <= target) is { } due)
                due.Fire();

            // What a deadline sets off may run elsewhere; let it, before the next deadline comes.
            await YieldAsync(32).ConfigureAwait(false);
        }
    }

    /// <summary>Lets what is about to run on other threads run first.</summary>
    public static async Task YieldAsync(int hops)
    {
        for (var hop = 0; hop < hops; hop++)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }

    /// <summary>Arms a timer.</summary>
    /// <param name="timer">The timer; an earlier time of it is forgotten.</param>
    /// <param name="dueTime">From now on; infinite disarms it.</param>
    /// <param name="period">Zero or infinite for once.</param>
    /// <returns>False once it is disposed of.</returns>
    private bool Arm(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _pending.Remove(timer);
            if (timer.IsDisposed)
                return false;
            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;
            timer.Due = _now + dueTime;
            timer.Period = period;
            timer.Order = _order++;
            _pending.Add(timer);
            _armed.TrySetResult();
            _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (dueTime == TimeSpan.Zero)
            ThreadPool.UnsafeQueueUserWorkItem(static clock => clock.Advance(TimeSpan.Zero), this, preferLocal: false);
        else if (timer.IsPause)
            PumpSoon();
        return true;
    }

    /// <summary>Takes a timer out for good.</summary>
    private void Disarm(FakeTimer timer)
    {
        lock (_gate)
        {
            timer.IsDisposed = true;
            _pending.Remove(timer);
        }
    }

    /// <summary>
    /// An error in what a timer sets off is nobody's to catch, as with any timer: it is not kept in a task that nobody looks at.
    /// </summary>
    private void PumpSoon(int hops = 0) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static async next =>
            {
                await YieldAsync(next.hops).ConfigureAwait(false);
                next.clock.Pump();
            },
            (clock: this, hops),
            preferLocal: false);

    /// <summary>
    /// Fires the next timer if somebody pauses while nothing is on the wire. One at a time: what it sets off may change what
    /// comes next.
    /// </summary>
    private void Pump()
    {
        FakeTimer? next = null;
        lock (_gate)
        {
            if (_inFlight == 0 && _pending.Exists(timer => timer.IsPause))
            {
                var before = _now;
                next = TakeNext(_ => true);
                _waited += _now - before;
            }
        }

        if (next is null)
            return;
        next.Fire();
        PumpSoon();
    }

    /// <summary>
    /// The earliest pending timer that <paramref name="fits"/>, taken off the list (a periodic one: put at its next tick); time
    /// is then its due time.
    /// </summary>
    private FakeTimer? TakeNext(Func<FakeTimer, bool> fits)
    {
        lock (_gate)
        {
            var next = _pending.OrderBy(timer => timer.Due).ThenBy(timer => timer.Order).FirstOrDefault();
            if (next is null || !fits(next))
                return null;
            _now = _now < next.Due ? next.Due : _now;
            if (next.IsPeriodic)
                (next.Due, next.Order) = (next.Due + next.Period, _order++);
            else
                _pending.Remove(next);
            return next;
        }
    }

    /// <summary>A timer of this clock.</summary>
    private sealed class FakeTimer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>Task.Delay hands itself in as the state; WaitAsync, which is a deadline, hands in a generic task.</summary>
        public bool IsPause { get; } = state is Task && !state.GetType().IsGenericType;

        /// <summary>When it fires next.</summary>
        public DateTimeOffset Due { get; set; }

        /// <summary>How often; zero or less for once.</summary>
        public TimeSpan Period { get; set; }

        /// <summary>Timers due at the same instant fire in the order in which they were set.</summary>
        public long Order { get; set; }

        /// <summary>Whether it may be armed no more.</summary>
        public bool IsDisposed { get; set; }

        /// <summary>Whether it fires again and again.</summary>
        public bool IsPeriodic => Period > TimeSpan.Zero;

        /// <summary>Calls back, outside the clock's lock.</summary>
        public void Fire() => callback(state);

        /// <summary>Arms the timer anew.</summary>
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
            ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);
            return clock.Arm(this, dueTime, period);
        }

        public void Dispose() => clock.Disarm(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}

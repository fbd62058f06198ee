using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Tests.Transport;

/// <summary>The four clocks of a call, row by row: what starts and stops each, and which of them ends the call.</summary>
public sealed class ClocksTests
{
    private static readonly OpenRouterTimeouts Limits = new() { Response = TimeSpan.FromMinutes(10), Silence = TimeSpan.FromMinutes(3), Idle = TimeSpan.FromMinutes(5), Total = TimeSpan.FromMinutes(60) };

    /// <summary>
    /// <c>ask</c> and <c>answer</c> for the response, <c>still</c> for one that has begun and does not come on, <c>wait</c> and <c>bytes</c> for a read, <c>event</c>,
    /// <c>rest</c> between two attempts, <c>begin</c> where nothing is sent yet; numbers are minutes that pass.
    /// </summary>
    [Theory]
    [InlineData("9", null)]
    [InlineData("ask 9.9", null)]
    [InlineData("ask 10", "Response")]
    [InlineData("ask 9 answer 9", null)] // it is stopped
    [InlineData("ask 9 ask 9", null)] // and started again
    [InlineData("ask 9 ask 10", "Response")]
    [InlineData("ask 9 still 1", "Response")] // which goes on
    [InlineData("still 9.9", null)]
    [InlineData("still 10", "Response")]
    [InlineData("ask 9 answer still 9.9", null)]
    [InlineData("ask 9 rest 9", null)]
    [InlineData("ask 9 rest ask 9", null)]
    [InlineData("ask 9 rest ask 10", "Response")]
    [InlineData("wait 2.9", null)]
    [InlineData("wait 3", "Silence")]
    [InlineData("wait 2 bytes 9", null)] // a slow reader is not a dead service
    [InlineData("wait 2 bytes wait 2.9", null)]
    [InlineData("wait 2 bytes wait 3", "Silence")] // both at once
    [InlineData("wait 2 bytes wait 2 bytes wait 0.9", null)]
    [InlineData("wait 2 bytes wait 2 bytes wait 1", "Idle")]
    [InlineData("wait 2 bytes event wait 2 bytes wait 2", null)]
    [InlineData("wait 2 bytes event wait 3", "Silence")]
    [InlineData("wait 2 bytes event 9 wait 2.9", null)] // between two waits none runs
    [InlineData("wait 2 bytes 9 wait 2", "Idle")]
    [InlineData("wait 2 rest wait 2.9", null)]
    [InlineData("wait 2 rest 9", null)]
    [InlineData("ask 2 answer wait 3", "Silence")] // what is armed for a later end looks at an earlier one too
    [InlineData("59.9", null)]
    [InlineData("60", "Total")]
    [InlineData("begin 60", "Total")]
    [InlineData("begin 59.9", null)]
    [InlineData("30 ask 5 answer 5 wait 1 bytes event 18 wait 1", "Total")]
    [InlineData("30 rest 30", "Total")]
    public void The_clock_that_runs_out_first_ends_the_call(string steps, string? phase)
    {
        var time = new FakeTimeProvider();
        using var deadlines = new Deadlines(Limits, time, CancellationToken.None);

        Play(deadlines, time, steps);

        Assert.Equal(phase is not null, deadlines.IsOver);
        Assert.Equal(phase, (deadlines.Interruption() as OpenRouterTimeoutException)?.Phase.ToString());
        if (phase is null)
            deadlines.ThrowIfOver();
        else
            Assert.Equal(phase, Assert.Throws<OpenRouterTimeoutException>(deadlines.ThrowIfOver).Phase.ToString());
    }

    /// <summary>Whoever waits is woken: but for a call that nobody waits in, which is asked whether it is over.</summary>
    [Theory]
    [InlineData("ask 10", true)]
    [InlineData("wait 3", true)]
    [InlineData("begin 60", true)]
    [InlineData("ask 1 answer 60", true)]
    [InlineData("60", false)]
    [InlineData("ask rest 60", false)]
    public void Who_waits_is_woken(string steps, bool isWoken)
    {
        var time = new FakeTimeProvider();
        using var deadlines = new Deadlines(Limits, time, CancellationToken.None);

        Play(deadlines, time, steps);

        Assert.Equal(isWoken, deadlines.Token.IsCancellationRequested);
    }

    [Fact]
    public void Nothing_is_armed_per_event_nor_between_attempts_nor_after_the_call()
    {
        var time = new Counting();
        var deadlines = new Deadlines(Limits, time, CancellationToken.None);
        Play(deadlines, time, "ask answer");
        for (var i = 0; i < 1_000; i++)
            Play(deadlines, time, "wait bytes event");
        Assert.Equal((1, true), (time.Timers, time.IsArmed));
        Assert.InRange(time.Armed, 1, 3); // for the response, and once for the silence that ends earlier

        deadlines.Rest();
        Assert.False(time.IsArmed);
        deadlines.Waiting();
        Assert.True(time.IsArmed);

        deadlines.Dispose();
        Assert.False(time.IsArmed);
        var armed = time.Armed;
        Play(deadlines, time, "ask wait begin");
        Assert.Equal((1, armed), (time.Timers, time.Armed));
    }

    [Fact]
    public void A_clock_that_ran_out_arms_no_other()
    {
        var time = new Counting();
        using var deadlines = new Deadlines(Limits, time, CancellationToken.None);
        Play(deadlines, time, "wait 3");
        var armed = time.Armed;

        Play(deadlines, time, "ask wait 30");

        Assert.Equal((armed, OpenRouterPhase.Silence), (time.Armed, ((OpenRouterTimeoutException)deadlines.Interruption()!).Phase));
    }

    [Theory]
    [InlineData(50, 9.9, true)]
    [InlineData(50, 10, false)] // when it is over, so is the call
    [InlineData(50, 11, false)]
    [InlineData(0, 59, true)]
    public void A_pause_that_the_call_has_no_time_for_ends_it_at_once(double after, double pause, bool fits)
    {
        var time = new FakeTimeProvider();
        using var deadlines = new Deadlines(Limits, time, CancellationToken.None);
        Play(deadlines, time, $"ask {after} wait".Replace("ask 50", "50 ask", StringComparison.Ordinal));
        var failure = new OpenRouterException("Busy.");

        var ended = Record.Exception(() => deadlines.Pause(TimeSpan.FromMinutes(pause), failure));

        Assert.Equal(fits ? null : OpenRouterPhase.Total, (ended as OpenRouterTimeoutException)?.Phase);
        Assert.Same(fits ? null : failure, ended?.InnerException);
        time.Advance(TimeSpan.FromMinutes(9)); // no clock of the attempt runs on
        Assert.False(deadlines.Token.IsCancellationRequested);
    }

    [Fact]
    public void Who_leaves_is_told_of_nothing_else()
    {
        var time = new FakeTimeProvider();
        using var caller = new CancellationTokenSource();
        using var deadlines = new Deadlines(Limits, time, caller.Token);
        Play(deadlines, time, "wait 3");
        caller.Cancel();

        Assert.Equal(caller.Token, Assert.IsAssignableFrom<OperationCanceledException>(deadlines.Interruption()).CancellationToken);
        Assert.True(deadlines.IsOver);
    }

    private static void Play(Deadlines deadlines, FakeTimeProvider time, string steps)
    {
        foreach (var step in steps.Split(' '))
            switch (step)
            {
                case "ask": deadlines.Asked(); break;
                case "answer": deadlines.Answered(); break;
                case "still": deadlines.StillAsked(); break;
                case "wait": deadlines.Waiting(); break;
                case "bytes": deadlines.Arrived(); break;
                case "event": deadlines.EventReceived(); break;
                case "rest": deadlines.Rest(); break;
                case "begin": deadlines.Begun(); break;
                default: time.Advance(TimeSpan.FromMinutes(double.Parse(step, System.Globalization.CultureInfo.InvariantCulture))); break;
            }
    }

    /// <summary>Counts its timers, and how often one was armed.</summary>
    private sealed class Counting : FakeTimeProvider
    {
        public int Timers { get; private set; }

        public int Armed { get; private set; }

        public bool IsArmed { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers++;
            Note(dueTime);
            return new Timer(this, base.CreateTimer(callback, state, dueTime, period));
        }

        private void Note(TimeSpan dueTime)
        {
            IsArmed = dueTime != Timeout.InfiniteTimeSpan;
            if (IsArmed)
                Armed++;
        }

        private sealed class Timer(Counting counting, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                counting.Note(dueTime);
                return timer.Change(dueTime, period);
            }

            public void Dispose()
            {
                counting.IsArmed = false;
                timer.Dispose();
            }

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}

using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public class FakeClockTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_pause_ends_at_once_and_is_counted()
    {
        using var fake = new FakeOpenRouter();
        var before = fake.Clock.GetUtcNow();
        var stamp = fake.Clock.GetTimestamp();

        await Task.Delay(TimeSpan.FromHours(1), fake.Clock);
        await Task.Delay(Minute, fake.Clock, CancellationToken.None);

        Assert.Equal(TimeSpan.FromMinutes(61), fake.Waited);
        Assert.Equal(TimeSpan.FromMinutes(61), fake.Clock.GetUtcNow() - before);
        Assert.Equal(TimeSpan.FromMinutes(61), fake.Clock.GetElapsedTime(stamp));
    }

    [Fact]
    public async Task A_deadline_set_before_a_request_does_not_run_out_by_itself()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));
        using var deadline = new CancellationTokenSource(Minute, fake.Clock);

        using var response = await fake.PostAsync(Asking.Question(), deadline.Token);
        await response.Content.ReadAsStringAsync(deadline.Token);

        Assert.False(deadline.IsCancellationRequested);
        Assert.Equal(TimeSpan.Zero, fake.Waited);
    }

    [Fact]
    public async Task A_pause_carries_time_past_deadlines_that_come_before_its_end()
    {
        using var fake = new FakeOpenRouter();
        using var deadline = new CancellationTokenSource(Minute, fake.Clock);

        await Task.Delay(2 * Minute, fake.Clock);

        Assert.True(deadline.IsCancellationRequested);
        Assert.Equal(2 * Minute, fake.Waited);
    }

    [Fact]
    public async Task A_deadline_behind_the_end_of_a_pause_is_not_reached()
    {
        using var fake = new FakeOpenRouter();
        using var deadline = new CancellationTokenSource(Minute, fake.Clock);

        await Task.Delay(Minute / 2, fake.Clock);

        Assert.False(deadline.IsCancellationRequested);
    }

    [Fact]
    public async Task The_services_time_is_not_the_clients_waiting()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Let me").Wait(Minute).Say(" see."));
        var before = fake.Clock.GetUtcNow();

        await fake.StreamAsync();

        Assert.Equal(Minute, fake.Clock.GetUtcNow() - before);
        Assert.Equal(TimeSpan.Zero, fake.Waited);
    }

    [Fact]
    public async Task A_deadline_shorter_than_the_service_takes_runs_out()
    {
        using var fake = new FakeOpenRouter(r => r.Wait(2 * Minute).Say("Too late."));
        using var deadline = new CancellationTokenSource(Minute, fake.Clock);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fake.PostAsync(Asking.Question(), deadline.Token));

        Assert.True(fake.LastRequest.Aborted);
    }

    [Fact]
    public async Task A_limit_on_the_task_of_a_request_runs_out()
    {
        using var fake = new FakeOpenRouter(r => r.Stall());
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAsync<TimeoutException>(() => fake.PostAsync(Asking.Question(), stop.Token).WaitAsync(Minute, fake.Clock));

        await stop.CancelAsync();
    }

    [Fact]
    public async Task Before_a_whole_body_the_service_takes_all_its_time_at_once()
    {
        using var fake = new FakeOpenRouter(r => r.Say("a").Wait(Minute).Say("b").Wait(Minute));
        var before = fake.Clock.GetUtcNow();

        using var response = await fake.PostAsync(Asking.Question(stream: false));

        Assert.Equal(2 * Minute, fake.Clock.GetUtcNow() - before);
        var body = Asking.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(120, body.GetProperty("completed_at").GetInt64() - body.GetProperty("created_at").GetInt64());
    }

    [Fact]
    public async Task A_pause_begun_during_a_request_ends_when_the_request_has_ended()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));
        using var response = await fake.PostAsync(Asking.Question());

        var pause = Task.Delay(Minute, fake.Clock);
        Assert.False(pause.IsCompleted);
        await response.Content.ReadAsStringAsync();
        await pause;

        Assert.Equal(Minute, fake.Waited);
    }

    [Fact]
    public async Task Silence_lasts_until_the_callers_next_deadline()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hm").Stall());
        using var far = new CancellationTokenSource(TimeSpan.FromHours(1), fake.Clock);
        using var response = await fake.PostAsync(Asking.Question(), far.Token);
        var stream = await response.Content.ReadAsStreamAsync();
        using var near = new CancellationTokenSource(Minute, fake.Clock);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.CopyToAsync(Stream.Null, near.Token));

        Assert.False(far.IsCancellationRequested);
        Assert.Equal(TimeSpan.Zero, fake.Waited);
    }

    [Fact]
    public async Task A_deadline_set_for_each_read_runs_out_in_silence()
    {
        using var fake = new FakeOpenRouter(r => r.KeepAlive().Stall());
        using var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        using var deadline = new CancellationTokenSource();
        var buffer = new byte[100];
        Assert.True(await stream.ReadAsync(buffer) > 0);

        var read = stream.ReadAsync(buffer, deadline.Token);
        Assert.False(read.IsCompleted);
        using var timer = fake.Clock.CreateTimer(_ => deadline.Cancel(), null, Minute, Timeout.InfiniteTimeSpan);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
    }

    [Fact]
    public async Task A_timer_set_again_in_time_does_not_fire()
    {
        using var fake = new FakeOpenRouter(r => r.Say("a").Wait(Minute).Say("b").Wait(Minute).Say("c"));
        using var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        var hasFired = false;
        using var timer = fake.Clock.CreateTimer(_ => hasFired = true, null, 1.5 * Minute, Timeout.InfiniteTimeSpan);

        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer) > 0)
            timer.Change(1.5 * Minute, Timeout.InfiniteTimeSpan);

        Assert.False(hasFired);
    }

    [Fact]
    public async Task A_timer_set_to_now_fires_also_while_time_stands_still()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));
        using var response = await fake.PostAsync(Asking.Question());
        var fired = new TaskCompletionSource();

        using var timer = fake.Clock.CreateTimer(_ => fired.SetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await fired.Task;
    }

    [Fact]
    public async Task Timers_fire_in_the_order_of_their_times()
    {
        using var fake = new FakeOpenRouter(r => r.Wait(Minute).Say("Hi"));
        List<string> fired = [];
        using var late = fake.Clock.CreateTimer(_ => fired.Add("late"), null, TimeSpan.FromSeconds(30), Timeout.InfiniteTimeSpan);
        using var ticks = fake.Clock.CreateTimer(_ => fired.Add("tick"), null, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20));
        using var early = fake.Clock.CreateTimer(_ => fired.Add("early"), null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);
        using var never = fake.Clock.CreateTimer(_ => fired.Add("never"), null, TimeSpan.FromSeconds(61), Timeout.InfiniteTimeSpan);

        await fake.StreamAsync();

        Assert.Equal(["early", "tick", "late", "tick", "tick"], fired);
    }

    [Fact]
    public async Task A_disposed_timer_does_not_fire()
    {
        using var fake = new FakeOpenRouter(r => r.Wait(Minute).Say("Hi"));
        var hasFired = false;
        await fake.Clock.CreateTimer(_ => hasFired = true, null, Minute / 2, Timeout.InfiniteTimeSpan).DisposeAsync();

        await fake.StreamAsync();

        Assert.False(hasFired);
    }

    [Fact]
    public async Task Two_that_pause_side_by_side_both_go_on()
    {
        using var fake = new FakeOpenRouter();

        await Task.WhenAll(Enumerable.Range(1, 50).Select(i => Task.Delay(TimeSpan.FromSeconds(i), fake.Clock)));

        Assert.True(fake.Waited >= TimeSpan.FromSeconds(50));
    }

    [Fact]
    public async Task A_pause_can_be_cancelled()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));
        using var response = await fake.PostAsync(Asking.Question());
        using var stop = new CancellationTokenSource();

        var pause = Task.Delay(Minute, fake.Clock, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pause);
        Assert.Equal(TimeSpan.Zero, fake.Waited);
    }

    [Fact]
    public async Task A_limit_on_a_task_is_a_deadline_not_a_pause()
    {
        using var fake = new FakeOpenRouter();
        var endless = new TaskCompletionSource();

        var limited = endless.Task.WaitAsync(Minute, fake.Clock);
        await Task.Delay(Minute / 2, fake.Clock);
        Assert.False(limited.IsCompleted);
        await Task.Delay(Minute, fake.Clock);

        await Assert.ThrowsAsync<TimeoutException>(() => limited);
    }

    [Fact]
    public void It_is_the_same_time_everywhere()
    {
        using var fake = new FakeOpenRouter();

        Assert.Equal((TimeZoneInfo.Utc, new DateTimeOffset(2026, 8, 17, 13, 20, 1, TimeSpan.Zero)), (fake.Clock.LocalTimeZone, fake.Clock.GetLocalNow()));
    }

    [Fact]
    public async Task A_deadline_set_while_the_service_is_already_silent_runs_out_too()
    {
        using var fake = new FakeOpenRouter(r => r.KeepAlive().Stall());
        using var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        using var deadline = new CancellationTokenSource();
        _ = fake.Clock.GetTimestamp();
        var reading = stream.CopyToAsync(Stream.Null, deadline.Token);
        for (var hop = 0; hop < 100; hop++)
            await Task.Yield();

        using var timer = fake.Clock.CreateTimer(_ => deadline.Cancel(), null, Minute, Timeout.InfiniteTimeSpan);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task A_timer_that_is_switched_off_or_gone_does_not_fire()
    {
        using var fake = new FakeOpenRouter(r => r.Wait(2 * Minute).Say("Hi"));
        var fired = 0;
        using var off = fake.Clock.CreateTimer(_ => fired++, null, Minute, Timeout.InfiniteTimeSpan);
        var gone = fake.Clock.CreateTimer(_ => fired++, null, Minute, Timeout.InfiniteTimeSpan);

        Assert.True(off.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        gone.Dispose();
        Assert.False(gone.Change(Minute, Timeout.InfiniteTimeSpan));
        await fake.StreamAsync();

        Assert.Equal(0, fired);
    }
}

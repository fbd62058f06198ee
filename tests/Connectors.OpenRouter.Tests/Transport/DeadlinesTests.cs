using System.Text;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Tests.Transport;

public sealed class DeadlinesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly OpenRouterOptions _settings;
    private readonly CancellationTokenSource _caller = new();

    public void Dispose() => _caller.Dispose();

    public DeadlinesTests() => _settings = new() { ApiKey = "sk-or-test", TimeProvider = _time };

    [Fact]
    public async Task Headers_that_do_not_come_end_the_call()
    {
        var post = PostAsync(new Hanging());
        _time.Advance(TimeSpan.FromMinutes(14.9));
        Assert.False(post.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(0.2));
        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => post);
        Assert.Equal(OpenRouterPhase.Response, failure.Phase);
        Assert.Contains("15 min", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.MayRetry);
    }

    [Fact]
    public async Task A_stream_without_a_byte_is_dead()
    {
        var pipe = new Live();
        await using var reply = await PostAsync(pipe, "data: {\"type\":\"one\"}\n\n");
        Assert.True(await reply.MoveNextAsync());
        var next = reply.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromMinutes(2.9));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Equal(OpenRouterPhase.Silence, (await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => next)).Phase);
    }

    [Fact]
    public async Task A_model_may_think_long_behind_keep_alives_but_not_for_ever()
    {
        var pipe = new Live();
        await using var reply = await PostAsync(pipe, ": OPENROUTER PROCESSING\n\n");
        var next = reply.MoveNextAsync().AsTask();
        for (var minute = 0; minute < 14; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await pipe.SayAsync(": \n\n");
        }
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1.1));
        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => next);
        Assert.Equal(OpenRouterPhase.Idle, failure.Phase);
        Assert.Contains("15 so far", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_event_starts_the_idle_time_anew()
    {
        var pipe = new Live();
        await using var reply = await PostAsync(pipe, ":\n\n");
        for (var round = 0; round < 20; round++)
        {
            var next = reply.MoveNextAsync().AsTask();
            for (var pause = 0; pause < 5; pause++)
            {
                _time.Advance(TimeSpan.FromMinutes(2));
                await pipe.SayAsync(": \n\n");
            }
            await pipe.SayAsync("data: {\"type\":\"one\"}\n\n");
            Assert.True(await next);
        }
    }

    [Fact]
    public async Task An_event_that_only_says_ping_is_a_keep_alive()
    {
        var pipe = new Live();
        await using var reply = await PostAsync(pipe, ":\n\n");
        var all = ReadAllAsync(reply);
        for (var minute = 0; minute < 16; minute++)
        {
            await pipe.SayAsync("data: {\"type\":\"ping\"}\n\n");
            _time.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(OpenRouterPhase.Idle, (await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => all)).Phase);
    }

    [Fact]
    public async Task A_slow_reader_is_not_taken_for_a_dead_service()
    {
        var pipe = new Live();
        await using var reply = await PostAsync(pipe, "data: {\"type\":\"one\"}\n\n");
        Assert.True(await reply.MoveNextAsync());
        _time.Advance(TimeSpan.FromDays(1));
        var next = reply.MoveNextAsync().AsTask();
        await pipe.SayAsync("data: {\"type\":\"two\"}\n\n");
        Assert.True(await next);
    }

    [Fact]
    public async Task The_whole_call_may_be_bounded()
    {
        _settings.Timeouts.Total = TimeSpan.FromMinutes(5);
        var pipe = new Live();
        await using var reply = await PostAsync(pipe, "data: {\"type\":\"one\"}\n\n");
        Assert.True(await reply.MoveNextAsync());
        for (var minute = 0; minute < 4; minute++)
        {
            var next = reply.MoveNextAsync().AsTask();
            _time.Advance(TimeSpan.FromMinutes(1));
            await pipe.SayAsync("data: {\"type\":\"more\"}\n\n");
            Assert.True(await next);
        }
        var last = reply.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromMinutes(1.1));
        Assert.Equal(OpenRouterPhase.Total, (await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => last)).Phase);
    }

    [Fact]
    public async Task The_whole_call_is_bounded_for_a_slow_reader_too()
    {
        _settings.Timeouts.Total = TimeSpan.FromMinutes(5);
        await using var reply = await PostAsync(new Live(), "data: {\"type\":\"one\"}\n\ndata: {\"type\":\"two\"}\n\n");
        Assert.True(await reply.MoveNextAsync());
        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(OpenRouterPhase.Total, (await Assert.ThrowsAsync<OpenRouterTimeoutException>(async () => await reply.MoveNextAsync())).Phase);
    }

    [Fact]
    public async Task Without_limits_nothing_ends_the_call()
    {
        _settings.Timeouts.Response = _settings.Timeouts.Silence = _settings.Timeouts.Idle = Timeout.InfiniteTimeSpan;
        var pipe = new Live();
        await using var reply = await PostAsync(pipe, ":\n\n");
        var next = reply.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromDays(30));
        await pipe.SayAsync("data: {\"type\":\"one\"}\n\n");
        Assert.True(await next);
    }

    [Fact]
    public async Task A_limit_may_be_longer_than_any_timer()
    {
        _settings.Timeouts.Response = _settings.Timeouts.Silence = _settings.Timeouts.Idle = TimeSpan.MaxValue;
        _settings.Timeouts.Total = TimeSpan.FromDays(60);
        var pipe = new Live();
        await using var reply = await PostAsync(pipe, ":\n\n");
        var next = reply.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromDays(59));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(OpenRouterPhase.Total, (await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => next)).Phase);
    }

    [Fact]
    public async Task A_whole_answer_has_the_response_time_for_all_its_thinking()
    {
        var pipe = new Live();
        var post = PostAsync(pipe, "", streaming: false);
        _time.Advance(TimeSpan.FromMinutes(14));
        Assert.False(post.IsCompleted);
        await pipe.SayAsync("{\"status\":\"completed\"}");
        pipe.End();
        await using var reply = await post;
        Assert.NotNull(reply.Body);
    }

    [Fact]
    public async Task A_whole_answer_that_stops_half_way_is_dead()
    {
        var pipe = new Live();
        var post = PostAsync(pipe, "{\"status\":", streaming: false);
        _time.Advance(TimeSpan.FromMinutes(3.1));
        Assert.Equal(OpenRouterPhase.Silence, (await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => post)).Phase);
    }

    [Fact]
    public async Task A_callers_cancellation_comes_at_once_with_the_callers_token()
    {
        foreach (var handler in new HttpMessageHandler[] { new Hanging(), new Service(Service.Stream(() => new Live("data: {\"type\":\"one\"}\n\n"))) })
        {
            using var caller = new CancellationTokenSource();
            var call = ReadAllAsync(handler, caller.Token);
            await caller.CancelAsync();
            var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            Assert.Equal(caller.Token, cancelled.CancellationToken);
        }
    }

    [Fact]
    public async Task Buffered_events_do_not_hide_a_cancellation()
    {
        await using var reply = await PostAsync(new Live(), "data: {\"type\":\"one\"}\n\ndata: {\"type\":\"two\"}\n\n");
        Assert.True(await reply.MoveNextAsync());
        await _caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reply.MoveNextAsync());
    }

    [Fact]
    public async Task A_call_cancelled_beforehand_sends_nothing()
    {
        await _caller.CancelAsync();
        var service = new Service(Service.Events(""));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PostAsync(service));
        Assert.Empty(service.Posts);
    }

    [Fact]
    public async Task The_callers_own_clients_timeout_is_named()
    {
        using var client = new HttpClient(new Hanging()) { Timeout = TimeSpan.FromMilliseconds(20) };
        using var deadlines = new Deadlines(_settings.Timeouts, _time, _caller.Token);
        var transport = new ResponsesTransport(_settings.Endpoint, () => client, NullLogger.Instance);
        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => transport.PostAsync(new() { Body = default, Streaming = true }, _settings, deadlines).AsTask());
        Assert.Equal(OpenRouterPhase.Response, failure.Phase);
        Assert.Contains("HttpClient's own Timeout of 0.02 s", failure.Message, StringComparison.Ordinal);
    }

    private async Task ReadAllAsync(HttpMessageHandler handler, CancellationToken cancellationToken)
    {
        using var deadlines = new Deadlines(_settings.Timeouts, _time, cancellationToken);
        await using var reply = await PostAsync(handler, deadlines);
        await ReadAllAsync(reply);
    }

    private static async Task ReadAllAsync(Reply reply)
    {
        while (await reply.MoveNextAsync())
        {
        }
    }

    private Task<Reply> PostAsync(Live body, string start, bool streaming = true)
    {
        body.Say(start);
        return PostAsync(new Service(Service.Stream(() => body, streaming ? "text/event-stream" : "application/json")), streaming: streaming);
    }

    private Task<Reply> PostAsync(HttpMessageHandler handler, Deadlines? deadlines = null, bool streaming = true)
    {
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        var transport = new ResponsesTransport(_settings.Endpoint, () => client, NullLogger.Instance);
        return transport.PostAsync(new() { Body = Encoding.UTF8.GetBytes("{}"), Streaming = streaming }, _settings, deadlines ?? new Deadlines(_settings.Timeouts, _time, _caller.Token)).AsTask();
    }
}

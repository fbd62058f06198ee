using System.Net;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>The clocks before and behind the headers, and the key that somebody else fetches.</summary>
public sealed class ClockAndKeyTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_whole_call_has_a_limit_also_while_the_key_is_fetched(bool looksAtItsToken)
    {
        using var client = Client(async token =>
        {
            await new TaskCompletionSource().Task.WaitAsync(looksAtItsToken ? token : CancellationToken.None);
            return "never";
        }, options => options.Timeouts.Total = TimeSpan.FromSeconds(1));
        var call = client.GetResponseAsync("q");
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => call);
        Assert.Equal(OpenRouterPhase.Total, failure.Phase);
    }

    [Fact]
    public async Task The_whole_call_has_a_limit_also_where_the_key_is_waited_for_without_a_task()
    {
        using var never = new ManualResetEventSlim();
        using var client = Client(_ =>
        {
            never.Wait(CancellationToken.None);
            return new("late");
        }, options => options.Timeouts.Total = TimeSpan.FromSeconds(1));
        var call = client.GetResponseAsync("q");
        _time.Advance(TimeSpan.FromSeconds(1));
        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => call);
        never.Set();
        Assert.Equal(OpenRouterPhase.Total, failure.Phase);
    }

    [Fact]
    public async Task A_key_that_its_provider_gives_up_on_is_not_the_callers_cancellation()
    {
        using var caller = new CancellationTokenSource();
        using var client = Client(_ => throw new TaskCanceledException("the token service timed out"));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q", cancellationToken: caller.Token));
        Assert.Contains("ApiKeyProvider gave up", failure.Message, StringComparison.Ordinal);
        Assert.IsType<TaskCanceledException>(failure.InnerException, exactMatch: false);
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_caller_who_leaves_while_the_key_is_fetched_is_told_of_nothing_else()
    {
        using var caller = new CancellationTokenSource();
        using var client = Client(async _ =>
        {
            await new TaskCompletionSource().Task;
            return "never";
        });
        var call = client.GetResponseAsync("q", cancellationToken: caller.Token);
        await caller.CancelAsync();
        var left = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(caller.Token, left.CancellationToken);
    }

    [Theory]
    [InlineData(true, 400)]
    [InlineData(false, 400)]
    [InlineData(true, 503)]
    public async Task An_error_whose_body_never_begins_ends_with_the_headers_clock(bool streaming, int status)
    {
        var service = new Service(Service.Stream(() => new Live(), "application/json", status));
        using var client = new OpenRouterChatClient(new() { Model = "a/b", ApiKey = "sk-or-test", TimeProvider = _time }, new HttpClient(service) { Timeout = Timeout.InfiniteTimeSpan });
        var call = streaming ? client.GetStreamingResponseAsync("q").ToChatResponseAsync() : client.GetResponseAsync("q");
        _time.Advance(TimeSpan.FromMinutes(14.9));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(0.2));
        var failure = await Assert.ThrowsAnyAsync<OpenRouterException>(() => call);
        Assert.Equal((HttpStatusCode)status, failure.StatusCode);
        Assert.Single(service.Posts);
    }

    [Fact]
    public async Task Comments_do_not_count_towards_the_size_of_an_event()
    {
        var comments = string.Concat(Enumerable.Repeat(": OPENROUTER PROCESSING\n\n", 2000));
        foreach (var chunk in new[] { 1, 7, 4096 })
        {
            var body = System.Text.Encoding.UTF8.GetBytes(comments + Streams.Of(Streams.Created, Streams.Delta("Four.")) + comments + Streams.Of(Streams.Completed(Streams.Message("Four."))));
            var service = new Service(Service.Stream(() => new Chunked(body, chunk)));
            using var client = new OpenRouterChatClient(new() { Model = "a/b", ApiKey = "sk-or-test", MaxEventBytes = 1000 }, new HttpClient(service));
            Assert.Equal("Four.", (await client.GetStreamingResponseAsync("q").ToChatResponseAsync()).Text);
        }
    }

    [Theory]
    [InlineData(": ")]
    [InlineData("data: ")]
    [InlineData("event: ")]
    public async Task A_line_without_an_end_is_bounded_whatever_it_is(string start)
    {
        var service = new Service(Service.Stream(() => new Endless(start)));
        using var client = new OpenRouterChatClient(new() { Model = "a/b", ApiKey = "sk-or-test", MaxEventBytes = 1_000_000 }, new HttpClient(service));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetStreamingResponseAsync("q").ToChatResponseAsync());
        Assert.Contains("without completing one event", failure.Message, StringComparison.Ordinal);
    }

    private OpenRouterChatClient Client(Func<CancellationToken, ValueTask<string>> provider, Action<OpenRouterOptions>? configure = null)
    {
        var options = new OpenRouterOptions { Model = "a/b", ApiKeyProvider = provider, TimeProvider = _time };
        options.Retry.MaxRetries = 0;
        configure?.Invoke(options);
        return new(options, new HttpClient(new Service(Service.Json("{}"))) { Timeout = Timeout.InfiniteTimeSpan });
    }
}

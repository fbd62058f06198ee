using System.Text;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>Memory belongs to the whole process, so what is left of it is measured alone.</summary>
[CollectionDefinition(nameof(CancelStory), DisableParallelization = true)]
public sealed class TheMemory;

/// <summary>Whoever stops listening is gone at once: the connection closes, nothing leaks, nothing is heard of it later.</summary>
[Collection(nameof(CancelStory))]
public sealed class CancelStory
{
    private static readonly string Start = Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\n";

    [Fact]
    public async Task Cancelling_while_the_model_thinks_before_the_headers_closes_the_connection()
    {
        using var caller = new CancellationTokenSource();
        await using var service = new Loopback(async exchange =>
        {
            await caller.CancelAsync();
            await exchange.GoneAsync();
        });
        using var client = service.Client(options => options.Retry.MaxRetries = 2);
        foreach (var streaming in new[] { true, false })
        {
            var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(client, streaming, caller.Token));
            Assert.Equal(caller.Token, cancelled.CancellationToken);
        }
        await service.AllGoneAsync();
        Assert.Equal(1, service.Posts);
    }

    [Fact]
    public async Task Cancelling_in_the_middle_of_the_stream_closes_the_connection()
    {
        using var caller = new CancellationTokenSource();
        await using var service = new Loopback(SayAndWaitAsync);
        using var client = service.Client();
        var heard = "";
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync("q", cancellationToken: caller.Token))
            {
                heard += update.Text;
                await caller.CancelAsync();
            }
        });
        await service.AllGoneAsync();
        Assert.Equal((caller.Token, "Four"), (cancelled.CancellationToken, heard));
    }

    [Fact]
    public async Task The_token_of_the_enumeration_counts_as_well()
    {
        using var caller = new CancellationTokenSource();
        await using var service = new Loopback(SayAndWaitAsync);
        using var client = service.Client();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync("q").WithCancellation(caller.Token))
                await caller.CancelAsync();
        });
        await service.AllGoneAsync();
    }

    [Fact]
    public async Task Leaving_the_loop_closes_the_connection()
    {
        await using var service = new Loopback(SayAndWaitAsync);
        using var client = service.Client();
        await foreach (var update in client.GetStreamingResponseAsync("q"))
            break;
        await service.AllGoneAsync();
    }

    [Fact]
    public async Task An_enumeration_never_begun_sends_nothing()
    {
        await using var service = new Loopback(SayAndWaitAsync);
        using var client = service.Client();
        await using (client.GetStreamingResponseAsync("q").GetAsyncEnumerator())
            Assert.Equal(0, service.Posts);
    }

    [Fact]
    public async Task A_good_end_keeps_the_connection_for_the_next_question()
    {
        var body = Streams.Of(Streams.Delta("Four."), Streams.Completed(Streams.Message("Four."))) + "data: [DONE]\n\n";
        await using var service = new Loopback(async exchange =>
        {
            await exchange.SendAsync($"{Start}{Encoding.UTF8.GetByteCount(body):x}\r\n{body}\r\n0\r\n\r\n");
            await exchange.AgainAsync();
            await exchange.SendAsync($"{Start}{Encoding.UTF8.GetByteCount(body):x}\r\n{body}\r\n0\r\n\r\n");
        });
        using var client = service.Client();
        Assert.Equal("Four.", (await client.GetStreamingResponseAsync("q").ToChatResponseAsync()).Text);
        Assert.Equal("Four.", (await client.GetStreamingResponseAsync("q").ToChatResponseAsync()).Text);
        Assert.Equal(1, service.Posts); // the second came over the same connection, which counts as one exchange
    }

    [Fact]
    public async Task Two_hundred_streams_at_once_leave_nothing_behind()
    {
        var late = new List<Exception>();
        void Listen(object? sender, UnobservedTaskExceptionEventArgs e) => late.Add(e.Exception);
        TaskScheduler.UnobservedTaskException += Listen;
        try
        {
            using var longLived = new CancellationTokenSource();
            await using var service = new Loopback(async exchange =>
            {
                await exchange.SendAsync(Start);
                for (var word = 0; word < 100; word++)
                    await exchange.ChunkAsync(Streams.Of(Streams.Delta("on and ")));
                await exchange.GoneAsync();
            });
            using var client = service.Client();
            await RunAsync(20); // warm: pools, code
            await service.AllGoneAsync();
            var before = Collect();
            await RunAsync(200);
            await service.AllGoneAsync();
            Assert.InRange(Collect() - before, long.MinValue, 4_000_000);
            Assert.Empty(late);

            async Task RunAsync(int count) => await Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
            {
                var random = new Random(number);
                using var caller = CancellationTokenSource.CreateLinkedTokenSource(longLived.Token);
                var (patience, leaves) = (random.Next(1, 60), random.Next(2) == 0);
                try
                {
                    await foreach (var update in client.GetStreamingResponseAsync("q", cancellationToken: leaves ? longLived.Token : caller.Token))
                    {
                        if (--patience > 0)
                            continue;
                        if (leaves)
                            return;
                        await caller.CancelAsync();
                    }
                    Assert.Fail("An endless stream ended.");
                }
                catch (OperationCanceledException)
                {
                    Assert.True(caller.IsCancellationRequested);
                }
            }));
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Listen;
        }
    }

    private static long Collect()
    {
        for (var round = 0; round < 3; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static async Task SayAndWaitAsync(Exchange exchange)
    {
        await exchange.SendAsync(Start);
        await exchange.ChunkAsync(Streams.Of(Streams.Created, Streams.Delta("Four")));
        await exchange.GoneAsync();
    }

    private static async Task AskAsync(OpenRouterChatClient client, bool streaming, CancellationToken cancellationToken) =>
        _ = streaming ? await client.GetStreamingResponseAsync("q", cancellationToken: cancellationToken).ToChatResponseAsync(cancellationToken) : await client.GetResponseAsync("q", cancellationToken: cancellationToken);
}

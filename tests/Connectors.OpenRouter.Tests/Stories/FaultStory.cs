using System.IO.Compression;
using System.Text;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>Whatever happens on a real socket: the whole answer or an exception, never a shorter answer.</summary>
public sealed class FaultStory
{
    private const string Answer = "Grüße, 世界! 👋";

    private static readonly string Body = Streams.Of(Streams.Created, Streams.Delta("Grüße, "), Streams.Delta("世界! 👋"), Streams.Completed(Streams.Message(Answer))) + "data: [DONE]\n\n";

    private static readonly string Whole = $$"""{"id":"gen-1","object":"response","status":"completed","output":[{{Streams.Message(Answer)}}]}""";

    public static TheoryData<string> Good => [.. GoodWays.Keys];

    public static TheoryData<string> Bad => [.. BadWays.Keys];

    private static Dictionary<string, Func<Exchange, Task>> GoodWays { get; } = new()
    {
        ["chunked"] = async exchange =>
        {
            await exchange.SendAsync(Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\n");
            await exchange.ChunkAsync(Body);
            await exchange.SendAsync("0\r\n\r\n");
        },
        ["one byte at a time"] = async exchange =>
        {
            foreach (var single in Encoding.UTF8.GetBytes(Exchange.EventStream + $"Content-Length: {Encoding.UTF8.GetByteCount(Body)}\r\n\r\n{Body}"))
                await exchange.SendAsync([single]);
        },
        ["a chunk per byte, letters split"] = async exchange =>
        {
            await exchange.SendAsync(Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\n");
            foreach (var single in Encoding.UTF8.GetBytes(Body))
                await exchange.SendAsync([.. "1\r\n"u8, single, .. "\r\n"u8]);
            await exchange.SendAsync("0\r\n\r\n");
        },
        ["until the connection closes"] = exchange => exchange.SendAsync("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + Body),
        ["compressed"] = exchange => GzipAsync(exchange, Zip(Body)),
        ["after early hints"] = exchange => exchange.SendAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + Exchange.EventStream + "Connection: close\r\n\r\n" + Body),
        ["under a wrong type"] = exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n" + Body),
        ["without a type"] = exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + Body),
        ["as JSON although a stream was asked for"] = exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n \n \n" + Whole),
        ["open for ever after it is done"] = async exchange =>
        {
            await exchange.SendAsync(Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\n");
            await exchange.ChunkAsync(Body);
            await exchange.GoneAsync();
        },
        ["reset after it is complete"] = async exchange =>
        {
            await exchange.SendAsync(Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\n");
            await exchange.ChunkAsync(Body);
            await exchange.GoneAsync();
            exchange.Reset();
        },
    };

    private static Dictionary<string, Func<Exchange, Task>> BadWays { get; } = new()
    {
        ["reset before the headers"] = exchange =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        },
        ["closed before the headers"] = _ => Task.CompletedTask,
        ["closed in the status line"] = exchange => exchange.SendAsync("HTTP/1.1 20"),
        ["closed in the headers"] = exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Ty"),
        ["closed after the headers"] = exchange => exchange.SendAsync(Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\n"),
        ["reset after the headers"] = async exchange =>
        {
            await exchange.SendAsync(Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\n");
            exchange.Reset();
        },
        ["no HTTP at all"] = exchange => exchange.SendAsync("SSH-2.0-OpenSSH_9.9\r\n"),
        ["an absurd chunk size"] = exchange => exchange.SendAsync(Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + Body),
        ["closed in a chunk size"] = exchange => exchange.SendAsync(Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\n1"),
        ["closed in a chunk"] = exchange => exchange.SendAsync(Exchange.EventStream + "Transfer-Encoding: chunked\r\n\r\nfff\r\n" + Body[..150]),
        ["closed in a letter"] = async exchange => await exchange.SendAsync([.. Encoding.UTF8.GetBytes(Exchange.EventStream + "Connection: close\r\n\r\n"), .. UpTo("ü")[..^1]]),
        ["closed in an event"] = async exchange => await exchange.SendAsync([.. Encoding.UTF8.GetBytes(Exchange.EventStream + "Connection: close\r\n\r\n"), .. UpTo("世")]),
        ["shorter than its length"] = exchange => exchange.SendAsync(Exchange.EventStream + "Content-Length: 9999\r\n\r\n" + Body[..150]),
        ["done without having ended"] = exchange => exchange.SendAsync(Exchange.EventStream + "Connection: close\r\n\r\n" + Streams.Of(Streams.Created, Streams.Delta("Gr")) + "data: [DONE]\n\n"),
        ["nothing but keep-alives"] = exchange => exchange.SendAsync(Exchange.EventStream + "Connection: close\r\n\r\n" + string.Concat(Enumerable.Repeat(": \n\n", 100))),
        ["garbage"] = exchange => exchange.SendAsync([.. Encoding.UTF8.GetBytes(Exchange.EventStream + "Connection: close\r\n\r\n"), .. Enumerable.Range(0, 5000).Select(i => (byte)(i * 31 % 256))]),
        ["broken compression"] = exchange => GzipAsync(exchange, Zip(Body)[..60]),
        ["no compression where it is promised"] = exchange => GzipAsync(exchange, Encoding.UTF8.GetBytes(Body)),
        ["a web page"] = exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><title>Sign in</title></html>"),
        ["nothing"] = exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ["no content"] = exchange => exchange.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"),
        ["half of its JSON"] = exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + Whole[..80]),
        ["an upgrade"] = exchange => exchange.SendAsync("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    };

    [Theory]
    [MemberData(nameof(Good))]
    public async Task However_it_is_delivered_the_answer_is_whole(string way)
    {
        await using var service = new Loopback(GoodWays[way]);
        using var client = service.Client();
        var answer = await client.GetStreamingResponseAsync("q").ToChatResponseAsync();
        Assert.Equal((Answer, ChatFinishReason.Stop, 1), (answer.Text, answer.FinishReason!.Value, service.Posts));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task However_it_breaks_it_is_an_error(string way)
    {
        await using var service = new Loopback(BadWays[way]);
        using var client = service.Client();
        var heard = "";
        var failure = await Assert.ThrowsAsync<OpenRouterException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync("q"))
                heard += update.Text;
        });
        Assert.Equal(heard, failure.PartialResponse?.Text ?? "");
        Assert.Equal(1, service.Posts);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task However_it_breaks_a_whole_answer_is_an_error_too(string way)
    {
        await using var service = new Loopback(BadWays[way]);
        using var client = service.Client();
        await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        Assert.Equal(1, service.Posts);
    }

    [Fact]
    public async Task Endless_keep_alives_end_when_the_model_has_had_its_time()
    {
        var time = new FakeTimeProvider();
        await using var service = new Loopback(async exchange =>
        {
            await exchange.SendAsync(Exchange.EventStream + "Connection: close\r\n\r\n");
            while (true) // until the client has gone
            {
                await exchange.SendAsync(": OPENROUTER PROCESSING\n\n");
                time.Advance(TimeSpan.FromSeconds(10));
            }
        });
        using var client = service.Client(options => (options.TimeProvider, options.Timeouts.Response, options.Timeouts.Silence) = (time, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => client.GetStreamingResponseAsync("q").ToListAsync().AsTask());
        Assert.Equal(OpenRouterPhase.Idle, failure.Phase);
    }

    [Fact]
    public async Task Nobody_home_is_said_with_the_host()
    {
        Uri gone;
        await using (var service = new Loopback(_ => Task.CompletedTask))
            gone = service.Endpoint;
        using var client = new OpenRouterChatClient(new() { Model = "a/b", ApiKey = "sk-or-test", Endpoint = gone, Retry = { MaxRetries = 0 } });
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        Assert.IsType<HttpRequestException>(failure.InnerException);
        Assert.Contains("127.0.0.1 could not be reached", failure.Message, StringComparison.Ordinal);
        Assert.Equal((null, true), (failure.StatusCode, failure.IsTransient));
    }

    private static async Task GzipAsync(Exchange exchange, byte[] body) =>
        await exchange.SendAsync([.. Encoding.UTF8.GetBytes(Exchange.EventStream + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n"), .. body]);

    private static byte[] Zip(string text)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return zipped.ToArray();
    }

    private static byte[] UpTo(string letter) => Encoding.UTF8.GetBytes(Body[..(Body.IndexOf(letter, StringComparison.Ordinal) + letter.Length)]);
}

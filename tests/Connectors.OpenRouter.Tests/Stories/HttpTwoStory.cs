using System.Net;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>The same promises over HTTP/2, where one connection carries many calls and ends none of them by closing.</summary>
[Trait("Not promised by", "netstandard2.0")]
public sealed class HttpTwoStory
{
    [Fact]
    public async Task An_answer_arrives_whole()
    {
        await using var service = await StartAsync(async context =>
        {
            await context.Response.WriteAsync(Streams.Of(Streams.Created, Streams.Delta("Fo"), Streams.Delta("ur."), Streams.Completed(Streams.Message("Four."))));
        });
        using var client = Client(service);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.GetStreamingResponseAsync("q").ToChatResponseAsync()));
        Assert.All(answers, answer => Assert.Equal("Four.", answer.Text));
    }

    [Fact]
    public async Task A_stream_that_is_reset_is_an_error()
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var service = await StartAsync(async context =>
        {
            await context.Response.WriteAsync(Streams.Of(Streams.Created, Streams.Delta("Fo")));
            await context.Response.Body.FlushAsync();
            await heard.Task; // a reset may overtake what was sent before it
            context.Abort();
        });
        using var client = Client(service);
        var failure = await Assert.ThrowsAsync<OpenRouterException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync("q"))
                heard.TrySetResult();
        });
        Assert.Equal(("Fo", "HTTP/2"), (failure.PartialResponse!.Text, service.Protocol));
    }

    [Fact]
    public async Task Whoever_stops_listening_is_gone_at_once()
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var service = await StartAsync(async context =>
        {
            context.RequestAborted.Register(gone.SetResult);
            await context.Response.WriteAsync(Streams.Of(Streams.Created, Streams.Delta("Fo")));
            await context.Response.Body.FlushAsync();
            await gone.Task;
        });
        using var client = Client(service);
        await foreach (var update in client.GetStreamingResponseAsync("q"))
            break;
        await gone.Task;
    }

    private static OpenRouterChatClient Client(Running service) => new(
        new() { Model = "a/b", ApiKey = "sk-or-test", Endpoint = service.Endpoint, Retry = { MaxRetries = 0 } },
        new HttpClient(Connections.NewHandler()) { Timeout = Timeout.InfiniteTimeSpan, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact });

    private static async Task<Running> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var running = new Running(app);
        app.MapPost("/api/v1/responses", async (HttpContext context) =>
        {
            running.Protocol = context.Request.Protocol;
            context.Response.ContentType = "text/event-stream";
            await answer(context);
        });
        await app.StartAsync();
        return running;
    }

    private sealed class Running(WebApplication app) : IAsyncDisposable
    {
        public Uri Endpoint => new($"{app.Urls.Single()}/api/v1/");

        public string? Protocol { get; set; }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}

using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>Requests that go elsewhere: by redirect, there and back, or because a handler says so.</summary>
public sealed class StrayRequestsTests
{
    private const string Answer = """{"id":"gen-1","status":"completed","model":"a/b","output":[{"type":"message","role":"assistant","id":"m","status":"completed","content":[{"type":"output_text","text":"Four.","annotations":[]}]}]}""";

    private static readonly string Good = $"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {Answer.Length}\r\n\r\n{Answer}";

    [Theory]
    [InlineData(307)]
    [InlineData(302)]
    public async Task A_redirect_away_and_back_is_seen(int status)
    {
        Uri? home = null;
        var visits = 0;
        await using var elsewhere = new Loopback(exchange => exchange.SendAsync(Redirect(status, $"{home}responses")));
        await using var service = new Loopback(exchange => exchange.SendAsync(Interlocked.Increment(ref visits) == 1 ? Redirect(status, $"{elsewhere.Endpoint}responses") : Good));
        home = service.Endpoint;
        using var client = service.Client(http: new HttpClient());
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        Assert.Contains("followed a redirect and came back", failure.Message, StringComparison.Ordinal);
        Assert.Equal((2, 1), (service.Posts, elsewhere.Posts));
        Assert.False(failure.MayRetry);
    }

    [Fact]
    public async Task A_handler_that_changes_the_host_is_told_apart_from_a_redirect()
    {
        await using var gateway = new Loopback(exchange => exchange.SendAsync(Good));
        await using var service = new Loopback(exchange => exchange.SendAsync(Good));
        using var http = new HttpClient(new Changing(request => request.RequestUri = new Uri(gateway.Endpoint, "responses")) { InnerHandler = new HttpClientHandler() });
        using var client = service.Client(http: http);
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        Assert.Contains($"A handler of the given HttpClient sent the request to http://127.0.0.1:{gateway.Endpoint.Port} instead of 127.0.0.1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("set OpenRouterOptions.Endpoint", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("redirect", failure.Message, StringComparison.Ordinal);
        Assert.Equal((0, 1), (service.Posts, gateway.Posts));
    }

    [Fact]
    public async Task A_handler_that_changes_the_host_and_brings_its_own_key_is_no_redirect_either()
    {
        await using var gateway = new Loopback(exchange => exchange.SendAsync(Good));
        await using var service = new Loopback(exchange => exchange.SendAsync(Good));
        var handler = new Changing(request =>
        {
            request.RequestUri = new Uri(gateway.Endpoint, "responses");
            request.Headers.Authorization = null;
            request.Headers.TryAddWithoutValidation("api-key", "gateway's");
        });
        handler.InnerHandler = new HttpClientHandler();
        using var http = new HttpClient(handler);
        using var client = service.Client(http: http);
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        Assert.Contains($"instead of 127.0.0.1, with the prompt. ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("redirect", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_brings_its_own_key_and_one_that_tries_again_throw_no_answer_away()
    {
        var visits = 0;
        await using var service = new Loopback(exchange => exchange.SendAsync(Interlocked.Increment(ref visits) == 1 ? "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" : Good));
        using var http = new HttpClient(new Again { InnerHandler = new Changing(request => request.Headers.Authorization = null) { InnerHandler = new HttpClientHandler() } });
        using var client = service.Client(http: http);
        Assert.Equal("Four.", (await client.GetResponseAsync("q")).Text);
        Assert.Equal(2, service.Posts);
    }

    [Theory]
    [InlineData("http://elsewhere.example/", true)]
    [InlineData("https://openrouter.ai/api/v1", false)]
    [InlineData("https://openrouter.ai/api/v1/", false)]
    [InlineData("https://openrouter.ai/", true)]
    [InlineData(null, false)]
    public async Task An_address_on_a_client_that_is_not_the_endpoint_is_told_once(string? address, bool isTold)
    {
        using var sinks = new Sinks();
        using var loggers = new Microsoft.Extensions.Logging.LoggerFactory([sinks.Logs]);
        using var http = new HttpClient(new Service(Service.Json(Answer))) { BaseAddress = address is null ? null : new(address) };
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test" }, http, loggers);
        for (var i = 0; i < 2; i++)
            await client.GetResponseAsync("q");
        Assert.Equal(isTold ? 1 : 0, sinks.Everything.Split('\n').Count(line => line.Contains($"BaseAddress {address} is not used", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_handler_that_brings_its_own_key_or_path_is_nobodys_redirect()
    {
        await using var service = new Loopback(exchange => exchange.SendAsync(Good));
        using var keyed = new HttpClient(new Changing(request => request.Headers.Authorization = null) { InnerHandler = new HttpClientHandler() });
        using var pathed = new HttpClient(new Changing(request => request.RequestUri = new Uri(request.RequestUri + "?api-version=1")) { InnerHandler = new HttpClientHandler() });
        foreach (var http in new[] { keyed, pathed })
        {
            using var client = service.Client(http: http);
            Assert.Equal("Four.", (await client.GetResponseAsync("q")).Text);
        }
    }

    [Fact]
    public async Task A_handlers_second_try_that_meets_no_connection_is_not_undone_by_ours()
    {
        await using var service = new Loopback(exchange =>
        {
            exchange.Reset(); // after the body has come
            return Task.CompletedTask;
        });
        var twice = new TryingTwice { InnerHandler = new HttpClientHandler() };
        using var client = service.Client(options => options.Retry.MaxRetries = 2, new HttpClient(twice));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        Assert.Contains("may have been accepted", failure.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (service.Posts, twice.Calls));
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData(" ")]
    public async Task A_preset_that_is_a_step_of_the_path_is_refused(string preset)
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["preset"] = preset } };
        var service = new Service(Service.Json(Answer));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test" }, new HttpClient(service));
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResponseAsync("q", options));
        Assert.Empty(service.Posts);
        Assert.Contains("preset", client.Explain("q", options).Refusal!.Message, StringComparison.Ordinal);
    }

    private static string Redirect(int status, string to) => $"HTTP/1.1 {status} Elsewhere\r\nConnection: close\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n";

    private sealed class Changing(Action<HttpRequestMessage> change) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            change(request);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Again : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var busy = await base.SendAsync(request, cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>Tries once more, and meets nobody then.</summary>
    private sealed class TryingTwice : DelegatingHandler
    {
        public int Calls { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException)
            {
                throw new HttpRequestException(HttpRequestError.ConnectionError, "nobody there any more");
            }
        }
    }
}

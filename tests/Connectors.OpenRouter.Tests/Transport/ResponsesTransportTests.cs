using System.Net;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Transport;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Tests.Transport;

public sealed class ResponsesTransportTests
{
    private const string Answer = """{"object":"response","status":"completed","output":[]}""";
    private const string Stream = "data: {\"type\":\"one\"}\n\ndata: {\"type\":\"two\"}\n\ndata: [DONE]\n\n";

    [Fact]
    public async Task Events_are_moved_through_until_done()
    {
        await using var reply = await PostAsync(Service.Events(Stream));
        Assert.Equal(["one", "two"], await TypesAsync(reply));
        Assert.True(reply.ReachedDone);
    }

    [Theory]
    [InlineData("data: {\"type\":\"one\"}\n\ndata: {\"type\":\"two\"}")]
    [InlineData("data: {\"type\":\"one\"}\n\ndata: {\"type\":\"two\"}\n")]
    [InlineData("data:{\"type\":\"one\"}\r\n\r\ndata:{\"type\":\"two\"}\r\n")]
    [InlineData("data: {\"type\":\"one\"}\r\rdata: {\"type\":\"two\"}\r")]
    [InlineData("\uFEFFdata: {\"type\":\"one\"}\n\ndata: {\"type\":\n data: 1\n\n: OPENROUTER PROCESSING\n\nevent: x\ndata: {\"type\":\ndata: \"two\"}")]
    public async Task However_lines_end_the_last_event_counts(string body)
    {
        await using var reply = await PostAsync(Service.Events(body));
        Assert.Equal(["one", "two"], (await TypesAsync(reply)).OfType<string>());
        Assert.False(reply.ReachedDone);
    }

    [Theory]
    [InlineData(true, "application/json")]
    [InlineData(false, "application/json")]
    [InlineData(true, "text/event-stream")]
    [InlineData(false, "text/plain")]
    [InlineData(false, null)]
    public async Task A_whole_answer_is_known_by_its_first_byte(bool streaming, string? contentType)
    {
        await using var reply = await PostAsync(Service.Body("\uFEFF \r\n \n" + Answer + "\n", contentType), streaming);
        Assert.Equal("completed", reply.Body!.Value.GetProperty("status").GetString());
        Assert.False(await reply.MoveNextAsync());
    }

    [Theory]
    [InlineData(true, "text/event-stream; charset=utf-8")]
    [InlineData(false, "text/event-stream")]
    [InlineData(true, "text/plain")]
    [InlineData(true, "application/octet-stream")]
    [InlineData(true, null)]
    public async Task A_stream_is_known_whatever_was_asked_for(bool streaming, string? contentType)
    {
        await using var reply = await PostAsync(Service.Body("\n" + Stream, contentType), streaming);
        Assert.Null(reply.Body);
        Assert.Equal(["one", "two"], await TypesAsync(reply));
    }

    [Theory]
    [InlineData("", "text/event-stream", "empty body")]
    [InlineData(" \n\n ", "application/json", "empty body")]
    [InlineData("<html><title>Sign in</title></html>", "text/html", "A web page instead of an answer: Sign in")]
    [InlineData("internal error", "text/plain", "internal error")]
    [InlineData("[1]", "application/json", "neither JSON nor a stream")]
    [InlineData("{\"status\":\"comple", "application/json", "not valid JSON")]
    [InlineData("{\"status\":\"completed\"} and more", "application/json", "not valid JSON")]
    public async Task Neither_an_answer_nor_a_stream_is_an_error(string body, string contentType, string words)
    {
        foreach (var streaming in new[] { true, false })
        {
            var failure = await Assert.ThrowsAsync<OpenRouterException>(() => PostAsync(Service.Body(body, contentType, headers: ("X-Generation-Id", "gen-1")), streaming));
            Assert.Contains(words, failure.Message, StringComparison.Ordinal);
            Assert.Equal((HttpStatusCode.OK, "gen-1"), (failure.StatusCode!.Value, failure.GenerationId));
        }
    }

    [Fact]
    public async Task A_bottomless_answer_ends_at_the_limit_and_not_in_memory()
    {
        foreach (var start in new[] { "{\"a\":\"", "data: {\"a\":\"" })
        {
            var failure = await Assert.ThrowsAsync<OpenRouterException>(async () =>
            {
                await using var reply = await PostAsync(Service.Stream(() => new Endless(start)), settings: new() { ApiKey = "sk-or-test", MaxEventBytes = 1_000_000 });
                await TypesAsync(reply);
            });
            Assert.Contains("1,000,000 bytes", failure.Message, StringComparison.Ordinal);
            Assert.Contains("MaxEventBytes", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_line_without_end_stops_at_sixty_four_megabytes()
    {
        var endless = new Endless("data: {\"a\":\"");
        await using var reply = await PostAsync(Service.Stream(() => endless));
        Assert.Contains("67,108,864 bytes", (await Assert.ThrowsAsync<OpenRouterException>(() => TypesAsync(reply))).Message, StringComparison.Ordinal);
        Assert.InRange(endless.Given, 64 << 20, 200 << 20);
    }

    [Fact]
    public async Task A_long_stream_of_small_events_is_not_too_large()
    {
        var body = string.Concat(Enumerable.Repeat("data: {\"type\":\"one\"}\n\n: keep-alive\n\n", 10_000));
        await using var reply = await PostAsync(Service.Events(body), settings: new() { ApiKey = "sk-or-test", MaxEventBytes = 200_000 });
        Assert.Equal(10_000, (await TypesAsync(reply)).Count);
    }

    [Fact]
    public async Task An_answer_nested_a_million_deep_is_refused()
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => PostAsync(Service.Json("{\"a\":" + new string('[', 1_000_000))));
        Assert.Contains("not valid JSON", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_headers_facts_are_kept()
    {
        await using var reply = await PostAsync(Service.Json(Answer, 200, ("X-Generation-Id", "gen-7"), ("X-OpenRouter-Cache-Status", "HIT")));
        Assert.Equal(("gen-7", "HIT"), (reply.GenerationId, reply.CacheStatus));
    }

    [Fact]
    public async Task A_request_is_posted_as_it_is_and_says_what_it_accepts()
    {
        var service = new Service(Service.Json(Answer));
        await using var reply = await PostAsync(service, new() { Body = """{"model":"ä"}"""u8.ToArray(), Streaming = false, Path = "presets/mine/responses", Headers = [new("HTTP-Referer", "https://app.example")] });
        var post = Assert.Single(service.Posts);
        Assert.Equal((HttpMethod.Post, "https://openrouter.ai/api/v1/presets/mine/responses"), (post.Method, post.RequestUri!.AbsoluteUri));
        Assert.Equal("""{"model":"ä"}""", Assert.Single(service.Bodies));
        Assert.Equal("application/json", post.Headers.Accept.ToString());
        Assert.Equal("https://app.example", Assert.Single(post.Headers.GetValues("HTTP-Referer")));
        Assert.Equal("Bearer sk-or-test", post.Headers.Authorization!.ToString());
    }

    [Theory]
    [InlineData("a\r\nX-Evil: 1")]
    [InlineData("a\nb")]
    [InlineData("Müller")]
    [InlineData("nul\0")]
    public async Task A_header_that_would_break_out_is_refused(string value)
    {
        var service = new Service(Service.Json(Answer));
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => PostAsync(service, new() { Body = default, Streaming = true, Headers = [new("X-OpenRouter-Title", value)] }));
        Assert.Contains("X-OpenRouter-Title", failure.Message, StringComparison.Ordinal);
        Assert.Empty(service.Posts);
    }

    [Theory]
    [InlineData("//evil.example/responses")]
    [InlineData("https://evil.example/responses")]
    [InlineData("../../admin")]
    public async Task A_path_that_leads_elsewhere_is_refused(string path)
    {
        var service = new Service(Service.Json(Answer));
        await Assert.ThrowsAsync<InvalidOperationException>(() => PostAsync(service, new() { Body = default, Streaming = true, Path = path }));
        Assert.Empty(service.Posts);
    }

    [Theory]
    [InlineData("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1/")]
    [InlineData("https://eu.openrouter.ai/api/v1/", "https://eu.openrouter.ai/api/v1/")]
    [InlineData("http://localhost:5000", "http://localhost:5000/")]
    [InlineData("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/")]
    [InlineData("http://[::1]/v1", "http://[::1]/v1/")]
    public void A_missing_last_slash_is_added(string endpoint, string used) => Assert.Equal(used, Addresses.Check(new(endpoint)).AbsoluteUri);

    [Theory]
    [InlineData("http://openrouter.ai/api/v1/", "https, or http on a loopback address: the key must not travel in the open")]
    [InlineData("http://localhost.evil.example/", "https, or http on a loopback address: the key must not travel in the open")]
    [InlineData("ftp://openrouter.ai/", "https, or http on a loopback address: the key must not travel in the open")]
    [InlineData("https://user:secret@openrouter.ai/", "a base address without user, query or fragment")]
    [InlineData("https://openrouter.ai/api/v1/?region=eu", "a base address without user, query or fragment")]
    [InlineData("https://openrouter.ai/api/v1/#top", "a base address without user, query or fragment")]
    [InlineData("api/v1", "an absolute address, such as https://openrouter.ai/api/v1/")]
    public void An_unsafe_endpoint_is_refused_when_the_client_is_made(string endpoint, string wanted)
    {
        var failure = Assert.Throws<InvalidOperationException>(() => new ResponsesTransport(new(endpoint, UriKind.RelativeOrAbsolute), null, NullLogger.Instance));
        Assert.Equal($"OpenRouterOptions.Endpoint must be {wanted}.", failure.Message);
    }

    [Theory]
    [InlineData("Retry-After", "12", 12)]
    [InlineData("Retry-After", "0.5", 0.5)]
    [InlineData("retry-after-ms", "1500", 1.5)]
    [InlineData("X-RateLimit-Reset", "1786972861000", 60)]
    [InlineData("X-RateLimit-Reset", "1786972861", 60)]
    [InlineData("Retry-After", "Mon, 17 Aug 2026 13:21:11 GMT", 70)]
    [InlineData("Retry-After", "99999999999999999999", 365 * 86400)]
    public async Task The_wait_is_understood_in_every_dialect(string header, string value, double seconds)
    {
        var failure = await FailAsync("""{"error":{"code":429,"message":"slow down"}}""", 429, (header, value));
        Assert.Equal(TimeSpan.FromSeconds(seconds), failure.RetryAfter);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("0")]
    [InlineData("Mon, 17 Aug 2020 13:21:11 GMT")]
    [InlineData("NaN")]
    [InlineData("")]
    public async Task A_wait_that_is_none_is_passed_over(string value) =>
        Assert.Null((await FailAsync("{}", 503, ("Retry-After", value))).RetryAfter);

    [Fact]
    public async Task The_header_comes_before_the_body_and_the_body_before_the_reset()
    {
        const string Body = """{"error":{"message":"m","availability":{"retry_after":5},"metadata":{"headers":{"X-RateLimit-Reset":"1786972861000"}}}}""";
        Assert.Equal(TimeSpan.FromSeconds(2), (await FailAsync(Body, 429, ("Retry-After", "2"), ("X-RateLimit-Reset", "1786972861000"))).RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(5), (await FailAsync(Body, 429, ("X-RateLimit-Reset", "1786972861000"))).RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(60), (await FailAsync(Body.Replace("retry_after", "x", StringComparison.Ordinal), 429)).RetryAfter);
    }

    [Fact]
    public async Task A_huge_error_is_read_no_further_than_it_can_help()
    {
        var endless = new Endless("<html>");
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => PostAsync(Service.Stream(() => endless, "text/html", 502)));
        Assert.Equal((HttpStatusCode)502, failure.StatusCode);
        Assert.Equal(ErrorBody.KeptBytes, failure.ResponseBody!.Length);
        Assert.InRange(endless.Given, 0, 3_000_000);
    }

    [Theory]
    [InlineData("ä", 2)]
    [InlineData("€", 3)]
    [InlineData("😀", 4)]
    public async Task An_error_is_kept_to_the_last_whole_letter_wherever_a_bound_falls(string letter, int width)
    {
        for (var within = 0; within <= width; within++)
        {
            var kept = new string('a', ErrorBody.KeptBytes - within);
            var read = new string(' ', 1024 * 1024 - within - 1) + "a"; // what stands before the words is not kept
            var peeked = new string('a', 16 * 1024 - within);

            var error = (await FailAsync(kept + letter + "b", 400)).ResponseBody;
            var cut = (await FailAsync(read + letter + new string('b', 2 * 1024 * 1024), 400)).ResponseBody!;
            var page = (await Assert.ThrowsAsync<OpenRouterException>(() => PostAsync(Service.Body(peeked + letter, "text/html")))).ResponseBody!;

            Assert.Equal(within == width ? kept + letter : kept, error);
            Assert.StartsWith(within == width ? "a" + letter : "a", cut, StringComparison.Ordinal);
            Assert.StartsWith(within == width ? peeked + letter : peeked, page, StringComparison.Ordinal);
            Assert.DoesNotContain('\uFFFD', cut + page);
        }
    }

    [Fact]
    public async Task An_error_whose_body_breaks_off_still_has_its_status()
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => PostAsync(Service.Stream(() => new Broken("""{"error":"""), "application/json", 503)));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failure.StatusCode);
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_said()
    {
        var failure = await FailAsync("moved", 307, ("Location", "https://elsewhere.example/api?token=1"));
        Assert.Equal(HttpStatusCode.TemporaryRedirect, failure.StatusCode);
        Assert.Contains("https://elsewhere.example/api", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("token", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_went_elsewhere_is_told_on()
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => PostAsync(request =>
        {
            var response = Service.Json(Answer)(request);
            response.RequestMessage!.RequestUri = new("https://evil.example/api/v1/responses");
            (response.RequestMessage.Method, response.RequestMessage.Headers.Authorization) = (HttpMethod.Get, null); // as redirects do
            return response;
        }));
        Assert.Contains("the prompt went there", failure.Message, StringComparison.Ordinal);
        Assert.Contains("evil.example", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_service_echoes_of_our_secrets_is_blotted_out()
    {
        const string Body = """{"error":{"code":401,"message":"Bad key sk-or-test and mcp-token-1","metadata":{"raw":"sk-or-v1-0123456789 mcp-token-1","provider_name":"sk-or-test"}}}""";
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => PostAsync(new Service(Service.Json(Body, 401)), new() { Body = default, Streaming = true, Secrets = ["mcp-token-1"] }));
        var everything = $"{failure} {failure.ResponseBody} {failure.Metadata} {failure.ProviderName}";
        Assert.Contains("[redacted]", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-or-test", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-or-v1", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("mcp-token-1", everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finite_timeout_on_a_lent_client_is_logged_once_and_left_alone()
    {
        var logger = new FakeLogger();
        using var client = new HttpClient(new Service(Service.Json(Answer))) { Timeout = TimeSpan.FromSeconds(100) };
        using var transport = new ResponsesTransport(new("https://openrouter.ai/api/v1"), () => client, logger);
        for (var call = 0; call < 2; call++)
            await using (await PostAsync(transport, new() { Body = default, Streaming = true }, new() { ApiKey = "sk-or-test" }))
                Assert.Contains("Timeout", Assert.Single(logger.Collector.GetSnapshot()).Message, StringComparison.Ordinal);
        Assert.Equal((TimeSpan.FromSeconds(100), null, null), (client.Timeout, client.BaseAddress, client.DefaultRequestHeaders.Authorization));
    }

    [Fact, Trait("Not promised by", "netstandard2.0")]
    public async Task A_prepared_client_speaks_HTTP_2_where_it_is_offered()
    {
        var service = new Service(Service.Json(Answer));
        using var client = new HttpClient(service);
        Connections.Prepare(client);
        using var transport = new ResponsesTransport(new("https://openrouter.ai/api/v1"), () => client, NullLogger.Instance);
        await using var reply = await PostAsync(transport, new() { Body = default, Streaming = true }, new() { ApiKey = "sk-or-test" });
        Assert.Equal((HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower), (service.Posts[0].Version, service.Posts[0].VersionPolicy));
    }

    [Fact]
    public void A_client_of_our_own_has_no_time_limit_and_follows_no_redirect()
    {
        using var client = Connections.NewClient();
        using var handler = Connections.NewHandler();
        Assert.Equal((Timeout.InfiniteTimeSpan, false, false), (client.Timeout, handler.AllowAutoRedirect, handler.UseCookies));
    }

    [Fact, Trait("Not promised by", "netstandard2.0")]
    public void A_connection_of_our_own_does_not_live_for_ever()
    {
        using HttpMessageHandler handler = Connections.NewHandler();
        Assert.InRange(((SocketsHttpHandler)handler).PooledConnectionLifetime, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task The_body_is_let_go_of_when_the_headers_are_there()
    {
        var (reply, body) = await PostBodyAsync();
        GC.Collect();
        Assert.False(body.IsAlive);
        await reply.DisposeAsync();

        static async Task<(Reply, WeakReference)> PostBodyAsync()
        {
            var bytes = new byte[1_000_000];
            return (await PostAsync(new Service(Service.Stream(() => new Live("data: {}\n\n"))), new() { Body = bytes, Streaming = true }), new WeakReference(bytes));
        }
    }

    [Fact]
    public async Task Whatever_a_handler_throws_by_mistake_passes_as_it_is()
    {
        var mistake = new FormatException("mine");
        Assert.Same(mistake, await Assert.ThrowsAsync<FormatException>(() => PostAsync(Service.Throws(mistake))));
    }

    [Theory]
    [InlineData("Bearer authentication required for sk-learn-models")]
    [InlineData("The bearer of this is Bearer")]
    public async Task Ordinary_words_are_not_taken_for_secrets(string words) =>
        Assert.Contains(words, (await FailAsync(words, 401)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("sk-or-v1-0123456789abcdef")]
    [InlineData("sk-ant-api03-abcdefghijkl")]
    [InlineData("sk-0123456789abcdef0123456789")]
    [InlineData("Bearer abcdefgh12345678")]
    public async Task What_can_only_be_a_key_is_blotted_out_whoever_it_belongs_to(string key)
    {
        var failure = await FailAsync($"The key {key} is unknown.", 401);
        Assert.DoesNotContain(key, $"{failure} {failure.ResponseBody}", StringComparison.Ordinal);
    }

    private static Task<Reply> PostAsync(Func<HttpRequestMessage, HttpResponseMessage> answer, bool streaming = true, OpenRouterOptions? settings = null) =>
        PostAsync(new Service(answer), new() { Body = "{}"u8.ToArray(), Streaming = streaming }, settings);

    private static Task<Reply> PostAsync(Service service, OutgoingRequest request, OpenRouterOptions? settings = null)
    {
        settings ??= new() { ApiKey = "sk-or-test", TimeProvider = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1786972801)) };
        var client = new HttpClient(service) { Timeout = Timeout.InfiniteTimeSpan };
        return PostAsync(new ResponsesTransport(settings.Endpoint, () => client, NullLogger.Instance), request, settings);
    }

    private static Task<Reply> PostAsync(ResponsesTransport transport, OutgoingRequest request, OpenRouterOptions settings) =>
        transport.PostAsync(request, settings, new Deadlines(settings.Timeouts, settings.TimeProvider, CancellationToken.None)).AsTask();

    private static Task<OpenRouterException> FailAsync(string body, int status, params (string, string)[] headers) =>
        Assert.ThrowsAsync<OpenRouterException>(() => PostAsync(Service.Json(body, status, headers)));

    private static async Task<List<string?>> TypesAsync(Reply reply)
    {
        var types = new List<string?>();
        while (await reply.MoveNextAsync())
            types.Add(reply.Current.Type);
        return types;
    }
}

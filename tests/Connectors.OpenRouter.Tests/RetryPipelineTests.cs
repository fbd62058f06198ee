using System.Net;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Tests;

/// <summary>Every test counts the posts: a request too many may be paid for twice.</summary>
public sealed class RetryPipelineTests
{
    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(524)]
    [InlineData(529)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        using var fake = new FakeOpenRouter(reply => reply.Status(status), reply => reply.Say("Four."));
        Assert.Equal("Four.", (await Client(fake).GetResponseAsync("2+2?")).Text);
        Assert.Equal(2, fake.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(412)]
    [InlineData(413)]
    [InlineData(422)]
    [InlineData(501)]
    public async Task What_will_not_pass_is_not(int status)
    {
        using var fake = new FakeOpenRouter(reply => reply.Status(status), reply => reply.Say("never"));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Client(fake).GetResponseAsync("2+2?"));
        Assert.Equal(((HttpStatusCode)status, false, 1), (failure.StatusCode!.Value, failure.IsTransient, fake.Requests.Count));
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(0, 1)]
    [InlineData(5, 6)]
    public async Task The_last_failure_comes_out_when_the_retries_are_used_up(int retries, int posts)
    {
        using var fake = new FakeOpenRouter().Otherwise(reply => reply.Status(503, "busy"));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Client(fake, o => o.Retry.MaxRetries = retries).GetResponseAsync("q"));
        Assert.Contains("busy", failure.Message, StringComparison.Ordinal);
        Assert.Equal(posts, fake.Requests.Count);
    }

    [Fact]
    public void Two_retries_and_a_minute_are_the_defaults() =>
        Assert.Equal((2, TimeSpan.FromMinutes(1)), (new OpenRouterOptions().Retry.MaxRetries, new OpenRouterOptions().Retry.MaxDelay));

    [Fact]
    public async Task The_wait_the_service_asks_for_is_kept_to_the_second()
    {
        using var fake = new FakeOpenRouter(reply => reply.Status(429, retryAfter: TimeSpan.FromSeconds(20)), reply => reply.Say("Four."));
        await Client(fake).GetResponseAsync("2+2?");
        Assert.Equal((TimeSpan.FromSeconds(20), 2), (fake.Waited, fake.Requests.Count));
    }

    [Fact]
    public async Task A_wait_as_long_as_allowed_is_kept()
    {
        using var fake = new FakeOpenRouter(reply => reply.Status(429, retryAfter: TimeSpan.FromSeconds(60)), reply => reply.Say("Four."));
        await Client(fake).GetResponseAsync("2+2?");
        Assert.Equal((TimeSpan.FromSeconds(60), 2), (fake.Waited, fake.Requests.Count));
    }

    [Fact]
    public async Task A_longer_wait_than_allowed_comes_out_at_once()
    {
        using var fake = new FakeOpenRouter(reply => reply.Status(429, retryAfter: TimeSpan.FromSeconds(61)), reply => reply.Say("never"));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Client(fake).GetResponseAsync("2+2?"));
        Assert.Equal((TimeSpan.FromSeconds(61), true, TimeSpan.Zero, 1), (failure.RetryAfter!.Value, failure.IsTransient, fake.Waited, fake.Requests.Count));
        Assert.Contains("Try again in 61 s.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Untold_waits_grow_are_scattered_and_stay_below_the_limit()
    {
        var waits = new HashSet<TimeSpan>();
        for (var run = 0; run < 5; run++)
        {
            using var fake = new FakeOpenRouter().Otherwise(reply => reply.Status(502));
            await Assert.ThrowsAsync<OpenRouterException>(() => Client(fake, o => (o.Retry.MaxRetries, o.Retry.MaxDelay) = (8, TimeSpan.FromSeconds(3))).GetResponseAsync("q"));
            Assert.InRange(fake.Waited, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(24));
            waits.Add(fake.Waited);
        }
        Assert.True(waits.Count > 1);
    }

    [Theory]
    [InlineData("17c-429-availability.json", 429, 12)]
    [InlineData("17a-429-platform.json", 429, 59)]
    [InlineData("63-wait-in-the-body.429.json", 429, 17)]
    public async Task The_body_may_say_how_long(string transcript, int status, double seconds)
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Transcript(transcript, status), Service.Transcript("01-response-json.json"));
        await Client(service, fake.Clock).GetResponseAsync("q");
        Assert.Equal((TimeSpan.FromSeconds(seconds), 2), (fake.Waited, service.Posts.Count));
    }

    [Theory]
    [InlineData("Retry-After", "0", "{}")]
    [InlineData("Retry-After", "Thu, 01 Jan 2015 00:00:00 GMT", "{}")]
    [InlineData("retry-after-ms", "0", "{}")]
    [InlineData("X-RateLimit-Reset", "0", "{}")]
    [InlineData("X-RateLimit-Reset", "1420070400", "{}")]
    [InlineData("X-RateLimit-Reset", "1420070400000", "{}")]
    [InlineData("X-Nothing", "", """{"error":{"code":429,"message":"no","metadata":{"retry_after_seconds":0}}}""")]
    [InlineData("X-Nothing", "", """{"error":{"code":429,"message":"no","metadata":{"headers":{"X-RateLimit-Reset":"1420070400000"}}}}""")]
    [InlineData("X-Nothing", "", """{"error":{"code":429,"message":"no","availability":{"retryable":true,"retry_after":0}}}""")]
    public async Task A_wait_of_nothing_or_in_the_past_is_our_own_pause_instead(string header, string value, string body)
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Json(body, 429, (header, value)), Service.Transcript("01-response-json.json"));
        await Client(service, fake.Clock).GetResponseAsync("q");
        Assert.Equal(2, service.Posts.Count);
        Assert.InRange(fake.Waited, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("""{"error":{"code":429,"message":"Rate limit exceeded: free-models-per-day"}}""", 429)]
    [InlineData("""{"error":{"code":503,"message":"no","availability":{"retryable":false}}}""", 503)]
    [InlineData("""{"error":{"code":500,"message":"no","metadata":{"error_type":"invalid_request"}}}""", 500)]
    public async Task What_the_service_calls_hopeless_is_not_tried_again(string body, int status)
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Json(body, status), Service.Transcript("01-response-json.json"));
        Assert.False((await Assert.ThrowsAsync<OpenRouterException>(() => Client(service, fake.Clock).GetResponseAsync("q"))).IsTransient);
        Assert.Single(service.Posts);
    }

    [Fact]
    public async Task What_the_service_calls_passing_is_tried_again_whatever_its_status()
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Json("""{"error":{"message":"soon","http_status":404,"availability":{"code":"no_endpoints","retryable":true,"retry_after":3}}}""", 404), Service.Transcript("01-response-json.json"));
        await Client(service, fake.Clock).GetResponseAsync("q");
        Assert.Equal((TimeSpan.FromSeconds(3), 2), (fake.Waited, service.Posts.Count));
    }

    [Theory]
    [InlineData("15-error-event-flat.sse", false)]
    [InlineData("15-error-event-flat.sse", true)]
    [InlineData("15b-error-event-nested.sse", false)]
    [InlineData("15c-response-error.sse", false)]
    [InlineData("15d-chat-style-error.sse", false)]
    [InlineData("15e-typed-code-number.sse", false)]
    [InlineData("18-response-200-failed.json", false)]
    public async Task An_error_inside_a_success_is_tried_again_while_nothing_was_said(string transcript, bool rawEvents)
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Transcript(transcript), Service.Transcript("02-text.sse"));
        var heard = await Client(service, fake.Clock, o => o.RawEvents = rawEvents).GetStreamingResponseAsync("q").ToListAsync();
        Assert.Equal(("The sky looks blue.", 2), (heard.ToChatResponse().Text, service.Posts.Count));
        Assert.Single(heard.Select(update => update.ResponseId).Distinct());
    }

    [Fact]
    public async Task A_whole_answer_that_failed_is_tried_again()
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Transcript("18-response-200-failed.json"), Service.Transcript("01-response-json.json"));
        await Client(service, fake.Clock).GetResponseAsync("q");
        Assert.Equal(2, service.Posts.Count);
    }

    [Fact]
    public async Task After_the_first_word_nothing_is_tried_again()
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Transcript("14-failed-midstream.sse"));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Client(service, fake.Clock).GetStreamingResponseAsync("q").ToListAsync().AsTask());
        Assert.Equal(("Partial ans", true, 1), (failure.PartialResponse!.Text, failure.IsTransient, service.Posts.Count));
    }

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, 2)]
    [InlineData(HttpRequestError.ConnectionError, 2)]
    [InlineData(HttpRequestError.SecureConnectionError, 2)]
    [InlineData(HttpRequestError.ResponseEnded, 1)]
    [InlineData(HttpRequestError.InvalidResponse, 1)]
    [InlineData(HttpRequestError.Unknown, 1)]
    public async Task A_service_never_reached_is_tried_again_and_one_that_broke_off_is_not(HttpRequestError error, int posts)
    {
        using var fake = new FakeOpenRouter();
        var cause = new HttpRequestException(error, "no luck");
        var service = new Service(Service.Throws(cause), Service.Transcript("01-response-json.json"));
        var call = Client(service, fake.Clock).GetResponseAsync("q");
        var failure = await Record.ExceptionAsync(() => call) as OpenRouterException;
        Assert.Equal(posts, service.Posts.Count);
        Assert.Equal(posts == 1 ? (null, true, cause) : default((HttpStatusCode?, bool, Exception?)), (failure?.StatusCode, failure?.IsTransient ?? false, failure?.InnerException));
    }

    [Fact]
    public async Task A_service_out_of_reach_is_named()
    {
        using var fake = new FakeOpenRouter().Otherwise(reply => reply.Unreachable());
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Client(fake).GetResponseAsync("q"));
        Assert.Equal((null, true), (failure.StatusCode, failure.IsTransient));
        Assert.IsType<HttpRequestException>(failure.InnerException);
        Assert.Contains("openrouter.ai could not be reached", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_accepted_request_is_not_sent_again_when_the_connection_ends(bool cleanly)
    {
        foreach (var streaming in new[] { true, false })
        {
            using var fake = new FakeOpenRouter(reply => _ = cleanly ? reply.Cut() : reply.Reset(), reply => reply.Say("never"));
            var failure = await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(Client(fake), streaming));
            Assert.Equal((true, 1), (failure.IsTransient, fake.Requests.Count));
        }
    }

    [Fact]
    public async Task An_accepted_request_is_not_sent_again_because_we_lost_patience()
    {
        foreach (var streaming in new[] { true, false })
        {
            using var fake = new FakeOpenRouter(reply => reply.Stall(), reply => reply.Say("never"));
            var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => AskAsync(Client(fake), streaming));
            Assert.Equal((OpenRouterPhase.Response, 1), (failure.Phase, fake.Requests.Count));
        }
    }

    [Fact]
    public async Task A_pause_that_the_call_has_no_time_for_ends_it()
    {
        using var fake = new FakeOpenRouter().Otherwise(reply => reply.Status(429, "slow down", retryAfter: TimeSpan.FromSeconds(6)));
        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => Client(fake, o => o.Timeouts.Total = TimeSpan.FromSeconds(10)).GetResponseAsync("q"));
        Assert.Equal((OpenRouterPhase.Total, TimeSpan.FromSeconds(6), 2), (failure.Phase, fake.Waited, fake.Requests.Count));
        Assert.Equal(HttpStatusCode.TooManyRequests, Assert.IsType<OpenRouterException>(failure.InnerException).StatusCode);
        Assert.Contains("slow down", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_a_pause_ends_the_call_at_once()
    {
        using var caller = new CancellationTokenSource();
        var service = new Service(Service.Json("{}", 503));
        var call = Client(service, new FakeTimeProvider()).GetResponseAsync("q", cancellationToken: caller.Token);
        Assert.False(call.IsCompleted);
        await caller.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal((caller.Token, 1), (cancelled.CancellationToken, service.Posts.Count));
    }

    [Fact]
    public async Task A_retry_and_what_came_of_it_are_logged()
    {
        using var fake = new FakeOpenRouter(reply => reply.Status(503), reply => reply.Say("Four."));
        using var logs = new FakeLoggerProvider();
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(logs));
        using var client = new OpenRouterChatClient(new() { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient(), factory);
        await client.GetResponseAsync("2+2?");
        var logged = logs.Collector.GetSnapshot().Where(log => log.Id.Id < 20).ToList();
        Assert.Equal([(2, LogLevel.Warning), (3, LogLevel.Information)], logged.Select(log => (log.Id.Id, log.Level)));
        Assert.Contains("503", logged[0].Message, StringComparison.Ordinal);
        Assert.All(logged, log => Assert.DoesNotContain("(null)", log.Message, StringComparison.Ordinal));
        Assert.All(logged, log => Assert.Null(log.Exception)); // a retry is no stack trace
    }

    [Fact]
    public async Task A_refused_include_is_left_out_once_and_from_then_on()
    {
        const string Refusal = """{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"Encrypted content is not supported with this model.\",\"param\":\"include\"}}"}}}""";
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Json(Refusal, 400), Service.Transcript("01-response-json.json"));
        var client = Client(service, fake.Clock);
        await client.GetResponseAsync("q");
        await client.GetResponseAsync("q");
        Assert.Equal([true, false, false], service.Bodies.Select(body => body.Contains("\"include\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_nobody_refuses_stays_in()
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Transcript("01-response-json.json"));
        var client = Client(service, fake.Clock);
        await client.GetResponseAsync("q");
        await client.GetResponseAsync("q");
        Assert.All(service.Bodies, body => Assert.Contains("\"include\"", body, StringComparison.Ordinal));
        Assert.Equal(2, service.Bodies.Count);
    }

    [Fact]
    public async Task A_history_is_not_read_for_a_caller_who_has_left()
    {
        var read = 0;
        var service = new Service(Service.Transcript("01-response-json.json"));
        using var fake = new FakeOpenRouter();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(service, fake.Clock).GetResponseAsync(History(), cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal((0, 0), (read, service.Posts.Count));

        IEnumerable<ChatMessage> History()
        {
            read++;
            yield return new(ChatRole.User, "q");
        }
    }

    [Fact]
    public async Task A_history_that_is_made_while_it_is_asked_for_goes_out_whole()
    {
        var service = new Service(Service.Transcript("01-response-json.json"));
        using var fake = new FakeOpenRouter();

        await Client(service, fake.Clock).GetResponseAsync(Enumerable.Range(1, 3).Select(n => new ChatMessage(ChatRole.User, $"word {n}")));

        Assert.All(new[] { "word 1", "word 2", "word 3" }, word => Assert.Contains(word, service.Bodies[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_include_that_was_not_what_was_refused_is_sent_again()
    {
        const string Refusal = """{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"Encrypted content is not supported with this model.\",\"param\":\"include\"}}"}}}""";
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Json(Refusal, 400), Service.Json("""{"error":{"code":400,"message":"The picture is too large."}}""", 400), Service.Transcript("01-response-json.json"));
        var client = Client(service, fake.Clock);

        await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        await client.GetResponseAsync("q");

        Assert.Equal([true, false, true], service.Bodies.Select(body => body.Contains("\"include\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_refusal_that_includes_something_else_forbids_nothing_from_then_on()
    {
        using var fake = new FakeOpenRouter();
        var innocent = Service.Transcript("71-innocent-include.json", 400);
        var service = new Service(innocent, innocent, Service.Transcript("01-response-json.json"));
        var client = Client(service, fake.Clock);

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        await client.GetResponseAsync("q");

        Assert.StartsWith("Messages include an unsupported image type", failure.Message, StringComparison.Ordinal);
        Assert.Contains("\"include\"", service.Bodies[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_that_does_not_change_comes_out()
    {
        const string Refusal = """{"error":{"code":400,"message":"include and the signature in a thinking block are refused"}}""";
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Json(Refusal, 400));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Client(service, fake.Clock).GetResponseAsync("q"));
        Assert.Equal((HttpStatusCode.BadRequest, 2), (failure.StatusCode!.Value, service.Posts.Count));
    }

    [Fact]
    public async Task Refused_reasoning_is_left_out_once()
    {
        using var fake = new FakeOpenRouter(reply => reply.Think("Hm.", FakeThinking.Encrypted).Say("Four."));
        List<ChatMessage> history = [new(ChatRole.User, "2+2?")];
        history.AddMessages(await Client(fake).GetResponseAsync(history));
        history.Add(new(ChatRole.User, "sure?"));
        var service = new Service(Service.Json("""{"error":{"code":400,"message":"The encrypted content could not be verified."}}""", 400), Service.Transcript("01-response-json.json"));
        await Client(service, fake.Clock).GetResponseAsync(history);
        Assert.Equal([true, false], service.Bodies.Select(body => body.Contains("\"type\":\"reasoning\"", StringComparison.Ordinal)));
    }

    public static TheoryData<string, Action<OpenRouterOptions>> Nonsense => new()
    {
        { "OpenRouterOptions.Retry.MaxRetries", options => options.Retry.MaxRetries = -1 },
        { "OpenRouterOptions.Retry.MaxDelay", options => options.Retry.MaxDelay = TimeSpan.FromSeconds(-1) },
        { "OpenRouterOptions.Timeouts.Response", options => options.Timeouts.Response = TimeSpan.Zero },
        { "OpenRouterOptions.Timeouts.Silence", options => options.Timeouts.Silence = TimeSpan.FromSeconds(-2) },
        { "OpenRouterOptions.Timeouts.Idle", options => options.Timeouts.Idle = TimeSpan.Zero },
        { "OpenRouterOptions.Timeouts.Total", options => options.Timeouts.Total = TimeSpan.Zero },
        { "OpenRouterOptions.MaxEventBytes", options => options.MaxEventBytes = 0 },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void A_setting_that_makes_no_sense_is_named_when_the_client_is_made(string setting, Action<OpenRouterOptions> configure)
    {
        var options = new OpenRouterOptions { Model = "a/b" };
        configure(options);
        Assert.StartsWith(setting, Assert.Throws<InvalidOperationException>(() => new OpenRouterChatClient(options)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task The_longest_pause_may_be_none_or_days(int days)
    {
        using var fake = new FakeOpenRouter(reply => reply.Status(503), reply => reply.Say("Four."));
        Assert.Equal("Four.", (await Client(fake, o => o.Retry.MaxDelay = TimeSpan.FromDays(days)).GetResponseAsync("2+2?")).Text);
    }

    private static async Task<ChatResponse> AskAsync(OpenRouterChatClient client, bool streaming) =>
        streaming ? await client.GetStreamingResponseAsync("q").ToChatResponseAsync() : await client.GetResponseAsync("q");

    private static OpenRouterChatClient Client(FakeOpenRouter fake, Action<OpenRouterOptions>? configure = null) => Client(fake.CreateClient(), fake.Clock, configure);

    private static OpenRouterChatClient Client(Service service, TimeProvider clock, Action<OpenRouterOptions>? configure = null) => Client(new HttpClient(service), clock, configure);

    private static OpenRouterChatClient Client(HttpClient http, TimeProvider clock, Action<OpenRouterOptions>? configure)
    {
        var options = new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test", TimeProvider = clock };
        configure?.Invoke(options);
        return new(options, http);
    }
}

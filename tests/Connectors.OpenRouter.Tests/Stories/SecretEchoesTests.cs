using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>Whatever repeats a secret, in whatever place and however it escapes it: no exception repeats it again.</summary>
public sealed class SecretEchoesTests
{
    private const string Key = "canary-key/0123456789";
    private const string Token = "canary-mcp/\"0123456789";

    /// <summary>How somebody may write a secret.</summary>
    private static readonly Dictionary<string, Func<string, string>> Forms = new()
    {
        ["as it is"] = secret => secret.Replace("\"", "\\\"", StringComparison.Ordinal),
        ["in JSON escapes"] = secret => string.Concat(secret.Select(letter => $"\\u{(int)letter:x4}")),
        ["in JSON within JSON"] = secret => string.Concat(secret.Select(letter => $"\\\\u{(int)letter:X4}")),
        ["with slashes escaped"] = secret => secret.Replace("\"", "\\\"", StringComparison.Ordinal).Replace("/", "\\/", StringComparison.Ordinal),
        ["in a URL"] = Uri.EscapeDataString,
        ["in a URL, all of it"] = secret => string.Concat(Encoding.UTF8.GetBytes(secret).Select(octet => $"%{octet:x2}")),
        ["in a URL within a URL"] = secret => string.Concat(Encoding.UTF8.GetBytes(secret).Select(octet => $"%25{octet:X2}")),
    };

    /// <summary>Where it may stand: $ is the echo.</summary>
    private static readonly Dictionary<string, Func<string, Func<HttpRequestMessage, HttpResponseMessage>>> Places = new()
    {
        ["message"] = Error("""{"error":{"code":400,"message":"You sent $"}}"""),
        ["a long message, at its cut"] = Error($$$"""{"error":{"code":400,"message":"{{{new string('x', 990)}}}$ and more"}}"""),
        ["code"] = Error("""{"error":{"code":"$","message":"no"}}"""),
        ["type"] = Error("""{"error":{"type":"$","message":"no"}}"""),
        ["param"] = Error("""{"error":{"param":"$","message":"no"}}"""),
        ["error type"] = Error("""{"error":{"message":"no","metadata":{"error_type":"$"}}}"""),
        ["provider"] = Error("""{"error":{"message":"no","metadata":{"provider_name":"$"}}}"""),
        ["provider's words"] = Error("""{"error":{"message":"Provider returned error","metadata":{"raw":"said $"}}}"""),
        ["metadata"] = Error("""{"error":{"message":"no","metadata":{"x":"$"}}}"""),
        ["a name in metadata"] = Error("""{"error":{"message":"no","metadata":{"$":1}}}"""),
        ["deep in metadata"] = Error("""{"error":{"message":"no","metadata":{"a":[{"b":["$"]}]}}}"""),
        ["metadata's headers"] = Error("""{"error":{"message":"no","metadata":{"headers":{"X":"$"}}}}"""),
        ["reasons"] = Error("""{"error":{"code":403,"message":"no","metadata":{"reasons":["$"]}}}"""),
        ["patterns"] = Error("""{"error":{"code":403,"message":"no","metadata":{"patterns":["$"]}}}"""),
        ["a hint"] = Error("""{"error":{"code":402,"message":"no","metadata":{"remedy_hint":"use $ instead"}}}"""),
        ["a reset"] = Error("""{"error":{"code":402,"message":"no","metadata":{"resets_at":"$"}}}"""),
        ["a limit's source"] = Error("""{"error":{"code":402,"message":"no","metadata":{"limit_source":"$"}}}"""),
        ["earlier errors"] = Error("""{"error":{"code":502,"message":"no","metadata":{"previous_errors":[{"provider":"$","status":"$"}]}}}"""),
        ["availability's code"] = Error("""{"error":{"code":404,"message":"no","availability":{"code":"$"}}}"""),
        ["what excluded"] = Error("""{"error":{"code":404,"message":"no","availability":{"excluded_by":["$"]}}}"""),
        ["fallbacks"] = Error("""{"error":{"code":404,"message":"no","availability":{"fallback_models":["$"]}}}"""),
        ["affected providers"] = Error("""{"error":{"code":404,"message":"no","availability":{"affected_providers":["$"]}}}"""),
        ["a constraint"] = Error("""{"error":{"code":404,"message":"no","availability":{"constraint":{"field":"$","detail":"$"}}}}"""),
        ["documentation"] = Error("""{"error":{"code":404,"message":"no","availability":{"docs_url":"https://example.com/?a=$"}}}"""),
        ["an id in the body"] = Error("""{"id":"gen-$","error":{"message":"no"}}"""),
        ["details"] = Error("""{"detail":[{"loc":["body","$"],"msg":"$"}]}"""),
        ["a list"] = Error("""[{"error":{"message":"$"}}]"""),
        ["a member nobody knows"] = Error("""{"error":{"message":"no"},"user_id":"$"}"""),
        ["plain words"] = Error("nginx says $"),
        ["a page"] = echo => Service.Body($"<html><title>{echo}</title><a href=\"{echo}\"></a></html>", "text/html", 502),
        ["a page, at the end of what is kept"] = echo => Service.Body(new string('x', ErrorBody.KeptBytes - 9) + echo + new string('y', 90_000), "text/plain", 502),
        ["the generation's id"] = echo => Service.Json("""{"error":{"message":"no"}}""", 503, ("X-Generation-Id", echo)),
        ["the status line"] = echo => request => Told(Service.Json("{}", 500)(request), response => response.ReasonPhrase = echo),
        ["a redirect's address"] = echo => Service.Json("", 307, ("Location", "https://elsewhere.example/" + echo)),
        ["a redirect's user"] = echo => Service.Json("", 307, ("Location", $"https://{Uri.EscapeDataString(echo)}@elsewhere.example/")),
        ["a relative redirect"] = echo => Service.Json("", 308, ("Location", "/" + echo)),
        ["the content type"] = echo => request => Told(Service.Json("no answer")(request), response => response.Content.Headers.TryAddWithoutValidation("Content-Type", "text/" + echo)),
        ["neither JSON nor a stream"] = echo => Service.Body($"Hello {echo}", "text/html"),
        ["broken JSON"] = echo => Service.Json("{\"status\": " + echo),
        ["an answer's status"] = echo => Service.Json($$"""{"object":"response","status":"{{echo}}","output":[]}"""),
        ["a whole answer that failed"] = echo => Service.Json($$"""{"id":"gen-{{echo}}","object":"response","status":"failed","error":{"code":"{{echo}}","message":"{{echo}}"},"output":[]}"""),
        ["an error event"] = echo => Service.Events(Streams.Of($$"""{"type":"error","code":"{{echo}}","message":"{{echo}}"}""")),
        ["a failed response"] = echo => Service.Events(Streams.Of($$"""{"type":"response.failed","response":{"id":"gen-{{echo}}","status":"failed","error":{"code":"server_error","message":"{{echo}}"},"output":[]} }""")),
        ["a failed response that was paid for"] = echo => Service.Events(Streams.Of($$"""{"type":"response.failed","response":{"id":"gen-{{echo}}","model":"{{echo}}","status":"failed","error":{"code":"server_error","message":"no"},"output":[],"usage":{"output_tokens":1} } }""")),
        ["a failed answer under a status"] = echo => Service.Json($$"""{"id":"gen-{{echo}}","model":"{{echo}}","status":"failed","error":{"code":"server_error","message":"no"},"output":[],"usage":{"output_tokens":1} }""", 502),
        ["a stream that breaks"] = echo => Service.Stream(() => new Broken(Streams.Of(Streams.Created), new IOException(echo, new InvalidOperationException(echo)))),
        ["no connection"] = echo => Service.Throws(new HttpRequestException(HttpRequestError.ConnectionError, echo, new IOException(echo))),
        ["a handler's rejection"] = echo => Service.Throws(new Polly.RateLimiting.RateLimiterRejectedException(echo)),
        ["a cancelled handler"] = echo => Service.Throws(new OperationCanceledException(echo)),
    };

    public static TheoryData<string> AllPlaces => [.. Places.Keys];

    /// <summary>Where a good answer may repeat it.</summary>
    private static readonly Dictionary<string, Func<string, string[]>> GoodPlaces = new()
    {
        ["why it ended"] = echo => [Ended("incomplete", $$""","error_type":"{{echo}}" """)],
        ["why it is incomplete"] = echo => [Ended("incomplete", $$""","incomplete_details":{"reason":"{{echo}}"}""")],
        ["a broken call's name"] = echo => [Ended("completed", "", $$"""{"type":"function_call","id":"fc_1","call_id":"c1","name":"{{echo}}","arguments":"{","status":"completed"}""")],
        ["the model"] = echo => [Ended("completed", $$""","model":"{{echo}}" """)],
        ["the id"] = echo => [Ended("completed", $$""","id":"gen-{{echo}}" """)],
        ["the tier"] = echo => [Ended("completed", $$""","service_tier":"{{echo}}" """)],
        ["the provider"] = echo => [Ended("completed", $$""","openrouter_metadata":{"endpoints":{"available":[{"provider":"{{echo}}","selected":true}]} }""")],
        ["attempts"] = echo => [Ended("completed", $$""","openrouter_metadata":{"attempts":[{"provider":"{{echo}}","model":"{{echo}}","status":503}]}""")],
    };

    private static string Ended(string status, string more, string? item = null) =>
        $$"""{"type":"response.{{status}}","response":{"id":"gen-1","status":"{{status}}","output":[{{item ?? Streams.Message("Yes.")}}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}{{more}} } }""";

    public static TheoryData<string> AllGoodPlaces => [.. GoodPlaces.Keys];

    [Theory]
    [MemberData(nameof(AllGoodPlaces))]
    public async Task A_secret_that_a_good_answer_echoes_is_in_no_warning_log_or_span(string place)
    {
        foreach (var (form, write) in Forms)
            foreach (var streaming in new[] { true, false })
                Assert.False(Reveals(await TellAsync(GoodPlaces[place]($"{write(Key)} {write(Token)}"), streaming)), $"{place}, {form}");
    }

    [Theory]
    [MemberData(nameof(AllGoodPlaces))]
    public async Task What_a_good_answer_says_at_length_is_told_in_short(string place) =>
        Assert.DoesNotContain(new string('x', 1000), await TellAsync(GoodPlaces[place](new string('x', 900_000)), streaming: true, routing: false), StringComparison.Ordinal);

    [Fact]
    public async Task Of_a_hundred_thousand_attempts_a_span_tells_some()
    {
        var attempts = string.Join(',', Enumerable.Repeat("""{"provider":"P","model":"a/b","status":503}""", 100_000));
        Assert.InRange((await TellAsync([Ended("completed", $$""","openrouter_metadata":{"attempts":[{{attempts}}]}""")], streaming: true, routing: false)).Split("openrouter.routing.attempt").Length, 2, 1000);
    }

    /// <summary>All that is said of an answer, apart from the answer.</summary>
    private static async Task<string> TellAsync(string[] events, bool streaming, bool routing = true)
    {
        using var sinks = new Sinks();
        using var loggers = new Microsoft.Extensions.Logging.LoggerFactory([sinks.Logs]);
        var service = new Service(streaming ? Service.Events(Streams.Of(events)) : Service.Json(System.Text.Json.JsonDocument.Parse(events[^1]).RootElement.GetProperty("response").GetRawText()));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = Key, Retry = { MaxRetries = 0 } }, new HttpClient(service), loggers).AsBuilder().UseOpenTelemetry().Build();
        var tools = new ChatOptions { Tools = [new HostedMcpServerTool("mine", new Uri("https://mcp.example/")) { Headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {Token}" } }] };
        var answer = streaming ? await client.GetStreamingResponseAsync("q", tools).ToChatResponseAsync() : await client.GetResponseAsync("q", tools);
        var info = answer.GetOpenRouter();
        sinks.Say($"{answer.ResponseId} {answer.ModelId} {answer.FinishReason} {info.GenerationId} {info.ServiceTier} {string.Join(' ', info.Warnings)} {answer.Messages[0].MessageId} {(routing ? $"{info} {info.Routing}" : "")}");
        Assert.Contains("span chat", sinks.Everything, StringComparison.Ordinal);
        return sinks.Everything;
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public async Task A_secret_that_is_echoed_is_said_by_no_exception(string place)
    {
        foreach (var (form, write) in Forms)
            foreach (var streaming in new[] { true, false })
            {
                using var sinks = new Sinks();
                var echo = $"{write(Key)} {write(Token)}";
                var failure = await FailAsync(Places[place](echo), streaming);
                sinks.Say(failure);
                sinks.Say($"{failure.PartialResponse?.ResponseId} {failure.PartialResponse?.ModelId}");
                for (var inner = failure.InnerException; inner is not null; inner = inner.InnerException)
                    sinks.Say(inner);
                Assert.False(Reveals(sinks.Everything), $"{place}, {form}: {sinks.Everything}");
            }
    }

    [Fact]
    public void A_secret_is_found_however_it_is_escaped_and_nothing_else_is_touched()
    {
        var secrets = new SecretRedactor(Key, Token);
        foreach (var (form, write) in Forms)
            Assert.Equal("a [redacted]-b [redacted] c", secrets.Scrub($"a {write(Key)}-b {write(Token)} c"));
        Assert.Equal("canary is a bird", secrets.Scrub("canary is a bird"));
    }

    [Fact]
    public void Secrets_that_overlap_leave_nothing_of_each_other()
    {
        Assert.Equal("x[redacted]y", new SecretRedactor("abcdefgh", "abcdefgh-ijklmnop").Scrub("xabcdefgh-ijklmnopy"));
        Assert.Equal("x [redacted] y", new SecretRedactor("abcdefgh", "efghijkl").Scrub("x abcdefghijkl y"));
    }

    [Fact]
    public void Short_words_are_taken_out_only_as_words()
    {
        var secrets = new SecretRedactor("test", "x");
        Assert.Equal("the latest [redacted], tested by x", secrets.Scrub("the latest test, tested by x"));
    }

    [Fact]
    public void A_secret_with_a_scheme_is_one_without_it_too() =>
        Assert.Equal("no [redacted] here", new SecretRedactor("Basic dXNlcjpwYXNz").Scrub("no dXNlcjpwYXNz here"));

    [Fact]
    public void Whoever_hides_a_secret_behind_backslashes_wastes_no_time_of_ours()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        _ = new SecretRedactor(Key).Scrub(new string('\\', 400_000) + new string('%', 400_000));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    [Fact]
    public async Task The_words_of_an_inner_exception_are_as_clean_as_the_outer_ones()
    {
        var failure = await FailAsync(Service.Throws(new HttpRequestException(HttpRequestError.ConnectionError, $"no route for {Key}", new IOException(Key))), streaming: true);
        Assert.IsType<HttpRequestException>(failure.InnerException);
        Assert.Contains("no route for [redacted]", failure.InnerException.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(failure.InnerException.InnerException);
    }

    [Fact]
    public async Task A_message_of_nearly_a_million_letters_is_cut()
    {
        var failure = await FailAsync(Service.Json($$"""{"error":{"code":"{{new string('c', 900_000)}}","message":"{{new string('m', 40_000)}}","metadata":{"provider_name":"{{new string('p', 40_000)}}"} } }""", 400), streaming: false);
        Assert.InRange(failure.Message.Length, 1000, 9000);
        Assert.InRange(failure.Code!.Length + failure.ProviderName!.Length, 100, 600);
    }

    private static Func<string, Func<HttpRequestMessage, HttpResponseMessage>> Error(string body) => echo => Service.Json(body.Replace("$", echo, StringComparison.Ordinal), 400);

    private static HttpResponseMessage Told(HttpResponseMessage response, Action<HttpResponseMessage> change)
    {
        response.Content.Headers.Remove("Content-Type");
        change(response);
        return response;
    }

    private static async Task<OpenRouterException> FailAsync(Func<HttpRequestMessage, HttpResponseMessage> answer, bool streaming)
    {
        var options = new OpenRouterOptions { Model = "a/b", ApiKey = Key, Retry = { MaxRetries = 0 } };
        using var client = new OpenRouterChatClient(options, new HttpClient(new Service(answer)) { Timeout = Timeout.InfiniteTimeSpan });
        var tools = new ChatOptions { Tools = [new HostedMcpServerTool("mine", new Uri("https://mcp.example/")) { Headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {Token}" } }] };
        return await Assert.ThrowsAnyAsync<OpenRouterException>(async () => _ = streaming ? await client.GetStreamingResponseAsync("q", tools).ToChatResponseAsync() : await client.GetResponseAsync("q", tools));
    }

    /// <summary>Whether the secret can be had from a text by undoing its escapes.</summary>
    private static bool Reveals(string text)
    {
        for (var times = 0; times < 4; times++)
        {
            if (text.Contains("canary", StringComparison.OrdinalIgnoreCase) || text.Contains("0123456789", StringComparison.Ordinal))
                return true;
            text = Regex.Replace(Uri.UnescapeDataString(text), @"\\+u([0-9a-fA-F]{4})", unit => ((char)Convert.ToInt32(unit.Groups[1].Value, 16)).ToString());
        }
        return false;
    }
}

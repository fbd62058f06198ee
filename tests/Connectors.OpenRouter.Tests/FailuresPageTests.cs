using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Timeout;

namespace Connectors.OpenRouter.Tests;

/// <summary>docs/failures.md goes by the words a user sees. Each of its entries is produced here, and each of its words is seen.</summary>
[Collection(nameof(TheEnvironment))]
public sealed class FailuresPageTests : IDisposable
{
    private readonly TheEnvironment _environment = new(key: null);

    private const string Unavailable = """
        {"error":{"message":"No endpoint","error_type":"not_found","http_status":404,"availability":{"code":"constraint_filtered","excluded_by":["max_price"],"fallback_models":["a/b"]}}}
        """;

    public static TheoryData<string> Entries => [.. Causes.Keys];

    private static Dictionary<string, Func<Task<Exception?>>> Causes { get; } = new()
    {
        ["There is no key"] = () => FailAsync(Answer("{}"), apiKey: null),
        ["OpenRouterOptions.Endpoint must be"] = () => FailAsync(Answer("{}"), options => options.Endpoint = new("http://openrouter.ai/")),
        ["Check OpenRouterOptions.ApiKey"] = () => PlayAsync("17g-401.json", 401),
        ["Add credits at"] = () => PlayAsync("17d-402.json", 402),
        ["raise it at"] = () => FailAsync(Limit("openrouter_key_limit")),
        ["A guardrail's budget is spent"] = () => FailAsync(Limit("openrouter_guardrail_budget")),
        ["The workspace's budget is spent"] = () => FailAsync(Limit("openrouter_workspace_budget")),
        ["running requests have reserved what is left"] = () => FailAsync(Limit("openrouter_in_flight_budget")),
        ["The limit starts anew at"] = () => FailAsync(Limit("openrouter_key_limit")),
        ["It matched:"] = () => FailAsync(Answer("""{"error":{"code":403,"message":"Blocked","metadata":{"patterns":["iban"]}}}""", 403)),
        ["Affected providers:"] = () => FailAsync(Answer("""{"error":{"code":503,"message":"Busy","availability":{"code":"capacity_exhausted","affected_providers":["OtherAI"]}}}""", 503)),
        ["none of its endpoints takes what the request holds"] = () => FailAsync(Answer("""{"error":{"code":404,"message":"No endpoints found that support image input"}}""", 404)),
        ["Flagged for:"] = () => PlayAsync("17h-403-moderation.json", 403),
        ["Check what the key, and the account's guardrails"] = () => FailAsync(Answer("""{"error":{"code":403,"message":"Only management keys can perform this operation"}}""", 403)),
        ["The service suggests:"] = () => FailAsync(Answer("""{"error":{"code":422,"message":"No","metadata":{"remedy_hint":"use_another_file"}}}""", 422)),
        ["Check the model's name"] = () => PlayAsync("17i-404.json", 404),
        ["Endpoints were excluded by:"] = () => FailAsync(Answer(Unavailable, 404)),
        ["These models would work:"] = () => FailAsync(Answer(Unavailable, 404)),
        ["Send less"] = () => FailAsync(Answer("{}", 413)),
        ["Shorten the history"] = () => FailAsync(Answer("""{"error":{"code":400,"message":"Too long","metadata":{"error_type":"context_length_exceeded"}}}""", 400)),
        ["Try again in"] = () => PlayAsync("17c-429-availability.json", 429),
        ["the daily limit of free models"] = () => FailAsync(Answer("""{"error":{"code":429,"message":"Rate limit exceeded: free-models-per-day"}}""", 429)),
        ["Tried before:"] = () => PlayAsync("17j-502.json", 502),
        ["could not be reached"] = () => FailAsync(reply => reply.Unreachable()),
        ["The connection broke"] = () => FailAsync(reply => reply.Say("Half").Reset()),
        ["The stream ended before the answer was complete"] = () => FailAsync(reply => reply.Say("Half").Cut()),
        ["No response arrived within"] = () => FailAsync(reply => reply.Stall()),
        ["The connection went silent"] = () => FailAsync(reply => reply.KeepAlive().Stall()),
        ["No event for"] = () => FailAsync(reply => reply.KeepAlive().Wait(TimeSpan.FromMinutes(2)).KeepAlive().Stall(), options => options.Timeouts.Idle = TimeSpan.FromMinutes(3)),
        ["The call was not done within"] = () => FailAsync(reply => reply.KeepAlive().Stall(), options => options.Timeouts.Total = TimeSpan.FromMinutes(1)),
        ["HttpClient's own Timeout"] = () => FailAsync(new HttpClient(new Hanging()) { Timeout = TimeSpan.FromMilliseconds(10) }),
        ["A resilience handler on the HttpClient gave up"] = () => FailAsync(Service.Throws(new TimeoutRejectedException(TimeSpan.FromSeconds(10)))),
        ["A circuit breaker on the HttpClient is open"] = () => FailAsync(Service.Throws(new BrokenCircuitException("open", TimeSpan.FromSeconds(5)))),
        ["A resilience handler on the HttpClient rejected the request"] = () => FailAsync(Service.Throws(new RateLimiterRejectedException())),
        ["The service answered with a redirect"] = () => FailAsync(reply => reply.Status(307)),
        ["followed a redirect from"] = () => FailAsync(request =>
        {
            (request.RequestUri, request.Method, request.Headers.Authorization) = (new("https://elsewhere.example/"), HttpMethod.Get, null); // a redirect takes the key off, and asks for what it leads to
            return Answer("{}")(request);
        }),
        ["A handler of the given HttpClient sent the request to"] = () => FailAsync(request =>
        {
            request.RequestUri = new("https://elsewhere.example/");
            return Answer("{}")(request);
        }),
        ["followed a redirect and came back"] = () => FailAsync(request =>
        {
            (request.RequestUri, request.Method, request.Headers.Authorization) = (new(request.RequestUri!, "moved"), HttpMethod.Get, null);
            return Answer("{}")(request);
        }),
        ["ApiKeyProvider gave up"] = () => FailAsync(Answer("{}"), options => options.ApiKeyProvider = _ => throw new OperationCanceledException(), apiKey: null),
        ["would be a step of the path"] = () => FailAsync(Answer("{}"), options => options.Request = new() { Preset = ".." }),
        ["with neither JSON nor a stream of events"] = () => FailAsync(Service.Body("<html></html>", "text/html")),
        ["a stream of events where one JSON body was asked for"] = async () =>
        {
            using var platform = new OpenRouterPlatform(new OpenRouterOptions { ApiKey = "key" }, new HttpClient(new Service(Service.Events("data: {}\n\n"))));
            return await Assert.ThrowsAsync<OpenRouterException>(() => platform.GetKeyAsync());
        },
        ["success and an empty body"] = () => FailAsync(Answer("")),
        ["The answer is not valid JSON"] = () => FailAsync(Answer("{\"status\":")),
        ["arrived without completing one event"] = () => FailAsync(Answer("{\"status\":\"completed\"}"), options => options.MaxEventBytes = 10),
        ["and holds no output"] = () => FailAsync(Answer("""{"id":"gen-1","object":"response","status":"completed"}""")),
        ["instead of completed or incomplete"] = () => FailAsync(Answer("""{"object":"response","status":"in_progress","output":[]}""")),
    };

    public void Dispose() => _environment.Dispose();

    [Theory]
    [MemberData(nameof(Entries))]
    public async Task An_entry_is_what_the_user_sees(string words)
    {
        var failure = await Causes[words]();
        Assert.True(failure is OpenRouterException or InvalidOperationException, $"It was {failure}");
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_entry_is_tested_and_every_test_has_an_entry()
    {
        var page = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "docs", "failures.md"));
        var entries = page.Where(line => line.StartsWith("### `", StringComparison.Ordinal)).Select(line => line["### `".Length..^1]);
        Assert.Equal(Causes.Keys.Order(StringComparer.Ordinal), entries.Order(StringComparer.Ordinal));
    }

    private static Func<HttpRequestMessage, HttpResponseMessage> Limit(string source) =>
        Answer($$"""{"error":{"code":402,"message":"Spent.","metadata":{"error_type":"payment_required","limit_source":"{{source}}","resets_at":"2026-12-01T00:00:00Z"} } }""", 402);

    private static Func<HttpRequestMessage, HttpResponseMessage> Answer(string body, int status = 200) => Service.Json(body, status);

    private static Task<Exception?> PlayAsync(string transcript, int status) => FailAsync(Service.Transcript(transcript, status));

    private static Task<Exception?> FailAsync(Func<HttpRequestMessage, HttpResponseMessage> answer, Action<OpenRouterOptions>? configure = null, string? apiKey = "sk-or-test") =>
        FailAsync(new HttpClient(new Service(answer)), configure, apiKey);

    private static async Task<Exception?> FailAsync(Action<FakeReply> reply, Action<OpenRouterOptions>? configure = null)
    {
        using var fake = new FakeOpenRouter().Otherwise(reply);
        return await FailAsync(fake.CreateClient(), options =>
        {
            options.TimeProvider = fake.Clock;
            configure?.Invoke(options);
        });
    }

    private static async Task<Exception?> FailAsync(HttpClient http, Action<OpenRouterOptions>? configure = null, string? apiKey = "sk-or-test")
    {
        var options = new OpenRouterOptions { Model = "a/b", ApiKey = apiKey, Retry = { MaxRetries = 0 } };
        configure?.Invoke(options);
        return await Record.ExceptionAsync(async () =>
        {
            using var client = new OpenRouterChatClient(options, http);
            await client.GetStreamingResponseAsync("q").ToChatResponseAsync();
        });
    }
}

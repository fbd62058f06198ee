using System.Globalization;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connectors.OpenRouter.Tests;

/// <summary>docs/failures.md: each row of what is tried again, and each symptom, is produced here.</summary>
public sealed class FailuresPageTablesTests
{
    private const string Event = """{"type":"error","code":"server_error","message":"no"}""";

    private static readonly string[] Numbers = [.. Regex.Matches(Rows().First(), "[0-9]+").Select(number => number.Value)];

    /// <summary>The beginning of each row, and how often each of its cases is sent.</summary>
    private static readonly Dictionary<string, (int Posts, Func<HttpRequestMessage, HttpResponseMessage> Answer)[]> Retries = new()
    {
        ["HTTP 408"] = [.. Numbers.Select(number => (3, Service.Json("{}", int.Parse(number, CultureInfo.InvariantCulture)))),
            .. Numbers.Select(number => (3, Service.Json($$"""{"error":{"code":{{number}},"message":"no"} }"""))), (3, Service.Events(Streams.Of(Streams.Created, Event)))],
        ["No connection came about"] = [.. new[] { HttpRequestError.NameResolutionError, HttpRequestError.ConnectionError, HttpRequestError.SecureConnectionError, HttpRequestError.ProxyTunnelError }
            .Select(error => (3, Service.Throws(new HttpRequestException(error))))],
        ["The service says `availability.retryable`"] =
            [(3, Service.Json("""{"error":{"code":404,"message":"no","availability":{"retryable":true}}}""", 404)), (1, Service.Json("""{"error":{"code":503,"message":"no","availability":{"retryable":false}}}""", 503))],
        ["Anything after the first content"] = [(1, Service.Events(Streams.Of(Streams.Created, Streams.Delta("Fo"), Event))), (1, Service.Events(Streams.Of(Streams.Created, Streams.Thinking("Hm."), Event)))],
        ["The connection broke, or ended"] = [(1, Service.Throws(new HttpRequestException(HttpRequestError.ResponseEnded))), (1, Service.Events(Streams.Of(Streams.Created)))],
        ["One of our time limits"] = [(1, Service.Throws(new TaskCanceledException("", new TimeoutException())))],
        ["The daily limit of free models"] = [(1, Service.Json("""{"error":{"code":429,"message":"no","metadata":{"limit_source":"openrouter_free_tier_daily"}}}""", 429))],
        ["A quota that is spent"] = [(1, Service.Json("""{"error":{"code":"insufficient_quota","message":"no"}}""", 429)), (1, Service.Json("""{"error":{"type":"insufficient_quota","message":"no"}}""", 429)), (1, Service.Json("{}", 402))],
        ["A complete answer that holds nothing, and whose usage"] = [(3, Empty(""","usage":{"input_tokens":1,"output_tokens":0}"""))],
        ["A complete answer that holds nothing and cost"] = [(1, Empty(""","usage":{"input_tokens":1,"output_tokens":0,"cost":0.1}""")), (1, Empty("")),
            (1, Empty(""","usage":{"input_tokens":1,"output_tokens":0}""", """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"ENC"}"""))],
        ["A whole answer without `output`"] = [(1, Service.Json("""{"id":"gen-1","object":"response","status":"completed"}"""))],
    };

    private static readonly Dictionary<string, Func<Task>> Symptoms = new()
    {
        ["I see no thinking"] = async () =>
        {
            Assert.DoesNotContain("\"reasoning\"", (await Requests.SendAsync()).Body, StringComparison.Ordinal);
            var forced = await Requests.SendAsync(options: new() { Tools = [AIFunctionFactory.Create(() => 1, "one")], ToolMode = ChatToolMode.RequireAny, Reasoning = new() { Effort = ReasoningEffort.High } }, configure: o => o.Model = "anthropic/claude-opus-5");
            Assert.Contains(forced.Response.GetOpenRouter().Warnings, warning => warning.Contains("A tool is forced", StringComparison.Ordinal));
        },
        ["It costs more than I thought"] = async () =>
        {
            using var fake = new FakeOpenRouter(r => r.Think("Hm.").Call("one").Usage(input: 9, output: 7, reasoning: 5, cost: 0.25m), r => r.Say("1").Usage(input: 9, output: 7, cost: 0.5m));
            using var client = Client(fake).AsBuilder().UseFunctionInvocation().Build();
            var answer = await client.GetResponseAsync("q", new() { Tools = [AIFunctionFactory.Create(() => 1, "one")] });
            Assert.Equal((0.75m, 0.75m, 5), (answer.Usage!.GetCost(), answer.GetOpenRouter().Cost, answer.Usage!.ReasoningTokenCount));
        },
        ["The second turn fails"] = async () =>
        {
            using var log = new FakeLoggerProvider();
            using var loggers = LoggerFactory.Create(builder => builder.AddProvider(log));
            using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("One."), r => r.Status(400, "Invalid `signature` in `thinking` block"), r => r.Say("Two."));
            using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini", TimeProvider = fake.Clock }, fake.CreateClient(), loggers);
            List<ChatMessage> history = [new(ChatRole.User, "q")];
            history.AddMessages(await client.GetResponseAsync(history));
            history.Add(new(ChatRole.User, "q"));
            var answer = await client.GetResponseAsync(history);
            Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("refused", StringComparison.Ordinal));
            Assert.Contains(log.Collector.GetSnapshot(), record => record.Id == 21);
        },
        ["The answer ends in mid-sentence"] = async () =>
        {
            using var fake = new FakeOpenRouter(r => r.Say("Half").RunOutOfTokens(), r => r.Say("Half").RunOutOfTokens().Terminal("""{"error_type":"context_length_exceeded"}"""));
            using var client = Client(fake);
            Assert.Equal(ChatFinishReason.Length, (await client.GetResponseAsync("q")).FinishReason);
            Assert.Contains((await client.GetResponseAsync("q")).GetOpenRouter().Warnings, warning => warning.Contains("the input was too long", StringComparison.Ordinal));
        },
        ["The answer is empty, or only thought"] = async () =>
        {
            var page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "docs", "failures.md"));
            using var fake = new FakeOpenRouter(_ => { }, r => r.Think("Hm."));
            using var client = Client(fake);
            for (var i = 0; i < 2; i++)
                Assert.Contains($"\"{Assert.Single((await client.GetResponseAsync("q")).GetOpenRouter().Warnings).Split(':')[0]}\"", page, StringComparison.Ordinal);
        },
        ["It takes for ever"] = async () =>
        {
            using var fake = new FakeOpenRouter(r => r.KeepAlive().Stall());
            using var client = Client(fake);
            Assert.Equal(OpenRouterPhase.Silence, (await Assert.ThrowsAsync<OpenRouterTimeoutException>(async () => await client.GetStreamingResponseAsync("q").ToChatResponseAsync())).Phase);
        },
        ["A tool is not called, or not found"] = async () =>
        {
            using var fake = new FakeOpenRouter(r => r.Call("one", "{\"half"), r => r.Say("Then not."));
            using var client = Client(fake).AsBuilder().UseFunctionInvocation().Build();
            List<ChatMessage> history = [new(ChatRole.User, "q")];
            var options = new ChatOptions { Tools = [AIFunctionFactory.Create(string () => throw new InvalidOperationException("It ran."), "one")] };
            var answer = await client.GetResponseAsync(history, options);
            Assert.NotNull(answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Single().Exception);
            Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("`one`", StringComparison.Ordinal));
            history.AddMessages(answer);
            await client.GetResponseAsync(history, options);
            Assert.Contains("Error", fake.LastRequest.ToolOutput("one"), StringComparison.Ordinal);
        },
    };

    public static TheoryData<string> RowNames => [.. Retries.Keys];

    public static TheoryData<string> SymptomNames => [.. Symptoms.Keys];

    [Theory]
    [MemberData(nameof(RowNames))]
    public async Task A_row_is_tried_as_often_as_it_says(string row)
    {
        foreach (var (posts, answer) in Retries[row])
        {
            using var fake = new FakeOpenRouter();
            var service = new Service(answer);
            using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test", TimeProvider = fake.Clock }, new HttpClient(service) { Timeout = TimeSpan.FromMinutes(5) });
            await Record.ExceptionAsync(async () => await client.GetStreamingResponseAsync("q").ToChatResponseAsync());
            Assert.Equal(posts, service.Posts.Count);
        }
    }

    [Theory]
    [MemberData(nameof(SymptomNames))]
    public Task A_symptom_is_what_the_user_sees(string heading) => Symptoms[heading]();

    [Fact]
    public void Every_row_and_every_symptom_is_tested()
    {
        var rows = Rows().ToList();
        Assert.All(rows, row => Assert.Single(Retries.Keys, row.StartsWith));
        Assert.Equal(Retries.Count, rows.Count);
        var page = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "docs", "failures.md"));
        var symptoms = page.SkipWhile(line => line != "## By symptom").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => line.StartsWith("### ", StringComparison.Ordinal));
        Assert.Equal(Symptoms.Keys.Order(StringComparer.Ordinal), symptoms.Select(line => line["### ".Length..]).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Rows() => Table.Rows("failures.md", "What is tried again").Select(row => row.Left);

    private static Func<HttpRequestMessage, HttpResponseMessage> Empty(string usage, string output = "") => Service.Json($$"""{"id":"gen-1","object":"response","status":"completed","output":[{{output}}]{{usage}} }""");

    private static OpenRouterChatClient Client(FakeOpenRouter fake) => new(new OpenRouterOptions { Model = "openai/o4-mini", TimeProvider = fake.Clock, Retry = { MaxRetries = 0 } }, fake.CreateClient());
}

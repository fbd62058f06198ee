using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connectors.OpenRouter.Tests.Execution;

/// <summary>What somebody reads in the log who was not there when the call was made.</summary>
public sealed class LogOfCallsTests : IDisposable
{
    private const string Answer = """{"id":"gen-1","object":"response","status":"completed","model":"a/b","output":[{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"Four."}]}],"usage":{"input_tokens":1,"output_tokens":1}}""";
    private const string Nothing = """{"id":"gen-1","object":"response","status":"completed","model":"a/b","output":[],"usage":{"input_tokens":1,"output_tokens":0}}""";
    private const string RefusedInclude = """{"error":{"code":400,"message":"Unsupported parameter: 'include'"}}""";
    private const string RefusedReasoning = """{"error":{"code":400,"message":"The encrypted content could not be verified."}}""";

    private readonly FakeLoggerProvider _log = new();
    private readonly FakeOpenRouter _fake = new(); // for its clock, which goes on by itself

    [Fact]
    public async Task A_call_that_goes_well_says_nothing()
    {
        await AskAsync([Service.Json(Answer)]);

        Assert.Empty(_log.Collector.GetSnapshot());
    }

    [Fact]
    public async Task Each_attempt_is_counted_and_in_the_end_how_many_it_took()
    {
        var busy = Service.Json("""{"error":{"code":503,"message":"busy","metadata":{"retry_after_seconds":2}}}""", 503);

        await AskAsync([busy, busy, Service.Json(Answer)]);

        Assert.Equal([
            "2 Warning Attempt 1 failed; sending again in 00:00:02. busy (503). Try again in 2 s.",
            "2 Warning Attempt 2 failed; sending again in 00:00:02. busy (503). Try again in 2 s.",
            "3 Information Answered after 2 retries."], Logged());
    }

    [Theory]
    [InlineData(293, false)]
    [InlineData(294, true)]
    public async Task A_failure_of_many_words_stays_a_line(int length, bool isCut)
    {
        var words = new string('w', length);

        await AskAsync([Service.Json($$"""{"error":{"code":503,"message":"{{words}}"} }""", 503), Service.Json(Answer)]);

        var message = $"{words} (503).";
        Assert.EndsWith(isCut ? $". {message[..300]}..." : $". {message}", Logged()[0], StringComparison.Ordinal);
        Assert.Equal(isCut, message.Length > 300);
    }

    [Fact]
    public async Task An_answer_that_holds_nothing_is_a_line_for_each_time()
    {
        await AskAsync([Service.Json(Nothing), Service.Json(Answer)]);

        Assert.Equal("4 Warning openai/o4-mini answered nothing at all (free: True).", Logged()[0]);
        Assert.Equal([4, 2, 3], Ids());
    }

    [Fact]
    public async Task An_answer_that_held_nothing_and_is_given_all_the_same_is_not_told_again()
    {
        var answer = await AskAsync([Service.Json(Nothing.Replace("\"output_tokens\":0", "\"output_tokens\":5", StringComparison.Ordinal))]);

        Assert.Equal(["4 Warning openai/o4-mini answered nothing at all (free: False)."], Logged());
        Assert.NotEmpty(answer.GetOpenRouter().Warnings);
    }

    [Fact]
    public async Task What_an_answer_is_warned_of_is_a_line()
    {
        var answer = await AskAsync([Service.Json(Answer.Replace("\"type\":\"message\",\"id\":\"msg_1\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"Four.\"}]", "\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"Hm.\"}]", StringComparison.Ordinal))]);

        Assert.Equal([$"5 Warning {Assert.Single(answer.GetOpenRouter().Warnings)}"], Logged());
    }

    [Fact]
    public async Task A_refused_include_is_a_line_with_what_was_refused()
    {
        await AskAsync([Service.Json(RefusedInclude, 400), Service.Json(Answer)]);

        Assert.Equal(["20 Warning openai/o4-mini refuses the include member; asking again, and from now on, without it. Its reasoning cannot be sent back encrypted."], Logged());
        Assert.StartsWith("Unsupported parameter: 'include'", Assert.IsType<OpenRouterException>(_log.Collector.LatestRecord.Exception).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_reasoning_is_a_line_with_what_was_refused_and_one_for_what_that_costs_the_history()
    {
        await AskAsync([Service.Json(RefusedReasoning, 400), Service.Json(Answer)], await ThoughtAsync());

        Assert.Equal([21, 22], Ids());
        Assert.Equal("21 Warning openai/o4-mini refuses the history's reasoning; asking once more without it.", Logged()[0]);
        Assert.StartsWith("The encrypted content could not be verified", Assert.IsType<OpenRouterException>(_log.Collector.GetSnapshot()[0].Exception).Message, StringComparison.Ordinal);
        Assert.EndsWith(" times)", Logged()[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_told_of_the_history_once_is_not_told_of_the_smaller_request()
    {
        List<ChatMessage> unanswered = [.. await ThoughtAsync(), new(ChatRole.Assistant, [new FunctionCallContent("call_1", "f")]), new(ChatRole.User, "well?")];

        var answer = await AskAsync([Service.Json(RefusedReasoning, 400), Service.Json(Answer)], unanswered);

        Assert.Equal([22, 21, 22], Ids());
        Assert.Equal(3, Logged().Distinct().Count());
        Assert.All(answer.GetOpenRouter().Warnings, warning => Assert.Contains(Logged(), line => line.StartsWith($"22 Information {warning} (", StringComparison.Ordinal)));
        Assert.Equal(2, answer.GetOpenRouter().Warnings.Count);
    }

    [Fact]
    public async Task A_refusal_of_the_reasoning_does_not_say_that_include_was_refused()
    {
        var both = await ThoughtAsync();
        var service = new Service(Service.Json(RefusedInclude, 400), Service.Json(RefusedReasoning, 400), Service.Json(Answer));
        using var client = Client(service);

        await client.GetResponseAsync(both);
        await client.GetResponseAsync("q");
        await client.GetResponseAsync("q");

        Assert.Equal([true, false, false, true, true], service.Bodies.Select(body => body.Contains("\"include\"", StringComparison.Ordinal)));
    }

    public void Dispose()
    {
        _log.Dispose();
        _fake.Dispose();
    }

    /// <summary>A conversation with a thought that goes back.</summary>
    private static async Task<List<ChatMessage>> ThoughtAsync()
    {
        using var fake = new FakeOpenRouter(reply => reply.Think("Hm.", FakeThinking.Encrypted).Say("Four."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini", TimeProvider = fake.Clock }, fake.CreateClient());
        List<ChatMessage> history = [new(ChatRole.User, "2+2?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "sure?"));
        return history;
    }

    private async Task<ChatResponse> AskAsync(Func<HttpRequestMessage, HttpResponseMessage>[] answers, List<ChatMessage>? history = null)
    {
        using var client = Client(new Service(answers));
        return await client.GetResponseAsync(history ?? [new(ChatRole.User, "2+2?")]);
    }

    private OpenRouterChatClient Client(Service service) =>
        new(new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "sk-or-v1-key", TimeProvider = _fake.Clock }, new HttpClient(service) { Timeout = Timeout.InfiniteTimeSpan }, LoggerFactory.Create(builder => builder.AddProvider(_log)));

    private List<string> Logged() => [.. _log.Collector.GetSnapshot().Select(log => $"{log.Id.Id} {log.Level} {log.Message}")];

    private List<int> Ids() => [.. _log.Collector.GetSnapshot().Select(log => log.Id.Id)];
}

using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What a request costs grows with its body, whatever the history's shape. Allocated bytes are counted, never time.</summary>
public class RequestGrowthTests
{
    public static TheoryData<string> Shapes => [.. Histories.Keys];

    private static readonly Dictionary<string, Func<int, List<ChatMessage>>> Histories = new()
    {
        ["a tool loop"] = n => [.. Enumerable.Range(0, n).SelectMany(Turn)],
        ["messages of one id"] = n => Many(n, _ => new(ChatRole.Assistant, [new TextContent("text") { AdditionalProperties = new() { ["openrouter.item"] = """{"type":"message","role":"assistant","id":"msg_1"}""" } }])),
        ["calls of one id"] = n => [.. Many(n, _ => new(ChatRole.Assistant, [new FunctionCallContent("c", "f", new Dictionary<string, object?>())])), .. Many(n, _ => new(ChatRole.Tool, [new FunctionResultContent("c", "r")]))],
        ["reasoning of one id"] = n => Many(n, i => new(ChatRole.Assistant, [Thought("rs_1", i), new TextContent("text")])),
        ["named texts in one message"] = n => [new(ChatRole.Assistant, [.. Enumerable.Range(0, n).Select(i => new TextContent("text") { AdditionalProperties = new() { ["openrouter.item"] = $$"""{"type":"message","role":"assistant","id":"msg_{{i}}"}""" } })])],
        ["boundaries in one message"] = n => [new(ChatRole.Assistant, [.. Enumerable.Range(0, n).SelectMany(i => (AIContent[])[new TextContent("text"), new TextReasoningContent("") { ProtectedData = """openrouter:1:{"boundary":"message"}""" }])])],
        ["late facts in one message"] = n => [new(ChatRole.Assistant, [.. Enumerable.Range(0, n).Select(i => Thought($"rs_{i}", i)), .. Enumerable.Range(0, n).Select(i => Thought($"rs_{i}", i)), new TextContent("text")])],
        ["late names in one message"] = n => [new(ChatRole.Assistant, [.. Enumerable.Range(0, n).SelectMany(i => (AIContent[])[new TextContent("text"), new TextReasoningContent("") { ProtectedData = """openrouter:1:{"boundary":"message"}""" }]),
            .. Enumerable.Range(0, n).Select(i => new TextReasoningContent("") { ProtectedData = $$$"""openrouter:1:{"key":"#{{{i + 1}}}","item":{"type":"message","role":"assistant","id":"msg_{{{i}}}"}}""" })])],
        ["citations of many parts"] = n => [new(ChatRole.Assistant, [.. Enumerable.Range(0, n).SelectMany(i => (AIContent[])[new TextContent("text"), new TextReasoningContent("") { ProtectedData = """openrouter:1:{"boundary":"part"}""" }]),
            new TextContent("") { Annotations = [.. Enumerable.Range(0, n).Select(i => new CitationAnnotation { Url = new("https://example.org/"), AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = 4 * i, EndIndex = 4 * i + 4 }] })] }])],
        ["raw parts between texts"] = n => [new(ChatRole.Assistant, [.. Enumerable.Range(0, n).SelectMany(i => (AIContent[])[new TextContent("text"), new TextReasoningContent("") { ProtectedData = """openrouter:1:{"boundary":"part"}""" }]),
            new TextReasoningContent("") { ProtectedData = $$"""openrouter:1:{"parts":[{{string.Join(',', Enumerable.Repeat("""null,{"type":"output_future"}""", n))}}]}""" }])],
        ["approvals of one call_id"] = n => [.. Enumerable.Range(0, n).SelectMany(Approval)],
        ["texts of one user"] = n => [new(ChatRole.User, [.. Enumerable.Range(0, n).Select(i => new TextContent("text"))])],
        ["results of one tool"] = n => [new(ChatRole.Assistant, [.. Enumerable.Range(0, n).Select(i => new FunctionCallContent($"c{i}", "f", new Dictionary<string, object?>()))]), new(ChatRole.Tool, [.. Enumerable.Range(0, n).Select(i => new FunctionResultContent($"c{i}", "r"))])],
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Four_times_the_history_costs_four_times_the_memory(string shape)
    {
        Write(Histories[shape](1000)); // everything is compiled, and the lent memory is there
        var (one, body) = Write(Histories[shape](250));
        var (four, larger) = Write(Histories[shape](1000));

        Assert.InRange(larger, body * 3, body * 5);
        Assert.InRange(four, 0, one * 5);
    }

    [Fact]
    public void A_request_from_200_messages_costs_at_most_twice_its_body()
    {
        Write(Histories["a tool loop"](50));
        var (one, body) = Write([new(ChatRole.User, "Why is the sky blue?")]);
        var (many, larger) = Write(Histories["a tool loop"](50));

        Assert.InRange(many - one, larger - body, (larger - body) * 2);
    }

    [Fact]
    public async Task An_answer_that_goes_back_costs_a_few_times_its_bytes()
    {
        var words = string.Join(' ', Enumerable.Repeat("Thinking of many things.", 40));
        var answers = new List<ChatMessage>();
        for (var i = 0; i < 20; i++)
            answers.Add((await Hear(Of(Created, Completed($$"""{"type":"reasoning","id":"rs_{{i}}","summary":[],"content":[{"type":"reasoning_text","text":"{{words}}"}],"signature":"{{new string('A', 1500)}}","format":"anthropic-claude-v1","status":"completed"}""", Message(words, $"msg_{i}"))))).ToChatResponse().Messages[0]);
        Write(answers);
        var (none, empty) = Write([new(ChatRole.User, "q")]);
        var (some, body) = Write([new(ChatRole.User, "q"), .. answers]);

        Assert.InRange(body - empty, 20 * (1500 + 2 * words.Length), 20 * (2500 + 2 * words.Length));
        Assert.InRange(some - none, 0, (body - empty) * 5);
    }

    private static (long Allocated, long Body) Write(List<ChatMessage> history)
    {
        var settings = new OpenRouterOptions { Model = "author/model", ApiKey = "key" };
        using var client = new OpenRouterChatClient(settings);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var body = RequestMap.Plan(history, null, streaming: true, new(settings), client).Write().Body;
        return (GC.GetAllocatedBytesForCurrentThread() - before, body.Length);
    }

    private static IEnumerable<ChatMessage> Turn(int i) =>
    [
        new(ChatRole.User, $"Question {i}: {new string('b', 200)}"),
        new(ChatRole.Assistant, [new FunctionCallContent($"call_{i}", "get_weather", new Dictionary<string, object?> { ["city"] = "Oslo", ["days"] = 3 })]),
        new(ChatRole.Tool, [new FunctionResultContent($"call_{i}", "Rain, 4 degrees")]),
        new(ChatRole.Assistant, $"Answer {i}: {new string('a', 200)}"),
    ];

    private static IEnumerable<ChatMessage> Approval(int i)
    {
        var call = new FunctionCallContent("c", "f", new Dictionary<string, object?>());
        var request = new ToolApprovalRequestContent($"r{i}", call);
        return [new(ChatRole.Assistant, [request]), new(ChatRole.User, [request.CreateResponse(true)]), new(ChatRole.Assistant, [call]), new(ChatRole.Tool, [new FunctionResultContent("c", "r")])];
    }

    private static TextReasoningContent Thought(string id, int i) => new("") { ProtectedData = $$$"""openrouter:1:{"item":{"type":"reasoning","id":"{{{id}}}","summary":[],"encrypted_content":"{{{i}}}"}}""" };

    private static List<ChatMessage> Many(int n, Func<int, ChatMessage> message) => [.. Enumerable.Range(0, n).Select(message)];
}

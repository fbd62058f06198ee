using System.Text.Json;
using Connectors.OpenRouter.Agents.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Agents.Tests.Stories;

/// <summary>Approvals with the framework's function loop alone: the questions and the answers stay in the caller's own history for ever.</summary>
public class ApprovalHistoryStory
{
    private readonly List<string> _ran = [];

    [Theory]
    [CombinatorialBooleans(5)]
    public async Task The_call_and_its_output_stand_where_the_question_stood_on_every_later_request(bool streaming, bool stored, bool withWords, bool approved, bool claude)
    {
        using var fake = Stage.Strict(
            r => r.Ponder("The later train.").Call("book", new { train = "09:40" }), r => r.Ponder("So be it.").Say("Well."), r => r.Ponder("Again?").Say("Yes."), r => r.Say("Still yes."));
        using var client = Stage.Client(fake, claude ? Stage.Claude : Stage.OpenAI).AsBuilder().UseFunctionInvocation().Build();
        List<ChatMessage> history = [new(ChatRole.User, "Book the fastest.")];

        history = await AskAsync(client, history, streaming, stored);
        var ask = history[^1].Contents.OfType<ToolApprovalRequestContent>().Single();
        var answer = ask.CreateResponse(approved, "as said");
        history.Add(new(ChatRole.User, withWords ? [answer, new TextContent("By the window.")] : [answer]));
        history = await AskAsync(client, history, streaming, stored);
        history.Add(new(ChatRole.User, "Sure?"));
        history = await AskAsync(client, history, streaming, stored);
        history.Add(new(ChatRole.User, "Really?"));
        await AskAsync(client, history, streaming, stored);

        Assert.Equal(approved ? ["09:40"] : [], _ran);
        foreach (var request in fake.Requests.Skip(1))
        {
            Assert.StartsWith("user reasoning call output", request.Shape(), StringComparison.Ordinal);
            Assert.Equal("The later train.", request.Thoughts().First());
            Assert.DoesNotContain("mcp_approval", request.Body, StringComparison.Ordinal);
            Assert.Contains(approved ? "booked 09:40" : "as said", request.ToolOutput("book"), StringComparison.Ordinal);
        }
        Assert.Equal(["The later train.", "So be it.", "Again?"], fake.LastRequest.Thoughts());
        Assert.Equal(withWords, fake.LastRequest.Body.Contains("By the window.", StringComparison.Ordinal));
    }

    [Theory]
    [CombinatorialBooleans(3)]
    public async Task Several_questions_are_answered_one_by_one_and_a_free_call_goes_along(bool streaming, bool stored, bool claude)
    {
        using var fake = Stage.Strict(
            r => r.Ponder("Look, then two seats.").Call("look", new { city = "Oslo" }).Call("book", new { train = "08:10" }).Call("book", new { train = "09:40" }),
            r => r.Ponder("One of two.").Say("One booked."), r => r.Say("Yes."));
        using var client = Stage.Client(fake, claude ? Stage.Claude : Stage.OpenAI).AsBuilder().UseFunctionInvocation().Build();
        List<ChatMessage> history = [new(ChatRole.User, "Book both.")];

        history = await AskAsync(client, history, streaming, stored);
        var asks = history.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().ToList();
        history.Add(new(ChatRole.User, [.. asks.Select(ask => ask.CreateResponse(Train(ask) != "08:10"))]));
        history = await AskAsync(client, history, streaming, stored);
        history.Add(new(ChatRole.User, "Sure?"));
        await AskAsync(client, history, streaming, stored);

        Assert.Equal(["09:40", "Oslo"], _ran.Order());
        foreach (var request in fake.Requests.Skip(1))
        {
            Assert.Equal("Look, then two seats.", request.Thoughts().First());
            Assert.Equal(3, request.Shape().Split(' ').Count(word => word == "call"));
            Assert.Equal(3, request.Shape().Split(' ').Count(word => word == "output"));
        }
        Assert.Equal(["Look, then two seats.", "One of two."], fake.LastRequest.Thoughts());

        static string? Train(ToolApprovalRequestContent ask) => ((FunctionCallContent)ask.ToolCall).Arguments!.TryGetValue("train", out var train) ? train?.ToString() : null;
    }

    [Theory]
    [CombinatorialBooleans(2)]
    public async Task What_is_called_later_under_the_id_of_an_answered_question_is_sent_too(bool asked, bool streaming)
    {
        using var fake = Stage.Strict(r => r.Say("Done."));
        using var client = Stage.Client(fake, Stage.OpenAI);
        var call = new FunctionCallContent("c1", "book", new Dictionary<string, object?> { ["train"] = "09:40" });
        var request = new ToolApprovalRequestContent("r1", call);
        var again = new FunctionCallContent("c1", "look", new Dictionary<string, object?> { ["city"] = "Oslo" });
        var second = new ToolApprovalRequestContent("r2", again);
        List<ChatMessage> history =
        [
            new(ChatRole.User, "Book."), new(ChatRole.Assistant, [request]), new(ChatRole.User, [request.CreateResponse(true)]), new(ChatRole.Assistant, [call]), new(ChatRole.Tool, [new FunctionResultContent("c1", "booked")]),
            new(ChatRole.Assistant, "Booked."), new(ChatRole.User, "Look."),
            .. asked ? (ChatMessage[])[new(ChatRole.Assistant, [second]), new(ChatRole.User, [second.CreateResponse(true)])] : [],
            new(ChatRole.Assistant, [again]), new(ChatRole.Tool, [new FunctionResultContent("c1", "two trains")]), new(ChatRole.User, "Well?"),
        ];

        _ = streaming ? await client.GetStreamingResponseAsync(history, Options(_ran)).ToChatResponseAsync() : await client.GetResponseAsync(history, Options(_ran));

        Assert.Equal("user call output assistant user call output user", fake.LastRequest.Shape());
        Assert.Equal(["booked", "two trains"], fake.LastRequest.Input().Where(item => item.GetProperty("type").GetString() == "function_call_output").Select(item => item.GetProperty("output").GetString()));
    }

    private static ChatOptions Options(List<string> ran) => new()
    {
        Tools =
        [
            new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string train) => { ran.Add(train); return $"booked {train}"; }, "book")),
            AIFunctionFactory.Create((string city) => { ran.Add(city); return "two trains"; }, "look"),
        ],
    };

    private async Task<List<ChatMessage>> AskAsync(IChatClient client, List<ChatMessage> history, bool streaming, bool stored)
    {
        var response = streaming ? await client.GetStreamingResponseAsync(history, Options(_ran)).ToChatResponseAsync() : await client.GetResponseAsync(history, Options(_ran));
        history.AddMessages(response);
        return stored ? JsonSerializer.Deserialize<List<ChatMessage>>(JsonSerializer.Serialize(history, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)! : history;
    }
}

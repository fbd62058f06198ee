using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Histories;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Calls of local functions that a person was asked about, and what the history holds of the answers.</summary>
public sealed class RefusedCallsTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Call_and_result_stand_where_the_question_stood(bool approved, bool madeAnew)
    {
        var (request, answer) = Asked("c", approved);
        List<ChatMessage> history = [User("q"), Assistant(new TextContent("May I?"), request), new(ChatRole.User, [answer, new TextContent("Well.")])];
        if (madeAnew)
            history.Add(Assistant(request.ToolCall));
        history.Add(Result("c", approved ? "done" : "rejected"));

        var (input, warnings) = await SendAsync([.. history, User("next")]);

        Assert.Equal(["message", "message", "function_call", "function_call_output", "message", "message"], Types(input));
        Assert.Equal(approved ? "done" : "rejected", (string?)input[3]!["output"]);
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task Of_several_the_refused_ones_come_first_as_they_are_resumed()
    {
        var (first, yes) = Asked("yes", approved: true);
        var (second, no) = Asked("no", approved: false);

        var (input, _) = await SendAsync(User("q"), Assistant(first, second), new(ChatRole.User, [yes, no]), Assistant(second.ToolCall), Result("no"), Assistant(first.ToolCall), Result("yes"), User("next"));

        Assert.Equal(["no", "no", "yes", "yes"], input.Skip(1).Take(4).Select(item => (string?)item!["call_id"]));
    }

    [Fact]
    public async Task A_question_that_nobody_has_answered_is_not_sent()
    {
        var (request, _) = Asked("c", approved: true);

        var (input, warnings) = await SendAsync(User("q"), Assistant(new TextContent("May I?"), request), User("next"));

        Assert.Equal(["message", "message", "message"], Types(input));
        Assert.Single(warnings);
    }

    private static (ToolApprovalRequestContent Request, ToolApprovalResponseContent Answer) Asked(string id, bool approved)
    {
        ToolApprovalRequestContent request = new($"ask_{id}", new FunctionCallContent(id, "f", new Dictionary<string, object?>()));
        return (request, new(request.RequestId, approved, request.ToolCall));
    }
}

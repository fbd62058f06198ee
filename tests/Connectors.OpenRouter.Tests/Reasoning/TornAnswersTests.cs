using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Histories;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Answers that a framework has torn apart go out as the service gave them: the reasoning directly before the call it led to.</summary>
public sealed class TornAnswersTests
{
    [Fact]
    public async Task Reasoning_that_stands_behind_the_result_of_its_call_goes_out_before_the_call()
    {
        var (thoughts, call) = await TornAsync("a");

        var (input, warnings) = await SendAsync(User("q"), call, Result("a"), thoughts, User("next"));

        Assert.Equal(["user", "reasoning", "a", "output of a", "user"], Sequence(input));
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task It_goes_before_the_first_call_of_its_answer_and_keeps_what_is_said_before_that()
    {
        var (thoughts, first) = await TornAsync("a");
        ChatMessage second = new(ChatRole.Assistant, [Copy(first, "b")]) { MessageId = first.MessageId };
        first.Contents.Insert(0, new TextContent("I look."));
        first.AuthorName = "scout";

        var (input, _) = await SendAsync(User("q"), first, second, Result("a"), Result("b"), thoughts, User("next"));

        Assert.Equal(["user", "assistant", "reasoning", "a", "b", "output of a", "output of b", "user"], Sequence(input));
    }

    [Fact]
    public async Task Two_pieces_of_reasoning_both_go_before_the_call()
    {
        var (thoughts, call) = await TornAsync("a");
        ChatMessage more = new(ChatRole.Assistant, [.. (await AnswerAsync(Proven("rs_2", "So.").Replace("gAAAA", "gBBBB", StringComparison.Ordinal), Message("x"))).Contents.OfType<TextReasoningContent>()]) { MessageId = call.MessageId };

        var (input, _) = await SendAsync(User("q"), call, Result("a"), thoughts, more, User("next"));

        Assert.Equal(["user", "reasoning", "reasoning", "a", "output of a", "user"], Sequence(input));
        Assert.Equal(["rs_1", "rs_2"], input.Skip(1).Take(2).Select(item => (string?)item!["id"]));
    }

    [Fact]
    public async Task Where_somebody_has_spoken_in_between_reasoning_is_not_taken_back_over_it()
    {
        var (thoughts, call) = await TornAsync("a");

        var (input, warnings) = await SendAsync(User("q"), call, Result("a"), User("wait"), thoughts, User("next"));

        Assert.Equal(["user", "a", "output of a", "user", "user"], Sequence(input));
        Assert.Contains(warnings, warning => warning.Contains("no message or call follows", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reasoning_of_an_answer_without_a_call_stays_where_it_stands()
    {
        var (thoughts, _) = await TornAsync("a");
        ChatMessage said = new(ChatRole.Assistant, "Yes.") { MessageId = thoughts.MessageId };

        var (input, _) = await SendAsync(User("q"), said, Result("a"), thoughts, Assistant(new TextContent("And no.")), User("next"));

        Assert.Equal(["user", "assistant", "reasoning", "assistant", "user"], Sequence(input));
    }

    [Fact]
    public async Task A_call_that_was_approved_after_others_had_spoken_goes_out_behind_its_reasoning_with_its_result()
    {
        var (thoughts, call) = await TornAsync("a");

        var (input, warnings) = await SendAsync(User("q"), thoughts, User("You may."), call, Result("a"), User("next"));

        Assert.Equal(["user", "reasoning", "a", "output of a", "user", "user"], Sequence(input));
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task Several_such_calls_follow_each_other_and_other_results_stay()
    {
        var (thoughts, first) = await TornAsync("a");
        ChatMessage second = new(ChatRole.Assistant, [Copy(first, "b")]) { MessageId = first.MessageId };
        ChatMessage other = new(ChatRole.Assistant, [new FunctionCallContent("c", "f", new Dictionary<string, object?>())]);

        var (input, _) = await SendAsync(User("q"), thoughts, other, User("You may."), first, Result("a"), Result("c"), User("That too."), second, Result("b"));

        Assert.Equal(["user", "reasoning", "a", "output of a", "b", "output of b", "c", "user", "output of c", "user"], Sequence(input));
    }

    [Fact]
    public async Task A_text_in_a_tools_message_ends_what_is_moved()
    {
        var (thoughts, call) = await TornAsync("a");

        var (input, _) = await SendAsync(User("q"), thoughts, User("You may."), call, new(ChatRole.Tool, [new TextContent("It ran.")]), Result("a"));

        Assert.Equal(["user", "reasoning", "a", "user", "user", "output of a"], Sequence(input));
    }

    [Fact]
    public async Task A_call_behind_reasoning_that_nothing_seals_stays_where_it_stands()
    {
        var (_, call) = await TornAsync("a");
        ChatMessage thoughts = new(ChatRole.Assistant, [new TextReasoningContent("Hm.")]) { MessageId = call.MessageId };

        var (input, _) = await SendAsync(User("q"), thoughts, User("You may."), call, Result("a"));

        Assert.Equal(["user", "user", "a", "output of a"], Sequence(input));
    }

    /// <summary>An answer that thought and then called, in two messages of one id.</summary>
    private static async Task<(ChatMessage Thoughts, ChatMessage Call)> TornAsync(string id)
    {
        var answer = await AnswerAsync(Proven("rs_1"), Call(id, "f", "{}"));
        return (Part(answer, content => content is TextReasoningContent), Part(answer, content => content is FunctionCallContent));
    }

    private static ChatMessage Part(ChatMessage answer, Func<AIContent, bool> belongs) => new(answer.Role, [.. answer.Contents.Where(belongs)]) { MessageId = answer.MessageId };

    private static FunctionCallContent Copy(ChatMessage call, string id) => new(id, "f", call.Contents.OfType<FunctionCallContent>().Single().Arguments);

    private static IEnumerable<string> Sequence(JsonArray input) => input.Select(item => (string)item!["type"]! switch
    {
        "message" => (string)item["role"]!,
        "function_call" => (string)item["call_id"]!,
        "function_call_output" => $"output of {item["call_id"]}",
        var type => type,
    });
}

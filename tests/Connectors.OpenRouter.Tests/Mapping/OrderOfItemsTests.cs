using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Streams whose items take turns, and streams that leave out the events which say that an item ends.</summary>
public class OrderOfItemsTests
{
    private const string One = """{"type":"message","role":"assistant","id":"msg_1","status":"in_progress","content":[]}""";
    private const string Two = """{"type":"message","role":"assistant","id":"msg_2","status":"in_progress","content":[]}""";
    private const string Thought = """{"type":"reasoning","id":"rs_1","status":"in_progress","summary":[]}""";

    [Fact]
    public async Task Text_that_goes_on_after_a_thought_is_not_lost_when_nothing_repeats_it()
    {
        var answer = (await Hear(Of(Created, Added(0, One), Delta("One, "), Added(1, Thought), Thinking("hm", 1), Delta("two."), Completed()))).ToChatResponse();

        Assert.Equal("One, two.", answer.Text);
        Assert.Equal("hm", answer.GetReasoningText());
    }

    [Fact]
    public async Task Text_before_any_name_that_goes_on_after_a_thought_is_not_lost()
    {
        var answer = (await Hear(Of(Created, Delta("One, "), Thinking("hm", 1), Delta("two."), Completed()))).ToChatResponse();

        Assert.Equal("One, two.", answer.Text);
    }

    [Fact]
    public async Task A_thought_that_goes_on_after_text_is_not_lost_when_nothing_repeats_it()
    {
        var client = Client(Of(Created, Added(0, Thought), Thinking("Hm, "), Added(1, One), Delta("Yes.", 1), Thinking("well."), Completed()));
        var answer = await client.GetStreamingResponseAsync("q").ToChatResponseAsync();

        Assert.Equal("Yes.", answer.Text);
        Assert.Contains("Hm, ", answer.GetReasoningText(), StringComparison.Ordinal);
        Assert.Contains("well.", answer.GetReasoningText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_messages_by_turns_are_two_whole_messages()
    {
        var answer = (await Hear(Of(Created, Added(0, One), Added(1, Two), Delta("First, "), Delta("Second, ", 1), Delta("begun."), Delta("done.", 1),
            Done(0, Message("First, begun.")), Done(1, Message("Second, done.", "msg_2")), Completed(Message("First, begun."), Message("Second, done.", "msg_2"))))).ToChatResponse();

        Assert.Equal(["First, begun.", "Second, done."], answer.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task Two_messages_by_turns_are_whole_when_nothing_repeats_them()
    {
        var answer = (await Hear(Of(Created, Added(0, One), Added(1, Two), Delta("First, "), Delta("Second, ", 1), Delta("begun."), Delta("done.", 1), Completed()))).ToChatResponse();

        Assert.Equal(["First, begun.", "Second, done."], answer.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task A_call_that_the_service_answers_later_is_never_to_be_made()
    {
        var call = Call("c1", "f", "{}");
        const string Output = """{"type":"function_call_output","id":"fo_1","call_id":"c1","output":"4"}""";
        var answer = (await Hear(Of(Created, Added(0, call), Done(0, call), Added(1, Output), Done(1, Output), Added(2, One), Delta("4.", 2), Done(2, Message("4.")), Completed(call, Output, Message("4."))))).ToChatResponse();

        Assert.True(Assert.Single(answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()).InformationalOnly);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
    }

    [Fact]
    public async Task A_broken_stream_keeps_text_that_had_to_wait()
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Hear(Of(Created, Added(0, One), Delta("One, "), Added(1, Thought), Thinking("hm", 1), Delta("two."))));

        Assert.Equal("One, two.", failure.PartialResponse!.Text);
    }
}

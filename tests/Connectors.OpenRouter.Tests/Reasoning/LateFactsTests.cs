using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>What comes late, in pieces, twice or out of order is heard once, and goes back as the terminal response has it.</summary>
public class LateFactsTests
{
    private const string Announced = """{"type":"reasoning","id":"rs_1","summary":[],"status":"in_progress"}""";
    private const string Spoken = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"status":"completed"}""";
    private const string Signed = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"signature":"Eq==","format":"anthropic-claude-v1","status":"completed"}""";
    private const string Second = """{"type":"reasoning","id":"rs_2","summary":[{"type":"summary_text","text":"One."},{"type":"summary_text","text":"Two."}],"encrypted_content":"gAAAA","status":"completed"}""";

    [Fact]
    public Task A_signature_that_only_the_terminal_response_knows() => Tells("Hm.", Of(Created,
        Added(0, Announced), Thinking("Hm."), Done(0, Spoken), Added(1, Message("")), Delta("Hi", 1), Done(1, Message("Hi")), Completed(Signed, Message("Hi"))), Signed, Message("Hi"));

    [Fact]
    public Task An_item_that_only_the_terminal_response_knows() => Tells("Hm.\n\nOne.\n\nTwo.", Of(Created,
        Delta("Hi", 2), Completed(Signed, Second, Message("Hi"))), Signed, Second, Message("Hi"));

    [Fact]
    public Task Two_items_whose_words_interleave() => Tells(null, Of(Created,
        Added(0, Announced), Added(1, """{"type":"reasoning","id":"rs_2","summary":[]}"""),
        Thinking("H"), Thinking("One.", 1, "reasoning_summary_text"), Thinking("m."), SummaryPart("Two.", 1, 1),
        Done(0, Signed), Done(1, Second), Delta("Hi", 2), Done(2, Message("Hi")), Completed(Signed, Second, Message("Hi"))), Signed, Second, Message("Hi"));

    [Fact]
    public Task Words_that_stop_and_come_whole_with_the_finished_item() => Tells("One.\n\nTwo.", Of(Created,
        Added(0, """{"type":"reasoning","id":"rs_2","summary":[]}"""), Thinking("On", 0, "reasoning_summary_text"), Done(0, Second), Delta("Hi", 1), Completed(Second, Message("Hi"))), Second, Message("Hi"));

    [Fact]
    public Task The_same_thinking_in_two_dialects() => Tells("Hm.", Of(Created,
        Added(0, Announced), """{"type":"response.reasoning.delta","output_index":0,"delta":"H"}""", Thinking("H"), """{"type":"response.reasoning.delta","output_index":0,"delta":"m."}""", Thinking("m."),
        Done(0, Signed), Delta("Hi", 1), Completed(Signed, Message("Hi"))), Signed, Message("Hi"));

    [Fact]
    public Task An_id_that_changes_at_the_end() => Tells("Hm.", Of(Created,
        Added(0, Announced.Replace("rs_1", "rs_tmp_1", StringComparison.Ordinal)), Thinking("Hm."), Done(0, Spoken.Replace("rs_1", "rs_tmp_1", StringComparison.Ordinal)),
        Delta("Hi", 1), Completed(Signed, Message("Hi"))), Signed, Message("Hi"));

    [Fact]
    public Task A_phase_that_is_known_only_at_the_end() => Tells("", Of(Created,
        Added(0, Message("")), Delta("Hi"), Done(0, Message("Hi")), Completed(Message("Hi").Replace("\"role\"", "\"phase\":\"commentary\",\"role\"", StringComparison.Ordinal))),
        Message("Hi").Replace("\"role\"", "\"phase\":\"commentary\",\"role\"", StringComparison.Ordinal));

    [Fact]
    public Task A_terminal_response_in_another_order() => Tells("Hm.", Of(Created,
        Added(0, Announced), Thinking("Hm."), Done(0, Signed), Added(1, Call("a", "f", "")), Done(1, Call("a", "f", "{}")), Delta("Hi", 2), Done(2, Message("Hi")),
        Completed(Signed, Message("Hi"), Call("a", "f", "{}"))), Signed, Message("Hi"), Call("a", "f", "{}"));

    [Fact]
    public Task A_terminal_response_without_its_items() => Tells("Hm.", Of(Created,
        Added(0, Announced), Thinking("Hm."), Done(0, Signed), Delta("Hi", 1), Done(1, Message("Hi")), Completed()), Signed, Message("Hi"));

    [Fact]
    public Task A_terminal_response_that_has_forgotten_the_proof() => Tells("Hm.", Of(Created,
        Added(0, Announced), Thinking("Hm."), Done(0, Signed), Delta("Hi", 1), Done(1, Message("Hi")), Completed(Spoken, Message("Hi"))), Signed, Message("Hi"));

    [Fact]
    public Task Everything_twice() => Tells("Hm.", Of(Created, Created,
        Added(0, Announced), Added(0, Announced), Thinking("Hm."), Done(0, Signed), Done(0, Signed), Delta("Hi", 1), Done(1, Message("Hi")), Done(1, Message("Hi")), Completed(Signed, Message("Hi"))), Signed, Message("Hi"));

    [Fact]
    public Task A_letter_in_two_halves() => Tells("a🚂b", Of(Created,
        Added(0, Announced), Thinking("a\\uD83D"), Thinking("\\uDE82b"), Done(0, Spoken.Replace("Hm.", "a🚂b", StringComparison.Ordinal)), Delta("Hi", 1),
        Completed(Spoken.Replace("Hm.", "a🚂b", StringComparison.Ordinal), Message("Hi"))), Spoken.Replace("Hm.", "a🚂b", StringComparison.Ordinal), Message("Hi"));

    [Fact]
    public Task Two_texts_and_citations_in_both()
    {
        const string Item = """{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"One","annotations":[{"type":"url_citation","url":"https://a.example/","title":"A","start_index":0,"end_index":3}],"logprobs":[]},{"type":"output_text","text":"Two","annotations":[{"type":"url_citation","url":"https://b.example/","title":"B","start_index":1,"end_index":3}],"logprobs":[]}]}""";
        return Tells("", Of(Created, Added(0, Message("")), Delta("One"), Delta("Two").Replace("\"content_index\":0", "\"content_index\":1", StringComparison.Ordinal), Done(0, Item), Completed(Item)), Item);
    }

    [Fact]
    public Task Words_and_then_a_refusal()
    {
        const string Item = """{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Well, ","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"I will not."}]}""";
        return Tells("", Of(Created, Added(0, Message("")), Delta("Well, "), Done(0, Item), Completed(Item)), Item);
    }

    [Fact]
    public async Task The_reader_can_tell_thinking_from_a_summary_of_it()
    {
        var updates = await Hear(Of(Created, Added(0, Announced), Thinking("Hm."), Done(0, Signed), Added(1, Announced.Replace("rs_1", "rs_2", StringComparison.Ordinal)), Thinking("One.", 1, "reasoning_summary_text"), Completed(Signed, Second, Message("Hi"))));

        Assert.Equal(["text", "summary"], updates.SelectMany(update => update.Contents).OfType<TextReasoningContent>()
            .Select(thought => thought.AdditionalProperties?.GetValueOrDefault("openrouter.reasoning")).OfType<string>());
    }

    [Fact]
    public async Task No_proof_is_ever_shown_as_text()
    {
        var answer = (await Hear(Of(Created, Completed(Signed, Second, """{"type":"reasoning","id":"rs_3","summary":[],"encrypted_content":"gBBBB"}""", Message("Hi"))))).ToChatResponse();

        Assert.Equal("Hm.\n\nOne.\n\nTwo.", answer.GetReasoningText());
        Assert.Equal("Hi", answer.Text);
    }

    /// <param name="thinking">What is heard; null when the order of the words is the service's affair.</param>
    /// <param name="stream">What the service says.</param>
    /// <param name="items">What must go back.</param>
    private static async Task Tells(string? thinking, string stream, params string[] items)
    {
        var answer = (await Hear(stream)).ToChatResponse();
        if (thinking is not null)
            Assert.Equal(thinking, answer.GetReasoningText());
        List<ChatMessage> history = [new(ChatRole.User, "q"), .. answer.Messages, new(ChatRole.Tool, [new FunctionResultContent("a", "r")]), new(ChatRole.User, "next")];

        var input = (await Requests.BodyAsync(history, configure: options => options.Model = "author/model"))["input"]!.AsArray();

        Requests.AssertSame($"[{string.Join(',', items)}]", new JsonArray([.. input.Where(item => (string?)item!["role"] != "user" && (string?)item["type"] != "function_call_output").Select(item => item!.DeepClone())]));
    }

    private static string SummaryPart(string text, int index, int part) => Thinking(text, index, "reasoning_summary_text").Replace("\"summary_index\":0", $"\"summary_index\":{part}", StringComparison.Ordinal);
}

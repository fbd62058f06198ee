using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Streams that are legal and odd: parts by turns, names that change, repeat or are missing, ends that come twice.</summary>
public class OddStreamsTests
{
    [Theory]
    [InlineData("summary", 0, "content", 0)]
    [InlineData("summary", 0, "summary", 1)]
    [InlineData("content", 1, "content", 0)]
    public async Task Thoughts_that_come_by_turns_are_shown_once_and_go_back_as_they_are(string one, int oneIndex, string other, int otherIndex)
    {
        var item = Reasoning("rs_1", [(one, oneIndex, "Look at the map."), (other, otherIndex, "The user wants Oslo.")]);
        var response = await Heard(
            Thought(one, oneIndex, "Look at "), Thought(other, otherIndex, "The user "), Thought(one, oneIndex, "the map."), Thought(other, otherIndex, "wants Oslo."),
            Streams.Done(0, item), Streams.Completed(item, Streams.Message("Yes.")));

        Assert.Equal("Lookat\n\nTheuser\n\nthemap.\n\nwantsOslo.", response.GetReasoningText().Replace(" ", "", StringComparison.Ordinal));
        Requests.AssertSame(item, (await Sent(response))[1]);
    }

    [Fact]
    public async Task A_thought_that_stands_within_another_ones_words_is_shown_too()
    {
        var item = Reasoning("rs_1", [("summary", 0, "A map of Oslo."), ("summary", 1, "map")]);
        var response = await Heard(Thought("summary", 0, "A map of Oslo."), Streams.Done(0, item), Streams.Completed(item, Streams.Message("Yes.")));

        Assert.Equal("A map of Oslo.\n\nmap", response.GetReasoningText());
        Assert.Equal("A map of Oslo.\n\nmap", (await Streams.Client(Whole(item, Streams.Message("Yes.")), mediaType: "application/json").GetResponseAsync("q")).GetReasoningText());
    }

    [Fact]
    public async Task Half_a_letter_waits_for_the_other_half_of_its_own_part()
    {
        var item = Reasoning("rs_1", [("summary", 0, "One \U0001F469 here"), ("content", 0, "Two \U0001F680 there")]);
        var response = await Heard(
            Thought("summary", 0, "One \\uD83D"), Thought("content", 0, "Two \\uD83D"), Thought("summary", 0, "\\uDC69 here"), Thought("content", 0, "\\uDE80 there"),
            Streams.Done(0, item), Streams.Completed(item, Streams.Message("Yes.")));

        Assert.Equal("One \n\nTwo \n\n\U0001F469 here\n\n\U0001F680 there", response.GetReasoningText());
    }

    [Theory]
    [InlineData("output_text", false)]
    [InlineData("output_text", true)]
    [InlineData("reasoning_text", false)]
    [InlineData("reasoning_text", true)]
    public async Task Words_under_an_id_that_nobody_has_are_another_item_s(string kind, bool isFinished)
    {
        var isText = kind == "output_text";
        var (one, two) = isText ? (Streams.Message("First."), Streams.Message("Second.", "msg_2")) : (Reasoning("msg_1", [("content", 0, "First.")]), Reasoning("msg_2", [("content", 0, "Second.")]));
        var response = await Heard([
            Named(kind, "msg_1", "First."), .. isFinished ? [Unplaced("response.output_item.done", one)] : Array.Empty<string>(), Named(kind, "msg_2", "Sec"), Named(kind, "msg_2", "ond."),
            Streams.Completed([one, two, .. isText ? Array.Empty<string>() : [Streams.Message("Yes.", "msg_3")]])]);

        Assert.Equal(isText ? ["First.", "Second."] : ["Yes."], response.Messages.Select(message => message.Text));
        Assert.Equal(isText ? "" : "First.\n\nSecond.", Thoughts(response));
        Assert.Empty(response.GetOpenRouter().Warnings);
        Assert.Null(response.GetOpenRouter().CorrectedText);
    }

    [Fact]
    public async Task A_call_that_was_only_announced_is_not_made_when_the_ending_does_not_know_it()
    {
        var response = await Heard(Streams.Added(0, Announced("fc_1", "c1")), Streams.Delta("Never mind.", 1), Streams.Completed(Streams.Message("Never mind.")));

        Assert.Empty(Calls(response));
        Assert.Equal("Never mind.", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task A_call_whose_id_changes_while_it_is_written_is_one_call()
    {
        var response = await Heard(Unplaced("response.output_item.added", Announced("fc_tmp", "c1")), Arguments("fc_tmp", "{\\\"a\\\":"), Arguments("fc_tmp", "1}"),
            Unplaced("response.output_item.done", Streams.Call("c1", "f", """{"a":1}""")), Streams.Completed(Streams.Call("c1", "f", """{"a":1}""")));

        Assert.Equal("c1", Assert.Single(Calls(response)).CallId);
    }

    [Fact]
    public async Task Reasoning_whose_id_changes_goes_back_once()
    {
        var item = Reasoning("rs_1", [("content", 0, "Look.")]);
        var response = await Heard(Unplaced("response.output_item.added", """{"type":"reasoning","id":"rs_tmp","summary":[]}"""), Unplaced("response.output_item.done", item), Streams.Completed(item, Streams.Message("Yes.")));

        Assert.Equal(["rs_1", "msg_1"], (await Sent(response)).Skip(1).Take(2).Select(sent => (string?)sent!["id"]));
    }

    [Theory]
    [InlineData(0, "fc_b", "c2")]
    [InlineData(-1, "fc_b", "c2")]
    [InlineData(-1, "fc_c1", "c2")]
    public async Task An_end_under_a_name_that_is_taken_is_another_call_s(int index, string id, string callId)
    {
        var other = Streams.Call(callId, "g", "{}").Replace($"fc_{callId}", id, StringComparison.Ordinal);
        var response = await Heard(At("response.output_item.done", index, Streams.Call("c1", "f", "{}")), At("response.output_item.done", index, other), Streams.Completed());

        Assert.Equal(["f", "g"], Calls(response).Select(call => call.Name));
    }

    [Fact]
    public async Task An_end_that_is_said_twice_is_one_end()
    {
        var response = await Heard(Streams.Done(0, Streams.Call("c1", "f", "{}")), Streams.Done(0, Streams.Call("c1", "f", "{}")), Streams.Done(1, Streams.Message("Yes.")), Streams.Done(1, Streams.Message("Yes.")), Streams.Completed());

        Assert.Single(Calls(response));
        Assert.Equal("Yes.", response.Text);
    }

    [Fact]
    public async Task Reasoning_items_of_one_id_and_no_place_both_go_back()
    {
        var (one, two) = (Reasoning("rs_1", [("content", 0, "Look.")]), Reasoning("rs_1", [("content", 0, "Look again.")]));
        var response = await Heard(Unplaced("response.output_item.done", one), Unplaced("response.output_item.done", two), Unplaced("response.output_item.done", two), Unplaced("response.output_item.done", Streams.Message("Yes.")), Streams.Completed());

        Assert.Equal(["Look.", "Look again."], (await Sent(response)).Where(sent => (string?)sent!["type"] == "reasoning").Select(sent => (string?)sent!["content"]![0]!["text"]));
    }

    [Fact]
    public async Task What_had_to_wait_for_the_ending_is_in_what_a_broken_answer_brought()
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Heard(
            Unplaced("response.output_item.added", Announced("fc_a", "c1")), Unplaced("response.output_item.added", Announced("fc_b", "c1")),
            Unplaced("response.output_item.done", """{"type":"function_call","id":"fc_a","call_id":"c1","name":"f","arguments":"{}"}"""),
            Unplaced("response.output_item.done", """{"type":"function_call","id":"fc_b","call_id":"c1","name":"g","arguments":"{}"}"""),
            Unplaced("response.output_item.done", """{"type":"function_call_output","id":"fco_1","call_id":"c1","output":"rain"}"""),
            Unplaced("response.output_item.done", """{"type":"new_thing","id":"n_1"}"""),
            """{"type":"error","error":{"code":"server_error","message":"Gone."}}"""));

        var contents = failure.PartialResponse!.Messages.SelectMany(message => message.Contents).ToList();
        Assert.Equal(["f", "g"], contents.OfType<FunctionCallContent>().Select(call => call.Name));
        Assert.Equal("rain", Assert.Single(contents.OfType<FunctionResultContent>()).Result?.ToString());
    }

    [Fact]
    public async Task An_answer_that_lost_an_event_and_ends_with_nothing_to_compare_says_so()
    {
        var response = await Heard("{\"type\":\"response.output_text.delta\",\"del", Streams.Delta("Yes."), Streams.Completed());

        Assert.Contains("words may be missing", Assert.Single(response.GetOpenRouter().Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"gone\"", "gone")]
    [InlineData("{\"code\":\"x\",\"message\":\"gone\"}", "gone")]
    [InlineData("{\"type\":\"http_error\",\"status\":500}", "http_error")]
    [InlineData("[\"gone\"]", "gone")]
    [InlineData("500", "500")]
    [InlineData("true", "true")]
    public async Task An_MCP_error_of_any_shape_is_seen(string error, string words)
    {
        var item = $$"""{"type":"mcp_call","id":"mcp_1","name":"look","server_label":"m","arguments":"{}","error":{{error}},"status":"failed"}""";
        var response = await Heard(Streams.Done(0, item), Streams.Completed(item, Streams.Message("Yes.")));

        Assert.Contains(words, Assert.IsType<ErrorContent>(Assert.Single(Assert.Single(response.Messages.SelectMany(message => message.Contents).OfType<McpServerToolResultContent>()).Outputs!)).Message, StringComparison.Ordinal);
        Requests.AssertSame(item, (await Sent(response))[1]);
    }

    [Fact]
    public async Task Arguments_without_a_name_are_those_of_the_call_that_is_open()
    {
        var response = await Heard(Unplaced("response.output_item.added", """{"type":"function_call","call_id":"c1","name":"f","arguments":""}"""),
            """{"type":"response.function_call_arguments.delta","delta":"{\"city\":"}""", """{"type":"response.function_call_arguments.delta","delta":"\"Oslo\"}"}""", Streams.Completed());

        Assert.Equal("Oslo", Assert.Single(Calls(response)).Arguments!["city"]?.ToString());
    }

    [Fact]
    public async Task Arguments_go_to_the_call_of_their_id_where_two_have_the_place()
    {
        var response = await Heard(Streams.Added(0, Announced("fc_a", "a")), Streams.Added(0, Announced("fc_b", "b")), Arguments("fc_a", "{\\\"n\\\":1}", 0), Arguments("fc_b", "{\\\"n\\\":2}", 0), Streams.Completed());

        Assert.Equal(["a 1", "b 2"], Calls(response).Select(call => $"{call.CallId} {call.Arguments!["n"]}"));
    }

    [Fact]
    public async Task Thoughts_that_had_to_wait_go_back_when_the_ending_does_not_repeat_them()
    {
        var response = await Heard(Streams.Added(0, """{"type":"reasoning","id":"rs_1","summary":[]}"""), Thought("content", 0, "Hm, "), Streams.Delta("Yes.", 1), Thought("content", 0, "well."),
            Streams.Completed("""{"type":"reasoning","id":"rs_1","summary":[]}""", Streams.Message("Yes.")));

        Assert.Equal("Hm, well.", (string?)(await Sent(response))[1]!["content"]![0]!["text"]);
    }

    [Fact]
    public async Task Citations_that_only_the_ending_knows_are_added_to_those_that_were_known()
    {
        var response = await Heard(Streams.Delta("Here.", 0), Streams.Done(0, Cited("a")), Streams.Completed(Cited("a", "b")));

        Assert.Equal(["https://example.org/a", "https://example.org/b"], response.Messages.SelectMany(message => message.Contents).SelectMany(content => content.Annotations ?? []).OfType<CitationAnnotation>().Select(citation => citation.Url!.ToString()));
        Assert.Equal(2, (await Sent(response))[1]!["content"]![0]!["annotations"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_names_a_message_that_was_cut_away_is_not_put_into_another()
    {
        var first = """{"type":"message","role":"assistant","id":"msg_1","status":"completed","phase":"commentary","content":[{"type":"output_text","text":"First.","annotations":[]},{"type":"output_future","found":1}]}""";
        var response = await Heard(Streams.Delta("First.", 0), Streams.Done(1, Streams.Message("Second.", "msg_2")), Streams.Completed(first, Streams.Message("Second.", "msg_2")));

        Requests.AssertSame(Streams.Message("Second.", "msg_2"), (await Sent(new ChatResponse(response.Messages[^1])))[1]);
    }

    [Fact]
    public async Task A_short_envelope_never_becomes_a_long_item()
    {
        var words = new string('a', 10_000);
        var hash = "\"" + JsonNode.Parse((await Heard(Thought("content", 0, words), Streams.Completed(Reasoning("rs_1", [("content", 0, words)]), Streams.Message("Yes."))))
            .Messages[0].Contents.OfType<TextReasoningContent>().Select(thought => thought.ProtectedData).First(data => data is not null)!["openrouter:1:".Length..])!["item"]!["content"]![0]!["text"]!["$said"]![2] + "\"";
        var forged = $$"""openrouter:1:{"said":{{words.Length}},"item":{"type":"reasoning","id":"rs_1","summary":[],"content":[{{string.Join(',', Enumerable.Repeat($$$"""{"type":"reasoning_text","text":{"$said":[0,{{{words.Length}}},{{{hash}}}]}}""", 1_000))}}]} }""";

        var sent = await Sent(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new TextReasoningContent(words) { ProtectedData = forged }, new TextContent("Yes.")])));

        Assert.DoesNotContain(sent, item => (string?)item!["type"] == "reasoning");
    }

    private static string Thought(string member, int index, string text) => $$"""{"type":"response.{{(member == "summary" ? "reasoning_summary_text" : "reasoning_text")}}.delta","output_index":0,"{{member}}_index":{{index}},"delta":"{{text}}"}""";

    private static string Named(string kind, string id, string text) => $$"""{"type":"response.{{kind}}.delta","item_id":"{{id}}","content_index":0,"delta":"{{text}}"}""";

    private static string Unplaced(string type, string item) => $$"""{"type":"{{type}}","item":{{item}}}""";

    private static string At(string type, int index, string item) => index < 0 ? Unplaced(type, item) : $$"""{"type":"{{type}}","output_index":{{index}},"item":{{item}}}""";

    private static string Announced(string id, string callId) => $$"""{"type":"function_call","id":"{{id}}","call_id":"{{callId}}","name":"f","arguments":"","status":"in_progress"}""";

    private static string Arguments(string id, string delta, int index = -1) => $$"""{"type":"response.function_call_arguments.delta","item_id":"{{id}}",{{(index < 0 ? "" : $"\"output_index\":{index},")}}"delta":"{{delta}}"}""";

    private static string Cited(params string[] pages) =>
        $$"""{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Here.","annotations":[{{string.Join(',', pages.Select(page => $$"""{"type":"url_citation","url":"https://example.org/{{page}}","title":"{{page}}","start_index":0,"end_index":1}"""))}}],"logprobs":[]}]}""";

    /// <summary>A reasoning item of parts: the member, the place in it, the words.</summary>
    private static string Reasoning(string id, (string Member, int Index, string Text)[] parts)
    {
        var item = new JsonObject { ["type"] = "reasoning", ["id"] = id, ["summary"] = new JsonArray() };
        foreach (var (member, _, text) in parts.OrderBy(part => part.Index))
        {
            item[member] ??= new JsonArray();
            item[member]!.AsArray().Add((JsonNode)new JsonObject { ["type"] = member == "summary" ? "summary_text" : "reasoning_text", ["text"] = text });
        }
        return item.ToJsonString();
    }

    private static string Whole(params string[] output) => JsonNode.Parse(Streams.Completed(output))!["response"]!.ToJsonString();

    private static async Task<ChatResponse> Heard(params string[] events) => (await Streams.Hear(Streams.Of([Streams.Created, .. events]))).ToChatResponse();

    private static List<FunctionCallContent> Calls(ChatResponse response) => [.. response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()];

    private static string Thoughts(ChatResponse response) => string.Join("\n\n", response.GetReasoningText().Split("\n\n", StringSplitOptions.RemoveEmptyEntries));

    /// <summary>What goes out on the next turn.</summary>
    private static async Task<JsonArray> Sent(ChatResponse response)
    {
        var service = new Service(Service.Json(WayBack.Conclusion.Whole));
        await new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "key" }, new HttpClient(service)).GetResponseAsync([new(ChatRole.User, "q"), .. response.Messages, new(ChatRole.User, "and?")]);
        return WayBack.Input(service);
    }
}

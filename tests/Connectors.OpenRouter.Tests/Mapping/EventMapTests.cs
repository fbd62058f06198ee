using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

public class EventMapTests
{
    [Theory]
    [InlineData("reasoning")]
    [InlineData("reasoning_text")]
    [InlineData("reasoning_summary_text")]
    public async Task Every_name_of_reasoning_is_heard_as_it_arrives(string kind)
    {
        var updates = await Hear(Of(Created, Thinking("Hm, ", 0, kind), Thinking("easy.", 0, kind), Completed()));

        Assert.Equal(["Hm, ", "easy."], updates.Select(update => update.GetReasoningText()).Where(text => text.Length > 0));
        Assert.All(updates.SelectMany(update => update.Contents).OfType<TextReasoningContent>().Take(2), thought => Assert.Null(thought.ProtectedData));
    }

    [Fact]
    public async Task The_seeds_dialect_is_understood_without_any_item()
    {
        var updates = await Hear("data: {\"type\":\"response.reasoning.delta\",\"delta\":\"60 × 2.5\"}\n\ndata: {\"type\":\"response.reasoning.delta\",\"delta\":\" = 150\"}\n\n"
            + Of(Delta("150 miles"), Completed(Message("150 miles"))) + "data: [DONE]\n\n");

        Assert.Equal("60 × 2.5 = 150", updates.ToChatResponse().GetReasoningText());
        Assert.Equal("150 miles", updates.ToChatResponse().Text);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Any_line_ending_will_do(string newline)
    {
        var body = Of(Created, Delta("Hi"), Completed(Message("Hi"))).Replace("\n", newline, StringComparison.Ordinal);

        Assert.Equal("Hi", (await Hear(body)).ToChatResponse().Text);
    }

    [Fact]
    public async Task Marks_comments_event_names_ids_and_split_data_lines_say_nothing()
    {
        var body = "\uFEFF: OPENROUTER PROCESSING\n\n: \nevent: whatever\nid: 7\nretry: 100\ndata: {\"type\":\"response.output_text.delta\",\ndata: \"output_index\":0,\"delta\":\"Hi\"}\n\n" + Of(Completed(Message("Hi")));

        Assert.Equal("Hi", (await Hear(body)).ToChatResponse().Text);
    }

    [Fact]
    public async Task A_last_event_without_its_blank_line_counts()
    {
        var body = Of(Created, Delta("Hi"), Completed(Message("Hi")));

        Assert.Equal(ChatFinishReason.Stop, (await Hear(body[..^2])).ToChatResponse().FinishReason);
    }

    [Fact]
    public async Task Done_without_a_terminal_event_is_a_failure()
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Hear(Of(Created, Delta("half")) + "data: [DONE]\n\n"));

        Assert.Equal("half", failure.PartialResponse?.Text);
    }

    [Fact]
    public async Task A_surrogate_pair_split_over_two_deltas_arrives_whole()
    {
        var updates = await Hear(Of(Created, Delta("a\\ud83d"), Delta("\\ude00b"), Completed(Message("a\\ud83d\\ude00b"))));

        Assert.Equal("a😀b", updates.ToChatResponse().Text);
        Assert.All(updates, update => Assert.DoesNotContain('\uFFFD', update.Text));
    }

    [Fact]
    public async Task Half_a_pair_that_stays_alone_costs_nothing_else()
    {
        var updates = await Hear(Of(Created, Delta("a\\ud83d"), Completed(Message("a\\ud83d"))));

        Assert.StartsWith("a", updates.ToChatResponse().Text, StringComparison.Ordinal);
        Assert.Equal(ChatFinishReason.Stop, updates.ToChatResponse().FinishReason);
    }

    [Fact]
    public async Task A_broken_frame_costs_that_frame_only()
    {
        var updates = await Hear(Of(Created, Delta("Hel"), "{\"type\":\"response.output_text.delta\",\"del", "[1,2]", "\"x\"", "null", Delta("lo"), Completed(Message("Hello"))));

        Assert.Equal("Hello", updates.ToChatResponse().Text);
    }

    [Fact]
    public async Task Numbers_as_strings_floats_for_counts_and_nulls_anywhere_never_cost_the_answer()
    {
        var updates = await Hear(Of(
            """{"type":"response.created","response":{"id":null,"created_at":"1786972801.0","model":7,"output":null,"usage":null,"metadata":{"a":1},"instructions":[{"x":1}]},"sequence_number":null}""",
            """{"type":"response.output_item.added","output_index":"0","item":{"type":"message","role":null,"id":7,"content":null}}""",
            """{"type":"response.output_text.delta","output_index":0.0,"content_index":null,"item_id":null,"delta":"Hi","logprobs":null,"sequence_number":"1"}""",
            """{"type":"response.output_text.delta","output_index":0,"delta":null}""",
            """{"type":"response.completed","response":{"id":"gen-1","status":"completed","output":[null,7,{"type":"message","content":[null,{"type":"output_text","text":"Hi","annotations":null}]}],"usage":{"input_tokens":"10","output_tokens":2.0,"total_tokens":null,"input_tokens_details":null,"output_tokens_details":{"reasoning_tokens":"1"},"cost":"5e-7"}}}"""));

        var answer = updates.ToChatResponse();
        Assert.Equal("Hi", answer.Text);
        Assert.Equal((10, 2, 12, 1), (answer.Usage!.InputTokenCount, answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount, answer.Usage.ReasoningTokenCount));
        Assert.Equal(0.0000005m, answer.Usage.GetCost());
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1786972801), answer.CreatedAt);
    }

    [Fact]
    public async Task Unknown_events_items_parts_and_members_never_cost_the_answer()
    {
        var updates = await Hear(Of(Created, """{"type":"response.brand_new","x":{"y":[1]}}""", Added(0, """{"type":"openrouter:new_thing","id":"n1"}"""), Done(0, """{"type":"openrouter:new_thing","id":"n1","deep":{"a":[null,1.50]}}"""),
            Delta("Hi", 1), Completed("""{"type":"openrouter:new_thing","id":"n1","deep":{"a":[null,1.50]}}""", """{"type":"message","id":"m","brand":"new","content":[{"type":"hologram","data":"?"},{"type":"output_text","text":"Hi"}]}""")));

        var answer = updates.ToChatResponse();
        Assert.Equal("Hi", answer.Text);
        Assert.Equal("""{"type":"openrouter:new_thing","id":"n1","deep":{"a":[null,1.50]}}""", answer.Messages[0].Contents[0].AdditionalProperties!["openrouter.item"]);
    }

    [Theory]
    [InlineData("output_text.done")]
    [InlineData("output_item.done")]
    [InlineData("completed")]
    public async Task Text_that_comes_without_deltas_is_said(string where)
    {
        var updates = await Hear(Of(Created, Added(0, """{"type":"message","role":"assistant","id":"msg_1","content":[]}"""), where switch
        {
            "output_text.done" => """{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Late."}""",
            "output_item.done" => Done(0, Message("Late.")),
            _ => """{"type":"ping"}""",
        }, where == "completed" ? Completed(Message("Late.")) : Completed()));

        Assert.Equal("Late.", updates.ToChatResponse().Text);
    }

    [Fact]
    public async Task The_missing_rest_of_half_said_text_is_said_at_the_end()
    {
        var updates = await Hear(Of(Created, Delta("Hello"), Completed(Message("Hello world"))));

        Assert.Equal(["Hello", " world"], updates.Select(update => update.Text).Where(text => text.Length > 0));
    }

    [Fact]
    public async Task A_call_is_made_once_although_its_item_has_another_id_at_the_end()
    {
        var call = Call("call_1", "f", "{}");
        var done = Done(0, call).Replace("\"output_index\":0,", "", StringComparison.Ordinal);
        var updates = await Hear(Of(Created, done, Completed(call.Replace("fc_call_1", "fc_other", StringComparison.Ordinal))));

        Assert.Single(updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>());
    }

    [Theory]
    [InlineData("reasoning_text")]
    [InlineData("reasoning_summary_text")]
    public async Task Thoughts_that_the_finished_item_trims_are_said_once(string kind)
    {
        var item = kind == "reasoning_text"
            ? """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm, easy."}]}"""
            : """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm, easy."}]}""";
        var updates = await Hear(Of(Created, Thinking("Hm, ", 0, kind), Thinking("easy.\\n\\n", 0, kind), Done(0, item), Completed(item)));

        Assert.Equal("Hm, easy.\n\n", updates.ToChatResponse().GetReasoningText());
    }

    [Fact]
    public async Task Parts_whose_words_came_under_no_index_are_said_once()
    {
        const string item = """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"One."},{"type":"summary_text","text":"Two."}]}""";
        const string delta = """{"type":"response.reasoning_summary_text.delta","output_index":0,"delta":""";
        var updates = await Hear(Of(Created, delta + "\"One.\"}", delta + "\"Two.\"}", Done(0, item), Completed(item)));

        Assert.Equal("One.Two.", updates.ToChatResponse().GetReasoningText());
    }

    [Fact]
    public async Task The_phase_of_a_message_that_was_never_announced_goes_back()
    {
        var message = Message("Hi").Replace("\"id\"", "\"phase\":\"commentary\",\"id\"", StringComparison.Ordinal);
        var client = Client(Of(Created, Delta("Hi"), Done(0, message), Completed(message)));
        List<ChatMessage> history = [new(ChatRole.User, "q")];
        await history.AddMessagesAsync(client.GetStreamingResponseAsync(history));

        Assert.Contains("\"phase\":\"commentary\",\"id\":\"msg_1\"", client.Explain([.. history, new(ChatRole.User, "q")]).Json);
    }

    [Theory]
    [InlineData("completed")]
    [InlineData("incomplete")]
    public async Task An_error_and_nothing_beside_it_is_a_failure_whatever_its_status_says(string status)
    {
        var response = $$$"""{"id":"gen-1","status":"{{{status}}}","output":[],"error":{"code":"server_error","message":"It broke."}}""";

        Assert.StartsWith("It broke", (await Assert.ThrowsAsync<OpenRouterException>(() => Hear(Of($$"""{"type":"response.{{status}}","response":{{response}}}""")))).Message);
        Assert.StartsWith("It broke", (await Assert.ThrowsAsync<OpenRouterException>(() => Client(response, mediaType: "application/json").GetResponseAsync("q"))).Message);
    }

    [Fact]
    public async Task Nothing_is_said_twice_however_often_it_is_repeated()
    {
        var updates = await Hear(Of(Created, Delta("Hi"), """{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Hi"}""", Done(0, Message("Hi")), Done(0, Message("Hi")), Completed(Message("Hi"))));

        Assert.Equal("Hi", updates.ToChatResponse().Text);
    }

    [Fact]
    public async Task Arguments_are_taken_from_wherever_they_come()
    {
        var updates = await Hear(Of(Created,
            Added(0, Call("a", "f", "")), """{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"x\":"}""", """{"type":"response.function_call_arguments.delta","output_index":0,"delta":"1}"}""", Done(0, Call("a", "f", "")),
            Added(1, Call("b", "f", "")), """{"type":"response.function_call_arguments.done","output_index":1,"arguments":"{\"x\":2}"}""", Done(1, Call("b", "f", "")),
            Added(2, Call("c", "f", "")), Done(2, Call("c", "f", "{\"x\":3}")),
            Completed(Call("a", "f", ""), Call("b", "f", ""), Call("c", "f", "{\"x\":3}"), Call("d", "f", "{\"x\":4}"))));

        var calls = updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>().ToList();
        Assert.Equal(["a:1", "b:2", "c:3", "d:4"], calls.Select(call => $"{call.CallId}:{call.Arguments!["x"]}"));
        Assert.Equal(ChatFinishReason.ToolCalls, updates[^1].FinishReason);
    }

    [Theory]
    [InlineData("{\"path\":\"/var/sc", "incomplete")]
    [InlineData("{\"path\":\"/\"}", "incomplete")]
    [InlineData("[1]", "completed")]
    [InlineData("nonsense", "completed")]
    public async Task A_truncated_or_broken_call_is_never_invoked(string arguments, string status)
    {
        var invoked = false;
        var client = Client(Of(Created, Completed(Call("a", "f", arguments, status)))).AsBuilder().UseFunctionInvocation().Build();
        var tool = AIFunctionFactory.Create((string path = "/") => { invoked = true; return path; }, "f");

        var answer = await client.GetStreamingResponseAsync("q", new() { Tools = [tool] }).ToChatResponseAsync();

        var call = Assert.Single(answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>());
        Assert.True(call.InformationalOnly);
        Assert.NotNull(call.Exception);
        Assert.False(invoked);
    }

    [Fact]
    public async Task A_server_tool_is_never_a_call_to_invoke()
    {
        var updates = await Hear(Of(Created, Completed("""{"type":"openrouter:web_search","id":"ws","status":"completed","action":{"type":"search","query":"x"}}""", """{"type":"openrouter:datetime","id":"d","datetime":"now","timezone":"UTC","status":"completed"}""", Message("Hi"))));

        Assert.Empty(updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>());
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
    }

    [Fact]
    public async Task Parallel_items_are_said_in_the_order_of_the_output()
    {
        var updates = await Hear(Of(Created, Added(0, Call("a", "f", "")), Added(1, Call("b", "f", "")), Done(1, Call("b", "f", "{}")), Done(0, Call("a", "f", "{}")), Completed(Call("a", "f", "{}"), Call("b", "f", "{}"))));

        Assert.Equal(["a", "b"], updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>().Select(call => call.CallId));
    }

    [Fact]
    public async Task Items_without_any_place_are_said_once()
    {
        var call = Call("a", "f", "{}");
        var updates = await Hear(Of(Created, $$"""{"type":"response.output_item.added","item":{{Call("a", "f", "")}} }""", $$"""{"type":"response.output_item.done","item":{{call}} }""",
            """{"type":"response.output_text.delta","delta":"Hi"}""", $$"""{"type":"response.output_item.done","item":{{Message("Hi")}} }""", Completed(call, Message("Hi"))));

        Assert.Single(updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>());
        Assert.Equal("Hi", updates.ToChatResponse().Text);
    }

    [Fact]
    public async Task A_finished_call_that_waited_for_its_turn_is_in_the_partial_answer()
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Hear(Of(Created, Added(0, Call("a", "f", "")), Added(1, Call("b", "g", "")), Done(1, Call("b", "g", "{}")))));

        Assert.Equal("b", Assert.Single(failure.PartialResponse!.Messages[0].Contents.OfType<FunctionCallContent>()).CallId);
    }

    [Fact]
    public async Task Every_update_says_who_when_and_which_and_none_is_empty()
    {
        var updates = await Hear(Of(Created, Thinking("Hm."), Delta("Hi", 1), Completed(Message("Hi"))));

        Assert.All(updates, update =>
        {
            Assert.Equal(ChatRole.Assistant, update.Role);
            Assert.Equal("gen-1", update.ResponseId);
            Assert.Equal("openai/o4-mini", update.ModelId);
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1786972801), update.CreatedAt);
            Assert.NotEmpty(update.Contents);
            Assert.Null(update.RawRepresentation);
            Assert.Null(update.ConversationId);
        });
        Assert.All(updates.SkipLast(1), update => Assert.Equal("gen-1", update.MessageId));
        Assert.Null(updates[^1].MessageId);
        Assert.Single(updates.SelectMany(update => update.Contents).OfType<UsageContent>());
        Assert.Single(updates.ToChatResponse().Messages);
    }

    [Fact]
    public async Task The_message_keeps_its_id_when_the_response_gets_one_late()
    {
        var updates = await Hear(Of(Delta("Hi"), Created, Delta(" there"), Completed(Message("Hi there"))));

        Assert.Single(updates.SkipLast(1).Select(update => update.MessageId).Distinct());
        Assert.Single(updates.ToChatResponse().Messages);
    }

    [Fact]
    public async Task Raw_events_ride_along_when_asked_for()
    {
        var updates = await Hear(Of(Created, Delta("Hi"), Added(1, Call("a", "f", "")), """{"type":"response.function_call_arguments.delta","output_index":1,"delta":"{}"}""", Completed(Message("Hi"), Call("a", "f", "{}"))), options => options.RawEvents = true);

        Assert.All(updates, update => Assert.IsType<System.Text.Json.JsonElement>(update.RawRepresentation));
        Assert.Contains(updates, update => update.Contents.Count == 0 && ((System.Text.Json.JsonElement)update.RawRepresentation!).GetProperty("delta").GetString() == "{}");
    }

    [Theory]
    [InlineData("max_output_tokens", "length")]
    [InlineData("content_filter", "content_filter")]
    public async Task An_incomplete_answer_says_so_in_both_modes(string reason, string finish)
    {
        var response = $$"""{"id":"gen-1","status":"incomplete","incomplete_details":{"reason":"{{reason}}"},"output":[{{Message("Once")}}],"usage":{"input_tokens":1,"output_tokens":16,"total_tokens":17} }""";

        var streamed = (await Hear(Of(Created, Delta("Once"), $$"""{"type":"response.incomplete","response":{{response}}}"""))).ToChatResponse();
        var whole = await Client(response, mediaType: "application/json").GetResponseAsync("q");

        Assert.All(new[] { streamed, whole }, answer => Assert.Equal((new ChatFinishReason(finish), "Once", 16L), (answer.FinishReason, answer.Text, answer.Usage!.OutputTokenCount)));
    }

    [Fact]
    public async Task A_million_words_cost_as_much_each_as_a_thousand()
    {
        var thousand = await BytesPerDelta(1_000);
        var many = await BytesPerDelta(100_000);

        Assert.True(many <= thousand, $"{many} bytes a delta in a long stream, {thousand} in a short one");
        Assert.InRange(many, 200, 330); // one string, one content, one list, one update
    }

    private static async Task<double> BytesPerDelta(int deltas)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(Of([Created, .. Enumerable.Repeat(Delta("words "), deltas), Completed()]));
        var client = Client(body);
        await Count(client);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(deltas + 1, await Count(client));
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)deltas;
    }

    private static async Task<int> Count(OpenRouterChatClient client)
    {
        var count = 0;
        await foreach (var update in client.GetStreamingResponseAsync("q"))
            count += update.Contents.Count;
        return count;
    }
}

using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Items that are told late, twice, by halves, or under a name that passes: each is one item, and goes back as the ending has it.</summary>
public class PassingNamesTests
{
    private const string Thing = """{"type":"new_thing","id":"n_1","status":"completed","found":["x"]}""";

    public static TheoryData<string, string> Completed => new()
    {
        { """{"type":"new_thing","id":"n_1","status":"in_progress"}""", Thing },
        { """{"type":"new_thing"}""", Thing },
        { """{"type":"web_search_call","id":"ws_1","status":"completed"}""", """{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"Oslo","sources":[{"url":"https://example.org/a"}]}}""" },
        { """{"type":"image_generation_call","id":"ig_1","status":"completed"}""", """{"type":"image_generation_call","id":"ig_1","status":"completed","result":"iVBORw=="}""" },
        { """{"type":"mcp_call","id":"mcp_1","name":"look","server_label":"m","arguments":"{}"}""", """{"type":"mcp_call","id":"mcp_1","name":"look","server_label":"m","arguments":"{}","output":"rain"}""" },
        { """{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}"}""", """{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}","thought_signature":"abc"}""" },
    };

    [Theory]
    [MemberData(nameof(Completed))]
    public async Task What_the_ending_knows_better_of_an_item_goes_back_in_its_place(string done, string ending)
    {
        var first = Thing.Replace("n_1", "n_0", StringComparison.Ordinal); // of the same kind, before it and behind it
        var last = Thing.Replace("n_1", "n_2", StringComparison.Ordinal);
        var response = await Heard(Streams.Done(0, first), Streams.Done(1, done), Streams.Done(2, last), Streams.Done(3, Streams.Message("Yes.")), Streams.Completed(first, ending, last, Streams.Message("Yes.")));

        foreach (var kept in new[] { response, ThroughJson(response) })
        {
            var sent = await Sent(kept);
            Requests.AssertSame(first, sent[1]);
            Requests.AssertSame(ending, sent[2]);
            Requests.AssertSame(last, sent[3]);
            Requests.AssertSame(Streams.Message("Yes."), sent[4]);
        }
    }

    [Fact]
    public async Task What_can_be_shown_of_an_item_only_at_the_end_is_shown_then_and_once()
    {
        var response = await Heard([.. Completed.Select((row, i) => Streams.Done(i + 1, row.Data.Item1)), Streams.Completed([Streams.Message("Yes.", "msg_0"), .. Completed.Select(row => row.Data.Item2)])]);
        var contents = response.Messages.SelectMany(message => message.Contents).ToList();

        Assert.Equal("https://example.org/a", Assert.IsType<UriContent>(Assert.Single(Assert.Single(contents.OfType<WebSearchToolResultContent>()).Outputs!)).Uri.ToString());
        Assert.Equal("image/png", Assert.Single(contents.OfType<DataContent>()).MediaType);
        Assert.Equal("rain", Assert.IsType<TextContent>(Assert.Single(Assert.Single(contents.OfType<McpServerToolResultContent>()).Outputs!)).Text);
        Assert.Single(contents.OfType<FunctionCallContent>());
    }

    [Fact]
    public async Task What_became_known_late_of_an_item_that_somebody_took_away_does_not_go_out_alone()
    {
        var response = await Heard(Streams.Done(0, """{"type":"new_thing","id":"n_1"}"""), Streams.Done(1, Streams.Message("Yes.")), Streams.Completed(Thing, Streams.Message("Yes.")));
        response.Messages[0].Contents.RemoveAt(0);

        Assert.Equal(["message", "message", "message"], (await Sent(response)).Select(item => (string?)item!["type"]));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(-1, "fc_c1")]
    public async Task Arguments_that_come_before_their_call_is_announced_are_its_own(int index, string? id)
    {
        var response = await Heard(Arguments("{\\\"city\\\":", index, id), Place("response.output_item.added", index, Announced("fc_c1")), Arguments("\\\"Oslo\\\"}", index, id), Streams.Completed());

        Assert.Equal("Oslo", Assert.Single(Calls(response)).Arguments!["city"]?.ToString());
    }

    [Fact]
    public async Task Arguments_that_came_before_their_call_are_shown_with_those_behind_it()
    {
        var updates = await Streams.Hear(Streams.Of(Streams.Created, Arguments("{\\\"city\\\":", 0, null), Streams.Added(0, Announced("fc_c1")), Arguments("\\\"Oslo\\\"}", 0, null), Streams.Completed()), options => options.FunctionCallDeltas = true);

        Assert.Equal("""{"city":"Oslo"}""", string.Concat(updates.Select(update => update.GetFunctionCallDelta()?.Arguments)));
    }

    [Theory]
    [InlineData("rs_1", null)]
    [InlineData(null, "rs_1")]
    public async Task An_item_that_is_announced_twice_is_one(string? first, string? second)
    {
        var item = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}]}""";
        var response = await Heard(Streams.Added(0, Begun(first)), Streams.Added(0, Begun(second)), Streams.Thinking("Hm."), Streams.Done(0, item), Streams.Delta("Yes.", 1), Streams.Completed(item, Streams.Message("Yes.")));

        Assert.Equal("Hm.", response.GetReasoningText());
        Assert.Equal(["message", "reasoning", "message", "message"], (await Sent(response)).Select(sent => (string?)sent!["type"]));

        static string Begun(string? id) => $$"""{"type":"reasoning",{{(id is null ? "" : $"\"id\":\"{id}\",")}}"summary":[]}""";
    }

    [Fact]
    public async Task What_the_ending_leaves_out_goes_back_where_it_stood()
    {
        var response = await Heard(Streams.Delta("First.", 0), Streams.Done(1, Thing), Streams.Done(2, Streams.Message("Second.", "msg_2")), Streams.Done(0, Streams.Message("First.", "msg_0")),
            Streams.Completed(Streams.Message("First.", "msg_0"), Streams.Message("Second.", "msg_2")));

        Assert.Equal(["message", "new_thing", "message"], (await Sent(response)).Skip(1).SkipLast(1).Select(item => (string?)item!["type"]));
    }

    [Fact]
    public async Task What_a_message_turns_out_to_be_under_another_id_goes_back_with_it()
    {
        var done = Streams.Message("Let me see.").Replace("\"status\"", "\"phase\":\"commentary\",\"status\"", StringComparison.Ordinal).Replace("\"logprobs\":[]", "\"later\":1", StringComparison.Ordinal);
        var response = await Heard("""{"type":"response.output_text.delta","output_index":0,"item_id":"msg_tmp","content_index":0,"delta":"Let me see."}""", Streams.Done(0, done), Streams.Completed());
        var sent = (await Sent(response))[1]!;

        Assert.Equal("commentary", (string?)sent["phase"]);
        Assert.Equal(1, (int?)sent["content"]![0]!["later"]);
    }

    [Fact]
    public async Task A_refusal_under_an_id_that_changes_is_said_once()
    {
        var refusal = """{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"refusal","refusal":"No."}]}""";
        var response = await Heard("""{"type":"response.output_item.added","item":{"type":"message","role":"assistant","id":"msg_tmp","content":[]}}""", """{"type":"response.refusal.delta","item_id":"msg_tmp","content_index":0,"delta":"No."}""",
            $$"""{"type":"response.output_item.done","item":{{refusal}}}""", Streams.Completed(refusal));

        Assert.Equal("No.", Assert.Single(response.Messages.SelectMany(message => message.Contents).OfType<ErrorContent>()).Message);
        Assert.Equal(3, (await Sent(response)).Count);
    }

    [Theory]
    [InlineData("""{"type":"new_thing","found":["x"]}""")]
    [InlineData("""{"type":"reasoning","summary":[],"encrypted_content":"abc"}""")]
    [InlineData("""{"type":"message","role":"assistant","content":[{"type":"output_future","found":1}]}""")]
    public async Task An_item_without_a_name_or_a_place_is_the_one_that_the_ending_repeats(string item)
    {
        var named = "{\"id\":\"x_1\"," + item[1..];
        var response = await Heard($$"""{"type":"response.output_item.done","item":{{item}}}""", $$"""{"type":"response.output_item.done","item":{{Streams.Message("Yes.")}}}""", Streams.Completed(named, Streams.Message("Yes.")));

        Assert.Equal(["x_1", "msg_1"], (await Sent(response)).Skip(1).SkipLast(1).Select(sent => (string?)sent!["id"]));
    }

    [Fact]
    public async Task Parts_of_a_message_that_come_by_turns_go_back_as_they_are()
    {
        var item = """{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"One two","annotations":[],"logprobs":[]},{"type":"output_text","text":"Three","annotations":[],"logprobs":[]}]}""";
        string[] deltas = [Part(0, "One "), Part(1, "Three"), Part(0, "two")];

        foreach (var events in new string[][] { [.. deltas, Streams.Done(0, item), Streams.Completed(item)], [.. deltas, Streams.Completed(item)], [.. deltas, Streams.Done(0, item), Streams.Completed()] })
        {
            var response = await Heard(events);
            Assert.Equal("One Threetwo", response.Text); // as it arrived, no letter twice
            Assert.Empty(response.GetOpenRouter().Warnings);
            Requests.AssertSame(item, (await Sent(response))[1]);
        }

        static string Part(int index, string text) => Streams.Delta(text).Replace("\"content_index\":0", $"\"content_index\":{index}", StringComparison.Ordinal);
    }

    /// <summary>The service answers one call itself, and which of two it was only the ending tells: the other is made all the same.</summary>
    [Fact]
    public async Task A_call_is_made_though_the_service_answers_another_of_its_call_id()
    {
        string[] output = [Call("fc_a", "{}"), """{"type":"function_call_output","id":"fco_1","call_id":"c1","output":"rain"}""", Call("fc_b", """{\"x\":1}""")];
        var service = new Service(Service.Events(Streams.Of(Streams.Created, Place("response.output_item.added", -1, Announced("fc_a")), Place("response.output_item.added", -1, Announced("fc_b")), Done(output[2]),
            Done(Streams.Message("Wait.")), Done(output[1]), Done(output[0]), Streams.Completed([.. output, Streams.Message("Wait.")]))), Service.Events(WayBack.Conclusion.Stream()));
        var ran = 0;
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "author/model", ApiKey = "key" }, new HttpClient(service)).AsBuilder().UseFunctionInvocation().Build();

        await client.GetStreamingResponseAsync("q", new() { Tools = [AIFunctionFactory.Create((int x) => ran += x, "f")] }).ToChatResponseAsync();

        Assert.Equal(1, ran);
        Assert.Equal(2, WayBack.Input(service).Count(item => (string?)item!["type"] == "function_call_output"));

        static string Call(string id, string arguments) => $$"""{"type":"function_call","id":"{{id}}","call_id":"c1","name":"f","arguments":"{{arguments}}","status":"completed"}""";
    }

    [Theory]
    [InlineData("summary", "content")]
    [InlineData("content", "summary")]
    public async Task A_short_thought_is_shown_also_where_its_letters_stand_in_another(string heard, string told)
    {
        var item = $$"""{"type":"reasoning","id":"rs_1","summary":[],"{{heard}}":[{"type":"{{heard}}_text","text":"A map of Oslo."}],"{{told}}":[{"type":"{{told}}_text","text":"map"}]}""".Replace("\"summary\":[],", "", StringComparison.Ordinal);
        var delta = Streams.Thinking("A map of Oslo.", kind: Kind(heard));
        var done = $$"""{"type":"response.{{Kind(told)}}.done","output_index":0,"{{told}}_index":0,"text":"map"}""";

        foreach (var events in new string[][] { [delta, done, Streams.Done(0, item)], [delta, Streams.Done(0, item)], [delta, done] })
            Assert.Equal("A map of Oslo.\n\nmap", (await Heard([.. events, Streams.Completed(item, Streams.Message("Yes."))])).GetReasoningText());

        static string Kind(string member) => member == "summary" ? "reasoning_summary_text" : "reasoning_text";
    }

    [Fact]
    public async Task Thoughts_of_two_parts_that_begin_alike_go_back_each_in_its_own()
    {
        var response = await Heard(Streams.Added(0, """{"type":"reasoning","id":"rs_1","summary":[]}"""), Streams.Thinking("Look at the map"), Summary(1, "Look at "), Summary(0, "First."), Summary(1, "Oslo."),
            Streams.Delta("Yes.", 1), Streams.Completed());
        var sent = (await Sent(response))[1]!;

        Assert.Equal(["Look at Oslo.", "First."], sent["summary"]!.AsArray().Select(part => (string?)part!["text"]));
        Assert.Equal("Look at the map", (string?)sent["content"]![0]!["text"]);

        static string Summary(int index, string text) => $$"""{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":{{index}},"delta":"{{text}}"}""";
    }

    public static TheoryData<string, string, string> Alike => new()
    {
        { Unplaced("response.output_text.delta", "Yes."), Streams.Message("Yes.").Replace("}]}", "},{\"type\":\"output_future\",\"found\":1}]}", StringComparison.Ordinal), Streams.Message("Yes.", "msg_2").Replace("\"status\"", "\"phase\":\"commentary\",\"status\"", StringComparison.Ordinal) },
        { Unplaced("response.reasoning_text.delta", "Hm."), Thinking("rs_1", "Hm.", "abc"), Thinking("rs_2", "Hm.", "def") },
    };

    /// <summary>The first has not ended, the second is heard of only by its end: until the ending they are one.</summary>
    [Theory]
    [MemberData(nameof(Alike))]
    public async Task Of_two_items_without_names_that_begin_alike_each_goes_back_as_the_ending_has_it(string words, string first, string second)
    {
        var done = Without("id", second);
        var response = await Heard(words, Done(done), Streams.Completed(first, second, Streams.Message("So.", "msg_3")));

        foreach (var kept in new[] { response, ThroughJson(response) })
        {
            var sent = await Sent(kept);
            Requests.AssertSame(first, sent[1]);
            Requests.AssertSame(second, sent[2]);
            Requests.AssertSame(Streams.Message("So.", "msg_3"), sent[3]);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_refusal_without_a_name_does_not_become_that_of_the_next_message(bool isSpoken, bool isRepeated)
    {
        var first = $$"""{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{{(isSpoken ? """{"type":"output_text","text":"Yes.","annotations":[],"logprobs":[]},""" : "")}}{"type":"refusal","refusal":"No."}]}""";
        var second = Streams.Message("Yes.", "msg_2").Replace("\"status\"", "\"phase\":\"commentary\",\"status\"", StringComparison.Ordinal);
        var response = await Heard([.. isSpoken ? [Unplaced("response.output_text.delta", "Yes.")] : Array.Empty<string>(), Unplaced("response.refusal.delta", "No.", isSpoken ? 1 : 0), Done(Without("id", second)), Streams.Completed(isRepeated ? [first, second] : [])]);
        var sent = await Sent(response);

        Assert.Equal("No.", Assert.Single(response.Messages.SelectMany(message => message.Contents).OfType<ErrorContent>()).Message);
        Assert.Equal([isSpoken ? "output_text refusal" : "refusal", "output_text"], sent.Skip(1).SkipLast(1).Select(item => string.Join(' ', item!["content"]!.AsArray().Select(part => (string?)part!["type"]))));
        Assert.Equal([null, "commentary"], sent.Skip(1).SkipLast(1).Select(item => (string?)item!["phase"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_proof_that_comes_with_the_ending_goes_back_under_the_id_that_the_thought_has_then(bool isInterrupted)
    {
        var (done, item) = (Without("encrypted_content", Thinking("rs_1", "Hm.", "abc")), Thinking("rs_1", "Hm.", "abc"));
        string[] ends = [Streams.Done(0, done), Streams.Delta("Yes.", 1)];
        var response = await Heard([Streams.Added(0, """{"type":"reasoning","id":"rs_tmp","summary":[]}"""), Streams.Thinking("Hm."), .. isInterrupted ? ends.Reverse() : ends, Streams.Completed(item, Streams.Message("Yes."))]);
        var sent = await Sent(response);

        Requests.AssertSame(item, Assert.Single(sent, thought => (string?)thought!["type"] == "reasoning"));
        Requests.AssertSame(item, sent[1]);
        Assert.Equal("Hm.", response.GetReasoningText());
    }

    [Fact]
    public async Task A_thought_that_only_the_ending_gives_its_id_goes_back_in_its_place()
    {
        string[] output = [Streams.Message("Yes."), Thinking("rs_1", "Hm.", "abc"), Streams.Message("No.", "msg_2")];
        var response = await Heard(Named("reasoning_text", "rs_tmp", 1, "Hm."), Named("output_text", "msg_1", 0, "Yes."), Streams.Completed(output));

        Assert.Equal(["msg_1", "rs_1", "msg_2"], (await Sent(response)).Skip(1).SkipLast(1).Select(sent => (string?)sent!["id"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Words_that_had_to_wait_under_an_id_that_changes_are_said_once(bool isRepeated)
    {
        string[] output = [Streams.Message("First one."), Streams.Message("Second.", "msg_2")];
        var response = await Heard(Named("output_text", "msg_1", -1, "First "), Named("output_text", "msg_tmp", -1, "Sec"), Done(output[0]), Done(output[1]), Streams.Completed(isRepeated ? output : []));

        Assert.Equal(["First one.", "Second."], response.Messages.Select(message => message.Text));
        Assert.Equal(["msg_1", "msg_2"], (await Sent(response)).Skip(1).SkipLast(1).Select(sent => (string?)sent!["id"]));
    }

    [Theory]
    [InlineData("output_text", true)]
    [InlineData("output_text", false)]
    [InlineData("reasoning_text", true)]
    [InlineData("reasoning_text", false)]
    public async Task Parts_that_come_by_turns_under_an_id_that_changes_are_one_item(string kind, bool isFinished)
    {
        var (type, rest) = kind == "output_text" ? ("message", ",\"annotations\":[],\"logprobs\":[]") : ("reasoning", "");
        var item = $$"""{"type":"{{type}}",{{(rest.Length > 0 ? "\"role\":\"assistant\"" : "\"summary\":[]")}},"id":"x_1","status":"completed","content":[{"type":"{{kind}}","text":"One two"{{rest}}},{"type":"{{kind}}","text":"Three"{{rest}}}]}""";
        var response = await Heard([Named(kind, "x_tmp", -1, "One "), Named(kind, "x_tmp", -1, "Three", 1), Named(kind, "x_tmp", -1, "two"), .. isFinished ? [Done(item)] : Array.Empty<string>(), Streams.Completed([item, .. type == "message" ? Array.Empty<string>() : [Streams.Message("Yes.")]])]);

        Assert.Equal(type == "message" ? "One Threetwo" : "One \n\nThree\n\ntwo", type == "message" ? response.Text : response.GetReasoningText()); // as it arrived, once
        var sent = await Sent(response);
        Requests.AssertSame(Without("id", item), JsonNode.Parse(Without("id", sent[1]!.ToJsonString()))!); // a message keeps the id under which it began
        Assert.Equal(type == "message" ? 3 : 4, sent.Count);
    }

    [Fact]
    public async Task The_rest_of_a_message_that_the_ending_leaves_out_stands_in_that_message()
    {
        string[] output = ["""{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}]}""", Streams.Message("Second.", "msg_2")];
        var response = await Heard(Streams.Added(0, """{"type":"message","role":"assistant","id":"msg_0","content":[]}"""), Streams.Delta("First "), Streams.Added(1, """{"type":"reasoning","id":"rs_1","summary":[]}"""), Streams.Thinking("Hm.", 1), Streams.Delta("one."), Streams.Completed(output));

        Assert.Equal(["First one.", "Second."], response.Messages.Select(message => message.Text));
        Assert.Equal(["msg_0", "rs_1", "msg_2"], (await Sent(response)).Skip(1).SkipLast(1).Select(sent => (string?)sent!["id"]));
    }

    private static string Done(string item) => Place("response.output_item.done", -1, item);

    private static string Unplaced(string type, string delta, int part = 0) => $$"""{"type":"{{type}}","content_index":{{part}},"delta":"{{delta}}"}""";

    private static string Named(string kind, string id, int index, string delta, int part = 0) =>
        $$"""{"type":"response.{{kind}}.delta","item_id":"{{id}}",{{(index < 0 ? "" : $"\"output_index\":{index},")}}"content_index":{{part}},"delta":"{{delta}}"}""";

    private static string Thinking(string id, string text, string proof) => $$"""{"type":"reasoning","id":"{{id}}","summary":[],"content":[{"type":"reasoning_text","text":"{{text}}"}],"encrypted_content":"{{proof}}"}""";

    private static string Without(string member, string item)
    {
        var json = JsonNode.Parse(item)!.AsObject();
        json.Remove(member);
        return json.ToJsonString();
    }

    private static string Place(string type, int index, string item) => index < 0 ? $$"""{"type":"{{type}}","item":{{item}}}""" : $$"""{"type":"{{type}}","output_index":{{index}},"item":{{item}}}""";

    private static string Announced(string id) => $$"""{"type":"function_call","id":"{{id}}","call_id":"c1","name":"f","arguments":"","status":"in_progress"}""";

    private static string Arguments(string delta, int index, string? id) =>
        $$"""{"type":"response.function_call_arguments.delta",{{(index < 0 ? "" : $"\"output_index\":{index},")}}{{(id is null ? "" : $"\"item_id\":\"{id}\",")}}"delta":"{{delta}}"}""";

    private static async Task<ChatResponse> Heard(params string[] events) => (await Streams.Hear(Streams.Of([Streams.Created, .. events]))).ToChatResponse();

    private static List<FunctionCallContent> Calls(ChatResponse response) => [.. response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()];

    private static ChatResponse ThroughJson(ChatResponse response) => System.Text.Json.JsonSerializer.Deserialize<ChatResponse>(System.Text.Json.JsonSerializer.Serialize(response, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;

    /// <summary>What goes out on the next turn; calls are answered.</summary>
    private static async Task<JsonArray> Sent(ChatResponse response)
    {
        var service = new Service(Service.Json(WayBack.Conclusion.Whole));
        await new OpenRouterChatClient(new OpenRouterOptions { Model = "author/model", ApiKey = "key" }, new HttpClient(service)).GetResponseAsync([new(ChatRole.User, "q"), .. response.Messages, .. WayBack.Results(response), new(ChatRole.User, "and?")]);
        return WayBack.Input(service);
    }
}

using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Places at which a hand-made fault once lived through the suite.</summary>
public class IncomingEdgesTests
{
    private const string Thought = """{"type":"reasoning","id":"rs_1","status":"in_progress","summary":[]}""";
    private const string Open = """{"type":"message","role":"assistant","id":"msg_1","status":"in_progress","content":[]}""";
    private const string Output = """{"type":"function_call_output","id":"fo_1","call_id":"c1","output":"4"}""";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_dialect_ahead_of_the_first_is_heard_once(bool isRepeated)
    {
        const string Item = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm. Yes, well."}],"status":"completed"}""";
        var answer = (await Hear(Of(Created, Added(0, Thought), Legacy("H"), Thinking("Hm."), Legacy("m."), Thinking(" Yes,"), Legacy(" Yes,"), Thinking(" we"), Thinking("ll."), Legacy(" well."),
            isRepeated ? Done(0, Item) : """{"type":"ping"}""", Delta("Hi", 1), isRepeated ? Completed(Item, Message("Hi")) : Completed()))).ToChatResponse();

        Assert.Equal("Hm. Yes, well.", answer.GetReasoningText());
    }

    [Fact]
    public async Task What_only_the_second_dialect_said_is_heard_at_the_end()
    {
        var answer = (await Hear(Of(Created, Added(0, Thought), Legacy("Hm"), Thinking("Hm, well."), Delta("Hi", 1), Completed()))).ToChatResponse();

        Assert.Equal("Hm, well.", answer.GetReasoningText());
    }

    [Fact]
    public async Task Two_texts_that_only_begin_alike_are_both_heard()
    {
        var answer = (await Hear(Of(Created, Added(0, Thought), Legacy("Hm, yes."), Thinking("Hm, "), Thinking("no."), Delta("Hi", 1), Completed()))).ToChatResponse();

        Assert.Equal("Hm, yes.\n\nHm, no.", answer.GetReasoningText());
    }

    [Theory]
    [InlineData(" Hi there. \\n", "Hi there.", " Hi there. \n")]
    [InlineData("\\n\\nHi", "Hi there.", "\n\nHi there.")]
    [InlineData("Hi  ", "Hi", "Hi  ")]
    public async Task A_service_that_trims_blanks_contradicts_nobody(string said, string finished, string text)
    {
        var answer = (await Hear(Of(Created, Added(0, Open), Delta(said), Done(0, Message(finished)), Completed(Message(finished))))).ToChatResponse();

        Assert.Equal(text, answer.Text);
        Assert.Null(answer.GetOpenRouter().CorrectedText);
        Assert.Empty(answer.GetOpenRouter().Warnings);
    }

    public static TheoryData<string> Places => ["a delta", "a further delta", "a finished item", "an unknown item"];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Bytes_that_are_not_text_cost_nothing_but_themselves(string place)
    {
        var unknown = """{"type":"new_thing","id":"n_1","note":"@"}""";
        var body = place switch
        {
            "a delta" => Of(Created, Added(0, Open), Delta("a@b"), Completed(Message("a@b"))),
            "a further delta" => Of(Created, Added(0, Open), Delta("a"), Delta("@b"), Completed(Message("a@b"))),
            "a finished item" => Of(Created, Completed(Message("a@b"))),
            _ => Of(Created, Done(0, unknown), Delta("a\\uFFFDb", 1), Completed(unknown, Message("a\\uFFFDb"))),
        };
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = bytes[i] == '@' ? (byte)0xFF : bytes[i];
        var client = Client(bytes);
        List<ChatMessage> history = [new(ChatRole.User, "q")];

        var answer = await client.GetStreamingResponseAsync(history).ToChatResponseAsync();
        history.AddMessages(answer);
        history.Add(new(ChatRole.User, "q"));

        Assert.Equal("a\uFFFDb", answer.Text);
        Assert.Null(answer.GetOpenRouter().CorrectedText);
        var input = JsonElement.Parse(client.Explain(history).Json).GetProperty("input");
        Assert.Equal("a\uFFFDb", input.EnumerateArray().Single(item => item.TryGetProperty("role", out var role) && role.GetString() == "assistant").GetProperty("content")[0].GetProperty("text").GetString());
        if (place == "an unknown item")
            Assert.Equal("\uFFFD", input[1].GetProperty("note").GetString());
    }

    public static TheoryData<string> SameWords =>
    [
        """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"content":[{"type":"reasoning_text","text":"Hm."}],"status":"completed"}""",
        """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."},{"type":"summary_text","text":"Hm."}],"status":"completed"}""",
        """{"type":"reasoning","id":"rs_1","content":[{"type":"reasoning_text","text":"Hm."}],"summary":[{"type":"summary_text","text":"Hm."}],"status":"completed"}""",
    ];

    [Theory]
    [MemberData(nameof(SameWords))]
    public async Task The_same_words_in_summary_and_content_are_said_once_and_go_back_twice(string item)
    {
        string[] bodies =
        [
            Of(Created, Completed(item, Message("Hi"))),
            Of(Created, Added(0, Thought), Thinking("H", 0, "reasoning_summary_text"), Thinking("m.", 0, "reasoning_summary_text"), Thinking("H"), Thinking("m."), Done(0, item), Delta("Hi", 1), Completed(item, Message("Hi"))),
            Of(Created, Added(0, Thought), Thinking("Hm."), Thinking("Hm.", 0, "reasoning_summary_text"), Delta("Hi", 1), Completed(item, Message("Hi"))),
        ];
        foreach (var body in bodies)
        {
            var client = Client(body, options => options.Model = "a/b");
            List<ChatMessage> history = [new(ChatRole.User, "q")];
            var answer = await client.GetStreamingResponseAsync(history).ToChatResponseAsync();
            Assert.Equal("Hm.", answer.GetReasoningText());
            history.AddMessages(answer);
            history.Add(new(ChatRole.User, "q"));
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse(item), JsonElement.Parse(client.Explain(history).Json).GetProperty("input")[1]), client.Explain(history).Json);
        }
    }

    [Theory]
    [InlineData("""{"type":"image_generation_call","id":"ig","status":"completed","result":"AAECAw==","output_format":"webp"}""", "image/webp")]
    [InlineData("""{"type":"image_generation_call","id":"ig","status":"completed","result":"AAECAw=="}""", "image/png")]
    [InlineData("""{"type":"image_generation_call","id":"ig","status":"completed","result":"iVBORw==","output_format":"webp"}""", "image/png")]
    [InlineData("""{"type":"openrouter:image_generation","id":"ig","status":"completed","imageB64":"AAECAw==","output_format":"jpeg"}""", "image/jpeg")]
    [InlineData("""{"type":"image_generation_call","id":"ig","status":"completed","result":"data:image/gif;base64,AAECAw==","output_format":"webp"}""", "image/gif")]
    [InlineData("""{"type":"image_generation_call","id":"ig","status":"completed","result":"AAECAw==","output_format":"image/avif"}""", "image/avif")]
    public async Task A_pictures_type_is_what_its_bytes_say_and_else_what_the_item_says(string item, string mediaType)
    {
        var answer = (await Hear(Of(Created, Done(0, item), Completed(item)))).ToChatResponse();

        Assert.Equal(mediaType, Assert.Single(answer.Messages[0].Contents.OfType<DataContent>()).MediaType);
    }

    [Fact]
    public async Task A_part_index_behind_the_words_still_parts_them()
    {
        const string Item = """{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"One. Two.","annotations":[],"logprobs":[]},{"type":"output_text","text":"Three.","annotations":[],"logprobs":[]}]}""";
        var client = Client(Of(Created, Added(0, Open), Word("One. ", 0), Word("Two.", 0), Word("Th", 1), Word("ree.", 1), Done(0, Item), Completed(Item)), options => options.Model = "a/b");
        List<ChatMessage> history = [new(ChatRole.User, "q")];
        var answer = await client.GetStreamingResponseAsync(history).ToChatResponseAsync();
        history.AddMessages(answer);
        history.Add(new(ChatRole.User, "q"));

        Assert.Equal("One. Two.Three.", answer.Text);
        Assert.Empty(answer.GetOpenRouter().Warnings);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(Item), JsonElement.Parse(client.Explain(history).Json).GetProperty("input")[1]), client.Explain(history).Json);

        static string Word(string text, int part) => $$"""{"type":"response.output_text.delta","delta":"{{text}}","item_id":"msg_1","output_index":0,"content_index":{{part}}}""";
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Log_probabilities_are_kept_when_only_finished_items_have_them(bool isRepeated)
    {
        var item = Message("Hi").Replace("\"logprobs\":[]", "\"logprobs\":[{\"token\":\"Hi\",\"logprob\":-0.5}]", StringComparison.Ordinal);
        var answer = (await Hear(Of(Created, Delta("Hi"), Done(0, item), isRepeated ? Completed(item) : Completed()))).ToChatResponse();

        Assert.Equal("""[{"token":"Hi","logprob":-0.5}]""", ((JsonElement)answer.AdditionalProperties!["openrouter.logprobs"]!).GetRawText());
    }

    public static TheoryData<string> ServersOwn =>
    [
        "whole", "call and output", "call, thought, output", "call, text, output", "output announced with its call", "output without its call's end", "an empty ending",
    ];

    [Theory]
    [MemberData(nameof(ServersOwn))]
    public async Task A_call_that_the_service_answers_itself_is_never_invoked(string manner)
    {
        var call = Call("c1", "f", "{}");
        const string Reasoning = """{"type":"reasoning","id":"rs_1","status":"completed","summary":[{"type":"summary_text","text":"hm"}]}""";
        var body = manner switch
        {
            "whole" => Of(Created, Completed(call, Output, Message("4."))),
            "call and output" => Of(Created, Done(0, call), Done(1, Output), Delta("4.", 2), Done(2, Message("4.")), Completed(call, Output, Message("4."))),
            "call, thought, output" => Of(Created, Done(0, call), Added(1, Thought), Done(1, Reasoning), Done(2, Output), Delta("4.", 3), Done(3, Message("4.")), Completed(call, Reasoning, Output, Message("4."))),
            "call, text, output" => Of(Created, Done(0, call), Delta("4.", 1), Done(1, Message("4.")), Done(2, Output), Completed(call, Message("4."), Output)),
            "output announced with its call" => Of(Created, Added(0, call), Added(1, Output), Done(0, call), Delta("4.", 2), Completed(call, Output, Message("4."))),
            "output without its call's end" => Of(Created, Added(0, call), Done(1, Output), Delta("4.", 2), Completed(call, Output, Message("4."))),
            _ => Of(Created, Done(0, call), Done(1, Output), Delta("4.", 2), Done(2, Message("4.")), Completed()),
        };
        var invoked = 0;
        var tool = AIFunctionFactory.Create(() => ++invoked, "f");

        foreach (var streaming in (bool[])[true, false])
        {
            var client = Client(streaming ? body : Whole(body), mediaType: streaming ? "text/event-stream" : "application/json").AsBuilder().UseFunctionInvocation().Build();
            if (!streaming && manner == "an empty ending")
                continue; // there is no such whole answer
            var answer = streaming ? await client.GetStreamingResponseAsync("q", new() { Tools = [tool] }).ToChatResponseAsync() : await client.GetResponseAsync("q", new() { Tools = [tool] });

            Assert.True(Assert.Single(answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()).InformationalOnly);
            Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
            Assert.Equal("4.", answer.Text);
        }
        Assert.Equal(0, invoked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_calls_of_one_id_are_two_calls(bool streaming)
    {
        string[] output = [Call("tool_0_f", "f", "{\"city\":\"Oslo\"}"), Call("tool_0_f", "f", "{\"city\":\"Rome\"}").Replace("fc_tool_0_f", "fc_2", StringComparison.Ordinal)];
        var body = Of(Created, Done(0, output[0]), Done(1, output[1]), Completed(output));
        var client = Client(streaming ? body : Whole(body), mediaType: streaming ? "text/event-stream" : "application/json");
        List<ChatMessage> history = [new(ChatRole.User, "q")];

        var answer = streaming ? await client.GetStreamingResponseAsync(history).ToChatResponseAsync() : await client.GetResponseAsync(history);
        var calls = answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToList();

        Assert.Equal(["tool_0_f", "tool_0_f_2"], calls.Select(call => call.CallId));
        history.AddMessages(answer);
        history.Add(new(ChatRole.Tool, [new FunctionResultContent(calls[1].CallId, "sun"), new FunctionResultContent(calls[0].CallId, "rain")]));
        var input = JsonElement.Parse(client.Explain(history).Json).GetProperty("input").EnumerateArray().Skip(1).ToList();
        Assert.Equal(["{\"city\":\"Oslo\"}", "{\"city\":\"Rome\"}"], input.Take(2).Select(item => item.GetProperty("arguments").GetString()));
        Assert.Equal("rain", Result("{\"city\":\"Oslo\"}"));
        Assert.Equal("sun", Result("{\"city\":\"Rome\"}"));

        string? Result(string arguments)
        {
            var id = input.Single(item => item.TryGetProperty("arguments", out var text) && text.GetString() == arguments).GetProperty("call_id").GetString();
            return input.Single(item => item.GetProperty("type").GetString() == "function_call_output" && item.GetProperty("call_id").GetString() == id).GetProperty("output").GetString();
        }
    }

    [Fact]
    public async Task Of_two_calls_of_one_id_only_the_one_without_an_output_is_to_be_made()
    {
        var second = Call("c1", "g", "{}").Replace("fc_c1", "fc_2", StringComparison.Ordinal);
        var calls = (await Hear(Of(Created, Completed(Call("c1", "f", "{}"), Output, second)))).ToChatResponse().Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToList();

        Assert.Equal([("c1", true), ("c1_2", false)], calls.Select(call => (call.CallId, call.InformationalOnly)));
    }

    /// <summary>The whole answer that a stream ends in.</summary>
    private static string Whole(string stream) =>
        JsonElement.Parse(stream.Split('\n').Last(line => line.Contains("\"response.completed\"", StringComparison.Ordinal))["data: ".Length..]).GetProperty("response").GetRawText();

    private static string Legacy(string text) => $$"""{"type":"response.reasoning.delta","output_index":0,"delta":"{{text}}"}""";
}

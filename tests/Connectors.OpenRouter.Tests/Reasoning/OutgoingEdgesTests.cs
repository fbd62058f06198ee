using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Histories as other clients, reducers, stores and people leave them: what goes out is in pairs, has its own ids and says nothing twice.</summary>
public class OutgoingEdgesTests
{
    private const string Signed = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"signature":"Eq==","format":"anthropic-claude-v1","status":"completed"}""";
    private const string Open = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"format":"unknown","status":"completed"}""";
    private static readonly string Long = "call_" + new string('x', 80);

    [Fact]
    public async Task Ids_longer_than_64_are_shortened_in_the_call_and_in_its_result_when_another_family_is_asked()
    {
        var answer = await AnswerAsync(Signed, Call(Long, "f", "{}"));
        List<ChatMessage> history = [User("q"), answer, Result(Long), User("next")];

        var (input, warnings) = await SendAsync(history, "openai/o4-mini");
        var again = (await SendAsync([.. history, Assistant("Yes."), User("more")], "openai/o4-mini")).Input;

        Assert.Equal(["message", "function_call", "function_call_output", "message"], Types(input));
        Assert.Equal((string?)input[1]!["call_id"], (string?)input[2]!["call_id"]);
        Assert.StartsWith("call_", (string?)input[1]!["call_id"], StringComparison.Ordinal);
        Assert.InRange(((string)input[1]!["call_id"]!).Length, 8, 64);
        Assert.InRange(((string)input[1]!["id"]!).Length, 8, 64);
        Assert.Contains(warnings, warning => warning.Contains("64", StringComparison.Ordinal));
        Requests.AssertSame(input[1]!.ToJsonString(), again[1]);
    }

    [Theory]
    [InlineData("anthropic/claude-opus-5")]
    [InlineData("author/model")]
    public async Task Its_own_family_and_whoever_may_answer_get_long_ids_as_they_are(string model)
    {
        var (input, _) = await SendAsync([User("q"), await AnswerAsync(Signed, Call(Long, "f", "{}")), Result(Long)], model);

        Assert.Equal(["message", "reasoning", "function_call", "function_call_output"], Types(input));
        Assert.All(input.Skip(2), item => Assert.Equal(Long, (string?)item!["call_id"]));
    }

    [Theory]
    [InlineData("""{"type":"web_search_call","id":null,"status":null,"action":{"type":"search","query":null}}""", """{"type":"web_search_call","action":{"type":"search","query":null}}""")]
    [InlineData("""{"type":"function_call","id":null,"call_id":"a","name":"f","arguments":"{}","status":null}""", """{"type":"function_call","call_id":"a","name":"f","arguments":"{}"}""")]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x","status":null,"more":null}""", """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x","more":null}""")]
    public async Task A_null_status_or_id_never_goes_out(string item, string sent)
    {
        var answer = await AnswerAsync(item, Message("Hi.", "msg_9"));

        var (input, _) = await SendAsync([User("q"), answer, Result("a"), User("next")], "author/model");

        Requests.AssertSame(sent, input[1]);
    }

    [Fact]
    public async Task An_async_call_may_stay_unanswered_also_when_somebody_has_edited_it()
    {
        const string Later = """{"type":"function_call","id":"fc_1","call_id":"a","name":"f","arguments":"{}","status":"completed","async":true}""";
        var answer = await AnswerAsync(Later);
        var (input, warnings) = await SendAsync([User("q"), answer, User("next")], "author/model");
        Requests.AssertSame(Later, input[1]);
        Assert.Empty(warnings);

        answer.Contents.OfType<FunctionCallContent>().Single().Arguments = new Dictionary<string, object?> { ["b"] = 1 };
        (input, _) = await SendAsync([User("q"), answer, User("next")], "author/model");
        Requests.AssertSame(Later.Replace("{}", "{\\\"b\\\":1}", StringComparison.Ordinal), input[1]);
    }

    [Fact]
    public async Task A_result_before_its_call_is_not_sent_and_leaves_the_call_unanswered()
    {
        var (input, warnings) = await SendAsync([User("q"), Result("a"), new(ChatRole.Assistant, [new FunctionCallContent("a", "f", new Dictionary<string, object?>())]), User("next")], "author/model");

        Assert.Equal(["message", "message"], Types(input));
        Assert.Equal(2, warnings.Count);
    }

    [Fact]
    public async Task Edited_words_stay_edited_when_a_late_signature_replaces_the_envelope()
    {
        var answer = await LateAsync(Signed);
        answer.Contents.OfType<TextReasoningContent>().First(thought => thought.Text.Length > 0).Text = "I never thought that.";

        var (input, warnings) = await SendAsync([User("q"), answer, User("next")], "author/model");

        Assert.Equal(["message", "message", "message"], Types(input));
        Assert.Contains(warnings, warning => warning.Contains("edited", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Edited_words_that_nothing_proves_go_out_edited_also_when_a_later_envelope_replaces_the_first()
    {
        var answer = await LateAsync(Open.Replace("\"status\"", "\"more\":1,\"status\"", StringComparison.Ordinal));
        answer.Contents.OfType<TextReasoningContent>().First(thought => thought.Text.Length > 0).Text = "Rather not.";

        var (input, _) = await SendAsync([User("q"), answer, User("next")], "author/model");

        Assert.Equal(["message", "reasoning", "message", "message"], Types(input));
        Assert.Equal("Rather not.", (string?)input[1]!["content"]![0]!["text"]);
        Assert.Equal(1, (int?)input[1]!["more"]);
    }

    [Fact]
    public async Task Half_a_letter_inside_an_envelope_comes_back_as_it_came()
    {
        const string Half = """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a\ud83d b"}],"encrypted_content":"x","note":"\udc00","status":"completed"}""";
        var answer = await AnswerAsync(Half, Message("Hi."));
        answer = JsonSerializer.Deserialize<ChatMessage>(JsonSerializer.Serialize(answer, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;

        var (body, _) = await PostAsync([User("q"), answer, User("next")], "author/model");

        Assert.Contains("""a\ud83d b""", body, StringComparison.Ordinal);
        Assert.Contains("""\udc00""", body, StringComparison.Ordinal);
        Assert.Contains("\"encrypted_content\":\"x\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_user_says_around_a_function_result_is_said_once()
    {
        ChatMessage call = new(ChatRole.Assistant, [new FunctionCallContent("a", "f", new Dictionary<string, object?>())]);
        ChatMessage mixed = new(ChatRole.User, [new TextContent("before"), new FunctionResultContent("a", "r"), new TextContent("after"), new TextContent("at last")]);

        var (input, _) = await SendAsync([User("q"), call, mixed], "author/model");

        Assert.Equal(["message", "function_call", "message", "function_call_output", "message"], Types(input));
        Assert.Equal(["before"], Texts(input[2]!));
        Assert.Equal(["after", "at last"], Texts(input[4]!));
    }

    [Fact]
    public async Task A_renamed_call_goes_out_under_its_new_name_and_keeps_what_nobody_knows()
    {
        var answer = await AnswerAsync("""{"type":"function_call","id":"fc_1","call_id":"a","name":"old","arguments":"{\"x\": 1}","status":"completed","later":{"member":null}}""");
        var old = answer.Contents.OfType<FunctionCallContent>().Single();
        answer.Contents = [new FunctionCallContent("a", "renamed", old.Arguments) { AdditionalProperties = old.AdditionalProperties }];

        var (input, _) = await SendAsync([User("q"), answer, Result("a")], "author/model");

        Requests.AssertSame("""{"type":"function_call","id":"fc_1","call_id":"a","name":"renamed","arguments":"{\"x\":1}","status":"completed","later":{"member":null}}""", input[1]);
    }

    [Fact]
    public async Task Arguments_go_back_as_the_very_text_received_while_they_say_the_same()
    {
        var answer = await AnswerAsync("""{"type":"function_call","id":"fc_1","call_id":"a","name":"f","arguments":"{ \"b\" : 1.0,\n \"a\":\"\\u00e9\" }","status":"completed"}""");
        answer = JsonSerializer.Deserialize<ChatMessage>(JsonSerializer.Serialize(answer, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;

        var (input, _) = await SendAsync([User("q"), answer, Result("a")], "author/model");

        Assert.Equal("{ \"b\" : 1.0,\n \"a\":\"\\u00e9\" }", (string?)input[1]!["arguments"]);
    }

    /// <summary>As message counters and token counters do it: somewhere in the middle of everything.</summary>
    [Fact]
    public async Task A_history_may_be_cut_anywhere()
    {
        List<ChatMessage> history = [User("q")];
        for (var round = 1; round <= 2; round++)
        {
            history.Add(await AnswerAsync(Proven($"rs_{round}"), Call($"a{round}", "f", "{}"), Call($"b{round}", "f", "{}")));
            history.AddRange([Result($"a{round}"), Result($"b{round}")]);
        }
        history.AddRange([await AnswerAsync(Proven("rs_3"), Message("Done.")), User("thanks")]);

        for (var from = 0; from < history.Count; from++)
            for (var to = from + 1; to <= history.Count; to++)
            {
                var posted = await Requests.SendAsync(history[from..to], configure: options => options.Model = "openai/o4-mini");
                Requests.AssertValid(posted.Json);
                var input = (JsonArray)posted.Json["input"]!;
                var (calls, results) = (Ids(input, "function_call"), Ids(input, "function_call_output"));
                Assert.Equal(calls.Order(), results.Order());
                for (var i = 0; i < input.Count; i++)
                    if ((string?)input[i]!["type"] == "reasoning")
                        Assert.True(i + 1 < input.Count && (string?)input[i + 1]!["role"] != "user" && (string?)input[i + 1]!["type"] != "function_call_output", $"{from}..{to}: {input}");
            }

        static List<string?> Ids(JsonArray input, string type) => [.. input.Where(item => (string?)item!["type"] == type).Select(item => (string?)item!["call_id"])];
    }

    [Fact]
    public async Task No_two_items_share_an_id_whoever_made_them_up()
    {
        var answer = await AnswerAsync(Proven("x"), Message("One.", "x"), Call("a", "f", "{}").Replace("fc_a", "x", StringComparison.Ordinal));

        var (input, _) = await SendAsync([User("q"), answer, Result("a"), answer, Result("a"), Assistant("Hi."), Assistant("Ho.")], "author/model");

        var ids = input.Select(item => (string?)item!["id"]).OfType<string>().ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(input.Where(item => (string?)item!["role"] == "assistant"), item => Assert.NotNull(item!["id"]));
    }

    private static string Proven(string id) => $$"""{"type":"reasoning","id":"{{id}}","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAAA","format":"openai-responses-v1","status":"completed"}""";

    private static ChatMessage User(string text) => new(ChatRole.User, text);

    private static ChatMessage Assistant(string text) => new(ChatRole.Assistant, text);

    private static ChatMessage Result(string id) => new(ChatRole.Tool, [new FunctionResultContent(id, "r")]);

    private static async Task<ChatMessage> AnswerAsync(params string[] output) => (await Hear(Of(Created, Completed(output)))).ToChatResponse().Messages[0];

    /// <summary>An answer whose reasoning is finished without what only its ending knows.</summary>
    private static async Task<ChatMessage> LateAsync(string known) => (await Hear(Of(Created,
        Added(0, """{"type":"reasoning","id":"rs_1","summary":[],"status":"in_progress"}"""), Thinking("Hm."), Done(0, Open), Added(1, Message("")), Delta("Hi", 1), Done(1, Message("Hi")),
        Completed(known, Message("Hi"))))).ToChatResponse().Messages[0];

    private static async Task<(JsonArray Input, IReadOnlyList<string> Warnings)> SendAsync(IEnumerable<ChatMessage> history, string model)
    {
        var (body, warnings) = await PostAsync(history, model);
        return ((JsonArray)JsonNode.Parse(body)!["input"]!, warnings);
    }

    /// <summary>To a service that takes anything.</summary>
    private static async Task<(string Body, IReadOnlyList<string> Warnings)> PostAsync(IEnumerable<ChatMessage> history, string model)
    {
        var service = new Service(Service.Json("""{"id":"gen-2","status":"completed","output":[{"type":"message","role":"assistant","id":"msg_9","content":[{"type":"output_text","text":"Yes.","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3} }"""));
        var answer = await new OpenRouterChatClient(model, "key", new HttpClient(service)).GetResponseAsync(history);
        return (service.Bodies[0], answer.GetOpenRouter().Warnings);
    }

    private static IEnumerable<string> Types(JsonArray input) => input.Select(item => (string)item!["type"]!);

    private static IEnumerable<string?> Texts(JsonNode message) => message["content"]!.AsArray().Select(part => (string?)part!["text"]);
}

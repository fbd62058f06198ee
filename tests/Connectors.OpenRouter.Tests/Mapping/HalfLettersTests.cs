using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Histories;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Half a letter (a text that was cut inside an emoji) costs no turn, wherever it stands: JSON that was received goes out as it came, a text with a replacement sign.</summary>
public sealed class HalfLettersTests
{
    private const string Half = "a\ud83d";
    private const string Replaced = "a\ufffd";

    [Theory]
    [InlineData("""["a\ud83d"]""")]
    [InlineData("""["a\udc00"]""")]
    [InlineData("""["a\ud83d b"]""")]
    [InlineData("""["a\ud83d\n"]""")]
    [InlineData("""["a\ud83d\u0041"]""")]
    [InlineData("""["\\\ud83d"]""")]
    [InlineData("""{"a\ud83d":1}""")]
    [InlineData("""["\ud83d\ude00 \\ud83d"]""", """["\uD83D\uDE00 \\ud83d"]""")]
    [InlineData("""["\"\u00e9\\"]""", """["\"é\\"]""")]
    [InlineData("[\n  \"a\\ud83d\"\n]", """["a\ud83d"]""")]
    public async Task A_tools_json_goes_out_as_it_came(string json, string? sent = null)
    {
        var (input, _) = await SendAsync(User("q"), Assistant(new FunctionCallContent("c", "f", new Dictionary<string, object?>())), Result("c", JsonElement.Parse(json)));

        Assert.Equal(sent ?? json, (string?)input[2]!["output"]);
    }

    [Theory]
    [InlineData("""{"x":"a\ud83d"}""")]
    [InlineData("""{ "x" : "a\ud83d", "y": "\ud83d\ude00\ude00" }""")]
    [InlineData("""{"x":["a\ud83d"]}""")]
    [InlineData("""{"a\udc00":1}""")]
    public async Task A_call_can_be_stored_and_goes_back_with_the_arguments_it_came_with(string arguments)
    {
        var answer = await AnswerAsync(Call("c", "f", arguments));
        var stored = JsonSerializer.Deserialize<ChatMessage>(JsonSerializer.Serialize(answer, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;

        foreach (var call in new[] { answer, stored })
        {
            var (input, warnings) = await SendAsync(User("q"), call, Result("c"));

            Assert.Equal(arguments, (string?)input[1]!["arguments"]);
            Assert.Empty(warnings);
        }
    }

    [Fact]
    public async Task And_when_it_was_changed_with_what_was_changed()
    {
        var answer = await AnswerAsync(Call("c", "f", """{"x":"a\ud83d"}"""));
        answer.Contents.OfType<FunctionCallContent>().Single().Arguments!["y"] = 1;

        var (input, _) = await SendAsync(User("q"), answer, Result("c"));

        Requests.AssertSame($$"""{"x":"{{Replaced}}","y":1}""", JsonNode.Parse((string)input[1]!["arguments"]!));
    }

    [Fact]
    public async Task What_the_service_answered_itself_can_be_stored_too()
    {
        var answer = await AnswerAsync(Call("c", "f", "{}"), """{"type":"function_call_output","id":"fo_1","call_id":"c","output":[{"type":"input_text","text":"a\ud83d"}],"status":"completed"}""");

        var stored = JsonSerializer.Deserialize<ChatMessage>(JsonSerializer.Serialize(answer, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;
        Assert.Equal(Replaced, ((JsonElement)stored.Contents.OfType<FunctionResultContent>().Single().Result!)[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_or_a_route_that_holds_it_costs_no_answer(bool streaming)
    {
        const string Item = """{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"😀","annotations":[],"logprobs":[{"token":"\ud83d","logprob":-0.5},{"token":"\ude00","logprob":-0.5}]}]}""";
        var body = $$"""{"id":"gen-1","model":"a/b","status":"completed","output":[{{Item}}],"openrouter_metadata":{"note":"a\ud83d"},"usage":{"input_tokens":1,"output_tokens":2} }""";

        var answer = streaming
            ? (await Hear(Of(Created, Done(0, Item), $$"""{"type":"response.completed","response":{{body}} }"""))).ToChatResponse()
            : await Client(body, mediaType: "application/json").GetResponseAsync("q");

        Assert.Equal("😀", answer.Text);
        Assert.Equal(Replaced, answer.GetOpenRouter().Routing!.Value.GetProperty("note").GetString());
        Assert.Contains("openrouter.logprobs", JsonSerializer.Serialize(answer, AIJsonUtilities.DefaultOptions), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_that_were_cut_go_out_with_a_replacement_sign()
    {
        var (input, _) = await SendAsync(
            User(Half), Assistant(new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["x"] = Half, ["y"] = new[] { Half } })), Result("c", Half),
            Assistant(new FunctionCallContent("d", "f", new Dictionary<string, object?>())), Result("d", new[] { Half }), Assistant(new TextContent(Half)), User("next"));

        Assert.Equal(Replaced, (string?)input[0]!["content"]![0]!["text"]);
        Assert.Equal($$"""{"x":"{{Replaced}}","y":["{{Replaced}}"]}""", (string?)JsonNode.Parse((string)input[1]!["arguments"]!)!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal(Replaced, (string?)input[2]!["output"]);
        Assert.Equal(Replaced, (string?)input[5]!["content"]![0]!["text"]);
    }

    [Fact]
    public async Task Beside_it_every_other_escape_is_read()
    {
        var answer = (await Hear(Of(Created, Delta("""\n\t\r\b\f\"\\\/\u00e9\ud83d"""), Delta("""\ude00!"""), Completed()))).ToChatResponse();

        Assert.Equal("\n\t\r\b\f\"\\/é😀!", answer.Text);
    }

    /// <summary>Rules and reports look into arguments and results, and must not be what ends a turn.</summary>
    [Fact]
    public async Task Rules_of_a_loop_and_the_cache_report_live_with_it()
    {
        var calls = 0;
        using var fake = new FakeOpenRouter().Otherwise(r => _ = ++calls < 4 ? r.Item("""{"type":"function_call","call_id":"c@","name":"f","arguments":"{\"x\":\"a\\ud83d\"}","status":"completed"}""".Replace("@", $"{calls}", StringComparison.Ordinal)) : r.Say("Done."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient()).AsBuilder()
            .UseFunctionInvocation().UseOpenRouterStopRules(rules => rules.MaxRepeats = 2).UseOpenRouterCacheReport().Build();

        var answer = await client.GetResponseAsync("q", new() { Tools = [AIFunctionFactory.Create((string x) => x, "f")] });

        Assert.Contains("You have called f with the same arguments 2 times in a row", fake.Requests[2].Body, StringComparison.Ordinal);
        Assert.Equal("Done.", answer.Messages[^1].Text);
    }

    [Theory]
    [InlineData("\"\\ud83d\"")]
    [InlineData("\"{\\\"type\\\":\\\"x\\\",\\\"n\\\":\\\"\\ud83d\\\"}\"")]
    public async Task A_store_that_holds_it_beside_a_content_ends_no_turn(string carried)
    {
        var (input, warnings) = await SendAsync(User("q"), Assistant(new AIContent().Carrying(JsonElement.Parse(carried)), new TextContent("Yes.")), User("next"));

        Assert.Equal(["message", "message", "message"], Types(input));
        Assert.Single(warnings);
    }

    [Fact]
    public void What_an_answer_says_of_itself_can_be_read_out_of_such_a_store()
    {
        ChatResponse response = new()
        {
            AdditionalProperties = new() { ["openrouter.service_tier"] = JsonElement.Parse("\"\\ud83d\""), ["openrouter.generation_id"] = 7, ["openrouter.warnings"] = JsonElement.Parse("""["a\ud83d",{"n":1}]"""), ["openrouter.is_byok"] = JsonElement.Parse("true") },
        };

        var info = response.GetOpenRouter();

        Assert.Equal(("\ud83d", null, true), (info.ServiceTier, info.GenerationId, info.IsByok));
        Assert.Equal([Half, """{"n":1}"""], info.Warnings);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Histories;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>An assistant's messages on their way back: which message a content belongs to, what its parts are, and who is cited.</summary>
public sealed class ReturningMessagesTests
{
    private const string Unsealed = "Reasoning text was not sent: its answer broke off, or another client wrote it.";

    [Fact]
    public async Task What_an_answer_used_is_no_part_of_the_history()
    {
        var (input, warnings) = await SendAsync(User("q"), Assistant(new TextContent("Yes."), new UsageContent(new() { TotalTokenCount = 3 })), User("next"));

        Assert.Equal(["Yes."], Texts(input[1]!));
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("gen-1#2")]
    [InlineData(null)]
    public async Task Thoughts_that_a_message_breaks_off_in_are_told_of_and_what_follows_goes_out(string? next)
    {
        ChatMessage first = new(ChatRole.Assistant, [new TextContent("One."), new TextReasoningContent("But th")]) { MessageId = "gen-1" };

        var (input, warnings) = await SendAsync(User("q"), first, new(ChatRole.Assistant, "Two.") { MessageId = next }, User("next"));

        Assert.Equal(["One.", "Two."], input.Skip(1).Take(2).SelectMany(message => Texts(message!)));
        Assert.Contains(Unsealed, warnings);
    }

    [Fact]
    public async Task Reasoning_that_a_bare_content_carries_goes_back_as_reasoning()
    {
        var (input, _) = await SendAsync(User("q"), Assistant(new AIContent().Carrying(Proven("rs_1")), new TextContent("Yes.")), User("next"));

        Requests.AssertSame(Proven("rs_1"), input[1]);
    }

    [Theory]
    [InlineData("a string")]
    [InlineData("JSON")]
    [InlineData("a number")]
    public async Task Reasoning_of_the_frameworks_own_client_is_known_by_its_id(string kind)
    {
        object id = kind switch { "a string" => "rs_7", "JSON" => JsonSerializer.SerializeToElement("rs_7"), _ => 7 };
        TextReasoningContent thought = new("Hm.") { ProtectedData = "gAAAA", AdditionalProperties = new() { ["reasoningItemId"] = id } };

        var (input, warnings) = await SendAsync(User("q"), Assistant(thought, new TextContent("Yes.")), User("next"));

        if (kind == "a number")
            Assert.Contains("Reasoning that another client wrote was not sent: it cannot be rebuilt.", warnings);
        else
            Requests.AssertSame("""{"type":"reasoning","id":"rs_7","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAAA"}""", input[1]);
    }

    [Fact]
    public async Task An_empty_text_names_the_message_whose_words_came_before_anybody_knew_its_name()
    {
        var (input, _) = await SendAsync(User("q"), Assistant(
            new TextContent("Hi "), new TextContent("").Carrying("""{"id":"msg_1","phase":"final_answer"}"""), new TextContent("there."), new TextContent("!").Carrying("""{"id":"msg_1"}""")), User("next"));

        Assert.Equal(["Hi there.!"], Texts(input[1]!));
        Assert.Equal(("msg_1", "final_answer"), ((string?)input[1]!["id"], (string?)input[1]!["phase"]));
    }

    [Fact]
    public async Task An_empty_text_without_an_id_says_what_else_is_known_of_the_message()
    {
        var (input, _) = await SendAsync(User("q"), Assistant(new TextContent("Hi."), new TextContent("").Carrying("""{"phase":"commentary"}""")), User("next"));

        Assert.Equal("commentary", (string?)input[1]!["phase"]);
    }

    [Theory]
    [InlineData("#1", "One. More.", "Two.")]
    [InlineData("#2", "One.", "Two. More.")]
    [InlineData("#3", "One.", "Two.", " More.")]
    [InlineData("#0", "One.", "Two.", " More.")]
    [InlineData("#", "One.", "Two.", " More.")]
    [InlineData("#x", "One.", "Two.", " More.")]
    public async Task A_message_that_has_no_id_is_known_by_its_number(string key, params string[] expected)
    {
        var (input, _) = await SendAsync(User("q"), Assistant(
            new TextContent("One."), Envelope("""{"boundary":"message"}"""), new TextContent("Two."), new TextContent(" More.").Carrying($$"""{"$key":"{{key}}"}""")), User("next"));

        Assert.Equal(expected, input.Skip(1).SkipLast(1).SelectMany(message => Texts(message!)));
    }

    [Fact]
    public async Task Names_that_come_late_are_given_to_the_nameless_in_their_order()
    {
        var (input, _) = await SendAsync(User("q"), Assistant(
            new TextContent("One."), Envelope("""{"boundary":"message"}"""), new TextContent("Two."),
            Envelope("""{"item":{"type":"message","id":"msg_1"}}"""), Envelope("""{"item":{"id":"msg_2","phase":"final_answer"}}"""), Envelope("""{"item":{"id":"msg_3"}}""")), User("next"));

        Assert.Equal(["msg_1", "msg_2"], input.Skip(1).SkipLast(1).Select(message => (string?)message!["id"]));
        Assert.Equal("final_answer", (string?)input[2]!["phase"]);
    }

    [Theory]
    [InlineData("""["rs_2","rs_1"]""", "rs_2", "rs_1", "fc_a", "msg_1")]
    [InlineData("""["fc_a","rs_1"]""", "fc_a", "rs_2", "rs_1", "msg_1")]
    [InlineData("""["rs_2","nobody","rs_2","rs_1"]""", "rs_2", "rs_1", "fc_a", "msg_1")]
    public async Task Items_that_an_order_names_change_places_among_themselves(string order, params string[] expected)
    {
        var answer = await AnswerAsync(Proven("rs_1"), Proven("rs_2", "So."), Call("a", "f", "{}"), Message("Yes."));
        answer.Contents.Add(Envelope($$"""{"order":{{order}}}"""));

        var (input, _) = await SendAsync(User("q"), answer, Result("a"), Assistant(new TextContent("Done.")), User("next"));

        Assert.Equal(expected, input.Where(item => (string?)item!["type"] != "function_call_output").Skip(1).Take(4).Select(item => (string?)item!["id"]));
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "msg_1", true)]
    [InlineData("msg_1", "msg_1", true)]
    [InlineData("msg_1", "msg_2", false)]
    public async Task Kept_parts_join_the_message_that_they_name(string? id, string? of, bool joins)
    {
        var text = new TextContent("Hi.");
        if (id is not null)
            text.Carrying($$"""{"id":"{{id}}"}""");
        var name = of is null ? "" : $"\"of\":\"{of}\",";

        var (input, _) = await SendAsync(User("q"), Assistant(text, Envelope($$"""{ {{name}}"parts":[null,{"type":"output_later","x":1}]}""")), User("next"));

        Assert.Equal(joins ? ["output_text", "output_later"] : ["output_text"], input[1]!["content"]!.AsArray().Select(part => (string?)part!["type"]));
    }

    [Theory]
    [InlineData("[0,1,0]", "One. Three.|Two.")]
    [InlineData("[0,0,0]", "One.Two. Three.")]
    [InlineData("[2,1,0]", " Three.|Two.|One.")]
    [InlineData("""[0,"x",1]""", "One.|Two.| Three.")]
    [InlineData("[0,1.5,1]", "One.|Two.| Three.")]
    [InlineData("[0,1]", "One.|Two.| Three.")]
    public async Task Texts_that_were_said_by_turns_go_back_in_their_parts(string at, string expected)
    {
        var (input, _) = await SendAsync(User("q"), Assistant(
            new TextContent("One."), Envelope("""{"boundary":"part"}"""), new TextContent("Two."), Envelope("""{"boundary":"part"}"""), new TextContent(" Three."),
            Envelope($$"""{"parts":[null,null,null,null],"at":{{at}}}""")), User("next"));

        Assert.Equal(expected.Split('|'), Texts(input[1]!));
    }

    [Theory]
    [InlineData("[1,0]", "refusal", "output_text")]
    [InlineData("[0,0]", "output_text", "refusal")]
    public async Task A_refusal_is_never_joined_to_words(string at, params string[] expected)
    {
        var (input, _) = await SendAsync(User("q"), Assistant(new TextContent("One."), new ErrorContent("No.") { ErrorCode = "refusal" }, Envelope($$"""{"parts":[],"at":{{at}}}""")), User("next"));

        Assert.Equal(expected, input[1]!["content"]!.AsArray().Select(part => (string?)part!["type"]));
    }

    [Fact]
    public async Task A_message_whose_refusal_names_it_takes_what_follows_under_that_name()
    {
        var (input, _) = await SendAsync(User("q"), Assistant(
            new ErrorContent("No.") { ErrorCode = "Refusal" }.Carrying("""{"id":"msg_1"}"""), new TextContent("Other.").Carrying("""{"id":"msg_2"}"""), new ErrorContent(null) { ErrorCode = "refusal" }.Carrying("""{"id":"msg_1"}""")), User("next"));

        Requests.AssertSame("""[{"type":"refusal","refusal":"No."},{"type":"refusal","refusal":""}]""", input[1]!["content"]);
        Assert.Equal(["Other."], Texts(input[2]!));
    }

    [Theory]
    [InlineData("url", """{"type":"url_citation","url":"https://a.example/x","title":"A","start_index":1,"end_index":2}""")]
    [InlineData("url only", """{"type":"url_citation","url":"https://a.example/x","title":"","start_index":0,"end_index":0}""")]
    [InlineData("nothing", """{"type":"url_citation","url":"","title":"","start_index":0,"end_index":0}""")]
    [InlineData("file", """{"type":"file_citation","file_id":"file_1","filename":"a.pdf","index":1}""")]
    [InlineData("file only", """{"type":"file_citation","file_id":"file_1","filename":"","index":0}""")]
    public async Task Citations_that_another_client_wrote_go_back_in_the_services_words(string kind, string expected)
    {
        var citation = new CitationAnnotation
        {
            Url = kind.StartsWith("url", StringComparison.Ordinal) ? new("https://a.example/x") : null,
            FileId = kind.StartsWith("file", StringComparison.Ordinal) ? "file_1" : null,
            Title = kind switch { "url" => "A", "file" => "a.pdf", _ => null },
            AnnotatedRegions = kind is "url" or "file" ? [new AnnotatedRegion(), new TextSpanAnnotatedRegion { StartIndex = 1, EndIndex = 2 }] : null,
        };

        var (input, _) = await SendAsync(User("q"), Assistant(new TextContent("One.") { Annotations = [new AIAnnotation(), citation] }), User("next"));

        Requests.AssertSame($"[{expected}]", input[1]!["content"]![0]!["annotations"]);
    }

    [Fact]
    public async Task A_citation_without_a_range_belongs_to_the_last_part()
    {
        var (input, _) = await SendAsync(User("q"), Assistant(
            new TextContent("One."), Envelope("""{"boundary":"part"}"""), new TextContent("Two."),
            new TextContent("") { Annotations = [new CitationAnnotation { Url = new("https://a.example/"), AnnotatedRegions = [new TextSpanAnnotatedRegion()] }, new CitationAnnotation { FileId = "f", AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = 0, EndIndex = 2 }] }] }), User("next"));

        Assert.Equal(["file_citation", "url_citation"], input[1]!["content"]!.AsArray().Select(part => (string?)part!["annotations"]![0]!["type"]));
    }

    [Fact]
    public async Task A_message_that_only_cites_is_not_sent_and_told_of()
    {
        var (input, warnings) = await SendAsync(User("q"), Assistant(new TextContent("") { Annotations = [new CitationAnnotation { FileId = "f" }] }), User("next"));

        Assert.Equal(["message", "message"], Types(input));
        Assert.Contains("An assistant's message without a word was not sent.", warnings);
    }

    private static IEnumerable<string?> Texts(JsonNode message) => message["content"]!.AsArray().Select(part => (string?)part!["text"]);
}

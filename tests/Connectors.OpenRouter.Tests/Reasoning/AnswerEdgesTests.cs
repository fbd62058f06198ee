using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Histories;
using static Connectors.OpenRouter.Tests.Support.Scripts;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Contents that are no item, messages that say nothing, and what one message of an answer leaves to the next.</summary>
public sealed class AnswerEdgesTests
{
    public static TheoryData<AIContent, string> Alone => new()
    {
        { new UsageContent(new()), "" },
        { new AIContent(), "" },
        { new WebSearchToolResultContent("x"), "" },
        { new CodeInterpreterToolResultContent("x"), "" },
        { new McpServerToolResultContent("x"), "" },
        { new ImageGenerationToolResultContent("x"), "" },
        { new UriContent("https://a.example/", "image/png"), "\n! ContentLeftOut 1" },
        { new DataContent(new byte[] { 1 }, "image/png"), "\n! ContentLeftOut 1" },
        { new ErrorContent("No.") { ErrorCode = "other" }, "\n! ContentLeftOut 1" },
        { new ErrorContent("No."), "\n! ContentLeftOut 1" },
        { new WebSearchToolResultContent("x").Carrying("x"), "\n! UnknownEnvelope 1" },
        { new AIContent().Carrying("""{"type":"message","id":"msg_7"}"""), "\n! UnknownEnvelope 1" },
        { new AIContent().Carrying("""{"type":"function_call_output","call_id":"a","output":"r"}"""), "\n! UnknownEnvelope 1" },
        { new DataContent(new byte[] { 1 }, "image/png").Carrying("""{"type":"image_generation_call","id":"ig_1"}"""), "\nimage_generation_call ig_1" },
        { new WebSearchToolResultContent("x").Carrying("""{"type":"web_search_call","id":"ws_1"}"""), "\nweb_search_call ws_1" },
    };

    [Theory]
    [MemberData(nameof(Alone))]
    public void A_content_is_an_item_or_nothing_or_is_told_of(AIContent content, string sent) => Assert.Equal($"msg_1 One.{sent}", Brief([Assistant(new TextContent("One."), content)]));

    [Theory]
    [InlineData("=", "! EmptyMessage 1")]
    [InlineData("=\nt\nt", "! EmptyMessage 1")]
    [InlineData("=\nt\nk 0-1 https://a.example/", "! EmptyMessage 1")]
    [InlineData("=\nt <- {\"id\":\"msg_7\"}", "! EmptyMessage 1")]
    [InlineData("=\nt\nt One.", "msg_1 One.")]
    [InlineData("=\np rs_1\nt\n=\nt One.", "rs_1\nmsg_1 One.")]
    [InlineData("=\np rs_1\nt\nk 0-1 https://a.example/\n=\nt One.", "rs_1\nmsg_1 One.\n! EmptyMessage 1")] // nobody knows its id: it was no message of the service's
    [InlineData("=\nt\nk 0-1 https://a.example/\n=\np rs_1\n=\nt <- {\"id\":\"msg_7\"}\nt <- {\"id\":\"msg_8\"}", "! EmptyMessage 3\n! Unfollowed 1")]
    public void A_message_without_a_word_is_told_of_once(string script, string sent) => Assert.Equal(sent, Brief(script));

    [Fact]
    public void An_empty_list_of_citations_says_nothing()
    {
        static TextContent Empty() => new("") { Annotations = [] };

        Assert.Equal("! EmptyMessage 1", Brief([Assistant(Empty())]));
        Assert.Equal("msg_1 One.", Brief([Assistant(new TextContent("One."), Envelope("""{"boundary":"message"}"""), Empty())]));
    }

    [Fact]
    public void Citations_of_several_contents_stand_where_their_ranges_begin()
    {
        static TextContent Citing(string text, params int[] starts) => new(text) { Annotations = [.. starts.Select(start => new CitationAnnotation { FileId = $"f{start}", AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = start, EndIndex = 9 }] })] };

        var sent = Sent([Assistant(Citing("One.", 0), Citing("Two.", 7, 8), Envelope("""{"boundary":"part"}"""), Citing("Three."), new TextContent("") { Annotations = [new CitationAnnotation { FileId = "f", AnnotatedRegions = [new AnnotatedRegion()] }] })]);

        static string Cited(string file, int index) => $$"""{"type":"file_citation","file_id":"{{file}}","filename":"","index":{{index}}}""";
        Assert.Equal($$"""{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"One.Two.","annotations":[{{Cited("f0", 0)}},{{Cited("f7", 7)}}],"logprobs":[]},{"type":"output_text","text":"Three.","annotations":[{{Cited("f8", 8)}},{{Cited("f", 0)}}],"logprobs":[]}]}""", sent);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData(500, " What arrived was: [")]
    [InlineData(501, " What arrived was: [")]
    public void What_arrived_of_a_call_is_told_as_far_as_five_hundred_letters(int? length, string told)
    {
        var call = new FunctionCallContent("a", "f") { Exception = new FormatException() };
        if (length is { } letters)
            call.Carrying($$"""{"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"{{'[' + new string('x', letters - 1)}}"}""");

        var sent = Brief([Assistant(call)]).Split('\n')[1];

        var arrived = length is null ? "" : new string('x', 499) + (length > 500 ? "…" : "");
        Assert.Equal($"a = Error: the arguments of this call could not be read, so f did not run. They must be one JSON object.{told}{arrived}", sent);
    }

    [Fact]
    public void An_argument_that_cannot_be_written_is_named()
    {
        var endless = new Dictionary<string, object?>();
        endless["again"] = endless;

        var refusal = Assert.Throws<InvalidOperationException>(() => Sent([Assistant(new FunctionCallContent("a", "f", new Dictionary<string, object?> { ["x"] = endless })), Result("a")]));

        Assert.Equal("The argument `x` of a call is nested too deep, or holds itself.", refusal.Message);
    }

    public static TheoryData<string, string> Next => new()
    {
        {   // a boundary between parts is for the message it stands in
            """
            = gen-1
            t One. <- {"id":"msg_7"}
            e {"boundary":"part"}
            = gen-1#2
            t Two. <- {"id":"msg_7"}
            """,
            """
            msg_7 One.Two.
            """
        },
        {   // text without a name joins nothing of the message before
            """
            = gen-1
            t One.
            = gen-1#2
            t Two.
            e {"key":"#1","item":{"id":"msg_7"}}
            """,
            """
            msg_7 One.
            msg_1 Two.
            """
        },
        {   // thoughts that broke off are not what the next envelope seals
            """
            = gen-1
            r Hm.
            = gen-1#2
            e {"item":{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"}}
            t Two.
            """,
            """
            rs_1
            msg_1 Two.
            ! UnsealedReasoning 1
            """
        },
        {   // reasoning that one message began and a later one finishes
            """
            = gen-1
            e {"item":{"type":"reasoning","id":"rs_1","summary":[]}}
            c a f {}
            = gen-1#2
            e {"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"Last."}]}}
            T a r
            """,
            """
            rs_1 Last.
            a fc_a f({})
            a = r
            """
        },
        {   // the service's own outputs have their place by their id, and go out without it
            """
            = gen-1
            c a f {} <- {"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"{}"}
            c b f {} <- {"type":"function_call","id":"fc_b","call_id":"b","name":"f","arguments":"{}"}
            o a r <- {"type":"function_call_output","id":"fo_a","call_id":"a","output":"r"}
            o b s <- {"type":"function_call_output","id":"fo_b","call_id":"b","output":"s"}
            e {"order":["fc_a","fo_a","fc_b","fo_b"]}
            = gen-2
            o b s <- {"type":"function_call","id":"fo_b","call_id":"b","output":"s"}
            """,
            """
            a fc_a f({})
            a = r
            b fc_b f({})
            b = s
            ! UnknownEnvelope 1
            ! UnaskedResult 1
            """
        },
        {   // what a call carries is its own only where it is a call
            """
            =
            c a f {} <- {"type":"reasoning","id":"rs_1"}
            c b f {} <- {"type":"function_call","role":"x","id":"fc_7","call_id":"b","name":"f","arguments":"{}"}
            c d f {} <- {"type":"function_call","id":"fc_8","call_id":"d","name":"g","arguments":"{}"}
            c e f {} <- {"type":"function_call","id":"fc_9","call_id":"other","name":"f","arguments":"{}"}
            T a r
            T b r
            T d r
            T e r
            """,
            """
            a fc_a f({})
            b fc_b f({})
            d fc_8 f({})
            e fc_9 f({})
            a = r
            b = r
            d = r
            e = r
            ! UnknownEnvelope 2
            """
        },
    };

    [Theory]
    [MemberData(nameof(Next))]
    public void Each_message_keeps_to_what_is_its_own(string script, string sent) => Assert.Equal(Cell(sent), Brief(script));

    [Fact]
    public void Whoever_waits_is_asked_at_every_message_content_item_and_turn()
    {
        var asked = 0;

        HistoryMap.ToItems(History("q one\n=\np rs_1\nt One.\nq two\n=\nt Two.\nq three"), "author/model", null, false, new(UnsupportedOptionPolicy.Throw, explaining: false), () => asked++);

        Assert.Equal(6 + 1 + 5 + 3 + 1 + 6 + 3, asked); // contents, before the messages, messages, the answers' contents, before the rules, items, turns
    }
}

using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Scripts;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Whole items of an assistant's answer, byte for byte as they go out.</summary>
public sealed class MessageItemsTests
{
    public static TheoryData<string, string> Whole => new()
    {
        {   // the pieces of a text, of a client that names nothing
            """
            q Hello.
            =
            t Hi
            t , you
            t .
            """,
            """
            > Hello.
            {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Hi, you.","annotations":[],"logprobs":[]}]}
            """
        },
        {   // what is known of a message, without what nobody may say of it
            """
            =
            t Hi. <- {"type":"message","role":"assistant","id":"msg_7","phase":"final_answer","$place":1,"$key":"#1","Status":"y","CONTENT":[],"ID":"z","Type":"t","Role":"r","later":{"a":null}}
            """,
            """
            {"type":"message","role":"assistant","phase":"final_answer","later":{"a":null},"id":"msg_7","status":"completed","content":[{"type":"output_text","text":"Hi.","annotations":[],"logprobs":[]}]}
            """
        },
        {   // parts that no content says, and members of parts
            """
            =
            t One. <- {"id":"msg_7"}
            n No.
            t Two.
            t And three.
            e {"of":"msg_7","parts":[{"more":[1],"$said":"AAAA","type":null},{"type":"output_later","x":1},{"text":"?","refusal":"?","annotations":7,"logprobs":7,"y":null},null,{"type":"later_still"}]}
            """,
            """
            {"type":"message","role":"assistant","id":"msg_7","status":"completed","content":[{"type":"output_text","text":"One.","annotations":[],"logprobs":[],"more":[1]},{"type":"output_later","x":1},{"type":"refusal","refusal":"No.","y":null},{"type":"output_text","text":"Two.And three.","annotations":[],"logprobs":[]},{"type":"later_still"}]}
            """
        },
        {   // more entries than parts, fewer entries than parts, and entries that the service never gives
            """
            =
            t One.
            e {"parts":[{"type":"output_text","text":"EVIL"},{"type":"refusal","refusal":"EVIL"},{"type":"input_file","x":"EVIL"},{"type":"later","Type":"input_text"},null,null,{"type":"later"}]}
            =
            t One.
            n No.
            t Two.
            e {"parts":[7]}
            """,
            """
            {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"One.","annotations":[],"logprobs":[]},{"type":"later"}]}
            {"type":"message","role":"assistant","id":"msg_2","status":"completed","content":[{"type":"output_text","text":"One.","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"No."},{"type":"output_text","text":"Two.","annotations":[],"logprobs":[]}]}
            """
        },
        {   // the true text, where the words are still those that were said; else the words
            """
            =
            t One.
            t Two.
            e {"parts":[{"text":"Three.","$said":"VnRUUJE5+i0"}]}
            =
            t One.
            t Four.
            e {"parts":[{"text":"Three.","$said":"VnRUUJE5+i0"}]}
            """,
            """
            {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Three.","annotations":[],"logprobs":[]}]}
            {"type":"message","role":"assistant","id":"msg_2","status":"completed","content":[{"type":"output_text","text":"One.Four.","annotations":[],"logprobs":[]}]}
            """
        },
        {   // a message of nothing but a part that no content says
            """
            =
            t  <- {"id":"msg_7"}
            e {"of":"msg_7","parts":[{"type":"output_audio","x":1}]}
            """,
            """
            {"type":"message","role":"assistant","id":"msg_7","status":"completed","content":[{"type":"output_audio","x":1}]}
            """
        },
        {   // an empty message goes out behind reasoning that led to it, and only there
            """
            =
            p rs_1
            t  <- {"id":"msg_7"}
            =
            t  <- {"id":"msg_8"}
            q next
            """,
            """
            {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x","format":"openai-responses-v1"}
            {"type":"message","role":"assistant","id":"msg_7","status":"completed","content":[{"type":"output_text","text":"","annotations":[],"logprobs":[]}]}
            > next
            ! EmptyMessage 1
            """
        },
        {   // a citation is what it carries, else what it says; one that carries what the service never gives is told of
            """
            =
            t One.
            k 0-1 https://a.example/x <- {"type":"url_citation","url":"https://b.example/","later":1}
            k 1-2 https://a.example/x
            k 2-3 https://a.example/x <- {"type":"input_file","file_url":"EVIL"}
            k 3-4 <- {"type":"input_file","file_url":"EVIL"}
            k 3-4
            """,
            """
            {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"One.","annotations":[{"type":"url_citation","url":"https://b.example/","later":1},{"type":"url_citation","url":"https://a.example/x","title":"","start_index":1,"end_index":2},{"type":"url_citation","url":"https://a.example/x","title":"","start_index":2,"end_index":3},{"type":"url_citation","url":"","title":"","start_index":3,"end_index":4}],"logprobs":[]}]}
            ! UnknownEnvelope 2
            """
        },
        {   // a call as it came, and one that somebody has written anew
            """
            =
            c a f {"x":1} <- {"type":"function_call","id":"fc_7","call_id":"a","name":"f","arguments":"{ \"x\": 1.0 }","status":"completed","more":1}
            c b f {"x":2} <- {"type":"function_call","id":"fc_8","call_id":"b","name":"f","arguments":"{\"x\":1}","status":"in_progress","type2":"t","more":{"a":null}}
            c c f {"x":"é","y":null,"z":[1,"2"]}
            T a r
            T b r
            T c r
            """,
            """
            {"type":"function_call","id":"fc_7","call_id":"a","name":"f","arguments":"{ \"x\": 1.0 }","status":"completed","more":1}
            {"type":"function_call","id":"fc_8","call_id":"b","name":"f","arguments":"{\"x\":2}","status":"completed","type2":"t","more":{"a":null}}
            {"type":"function_call","id":"fc_c","call_id":"c","name":"f","arguments":"{\"x\":\"é\",\"y\":null,\"z\":[1,\"2\"]}","status":"completed"}
            {"type":"function_call_output","call_id":"a","output":"r"}
            {"type":"function_call_output","call_id":"b","output":"r"}
            {"type":"function_call_output","call_id":"c","output":"r"}
            """
        },
        {   // calls that cannot be made: one was answered all the same, of the other the model is told
            """
            =
            c a f {} <- {"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"{\"x","status":"completed","more":1}
            c b g {} <- {"type":"function_call","id":"fc_b","call_id":"b","name":"g","arguments":"","status":"incomplete"}
            T a r
            q next
            """,
            """
            {"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"{}","status":"completed","more":1}
            {"type":"function_call","id":"fc_b","call_id":"b","name":"g","arguments":"{}","status":"completed"}
            {"type":"function_call_output","call_id":"b","output":"Error: the arguments of this call could not be read, so g did not run. They must be one JSON object."}
            {"type":"function_call_output","call_id":"a","output":"r"}
            > next
            ! BrokenArguments 1
            ! BrokenCall 1
            """
        },
        {   // a call that was cut off behind whole arguments, and was answered all the same
            """
            =
            c a f {"x":1} <- {"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"{\"x\":1}","status":"incomplete"}
            T a r
            """,
            """
            {"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"{\"x\":1}","status":"completed"}
            {"type":"function_call_output","call_id":"a","output":"r"}
            ! BrokenArguments 1
            """
        },
        {   // whom a late word is about: the one it was called, the one it names, the first without a name, the one that is open
            """
            =
            t One. <- {"id":"msg_7"}
            e {"item":{"a":1}}
            =
            t Two.
            t Three. <- {"id":"msg_8"}
            e {"item":{"b":1}}
            e {"item":{"id":"msg_8","c":1}}
            =
            t Four. <- {"id":"msg_9"}
            t Five. <- {"id":"msg_10"}
            e {"key":"msg_9","item":{"id":"msg_10","d":1}}
            """,
            """
            {"type":"message","role":"assistant","a":1,"id":"msg_7","status":"completed","content":[{"type":"output_text","text":"One.","annotations":[],"logprobs":[]}]}
            {"type":"message","role":"assistant","b":1,"id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Two.","annotations":[],"logprobs":[]}]}
            {"type":"message","role":"assistant","c":1,"id":"msg_8","status":"completed","content":[{"type":"output_text","text":"Three.","annotations":[],"logprobs":[]}]}
            {"type":"message","role":"assistant","d":1,"id":"msg_10","status":"completed","content":[{"type":"output_text","text":"Four.","annotations":[],"logprobs":[]}]}
            {"type":"message","role":"assistant","id":"msg_2","status":"completed","content":[{"type":"output_text","text":"Five.","annotations":[],"logprobs":[]}]}
            ! Repeated 1
            """
        },
        {   // an item that nobody knows, and one of which more became known later
            """
            =
            i <- {"type":"new_thing","id":"n_1","x":[1, 2]}
            i <- {"type":"new_thing","status":"in_progress"}
            i <- {"type":"new_thing","$key":"new_thing","id":"n_2","status":"completed"}
            t Done.
            """,
            """
            {"type":"new_thing","id":"n_1","x":[1, 2]}
            {"type":"new_thing","id":"n_2","status":"completed"}
            {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Done.","annotations":[],"logprobs":[]}]}
            """
        },
        {   // another client's proof with its words and without
            """
            =
            r Hm.
            b gAAAA rs_7
            b gBBBB rs_8
            t Hi.
            """,
            """
            {"type":"reasoning","id":"rs_7","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAAA"}
            {"type":"reasoning","id":"rs_8","summary":[],"encrypted_content":"gBBBB"}
            {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Hi.","annotations":[],"logprobs":[]}]}
            """
        },
        {   // reasoning in a shape that the service does not take
            """
            =
            e {"item":{"type":"reasoning","id":"rs_1","content":[],"encrypted_content":"x","later":1}}
            e {"item":{"type":"reasoning","id":"rs_2","summary":["One.",{"type":"other","text":"Two."}],"content":{},"encrypted_content":"x","status":null}}
            e {"item":{"type":"reasoning","id":"rs_3","summary":[],"content":["Four.",{"x":1}],"encrypted_content":"x"}}
            e {"item":{"type":"reasoning","id":"rs_4","summary":[],"content":null,"encrypted_content":"x","status":"completed"}}
            e {"item":{"type":"reasoning","id":"rs_5","summary":{},"encrypted_content":"x"}}
            e {"item":{"type":"reasoning","id":"rs_6","summary":"One.","content":"Two.","encrypted_content":"x"}}
            e {"item":{"type":"reasoning","id":"rs_7","summary":"","content":"","encrypted_content":"x"}}
            t Hi.
            """,
            """
            {"type":"reasoning","id":"rs_1","encrypted_content":"x","later":1,"summary":[]}
            {"type":"reasoning","id":"rs_2","encrypted_content":"x","summary":[{"type":"summary_text","text":"One."},{"type":"summary_text","text":"Two."}]}
            {"type":"reasoning","id":"rs_3","encrypted_content":"x","summary":[],"content":[{"type":"reasoning_text","text":"Four."}]}
            {"type":"reasoning","id":"rs_4","summary":[],"content":null,"encrypted_content":"x","status":"completed"}
            {"type":"reasoning","id":"rs_5","encrypted_content":"x","summary":[]}
            {"type":"reasoning","id":"rs_6","encrypted_content":"x","summary":[{"type":"summary_text","text":"One."}],"content":[{"type":"reasoning_text","text":"Two."}]}
            {"type":"reasoning","id":"rs_7","encrypted_content":"x","summary":[]}
            {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Hi.","annotations":[],"logprobs":[]}]}
            ! Reshaped 6
            """
        },
        {   // edited words that nothing proves
            """
            =
            r Hm. Rather not.
            e {"said":3,"item":{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":{"$said":[0,3,"bnLZXLS0/hY"]}},{"type":"summary_text","text":"Of old."}],"content":null,"format":"unknown","later":1}}
            t Hi.
            """,
            """
            {"type":"reasoning","id":"rs_1","format":"unknown","later":1,"summary":[],"content":[{"type":"reasoning_text","text":"Hm. Rather not."}]}
            {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Hi.","annotations":[],"logprobs":[]}]}
            ! Edited 1
            """
        },
    };

    [Theory]
    [MemberData(nameof(Whole))]
    public void An_answer_goes_out_item_by_item(string script, string sent) => Assert.Equal(Cell(sent), Sent(script));

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(4, 2)]
    [InlineData(7, 2)]
    [InlineData(8, 3)]
    [InlineData(9, 4)]
    [InlineData(10, 4)]
    [InlineData(15, 4)]
    [InlineData(99, 4)]
    [InlineData(null, 4)]
    public void A_citation_stands_in_the_part_that_its_range_begins_in(int? start, int part)
    {
        var history = History("""
            =
            t One
            t .
            n No.
            t Two.
            e {"boundary":"part"}
            t 3
            e {"boundary":"part"}
            t Fourth.
            """);
        history[0].Contents.Add(new TextContent("") { Annotations = [new CitationAnnotation { Url = new("https://a.example/"), AnnotatedRegions = [start is null ? new() : new TextSpanAnnotatedRegion { StartIndex = start }] }] });

        var content = JsonNode.Parse(Sent(history))!["content"]!.AsArray();

        Assert.Equal([part], Enumerable.Range(0, content.Count).Where(i => content[i]!["annotations"] is JsonArray { Count: > 0 }));
    }

    [Fact]
    public void An_annotation_of_another_kind_adds_nothing_to_a_refusal()
    {
        var history = History("=\nn No.");
        history[0].Contents.Add(new TextContent("") { Annotations = [new AIAnnotation()] });

        Assert.Equal("No.", (string?)Assert.Single(JsonNode.Parse(Sent(history))!["content"]!.AsArray())!["refusal"]);
    }

    [Theory]
    [InlineData("t One.\nn No.", "One.* -No.")]
    [InlineData("n No.\nt One.", "-No. One.*")]
    [InlineData("n No.\nt One.\nn Never.", "-No. One.* -Never.")]
    [InlineData("n No.", "-No. *")]
    public void A_citation_without_a_range_is_the_last_text_s_and_never_a_refusal_s(string contents, string expected)
    {
        var history = History($"=\n{contents}");
        history[0].Contents.Add(new TextContent("") { Annotations = [new CitationAnnotation { Url = new("https://a.example/") }] });

        Assert.Equal(expected, string.Join(' ', JsonNode.Parse(Sent(history))!["content"]!.AsArray().Select(part => (string?)part!["text"] is { } text ? $"{text}{(part["annotations"]!.AsArray().Count > 0 ? "*" : "")}" : $"-{part["refusal"]}")));
    }
}

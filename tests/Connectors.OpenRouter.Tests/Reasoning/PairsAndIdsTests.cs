using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.Scripts;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Calls and their results, and the ids under which items go out: a row each.</summary>
public sealed class PairsAndIdsTests
{
    private const string OpenAI = "openai/o4-mini", Anthropic = "anthropic/claude-opus-5", Anybody = "author/model";

    public static TheoryData<string, string, string> Shortened => new()
    {
        {   // another family's: of a pair the call is noted, also where its result stands in a later turn
            OpenAI,
            """
            =
            s rs_1
            w rs_LONG
            c call_LONG f {} <- {"type":"function_call","id":"fc_1","call_id":"call_LONG","name":"f","arguments":"{}"}
            i <- {"type":"new_thing","id":"ws_LONG"}
            t One. <- {"id":"msg_LONG"}
            q next
            T call_LONG r
            T other r
            q next
            """,
            """
            rs_LONG
            call_9D2C5A5BA9FF34261622906B44352F9A fc_1 f({})
            new_thing ws_2D16A3E85386611CFB085B6A5388F0BB
            msg_0B214A6F01D936134CF6CF72B9E3F442 One.
            > next
            call_9D2C5A5BA9FF34261622906B44352F9A = r
            > next
            ! UnaskedResult 1
            ! ShortId 3
            ! OtherFamily 1
            """
        },
        {   // a call of which both are too long is one change
            OpenAI,
            """
            =
            c call_LONG f {}
            T call_LONG r
            """,
            """
            call_9D2C5A5BA9FF34261622906B44352F9A fc_699A773CD9EC21EFAE37490DC6ABC3C0 f({})
            call_9D2C5A5BA9FF34261622906B44352F9A = r
            ! ShortId 1
            """
        },
        {   // its own are sent as they are, and reasoning always keeps its own
            OpenAI,
            """
            =
            p rs_LONG
            c call_LONG f {} <- {"type":"function_call","id":"fc_1","call_id":"call_LONG","name":"f","arguments":"{}"}
            T call_LONG r
            =
            w rs_1LONG
            t One. <- {"id":"msg_LONG"}
            """,
            """
            rs_LONG
            call_LONG fc_1 f({})
            call_LONG = r
            rs_1LONG
            msg_LONG One.
            """
        },
        {   // where nothing says whose they are, only one family is known to refuse them
            Anthropic,
            """
            =
            t One. <- {"id":"msg_LONG"}
            q next
            =
            p rs_LONG
            t Two. <- {"id":"msg_1LONG"}
            """,
            """
            msg_LONG One.
            > next
            msg_163E6CCCDA0E8F18E6D9C96A8FC2FDE2 Two.
            ! ShortId 1
            ! OtherFamily 1
            """
        },
        {   // sixty-four letters are not too long
            OpenAI,
            """
            =
            t One. <- {"id":"SIXTYFOUR"}
            t Two. <- {"id":"xSIXTYFOUR"}
            """,
            """
            SIXTYFOUR One.
            id_0D9E041ADFF353539F640581B18E11DB Two.
            ! ShortId 1
            """
        },
        {   // whoever may answer gets them as they are
            Anybody,
            """
            =
            s rs_1
            t One. <- {"id":"msg_LONG"}
            """,
            """
            rs_1
            msg_LONG One.
            """
        },
    };

    [Theory]
    [MemberData(nameof(Shortened))]
    public void Ids_that_are_too_long_for_another_family_are_shortened(string model, string script, string sent) => Assert.Equal(Spelt(Cell(sent)), Brief(Spelt(script), model));

    private static string Spelt(string text) => text.Replace("LONG", new('x', 80), StringComparison.Ordinal).Replace("SIXTYFOUR", new('y', 64), StringComparison.Ordinal);

    public static TheoryData<string, string> Paired => new()
    {
        {   // a result belongs to the nearest call of its id that has none
            """
            =
            c a f {"n":1}
            c a f {"n":2}
            c a f {"n":3}
            c b g {}
            T a r
            T a s
            T c u
            q next
            =
            c a f {"n":4}
            T a v
            T a w
            T a x
            """,
            """
            a fc_a f({"n":1})
            a fc_a_2 f({"n":2})
            a fc_a_3 f({"n":3})
            a = r
            a = s
            > next
            a fc_a_4 f({"n":4})
            a = v
            a = w
            ! UnansweredCall 1
            ! UnaskedResult 2
            """
        },
        {   // the farther call stays open behind the nearer
            """
            =
            c a f {"n":1}
            c a f {"n":2}
            T a r
            q next
            """,
            """
            a fc_a f({"n":2})
            a = r
            > next
            ! UnansweredCall 1
            """
        },
        {   // raw calls: one that has no call_id cannot be answered, one that is async need not be
            """
            =
            i <- {"type":"function_call","id":"fc_1","name":"f","arguments":"{}"}
            i <- {"type":"function_call","id":"fc_2","name":"f","arguments":"{}","async":true}
            i <- {"type":"function_call","id":"fc_3","call_id":"a","name":"f","arguments":"{}"}
            i <- {"type":"function_call","id":"fc_4","call_id":"b","name":"f","arguments":"{}","async":true}
            i <- {"type":"function_call","id":"fc_5","call_id":"c","name":"f","arguments":"{}","async":false}
            T a r
            """,
            """
            fc_2 f({})
            a fc_3 f({})
            b fc_4 f({})
            a = r
            ! UnansweredCall 2
            """
        },
        {   // what the model is told of calls that could not be read stands behind all calls of their answer, before what others say
            """
            =
            c a f {} <- {"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"["}
            c b g {}
            c d h {} <- {"type":"function_call","id":"fc_d","call_id":"d","name":"h","arguments":"["}
            t Wait.
            T b r
            q next
            =
            c e f {} <- {"type":"function_call","id":"fc_e","call_id":"e","name":"f","arguments":"["}
            q well?
            =
            c h f {} <- {"type":"function_call","id":"fc_h","call_id":"h","name":"f","arguments":"["}
            """,
            """
            a fc_a f({})
            b fc_b g({})
            d fc_d h({})
            msg_1 Wait.
            a = Error: the arguments of this call could not be read, so f did not run. They must be one JSON object. What arrived was: [
            d = Error: the arguments of this call could not be read, so h did not run. They must be one JSON object. What arrived was: [
            b = r
            > next
            e fc_e f({})
            e = Error: the arguments of this call could not be read, so f did not run. They must be one JSON object. What arrived was: [
            > well?
            h fc_h f({})
            h = Error: the arguments of this call could not be read, so f did not run. They must be one JSON object. What arrived was: [
            ! BrokenCall 4
            """
        },
        {   // of thoughts under one id each goes out once, whichever is repeated
            """
            =
            e {"item":{"type":"reasoning","id":"rs_0","summary":[],"encrypted_content":"one"}}
            t One.
            =
            e {"item":{"type":"reasoning","id":"rs_0","summary":[],"encrypted_content":"two"}}
            e {"item":{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"two"}}
            t Two.
            =
            r Hm.
            e {"said":3,"item":{"type":"reasoning","id":"rs_0","summary":[{"type":"summary_text","text":{"$said":[0,3,"bnLZXLS0/hY"]}}],"encrypted_content":"three"}}
            t Three.
            =
            e {"item":{"type":"reasoning","id":"rs_0","summary":[],"encrypted_content":"two"}}
            t Four.
            =
            e {"item":{"encrypted_content":"three","summary":[{"type":"summary_text","text":"Hm."}],"id":"rs_0","type":"reasoning"}}
            t Five.
            =
            e {"item":{"type":"reasoning","id":"rs_0","summary":[],"encrypted_content":"one"}}
            t Six.
            """,
            """
            rs_0
            msg_1 One.
            rs_0_2
            rs_1
            msg_2 Two.
            rs_0_3 Hm.
            msg_3 Three.
            msg_4 Four.
            msg_5 Five.
            msg_6 Six.
            ! Repeated 3
            """
        },
        {   // no two items of one id go out, and what is not sent takes none
            """
            =
            t One.
            t Two. <- {"id":"msg_1"}
            c a f {}
            c z f {} <- {"type":"function_call","id":"msg_2","call_id":"z","name":"f","arguments":"{}"}
            t Three.
            T z r
            =
            t Four. <- {"id":"msg_1"}
            c b f {} <- {"type":"function_call","id":"msg_2","call_id":"b","name":"f","arguments":"{}"}
            c b f {} <- {"type":"function_call","id":"msg_2_2","call_id":"b","name":"f","arguments":"{}"}
            c b f {} <- {"type":"function_call","id":"msg_2","call_id":"b","name":"f","arguments":"{}"}
            i <- {"type":"new_thing","id":"msg_1"}
            i <- {"type":"new_thing","id":"msg_1_3"}
            i <- {"type":"new_thing","id":"msg_1"}
            T b r
            T b r
            T b r
            """,
            """
            msg_1 One.
            msg_2 Two.
            z msg_2_2 f({})
            msg_3 Three.
            z = r
            msg_4 Four.
            b msg_2_3 f({})
            b msg_2_2_2 f({})
            b msg_2_4 f({})
            new_thing msg_1_2
            new_thing msg_1_3
            new_thing msg_1_4
            b = r
            b = r
            b = r
            ! UnansweredCall 1
            ! Repeated 2
            """
        },
        {   // an id of what is not sent is free, and one text before the same envelope is not another
            """
            =
            c a f {}
            c b f {} <- {"type":"function_call","id":"fc_a","call_id":"b","name":"f","arguments":"{}"}
            T b r
            =
            r Hm.
            e {"said":3,"item":{"type":"reasoning","id":"rs_2","summary":[{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}]}}
            t One.
            q next
            =
            r Ho.
            e {"said":3,"item":{"type":"reasoning","id":"rs_2","summary":[{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}]}}
            t Two.
            """,
            """
            b fc_a f({})
            b = r
            rs_2 Hm.
            msg_1 One.
            > next
            rs_2_2 Ho.
            msg_2 Two.
            ! UnansweredCall 1
            ! Edited 1
            """
        },
        {   // reasoning that stands there to the letter is not sent twice, however it is packed; other reasoning of its id gets a number
            """
            =
            p rs_1
            t One.
            q next
            =
            w rs_1
            t Two.
            q next
            =
            p rs_1
            r Hm.
            e {"said":3,"item":{"type":"reasoning","id":"rs_2","summary":[{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}]}}
            t Three.
            q next
            =
            e {"item":{"type":"reasoning","id":"rs_2","summary":[{"text":"Hm."}]}}
            t Four.
            q next
            =
            e {"item":{"type":"reasoning","id":"rs_2","summary":[{"text":"Ho."}]}}
            t Five.
            """,
            """
            rs_1
            msg_1 One.
            > next
            rs_1_2
            msg_2 Two.
            > next
            rs_2 Hm.
            msg_3 Three.
            > next
            msg_4 Four.
            > next
            rs_2_2 Ho.
            msg_5 Five.
            ! Repeated 2
            """
        },
    };

    [Theory]
    [MemberData(nameof(Paired))]
    public void Calls_go_out_in_pairs_and_ids_only_once(string script, string sent) => Assert.Equal(Cell(sent), Brief(script));
}

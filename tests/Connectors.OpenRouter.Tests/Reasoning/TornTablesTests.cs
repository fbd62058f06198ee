using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.Scripts;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Answers that were torn apart go out in one piece, or stay where they stand: a row each.</summary>
public sealed class TornTablesTests
{
    public static TheoryData<string, string> Torn => new()
    {
        {   // reasoning behind the result of its call goes before the first call of its answer, also from behind what was moved
            """
            q one
            = gen-1
            t I look.
            c a f {}
            c c f {}
            = gen-1
            c b f {}
            T a r
            T c r
            T b r
            = gen-1
            p rs_1
            = gen-1
            p rs_2
            q next
            """,
            """
            > one
            msg_1 I look.
            rs_1
            rs_2
            a fc_a f({})
            c fc_c f({})
            b fc_b f({})
            a = r
            c = r
            b = r
            > next
            """
        },
        {   // not over what somebody said, not to another answer, and not with words
            """
            = gen-1
            c a f {}
            T a r
            q wait
            = gen-1
            p rs_1
            t One.
            = gen-2
            c b f {}
            T b r
            = gen-3
            p rs_2
            = gen-4
            t Two.
            = gen-5
            c c f {}
            T c r
            = gen-5
            p rs_3
            t Three.
            """,
            """
            a fc_a f({})
            a = r
            > wait
            rs_1
            msg_1 One.
            b fc_b f({})
            b = r
            rs_2
            msg_2 Two.
            c fc_c f({})
            c = r
            rs_3
            msg_3 Three.
            """
        },
        {   // thoughts that nothing seals are not moved
            """
            = gen-1
            c a f {}
            T a r
            = gen-1
            r Hm.
            = gen-2
            t One.
            """,
            """
            a fc_a f({})
            a = r
            msg_1 One.
            ! UnsealedReasoning 1
            """
        },
        {   // a call that was made after others had spoken goes behind its reasoning, with its own results and no others
            """
            q one
            = gen-1
            p rs_1
            q You may.
            = gen-1
            c a f {}
            = gen-1
            c b f {}
            T a r
            T b r
            T c r
            q next
            = gen-2
            c c f {}
            T c s
            """,
            """
            > one
            rs_1
            a fc_a f({})
            b fc_b f({})
            a = r
            b = r
            > You may.
            > next
            c fc_c f({})
            c = s
            ! UnaskedResult 1
            """
        },
        {   // and only where reasoning ends the answer's first part
            """
            = gen-1
            p rs_1
            t One.
            q You may.
            = gen-1
            c a f {}
            T a r
            """,
            """
            rs_1
            msg_1 One.
            > You may.
            a fc_a f({})
            a = r
            """
        },
        {   // a second part moves behind the first one that was moved
            """
            = gen-1
            p rs_1
            q You may.
            = gen-1
            c a f {}
            T a r
            q That too.
            = gen-1
            c b f {}
            T b r
            """,
            """
            rs_1
            a fc_a f({})
            a = r
            b fc_b f({})
            b = r
            > You may.
            > That too.
            """
        },
        {   // nothing is torn where the parts stand side by side, or belong to different answers
            """
            = gen-1
            c a f {}
            = gen-1
            s rs_1
            T a r
            = gen-2
            s rs_2
            = gen-3
            t One.
            """,
            """
            a fc_a f({})
            rs_1
            a = r
            rs_2
            msg_1 One.
            """
        },
        {   // thoughts in pieces are sealed by their envelope
            """
            = gen-1
            c a f {}
            T a r
            = gen-1
            r Hm.
            e {"said":3,"item":{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"}}
            = gen-2
            r Hm.
            e {"said":3,"item":{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"x"}}
            q You may.
            = gen-2
            t Now.
            c b f {}
            T b r
            """,
            """
            rs_1
            a fc_a f({})
            a = r
            rs_2
            msg_1 Now.
            b fc_b f({})
            b = r
            > You may.
            """
        },
        {   // a part that was not torn itself is where the next one belongs
            """
            = gen-1
            t One.
            q wait
            = gen-1
            p rs_1
            q You may.
            = gen-1
            c a f {}
            T a r
            """,
            """
            msg_1 One.
            > wait
            rs_1
            a fc_a f({})
            a = r
            > You may.
            """
        },
        {   // a call that may stay unanswered, in the last message of all
            """
            = gen-1
            p rs_1
            = gen-2
            t Two.
            = gen-1
            c a f {} <- {"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"{}","async":true}
            """,
            """
            rs_1
            a fc_a f({})
            msg_1 Two.
            """
        },
        {   // ... and before another answer
            """
            = gen-1
            p rs_1
            q You may.
            = gen-1
            c a f {} <- {"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"{}","async":true}
            = gen-2
            t Two.
            """,
            """
            rs_1
            a fc_a f({})
            > You may.
            msg_1 Two.
            """
        },
    };

    [Theory]
    [MemberData(nameof(Torn))]
    public void A_torn_answer_goes_out_in_one_piece(string script, string sent) => Assert.Equal(Cell(sent), Brief(script));

    [Fact]
    public void What_is_known_of_a_message_stays_with_it_and_the_history_stays_as_it_was()
    {
        var history = History("= gen-1\nc a f {}\nT a r\n= gen-1\np rs_1\nq next");
        history[0].AuthorName = "scout";
        var before = history.Select(message => (message, message.Contents.Count)).ToList();

        var repaired = InterruptedAnswers.Repair(history);

        Assert.Equal(["scout", null, null], repaired.Select(message => message.AuthorName));
        Assert.Equal(["gen-1", null, null], repaired.Select(message => message.MessageId));
        Assert.Equal(before, history.Select(message => (message, message.Contents.Count)));
        Assert.Same(history[1], repaired[1]);
        Assert.Same(history[3], repaired[2]);
        var whole = History("= gen-1\np rs_1\nc a f {}\nT a r\n= gen-1\nt One.\nq next");
        Assert.Same(whole, InterruptedAnswers.Repair(whole));
    }
}

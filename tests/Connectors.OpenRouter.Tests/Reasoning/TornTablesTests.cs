using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.Scripts;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Answers that were torn apart, and calls that somebody was asked about: where everything goes out, a row each.</summary>
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

    public static TheoryData<string, string> Asked => new()
    {
        {   // the call and its result stand where the question stood
            """
            q one
            =
            t May I?
            ? a
            + a
            =
            c a f {}
            T a r
            q next
            """,
            """
            > one
            msg_1 May I?
            a fc_a f({})
            a = r
            > next
            """
        },
        {   // the framework need not have repeated the call
            """
            =
            ? a
            + a
            T a r
            =
            t Done.
            """,
            """
            a fc_a f({})
            a = r
            msg_1 Done.
            """
        },
        {   // what was refused stands before what was approved, as the framework resumes it
            """
            =
            ? a
            ? b
            ? c
            + a
            - b
            + c
            =
            c b f {}
            T b no
            =
            c a f {}
            c c f {}
            T a r
            T c s
            """,
            """
            b fc_b f({})
            b = no
            a fc_a f({})
            c fc_c f({})
            a = r
            c = s
            """
        },
        {   // call_ids repeat: each question has its own call and result, and what nobody was asked about stays
            """
            =
            ? a
            + a
            =
            c a f {}
            T a one
            q next
            =
            c a g {}
            T a two
            =
            ? a
            + a
            =
            c a f {}
            T a three
            """,
            """
            a fc_a f({})
            a = one
            > next
            a fc_a_2 g({})
            a = two
            a fc_a_3 f({})
            a = three
            """
        },
        {   // a result whose question was answered, and whose call was made, is the call's
            """
            =
            ? a
            ? a
            + a
            - a
            =
            c a f {}
            T a one
            T a no
            """,
            """
            a fc_a f({})
            a = no
            a fc_a_2 f({})
            a = one
            """
        },
    };

    [Theory]
    [MemberData(nameof(Asked))]
    public void A_call_that_somebody_was_asked_about_stands_where_it_was_asked(string script, string sent) => Assert.Equal(Cell(sent), Brief(script));

    [Theory]
    [InlineData("q one\n=\nc a f {}\nT a r")]
    [InlineData("q one\n=\n? a")]
    [InlineData("q one\n=\n? a\n+ a\nq next")]
    public void A_history_in_which_nothing_was_resumed_is_the_same_list(string script)
    {
        var history = History(script);

        Assert.Same(history, ApprovedCalls.InPlace(history, null));
    }

    [Fact]
    public void A_message_of_which_something_was_moved_keeps_what_else_it_is()
    {
        var history = History("= gen-1\nt May I?\n? a\n+ a\n= gen-2\nc a f {}\nt So.\nT a r\nq next");
        (history[0].AuthorName, history[2].AdditionalProperties) = ("scout", new() { ["x"] = 1 });

        var moved = ApprovedCalls.InPlace(history, null);

        Assert.Equal(["scout gen-1 3 ", " gen-2 1 x", "  1 "], moved.Select(message => $"{message.AuthorName} {message.MessageId} {message.Contents.Count} {string.Join(',', message.AdditionalProperties?.Keys ?? [])}"));
        Assert.Same(history[^1], moved[^1]);
    }
}

using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.Scripts;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Calls that somebody was asked about go out where the question stood: a row each.</summary>
public sealed class ApprovedTablesTests
{
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

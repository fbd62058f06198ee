using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.Scripts;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Which message of an answer each text belongs to, and which messages are one answer.</summary>
public sealed class AnswerContentsTests
{
    public static TheoryData<string, string> Messages => new()
    {
        {   // what is a message of its own, and what is a part
            """
            =
            t One.
            e {"boundary":"message"}
            t Two.
            e {"boundary":"part"}
            t Three.
            t And four.
            n No.
            t Five.
            """,
            """
            msg_1 One.
            msg_2 Two.|Three.And four.|refusal|Five.
            """
        },
        {   // an item between texts ends a message that has no name, and not one that has
            """
            =
            t One.
            i <- {"type":"new_thing","id":"n_1"}
            t Two. <- {"id":"msg_7"}
            i <- {"type":"new_thing","id":"n_2"}
            t Three. <- {"id":"msg_7"}
            t Four.
            """,
            """
            msg_1 One.
            new_thing n_1
            msg_7 Two.Three.Four.
            new_thing n_2
            """
        },
        {   // messages of one id are told apart by their place
            """
            =
            t One. <- {"id":"msg_7"}
            t Two. <- {"id":"msg_7","$place":2}
            t Three. <- {"id":"msg_7"}
            t Four. <- {"id":"msg_7","$place":2}
            """,
            """
            msg_7 One.Three.
            msg_1 Two.Four.
            ! Repeated 1
            """
        },
        {   // a name that comes later is given by the number of the message, by its old name, or to the next without one
            """
            =
            t One.
            e {"boundary":"message"}
            t Two.
            e {"boundary":"message"}
            t Three. <- {"id":"msg_3"}
            e {"boundary":"message"}
            t Four.
            e {"key":"#2","item":{"id":"msg_2"}}
            e {"key":"msg_3","item":{"id":"msg_33"}}
            e {"item":{"id":"msg_11"}}
            e {"item":{"id":"msg_44"}}
            e {"item":{"id":"msg_55"}}
            t -three <- {"id":"msg_33"}
            t -two <- {"id":"msg_2"}
            """,
            """
            msg_11 One.
            msg_2 Two.-two
            msg_33 Three.-three
            msg_44 Four.
            """
        },
        {   // what has no id is said of the one that is open
            """
            =
            t One. <- {"id":"msg_1"}
            e {"item":{"phase":"x"}}
            e {"of":"msg_2","parts":[null,{"type":"not_mine"}]}
            e {"of":"msg_1","parts":[null,{"type":"mine"}]}
            e {"boundary":"message"}
            e {"parts":[null,{"type":"nobodys"}]}
            """,
            """
            msg_1 One.|mine
            """
        },
        {   // a message that became known by its id keeps to it
            """
            =
            t One.
            t <- {"id":"msg_7"}
            i <- {"type":"new_thing","id":"n_1"}
            t Two. <- {"id":"msg_7"}
            t <- {"id":"msg_8"}
            t Three.
            """,
            """
            msg_7 One.Two.
            new_thing n_1
            msg_8 Three.
            """
        },
        {   // a refusal joins the message that is open, or that it names
            """
            =
            n No.
            t One. <- {"id":"msg_7"}
            n Never. <- {"id":"msg_7"}
            n Nor this. <- {"id":"msg_8"}
            """,
            """
            msg_1 refusal
            msg_7 One.|refusal
            msg_8 refusal
            """
        },
        {   // names are an answer's own: the next one begins anew
            """
            =
            t One.
            e {"item":{"id":"msg_1"}}
            e {"item":{"id":"msg_5"}}
            r Hm
            q next
            =
            t Two. <- {"$key":"#1"}
            e {"item":{"id":"msg_7"}}
            """,
            """
            msg_1 One.
            > next
            msg_7 Two.
            ! UnsealedReasoning 1
            """
        },
        {   // texts that were said by turns
            """
            =
            t One.
            e {"boundary":"part"}
            t Two.
            e {"boundary":"part"}
            t -one.
            e {"parts":[null,null],"at":[3,5,3]}
            """,
            """
            msg_1 One.-one.|Two.
            """
        },
        {   // a refusal is never joined, whatever an order says
            """
            =
            n No.
            t One.
            e {"parts":[null,null],"at":[0,0]}
            """,
            """
            msg_1 refusal|One.
            """
        },
        {   // what an envelope or a content says of its message, and is not a message's, is nobody's
            """
            =
            t One. <- {"type":"function_call","id":"fc_1"}
            t Two. <- {"role":"user"}
            """,
            """
            msg_1 One.Two.
            ! UnknownEnvelope 2
            """
        },
        {   // a citation alone begins no part
            """
            =
            t One.
            e {"boundary":"part"}
            t
            k 0-1 https://a.example/
            """,
            """
            msg_1 One.
            """
        },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void Texts_join_their_messages(string script, string sent) => Assert.Equal(Cell(sent), Brief(script));

    [Theory]
    [InlineData("gen-1", "gen-1#2", true)]
    [InlineData("gen-1#2", "gen-1#3", true)]
    [InlineData("gen-1#9", "gen-1#10", true)]
    [InlineData("gen-1", "gen-1#3", false)]
    [InlineData("gen-1#2", "gen-1#2", false)]
    [InlineData("gen-1", "gen-1", false)]
    [InlineData("gen-1", "gen-2#2", false)]
    [InlineData("gen-1", "gen-12", false)]
    [InlineData("gen-12", "gen-1#2", false)]
    [InlineData("gen-1", "gen-1#+2", false)]
    [InlineData("gen-1", "gen-1#", false)]
    [InlineData("#1", "#2", false)]
    [InlineData("#1", "#1#2", true)]
    [InlineData("#5", "#5#2", true)]
    [InlineData("", "#2", false)]
    [InlineData(null, "#2", false)]
    [InlineData(null, "gen-1#2", false)]
    [InlineData("gen-1", null, false)]
    [InlineData(null, null, false)]
    public void An_answer_goes_on_in_the_message_of_the_next_number(string? id, string? next, bool joins)
    {
        var history = History("=\nt One. <- {\"id\":\"msg_7\"}\n=\nt Two. <- {\"id\":\"msg_7\"}");
        (history[0].MessageId, history[1].MessageId) = (id, next);

        Assert.Equal(joins ? "msg_7 One.Two." : "msg_7 One.\nmsg_1 Two.\n! Repeated 1", Brief(history));
    }
}

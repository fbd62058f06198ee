using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.Scripts;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>What the rules leave of a history, and what they say of it: a row each.</summary>
public sealed class HistoryTablesTests
{
    private const string OpenAI = "openai/o4-mini", Anthropic = "anthropic/claude-opus-5", Anybody = "author/model";

    public static TheoryData<string, string, string> Filtered => new()
    {
        {   // each family gets its own, and what says nothing of itself
            OpenAI,
            """
            =
            p rs_1
            s rs_2
            w rs_3
            t One.
            """,
            """
            rs_1
            rs_3
            msg_1 One.
            ! OtherFamily 1
            """
        },
        {
            Anthropic,
            """
            =
            p rs_1
            s rs_2
            p rs_3
            t One.
            """,
            """
            rs_2
            msg_1 One.
            ! OtherFamily 2
            """
        },
        {   // the service keeps nothing: without its encrypted content nobody finds it
            Anybody,
            """
            =
            e {"item":{"type":"reasoning","id":"rs_1","summary":[],"format":"openai-responses-v1"}}
            e {"item":{"type":"reasoning","id":"rs_2","summary":[],"format":"openai-responses-v1","encrypted_content":""}}
            e {"item":{"type":"reasoning","id":"rs_3","summary":[],"format":"anthropic-claude-v1"}}
            p rs_4
            t One.
            """,
            """
            rs_3
            rs_4
            msg_1 One.
            ! NotEncrypted 2
            """
        },
        {   // proven words that were edited cost their turn what is proven, and no other turn
            Anybody,
            """
            =
            p rs_1
            s rs_2
            w rs_3
            r Not so.
            e {"said":3,"item":{"type":"reasoning","id":"rs_4","summary":[],"encrypted_content":"x"}}
            t One.
            q next
            =
            p rs_5
            t Two.
            """,
            """
            rs_3
            msg_1 One.
            > next
            rs_5
            msg_2 Two.
            ! Edited 1
            ! SameTurn 2
            """
        },
        {   // a signature proves words as well as an encrypted content
            Anybody,
            """
            =
            r Not so.
            e {"said":3,"item":{"type":"reasoning","id":"rs_1","summary":[],"signature":"x"}}
            p rs_2
            t One.
            """,
            """
            msg_1 One.
            ! Edited 1
            ! SameTurn 1
            """
        },
        {   // two edits are no better than one
            Anybody,
            """
            =
            r Not so.
            e {"said":3,"item":{"type":"reasoning","id":"rs_1","summary":[],"signature":"x"}}
            r Nor so.
            e {"said":3,"item":{"type":"reasoning","id":"rs_2","summary":[],"signature":"x"}}
            p rs_3
            t One.
            """,
            """
            msg_1 One.
            ! Edited 2
            ! SameTurn 1
            """
        },
        {   // what a bare content carries as reasoning is judged as reasoning
            OpenAI,
            """
            =
            i <- {"type":"reasoning","id":"rs_1","summary":[],"signature":"x","format":"anthropic-claude-v1"}
            i <- {"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"x"}
            t One.
            """,
            """
            rs_2
            msg_1 One.
            ! OtherFamily 1
            """
        },
        {   // unproven words go out as they were edited; all of them taken away is left out, and costs the turn
            Anybody,
            """
            =
            r Not so.
            e {"said":3,"item":{"type":"reasoning","id":"rs_1","summary":[]}}
            p rs_2
            t One.
            q next
            =
            e {"said":3,"item":{"type":"reasoning","id":"rs_3","summary":[{"text":{"$said":[0,3,"x"]}}]}}
            p rs_4
            w rs_5
            t Two.
            """,
            """
            rs_1 Not so.
            rs_2
            msg_1 One.
            > next
            rs_5
            msg_2 Two.
            ! Edited 2
            ! SameTurn 1
            """
        },
        {   // an edit outlasts a later envelope, and so do the words
            Anybody,
            """
            =
            r Not so.
            e {"said":3,"item":{"type":"reasoning","id":"rs_1","summary":[]}}
            e {"item":{"type":"reasoning","id":"rs_1","summary":[],"later":1}}
            r Nor so.
            e {"said":3,"item":{"type":"reasoning","id":"rs_2","summary":[]}}
            r So.
            e {"said":3,"item":{"type":"reasoning","id":"rs_2","summary":[]}}
            r Not so.
            e {"said":3,"item":{"type":"reasoning","id":"rs_3","summary":[]}}
            r Nor so.
            e {"said":3,"item":{"type":"reasoning","id":"rs_3","summary":[]}}
            t One.
            """,
            """
            rs_1 Not so.
            rs_2 So.
            rs_3 Nor so.
            msg_1 One.
            ! Edited 3
            """
        },
        {   // reasoning of nobody's or of the service's own family is followed by what it led to; others put it last themselves
            Anybody,
            """
            =
            p rs_1
            w rs_2
            s rs_3
            q next
            =
            c a f {}
            s rs_4
            p rs_5
            T a r
            =
            p rs_6
            w rs_7
            c b f {}
            T b r
            =
            s rs_8
            p rs_9
            """,
            """
            rs_3
            > next
            a fc_a f({})
            rs_4
            a = r
            rs_6
            rs_7
            b fc_b f({})
            b = r
            rs_8
            ! Unfollowed 4
            """
        },
        {   // nor is a developer's
            Anybody,
            """
            D Be brief.
            =
            p rs_1
            D Be brief.
            """,
            """
            # Be brief.
            # Be brief.
            ! Unfollowed 1
            """
        },
        {   // what was left out follows nothing, and a system's word is not the model's
            Anthropic,
            """
            =
            w rs_1
            p rs_2
            S Be brief.
            =
            w rs_3
            i <- {"type":"new_thing","id":"n_1"}
            """,
            """
            # Be brief.
            rs_3
            new_thing n_1
            ! OtherFamily 1
            ! Unfollowed 1
            """
        },
    };

    [Theory]
    [MemberData(nameof(Filtered))]
    public void A_history_is_left_with_what_the_target_reads(string model, string script, string sent) => Assert.Equal(Cell(sent), Brief(script, model));

    private const string Turns = """
        q one
        =
        p rs_1
        t One.
        q two
        q and
        =
        p rs_2
        c a f {}
        T a r
        =
        p rs_3
        t Three.
        q four
        =
        s rs_4
        c b f {}
        T b r
        =
        w rs_5
        t Five.
        """;

    [Theory]
    [InlineData(null, false, "12345", "")]
    [InlineData(3, false, "12345", "")]
    [InlineData(2, false, "12345", "")]
    [InlineData(1, false, "2345", "! OldTurn 1")]
    [InlineData(0, false, "45", "! OldTurn 3")]
    [InlineData(null, true, "", "! Refused 5")]
    [InlineData(0, true, "", "! OldTurn 3\n! Refused 2")]
    public void Old_or_refused_reasoning_stays_at_home(int? turns, bool withoutReasoning, string left, string notes)
    {
        var lines = Brief(Turns, Anybody, turns, withoutReasoning).Split('\n');

        Assert.Equal(left, string.Concat(lines.Where(line => line.StartsWith("rs_", StringComparison.Ordinal)).Select(line => line[3..])));
        Assert.Equal(notes, string.Join('\n', lines.Where(line => line.StartsWith('!'))));
        Assert.Equal(["> one", "msg_1 One.", "> two", "> and", "a fc_a f({})", "a = r", "msg_2 Three.", "> four", "b fc_b f({})", "b = r", "msg_3 Five."], lines.Where(line => line[0] is not ('!' or 'r')));
    }

    [Theory]
    [InlineData(0, "msg_1 One.|> two|msg_2 Two.|> three|! OldTurn 2")]
    [InlineData(1, "msg_1 One.|> two|rs_2|msg_2 Two.|> three|! OldTurn 1")]
    [InlineData(2, "rs_1|msg_1 One.|> two|rs_2|msg_2 Two.|> three")]
    public void A_turn_begins_with_what_the_user_says(int turns, string sent) =>
        Assert.Equal(sent.Split('|'), Brief("=\np rs_1\nt One.\nq two\n=\np rs_2\nt Two.\nq three", Anybody, turns).Split('\n'));
}

using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.Scripts;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>The items of an answer that are no messages: which envelope is whose, and in which order they go out.</summary>
public sealed class AnswerItemsTests
{
    public static TheoryData<string, string> Items => new()
    {
        {   // the last envelope of an item wins, and stands where the first stood
            """
            =
            e {"item":{"type":"reasoning","id":"rs_1","summary":["First."]}}
            t One.
            e {"item":{"type":"reasoning","id":"rs_2","summary":[]}}
            e {"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"Last."}]}}
            t Two.
            """,
            """
            rs_1 Last.
            msg_1 One.
            rs_2
            msg_2 Two.
            """
        },
        {   // an item that was called something else before, and again under its new name
            """
            =
            e {"item":{"type":"reasoning","id":"tmp","summary":[{"text":"First."}]}}
            e {"item":{"type":"reasoning","id":"rs_2","summary":[]}}
            e {"replaces":"tmp","item":{"type":"reasoning","id":"rs_1","summary":[{"text":"Second."}]}}
            e {"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"Last."}]}}
            e {"replaces":"nobody","item":{"type":"reasoning","id":"rs_3","summary":[]}}
            t Yes.
            """,
            """
            rs_1 Last.
            rs_2
            rs_3
            msg_1 Yes.
            """
        },
        {   // items of one id are told apart by their place
            """
            =
            e {"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"One."}]}}
            e {"place":2,"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"Two."}]}}
            e {"place":2,"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"Second."}]}}
            e {"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"First."}]}}
            t Yes.
            """,
            """
            rs_1 First.
            rs_1_2 Second.
            msg_1 Yes.
            """
        },
        {   // an item without an id is known by its key until it has one
            """
            =
            e {"key":"#1","item":{"type":"reasoning","summary":[{"text":"One."}]}}
            e {"key":"#2","item":{"type":"reasoning","summary":[{"text":"Two."}]}}
            e {"item":{"type":"reasoning","summary":[{"text":"Three."}]}}
            e {"replaces":"#2","item":{"type":"reasoning","id":"rs_2","summary":[{"text":"Second."}]}}
            t Yes.
            """,
            """
            rs_2 Second.
            msg_1 Yes.
            ! Nameless 2
            """
        },
        {   // an item that has both is known by its id, and one that has lost its id by what it replaces
            """
            =
            e {"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"First."}]}}
            e {"key":"#1","item":{"type":"reasoning","id":"rs_1","summary":[{"text":"Last."}]}}
            e {"item":{"type":"reasoning","id":"rs_2","summary":[{"text":"Gone."}]}}
            e {"replaces":"rs_2","item":{"type":"reasoning","summary":[]}}
            t Yes.
            """,
            """
            rs_1 Last.
            msg_1 Yes.
            ! Nameless 1
            """
        },
        {   // of a call that has no id also later the id stays the one it has here
            """
            =
            c a f {"x":2} <- {"type":"function_call","call_id":"a","name":"f","arguments":""}
            i <- {"$key":"function_call","type":"function_call","call_id":"a","name":"f","arguments":"{\"x\":1}"}
            T a r
            """,
            """
            a fc_a f({"x":2})
            a = r
            """
        },
        {   // thoughts that nothing seals before a call or a refusal
            """
            =
            p rs_1
            r Hm.
            c a f {}
            T a r
            q next
            =
            p rs_2
            r Hm.
            n No.
            """,
            """
            a fc_a f({})
            a = r
            > next
            msg_1 refusal
            ! UnsealedReasoning 2
            ! SameTurn 2
            """
        },
        {   // the order of an answer's items: by id, by number where there is none; what cannot be sent has no number
            """
            =
            i <- {"type":"stays","id":"n_0"}
            b gAAAA
            i <- {"type":"one"}
            i <- {"type":"two"}
            i <- {"type":"three","id":"n_3"}
            i <- {"type":"four","id":"n_3"}
            e {"order":["n_3#2","n_3","#2","#1","n_3","nobody"]}
            t Yes.
            """,
            """
            stays n_0
            four n_3
            three n_3_2
            two
            one
            msg_1 Yes.
            ! ForeignReasoning 1
            """
        },
        {   // what is known of reasoning later finds it where the order has put it
            """
            =
            e {"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"One."}]}}
            e {"item":{"type":"reasoning","id":"rs_2","summary":[{"text":"Two."}]}}
            e {"order":["rs_2","rs_1"]}
            e {"item":{"type":"reasoning","id":"rs_1","summary":[{"text":"First."}]}}
            t Yes.
            """,
            """
            rs_2 Two.
            rs_1 First.
            msg_1 Yes.
            """
        },
        {   // an order ends the message that was open, and does not reach into the answer before
            """
            =
            i <- {"type":"old","id":"n_1"}
            i <- {"type":"old","id":"n_2"}
            q next
            =
            i <- {"type":"new","id":"n_3"}
            t One. <- {"id":"msg_7"}
            e {"order":["msg_7","n_3","n_2","n_1"]}
            t Two.
            """,
            """
            old n_1
            old n_2
            > next
            msg_7 One.
            new n_3
            msg_1 Two.
            """
        },
        {   // what becomes known late of another item: by its id, by its kind, by how many came before; of nobody's it is told
            """
            =
            i <- {"type":"web_search_call","id":"ws_1"}
            i <- {"type":"web_search_call"}
            i <- {"type":"web_search_call"}
            i <- {"$key":"web_search_call#2","type":"web_search_call","id":"ws_3"}
            i <- {"$key":"ws_1","type":"web_search_call","id":"ws_11"}
            c a f {} <- {"type":"function_call","call_id":"a","name":"f","arguments":"{}"}
            i <- {"$key":"function_call","type":"function_call","id":"fc_7","call_id":"a","name":"f","arguments":"{}"}
            i <- {"$key":"ws_9","type":"web_search_call","id":"ws_9"}
            i <- {"$key":"web_search_call","type":"code_interpreter_call","id":"ws_2"}
            T a r
            """,
            """
            web_search_call ws_11
            web_search_call
            web_search_call ws_3
            a fc_7 f({})
            a = r
            ! UnknownEnvelope 2
            """
        },
        {   // also in the next answer, where the names begin anew
            """
            =
            i <- {"type":"web_search_call","id":"ws_0"}
            i <- {"type":"web_search_call","id":"ws_1"}
            i <- {"$key":"ws_1","type":"web_search_call","id":"ws_11"}
            =
            i <- {"type":"code_interpreter_call","id":"ws_1"}
            i <- {"$key":"ws_1","type":"code_interpreter_call","id":"ci_1"}
            i <- {"$key":"ws_11","type":"web_search_call","id":"ws_2"}
            i <- {"$key":"ws_0","type":"web_search_call","id":"ws_2"}
            """,
            """
            web_search_call ws_0
            web_search_call ws_11
            code_interpreter_call ci_1
            ! UnknownEnvelope 2
            """
        },
        {   // thoughts that nothing seals, and proofs that nobody can rebuild, cost the turn its proven reasoning
            """
            =
            p rs_1
            r Hm.
            t One.
            q next
            =
            p rs_2
            b gAAAA
            t Two.
            q next
            =
            p rs_3
            e 7
            t Three.
            q next
            =
            p rs_4
            r Hm.
            t Four.
            q next
            =
            p rs_5
            t Five.
            """,
            """
            msg_1 One.
            > next
            msg_2 Two.
            > next
            msg_3 Three.
            > next
            msg_4 Four.
            > next
            rs_5
            msg_5 Five.
            ! UnsealedReasoning 2
            ! ForeignReasoning 1
            ! UnknownEnvelope 1
            ! SameTurn 4
            """
        },
        {   // thoughts in which an answer breaks off cost nothing
            """
            =
            p rs_1
            t One.
            r Hm.
            =
            t Two.
            """,
            """
            rs_1
            msg_1 One.
            msg_2 Two.
            ! UnsealedReasoning 1
            """
        },
        {   // what is thought in pieces is sealed by the envelope behind them, and no other
            """
            =
            r H
            r m.
            e {"said":3,"item":{"type":"reasoning","id":"rs_1","summary":[{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}],"encrypted_content":"x"}}
            e {"item":{"type":"reasoning","id":"rs_2","summary":[]}}
            r Hm.
            b gAAAA rs_3
            t Yes.
            """,
            """
            rs_1 Hm.
            rs_2
            rs_3 Hm.
            msg_1 Yes.
            """
        },
    };

    [Theory]
    [MemberData(nameof(Items))]
    public void Items_stand_where_they_stood(string script, string sent) => Assert.Equal(Cell(sent), Brief(script));

    [Theory]
    [InlineData(64, "x t\nmsg_1 Yes.\n> next\nx t_2\nmsg_2 Yes.")]
    [InlineData(65, "x t\nmsg_1 Yes.\n> next\nx t_2\nmsg_2 Yes.\n! UnknownEnvelope 2")]
    public void An_answer_has_sixty_four_orders_at_most(int orders, string sent)
    {
        var answer = $"=\ni <- {{\"type\":\"x\",\"id\":\"t\"}}\n{string.Concat(Enumerable.Repeat("e {\"order\":[\"t\"]}\n", orders))}t Yes.";

        Assert.Equal(sent, Brief($"{answer}\nq next\n{answer}"));
    }
}

using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>The streams of the table.</summary>
public sealed partial class StreamTableTests
{
    private const string Thought = """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"ENC"}""";
    private const string Search = """{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"cats"}}""";
    private const string New = """{"type":"new_thing","id":"n_1","x":[1]}""";
    private static readonly string Empty = Completed();

    /// <summary>What is odd in a stream, and its events behind the first one.</summary>
    private static readonly Dictionary<string, string[]> Streams = new()
    {
        // Messages.
        ["two messages by turns"] = [Delta("a"), Delta("b", 1), Delta("c"), Delta("d", 1), Completed(Message("ac", "msg_0"), Message("bd", "msg_1"))],
        ["two messages by turns, and an ending without them"] = [Delta("a"), Delta("b", 1), Delta("c"), Done(1, Message("b", "msg_1")), Done(0, Message("ac", "msg_0")), Empty],
        ["a message whose id comes with its end"] = [Delta("a"), Done(0, Message("ab", "msg_0")), Completed(Message("ab", "msg_0"))],
        ["two messages whose ids only the ending knows"] = [Delta("a"), Delta("b", 1), Completed(Message("a", "msg_0"), Message("b", "msg_1"))],
        ["a message that nobody names"] = [Delta("a"), Completed("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"ab"}]}""")],
        ["two messages that nobody names"] = [Delta("a"), Delta("b", 1), Empty],
        ["a message without a word, then another"] = [Done(0, Message("", "msg_0")), Delta("b", 1), Completed(Message("", "msg_0"), Message("b", "msg_1"))],
        ["a message without a word behind another"] = [Delta("a"), Done(0, Message("a", "msg_0")), Done(1, Message("", "msg_1")), Completed(Message("a", "msg_0"), Message("", "msg_1"))],
        ["a phase that only the end tells"] = [Added(0, """{"type":"message","id":"msg_0","role":"assistant"}"""), Delta("a"), Done(0, Message("a", "msg_0").Replace("\"type\":\"message\"", "\"type\":\"message\",\"phase\":\"commentary\"", StringComparison.Ordinal)), Empty],
        ["a phase that only the ending tells"] = [Delta("a"), Done(0, Message("a", "msg_0")), Completed(Message("a", "msg_0").Replace("\"type\":\"message\"", "\"type\":\"message\",\"phase\":\"final_answer\"", StringComparison.Ordinal))],
        ["words that the end contradicts"] = [Delta("a"), Delta("b"), Done(0, Message("xyz", "msg_0")), Completed(Message("xyz", "msg_0"))],
        ["words that only the ending contradicts"] = [Delta("a"), Done(0, Message("a", "msg_0")), Completed(Message("xyz", "msg_0"))],
        ["parts by turns"] = [Part("a", 0), Part("b", 1), Part("c", 0), Part("d", 1), Completed(Parts("ac", "bd"))],
        ["the second part first"] = [Part("b", 1), Part("a", 0), Completed(Parts("a", "b"))],
        ["parts that only the ending has"] = [Part("a", 0), Completed(Parts("a", "b", "c"))],
        ["a refusal behind words"] = [Part("a", 0), Refusal("No.", 1), Completed("""{"type":"message","id":"msg_0","role":"assistant","content":[{"type":"output_text","text":"a"},{"type":"refusal","refusal":"No."}]}""")],
        ["a refusal that nothing repeats"] = [Part("a", 0), Refusal("N", 1), Refusal("o.", 1), Empty],
        ["a refusal that grows in the ending"] = [Refusal("No", 0), Done(0, """{"type":"message","id":"msg_0","role":"assistant","content":[{"type":"refusal","refusal":"No."}]}"""), Completed("""{"type":"message","id":"msg_0","role":"assistant","content":[{"type":"refusal","refusal":"No."}]}""")],
        ["a citation that only an event has"] = [Delta("abc"), Annotation(0), Done(0, Message("abc", "msg_0")), Empty],
        ["a citation that only the ending has"] = [Delta("abc"), Done(0, Message("abc", "msg_0")), Completed(Message("abc", "msg_0").Replace("\"annotations\":[]", $"\"annotations\":[{Citation}]", StringComparison.Ordinal))],
        ["a part of a new kind"] = [Delta("a"), Completed("""{"type":"message","id":"msg_0","role":"assistant","content":[{"type":"output_text","text":"a"},{"type":"new_part","x":1}]}""")],
        ["words for an item of another kind"] = [Thinking("a"), Delta("b"), Thinking("c"), Empty],
        ["words for an id that nobody has"] = [Delta("a"), """{"type":"response.output_text.delta","item_id":"msg_9","content_index":0,"delta":"b"}""", Empty],
        ["words without a place"] = ["""{"type":"response.output_text.delta","delta":"a"}""", """{"type":"response.output_text.delta","delta":"b"}""", Completed(Message("ab", "msg_0"))],
        ["words behind their own end"] = [Delta("a"), Done(0, Message("a", "msg_0")), Delta("b"), Completed(Message("a", "msg_0"))],
        ["a message that is announced twice"] = [Added(0, """{"type":"message","id":"msg_0","role":"assistant"}"""), Delta("a"), Added(0, """{"type":"message","id":"msg_0","role":"assistant"}"""), Delta("b"), Completed(Message("ab", "msg_0"))],
        ["an end that comes twice"] = [Delta("a"), Done(0, Message("a", "msg_0")), Done(0, Message("a", "msg_0")), Completed(Message("a", "msg_0"))],

        // Reasoning.
        ["thoughts, then words"] = [Thinking("a"), Delta("b", 1), Completed(Reasoning("a"), Message("b", "msg_1"))],
        ["thoughts that go on behind words"] = [Thinking("a"), Delta("b", 1), Thinking("c"), Done(0, Reasoning("ac")), Delta("d", 1), Completed(Reasoning("ac"), Message("bd", "msg_1"))],
        ["thoughts that go on behind words, and an ending without them"] = [Thinking("a"), Delta("b", 1), Thinking("c"), Empty],
        ["a thought that is only sealed"] = [Done(0, Thought), Delta("b", 1), Completed(Thought, Message("b", "msg_1"))],
        ["a thought that only the ending has"] = [Delta("b", 1), Completed(Thought, Message("b", "msg_1"))],
        ["a thought whose seal only the ending has"] = [Thinking("Hm.", 0, "reasoning_summary_text"), Done(0, """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}]}"""), Completed(Thought)],
        ["a thought whose id changes"] = [Thinking("Hm.", 0, "reasoning_summary_text"), Done(0, Thought), Completed(Thought.Replace("rs_1", "rs_2", StringComparison.Ordinal))],
        ["a thought whose id only the ending has"] = [Thinking("Hm.", 0, "reasoning_summary_text"), Delta("b", 1), Completed(Thought, Message("b", "msg_1"))],
        ["a thought that is announced and ends without an end"] = [Added(0, """{"type":"reasoning","id":"rs_1","summary":[],"format":"f-1"}"""), Thinking("a"), Delta("b", 1), Empty],
        ["summaries by turns"] = [Summary("a", 0), Summary("b", 1), Summary("c", 0), Completed("""{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"ac"},{"type":"summary_text","text":"b"}]}""")],
        ["summaries that nothing repeats"] = [Summary("a", 0), Summary("b", 1), Summary("c", 0), Empty],
        ["text and summary"] = [Thinking("a"), Summary("b", 0), Done(0, """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"b"}],"content":[{"type":"reasoning_text","text":"a"}]}"""), Empty],
        ["the same words in two dialects"] = [Thinking("a"), """{"type":"response.reasoning.delta","delta":"a"}""", Thinking("b"), """{"type":"response.reasoning.delta","delta":"b"}""", Empty],
        ["a second dialect that knows more"] = [Thinking("a"), """{"type":"response.reasoning.delta","output_index":0,"delta":"a"}""", """{"type":"response.reasoning.delta","output_index":0,"delta":"b"}""", Empty],
        ["two thoughts of one id"] = [Done(0, Thought), Done(1, Thought), Delta("b", 2), Completed(Thought, Thought, Message("b", "msg_2"))],
        ["a thought behind the answer"] = [Delta("a"), Done(0, Message("a", "msg_0")), Done(1, Thought), Completed(Message("a", "msg_0"), Thought)],
        ["a thought that the ending puts elsewhere"] = [Delta("a"), Done(0, Message("a", "msg_0")), Done(1, Thought), Completed(Thought, Message("a", "msg_0"))],

        // Calls, and what else there is.
        ["arguments that only the deltas have"] = [Added(0, """{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":""}"""), Arguments("{\\\"a\\\""), Arguments(":1}"), Done(0, """{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":""}"""), Empty],
        ["arguments before their call"] = [Arguments("{}"), Added(0, """{"type":"function_call","id":"fc_1","call_id":"c","name":"f"}"""), Empty],
        ["arguments before their call, which only the ending has"] = [Arguments("{}"), Completed("""{"type":"function_call","id":"fc_1","call_id":"c","name":"f"}""")],
        ["arguments before their call, which only its end has"] = ["""{"type":"response.function_call_arguments.done","item_id":"fc_1","arguments":"{}"}""", """{"type":"response.output_item.done","item":{"type":"function_call","id":"fc_1","call_id":"c","name":"f"}}""", Empty],
        ["arguments that the ending has otherwise"] = [Added(0, """{"type":"function_call","id":"fc_1","call_id":"c","name":"f"}"""), Arguments("{\\\"a\\\":1}"), Completed(Call("c", "f", """{"a":2}"""))],
        ["a call that is only announced"] = [Added(0, """{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}"}"""), Completed(Message("a", "msg_0"))],
        ["a call amid words"] = [Delta("a"), Done(1, Call("c", "f", "{}")), Delta("b"), Done(0, Message("ab", "msg_0")), Completed(Message("ab", "msg_0"), Call("c", "f", "{}"))],
        ["two calls of one call_id"] = [Done(0, Call("c", "f", """{"a":1}""")), Done(1, Call("c", "g", """{"a":2}""")), Completed(Call("c", "f", """{"a":1}"""), Call("c", "g", """{"a":2}"""))],
        ["a call that the service answers"] = [Done(0, Call("c", "f", "{}")), Done(1, Output("c")), Delta("a", 2), Completed(Call("c", "f", "{}"), Output("c"), Message("a", "msg_2"))],
        ["an answer before its call"] = [Done(1, Output("c")), Done(0, Call("c", "f", "{}")), Completed(Call("c", "f", "{}"), Output("c"))],
        ["two calls of one call_id and one answer"] = [Done(0, Call("c", "f", "{}")), Done(1, Output("c")), Done(2, Call("c", "g", "{}")), Completed(Call("c", "f", "{}"), Output("c"), Call("c", "g", "{}"))],
        ["a call without a call_id"] = [Done(0, """{"type":"function_call","id":"fc_1","name":"f","arguments":"{}"}"""), Empty],
        ["a call whose arguments are broken"] = [Done(0, Call("c", "f", "{\"a\":")), Empty],
        ["a call whose end says less than the ending"] = [Done(0, """{"type":"function_call","id":"fc_c","call_id":"c","name":"f","arguments":"{}"}"""), Completed(Call("c", "f", "{}").Replace("\"status\"", "\"new\":1,\"status\"", StringComparison.Ordinal))],
        ["a search amid words"] = [Delta("a"), Done(1, Search), Delta("b"), Completed(Message("ab", "msg_0"), Search)],
        ["a search whose sources only the ending has"] = [Done(0, Search), Delta("a", 1), Completed(Search.Replace("\"query\":\"cats\"", "\"query\":\"cats\",\"sources\":[{\"type\":\"url\",\"url\":\"https://a.example/\"}]", StringComparison.Ordinal), Message("a", "msg_1"))],
        ["an item of a new kind"] = [Done(0, New), Delta("a", 1), Completed(New, Message("a", "msg_1"))],
        ["an item of a new kind that grows"] = [Done(0, New), Completed(New.Replace("[1]", "[1,2]", StringComparison.Ordinal))],
        ["items that the ending puts in another order"] = [Done(0, Search), Delta("a", 1), Done(1, Message("a", "msg_1")), Done(2, New), Completed(New, Message("a", "msg_1"), Search)],
        ["items that the ending leaves out"] = [Done(0, Search), Delta("a", 1), Done(1, Message("a", "msg_1")), Done(2, New), Completed(Message("a", "msg_1"))],
        ["items that only the ending has, amid the others"] = [Done(0, Search), Delta("a", 1), Completed(Search, New, Message("a", "msg_1"))],
        ["items without a place"] = [.. new[] { Search, Thought, Message("a", "msg_1"), Call("c", "f", "{}") }.Select(item => $$"""{"type":"response.output_item.done","item":{{item}} }"""), Empty],
        ["an ending that is cut short"] = [Delta("a"), Done(1, Call("c", "f", "{}", "in_progress")), Empty.Replace("response.completed", "response.incomplete", StringComparison.Ordinal).Replace("\"status\":\"completed\"", "\"status\":\"incomplete\"", StringComparison.Ordinal)],
        ["an ending that failed"] = [Delta("a"), """{"type":"response.failed","response":{"id":"gen-1","status":"failed","error":{"code":"server_error","message":"Ouch."},"output":[{"type":"message","id":"msg_0","role":"assistant","content":[{"type":"output_text","text":"ab"}]},{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}"}]}}"""],
    };

    private const string Citation = """{"type":"url_citation","url":"https://a.example/","title":"A","start_index":0,"end_index":2}""";

    private static string Part(string text, int part) => $$"""{"type":"response.output_text.delta","output_index":0,"content_index":{{part}},"delta":"{{text}}"}""";

    private static string Summary(string text, int part) => $$"""{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":{{part}},"delta":"{{text}}"}""";

    private static string Refusal(string text, int part) => $$"""{"type":"response.refusal.delta","output_index":0,"content_index":{{part}},"delta":"{{text}}"}""";

    private static string Annotation(int index) => $$"""{"type":"response.output_text.annotation.added","output_index":{{index}},"content_index":0,"annotation":{{Citation}} }""";

    private static string Arguments(string text) => $$"""{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{{text}}"}""";

    private static string Parts(params string[] texts) => $$"""{"type":"message","id":"msg_0","role":"assistant","content":[{{string.Join(',', texts.Select(text => $$"""{"type":"output_text","text":"{{text}}"}"""))}}]}""";

    private static string Reasoning(string text) => $$"""{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"{{text}}"}],"encrypted_content":"ENC"}""";

    private static string Output(string call) => $$"""{"type":"function_call_output","id":"fo_1","call_id":"{{call}}","output":"4","status":"completed"}""";
}

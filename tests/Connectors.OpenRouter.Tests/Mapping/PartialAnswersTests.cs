using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What had arrived of an answer when it broke, whether it had been shown or had to wait: message by message, content by content.</summary>
public sealed class PartialAnswersTests
{
    private const string Broken = """{"type":"error","code":"server_error","message":"Ouch."}""";
    private const string Thought = """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"ENC"}""";
    private const string Search = """{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"cats"}}""";
    private static readonly string Refused = """{"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"No."}""";

    public static TheoryData<string, string[], string> Streams => new()
    {
        { "nothing", [Created], "" },
        { "an announcement", [Created, Added(0, """{"type":"function_call","call_id":"c","name":"f"}""")], "" },
        { "words", [Created, Delta("a"), Delta("b")], "text:ab" },
        { "thoughts and words", [Created, Thinking("a"), Delta("b", 1)], "think:a text:b" },
        { "two messages, one after the other", [Created, Delta("a"), Done(0, Message("a", "msg_0")), Delta("b", 1)], "text:a / text:b" },
        { "two messages by turns", [Created, Delta("a"), Delta("b", 1), Delta("c")], "text:ac / text:b" },
        { "a message that waits for thoughts", [Created, Thinking("a"), Delta("b", 1), Thinking("c")], "think:a text:b think:c" },
        { "a finished message behind an open one", [Created, Delta("a"), Done(1, Message("b"))], "text:a / text:b" },
        { "a finished thought that waits", [Created, Added(0, """{"type":"message","id":"msg_0","role":"assistant"}"""), Delta("a"), Done(1, Thought)], "text:a sealed:ENC" },
        { "a finished call", [Created, Done(0, Call("c", "f", "{}"))], "call:f" },
        { "a finished call behind words", [Created, Delta("a"), Done(1, Call("c", "f", "{}"))], "text:a call:f" },
        { "a search that is done", [Created, Done(0, Search)], "search:cats" },
        { "a refusal", [Created, Refused], "error:No." },
        { "a refusal behind words", [Created, Delta("a"), Refused.Replace("\"content_index\":0", "\"content_index\":1", StringComparison.Ordinal)], "text:a error:No." },
        { "a refusal of a message that was cut off by another", [Created, Delta("a"), Refused, Thinking("b", 1)], "text:a think:b error:No." },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task What_had_arrived_is_told(string what, string[] frames, string expected)
    {
        foreach (var end in new[] { "data: " + Broken + "\n\n", "" })
        {
            var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Hear(Of(frames) + end));

            Assert.Equal($"{what}: {expected}", $"{what}: {Tell(failure.PartialResponse)}");
        }
    }

    [Fact]
    public async Task It_is_as_old_as_the_answer_and_called_what_the_answer_is_called()
    {
        var partial = (await Assert.ThrowsAsync<OpenRouterException>(() => Hear(Of(Created, Delta("a"), Done(0, Message("a", "msg_0")), Delta("b", 1), Broken)))).PartialResponse!;

        Assert.Equal(("gen-1", "openai/o4-mini", 1786972801), (partial.ResponseId, partial.ModelId, partial.CreatedAt?.ToUnixTimeSeconds()));
        Assert.Equal(["gen-1 1786972801", "gen-1#2 1786972801"], partial.Messages.Select(message => $"{message.MessageId} {message.CreatedAt?.ToUnixTimeSeconds()}"));
        Assert.All(partial.Messages, message => Assert.Equal(ChatRole.Assistant, message.Role));
    }

    /// <summary>What the stream alone would have shown, with what goes back beside it.</summary>
    [Fact]
    public async Task It_goes_back_as_what_was_said()
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Hear(Of(Created, Done(0, Thought), Delta("a", 1), Delta("b", 2), Broken)));

        var (input, _) = await Histories.SendAsync([Histories.User("q"), .. failure.PartialResponse!.Messages, Histories.User("go on")]);

        Assert.Contains("ENC", input.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["q", "a", "b", "go on"], input.Where(item => (string?)item!["type"] == "message").Select(item => (string?)(item!["content"] is System.Text.Json.Nodes.JsonArray parts ? parts[0]!["text"] : item["content"])));
    }

    private static string Tell(ChatResponse? partial) => string.Join(" / ", (partial?.Messages ?? []).Select(message => string.Join(' ', message.Contents.Select(Tell).OfType<string>())));

    private static string? Tell(AIContent content) => content switch
    {
        TextReasoningContent { ProtectedData: { } envelope } thought => envelope.Contains("encrypted_content", StringComparison.Ordinal) ? $"{thought.Text}sealed:ENC" : thought.Text.Length > 0 ? $"think:{thought.Text}" : null,
        TextReasoningContent thought => $"think:{thought.Text}",
        TextContent text => $"text:{text.Text}",
        FunctionCallContent call => $"call:{call.Name}",
        ErrorContent error => $"error:{error.Message}",
        WebSearchToolCallContent search => $"search:{search.Queries?.Single()}",
        _ => content.GetType().Name,
    };
}

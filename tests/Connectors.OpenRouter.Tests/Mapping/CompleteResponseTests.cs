using System.Text.Json;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>A whole answer is built without merging contents; it must be what merging would have made.</summary>
public class CompleteResponseTests
{
    public static TheoryData<string> All => [.. Transcripts.Streams.Where(name => name.EndsWith(".sse", StringComparison.Ordinal) && Ending(name) is not null)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_whole_answer_is_what_its_updates_put_together_are(string name)
    {
        var whole = Ending(name)!;
        var updates = await Client(Of($$"""{"type":"response.completed","response":{{whole}}}""")).GetStreamingResponseAsync("q").ToListAsync();

        var answer = await Client(whole, mediaType: "application/json").GetResponseAsync("q");

        Assert.Equal(Text(updates.ToChatResponse()), Text(answer));
        Assert.Equal(Text(updates.ToChatResponse()), Text(CompleteResponse.Of(updates)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    public async Task A_whole_answer_of_any_length_is_read_to_its_end(int beyond)
    {
        foreach (var padding in (string[])["", " \r\n  "]) // what keeps a slow connection alive
        {
            var frame = Completed(Message("%"));
            var empty = frame[(frame.IndexOf("\"response\":", StringComparison.Ordinal) + 11)..^1];
            var words = new string('a', 16 * 1024 + beyond - padding.Length - (empty.Length - 1));
            var body = padding + empty.Replace("%", words, StringComparison.Ordinal);
            Assert.Equal(16 * 1024 + beyond, body.Length); // around what is read at once

            Assert.Equal(words, (await Client(body, mediaType: "application/json").GetResponseAsync("q")).Text);
        }
    }

    /// <summary>What stands before the end of an answer; merging makes of it what it makes of any.</summary>
    public static TheoryData<string, AIContent[][]> Contents => new()
    {
        { "nothing", [] },
        { "an empty message", [[]] },
        { "one text", [[new TextContent("a")]] },
        { "two texts that become one", [[new TextContent("a"), new TextContent("b")]] },
        { "two texts of two messages", [[new TextContent("a")], [new TextContent("b")]] },
        { "two thoughts that become one", [[new TextReasoningContent("a"), new TextReasoningContent("b")]] },
        { "two thoughts, of which the first is sealed", [[new TextReasoningContent("a") { ProtectedData = "x" }, new TextReasoningContent("b")]] },
        { "two thoughts, of which the second is sealed", [[new TextReasoningContent("a"), new TextReasoningContent("b") { ProtectedData = "x" }]] },
        { "three thoughts, of which the second is sealed", [[new TextReasoningContent("a") { ProtectedData = "x" }, new TextReasoningContent("b") { ProtectedData = "y" }, new TextReasoningContent("c")]] },
        { "a thought between texts", [[new TextContent("a"), new TextReasoningContent("b"), new TextContent("c")]] },
        { "two calls", [[new FunctionCallContent("1", "f"), new FunctionCallContent("2", "f")]] },
        { "two pictures", [[new DataContent("data:image/png;base64,AAAA"), new DataContent("data:image/png;base64,BBBB")]] },
        { "texts in a later message", [[new TextContent("a")], [new TextReasoningContent("b"), new TextContent("c"), new TextContent("d")]] },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void The_short_way_leads_to_what_merging_makes(string what, AIContent[][] messages)
    {
        foreach (var (number, change) in Changes.Index())
        {
            var (ours, theirs) = (Updates(), Updates());

            Assert.Equal($"{what}, {number}: {Shown(theirs.ToChatResponse())}", $"{what}, {number}: {Shown(CompleteResponse.Of(ours))}");

            List<ChatResponseUpdate> Updates()
            {
                List<ChatResponseUpdate> updates = [.. messages.Select((contents, i) => new ChatResponseUpdate(ChatRole.Assistant, [.. JsonSerializer.Deserialize<List<AIContent>>(JsonSerializer.Serialize<IList<AIContent>>(contents, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!])
                {
                    MessageId = $"msg_{i}",
                    ResponseId = "gen-1",
                    CreatedAt = DateTimeOffset.FromUnixTimeSeconds(9), // of the response
                })];
                updates.Add(new()
                {
                    Contents = [new UsageContent(new() { InputTokenCount = 1 })],
                    FinishReason = ChatFinishReason.Stop,
                    ResponseId = "gen-1",
                    ModelId = "a/b",
                    CreatedAt = DateTimeOffset.FromUnixTimeSeconds(9),
                    AdditionalProperties = new() { ["x"] = 1 },
                });
                change(updates);
                return updates;
            }
        }
    }

    /// <summary>What other updates may be like.</summary>
    private static readonly Action<List<ChatResponseUpdate>>[] Changes =
    [
        _ => { },
        updates => updates[^1].FinishReason = null,
        updates => updates[^1].Contents = [],
        updates => updates[^1].Contents = [new TextContent("more")],
        updates => updates[^1].Contents = [new UsageContent(new()), new TextContent("more")],
        updates => updates[^1].RawRepresentation = "raw",
        updates => updates[0].RawRepresentation = "raw",
        updates => updates[0].AdditionalProperties = new() { ["y"] = 2 },
        updates => updates[0].MessageId = null,
        updates => updates.SkipLast(1).ToList().ForEach(update => update.MessageId = "msg_0"),
    ];

    private static string Shown(ChatResponse response) => $"{Text(response)} {response.RawRepresentation} {string.Join(' ', response.Messages.Select(message => message.RawRepresentation))}";

    private static string Text(ChatResponse response) => JsonSerializer.Serialize(response, AIJsonUtilities.DefaultOptions);

    private static string? Ending(string name) =>
        File.ReadLines(Transcripts.PathOf(name)).LastOrDefault(line => line.StartsWith("data: {\"type\":\"response.completed\"", StringComparison.Ordinal) || line.StartsWith("data: {\"type\": \"response.completed\"", StringComparison.Ordinal)) is { } last
        && JsonElement.Parse(last["data: ".Length..]).GetProperty("response") is var response && response.GetProperty("output").GetArrayLength() > 0 ? response.GetRawText() : null;
}

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

    private static string Text(ChatResponse response) => JsonSerializer.Serialize(response, AIJsonUtilities.DefaultOptions);

    private static string? Ending(string name) =>
        File.ReadLines(Transcripts.PathOf(name)).LastOrDefault(line => line.StartsWith("data: {\"type\":\"response.completed\"", StringComparison.Ordinal) || line.StartsWith("data: {\"type\": \"response.completed\"", StringComparison.Ordinal)) is { } last
        && JsonElement.Parse(last["data: ".Length..]).GetProperty("response") is var response && response.GetProperty("output").GetArrayLength() > 0 ? response.GetRawText() : null;
}

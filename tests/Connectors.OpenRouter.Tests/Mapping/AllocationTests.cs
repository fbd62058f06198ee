using System.Text;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What an answer may allocate. Bytes are exact and the same on every machine; times are not, and stand in docs/performance.md.</summary>
public class AllocationTests
{
    private const string Words = "The train travels sixty miles an hour; so The train ";
    private const string Thought = $$"""{"type":"reasoning","id":"rs_1","summary":[],"status":"completed","content":[{"type":"reasoning_text","text":"{{Words}}"}],"format":"unknown"}""";

    private static readonly string Whole =
        $$"""{"id":"gen-1","object":"response","created_at":1786972801,"model":"openai/o4-mini","status":"completed","error":null,"incomplete_details":null,"output":[{{Thought}},{{Streams.Message(Words)}}],"tools":[],"tool_choice":"auto","parallel_tool_calls":true,"metadata":{},"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":0},"output_tokens":20,"output_tokens_details":{"reasoning_tokens":10},"total_tokens":40,"cost":0.01} }""";

    [Fact]
    public void A_whole_answer_is_mapped_in_a_few_kilobytes()
    {
        using var document = System.Text.Json.JsonDocument.Parse(Whole);

        Assert.InRange(Cost(() =>
        {
            using var map = new EventMap(new());
            _ = map.MapWhole(document.RootElement);
        }), 0, 7_500);
    }

    [Fact]
    public void A_stream_of_twenty_words_is_mapped_in_a_few_kilobytes_more_than_its_words()
    {
        string[] frames =
        [
            Streams.Created,
            Streams.Added(0, """{"type":"reasoning","id":"rs_1","summary":[],"status":"in_progress"}"""),
            .. Enumerable.Range(0, 10).Select(_ => """{"type":"response.reasoning_text.delta","item_id":"rs_1","output_index":0,"content_index":0,"delta":"travels ","sequence_number":7}"""),
            Streams.Done(0, Thought.Replace(Words, string.Concat(Enumerable.Repeat("travels ", 10)), StringComparison.Ordinal)),
            Streams.Added(1, """{"type":"message","role":"assistant","id":"msg_1","status":"in_progress","content":[]}"""),
            .. Enumerable.Range(0, 10).Select(_ => """{"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"travels ","logprobs":[],"sequence_number":7}"""),
            Streams.Done(1, Streams.Message(string.Concat(Enumerable.Repeat("travels ", 10)))),
            Streams.Completed(Thought.Replace(Words, string.Concat(Enumerable.Repeat("travels ", 10)), StringComparison.Ordinal), Streams.Message(string.Concat(Enumerable.Repeat("travels ", 10)))),
        ];
        var bytes = frames.Select(Encoding.UTF8.GetBytes).ToArray();

        Assert.InRange(Cost(() =>
        {
            using var reader = new FrameReader();
            using var map = new EventMap(new());
            foreach (var frame in bytes)
                _ = map.Map(reader.Read("", frame));
        }), 0, 17_500);
    }

    /// <summary>The mean of some runs, after some that compile and fill pools.</summary>
    private static long Cost(Action work)
    {
        for (var i = 0; i < 40; i++)
            work();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 40; i++)
            work();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / 40;
    }
}

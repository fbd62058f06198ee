using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What an answer costs grows with its bytes, whatever their shape: four times the items, four times the memory.</summary>
public class GrowthTests
{
    public static TheoryData<string> Shapes => [.. Bodies.Keys];

    private static readonly Dictionary<string, Func<int, string>> Bodies = new()
    {
        ["unknown items, whole"] = n => Of(Created, Completed(Many(n, i => $$"""{"type":"new_thing","id":"n_{{i}}"}"""))),
        ["messages, whole"] = n => Of(Created, Completed(Many(n, i => Message("text", $"msg_{i}")))),
        ["reasoning, whole"] = n => Of(Created, Completed(Many(n, i => $$"""{"type":"reasoning","id":"rs_{{i}}","summary":[{"type":"summary_text","text":"thought {{i}}"}]}"""))),
        ["calls, whole"] = n => Of(Created, Completed(Many(n, i => Call($"c{i}", "f", "{}")))),
        ["items done, an empty ending"] = n => Of([Created, .. Many(n, i => Done(i, $$"""{"type":"new_thing","id":"n_{{i}}"}""")), Completed()]),
        ["items announced, then done backwards"] = n => Of([Created, .. Many(n, i => Added(i, Message("", $"msg_{i}"))), .. Many(n, i => Done(n - 1 - i, Message("text", $"msg_{n - 1 - i}"))), Completed()]),
        ["a delta for each part"] = n => Of([Created, .. Many(n, i => Delta("text").Replace("\"content_index\":0", $"\"content_index\":{i}", StringComparison.Ordinal)), Completed()]),
        ["parts, whole"] = n => Of(Created, Completed($$"""{"type":"message","role":"assistant","id":"msg_1","content":[{{string.Join(',', Many(n, i => """{"type":"output_text","text":"text","annotations":[]}"""))}}]}""")),
        ["summary and text by turns"] = n => Of([Created, .. Many(n, i => Thinking($"word{i} ", 0, i % 2 == 0 ? "reasoning_text" : "reasoning_summary_text")), Completed()]),
        ["summaries and texts by turns, in the ending too"] = n => Of([Created, .. Many(n, i => Thinking($"word{i} ", 0, i % 2 == 0 ? "reasoning_text" : "reasoning_summary_text").Replace("_index\":0,\"delta", $"_index\":{i / 2},\"delta", StringComparison.Ordinal)),
            Completed($$"""{"type":"reasoning","id":"rs_1","summary":[{{string.Join(',', Many(n / 2, i => $$"""{"type":"summary_text","text":"word{{2 * i + 1}} "}"""))}}],"content":[{{string.Join(',', Many(n / 2, i => $$"""{"type":"reasoning_text","text":"word{{2 * i}} "}"""))}}]}""")]),
        ["thoughts of one item, whole"] = n => Of(Created, Completed($$"""{"type":"reasoning","id":"rs_1","summary":[{{string.Join(',', Many(n, i => $$"""{"type":"summary_text","text":"thought {{i}}"}"""))}}]}""")),
        ["a text for each part"] = n => Of([Created, .. Many(n, i => $$"""{"type":"response.output_text.done","output_index":0,"content_index":{{i}},"text":"text"}"""), Completed()]),
        ["a refusal for each part"] = n => Of([Created, .. Many(n, i => $$"""{"type":"response.refusal.done","output_index":0,"content_index":{{i}},"refusal":"No."}"""), Completed()]),
        ["thoughts held, by turns"] = n => Of([Created, Thinking("a"), Delta("text", 1), .. Many(n, i => Thinking($"word{i} ", 0, i % 2 == 0 ? "reasoning_text" : "reasoning_summary_text")), Completed()]),
        ["one dialect alone ahead of the other"] = n => Of([Created, Thinking("I", 0, "reasoning_summary_text"), Thinking("I"), .. Many(n, i => Thinking($" word{i}")), Completed()]),
        ["items done, without a place or an id"] = n => Of([Created, .. Many(n, i => $$"""{"type":"response.output_item.done","item":{"type":"function_call","call_id":"c{{i}}","name":"f","arguments":"{}"} }"""), Completed()]),
        ["thoughts and text by turns"] = n => Of([Created, .. Many(n, i => i % 2 == 0 ? Thinking($"word{i} ") : Delta("text", 1)), Completed()]),
        ["annotations"] = n => Of([Created, Delta("text"), .. Many(n, i => $$"""{"type":"response.output_text.annotation.added","output_index":0,"annotation":{"type":"url_citation","url":"https://example.org/{{i}}"} }"""), Completed(Message("text"))]),
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Four_times_the_answer_costs_four_times_the_memory(string shape)
    {
        await Bytes(Bodies[shape](1_200)); // buffers of this size are rented once, and not again
        var once = await Bytes(Bodies[shape](300));
        var fourTimes = await Bytes(Bodies[shape](1_200));

        Assert.True(fourTimes < 5.5 * once + 100_000, $"{shape}: {once:N0} bytes for 300, {fourTimes:N0} for 1,200");
    }

    private static string[] Many(int count, Func<int, string> one) => [.. Enumerable.Range(0, count).Select(one)];

    private static async Task<long> Bytes(string body)
    {
        var client = Client(body);
        var before = GC.GetAllocatedBytesForCurrentThread();
        await foreach (var update in client.GetStreamingResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "q")]))
            _ = update.Contents.Count;
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}

using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>
/// Event by event: what counts as output of a model or a tool, so that a request whose answer then breaks is not sent, and paid for,
/// once more. What only announces does not count.
/// </summary>
public sealed class PaidOutputTests
{
    [Theory]
    [InlineData("""{"type":"response.created","response":{"output":[{"type":"web_search_call"}]},"output_index":0}""")]
    [InlineData("""{"type":"response.in_progress","response":{},"item_id":"i"}""")]
    [InlineData("""{"type":"response.queued","response":{},"delta":"x"}""")]
    [InlineData("""{"error":{"message":"no"},"item_id":"i"}""")]
    [InlineData("""{"type":"error","message":"no","output_index":0}""")]
    [InlineData("""{"type":"response.error","error":{"message":"no"}}""")]
    [InlineData("""{"type":"response.failed","response":{"status":"failed","output":[]}}""")]
    [InlineData("""{"type":"response.cancelled","response":{"status":"cancelled"},"item_id":"i"}""")]
    [InlineData("""{"type":"response.completed","response":{"output":[]},"item_id":"i"}""")]
    [InlineData("""{"type":"response.done","response":{"output":[]},"item_id":"i"}""")]
    [InlineData("""{"type":"response.incomplete","response":{"output":null},"item_id":"i"}""")]
    [InlineData("""{"type":"response.completed"}""")]
    [InlineData("""{"type":"response.output_item.added"}""")]
    [InlineData("""{"type":"response.output_item.added","output_index":0,"item":"message"}""")]
    [InlineData("""{"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"m"}}""")]
    [InlineData("""{"type":"response.output_item.added","output_index":0,"item":{"type":"message","content":[]}}""")]
    [InlineData("""{"type":"response.output_item.added","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":""},{"type":"refusal","refusal":""},""]}}""")]
    [InlineData("""{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","summary":[],"content":null,"encrypted_content":""}}""")]
    [InlineData("""{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","name":"f","arguments":""}}""")]
    [InlineData("""{"type":"response.content_part.added","output_index":0,"item_id":"m","part":{"type":"output_text","text":""}}""")]
    [InlineData("""{"type":"response.reasoning_summary_part.added","output_index":0,"item_id":"m"}""")]
    [InlineData("""{"type":"response.rate_limits"}""")]
    [InlineData("""{"type":"other.done"}""")]
    public void An_announcement_is_not_output(string frame) => Assert.False(IsOutput(frame));

    [Theory]
    [InlineData("""{"type":"response.output_text.delta","delta":"x"}""")]
    [InlineData("""{"type":"response.reasoning.delta","delta":""}""")]
    [InlineData("""{"type":"response.refusal.delta","delta":"no"}""")]
    [InlineData("""{"type":"response.function_call_arguments.delta","delta":"{"}""")]
    [InlineData("""{"type":"response.web_search_call.searching","output_index":0}""")]
    [InlineData("""{"type":"response.web_search_call.searching","item_id":"ws_1"}""")]
    [InlineData("""{"type":"response.web_search_call.searching","item_id":7}""")]
    [InlineData("""{"type":"response.reasoning.done"}""")]
    [InlineData("""{"type":"response.output_item.done"}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"message","content":[{"type":"output_text","text":"x"}]}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"message","content":[{"type":"refusal","refusal":"no"}]}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"message","content":["x"]}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"message","content":[{"type":"output_audio"}]}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"message","content":[{"type":"output_text","text":""},{"type":"output_text","text":"x"}]}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"reasoning","content":[{"text":"hm"}]}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"reasoning","summary":[{"text":"hm"}]}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"reasoning","encrypted_content":"AA"}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"function_call","arguments":"{"}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"web_search_call","status":"in_progress"}}""")]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"brand_new"}}""")]
    [InlineData("""{"type":"response.completed","response":{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"x"}]}]}}""")]
    [InlineData("""{"type":"response.done","response":{"status":"completed","output":[{"type":"brand_new"}]}}""")]
    [InlineData("""{"type":"response.incomplete","response":{"status":"incomplete","output":[{"type":"message"},{"type":"brand_new"}]}}""")]
    [InlineData("""{"type":"response.failed","response":{"status":"failed","output":[{"type":"function_call","arguments":"{}"}]}}""")]
    [InlineData("""{"type":"response.cancelled","response":{"status":"cancelled","output":[{"type":"reasoning","encrypted_content":"AA"}]}}""")]
    [InlineData("""{"type":"response.error","response":{"error":{"message":"no"},"output":[{"type":"brand_new"}]}}""")]
    public void What_was_made_is_output(string frame) => Assert.True(IsOutput(frame));

    [Fact]
    public void What_was_output_stays_output()
    {
        using var reader = new FrameReader();
        using var map = new EventMap(new());

        foreach (var frame in new[] { """{"type":"response.output_text.delta","delta":"x"}""", """{"type":"response.created","response":{}}""", """{"type":"error","message":"no"}""" })
        {
            _ = map.Map(reader.Read("", Encoding.UTF8.GetBytes(frame)));
            Assert.True(map.SawOutput);
        }
    }

    [Theory]
    [InlineData("""{"status":"failed","error":{"message":"no"},"output":[]}""", false)]
    [InlineData("""{"status":"failed","error":{"message":"no"},"output":[{"type":"message","content":[]}]}""", false)]
    [InlineData("""{"status":"failed","error":{"message":"no"},"output":[{"type":"message","content":[{"type":"output_text","text":"x"}]}]}""", true)]
    [InlineData("""{"error":{"message":"no"}}""", false)]
    public void A_whole_answer_that_failed_counts_by_what_it_brought(string response, bool output)
    {
        using var map = new EventMap(new());

        _ = map.MapWhole(JsonElement.Parse(response));

        Assert.Equal(output, map.SawOutput);
        Assert.NotNull(map.Failure);
    }

    private static bool IsOutput(string frame)
    {
        using var reader = new FrameReader();
        using var map = new EventMap(new());
        _ = map.Map(reader.Read("", Encoding.UTF8.GetBytes(frame)));
        return map.SawOutput;
    }
}

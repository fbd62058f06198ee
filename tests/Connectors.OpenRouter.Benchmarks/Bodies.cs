using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>Where the number of an event stands: OpenRouter puts it last; OpenAI, Azure, xAI and vLLM put it before the words.</summary>
internal enum SequenceNumber
{
    Last,
    First,
}

/// <summary>Answers as the service sends them, in memory.</summary>
internal static class Bodies
{
    private static readonly string[] Plain = ["The ", "train ", "travels ", "sixty ", "miles ", "an ", "hour; ", "so "];
    private static readonly string[] Escaped = ["The \\\"", "train\\n", "travels ", "s\\u00ecxty ", "miles\\t", "an ", "hour;\\n\\n", "so "];

    /// <summary>Half of the deltas are reasoning, half are text; every closing event repeats the words, as the service's do.</summary>
    public static byte[] Stream(int deltas, SequenceNumber place = SequenceNumber.Last, bool escapes = false)
    {
        var body = new StringBuilder();
        var sequence = 0;
        var half = deltas / 2;
        var vocabulary = escapes ? Escaped : Plain;
        var words = string.Concat(Enumerable.Range(0, half).Select(i => vocabulary[i % vocabulary.Length]));

        Event("response.created", $"\"response\":{{{Response},\"status\":\"in_progress\",\"error\":null,\"output\":[],\"usage\":null}}");
        Event("response.output_item.added", "\"output_index\":0,\"item\":{\"type\":\"reasoning\",\"id\":\"rs_tmp_bench\",\"summary\":[],\"status\":\"in_progress\"}");
        for (var i = 0; i < half; i++)
            Event("response.reasoning_text.delta", $"\"item_id\":\"rs_tmp_bench\",\"output_index\":0,\"content_index\":0,\"delta\":\"{vocabulary[i % vocabulary.Length]}\"");
        Event("response.reasoning_text.done", $"\"item_id\":\"rs_tmp_bench\",\"output_index\":0,\"content_index\":0,\"text\":\"{words}\"");
        Event("response.output_item.done", $"\"output_index\":0,\"item\":{Thought(words)}");
        Event("response.output_item.added", "\"output_index\":1,\"item\":{\"type\":\"message\",\"role\":\"assistant\",\"id\":\"msg_tmp_bench\",\"status\":\"in_progress\",\"content\":[]}");
        for (var i = 0; i < half; i++)
            Event("response.output_text.delta", $"\"item_id\":\"msg_tmp_bench\",\"output_index\":1,\"content_index\":0,\"delta\":\"{vocabulary[i % vocabulary.Length]}\",\"logprobs\":[]");
        Event("response.output_text.done", $"\"item_id\":\"msg_tmp_bench\",\"output_index\":1,\"content_index\":0,\"text\":\"{words}\",\"logprobs\":[]");
        Event("response.output_item.done", $"\"output_index\":1,\"item\":{Message(words)}");
        Event("response.completed", $"\"response\":{Complete(words, deltas)}");
        body.Append("data: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(body.ToString());

        void Event(string type, string members)
        {
            body.Append("data: {\"type\":\"").Append(type).Append("\",");
            if (place == SequenceNumber.First)
                body.Append("\"sequence_number\":").Append(sequence++).Append(',');
            body.Append(members);
            if (place == SequenceNumber.Last)
                body.Append(",\"sequence_number\":").Append(sequence++);
            body.Append("}\n\n");
        }
    }

    /// <summary>The same answer without streaming.</summary>
    public static byte[] Whole(int deltas)
    {
        var words = string.Concat(Enumerable.Range(0, deltas / 2).Select(i => Plain[i % Plain.Length]));
        return Encoding.UTF8.GetBytes(Complete(words, deltas));
    }

    public static HttpClient Client(byte[] body, string mediaType = "text/event-stream") => new(new Handler(body, mediaType)) { Timeout = Timeout.InfiniteTimeSpan };

    private const string Response = "\"id\":\"gen-1786972801-Bench\",\"object\":\"response\",\"created_at\":1786972801,\"model\":\"openai/o4-mini\"";

    private static string Thought(string words) =>
        $$"""{"type":"reasoning","id":"rs_tmp_bench","summary":[],"status":"completed","content":[{"type":"reasoning_text","text":"{{words}}"}],"format":"unknown"}""";

    private static string Message(string words) =>
        $$"""{"type":"message","role":"assistant","id":"msg_tmp_bench","status":"completed","content":[{"type":"output_text","text":"{{words}}","annotations":[],"logprobs":[]}]}""";

    private static string Complete(string words, int deltas) =>
        $"{{{Response},\"status\":\"completed\",\"error\":null,\"incomplete_details\":null,\"output\":[{Thought(words)},{Message(words)}]," +
        "\"tools\":[],\"tool_choice\":\"auto\",\"parallel_tool_calls\":true,\"metadata\":{}," +
        $"\"usage\":{{\"input_tokens\":20,\"input_tokens_details\":{{\"cached_tokens\":0}},\"output_tokens\":{deltas},\"output_tokens_details\":{{\"reasoning_tokens\":{deltas / 2}}},\"total_tokens\":{deltas + 20},\"cost\":0.01}}}}";

    private sealed class Handler(byte[] body, string mediaType) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is { } content)
                await content.CopyToAsync(System.IO.Stream.Null, cancellationToken).ConfigureAwait(false);
            return new(HttpStatusCode.OK)
            {
                RequestMessage = request,
                Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
            };
        }
    }
}

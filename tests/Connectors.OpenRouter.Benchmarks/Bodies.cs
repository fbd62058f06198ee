using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>Streams as the service sends them, in memory.</summary>
internal static class Bodies
{
    private static readonly string[] Words = ["The ", "train ", "travels ", "sixty ", "miles ", "an ", "hour; ", "so "];

    /// <summary>Half of the deltas are reasoning, half are text; every closing event repeats the words, as the service's do.</summary>
    public static byte[] Stream(int deltas)
    {
        var body = new StringBuilder();
        var sequence = 0;
        var half = deltas / 2;
        var words = string.Concat(Enumerable.Range(0, half).Select(i => Words[i % Words.Length]));
        const string Response = "\"id\":\"gen-1786972801-Bench\",\"object\":\"response\",\"created_at\":1786972801,\"model\":\"openai/o4-mini\"";
        var thought = $$"""{"type":"reasoning","id":"rs_tmp_bench","summary":[],"status":"completed","content":[{"type":"reasoning_text","text":"{{words}}"}],"format":"unknown"}""";
        var message = $$"""{"type":"message","role":"assistant","id":"msg_tmp_bench","status":"completed","content":[{"type":"output_text","text":"{{words}}","annotations":[],"logprobs":[]}]}""";

        Event("response.created", $"\"response\":{{{Response},\"status\":\"in_progress\",\"error\":null,\"output\":[],\"usage\":null}}");
        Event("response.output_item.added", "\"output_index\":0,\"item\":{\"type\":\"reasoning\",\"id\":\"rs_tmp_bench\",\"summary\":[],\"status\":\"in_progress\"}");
        for (var i = 0; i < half; i++)
            Event("response.reasoning_text.delta", $"\"item_id\":\"rs_tmp_bench\",\"output_index\":0,\"content_index\":0,\"delta\":\"{Words[i % Words.Length]}\"");
        Event("response.reasoning_text.done", $"\"item_id\":\"rs_tmp_bench\",\"output_index\":0,\"content_index\":0,\"text\":\"{words}\"");
        Event("response.output_item.done", $"\"output_index\":0,\"item\":{thought}");
        Event("response.output_item.added", "\"output_index\":1,\"item\":{\"type\":\"message\",\"role\":\"assistant\",\"id\":\"msg_tmp_bench\",\"status\":\"in_progress\",\"content\":[]}");
        for (var i = 0; i < half; i++)
            Event("response.output_text.delta", $"\"item_id\":\"msg_tmp_bench\",\"output_index\":1,\"content_index\":0,\"delta\":\"{Words[i % Words.Length]}\",\"logprobs\":[]");
        Event("response.output_text.done", $"\"item_id\":\"msg_tmp_bench\",\"output_index\":1,\"content_index\":0,\"text\":\"{words}\",\"logprobs\":[]");
        Event("response.output_item.done", $"\"output_index\":1,\"item\":{message}");
        Event("response.completed", $$"""
            "response":{ {{Response}},"status":"completed","error":null,"incomplete_details":null,"output":[{{thought}},{{message}}],"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":0},"output_tokens":{{deltas}},"output_tokens_details":{"reasoning_tokens":{{half}} },"total_tokens":{{deltas + 20}},"cost":0.01} }
            """);
        body.Append("data: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(body.ToString());

        void Event(string type, string members) => body.Append("data: {\"type\":\"").Append(type).Append("\",").Append(members.Trim()).Append(",\"sequence_number\":").Append(sequence++).Append("}\n\n");
    }

    public static HttpClient Client(byte[] body) => new(new Handler(body)) { Timeout = Timeout.InfiniteTimeSpan };

    private sealed class Handler(byte[] body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                RequestMessage = request,
                Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("text/event-stream") } },
            });
    }
}

using System.Text;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Bodies written by hand, for what no transcript and no verb of the fake says.</summary>
internal static class Streams
{
    public const string Created = """{"type":"response.created","response":{"id":"gen-1","created_at":1786972801,"model":"openai/o4-mini","status":"in_progress","output":[]}}""";

    public static string Of(params string[] events) => string.Concat(events.Select(json => $"data: {json}\n\n"));

    public static string Delta(string text, int index = 0) => $$"""{"type":"response.output_text.delta","output_index":{{index}},"content_index":0,"delta":"{{text}}"}""";

    public static string Thinking(string text, int index = 0, string kind = "reasoning_text") => $$"""{"type":"response.{{kind}}.delta","output_index":{{index}},"{{(kind.Contains("summary", StringComparison.Ordinal) ? "summary" : "content")}}_index":0,"delta":"{{text}}"}""";

    public static string Added(int index, string item) => $$"""{"type":"response.output_item.added","output_index":{{index}},"item":{{item}}}""";

    public static string Done(int index, string item) => $$"""{"type":"response.output_item.done","output_index":{{index}},"item":{{item}}}""";

    public static string Completed(params string[] output) => $$"""{"type":"response.completed","response":{"id":"gen-1","created_at":1786972801,"model":"openai/o4-mini","status":"completed","output":[{{string.Join(',', output)}}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3} } }""";

    public static string Message(string text, string id = "msg_1") => $$"""{"type":"message","role":"assistant","id":"{{id}}","status":"completed","content":[{"type":"output_text","text":"{{text}}","annotations":[],"logprobs":[]}]}""";

    public static string Call(string id, string name, string arguments, string status = "completed") =>
        $$"""{"type":"function_call","id":"fc_{{id}}","call_id":"{{id}}","name":"{{name}}","arguments":{{System.Text.Json.JsonSerializer.Serialize(arguments)}},"status":"{{status}}"}""";

    /// <summary>A client that is answered with this body, whatever it asks.</summary>
    public static OpenRouterChatClient Client(string body, Action<OpenRouterOptions>? configure = null, string mediaType = "text/event-stream") => Client(Encoding.UTF8.GetBytes(body), configure, mediaType);

    public static OpenRouterChatClient Client(byte[] body, Action<OpenRouterOptions>? configure = null, string mediaType = "text/event-stream")
    {
        var options = new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "key" };
        options.Retry.MaxRetries = 0;
        configure?.Invoke(options);
        return new(options, new HttpClient(new Service(Service.Stream(() => new MemoryStream(body), mediaType))));
    }

    public static async Task<List<ChatResponseUpdate>> Hear(string body, Action<OpenRouterOptions>? configure = null, ChatOptions? options = null) =>
        await Client(body, configure).GetStreamingResponseAsync("q", options).ToListAsync();
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Support;

/// <summary>One answer of a model, which either service can give: words, calls, or both.</summary>
/// <param name="Words">Null for none.</param>
/// <param name="Calls">Plugin, function and arguments; each service has its own way to write the first two as one name.</param>
internal sealed record Turn(string? Words, params (string Plugin, string Function, string Arguments)[] Calls)
{
    public static Turn Call(string plugin, string function, string arguments) => new(null, (plugin, function, arguments));
}

/// <summary>A service that speaks Chat Completions, whole and streamed, for Semantic Kernel's own OpenAI connector.</summary>
internal sealed class ChatCompletions(params Turn[] turns) : HttpMessageHandler
{
    public List<JsonElement> Requests { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(JsonElement.Parse(await request.Content!.ReadAsStringAsync(cancellationToken)));
        if (Requests.Count > turns.Length)
            throw new InvalidOperationException($"No answer is left for {Requests[^1]}");
        var turn = turns[Requests.Count - 1];
        var streaming = Requests[^1].TryGetProperty("stream", out var stream) && stream.GetBoolean();
        HttpContent content = streaming ? new StreamContent(new OnTheWire(Encoding.UTF8.GetBytes(Stream(turn)))) : new StringContent(Whole(turn));
        content.Headers.ContentType = new MediaTypeHeaderValue(streaming ? "text/event-stream" : "application/json");
        return new(HttpStatusCode.OK) { Content = content, RequestMessage = request };
    }

    private string Whole(Turn turn) => new JsonObject
    {
        ["id"] = $"chatcmpl-{Requests.Count}",
        ["object"] = "chat.completion",
        ["created"] = 1786972801,
        ["model"] = "author/model",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["finish_reason"] = turn.Calls.Length > 0 ? "tool_calls" : "stop",
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = turn.Words, ["tool_calls"] = turn.Calls.Length > 0 ? Calls(turn) : null },
        }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = 10, ["completion_tokens"] = 5, ["total_tokens"] = 15 },
    }.ToJsonString();

    private string Stream(Turn turn)
    {
        var events = new StringBuilder();
        Say(new() { ["role"] = "assistant", ["content"] = "" });
        foreach (var word in (turn.Words ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((word, index) => index == 0 ? word : $" {word}"))
            Say(new() { ["content"] = word });
        if (turn.Calls.Length > 0)
            Say(new() { ["tool_calls"] = Calls(turn) });
        Say([], turn.Calls.Length > 0 ? "tool_calls" : "stop");
        return events.Append("data: [DONE]\n\n").ToString();

        void Say(JsonObject delta, string? finish = null) => events.Append("data: ").Append(new JsonObject
        {
            ["id"] = $"chatcmpl-{Requests.Count}",
            ["object"] = "chat.completion.chunk",
            ["created"] = 1786972801,
            ["model"] = "author/model",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
        }.ToJsonString()).Append("\n\n");
    }

    private JsonArray Calls(Turn turn) => [.. turn.Calls.Select((call, index) => new JsonObject
    {
        ["index"] = index,
        ["id"] = $"call_{Requests.Count}_{index}",
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = $"{call.Plugin}-{call.Function}", ["arguments"] = call.Arguments },
    })];

    /// <summary>OpenAI's library takes a stream that can seek for one that it has buffered itself.</summary>
    private sealed class OnTheWire(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}

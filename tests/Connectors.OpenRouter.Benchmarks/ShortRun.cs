using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel;
using Microsoft.Extensions.AI;

using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.Extensions.AI.FunctionCallContent;
using FunctionResultContent = Microsoft.Extensions.AI.FunctionResultContent;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>Every row of docs/performance.md in a few minutes.</summary>
internal static class ShortRun
{
    private const int Deltas = 10_000;

    /// <param name="rows">Words of titles; none = every row.</param>
    public static async Task RunAsync(string[] rows)
    {
        Scale.Rows = rows;
        Console.WriteLine("| | time | ratio | bytes | ratio |");
        Console.WriteLine("|---|---|---|---|---|");
        await Stream(null, Bodies.Stream(Deltas)); // once unheard: the first row would be measured before its code is compiled for good
        await Stream("a delta of a long answer, `sequence_number` last", Bodies.Stream(Deltas));
        await Stream("the same, `sequence_number` before the words", Bodies.Stream(Deltas, SequenceNumber.First));
        await Stream("the same with escapes", Bodies.Stream(Deltas, SequenceNumber.Last, escapes: true));
        await Stream("with escapes, `sequence_number` before the words", Bodies.Stream(Deltas, SequenceNumber.First, escapes: true));
        await Scale.Row("a whole streamed answer of 20 deltas", 1, 40, 40, Streams(Bodies.Stream(20)));
        await Whole("a whole answer without streaming", null);
        await Whole("the same with 30 tools", Tools(30));
        await Request();
        await SemanticKernel();
        await Cold.RowAsync();
        await Crowd.RowAsync();
    }

    private static Task Stream(string? title, byte[] body) => Scale.Row(title, Deltas, 1, 40, Streams(body));

    private static Runner[] Streams(byte[] body)
    {
        var (http, ours, rival) = (Bodies.Client(body), Readers.Ours(Bodies.Client(body)), Readers.Rival(Bodies.Client(body)));
        return
        [
            new("floor", () => Readers.Count(Readers.Floor(http))),
            new("ours", () => Readers.Count(ours.GetStreamingResponseAsync("q"))),
            new("rival", () => Readers.Count(rival.GetStreamingResponseAsync("q"))),
        ];
    }

    private static Task Whole(string title, ChatOptions? options)
    {
        var body = Bodies.Whole(20);
        var (ours, rival) = (Readers.Ours(Bodies.Client(body, "application/json")), Readers.Rival(Bodies.Client(body, "application/json")));
        return Scale.Row(title, 1, 40, 40, new Runner("rival", () => rival.GetResponseAsync("q", options)), new Runner("ours", () => ours.GetResponseAsync("q", options)));
    }

    private static ChatOptions Tools(int count) => new()
    {
        Tools = [.. Enumerable.Range(0, count).Select(i => AIFunctionFactory.Create((string city, int days, bool exact) => city, $"tool_{i}", "Tells the weather of a city for some days."))],
    };

    /// <summary>A history of 200 messages, less a call with one: user, assistant, calls and results by turns, as a tool loop leaves them.</summary>
    private static Task Request()
    {
        var body = Bodies.Whole(2);
        List<ChatMessage> one = [new(ChatRole.User, "Why is the sky blue?")];
        List<ChatMessage> many = [.. Enumerable.Range(0, 50).SelectMany(Turn)];
        var (http, ours, rival) = (Bodies.Client(body, "application/json"), Readers.Ours(Bodies.Client(body, "application/json")), Readers.Rival(Bodies.Client(body, "application/json")));
        return Scale.Row("a request from 200 messages, less a call with one", 1, 10, 40,
            new Runner("by hand", () => ByHand(http, many), () => ByHand(http, one)),
            new Runner("ours", () => ours.GetResponseAsync(many), () => ours.GetResponseAsync(one)),
            new Runner("rival", () => rival.GetResponseAsync(many), () => rival.GetResponseAsync(one)));

        static IEnumerable<ChatMessage> Turn(int i) =>
        [
            new(ChatRole.User, $"Question {i}: {new string('b', 200)}"),
            new(ChatRole.Assistant, [new FunctionCallContent($"call_{i}", "get_weather", new Dictionary<string, object?> { ["city"] = "Oslo", ["days"] = 3 })]),
            new(ChatRole.Tool, [new FunctionResultContent($"call_{i}", "Rain, 4 degrees")]),
            new(ChatRole.Assistant, $"Answer {i}: {new string('a', 200)}"),
        ];
    }

    private static async Task ByHand(HttpClient http, List<ChatMessage> messages)
    {
        var body = new ArrayBufferWriter<byte>(messages.Count * 300);
        using (var json = new Utf8JsonWriter(body, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("model"u8, Readers.Model);
            json.WriteStartArray("input"u8);
            foreach (var message in messages)
                foreach (var content in message.Contents)
                    Write(json, message, content);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://openrouter.ai/api/v1/responses") { Content = new ByteArrayContent(body.WrittenSpan.ToArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await http.SendAsync(request).ConfigureAwait(false);
        using var answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync().ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter json, ChatMessage message, AIContent content)
    {
        json.WriteStartObject();
        switch (content)
        {
            case TextContent text:
                json.WriteString("type"u8, "message"u8);
                json.WriteString("role"u8, message.Role.Value);
                json.WriteStartArray("content"u8);
                json.WriteStartObject();
                json.WriteString("type"u8, message.Role == ChatRole.Assistant ? "output_text"u8 : "input_text"u8);
                json.WriteString("text"u8, text.Text);
                json.WriteEndObject();
                json.WriteEndArray();
                break;
            case FunctionCallContent call:
                json.WriteString("type"u8, "function_call"u8);
                json.WriteString("call_id"u8, call.CallId);
                json.WriteString("name"u8, call.Name);
                json.WriteString("arguments"u8, JsonSerializer.Serialize(call.Arguments, AIJsonUtilities.DefaultOptions));
                break;
            case FunctionResultContent result:
                json.WriteString("type"u8, "function_call_output"u8);
                json.WriteString("call_id"u8, result.CallId);
                json.WriteString("output"u8, result.Result as string);
                break;
        }
        json.WriteEndObject();
    }

    private static Task SemanticKernel()
    {
        var body = Bodies.Stream(Deltas);
        var client = Readers.Ours(Bodies.Client(body));
        IChatCompletionService bridge = client.AsChatCompletionService(), ours = new OpenRouterChatCompletionService(client);
        var history = new ChatHistory("q");
        return Scale.Row("a chunk of a long answer through Semantic Kernel", Deltas, 1, 30, new Runner("its bridge over our client", () => Read(bridge)), new Runner("our adapter", () => Read(ours)));

        async Task Read(IChatCompletionService chat)
        {
            await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync(history).ConfigureAwait(false))
                _ = chunk.Content;
        }
    }
}

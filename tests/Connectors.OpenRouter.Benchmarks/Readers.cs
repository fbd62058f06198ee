using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>The clients that are compared, and the bare loop under them.</summary>
internal static class Readers
{
    public const string Model = "openai/o4-mini";
    private const string Endpoint = "https://openrouter.ai/api/v1/";

    public static IChatClient Ours(HttpClient http, string endpoint = Endpoint) => new OpenRouterChatClient(new OpenRouterOptions { Model = Model, ApiKey = "key", Endpoint = new(endpoint) }, http);

    public static IChatClient Rival(HttpClient http, string endpoint = Endpoint) => new OpenAIClient(new ApiKeyCredential("key"), new()
    {
        Endpoint = new(endpoint),
        Transport = new HttpClientPipelineTransport(http),
    }).GetResponsesClient().AsIChatClient(Model);

    /// <returns>How many updates carried words.</returns>
    public static async Task<int> Count(IAsyncEnumerable<ChatResponseUpdate> updates)
    {
        var count = 0;
        await foreach (var update in updates.ConfigureAwait(false))
            if (update.Contents.Count > 0)
                count++;
        return count;
    }

    /// <summary>The least a client can do: one string, one content, one update a delta; no ids, no errors, no endings, no way back.</summary>
    public static async IAsyncEnumerable<ChatResponseUpdate> Floor(HttpClient http, string endpoint = Endpoint, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint + "responses") { Content = new ByteArrayContent(OneQuestion) };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var item in SseParser.Create(stream, Read).EnumerateAsync(cancellationToken).ConfigureAwait(false))
            if (item.Data is { } content)
                yield return new() { Role = ChatRole.Assistant, Contents = [content], ResponseId = "gen-1786972801-Bench", MessageId = "msg_tmp_bench", ModelId = Model };
    }

    private static readonly byte[] OneQuestion = """{"model":"openai/o4-mini","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]}],"stream":true}"""u8.ToArray();

    private static AIContent? Read(string type, ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8))
            return null;
        var reader = new Utf8JsonReader(data);
        bool text = false, reasoning = false;
        string? delta = null;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                continue;
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                text = reader.ValueTextEquals("response.output_text.delta"u8);
                reasoning = !text && reader.ValueTextEquals("response.reasoning_text.delta"u8);
            }
            else if (reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                delta = reader.GetString();
            }
        }
        return delta is null ? null : text ? new TextContent(delta) : reasoning ? new TextReasoningContent(delta) : null;
    }
}

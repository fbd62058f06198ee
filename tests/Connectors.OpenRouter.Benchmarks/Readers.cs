using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>The three readers of one body. Each counts the updates that carry words.</summary>
internal sealed class Readers(byte[] body)
{
    private const string Endpoint = "https://openrouter.ai/api/v1/";
    private readonly HttpClient _http = Bodies.Client(body);
    private readonly IChatClient _ours = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "key" }, Bodies.Client(body));
    private readonly IChatClient _rival = new OpenAIClient(new ApiKeyCredential("key"), new()
    {
        Endpoint = new(Endpoint),
        Transport = new HttpClientPipelineTransport(Bodies.Client(body)),
    }).GetResponsesClient().AsIChatClient("openai/o4-mini");

    public Task<int> Floor() => Count(FloorUpdates());

    public Task<int> Ours() => Count(_ours.GetStreamingResponseAsync("q"));

    public Task<int> Rival() => Count(_rival.GetStreamingResponseAsync("q"));

    private static async Task<int> Count(IAsyncEnumerable<ChatResponseUpdate> updates)
    {
        var count = 0;
        await foreach (var update in updates.ConfigureAwait(false))
            if (update.Contents.Count > 0)
                count++;
        return count;
    }

    /// <summary>The least a client can do: one string, one content, one update a delta.</summary>
    private async IAsyncEnumerable<ChatResponseUpdate> FloorUpdates([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var item in SseParser.Create(stream, Read).EnumerateAsync(cancellationToken).ConfigureAwait(false))
            if (item.Data is { } content)
                yield return new() { Role = ChatRole.Assistant, Contents = [content], ResponseId = "gen-1786972801-Bench", MessageId = "msg_tmp_bench", ModelId = "openai/o4-mini" };
    }

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

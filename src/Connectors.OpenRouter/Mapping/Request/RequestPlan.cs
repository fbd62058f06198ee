using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The request of one call: its sources are read once, and it is written as often as the service makes us learn something.</summary>
/// <param name="messages">The whole history.</param>
/// <param name="members">All members but the input, as the sources say them.</param>
/// <param name="turns">How many earlier turns keep their reasoning; null = all.</param>
/// <param name="diagnostics">Hears of what cannot be sent.</param>
internal sealed class RequestPlan(IReadOnlyList<ChatMessage> messages, JsonObject members, int? turns, RequestDiagnostics diagnostics)
{
    private const long MaxFileBytes = 100 * 1024 * 1024;

    private readonly List<KeyValuePair<string, JsonNode?>> _members = [.. RequestTable.Request.Order(members)];

    /// <summary>All of the request but its body.</summary>
    public required OutgoingRequest Frame { get; init; }

    /// <summary>The request, ready to be posted.</summary>
    /// <param name="changes">What was learnt since it was written first.</param>
    /// <exception cref="NotSupportedException">Something that this API has no words for.</exception>
    public OutgoingRequest Write(RequestChanges changes = default)
    {
        var items = HistoryMap.ToItems(messages, members.ContainsKey("models") ? null : Frame.Model, turns, changes.WithoutReasoning, diagnostics);
        return Frame with
        {
            Body = ToBody(items, changes),
            Warnings = [.. diagnostics.Warnings],
            History = diagnostics.History,
            EchoesReasoning = items.Exists(item => item.Type == "reasoning"),
        };
    }

    private byte[] ToBody(List<InputItem> items, RequestChanges changes)
    {
        using var body = new JsonBodyWriter();
        body.Json.WriteStartObject();
        var isInputDue = true;
        foreach (var (name, node) in _members)
        {
            if (isInputDue && name is not ("model" or "models"))
            {
                WriteInput(body, items);
                isInputDue = false;
            }
            if (node is JsonArray { Count: 0 } || name == "include" && changes.WithoutInclude)
                continue; // an empty list is a way to say "none"
            body.Json.WritePropertyName(name);
            node!.WriteTo(body.Json);
        }
        if (isInputDue)
            WriteInput(body, items);
        if (Frame.Streaming)
            body.Json.WriteBoolean("stream"u8, true);
        body.Json.WriteEndObject();
        if (body.FileBytes > MaxFileBytes)
        {
            diagnostics.Refuse(new NotSupportedException($"The files of this request are {body.FileBytes / (1024 * 1024)} MB; at most 100 MB can be sent. Give larger ones by address (UriContent) or upload them (HostedFileContent)."));
            return [];
        }
        return body.ToBody();
    }

    private static void WriteInput(JsonBodyWriter body, List<InputItem> items)
    {
        body.Json.WriteStartArray("input"u8);
        foreach (var item in items)
            item.Write(body);
        body.Json.WriteEndArray();
    }
}

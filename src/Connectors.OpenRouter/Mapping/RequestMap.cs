using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Messages and options -> the request.</summary>
internal sealed class RequestMap
{
    private int _mapped;

    public OutgoingRequest Map(IReadOnlyList<ChatMessage> messages, ChatOptions? options, bool streaming, OpenRouterOptions settings, IChatClient self, RequestChanges changes = default)
    {
        _ = (self, _mapped++);
        using var body = new BodyWriter();
        var json = body.Json;
        json.WriteStartObject();
        json.WriteString("model", options?.ModelId ?? settings.Model);
        json.WriteStartArray("input");
        var items = new List<InputItem>();
        foreach (var message in messages)
            if (message.Role == ChatRole.Assistant)
                items.AddRange(ItemMap.ToItems(message, () => "msg_1", _ => throw new NotSupportedException(), _ => { }));
            else
            {
                json.WriteStartObject();
                json.WriteString("type", "message");
                json.WriteString("role", message.Role.Value);
                json.WriteString("content", message.Text);
                json.WriteEndObject();
            }
        foreach (var item in Hygiene.Readable(items, settings.Model, null, changes.WithoutReasoning, _ => { }))
            item.Write(body);
        json.WriteEndArray();
        if (streaming)
            json.WriteBoolean("stream", true);
        json.WriteEndObject();
        return new() { Body = body.ToBody(), Streaming = streaming, Model = settings.Model };
    }
}

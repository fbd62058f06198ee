using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// The request of one call: its sources are read once, and it is written as often as the service makes us learn something.
/// </summary>
/// <param name="messages">The whole history.</param>
/// <param name="head">All but the input, as the sources say it.</param>
/// <param name="diagnostics">Collects what cannot be sent.</param>
internal sealed class RequestPlan(IReadOnlyList<ChatMessage> messages, RequestHead head, RequestDiagnostics diagnostics)
{
    /// <summary>The most that files may have together, before they are encoded.</summary>
    private const long MaxFileBytes = 100 * 1024 * 1024;

    /// <summary>Whether the answer is asked for as an event stream.</summary>
    public required bool Streaming;

    /// <inheritdoc cref="OutgoingRequest.EmitReasoning"/>
    public required bool EmitReasoning;

    /// <summary>How many earlier turns keep their reasoning; null = all.</summary>
    public required int? Turns;

    /// <summary>Ends the working-off of a long history when the caller has left or a clock has run out; null = nobody asks.</summary>
    public Action? Checkpoint;

    /// <summary>The request, ready to be posted.</summary>
    /// <param name="changes">What was learnt since it was written first.</param>
    /// <exception cref="NotSupportedException">Something that this API has no words for.</exception>
    public OutgoingRequest Write(RequestChanges changes = default)
    {
        var items = HistoryMap.ToItems(messages, head.Target, Turns, changes.WithoutReasoning, diagnostics, Checkpoint);
        return new()
        {
            Body = ToBody(items, changes),
            Path = head.Path,
            Streaming = Streaming,
            Model = head.Model,
            Effort = head.Effort,
            Headers = head.Headers,
            Secrets = head.Secrets,
            Warnings = diagnostics.Warnings.Count == 0 ? [] : [.. diagnostics.Warnings],
            History = diagnostics.History,
            EchoesReasoning = HasReasoning(items),
            HasInclude = !changes.WithoutInclude && HasInclude(),
            EmitReasoning = EmitReasoning,
        };
    }

    /// <summary>Whether reasoning goes back out with the history.</summary>
    private static bool HasReasoning(List<InputItem> items)
    {
        foreach (var item in items)
            if (item.Type == "reasoning")
                return true;
        return false;
    }

    /// <summary>Whether the request asks for <c>include</c>.</summary>
    private bool HasInclude()
    {
        foreach (var member in head.Members)
            if (member.Name == "include")
                return true;
        return false;
    }

    /// <summary>The body: model, input, all other members in the table's order, <c>stream</c> last.</summary>
    private byte[] ToBody(List<InputItem> items, RequestChanges changes)
    {
        using var body = JsonBodyWriter.Take();
        body.Json.WriteStartObject();
        var isInputDue = true;
        foreach (var member in head.Members)
        {
            if (isInputDue && member.Name is not ("model" or "models"))
            {
                WriteInput(body, items);
                isInputDue = false;
            }
            if (!changes.WithoutInclude || member.Name != "include")
                member.Write(body.Json);
        }
        if (isInputDue)
            WriteInput(body, items);
        if (Streaming)
            body.Json.WriteBoolean("stream"u8, true);
        body.Json.WriteEndObject();
        if (body.FileBytes > MaxFileBytes)
        {
            diagnostics.Refuse(new NotSupportedException($"The files of this request are {body.FileBytes / (1024 * 1024)} MB; at most 100 MB can be sent. Give larger ones by address (UriContent) or upload them (HostedFileContent)."));
            return [];
        }
        return body.ToBody();
    }

    /// <summary>Writes the history's items.</summary>
    private void WriteInput(JsonBodyWriter body, List<InputItem> items)
    {
        body.Json.WriteStartArray("input"u8);
        foreach (var item in items)
        {
            Checkpoint?.Invoke();
            item.Write(body);
        }
        body.Json.WriteEndArray();
    }
}

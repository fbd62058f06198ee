using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>A function call on its way back: the very text received while the content still says the same, else what the content says.</summary>
internal sealed class CallItem : InputItem
{
    /// <summary>The call as the history has it.</summary>
    private readonly FunctionCallContent _call;
    /// <summary>The call as the service gave it; null when another client wrote it.</summary>
    private Item? _received;

    /// <param name="call">The call as it stands in the history.</param>
    /// <param name="received">The call as the service gave it; null when another client wrote it.</param>
    public CallItem(FunctionCallContent call, Item? received)
    {
        (_call, _received) = (call, received);
        CallId = call.CallId;
        Id = received?.Id ?? $"fc_{call.CallId}";
    }

    /// <summary>The same call, of which more became known.</summary>
    public void Complete(Item later)
    {
        _received = later;
        Id = later.Id ?? Id;
    }

    public override string Type => "function_call";

    public override string? GivenId => _received?.Id;

    public override bool IsModels => true;

    public override bool IsAsync => _received?.Json.Flag("async") == true;

    /// <summary>Nobody could make it: its arguments could not be read, or were cut off, and nobody has mended them since.</summary>
    public bool IsBroken => CallId is not null && (_received is { } received
        ? (_call.Arguments is null or { Count: 0 } || received.Status == "incomplete") && ItemMap.IsBroken(received)
        : _call.Exception is not null && (_call.Arguments is null or { Count: 0 }));

    /// <summary>Nobody has answered it, so the model is told here. Answered or not: what it wrote does not go back as arguments, which providers read and would refuse.</summary>
    public bool IsReported { get; set; }

    /// <summary>The output that tells it.</summary>
    public FunctionOutput ToError()
    {
        var arrived = _received?.Arguments ?? "";
        return new(CallId!, $"Error: the arguments of this call could not be read, so {_call.Name} did not run. They must be one JSON object."
            + (arrived.Length == 0 ? "" : $" What arrived was: {(arrived.Length > 500 ? arrived[..500] + "…" : arrived)}"));
    }

    public override void Write(JsonBodyWriter body)
    {
        if (!IsReported && _received is { } same && same.CallId == _call.CallId && same.Name == _call.Name && same.Status != "incomplete" && IsUnchanged(same))
        {
            EchoedItem.Write(body.Json, same, same.Id is null ? null : Id, CallId);
            return;
        }
        var writer = body.Json;
        writer.WriteStartObject();
        writer.WriteString("type"u8, "function_call"u8);
        writer.WriteString("id"u8, Id);
        writer.WriteString("call_id"u8, CallId);
        writer.WriteString("name"u8, _call.Name);
        using (var scratch = JsonScratch.Take())
        {
            WriteArguments(scratch.Writer);
            writer.WriteString("arguments"u8, scratch.Written().Span);
        }
        writer.WriteString("status"u8, "completed"u8);
        if (_received is { } edited)
            foreach (var member in edited.Json.EnumerateObject())
                if (member.Key() is not ("type" or "id" or "call_id" or "name" or "arguments" or "status"))
                    Item.WriteMember(writer, member);
        writer.WriteEndObject();
    }

    /// <summary>Whether the content still says what was received, argument by argument.</summary>
    private bool IsUnchanged(Item item)
    {
        using var scratch = JsonScratch.Take();
        WriteArguments(scratch.Writer);
        if (item.Json.Member("arguments") is { ValueKind: JsonValueKind.String } text && text.EqualsUtf8(scratch.Written().Span))
            return true;
        var received = item.Arguments;
        if (LenientJson.Parse(string.IsNullOrWhiteSpace(received) ? "{}" : received) is not { } json)
            return false;
        return json.ValueKind switch
        {
            JsonValueKind.Null => _call.Arguments is null or { Count: 0 },
            JsonValueKind.Object => LenientJson.Parse(scratch.WrittenText())?.JsonEquals(json.Readable()) == true, // as the content was made of it
            _ => false, // no arguments: providers read them, and refuse
        };
    }

    /// <summary>Writes the arguments as an object, in the order of the content.</summary>
    private void WriteArguments(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (_call.Arguments is Dictionary<string, object?> usual) // its enumerator costs nothing
            foreach (var argument in usual)
                WriteArgument(writer, argument);
        else if (_call.Arguments is { } arguments)
            foreach (var argument in arguments)
                WriteArgument(writer, argument);
        writer.WriteEndObject();
    }

    /// <summary>Writes an argument; the path is named where it cannot be written.</summary>
    private static void WriteArgument(Utf8JsonWriter writer, KeyValuePair<string, object?> argument)
    {
        writer.WritePropertyName(argument.Key);
        if (argument.Value is null)
            writer.WriteNullValue();
        else if (argument.Value is string text)
            writer.WriteStringValue(text);
        else if (argument.Value is bool flag)
            writer.WriteBooleanValue(flag);
        else if (argument.Value is int number)
            writer.WriteNumberValue(number);
        else
            UntypedJson.Write(writer, argument.Value, $"The argument `{argument.Key}` of a call");
    }
}

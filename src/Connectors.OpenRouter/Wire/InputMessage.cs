using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>A message that is not the assistant's.</summary>
internal sealed class InputMessage(string role, IReadOnlyList<InputPart> parts) : InputItem
{
    public override string Type => "message";

    public override bool BeginsTurn => role == "user";

    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        body.Json.WriteString("type"u8, "message"u8);
        body.Json.WriteString("role"u8, role);
        body.Json.WriteStartArray("content"u8);
        foreach (var part in parts)
            part.Write(body);
        body.Json.WriteEndArray();
        body.Json.WriteEndObject();
    }
}

/// <summary>What a function returned: a text, or parts.</summary>
internal sealed class FunctionOutput(string callId, string text, IReadOnlyList<InputPart>? parts = null) : InputItem
{
    public override string Type => "function_call_output";

    public override string CallId { get; } = callId;

    /// <summary>The result as one text; empty where it is parts.</summary>
    public string Text => text;

    /// <summary>The same output with more parts behind it.</summary>
    public FunctionOutput With(IReadOnlyList<InputPart> more) => new(CallId, "", [.. parts ?? [new TextPart(text, null)], .. more]);

    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        body.Json.WriteString("type"u8, "function_call_output"u8);
        body.Json.WriteString("call_id"u8, CallId);
        if (parts is null)
            body.Json.WriteString("output"u8, text);
        else
        {
            body.Json.WriteStartArray("output"u8);
            foreach (var part in parts)
                part.Write(body);
            body.Json.WriteEndArray();
        }
        body.Json.WriteEndObject();
    }
}

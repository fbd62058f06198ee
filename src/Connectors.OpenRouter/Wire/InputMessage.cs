using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>A message that is not the assistant's; it has at least one part.</summary>
internal sealed class InputMessage(string role, InputPart first) : InputItem
{
    /// <summary>Parts after the first; null for the usual message of one part.</summary>
    private List<InputPart>? _more;

    public override string Type => "message";

    public override bool BeginsTurn => role == "user";

    /// <summary>Appends a part; parts are written in the order in which they were added.</summary>
    public void Add(InputPart part) => (_more ??= []).Add(part);

    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        body.Json.WriteString("type"u8, "message"u8);
        body.Json.WriteString("role"u8, role);
        body.Json.WriteStartArray("content"u8);
        first.Write(body);
        if (_more is not null)
            foreach (var part in _more)
                part.Write(body);
        body.Json.WriteEndArray();
        body.Json.WriteEndObject();
    }
}

/// <summary>What a function returned: a text, or parts.</summary>
internal sealed class FunctionOutput : InputItem
{
    /// <summary>The output's parts; null when it is <see cref="Text"/>.</summary>
    private readonly IReadOnlyList<InputPart>? _parts;

    /// <summary>An output for the call with this id.</summary>
    /// <param name="callId">The <c>call_id</c> of the call.</param>
    /// <param name="text">The result as text; ignored where there are parts.</param>
    /// <param name="parts">The result as parts, such as images; null for a plain text.</param>
    public FunctionOutput(string callId, string text, IReadOnlyList<InputPart>? parts = null) => (CallId, Text, _parts) = (callId, text, parts);

    public override string Type => "function_call_output";

    /// <summary>The result as one text; empty where it is parts.</summary>
    public string Text { get; }

    /// <summary>The same output with more parts behind it.</summary>
    public FunctionOutput With(IReadOnlyList<InputPart> more) => new(CallId!, "", [.. _parts ?? [new TextPart(Text, null)], .. more]);

    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        body.Json.WriteString("type"u8, "function_call_output"u8);
        body.Json.WriteString("call_id"u8, CallId);
        if (_parts is null)
            body.Json.WriteString("output"u8, Text);
        else
        {
            body.Json.WriteStartArray("output"u8);
            foreach (var part in _parts)
                part.Write(body);
            body.Json.WriteEndArray();
        }
        body.Json.WriteEndObject();
    }
}

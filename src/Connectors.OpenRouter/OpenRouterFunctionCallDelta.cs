using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter;

/// <summary>A piece of a function call's arguments, as the model writes them.</summary>
/// <remarks>
/// For the eye only. The call itself comes as one complete <see cref="FunctionCallContent"/>, and only that is run; it is right
/// also where a piece was lost or the service answers the call itself.
/// </remarks>
public sealed class OpenRouterFunctionCallDelta
{
    /// <summary>Which call: the <see cref="ToolCallContent.CallId"/> of the content that will be the whole call.</summary>
    public string CallId { get; init; } = "";

    /// <summary>The function's name, with every piece.</summary>
    public string Name { get; init; } = "";

    /// <summary>The new piece of the arguments' JSON text; all pieces of a call, put together, are the text.</summary>
    public string Arguments { get; init; } = "";

    /// <summary>With <see cref="OpenRouterOptions.RawEvents"/> the service's event; else null.</summary>
    public JsonElement? RawEvent { get; init; }

    /// <summary>The function's name and the piece.</summary>
    public override string ToString() => $"{Name}: {Arguments}";
}

using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>A tool that is its own wire form. It is no function, so that no middleware tries to invoke it.</summary>
internal sealed class WireTool(JsonObject json) : AITool
{
    public override string Name { get; } = (json["name"] ?? json["type"])!.GetValue<string>();

    /// <summary>A copy, which its taker may change.</summary>
    public JsonObject ToJson() => (JsonObject)json.DeepClone();
}

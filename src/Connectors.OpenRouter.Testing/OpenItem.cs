using System.Text;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>An item that is being said.</summary>
internal sealed class OpenItem(string id, int index, JsonObject item)
{
    public string Id => id;

    public int Index => index;

    public JsonObject Item => item;

    /// <summary>Sends what closes its parts, and completes the item.</summary>
    public Action? Finish { get; set; }

    /// <summary>Whether it is a message that more words can be added to.</summary>
    public bool IsText { get; set; }

    public StringBuilder Text { get; } = new();

    /// <summary>Where the last words began.</summary>
    public int LastStart { get; set; }

    public JsonArray Annotations { get; } = [];

    public JsonObject Part() => new()
    {
        ["type"] = "output_text",
        ["text"] = Text.ToString(),
        ["annotations"] = Annotations.DeepClone(),
        ["logprobs"] = new JsonArray(),
    };
}

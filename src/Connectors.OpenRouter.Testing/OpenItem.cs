using System.Text;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>An item that is being said.</summary>
internal sealed class OpenItem(string id, int index, JsonObject item)
{
    /// <summary>The item's id.</summary>
    public string Id => id;

    /// <summary>Its place in the output.</summary>
    public int Index => index;

    /// <summary>The item as it grows.</summary>
    public JsonObject Item => item;

    /// <summary>Sends what closes its parts, and completes the item.</summary>
    public Action? Finish { get; set; }

    /// <summary>Whether it is a message that more words can be added to.</summary>
    public bool IsText { get; set; }

    /// <summary>The message's text so far.</summary>
    public StringBuilder Text { get; } = new();

    /// <summary>Where the last words began.</summary>
    public int LastStart { get; set; }

    /// <summary>The message's citations so far.</summary>
    public JsonArray Annotations { get; } = [];

    /// <summary>The part with its text so far.</summary>
    public JsonObject Part() => new()
    {
        ["type"] = "output_text",
        ["text"] = Text.ToString(),
        ["annotations"] = Annotations.DeepClone(),
        ["logprobs"] = new JsonArray(),
    };
}

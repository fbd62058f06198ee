using System.Text.Json;
using System.Text.Json.Serialization;

namespace Connectors.OpenRouter.Wire;

/// <summary>
/// A plugin and its settings, as <see cref="OpenRouterPlugins"/> makes them; a plain id is enough where there are none:
/// <c>Plugins = ["response-healing"]</c>.
/// </summary>
public sealed class Plugin
{
    /// <summary>
    /// <c>web</c>, <c>web-fetch</c>, <c>file-parser</c>, <c>response-healing</c>, <c>context-compression</c>, <c>moderation</c>,
    /// <c>auto-router</c>, <c>auto-beta-router</c>, <c>pareto-router</c>, <c>fusion</c>.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>False switches off a plugin that the account or the model has on.</summary>
    /// <value>True when nobody says otherwise.</value>
    public bool? Enabled { get; init; }

    /// <summary><c>web</c>: results per search.</summary>
    /// <value>5 when nobody says otherwise.</value>
    public int? MaxResults { get; init; }

    /// <summary>All other settings, under their wire names.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extra { get; set; }

    /// <param name="id">The plugin's id.</param>
    public static implicit operator Plugin(string id) => new() { Id = id };

    /// <summary>The id; settings are left out, because they may quote prompts.</summary>
    public override string ToString() => $"{nameof(Plugin)} {{ {Id} }}";
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>OpenRouter's own members in the framework's options: as JSON under their wire names.</summary>
internal static class RequestCarrier
{
    /// <summary>The name of this source, for explanations.</summary>
    private const string Source = nameof(OpenRouterChatExtensions.WithOpenRouter);

    /// <summary>Puts the request's members over those said before, in the table's order.</summary>
    public static void Put(AdditionalPropertiesDictionary properties, OpenRouterRequest request)
    {
        var body = new RequestBody();
        var members = RequestTable.ToJson(request);
        string[] names = [.. members.Select(member => member.Key)];
        body.Add(Source, members);
        body.Add(nameof(ChatOptions.AdditionalProperties), Before(properties, names));
        foreach (var (name, node) in body.ToJson())
        {
            properties.Remove(name); // so that it stands at the end, in the table's order
            properties[name] = JsonSerializer.SerializeToElement(node, WireJson.Web.JsonNode);
        }
    }

    /// <summary>What the properties say under these names, read as the table wants it.</summary>
    private static JsonObject Before(AdditionalPropertiesDictionary properties, IEnumerable<string> names)
    {
        var members = new JsonObject();
        foreach (var name in names)
            if (properties.TryGetValue(name, out var value) && RequestTable.Request.Find(name)!.Shape.Read(LooseJson.ToNode(value, name), name) is { } node)
                members[name] = node;
        return members;
    }
}

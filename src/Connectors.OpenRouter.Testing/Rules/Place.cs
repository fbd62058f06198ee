using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>Where in a request a value stands.</summary>
internal sealed record Place(Place? Outer, JsonNode Step)
{
    /// <summary>The body itself.</summary>
    public static Place Root { get; } = new(null, "");

    public Place Then(string name) => new(this, name);

    public Place Then(int index) => new(this, index);

    public JsonObject Issue(string code, string message, params (string Name, JsonNode? Value)[] details)
    {
        var issue = new JsonObject { ["code"] = code };
        foreach (var (name, value) in details)
            issue[name] = value;
        issue["path"] = Path();
        issue["message"] = message;
        return issue;
    }

    private JsonArray Path()
    {
        var path = Outer?.Path() ?? [];
        if (Outer is not null)
            path.Add(Step.DeepClone());
        return path;
    }
}

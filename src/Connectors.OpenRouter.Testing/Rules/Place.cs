using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>Where in a request a value stands.</summary>
internal sealed record Place(Place? Outer, JsonNode Step)
{
    /// <summary>The body itself.</summary>
    public static Place Root { get; } = new(null, "");

    /// <summary>A member of what stands here.</summary>
    public Place Then(string name) => new(this, name);

    /// <summary>An element of what stands here.</summary>
    public Place Then(int index) => new(this, index);

    /// <summary>An issue at this place, as the service's validator writes it.</summary>
    public JsonObject Issue(string code, string message, params (string Name, JsonNode? Value)[] details)
    {
        var issue = new JsonObject { ["code"] = code };
        foreach (var (name, value) in details)
            issue[name] = value;
        issue["path"] = Path();
        issue["message"] = message;
        return issue;
    }

    /// <summary>The steps that lead here.</summary>
    private JsonArray Path()
    {
        var path = Outer?.Path() ?? [];
        if (Outer is not null)
            path.Add(Step.DeepClone());
        return path;
    }
}

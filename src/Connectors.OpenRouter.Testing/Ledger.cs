using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>A reasoning item that the fake has given out.</summary>
/// <param name="Item">As it was said, with everything that proves it.</param>
/// <param name="Author">Whose model had been asked, the part before the slash; null when the request named no model.</param>
/// <param name="Order">Its place among everything the fake has said.</param>
internal sealed record IssuedReasoning(JsonElement Item, string? Author, int Order);

/// <summary>A function call that the fake has given out, and the thoughts of the same response that led to it.</summary>
internal sealed record IssuedCall(string? Author, IReadOnlyList<IssuedReasoning> Reasoning);

/// <summary>What the fake has said: a provider recognises its own blobs.</summary>
internal sealed class Ledger
{
    /// <summary>Guards both lists.</summary>
    private readonly object _gate = new();

    /// <summary>Reasoning by its id.</summary>
    private readonly Dictionary<string, IssuedReasoning> _reasoning = [];

    /// <summary>Calls by their call_id.</summary>
    private readonly Dictionary<string, IssuedCall> _calls = [];

    /// <summary>Remembers one response's items.</summary>
    public void Enter(string? model, IEnumerable<JsonObject> items)
    {
        var author = Author(model);
        List<IssuedReasoning> soFar = [];
        lock (_gate)
        {
            foreach (var item in items)
            {
                if ((string?)item["status"] != "completed")
                    continue;
                if ((string?)item["type"] == "reasoning")
                {
                    using var json = JsonDocument.Parse(Json.Utf8(item));
                    var thought = new IssuedReasoning(json.RootElement.Clone(), author, _reasoning.Count);
                    _reasoning[(string)item["id"]!] = thought;
                    soFar.Add(thought);
                }
                else if ((string?)item["type"] == "function_call")
                {
                    _calls[(string)item["call_id"]!] = new(author, [.. soFar]);
                }
            }
        }
    }

    /// <summary>The reasoning that was given under an id; null for none.</summary>
    public IssuedReasoning? Reasoning(string? id)
    {
        lock (_gate)
            return id is null ? null : _reasoning.GetValueOrDefault(id);
    }

    /// <summary>What had been given out when a request arrived, in the order in which it was said.</summary>
    public IReadOnlyList<JsonElement> ReasoningOf(FakeRequest before)
    {
        lock (_gate)
            return [.. _reasoning.Values.Where(thought => thought.Order < before.ReasoningBefore).OrderBy(thought => thought.Order).Select(thought => thought.Item)];
    }

    /// <summary>How many reasoning items were given.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _reasoning.Count;
        }
    }

    /// <summary>The call that was given under an id; null for none.</summary>
    public IssuedCall? Call(string? callId)
    {
        lock (_gate)
            return callId is null ? null : _calls.GetValueOrDefault(callId);
    }

    /// <summary>Who made a model: <c>openai</c> of <c>openai/o4-mini</c>; null for presets, routers and names without an author.</summary>
    public static string? Author(string? model) =>
        model?.TrimStart('~') is { } name && name.Split('/') is [var author, _] && author is not ("openrouter" or "@preset") ? author : null;
}

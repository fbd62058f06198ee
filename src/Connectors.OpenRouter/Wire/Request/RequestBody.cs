using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Wire;

/// <summary>The request's members as several sources say them, the strongest first; joined as <see cref="RequestTable"/> tells.</summary>
internal sealed class RequestBody
{
    /// <summary>The values so far, by member name; a null value means that a source asked to leave the member out.</summary>
    private readonly Dictionary<string, JsonNode?> _members = [];

    /// <summary>Which sources contributed, by path; strongest first.</summary>
    private readonly Dictionary<string, List<string>> _sources = [];

    /// <summary>Takes what a weaker source adds. The source's nodes are used up.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="members">Its members in wire names.</param>
    /// <returns>Paths that a stronger source makes meaningless.</returns>
    public IEnumerable<(string Path, string By)> Add(string source, JsonObject members)
    {
        var excluded = new List<(string, string)>();
        foreach (var member in RequestTable.Request.Members)
        {
            if (!members.TryGetPropertyValue(member.Name, out var node))
                continue;
            members.Remove(member.Name);
            Join(member, node, source, excluded);
        }
        return excluded;
    }

    /// <summary>Which sources said a member, or a member of one: <c>reasoning.effort</c>.</summary>
    public IReadOnlyList<string> SourcesOf(string path) => _sources.TryGetValue(path, out var sources) ? sources : [];

    /// <summary>Whether somebody said it, if only that it be left out.</summary>
    /// <param name="member">A member of the request.</param>
    /// <param name="inner">A member of that.</param>
    public bool HasMember(string member, string inner) => _members.TryGetValue(member, out var node) && node is JsonObject json && json.ContainsKey(inner);

    /// <summary>The members in the table's order, without what was said to be left out. Asked for once: the nodes move into it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach (var member in RequestTable.Request.Members)
            if (_members.TryGetValue(member.Name, out var node) && (node is JsonObject && member.Shape is ObjectShape ? member.Shape.Read(node, member.Name) : node) is { } written
                && written is not JsonObject { Count: 0 })
                json.Add(member.Name, written);
        return json;
    }

    /// <summary>Merges into an object deep; a null takes a member away.</summary>
    /// <param name="into">Changed in place.</param>
    /// <param name="extra">Copied from; it stays as it is.</param>
    public static void Merge(JsonObject into, JsonObject extra)
    {
        foreach (var (name, node) in extra)
            if (node is JsonObject inner && into[name] is JsonObject known)
                Merge(known, inner);
            else if (node is null)
                into.Remove(name);
            else
                into[name] = node.DeepClone();
    }

    /// <summary>Adds one member of a weaker source, by the rule that the table gives for it.</summary>
    /// <param name="member">The member's row of the table.</param>
    /// <param name="node">The source's value; null leaves the member out.</param>
    /// <param name="source">The source's name, for <see cref="SourcesOf"/>.</param>
    /// <param name="excluded">Takes the paths that a stronger source makes meaningless.</param>
    private void Join(Member member, JsonNode? node, string source, List<(string, string)> excluded)
    {
        var isFirst = !_members.TryGetValue(member.Name, out var stronger);
        switch (member.Join, node)
        {
            case (Wire.Join.Members, JsonObject weaker):
                if (isFirst)
                    _members[member.Name] = stronger = new JsonObject();
                JoinMembers(member.Name, (JsonObject)stronger!, weaker, source, excluded);
                break;
            case (Wire.Join.Lists, JsonArray weaker):
                if (isFirst)
                    _members[member.Name] = stronger = new JsonArray();
                JoinLists(member.Name, (JsonArray)stronger!, weaker, source);
                break;
            case (Wire.Join.Paragraphs, JsonValue weaker) when !isFirst:
                var (first, more) = (stronger!.GetValue<string>(), weaker.GetValue<string>());
                if (first == more)
                    break;
                _members[member.Name] = $"{first}\n\n{more}";
                Note(member.Name, source);
                break;
            case var _ when isFirst:
                _members[member.Name] = node;
                Note(member.Name, source);
                break;
        }
    }

    /// <summary>Takes from an object those members that no stronger source has set.</summary>
    private void JoinMembers(string name, JsonObject stronger, JsonObject weaker, string source, List<(string, string)> excluded)
    {
        foreach (var (inner, node) in weaker.ToArray())
        {
            var path = $"{name}.{inner}";
            if (stronger.ContainsKey(inner))
                continue;
            if (Excludes(name, inner) is { } other && stronger.ContainsKey(other) && !SourcesOf($"{name}.{other}").Contains(source))
            {
                excluded.Add((path, $"{name}.{other}"));
                continue;
            }
            weaker.Remove(inner);
            stronger.Add(inner, node);
            Note(path, source);
        }
    }

    /// <summary>Appends those elements that no stronger source has, compared by <see cref="Key"/>.</summary>
    private void JoinLists(string name, JsonArray stronger, JsonArray weaker, string source)
    {
        Note(name, source);
        var known = stronger.Select(Key).ToHashSet();
        foreach (var element in weaker.ToArray())
            if (known.Count == 0 || !known.Contains(Key(element)))
            {
                weaker.Remove(element);
                stronger.Add(element);
            }
    }

    /// <summary>Effort and token budget exclude each other.</summary>
    private static string? Excludes(string member, string inner) => (member, inner) switch
    {
        ("reasoning", "effort") => "max_tokens",
        ("reasoning", "max_tokens") => "effort",
        _ => null,
    };

    /// <summary>Elements with the same key mean the same: a plugin's id, a tool's kind and name, an included word.</summary>
    private static string Key(JsonNode? element) => element switch
    {
        JsonValue leaf when leaf.TryGetValue<WrittenFunction>(out var function) => $"function {function.Name}",
        JsonObject plugin when plugin["id"] is JsonValue id => id.ToString(),
        JsonObject tool => $"{tool["type"]} {tool["name"] ?? tool["server_label"] ?? (tool["parameters"] as JsonObject)?["name"]}",
        null => string.Empty,
        _ => element.ToString(),
    };

    /// <summary>Notes that a source contributed to a path; each source once.</summary>
    private void Note(string path, string source)
    {
        if (!_sources.TryGetValue(path, out var sources))
            _sources[path] = sources = [];
        if (!sources.Contains(source))
            sources.Add(source);
    }
}

using System.Text.Json;

/// <summary>The words of an OpenAPI document, by what they name.</summary>
internal sealed class Document(JsonElement root)
{
    /// <summary>What is compared, in the order of a call.</summary>
    public IEnumerable<(string Kind, IEnumerable<string> Words)> Kinds() =>
    [
        ("request member", Members("ResponsesRequest", deep: true, ["input", "tools", "plugins", "metadata", "trace", "image_config"])), // items and tools are looked at by their types
        ("header", Headers()),
        ("input item", Types(Schema("Inputs"), 0)),
        ("tool", Property(Schema("ResponsesRequest"), "tools") is { } tools ? Types(tools, 0) : []),
        ("plugin", Property(Schema("ResponsesRequest"), "plugins") is { } plugins ? Parts(Items(plugins)).SelectMany(plugin => Property(plugin, "id") is { } id ? Values(id) : []) : []),
        ("event", Types(Schema("StreamEvents"), 0)),
        ("output item", Types(Schema("OutputItems"), 0)),
        ("part", Inner(Schema("Inputs"), 0).Concat(Inner(Schema("OutputItems"), 0))),
        ("response member", Members("OpenResponsesResult")),
        ("usage member", Members("Usage", deep: true)),
        ("error word", ErrorWords()),
    ];

    /// <summary>What errors are called: the values of <c>error_type</c>, and of the code of a failed response.</summary>
    private IEnumerable<string> ErrorWords() => Walk(root).Where(named => named.Name is "error_type" or "limit_source" or "ResponsesErrorField" or "ApiErrorType")
        .SelectMany(named => named.Name == "ResponsesErrorField" ? Property(named.Value, "code") is { } code ? Values(code) : [] : Values(named.Value));

    private IEnumerable<string> Headers() => root.GetProperty("paths").GetProperty("/responses").GetProperty("post") is var post && post.TryGetProperty("parameters", out var parameters)
        ? parameters.EnumerateArray().Select(Follow).Where(parameter => parameter.GetProperty("in").GetString() == "header").Select(parameter => parameter.GetProperty("name").GetString()!)
        : [];

    private IEnumerable<string> Members(string schema, bool deep = false, string[]? opaque = null) => Members(Schema(schema), deep, opaque ?? [], []);

    private JsonElement Schema(string name) => root.GetProperty("components").GetProperty("schemas").TryGetProperty(name, out var schema) ? schema : default;

    private JsonElement Follow(JsonElement schema)
    {
        while (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference))
        {
            var place = root;
            foreach (var step in reference.GetString()!.Split('/').Skip(1))
                place = place.GetProperty(step);
            schema = place;
        }
        return schema;
    }

    /// <summary>A schema and all that it is made of by anyOf, oneOf and allOf.</summary>
    private IEnumerable<JsonElement> Parts(JsonElement schema, int depth = 0)
    {
        schema = Follow(schema);
        if (schema.ValueKind != JsonValueKind.Object || depth > 12)
            yield break;
        yield return schema;
        foreach (var union in (string[])["anyOf", "oneOf", "allOf"])
            if (schema.TryGetProperty(union, out var parts))
                foreach (var part in parts.EnumerateArray().SelectMany(part => Parts(part, depth + 1)))
                    yield return part;
    }

    private JsonElement Items(JsonElement schema) => Parts(schema).Select(part => part.TryGetProperty("items", out var items) ? items : default).FirstOrDefault(items => items.ValueKind == JsonValueKind.Object);

    private JsonElement? Property(JsonElement schema, string name)
    {
        foreach (var part in Parts(schema))
            if (part.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out var property))
                return property;
        return null;
    }

    private IEnumerable<string> Values(JsonElement schema)
    {
        foreach (var part in Parts(schema))
        {
            if (part.TryGetProperty("const", out var value) && value.ValueKind == JsonValueKind.String)
                yield return value.GetString()!;
            if (part.TryGetProperty("enum", out var values))
                foreach (var one in values.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String))
                    yield return one.GetString()!;
        }
    }

    /// <summary>The values of <c>type</c> in a union, or in an array of it.</summary>
    private IEnumerable<string> Types(JsonElement schema, int depth)
    {
        if (depth > 2)
            yield break;
        foreach (var part in Parts(schema))
        {
            if (part.TryGetProperty("properties", out var properties) && properties.TryGetProperty("type", out var type))
                foreach (var value in Values(type))
                    yield return value;
            if (part.TryGetProperty("items", out var items))
                foreach (var value in Types(items, depth + 1))
                    yield return value;
        }
    }

    /// <summary>The values of <c>type</c> inside of a union's items: parts of messages and thoughts, annotations, actions and outputs of server tools.</summary>
    private IEnumerable<string> Inner(JsonElement schema, int depth)
    {
        if (depth > 6)
            yield break;
        foreach (var part in Parts(schema))
        {
            if (part.TryGetProperty("items", out var items))
                foreach (var value in Inner(items, depth + 1))
                    yield return value;
            if (part.TryGetProperty("properties", out var properties))
                foreach (var property in properties.EnumerateObject().Where(property => property.Name is not ("type" or "tools")))
                    foreach (var value in Types(property.Value, 0).Concat(Inner(property.Value, depth + 1)))
                        yield return value;
        }
    }

    private IEnumerable<string> Members(JsonElement schema, bool deep, string[] opaque, HashSet<string> seen, string path = "")
    {
        foreach (var part in Parts(schema))
            if (part.TryGetProperty("properties", out var properties))
                foreach (var property in properties.EnumerateObject())
                {
                    if (!seen.Add(path + property.Name))
                        continue;
                    yield return path + property.Name;
                    if (deep && path.Count(letter => letter == '.') < 3 && !opaque.Contains(property.Name))
                        foreach (var inner in Members(property.Value, deep, opaque, seen, $"{path}{property.Name}."))
                            yield return inner;
                }
    }

    private static IEnumerable<(string Name, JsonElement Value)> Walk(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(member => Walk(member.Value).Prepend((member.Name, member.Value))),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Walk),
        _ => [],
    };
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>
/// What a member of the request looks like, and how forgivingly it is read: prompt files, configuration and Semantic Kernel deliver
/// numbers and booleans as strings and whole numbers as doubles. The same setting reads as the same node, wherever it comes from.
/// </summary>
internal abstract record Shape
{
    /// <summary>The shapes of single values; <c>Any</c> takes every JSON, <c>Free</c> any object.</summary>
    public static readonly Shape Text = new TextShape(), Integer = new NumberShape(Integral: true), Number = new NumberShape(Integral: false), Money = new MoneyShape(), Flag = new FlagShape(), Any = new AnyShape(), Free = new FreeShape();

    /// <summary>An array of one shape; a single value is read as an array of one.</summary>
    public static Shape List(Shape item) => new ListShape(item);

    /// <summary>An object with names of the caller's choice and values of one shape.</summary>
    public static Shape Map(Shape value) => new ObjectShape(() => []) { Others = value };

    /// <summary>An object with known members.</summary>
    /// <param name="members">The members in the order in which they are written; called once, when the first is needed.</param>
    public static ObjectShape Object(Func<Member[]> members) => new(members);

    /// <summary>A plain value stands for one member, and is written out as an object.</summary>
    /// <param name="simple">The member that the plain value is.</param>
    /// <param name="members">The members in the order in which they are written.</param>
    public static ObjectShape Short(string simple, Func<Member[]> members) => new(members) { Simple = simple };

    /// <summary>A plain value stands for one member, and is what the API itself takes.</summary>
    /// <param name="simple">The member that the plain value is.</param>
    /// <param name="members">The members in the order in which they are written.</param>
    public static ObjectShape Union(string simple, Func<Member[]> members) => new(members) { Simple = simple, IsUnion = true };

    /// <summary>
    /// A fresh node; null for nothing said. An <see cref="InvalidOperationException"/> names the path of what does not fit.
    /// </summary>
    /// <param name="value">What was given; it stays as it is.</param>
    /// <param name="path">Where it stands, such as <c>provider.sort</c>.</param>
    public abstract JsonNode? Read(JsonNode? value, string path);

    /// <summary>The exception for a value of the wrong kind; the value is shortened to 40 characters.</summary>
    /// <param name="path">Where it stands, such as <c>provider.sort</c>.</param>
    /// <param name="wanted">What would fit, with its article.</param>
    /// <param name="value">What was given.</param>
    protected static InvalidOperationException Unfit(string path, string wanted, JsonNode value)
    {
        var given = value.GetValueKind() is JsonValueKind.Object or JsonValueKind.Array ? $"an {value.GetValueKind()}".ToLowerInvariant() : value.ToJsonString();
        return new($"`{path}` must be {wanted}, not {(given.Length > 40 ? $"{given[..40]}..." : given)}.");
    }

    /// <summary>A string that holds JSON of the wanted kind is read as that JSON.</summary>
    /// <param name="value">What was given.</param>
    /// <param name="opening">The brace or bracket that the wanted kind begins with.</param>
    protected static JsonNode Unquote(JsonNode value, char opening)
    {
        if (value is not JsonValue simple || !simple.TryGetValue(out string? text) || !text.AsSpan().TrimStart().StartsWith([opening]))
            return value;
        try
        {
            return JsonNode.Parse(text, documentOptions: new() { MaxDepth = JsonDepth.Most }) ?? value;
        }
        catch (JsonException)
        {
            return value; // A text that only looks like JSON is judged as the text it is.
        }
    }

    /// <summary>Any JSON, copied as it is.</summary>
    private sealed record AnyShape : Shape
    {
        public override JsonNode? Read(JsonNode? value, string path) => value?.DeepClone();
    }

    /// <summary>An object as it is given, nulls included.</summary>
    private sealed record FreeShape : Shape
    {
        public override JsonNode? Read(JsonNode? value, string path) => value is null || value.GetValueKind() is JsonValueKind.Null ? null
            : Unquote(value, '{') is JsonObject given ? given.DeepClone()
            : throw Unfit(path, "an object", value);
    }

    /// <summary>A string; numbers and booleans become their JSON text.</summary>
    private sealed record TextShape : Shape
    {
        public override JsonNode? Read(JsonNode? value, string path) => value?.GetValueKind() switch
        {
            null or JsonValueKind.Null => null,
            JsonValueKind.String => JsonValue.Create(value.GetValue<string>()),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => JsonValue.Create(value.ToJsonString()),
            _ => throw Unfit(path, "a text", value),
        };
    }

    /// <summary>A boolean; <c>"true"</c> and <c>"false"</c> in any case count.</summary>
    private sealed record FlagShape : Shape
    {
        public override JsonNode? Read(JsonNode? value, string path) => value?.GetValueKind() switch
        {
            null or JsonValueKind.Null => null,
            JsonValueKind.True => JsonValue.Create(true),
            JsonValueKind.False => JsonValue.Create(false),
            JsonValueKind.String when bool.TryParse(value.GetValue<string>(), out var flag) => JsonValue.Create(flag),
            _ => throw Unfit(path, "true or false", value),
        };
    }

    /// <summary>A number, also where it is written as a string.</summary>
    /// <param name="Integral">Whether only whole numbers fit; <c>2.0</c> is one.</param>
    private sealed record NumberShape(bool Integral) : Shape
    {
        public override JsonNode? Read(JsonNode? value, string path)
        {
            if (value is null || value.GetValueKind() is JsonValueKind.Null)
                return null;
            var wanted = Integral ? "a whole number" : "a number";
            var number = Amount(value) ?? throw Unfit(path, wanted, value);
            if (!Integral)
                return JsonValue.Create(number);
            return number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue ? JsonValue.Create((long)number) : throw Unfit(path, wanted, value);
        }
    }

    /// <summary>An amount of money: exact, and written as the string the API's schema wants.</summary>
    private sealed record MoneyShape : Shape
    {
        public override JsonNode? Read(JsonNode? value, string path) => value is null || value.GetValueKind() is JsonValueKind.Null
            ? null
            : JsonValue.Create((Amount(value) ?? throw Unfit(path, "an amount", value)).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The exact decimal value of a number or of a string that holds one; null for everything else.</summary>
    private static decimal? Amount(JsonNode value)
    {
        var text = value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.Number => value.ToJsonString(),
            _ => null,
        };
        // Dividing by one with all its places drops trailing zeros: 1.0, 1.00 and 1 are written alike.
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var amount) ? amount / 1.0000000000000000000000000000m : null;
    }

    /// <summary>An array.</summary>
    /// <param name="Item">The shape of its elements; null elements are left out.</param>
    private sealed record ListShape(Shape Item) : Shape
    {
        public override JsonNode? Read(JsonNode? value, string path)
        {
            if (value is null || value.GetValueKind() is JsonValueKind.Null)
                return null;
            var list = new JsonArray();
            if (Unquote(value, '[') is not JsonArray items)
                list.Add(Item.Read(value, path));
            else
                for (var i = 0; i < items.Count; i++)
                    if (Item.Read(items[i], $"{path}[{i}]") is { } item)
                        list.Add(item);
            return list;
        }
    }
}

/// <summary>One member of the request or of an object in it.</summary>
/// <param name="Name">As on the wire.</param>
/// <param name="Shape">What it looks like.</param>
/// <param name="Join">What becomes of it when several sources say it.</param>
internal sealed record Member(string Name, Shape Shape, Join Join = Join.Replace);

/// <summary>What becomes of a member that several sources say.</summary>
internal enum Join
{
    /// <summary>The strongest source's is taken.</summary>
    Replace,

    /// <summary>Each of its own members is taken from the strongest source that says it.</summary>
    Members,

    /// <summary>The lists are joined; of two elements that mean the same the stronger is taken.</summary>
    Lists,

    /// <summary>The texts follow each other, parted by a blank line.</summary>
    Paragraphs,
}

/// <summary>An object whose known members are written in a fixed order; unknown ones follow as they are.</summary>
internal sealed record ObjectShape : Shape
{
    /// <summary>Makes the members when they are needed for the first time.</summary>
    private readonly Func<Member[]> _members;

    /// <param name="members">Asked for when the first of them is looked for.</param>
    public ObjectShape(Func<Member[]> members) => _members = members;

    /// <summary>The known members in the order in which they are written.</summary>
    public Member[] Members => field ??= _members();

    /// <summary>The member a plain value stands for.</summary>
    public string? Simple { get; init; }

    /// <summary>Whether the API itself takes the plain value; else it is written out as an object.</summary>
    public bool IsUnion { get; init; }

    /// <summary>What members beyond the known ones look like.</summary>
    public Shape Others { get; init; } = Any;

    /// <summary>The member with this name; null when it is not known.</summary>
    public Member? Find(string name)
    {
        foreach (var member in Members)
            if (member.Name == name)
                return member;
        return null;
    }

    public override JsonNode? Read(JsonNode? value, string path)
    {
        if (value is null || value.GetValueKind() is JsonValueKind.Null)
            return null;
        if (Unquote(value, '{') is not JsonObject given)
            return Plain(value, path);
        if (IsUnion && given[Simple!] is { } only && (given.Count == 1 || Simple == "value"))
            return Find(Simple!)!.Shape.Read(only, path);
        var read = new JsonObject();
        foreach (var member in Members)
            if (member.Shape.Read(given[member.Name], $"{path}.{member.Name}") is { } node)
                read.Add(member.Name, node);
        foreach (var (name, other) in given)
            if (Find(name) is null && Others.Read(other, $"{path}.{name}") is { } node)
                read.Add(name, node);
        return read;
    }

    /// <summary>Reads a plain value as the member that it stands for; a union keeps it plain.</summary>
    private JsonNode? Plain(JsonNode value, string path)
    {
        if (Simple is null || value is JsonArray)
            throw Unfit(path, "an object", value);
        var plain = Find(Simple)!.Shape.Read(value, path);
        return IsUnion || plain is null ? plain : new JsonObject { [Simple] = plain };
    }

    /// <summary>The known members in their order, then the others in theirs. An empty list is a way to say "none".</summary>
    public RequestMember[] Order(JsonObject json)
    {
        var ordered = new List<RequestMember>(json.Count);
        foreach (var member in Members)
            Add(member.Name, json[member.Name]);
        if (ordered.Count < json.Count)
            foreach (var (name, node) in json)
                if (Find(name) is null)
                    Add(name, node);
        return [.. ordered];

        void Add(string name, JsonNode? node)
        {
            if (node is not (null or JsonArray { Count: 0 }))
                ordered.Add(new(name, node));
        }
    }

    /// <summary>The same with plain values of unions written out, as the records read them.</summary>
    public JsonObject Expand(JsonObject read)
    {
        foreach (var (name, node) in read.ToArray())
            if (Find(name)?.Shape is ObjectShape shape)
                read[name] = node is JsonObject inner ? shape.Expand(Detached(read, name, inner)) : new JsonObject { [shape.Simple!] = node!.DeepClone() };
        return read;
    }

    /// <summary>Takes a node out of its parent, because a node has only one.</summary>
    private static JsonObject Detached(JsonObject from, string name, JsonObject node)
    {
        from.Remove(name);
        return node;
    }
}

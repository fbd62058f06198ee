using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>What a value of a request may be. Checks as the service's validator does, and reports in its words.</summary>
internal abstract record Shape
{
    /// <summary>Takes everything.</summary>
    public static Shape Anything { get; } = new AnyShape();

    /// <summary>A boolean.</summary>
    public static Shape Flag { get; } = new KindShape("boolean", JsonValueKind.True, JsonValueKind.False);

    /// <summary>An object about whose members nothing is known.</summary>
    public static Shape Loose { get; } = new KindShape("object", JsonValueKind.Object);

    /// <summary>The same, or null. Without it null is refused: the service wants what is unset left out.</summary>
    public Shape OrNull => new NullableShape(this);

    /// <summary>A string of at most so many characters.</summary>
    public static Shape Text(int max = int.MaxValue) => new TextShape(max);

    /// <summary>One of some words.</summary>
    public static Shape Word(params string[] words) => new WordShape(words);

    /// <summary>A number in a range.</summary>
    public static Shape Number(double min = double.MinValue, double max = double.MaxValue) => new NumberShape(min, max, IsWhole: false);

    /// <summary>A whole number in a range.</summary>
    public static Shape Integer(double min = long.MinValue, double max = long.MaxValue) => new NumberShape(min, max, IsWhole: true);

    /// <summary>An array of one shape.</summary>
    public static Shape List(Shape of, int min = 0, int max = int.MaxValue) => new ListShape(of, min, max);

    /// <summary>An object with any names and values of one shape.</summary>
    public static Shape Map(Shape of) => new MapShape(of);

    /// <summary>An object; members that are not named here may be anything.</summary>
    public static ObjectShape Object(params (string Name, Shape Shape)[] members) => new(members.ToDictionary(member => member.Name, member => member.Shape));

    /// <summary>Objects told apart by the word in one member.</summary>
    public static Shape Kinds(string by, Dictionary<string, ObjectShape> kinds) => new KindsShape(by, kinds);

    /// <summary>The first of the shapes whose JSON kind fits.</summary>
    public static Shape Either(params Shape[] shapes) => new EitherShape(shapes);

    /// <summary>Adds what is wrong with a value to the issues.</summary>
    public abstract void Check(JsonElement json, Place at, List<JsonObject> issues);

    /// <summary>Whether a value is of the right JSON kind, whatever it says.</summary>
    protected abstract bool Fits(JsonElement json);

    /// <summary>What the issue of a wrong kind says was expected.</summary>
    protected abstract string Expected { get; }

    /// <summary>Adds an issue where the kind is wrong.</summary>
    protected void CheckKind(JsonElement json, Place at, List<JsonObject> issues)
    {
        if (!Fits(json))
            issues.Add(at.Issue("invalid_type", $"Expected {Expected}, received {Name(json.ValueKind)}", ("expected", Expected), ("received", Name(json.ValueKind))));
    }

    /// <summary>A JSON kind as the validator names it.</summary>
    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => kind.ToString().ToLowerInvariant(),
    };

    /// <summary>An object with known members; others pass unless it is closed.</summary>
    internal sealed record ObjectShape(IReadOnlyDictionary<string, Shape> Members) : Shape
    {
        /// <summary>The members that must be there.</summary>
        public IReadOnlyList<string> Required { get; private init; } = [];

        /// <summary>Whether unknown members are an issue.</summary>
        private bool IsClosed { get; init; }

        protected override string Expected => "object";

        /// <summary>The same with members that must be there.</summary>
        public ObjectShape Needs(params string[] names) => this with { Required = names };

        /// <summary>Refuses members it does not know.</summary>
        public ObjectShape Closed() => this with { IsClosed = true };

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            CheckKind(json, at, issues);
            if (!Fits(json))
                return;
            foreach (var name in Required.Where(name => json.Member(name) is null))
                issues.Add(at.Then(name).Issue("invalid_type", "Required", ("expected", Members.GetValueOrDefault(name)?.Expected ?? "string")));
            foreach (var member in json.EnumerateObject())
            {
                if (Members.TryGetValue(member.Name, out var shape))
                    shape.Check(member.Value, at.Then(member.Name), issues);
                else if (IsClosed)
                    issues.Add(at.Issue("unrecognized_keys", $"Unrecognized key(s) in object: '{member.Name}'", ("keys", new JsonArray(member.Name))));
            }
        }

        protected override bool Fits(JsonElement json) => json.ValueKind == JsonValueKind.Object;
    }

    /// <summary>Any value.</summary>
    private sealed record AnyShape : Shape
    {
        protected override string Expected => "any";

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
        }

        protected override bool Fits(JsonElement json) => true;
    }

    /// <summary>A value of some JSON kinds.</summary>
    private sealed record KindShape(string Kind, params JsonValueKind[] JsonKinds) : Shape
    {
        protected override string Expected => Kind;

        public override void Check(JsonElement json, Place at, List<JsonObject> issues) => CheckKind(json, at, issues);

        protected override bool Fits(JsonElement json) => JsonKinds.Contains(json.ValueKind);
    }

    /// <summary>A value or null.</summary>
    private sealed record NullableShape(Shape Inner) : Shape
    {
        protected override string Expected => Inner.Expected;

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            if (json.ValueKind != JsonValueKind.Null)
                Inner.Check(json, at, issues);
        }

        protected override bool Fits(JsonElement json) => json.ValueKind == JsonValueKind.Null || Inner.Fits(json);
    }

    /// <summary>A string with a longest length.</summary>
    private sealed record TextShape(int Max) : Shape
    {
        protected override string Expected => "string";

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            CheckKind(json, at, issues);
            if (Fits(json) && json.GetString()!.Length > Max)
                issues.Add(at.Issue("too_big", $"String must contain at most {Max} character(s)", ("maximum", Max), ("type", "string")));
        }

        protected override bool Fits(JsonElement json) => json.ValueKind == JsonValueKind.String;
    }

    /// <summary>One of some words.</summary>
    private sealed record WordShape(string[] Words) : Shape
    {
        protected override string Expected => string.Join(" | ", Words.Select(word => $"'{word}'"));

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            CheckKind(json, at, issues);
            if (Fits(json) && !Words.Contains(json.GetString()))
                issues.Add(at.Issue("invalid_enum_value", $"Invalid enum value. Expected {Expected}, received '{json.GetString()}'", ("options", new JsonArray([.. Words.Select(word => (JsonNode)word)]))));
        }

        protected override bool Fits(JsonElement json) => json.ValueKind == JsonValueKind.String;
    }

    /// <summary>A number in a range.</summary>
    private sealed record NumberShape(double Min, double Max, bool IsWhole) : Shape
    {
        protected override string Expected => IsWhole ? "integer" : "number";

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            CheckKind(json, at, issues);
            if (!Fits(json))
                return;
            if (json.GetDouble() < Min)
                issues.Add(at.Issue("too_small", $"Number must be greater than or equal to {Min}", ("minimum", Min), ("type", "number")));
            if (json.GetDouble() > Max)
                issues.Add(at.Issue("too_big", $"Number must be less than or equal to {Max}", ("maximum", Max), ("type", "number")));
        }

        protected override bool Fits(JsonElement json) =>
            json.ValueKind == JsonValueKind.Number && (!IsWhole || double.IsInteger(json.GetDouble()));
    }

    /// <summary>An array with a least and a largest length.</summary>
    private sealed record ListShape(Shape Of, int Min, int Max) : Shape
    {
        protected override string Expected => "array";

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            CheckKind(json, at, issues);
            if (!Fits(json))
                return;
            if (json.GetArrayLength() < Min)
                issues.Add(at.Issue("too_small", $"Array must contain at least {Min} element(s)", ("minimum", Min), ("type", "array")));
            if (json.GetArrayLength() > Max)
                issues.Add(at.Issue("too_big", $"Array must contain at most {Max} element(s)", ("maximum", Max), ("type", "array")));
            var index = 0;
            foreach (var element in json.EnumerateArray())
                Of.Check(element, at.Then(index++), issues);
        }

        protected override bool Fits(JsonElement json) => json.ValueKind == JsonValueKind.Array;
    }

    /// <summary>An object with any names.</summary>
    private sealed record MapShape(Shape Of) : Shape
    {
        protected override string Expected => "object";

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            CheckKind(json, at, issues);
            if (!Fits(json))
                return;
            foreach (var member in json.EnumerateObject())
                Of.Check(member.Value, at.Then(member.Name), issues);
        }

        protected override bool Fits(JsonElement json) => json.ValueKind == JsonValueKind.Object;
    }

    /// <summary>An object whose shape depends on one of its members.</summary>
    private sealed record KindsShape(string By, Dictionary<string, ObjectShape> Known) : Shape
    {
        protected override string Expected => "object";

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            CheckKind(json, at, issues);
            if (!Fits(json))
                return;
            if (json.TextOf(By) is { } kind && Known.TryGetValue(kind, out var shape))
                shape.Check(json, at, issues);
            else
                issues.Add(at.Then(By).Issue("invalid_union_discriminator", $"Invalid discriminator value. Expected one of: {string.Join(", ", Known.Keys)}"));
        }

        protected override bool Fits(JsonElement json) => json.ValueKind == JsonValueKind.Object;
    }

    /// <summary>The first of several shapes that fits.</summary>
    private sealed record EitherShape(Shape[] Shapes) : Shape
    {
        protected override string Expected => string.Join(" | ", Shapes.Select(shape => shape.Expected));

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            if (Shapes.FirstOrDefault(shape => shape.Fits(json)) is { } shape)
                shape.Check(json, at, issues);
            else
                issues.Add(at.Issue("invalid_union", "Invalid input", ("expected", Expected)));
        }

        protected override bool Fits(JsonElement json) => Shapes.Any(shape => shape.Fits(json));
    }
}

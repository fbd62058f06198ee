using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Tests.Json;

/// <summary>What is nested deeper than any writer goes is refused, and nothing else.</summary>
public sealed class JsonDepthTests
{
    /// <summary>Each has exactly the levels that it says.</summary>
    public static TheoryData<string, int> Levels() => new()
    {
        { "1", 0 },
        { "\"{{{{[[[[\"", 0 },
        { "null", 0 },
        { "[]", 1 },
        { "{}", 1 },
        { """{"a":1,"b":2,"c":3,"d":4}""", 1 },
        { """["{","[","{","[","{"]""", 1 },
        { """["\"[","\\",[]]""", 2 },
        { """["\\\"{[{[{[",[[]]]""", 3 },
        { """[{},{},{},{},[],[],[],[]]""", 2 },
        { """{"a":[{}],"b":[{}],"c":[{}]}""", 3 },
        { """[[[[1]]],[[2]],[3]]""", 4 },
        { """{"a":{"b":{"c":{"d":[]}}}}""", 5 },
    };

    [Theory]
    [MemberData(nameof(Levels))]
    public void Levels_are_those_that_are_open_at_once(string json, int levels)
    {
        var element = JsonElement.Parse(json);

        for (var most = levels; most < levels + 4; most++)
            Assert.False(JsonDepth.IsDeeper(element, most), $"{json} has {levels} levels, not more than {most}.");
        for (var most = 0; most < levels; most++)
            Assert.True(JsonDepth.IsDeeper(element, most), $"{json} has {levels} levels, more than {most}.");
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("""{"a":""", "}")]
    public void Elements_and_trees_have_the_same_bound(string open, string close)
    {
        string Nested(int levels) => string.Concat(Enumerable.Repeat(open, levels)) + "1" + string.Concat(Enumerable.Repeat(close, levels));
        var reading = new JsonDocumentOptions { MaxDepth = 2000 };
        using var deepest = JsonDocument.Parse(Nested(JsonDepth.Most), reading);
        using var deeper = JsonDocument.Parse(Nested(JsonDepth.Most + 1), reading);

        Assert.Equal(deepest.RootElement.GetRawText(), JsonDepth.Check(deepest.RootElement, "extra_body").GetRawText());
        Assert.NotNull(JsonDepth.Check(JsonNode.Parse(Nested(JsonDepth.Most), documentOptions: reading)!, "extra_body"));
        var refusals = new[]
        {
            Assert.Throws<InvalidOperationException>(() => JsonDepth.Check(deeper.RootElement, "extra_body")),
            Assert.Throws<InvalidOperationException>(() => JsonDepth.Check(JsonNode.Parse(Nested(JsonDepth.Most + 1), documentOptions: reading)!, "extra_body")),
        };
        Assert.All(refusals, refusal => Assert.Equal("`extra_body` is nested too deep (more than 900 levels), or holds itself.", refusal.Message));
    }

    [Theory]
    [InlineData("""[1,[2,[3]],"x",{"a":[{"b":[[[]]]}]}]""")]
    [InlineData("""{"a":1,"b":{"c":[]},"d":[[[{}]]]}""")]
    public void A_deep_place_is_found_behind_shallow_ones(string json)
    {
        var padded = $"[{json}]";
        for (var i = 0; i < JsonDepth.Most - 1; i++)
            padded = i % 2 == 0 ? $"[[],{padded}]" : $$"""{"a":{},"b":{{padded}}}""";
        var reading = new JsonDocumentOptions { MaxDepth = 2000 };

        Assert.Throws<InvalidOperationException>(() => JsonDepth.Check(JsonNode.Parse(padded, documentOptions: reading)!, "here"));
        using var document = JsonDocument.Parse(padded, reading);
        Assert.Throws<InvalidOperationException>(() => JsonDepth.Check(document.RootElement, "here"));
    }

    [Theory]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    public void A_long_path_is_shortened(int length)
    {
        var path = new string('p', length);
        var cause = new JsonException();

        var refusal = JsonDepth.TooDeep(path, cause);

        Assert.Same(cause, refusal.InnerException);
        Assert.StartsWith(length <= 100 ? $"`{path}` is" : $"`{path[..100]}...` is", refusal.Message, StringComparison.Ordinal);
    }
}

using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Values of whatever type callers put into <see cref="ChatOptions.AdditionalProperties"/>, and how forgivingly they are read.</summary>
public sealed class LooseValuesTests
{
    public static TheoryData<string, string> Values => new()
    {
        { "null", "null" }, { "JSON null", "null" }, { "undefined", "null" }, { "list", "[1]" },
        { "document", """{"a":[1]}""" }, { "JSON", """{"a":[1]}""" }, { "node", """{"a":[1]}""" },
        { "decimal", "1.5" }, { "float", "0.7" }, { "double", "1e300" }, { "byte", "7" }, { "ulong", "18446744073709551615" },
        { "uri", "\"https://a.example/\"" }, { "guid", "\"00000000-0000-0000-0000-000000000000\"" },
        { "hashtable", """{"a":1}""" }, { "objects", """{"a":1}""" }, { "texts", """{"a":"b"}""" }, { "elements", """{"a":true}""" },
        { "request", """{"service_tier":"flex"}""" }, { "lists of lists", """[[1,null],["x"]]""" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task A_value_is_sent_as_the_json_it_means(string kind, string expected)
    {
        object? value = kind switch
        {
            "JSON null" => JsonElement.Parse("null"),
            "undefined" => default(JsonElement),
            "list" => JsonElement.Parse("[1]"),
            "document" => JsonDocument.Parse("""{"a":[1]}"""),
            "JSON" => JsonElement.Parse("""{"a":[1]}"""),
            "node" => JsonNode.Parse("""{"a":[1]}"""),
            "decimal" => 1.5m,
            "float" => 0.7f,
            "double" => 1e300,
            "byte" => (byte)7,
            "ulong" => ulong.MaxValue,
            "uri" => new Uri("https://a.example/"),
            "guid" => Guid.Empty,
            "hashtable" => new Hashtable { ["a"] = 1 },
            "objects" => Pairs<object?>(1),
            "texts" => Pairs("b"),
            "elements" => Pairs(JsonElement.Parse("true")),
            "request" => new OpenRouterRequest { ServiceTier = "flex" },
            "lists of lists" => new object?[] { new List<object?> { 1, null }, new[] { "x" } },
            _ => null,
        };

        var body = await ExtraAsync(value);

        Requests.AssertSame(expected, body["x"]);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData('x', "System.Char")]
    public async Task What_json_cannot_say_is_refused_with_its_path(object value, string words)
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => ExtraAsync(value));

        Assert.Contains("extra_body.x", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, object?, string> Members => new()
    {
        { "temperature", "0.50", "0.5" }, { "temperature", JsonElement.Parse("null"), "null" },
        { "max_output_tokens", 7.0, "7" }, { "max_output_tokens", "7", "7" },
        { "parallel_tool_calls", "False", "false" },
        { "user", 7, "\"7\"" }, { "user", true, "\"true\"" }, { "user", false, "\"false\"" },
        { "models", "a/b", """["a/b"]""" }, { "models", """["a/b","c/d"]""", """["a/b","c/d"]""" }, { "models", new[] { "a/b", null }, """["a/b"]""" },
        { "provider", """{"zdr":"true"}""", """{"zdr":true}""" },
        { "metadata", """{"a":1}""", """{"a":"1"}""" }, { "metadata", JsonElement.Parse("""{"a":null}"""), "null" },
        { "reasoning", JsonElement.Parse("""{"effort":null}"""), "null" },
    };

    [Theory]
    [MemberData(nameof(Members))]
    public async Task A_member_is_read_from_whatever_says_it(string name, object? value, string expected)
    {
        var body = await Requests.BodyAsync(options: new() { Tools = [AIFunctionFactory.Create(() => 1, "f")], AdditionalProperties = new() { [name] = value } });

        Requests.AssertSame(expected, name == "reasoning" ? body[name]?["effort"] : body[name]);
    }

    public static TheoryData<string, object, string> Unfit => new()
    {
        { "temperature", "warm", "`temperature` must be a number, not \"warm\"." },
        { "temperature", true, "`temperature` must be a number, not true." },
        { "temperature", JsonElement.Parse("[1]"), "`temperature` must be a number, not an array." },
        { "max_output_tokens", 7.5, "`max_output_tokens` must be a whole number, not 7.5." },
        { "max_output_tokens", 1e20, "`max_output_tokens` must be a whole number, not 100000000000000000000." },
        { "max_output_tokens", -1e20, "`max_output_tokens` must be a whole number, not -100000000000000000000." },
        { "parallel_tool_calls", "maybe", "`parallel_tool_calls` must be true or false, not \"maybe\"." },
        { "parallel_tool_calls", 1, "`parallel_tool_calls` must be true or false, not 1." },
        { "user", JsonElement.Parse("{}"), "`user` must be a text, not an object." },
        { "provider", "{oops and so on, and so on, and so on and on", "`provider` must be an object, not \"{oops and so on, and so on, and so on a...." },
        { "provider", JsonElement.Parse("[]"), "`provider` must be an object, not an array." },
        { "models", "[oops", "" },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public async Task What_does_not_fit_is_refused_and_shown(string name, object value, string sentence)
    {
        var asking = Requests.SendAsync(options: new() { Tools = [AIFunctionFactory.Create(() => 1, "f")], AdditionalProperties = new() { [name] = value } });

        if (sentence.Length > 0)
            Assert.Equal(sentence, (await Assert.ThrowsAsync<InvalidOperationException>(() => asking)).Message);
        else // a text that only looks like a list is the text it is
            Requests.AssertSame("""["[oops"]""", (await asking).Json[name]);
    }

    /// <summary>What opens often is not deep: only what opens within itself is.</summary>
    [Theory]
    [InlineData(1_000, 1, true)]
    [InlineData(1, 1_000, false)]
    public async Task A_wide_value_is_sent_and_a_deep_one_refused(int wide, int deep, bool sent)
    {
        var json = new StringBuilder("[");
        for (var i = 0; i < wide; i++)
            json.Append(i > 0 ? "," : "").Append('[', deep).Append("""{"a\"{":"{[\\"}""").Append(']', deep);
        var value = JsonElement.Parse(json.Append(']').ToString(), new() { MaxDepth = 2_000 });

        if (sent)
            Assert.Equal(wide, (await ExtraAsync(value))["x"]!.AsArray().Count);
        else
            Assert.Contains("nested too deep", (await Assert.ThrowsAsync<InvalidOperationException>(() => ExtraAsync(value))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_nodes_that_is_too_deep_is_refused()
    {
        JsonNode node = new JsonArray();
        for (var i = 0; i < 950; i++)
            node = i % 2 == 0 ? new JsonObject { ["a"] = 1, ["b"] = node } : new JsonArray(1, node);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => ExtraAsync(new JsonArray(node)));

        Assert.StartsWith("`extra_body.x` is nested too deep", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<JsonObject> ExtraAsync(object? value) =>
        (await Requests.SendAsync(options: new() { AdditionalProperties = new() { ["extra_body"] = new Dictionary<string, object?> { ["x"] = value } } })).Json;

    /// <summary>A dictionary that is none of the framework's own.</summary>
    private static IEnumerable<KeyValuePair<string, T>> Pairs<T>(T value)
    {
        yield return new("a", value);
    }
}

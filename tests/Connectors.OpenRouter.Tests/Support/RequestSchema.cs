using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>The service's published schema of a request (tests/Schema), and as much of JSON Schema as it uses.</summary>
internal static class RequestSchema
{
    private static readonly JsonObject Document = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Schema", "responses-request.schema.json")))!;

    /// <summary>What is wrong with a request, each with its path; empty when it is valid.</summary>
    public static IReadOnlyList<string> Check(JsonNode? request) => [.. Check(request, Document, "$")];

    /// <summary>The members of one of its types.</summary>
    public static IEnumerable<string> Members(string type) => Document["$defs"]![type]!["properties"]!.AsObject().Select(member => member.Key);

    private static IEnumerable<string> Check(JsonNode? value, JsonNode? schema, string path) =>
        schema is JsonObject keywords ? keywords.SelectMany(keyword => Check(value, keywords, keyword.Key, keyword.Value, path)) : [];

    private static IEnumerable<string> Check(JsonNode? value, JsonObject schema, string keyword, JsonNode? rule, string path) => keyword switch
    {
        "$schema" or "$id" or "$defs" => [],
        "$ref" => Check(value, Document["$defs"]![rule!.ToString()["#/$defs/".Length..]], path),
        "type" => Types(rule!).Any(type => Is(value, type)) ? [] : [$"{path}: not {rule!.ToJsonString()}"],
        "enum" => rule!.AsArray().Any(one => JsonNode.DeepEquals(one, value)) ? [] : [$"{path}: not one of {rule.ToJsonString()}"],
        "const" => JsonNode.DeepEquals(rule, value) ? [] : [$"{path}: not {rule?.ToJsonString()}"],
        "allOf" => rule!.AsArray().SelectMany(one => Check(value, one, path)),
        "anyOf" => Best(value, rule!.AsArray(), path, passes => passes > 0),
        "oneOf" => Best(value, rule!.AsArray(), path, passes => passes == 1),
        "required" => value is JsonObject given ? rule!.AsArray().Where(name => !given.ContainsKey(name!.ToString())).Select(name => $"{path}: lacks {name}") : [],
        "properties" => value is JsonObject given ? rule!.AsObject().Where(member => given.ContainsKey(member.Key)).SelectMany(member => Check(given[member.Key], member.Value, $"{path}.{member.Key}")) : [],
        "additionalProperties" => value is JsonObject given ? given.Where(member => schema["properties"]?[member.Key] is null).SelectMany(member => rule is JsonValue
            ? [$"{path}: may not have {member.Key}"]
            : Check(member.Value, rule, $"{path}.{member.Key}")) : [],
        "items" => value is JsonArray list ? list.SelectMany((item, i) => Check(item, rule, $"{path}[{i}]")) : [],
        "minItems" => value is JsonArray list && list.Count < rule!.GetValue<int>() ? [$"{path}: too few"] : [],
        "maxItems" => value is JsonArray list && list.Count > rule!.GetValue<int>() ? [$"{path}: too many"] : [],
        "minLength" => Is(value, "string") && value!.GetValue<string>().Length < rule!.GetValue<int>() ? [$"{path}: too short"] : [],
        "maxLength" => Is(value, "string") && value!.GetValue<string>().Length > rule!.GetValue<int>() ? [$"{path}: too long"] : [],
        "pattern" => Is(value, "string") && !Regex.IsMatch(value!.GetValue<string>(), rule!.GetValue<string>()) ? [$"{path}: does not match {rule}"] : [],
        "minimum" => Is(value, "number") && value!.GetValue<decimal>() < rule!.GetValue<decimal>() ? [$"{path}: too small"] : [],
        "maximum" => Is(value, "number") && value!.GetValue<decimal>() > rule!.GetValue<decimal>() ? [$"{path}: too large"] : [],
        _ => throw new NotSupportedException($"The schema uses `{keyword}`, which this check does not know."),
    };

    /// <summary>When no alternative fits, the complaints of the nearest.</summary>
    private static IEnumerable<string> Best(JsonNode? value, JsonArray alternatives, string path, Func<int, bool> enough)
    {
        var verdicts = alternatives.Select(one => Check(value, one, path).ToList()).ToList();
        return enough(verdicts.Count(verdict => verdict.Count == 0)) ? []
            : verdicts.Where(verdict => verdict.Count > 0).OrderBy(verdict => verdict.Count(complaint => complaint.StartsWith($"{path}.type", StringComparison.Ordinal))).ThenBy(verdict => verdict.Count).FirstOrDefault() ?? [$"{path}: fits several"];
    }

    private static IEnumerable<string> Types(JsonNode rule) => rule is JsonArray types ? types.Select(type => type!.ToString()) : [rule.ToString()];

    private static bool Is(JsonNode? value, string type) => (type, value?.GetValueKind()) switch
    {
        ("null", null or System.Text.Json.JsonValueKind.Null) => true,
        ("string", System.Text.Json.JsonValueKind.String) => true,
        ("boolean", System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False) => true,
        ("number", System.Text.Json.JsonValueKind.Number) => true,
        ("integer", System.Text.Json.JsonValueKind.Number) => value!.GetValue<decimal>() is var number && number == decimal.Truncate(number),
        ("object", System.Text.Json.JsonValueKind.Object) => true,
        ("array", System.Text.Json.JsonValueKind.Array) => true,
        _ => false,
    };
}

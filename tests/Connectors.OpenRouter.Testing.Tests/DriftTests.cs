using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing.Tests;

/// <summary>.ci/drift finds what is new in the service's OpenAPI document; tried with a small one, as the true one is not kept here.</summary>
public sealed class DriftTests
{
    /// <summary>Every kind of word that is compared, each with one that is known.</summary>
    private const string Known = """
        {
          "paths": { "/responses": { "post": { "parameters": [{ "in": "header", "name": "X-OpenRouter-Metadata" }, { "$ref": "#/components/parameters/Trace" }] } } },
          "components": {
            "parameters": { "Trace": { "in": "query", "name": "of_no_header" } },
            "schemas": {
              "ResponsesRequest": { "properties": {
                "model": { "type": "string" },
                "reasoning": { "properties": { "effort": { "enum": ["low", "high"] } } },
                "tools": { "items": { "anyOf": [{ "properties": { "type": { "const": "function" } } }] } },
                "plugins": { "items": { "oneOf": [{ "properties": { "id": { "const": "web" } } }] } } } },
              "Inputs": { "anyOf": [{ "type": "string" }, { "type": "array", "items": { "oneOf": [{ "$ref": "#/components/schemas/Message" }] } }] },
              "Message": { "properties": { "type": { "const": "message" }, "content": { "items": { "oneOf": [{ "properties": { "type": { "const": "input_text" } } }] } } } },
              "StreamEvents": { "oneOf": [{ "properties": { "type": { "const": "response.created" } } }] },
              "OutputItems": { "oneOf": [{ "properties": { "type": { "enum": ["reasoning"] }, "summary": { "type": "array", "items": { "properties": { "type": { "const": "summary_text" } } } } } }] },
              "OpenResponsesResult": { "allOf": [{ "properties": { "status": {} } }] },
              "Usage": { "properties": { "input_tokens_details": { "properties": { "cached_tokens": {} } } } },
              "ApiErrorType": { "enum": ["rate_limit_exceeded"] }
            }
          }
        }
        """;

    [Fact]
    public void What_is_known_is_no_news() => Assert.Empty(News(Known));

    [Theory]
    [InlineData("new request member: brand_new", "components.schemas.ResponsesRequest.properties.brand_new", "{}")]
    [InlineData("new request member: reasoning.brand_new", "components.schemas.ResponsesRequest.properties.reasoning.properties.brand_new", "{}")]
    [InlineData("new header: X-Brand-New", "paths./responses.post.parameters.1", """{"in":"header","name":"X-Brand-New"}""")]
    [InlineData("new header: X-Brand-New", "components.parameters.Trace", """{"in":"header","name":"X-Brand-New"}""")]
    [InlineData("new input item: brand_new", "components.schemas.Message.properties.type", """{"enum":["message","brand_new"]}""")]
    [InlineData("new tool: brand_new", "components.schemas.ResponsesRequest.properties.tools.items.anyOf.0.properties.type.const", "\"brand_new\"")]
    [InlineData("new plugin: brand_new", "components.schemas.ResponsesRequest.properties.plugins.items.oneOf.0.properties.id.const", "\"brand_new\"")]
    [InlineData("new event: response.brand_new", "components.schemas.StreamEvents.oneOf.0.properties.type.const", "\"response.brand_new\"")]
    [InlineData("new event: response.status", "components.schemas.StreamEvents.oneOf.0.properties.type.const", "\"response.status\"")] // two words that are known make no event
    [InlineData("new output item: brand_new", "components.schemas.OutputItems.oneOf.0.properties.type.enum.0", "\"brand_new\"")]
    [InlineData("new part: brand_new", "components.schemas.Message.properties.content.items.oneOf.0.properties.type.const", "\"brand_new\"")]
    [InlineData("new part: brand_new", "components.schemas.OutputItems.oneOf.0.properties.summary.items.properties.type.const", "\"brand_new\"")]
    [InlineData("new part: brand_new", "components.schemas.OutputItems.oneOf.0.properties.action", """{"properties":{"type":{"const":"brand_new"}}}""")]
    [InlineData("new response member: brand_new", "components.schemas.OpenResponsesResult.allOf.0.properties.brand_new", "{}")]
    [InlineData("new usage member: input_tokens_details.brand_new", "components.schemas.Usage.properties.input_tokens_details.properties.brand_new", "{}")]
    [InlineData("new error word: brand_new", "components.schemas.ApiErrorType.enum.0", "\"brand_new\"")]
    [InlineData("new error word: brand_new", "components.schemas.ResponsesErrorField", """{"properties":{"code":{"enum":["brand_new"]}}}""")]
    [InlineData("no event: the document has none; has its schema been renamed?", "components.schemas.StreamEvents", "{}")]
    public void What_is_new_is_named_with_its_kind(string line, string place, string json)
    {
        var document = JsonNode.Parse(Known)!;
        string[] steps = place.Split('.');
        var at = steps[..^1].Aggregate(document, (node, step) => node is JsonArray array ? array[Place(step)]! : node[step]!);
        if (at is JsonArray list)
            list[Place(steps[^1])] = JsonNode.Parse(json);
        else
            at[steps[^1]] = JsonNode.Parse(json);

        Assert.Equal([line], News(document.ToJsonString()));
    }

    [Fact]
    public void What_is_explained_is_no_news()
    {
        var explained = Path.GetTempFileName();
        File.WriteAllText(explained, "# A reason that names_no_word.\nresponse.other response.brand_new\n");
        var document = Known.Replace("response.created", "response.brand_new", StringComparison.Ordinal);

        Assert.Empty(News(document, explained));
        Assert.Equal(["new event: response.brand_new"], News(document));
        Assert.Equal(["new event: names_no_word."], News(Known.Replace("response.created", "names_no_word.", StringComparison.Ordinal), explained));
        File.Delete(explained);
    }

    private static int Place(string step) => int.Parse(step, CultureInfo.InvariantCulture);

    private static IEnumerable<string> News(string document, string? explained = null) => new Comparison(Sources(), explained).News(new Document(JsonDocument.Parse(document).RootElement));

    private static string Sources([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "src");
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel.Tests;

/// <summary>Everything that people write as a response format.</summary>
public class ResponseFormatTests
{
    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Whatever_is_written_as_response_format_arrives(object format, string type, string? property)
    {
        var (json, _) = await Kernels.AskAsync(new OpenRouterPromptExecutionSettings { ResponseFormat = format });

        if (type == "text" && !json.TryGetProperty("text", out _))
            return;
        var sent = json.GetProperty("text").GetProperty("format");
        Assert.Equal(type, sent.GetProperty("type").GetString());
        if (property is not null)
            Assert.True(sent.GetProperty("schema").GetProperty("properties").TryGetProperty(property, out _));
    }

    public static TheoryData<object, string, string?> Formats() => new()
    {
        { "text", "text", null },
        { "json_object", "json_object", null },
        { Json("""{"type":"json_object"}"""), "json_object", null },
        { typeof(Forecast), "json_schema", "celsius" },
        { ChatResponseFormat.ForJsonSchema<Forecast>(), "json_schema", "celsius" },
        { Json("""{"type":"object","properties":{"celsius":{"type":"number"}}}"""), "json_schema", "celsius" },
        { """{"type":"object","properties":{"celsius":{"type":"number"}}}""", "json_schema", "celsius" },
        { Json("""{"type":"json_schema","json_schema":{"name":"forecast","schema":{"type":"object","properties":{"celsius":{"type":"number"}}}}}"""), "json_schema", "celsius" },
        { Json("""{"type":"json_schema","name":"forecast","schema":{"type":"object","properties":{"celsius":{"type":"number"}}}}"""), "json_schema", "celsius" },
        { Json("""{"type":"json_schema","json_schema":{"strict":true,"description":"How warm.","schema":{"type":"object","properties":{"celsius":{"type":"number"}}}}}"""), "json_schema", "celsius" },
        { Json("""{"type":"text"}"""), "text", null },
        { Json("\"json_object\""), "json_object", null },
        { JsonDocument.Parse("""{"type":"json_object"}"""), "json_object", null },
        { JsonNode.Parse("""{"type":"object","properties":{"celsius":{"type":"number"}}}""")!, "json_schema", "celsius" },
        { new Dictionary<string, object> { ["type"] = "json_object" }, "json_object", null },
        { new { type = "object", properties = new { celsius = new { type = "number" } } }, "json_schema", "celsius" },
        { ChatResponseFormat.ForJsonSchema(Json("""{"type":"object","properties":{"celsius":{"type":"number"}}}"""), "forecast", "How warm."), "json_schema", "celsius" },
        { ChatResponseFormat.Json, "json_object", null },
        { ChatResponseFormat.Text, "text", null },
    };

    /// <summary>Settings are kept in files and stores.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Saved_settings_ask_for_the_same_format(object format, string type, string? property)
    {
        _ = (type, property);
        var settings = new OpenRouterPromptExecutionSettings { ResponseFormat = format };

        var saved = JsonSerializer.Deserialize<OpenRouterPromptExecutionSettings>(JsonSerializer.Serialize(settings))!;

        Assert.Equal((await Kernels.AskAsync(settings)).Json.GetRawText(), (await Kernels.AskAsync(saved)).Json.GetRawText());
    }

    [Theory]
    [InlineData(typeof(Forecast[]), "ForecastArray")]
    [InlineData(typeof(Dictionary<string, Forecast>), "DictionaryStringForecast")]
    [InlineData(typeof(DayOfWeek?), "DayOfWeek")]
    public async Task A_type_is_asked_for_by_a_name_that_the_service_takes(Type type, string name)
    {
        var (json, _) = await Kernels.AskAsync(new OpenRouterPromptExecutionSettings { ResponseFormat = type });

        Assert.Equal(name, json.GetProperty("text").GetProperty("format").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_schema_is_held_to_as_was_said(bool strict)
    {
        var (json, _) = await Kernels.AskAsync(new OpenRouterPromptExecutionSettings
        {
            ResponseFormat = Json("""{"type":"json_schema","json_schema":{"name":"forecast","strict":STRICT,"schema":{"type":"object","properties":{"celsius":{"type":"number"}},"required":["celsius"],"additionalProperties":false}}}"""
                .Replace("STRICT", strict ? "true" : "false", StringComparison.Ordinal)),
        });

        Assert.Equal(strict, json.GetProperty("text").GetProperty("format").GetProperty("strict").GetBoolean());
        Assert.Equal("forecast", json.GetProperty("text").GetProperty("format").GetProperty("name").GetString());
    }

    public static TheoryData<object> NoFormats() => ["yaml", 7, Json("7"), Json("[]"), Json("""{"type":"json_schema","json_schema":{"name":"forecast"}}"""), JsonNode.Parse("true")!];

    [Theory]
    [MemberData(nameof(NoFormats))]
    public async Task What_is_no_response_format_is_refused_with_what_is(object format)
    {
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => Kernels.AskAsync(new OpenRouterPromptExecutionSettings { ResponseFormat = format }));

        Assert.Contains("json_object", refusal.Message, StringComparison.Ordinal);
    }

    private static JsonElement Json(string json) => JsonElement.Parse(json);

    public sealed record Forecast([property: JsonPropertyName("celsius")] double Celsius);
}

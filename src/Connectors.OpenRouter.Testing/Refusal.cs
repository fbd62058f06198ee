using System.Net;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>A request turned away, in the shape of whoever turned it away.</summary>
internal sealed record Refusal(HttpStatusCode Status, JsonObject Body)
{
    /// <summary>OpenRouter itself.</summary>
    public static Refusal ByOpenRouter(HttpStatusCode status, string message) =>
        new(status, new() { ["error"] = new JsonObject { ["message"] = message, ["code"] = (int)status } });

    /// <summary>The endpoint's schema check: the members at fault are listed in <c>metadata.raw</c>.</summary>
    public static Refusal BySchema(IEnumerable<JsonObject> issues) => new(HttpStatusCode.BadRequest, new()
    {
        ["error"] = new JsonObject { ["code"] = "invalid_prompt", ["message"] = "Invalid Responses API request" },
        ["metadata"] = new JsonObject { ["raw"] = Json.Text(new JsonArray([.. issues])) },
    });

    /// <summary>A provider: OpenRouter passes on what it said.</summary>
    public static Refusal ByProvider(string provider, JsonObject body) => new(HttpStatusCode.BadRequest, new()
    {
        ["error"] = new JsonObject
        {
            ["message"] = "Provider returned error",
            ["code"] = 400,
            ["metadata"] = new JsonObject { ["raw"] = Json.Text(body), ["provider_name"] = provider },
        },
    });

    /// <summary>OpenAI's own shape.</summary>
    public static Refusal ByOpenAi(string message, string parameter = "input") => ByProvider("OpenAI", new()
    {
        ["error"] = new JsonObject { ["message"] = message, ["type"] = "invalid_request_error", ["param"] = parameter, ["code"] = null },
    });

    /// <summary>Anthropic's own shape.</summary>
    public static Refusal ByAnthropic(string message) => ByProvider("Anthropic", new()
    {
        ["type"] = "error",
        ["error"] = new JsonObject { ["type"] = "invalid_request_error", ["message"] = message },
    });

    /// <summary>Google's own shape.</summary>
    public static Refusal ByGoogle(string message) => ByProvider("Google", new()
    {
        ["error"] = new JsonObject { ["code"] = 400, ["message"] = message, ["status"] = "INVALID_ARGUMENT" },
    });

    /// <summary>The response of a refusal.</summary>
    public HttpResponseMessage ToResponse()
    {
        var response = new HttpResponseMessage(Status) { Content = new ByteArrayContent(Json.Utf8(Body)) };
        response.Content.Headers.ContentType = new("application/json");
        return response;
    }
}

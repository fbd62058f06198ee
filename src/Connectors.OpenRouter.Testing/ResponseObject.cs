using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>
/// The response as a whole, at any moment of its life: who answers, what the request asked for with the defaults filled in, what
/// has been said.
/// </summary>
internal sealed class ResponseObject(FakeReply reply, string id, DateTimeOffset createdAt)
{
    /// <summary>Echoed only when the request has them.</summary>
    private static readonly string[] Optional = ["reasoning", "text", "top_logprobs", "user", "safety_identifier", "prompt_cache_key", "prompt_cache_options", "background"];

    /// <summary>The request that is answered.</summary>
    private readonly FakeRequest _request = reply.Request;

    /// <summary>The response's id.</summary>
    public string Id => id;

    /// <summary>The model that answers.</summary>
    public string Model { get; } = reply.Model ?? Asked(reply.Request);

    /// <summary>The provider's name as OpenRouter shows it.</summary>
    public string Provider => reply.Provider ?? Ledger.Author(Model) switch
    {
        "openai" => "OpenAI",
        "anthropic" => "Anthropic",
        "google" => "Google",
        "x-ai" => "xAI",
        _ => "ExampleAI",
    };

    /// <summary>The response while it is made.</summary>
    public JsonObject InProgress() => At("in_progress", completedAt: null, output: [], usage: null);

    /// <summary>The response at a good end.</summary>
    public JsonObject Completed(JsonArray output, JsonObject usage, DateTimeOffset at) => WithRouting(At("completed", at, output, usage));

    /// <summary>The response that was cut short, with the reason.</summary>
    public JsonObject Incomplete(string reason, JsonArray output, JsonObject usage) =>
        WithRouting(At("incomplete", completedAt: null, output, usage, incomplete: new JsonObject { ["reason"] = reason }));

    /// <summary>The response that failed, with the service's error.</summary>
    public JsonObject Failed(string message, string errorType)
    {
        var failed = At("failed", completedAt: null, output: [], usage: null, error: Error(message, errorType));
        failed["error_type"] = errorType;
        return failed;
    }

    /// <summary>The response that failed by an error event.</summary>
    public JsonObject Failed(Ending.Error error) => At("failed", completedAt: null, output: [], usage: null, error: new JsonObject { ["code"] = error.Code, ["message"] = error.Message });

    /// <summary>The error inside a failed response.</summary>
    private JsonObject Error(string message, string errorType)
    {
        var error = new JsonObject { ["code"] = ErrorBodies.ResponsesCode(errorType), ["message"] = message };
        ErrorBodies.AddFacts(error, reply);
        return error;
    }

    /// <summary>The model that was asked for; the service's own router where none was.</summary>
    private static string Asked(FakeRequest request) => request.Model ?? request["models.0"] ?? "openrouter/auto";

    /// <summary>The response with everything that it repeats of the request.</summary>
    private JsonObject At(string status, DateTimeOffset? completedAt, JsonArray output, JsonObject? usage, JsonObject? error = null, JsonObject? incomplete = null)
    {
        var response = new JsonObject
        {
            ["id"] = id,
            ["object"] = "response",
            ["created_at"] = createdAt.ToUnixTimeSeconds(),
            ["completed_at"] = completedAt?.ToUnixTimeSeconds(),
            ["status"] = status,
            ["error"] = error,
            ["incomplete_details"] = incomplete,
            ["instructions"] = Echo("instructions"),
            ["model"] = Model,
            ["output"] = output,
            ["parallel_tool_calls"] = Echo("parallel_tool_calls") ?? true,
            ["temperature"] = Echo("temperature") ?? 1,
            ["top_p"] = Echo("top_p") ?? 1,
            ["presence_penalty"] = Echo("presence_penalty") ?? 0,
            ["frequency_penalty"] = Echo("frequency_penalty") ?? 0,
            ["max_output_tokens"] = Echo("max_output_tokens"),
            ["max_tool_calls"] = Echo("max_tool_calls"),
            ["tool_choice"] = Echo("tool_choice") ?? "auto",
            ["tools"] = Echo("tools") ?? new JsonArray(),
            ["truncation"] = Echo("truncation") ?? "disabled",
            ["metadata"] = Echo("metadata") ?? new JsonObject(),
            ["store"] = false,
            ["usage"] = usage,
        };
        if (usage is not null)
            response["service_tier"] = _request["service_tier"] switch { null or "auto" or "null" => "default", "fast" => "priority", var tier => tier };
        foreach (var name in Optional)
            if (_request.Json.Member(name) is { ValueKind: not JsonValueKind.Null } asked)
                response[name] = asked.ToNode();
        return response;
    }

    /// <summary>A member of the request, repeated.</summary>
    private JsonNode? Echo(string name) => _request.Json.Member(name)?.ToNode();

    /// <summary>Adds the router's account where the request asks for it.</summary>
    private JsonObject WithRouting(JsonObject response)
    {
        if (reply.CachedFor is not null || _request.Headers.GetValueOrDefault("X-OpenRouter-Metadata") is not { } wish || !wish.Equals("enabled", StringComparison.OrdinalIgnoreCase))
            return response;
        var asked = Asked(_request);
        response["openrouter_metadata"] = new JsonObject
        {
            ["requested"] = asked,
            ["strategy"] = Model == asked ? "direct" : "fallback",
            ["region"] = "fra",
            ["summary"] = $"available=1, selected={Provider}",
            ["attempt"] = 1,
            ["is_byok"] = false,
            ["endpoints"] = new JsonObject
            {
                ["total"] = 1,
                ["available"] = new JsonArray(new JsonObject { ["provider"] = Provider, ["model"] = Model, ["selected"] = true }),
            },
            ["attempts"] = new JsonArray(new JsonObject { ["provider"] = Provider, ["model"] = Model, ["status"] = 200 }),
        };
        return response;
    }
}

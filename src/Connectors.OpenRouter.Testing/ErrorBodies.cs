using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>The service's error bodies and error words.</summary>
internal static class ErrorBodies
{
    /// <summary>An HTTP error as OpenRouter, or the provider behind it, reports it.</summary>
    public static JsonObject Of(Ending.Status status, FakeReply reply)
    {
        var error = status.Absence is { } absence ? Absent(status, absence, reply) : Refused(status);
        AddFacts(error, reply);
        return new JsonObject { ["error"] = error };
    }

    /// <summary>What the script says of an error beside its message.</summary>
    public static void AddFacts(JsonObject error, FakeReply reply)
    {
        if (reply.Facts is null)
            return;
        var metadata = error["metadata"] as JsonObject ?? [];
        foreach (var (name, value) in reply.Facts)
            metadata[name] = value?.DeepClone();
        error["metadata"] = metadata;
    }

    /// <summary>The error of a request that no endpoint can serve.</summary>
    private static JsonObject Absent(Ending.Status status, Absence absence, FakeReply reply)
    {
        var availability = new JsonObject { ["code"] = absence.Code, ["retryable"] = absence.IsRetryable };
        if (status.RetryAfter is { } wait)
            availability["retry_after"] = wait.TotalSeconds;
        availability["requested_models"] = new JsonArray(reply.Request.Model);
        availability["affected_providers"] = new JsonArray();
        if (absence.ExcludedBy is { } reasons)
            availability["excluded_by"] = new JsonArray([.. reasons]);
        if (absence.FallbackModels is { } models)
            availability["fallback_models"] = new JsonArray([.. models]);
        return new()
        {
            ["message"] = status.Message ?? MessageOf(status.Code),
            ["error_type"] = ErrorType(status.Code),
            ["http_status"] = status.Code,
            ["availability"] = availability,
            ["metadata"] = new JsonObject(),
        };
    }

    /// <summary>The error of any other status, by the service itself or by a provider.</summary>
    private static JsonObject Refused(Ending.Status status)
    {
        var metadata = new JsonObject();
        if (status is { Provider: not null, Message: null })
            metadata["raw"] = MessageOf(status.Code);
        if (status.Provider is not null)
            metadata["provider_name"] = status.Provider;
        if (ErrorType(status.Code) is { } errorType)
            metadata["error_type"] = errorType;
        return new()
        {
            ["message"] = status.Message ?? (status.Provider is null ? MessageOf(status.Code) : "Provider returned error"),
            ["code"] = status.Code,
            ["metadata"] = metadata,
        };
    }

    /// <summary>The Responses endpoint's own, coarser word for an error type.</summary>
    public static string ResponsesCode(string errorType) => errorType switch
    {
        "rate_limit_exceeded" => "rate_limit_exceeded",
        "context_length_exceeded" or "invalid_request" => "invalid_prompt",
        "content_policy_violation" => "image_content_policy_violation",
        _ => "server_error",
    };

    /// <summary>The service's word for a status; null for one that it does not use.</summary>
    private static string? ErrorType(int status) => status switch
    {
        400 => "invalid_request",
        401 => "authentication",
        402 => "payment_required",
        403 => "permission_denied",
        404 => "not_found",
        408 or 504 or 524 => "timeout",
        412 => "precondition_failed",
        413 => "payload_too_large",
        422 => "unprocessable",
        429 => "rate_limit_exceeded",
        500 => "server",
        502 => "provider_unavailable",
        503 or 529 => "provider_overloaded",
        _ => null,
    };

    /// <summary>The service's message for a status, where a test gives none.</summary>
    private static string MessageOf(int status) => status switch
    {
        400 => "Invalid request parameters",
        401 => "No auth credentials found",
        402 => "This request requires more credits, or fewer max_tokens.",
        403 => "Input was flagged by moderation",
        404 => "No endpoints found for this model",
        408 => "The request timed out",
        413 => "The request is too large",
        429 => "Rate limit exceeded",
        502 => "The provider could not be reached",
        503 => "No available model provider that meets your routing requirements",
        504 or 524 => "The provider took too long",
        529 => "The provider is overloaded",
        _ => "Internal Server Error",
    };
}

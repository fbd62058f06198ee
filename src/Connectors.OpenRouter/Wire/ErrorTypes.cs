namespace Connectors.OpenRouter.Wire;

/// <summary>The service's words for what went wrong, and the HTTP status each of them stands for.</summary>
internal static class ErrorTypes
{
    /// <summary>The status of an error type, of an availability code, or of the coarser <c>code</c> of a response. Null for a word not known.</summary>
    public static int? ToStatus(string? word) => word switch
    {
        "authentication" => 401,
        "payment_required" => 402,
        "permission_denied" or "region_restricted" => 403,
        "not_found" or "image_not_found" or "image_file_not_found" or "no_endpoints" or "model_deprecated" or "model_unavailable_upstream"
            or "privacy_restricted" or "constraint_filtered" or "free_variant_ended" => 404,
        "precondition_failed" => 412,
        "payload_too_large" => 413,
        "unprocessable" => 422,
        "rate_limit_exceeded" or "capacity_exhausted" => 429,
        "server" or "unmapped" or "server_error" => 500,
        "provider_unavailable" => 502,
        "provider_overloaded" or "temporarily_unavailable" => 503,
        "timeout" or "vector_store_timeout" => 504,
        "context_length_exceeded" or "max_tokens_exceeded" or "token_limit_exceeded" or "string_too_long"
            or "invalid_request" or "invalid_prompt" or "content_policy_violation" or "image_content_policy_violation" or "refusal"
            or "invalid_image" or "invalid_image_format" or "invalid_base64_image" or "invalid_image_url" or "invalid_image_mode"
            or "image_too_large" or "image_too_small" or "image_parse_error" or "image_file_too_large" or "empty_image_file"
            or "unsupported_image_format" or "unsupported_image_media_type" or "image_download_failed" or "failed_to_download_image"
            or "bio_policy" or "data_residency_mismatch" or "model_not_found" or "wrong_endpoint" => 400,
        _ => null,
    };

    /// <summary>Other services' names for it, in OpenRouter's: proxies and providers send them as <c>error.type</c> or <c>error.code</c>. Null for a word not known.</summary>
    public static string? Canonical(string? word) => word switch
    {
        "invalid_api_key" or "authentication_error" => "authentication",
        "insufficient_quota" or "billing_error" or "insufficient_credits" => "payment_required",
        "permission_error" => "permission_denied",
        "not_found_error" or "model_not_found_error" => "not_found",
        "request_too_large" => "payload_too_large",
        "rate_limit_error" or "requests" or "tokens" => "rate_limit_exceeded",
        "api_error" or "internal_server_error" => "server",
        "overloaded_error" or "overloaded" => "provider_overloaded",
        "timeout_error" => "timeout",
        "invalid_request_error" => "invalid_request",
        _ => null,
    };

    /// <summary>Whether a request that ended so may be sent again.</summary>
    public static bool IsTransient(int? status) => status is 408 or 429 or 500 or 502 or 503 or 504 or 524 or 529;
}

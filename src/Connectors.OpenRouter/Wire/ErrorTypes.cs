namespace Connectors.OpenRouter.Wire;

/// <summary>The service's words for what went wrong, and the HTTP status each of them stands for.</summary>
internal static class ErrorTypes
{
    /// <summary>Reasoning that was sent back cannot be read where it was sent.</summary>
    public const string InvalidEncryptedContent = "invalid_encrypted_content";

    /// <summary>The status of an error type, or of the coarser <c>code</c> of a response. Null for a word not known.</summary>
    public static int? ToStatus(string? word) => word switch
    {
        "authentication" => 401,
        "payment_required" => 402,
        "permission_denied" => 403,
        "not_found" or "image_not_found" or "image_file_not_found" => 404,
        "precondition_failed" => 412,
        "payload_too_large" => 413,
        "unprocessable" => 422,
        "rate_limit_exceeded" => 429,
        "server" or "unmapped" or "server_error" => 500,
        "provider_unavailable" => 502,
        "provider_overloaded" => 503,
        "timeout" or "vector_store_timeout" => 504,
        "context_length_exceeded" or "max_tokens_exceeded" or "token_limit_exceeded" or "string_too_long"
            or "invalid_request" or "invalid_prompt" or "content_policy_violation" or "image_content_policy_violation" or "refusal"
            or "invalid_image" or "invalid_image_format" or "invalid_base64_image" or "invalid_image_url" or "invalid_image_mode"
            or "image_too_large" or "image_too_small" or "image_parse_error" or "image_file_too_large" or "empty_image_file"
            or "unsupported_image_format" or "unsupported_image_media_type" or "image_download_failed" or "failed_to_download_image"
            or "bio_policy" or "data_residency_mismatch" => 400,
        _ => null,
    };

    /// <summary>The status of an availability code.</summary>
    public static int? OfAvailability(string? code) => code switch
    {
        "model_not_found" or "wrong_endpoint" => 400,
        "region_restricted" => 403,
        "no_endpoints" or "model_deprecated" or "model_unavailable_upstream" or "privacy_restricted" or "constraint_filtered" or "free_variant_ended" => 404,
        "capacity_exhausted" => 429,
        "temporarily_unavailable" => 503,
        _ => null,
    };

    /// <summary>
    /// The error type that an <c>error.code</c> names. Null for a word not known, and for those that the service puts on errors
    /// of many types.
    /// </summary>
    public static string? OfCode(string? code) => code is "server_error" or "invalid_prompt" ? null : Canonical(code);

    /// <summary>The error type that a nested <c>error.type</c> names; null for a word not known.</summary>
    public static string? OfType(string? type) => type == "server_error" ? "server" : Canonical(type);

    /// <summary>
    /// Whether a type says more of an error than the status that is known of it. Those that others put on everything only where they
    /// are the same; no other may make of what passes something that does not, save a spent quota, which is told as a rate limit and passes with no pause.
    /// </summary>
    public static bool Refines(string type, int? status)
    {
        var own = ToStatus(type);
        return status is null || own == status || (status, own) == (429, 402) || !IsCoarse(type) && IsTransient(own) == IsTransient(status);
    }

    /// <summary>A type that other services put on errors of many types.</summary>
    public static bool IsCoarse(string type) => type is "invalid_request" or "server";

    /// <summary>What was sent is longer than the model can read, alone or with its answer.</summary>
    public static bool IsTooLong(string? type) => type is "context_length_exceeded" or "token_limit_exceeded" or "string_too_long" or "max_tokens_exceeded";

    /// <summary>
    /// An error type by the names that proxies, providers and OpenAI's Responses give it as <c>error.type</c> or
    /// <c>error.code</c>.
    /// </summary>
    private static string? Canonical(string? word) => word switch
    {
        "invalid_api_key" or "authentication_error" => "authentication",
        "insufficient_quota" or "billing_error" or "insufficient_credits" => "payment_required",
        "permission_error" => "permission_denied",
        "not_found_error" or "model_not_found_error" or "model_not_found" => "not_found",
        "request_too_large" => "payload_too_large",
        "rate_limit_error" or "requests" or "tokens" => "rate_limit_exceeded",
        "api_error" or "internal_server_error" => "server",
        "overloaded_error" or "overloaded" => "provider_overloaded",
        "timeout_error" or "vector_store_timeout" => "timeout",
        "invalid_request_error" or InvalidEncryptedContent => "invalid_request",
        "image_content_policy_violation" or "bio_policy" => "content_policy_violation",
        "invalid_image_format" or "invalid_base64_image" or "invalid_image_url" or "invalid_image_mode" or "image_parse_error" or "empty_image_file" => "invalid_image",
        "image_file_too_large" => "image_too_large",
        "unsupported_image_media_type" => "unsupported_image_format",
        "failed_to_download_image" => "image_download_failed",
        "image_file_not_found" => "image_not_found",
        "server_error" or "data_residency_mismatch" => null,
        _ => ToStatus(word) is null ? null : word, // its own
    };

    /// <summary>Whether a request that ended so may be sent again.</summary>
    public static bool IsTransient(int? status) => status is 408 or 429 or 500 or 502 or 503 or 504 or 524 or 529;
}

using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>The service's words for what went wrong, and the status that each stands for.</summary>
public sealed class ErrorTypesTests
{
    [Theory]
    [InlineData(401, "authentication")]
    [InlineData(402, "payment_required")]
    [InlineData(403, "permission_denied")]
    [InlineData(404, "not_found image_not_found image_file_not_found")]
    [InlineData(412, "precondition_failed")]
    [InlineData(413, "payload_too_large")]
    [InlineData(422, "unprocessable")]
    [InlineData(429, "rate_limit_exceeded")]
    [InlineData(500, "server unmapped server_error")]
    [InlineData(502, "provider_unavailable")]
    [InlineData(503, "provider_overloaded")]
    [InlineData(504, "timeout vector_store_timeout")]
    [InlineData(400, "context_length_exceeded max_tokens_exceeded token_limit_exceeded string_too_long invalid_request invalid_prompt content_policy_violation image_content_policy_violation refusal")]
    [InlineData(400, "invalid_image invalid_image_format invalid_base64_image invalid_image_url invalid_image_mode image_too_large image_too_small image_parse_error image_file_too_large empty_image_file")]
    [InlineData(400, "unsupported_image_format unsupported_image_media_type image_download_failed failed_to_download_image bio_policy data_residency_mismatch")]
    [InlineData(null, "something_new Server 500")]
    public void A_type_stands_for_a_status(int? status, string words)
    {
        Assert.All(words.Split(' '), word => Assert.Equal((word, status), (word, ErrorTypes.ToStatus(word))));
        Assert.Null(ErrorTypes.ToStatus(null));
        Assert.Null(ErrorTypes.ToStatus(""));
    }

    [Theory]
    [InlineData(400, "model_not_found wrong_endpoint")]
    [InlineData(403, "region_restricted")]
    [InlineData(404, "no_endpoints model_deprecated model_unavailable_upstream privacy_restricted constraint_filtered free_variant_ended")]
    [InlineData(429, "capacity_exhausted")]
    [InlineData(503, "temporarily_unavailable")]
    [InlineData(null, "something_new not_found")]
    public void A_reason_why_nobody_serves_stands_for_a_status(int? status, string words)
    {
        Assert.All(words.Split(' '), word => Assert.Equal((word, status), (word, ErrorTypes.OfAvailability(word))));
        Assert.Null(ErrorTypes.OfAvailability(null));
        Assert.Null(ErrorTypes.OfAvailability(""));
    }

    [Fact]
    public void What_passes_by_itself_may_be_sent_again() =>
        Assert.Equal([408, 429, 500, 502, 503, 504, 524, 529], Enumerable.Range(100, 500).Where(status => ErrorTypes.IsTransient(status)));

    [Fact]
    public void No_status_passes_by_itself_that_is_not_known() => Assert.False(ErrorTypes.IsTransient(null));

    [Theory]
    [InlineData("context_length_exceeded", true)]
    [InlineData("token_limit_exceeded", true)]
    [InlineData("string_too_long", true)]
    [InlineData("max_tokens_exceeded", true)]
    [InlineData("payload_too_large", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void What_was_sent_may_be_too_long(string? type, bool isTooLong) => Assert.Equal(isTooLong, ErrorTypes.IsTooLong(type));

    /// <summary>A code that the service puts on errors of many types names none of them; as a type it is the service's own fault.</summary>
    [Theory]
    [InlineData("server_error", null, "server")]
    [InlineData("invalid_prompt", null, "invalid_prompt")]
    [InlineData("api_error", "server", "server")]
    [InlineData("internal_server_error", "server", "server")]
    [InlineData("invalid_request_error", "invalid_request", "invalid_request")]
    [InlineData("invalid_encrypted_content", "invalid_request", "invalid_request")]
    [InlineData("data_residency_mismatch", null, null)]
    [InlineData("refusal", "refusal", "refusal")]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    public void A_word_as_a_code_and_as_a_type(string? word, string? ofCode, string? ofType) =>
        Assert.Equal((ofCode, ofType), (ErrorTypes.OfCode(word), ErrorTypes.OfType(word)));

    [Theory]
    [InlineData("timeout", null, true)] // nothing else is known
    [InlineData("invalid_request", 400, true)] // says the same
    [InlineData("payment_required", 429, true)] // a spent quota is told as a rate limit
    [InlineData("authentication", 400, true)] // neither passes
    [InlineData("timeout", 502, true)] // both pass
    [InlineData("timeout", 400, false)] // one passes
    [InlineData("not_found", 503, false)]
    [InlineData("payment_required", 503, false)]
    [InlineData("invalid_request", 404, false)] // others put it on everything
    [InlineData("server", 502, false)]
    [InlineData("server", 500, true)]
    public void A_type_says_more_than_a_status_or_it_does_not(string type, int? status, bool refines) =>
        Assert.Equal(refines, ErrorTypes.Refines(type, status));
}

using System.Text;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>The names that services give a failure, and what of its facts the exception's message tells.</summary>
public sealed class FailureWordsTests
{
    [Theory]
    [InlineData("invalid_api_key", "authentication")]
    [InlineData("authentication_error", "authentication")]
    [InlineData("insufficient_quota", "payment_required")]
    [InlineData("billing_error", "payment_required")]
    [InlineData("insufficient_credits", "payment_required")]
    [InlineData("permission_error", "permission_denied")]
    [InlineData("not_found_error", "not_found")]
    [InlineData("model_not_found_error", "not_found")]
    [InlineData("model_not_found", "not_found")]
    [InlineData("request_too_large", "payload_too_large")]
    [InlineData("rate_limit_error", "rate_limit_exceeded")]
    [InlineData("requests", "rate_limit_exceeded")]
    [InlineData("tokens", "rate_limit_exceeded")]
    [InlineData("overloaded_error", "provider_overloaded")]
    [InlineData("overloaded", "provider_overloaded")]
    [InlineData("timeout_error", "timeout")]
    [InlineData("vector_store_timeout", "timeout")]
    [InlineData("image_content_policy_violation", "content_policy_violation")]
    [InlineData("bio_policy", "content_policy_violation")]
    [InlineData("invalid_image_format", "invalid_image")]
    [InlineData("invalid_base64_image", "invalid_image")]
    [InlineData("invalid_image_url", "invalid_image")]
    [InlineData("invalid_image_mode", "invalid_image")]
    [InlineData("image_parse_error", "invalid_image")]
    [InlineData("empty_image_file", "invalid_image")]
    [InlineData("image_file_too_large", "image_too_large")]
    [InlineData("unsupported_image_media_type", "unsupported_image_format")]
    [InlineData("failed_to_download_image", "image_download_failed")]
    [InlineData("image_file_not_found", "image_not_found")]
    [InlineData("data_residency_mismatch", null)]
    [InlineData("something_new", null)]
    public void A_code_is_the_services_own_type_by_whatever_name(string code, string? type) =>
        Assert.Equal(type, ErrorBody.Read(null, Encoding.UTF8.GetBytes($$"""{"error":{"code":"{{code}}","message":"x"} }""")).ErrorType);

    [Theory]
    [InlineData("""{"availability":{"constraint":{"field":"max_price"}}}""", "The constraint was max_price.")]
    [InlineData("""{"availability":{"constraint":{"field":"max_price","detail":"3 is least."}}}""", "The constraint was max_price: 3 is least.")]
    [InlineData("""{"metadata":{"reasons":[],"patterns":["a"]}}""", "It matched: a.")]
    [InlineData("""{"metadata":{"reasons":"hate","patterns":[]}}""", "Flagged for: hate.")]
    [InlineData("""{"metadata":{"previous_errors":[{"provider_name":"One","code":503},{"provider":"Two","status":502},{"provider":"Three"},{}]}}""", "Tried before: One 503, Two 502, Three.")]
    public async Task The_message_tells_the_facts_that_are_there(string facts, string sentence)
    {
        var failure = await FailAsync($$"""{"error":{"code":400,"message":"No.",{{facts[1..^1]}} } }""");

        Assert.Contains(sentence, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Facts_without_a_word_say_nothing()
    {
        var failure = await FailAsync("""{"error":{"code":400,"message":"No.","metadata":{"reasons":[],"patterns":[],"previous_errors":[{}],"resets_at":"","remedy_hint":""} } }""");

        Assert.Equal("No (400).", failure.Message);
    }

    [Fact]
    public async Task Of_many_names_twenty_are_told()
    {
        var failure = await FailAsync($$"""{"error":{"code":400,"message":"No.","availability":{"excluded_by":[{{string.Join(',', Enumerable.Range(1, 23).Select(n => $"\"n{n}\""))}}]} } }""");

        Assert.Contains("n19, n20 and 3 more.", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<OpenRouterException> FailAsync(string body)
    {
        var options = new OpenRouterOptions { Model = "a/b", ApiKey = "k", Retry = { MaxRetries = 0 } };
        using var client = new OpenRouterChatClient(options, new HttpClient(new Service(Service.Json(body, 400))));
        return await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
    }
}

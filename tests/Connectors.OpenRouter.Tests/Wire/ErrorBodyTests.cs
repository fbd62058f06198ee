using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Wire;

public sealed class ErrorBodyTests
{
    [Theory]
    // transcript, http status (0 = inside a 200), status, code, error type, provider, transient, the words
    [InlineData("17a-429-platform.json", 429, 429, "429", null, null, true, "Rate limit exceeded: free-models-per-min.")]
    [InlineData("17b-429-provider.json", 429, 429, "429", "rate_limit_exceeded", "ExampleAI", true, "example/model:free is temporarily rate-limited upstream. Please retry shortly.")]
    [InlineData("17c-429-availability.json", 429, 429, null, "rate_limit_exceeded", null, true, "All providers for this model are at capacity.")]
    [InlineData("17d-402.json", 402, 402, "402", null, null, false, "This request requires more credits")]
    [InlineData("17e-400-schema.json", 400, 400, "invalid_prompt", null, null, false, "input[1].summary: Required")]
    [InlineData("17f-400-provider.json", 400, 400, "400", null, "OpenAI", false, "No tool output found for function call call_A1.")]
    [InlineData("17g-401.json", 401, 401, "401", null, null, false, "No auth credentials found")]
    [InlineData("17h-403-moderation.json", 403, 403, "403", null, "OpenAI", false, "Input was flagged by moderation")]
    [InlineData("17i-404.json", 404, 404, "404", null, null, false, "No endpoints found that match your data policy")]
    [InlineData("17j-502.json", 502, 502, "502", "provider_unavailable", "ExampleAI", true, "upstream connect error")]
    [InlineData("17k-503.json", 503, 503, "503", null, null, true, "No available model provider that meets your routing requirements")]
    [InlineData("18-response-200-failed.json", 0, 429, "rate_limit_exceeded", "rate_limit_exceeded", null, true, "Upstream rate limit reached")]
    public void Every_recorded_body_is_read(string transcript, int http, int status, string? code, string? type, string? provider, bool transient, string words)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Transcripts", transcript));
        var error = ErrorBody.Read(http == 0 ? null : http, bytes);
        Assert.Equal((status, code, type, provider, transient), (error.Status!.Value, error.Code, error.ErrorType, error.ProviderName, error.IsTransient));
        Assert.Contains(words, $"{error.Message} {error.Upstream}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("14-failed-midstream.sse", 502, "server_error", "provider_unavailable", true, "Provider disconnected unexpectedly")]
    [InlineData("15-error-event-flat.sse", 429, "rate_limit_exceeded", "rate_limit_exceeded", true, "Rate limit exceeded upstream")]
    [InlineData("15b-error-event-nested.sse", 429, "rate_limit_exceeded", "rate_limit_exceeded", true, "Rate limit exceeded. Please try again later.")]
    [InlineData("15c-response-error.sse", 500, "server_error", null, true, "Internal error")]
    [InlineData("15d-chat-style-error.sse", 502, "502", null, true, "upstream reset")]
    [InlineData("15e-typed-code-number.sse", 504, "502", "timeout", true, "Upstream idle timeout")]
    public void Every_recorded_event_is_read(string transcript, int status, string code, string? type, bool transient, string words)
    {
        var last = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Transcripts", transcript)).Last(line => line.StartsWith("data: {", StringComparison.Ordinal));
        var error = Read(last["data: ".Length..]);
        Assert.Equal((status, code, type, transient), (error.Status!.Value, error.Code, error.ErrorType, error.IsTransient));
        Assert.Contains(words, $"{error.Message} {error.Upstream}", StringComparison.Ordinal);
    }

    [Fact]
    public void The_availability_says_when_why_and_what_else()
    {
        var error = Read("""
            {"error":{"message":"No endpoint","error_type":"not_found","http_status":404,"availability":{"code":"constraint_filtered","retryable":false,"retry_after":1.5,
            "excluded_by":["data_policy:zdr","max_price"],"fallback_models":["a/b","c/d"],"affected_providers":["one"],"constraint":{"field":"max_price","detail":"cheapest is 3"},"docs_url":"https://openrouter.ai/docs"}}}
            """);
        Assert.Equal(404, error.Status);
        Assert.Equal(TimeSpan.FromSeconds(1.5), error.RetryAfter);
        Assert.Equal(["data_policy:zdr", "max_price"], error.Availability!.ExcludedBy);
        Assert.Equal(["a/b", "c/d"], error.Availability.FallbackModels);
        Assert.Equal(("max_price", "cheapest is 3"), (error.Availability.ConstraintField, error.Availability.ConstraintDetail));
    }

    [Theory]
    [InlineData("""{"error":{"message":"m","http_status":404,"availability":{"retryable":true}}}""", true)]
    [InlineData("""{"error":{"message":"m","http_status":503,"availability":{"retryable":false}}}""", false)]
    public void Availability_overrules_the_status(string json, bool transient) => Assert.Equal(transient, Read(json).IsTransient);

    [Theory]
    [InlineData(500, "invalid_request", false)]
    [InlineData(400, "provider_overloaded", true)]
    [InlineData(500, "a_type_of_tomorrow", true)]
    public void The_error_type_decides_where_it_is_known(int status, string type, bool transient) =>
        Assert.Equal(transient, ErrorBody.Read(status, Encoding.UTF8.GetBytes($$$$"""{"error":{"message":"m","metadata":{"error_type":"{{{{type}}}}"}}}""")).IsTransient);

    [Theory]
    [InlineData("""{"error":{"message":"Rate limit exceeded: free-models-per-day","code":429}}""")]
    [InlineData("""{"error":{"message":"no","code":429,"metadata":{"limit_source":"openrouter_free_tier_daily"}}}""")]
    public void A_daily_limit_is_not_transient(string json)
    {
        Assert.True(Read(json).DailyLimit);
        Assert.False(Read(json).IsTransient);
    }

    [Theory]
    [InlineData("\"{\\\"error\\\":{\\\"message\\\":\\\"deep\\\"}}\"")]
    [InlineData("{\"error\":{\"message\":\"deep\"}}")]
    [InlineData("[{\"error\":{\"message\":\"deep\",\"status\":\"INVALID\"}}]")]
    [InlineData("{\"detail\":[{\"msg\":\"deep\"}]}")]
    [InlineData("\"deep\"")]
    [InlineData("\"{\\\"message\\\":\\\"{\\\\\\\"message\\\\\\\":\\\\\\\"deep\\\\\\\"}\\\"}\"")]
    public void The_providers_words_are_taken_out_of_their_wrapping(string raw) =>
        Assert.Equal("deep", Read($$$$"""{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":{{{{raw}}}} }}}""").Upstream);

    [Theory]
    [InlineData("<html><head><title>502 Bad Gateway</title></head><body>cf</body></html>", "A web page instead of an answer: 502 Bad Gateway")]
    [InlineData("<html><body>oops</body></html>", "A web page instead of an answer")]
    [InlineData("upstream connect error", "upstream connect error")]
    [InlineData("""{"error":"just words"}""", "just words")]
    [InlineData("""{"error":["first","second"]}""", "first")]
    [InlineData("""{"message":"flat"}""", "flat")]
    [InlineData("""{"detail":"fast"}""", "fast")]
    [InlineData("""[{"error":{"message":"in a list"}}]""", "in a list")]
    [InlineData("""data: {"error":{"message":"as an event"}}""", "as an event")]
    [InlineData("", null)]
    [InlineData(" \r\n\t", null)]
    public void A_body_of_any_other_shape_gives_what_words_it_has(string body, string? words)
    {
        var error = ErrorBody.Read(502, Encoding.UTF8.GetBytes(body));
        Assert.Equal((502, words), (error.Status!.Value, error.Message));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"error":null}""")]
    [InlineData("""{"error":{}}""")]
    [InlineData("""{"error":{"code":{},"message":[],"metadata":7,"availability":"no"}}""")]
    [InlineData("""{"error":{"code":1e400,"message":"\ud800 half","metadata":{"raw":"\udc00","headers":[],"previous_errors":{}}}}""")]
    [InlineData("""{"err\ud800or":1,"error":{"message":"m"}}""")]
    [InlineData("""{"error":{"message":"m","availability":{"retry_after":-5,"excluded_by":{},"constraint":null}}}""")]
    public void What_fits_nothing_is_still_an_error(string json) => Assert.NotNull(Read(json).Body);

    [Theory]
    [InlineData("""{"object":"response","status":"completed","error":null,"output":[]}""", false)]
    [InlineData("""{"object":"response","status":"completed","output":[]}""", false)]
    [InlineData("""{"object":"response","status":"completed","error":{},"output":[]}""", false)]
    [InlineData("""{"object":"response","status":"failed","error":null,"output":[]}""", true)]
    [InlineData("""{"object":"response","status":"cancelled","output":[]}""", true)]
    [InlineData("""{"error":{"code":502}}""", true)]
    [InlineData("""{"error":"no"}""", true)]
    [InlineData("""[]""", false)]
    public void A_success_may_carry_an_error(string json, bool error) => Assert.Equal(error, ErrorBody.IsError(Json(json)));

    [Fact]
    public void A_responses_own_metadata_is_not_the_errors() =>
        Assert.Null(Read("""{"object":"response","status":"failed","error":{"code":"server_error","message":"m"},"metadata":{"raw":"mine","error_type":"timeout"},"output":[]}""").Metadata);

    [Fact]
    public void Sixty_four_kibibytes_are_kept_and_no_letter_is_halved()
    {
        var error = ErrorBody.Read(500, Encoding.UTF8.GetBytes(new string('ä', 100_000)));
        Assert.Equal(ErrorBody.KeptBytes, Encoding.UTF8.GetByteCount(ErrorBody.Cut(error.Body!)));
        Assert.DoesNotContain('\uFFFD', error.Body!);
    }

    [Theory]
    [InlineData("""{"error":{"code":400,"message":"Unsupported parameter: 'include'"}}""")]
    [InlineData("""{"error":{"code":400,"message":"Unrecognized request argument supplied: include"}}""")]
    [InlineData("""{"error":{"code":400,"message":"Invalid"},"metadata":{"raw":"[{\"path\":[\"include\",0],\"message\":\"Invalid enum value\"}]"}}""")]
    [InlineData("""{"type":"error","code":"invalid_prompt","message":"no","param":"include"}""")]
    public void A_refused_include_is_recognised(string json)
    {
        Assert.True(Read(json).NamesInclude);
        Assert.False(Read(json).RefusesReasoning);
    }

    [Fact]
    public void Encrypted_content_that_is_not_supported_may_be_what_was_asked_for_or_what_was_sent_back()
    {
        var error = Read("""{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"Encrypted content is not supported with this model.\",\"param\":\"include\"}}"}}}""");
        Assert.Equal((true, true), (error.NamesInclude, error.RefusesReasoning));
    }

    [Theory]
    [InlineData("""{"error":{"code":400,"message":"Your request must include a message"}}""")]
    [InlineData("""{"error":{"code":400,"message":"input does not include any text"}}""")]
    [InlineData("""{"error":{"code":400,"message":"The included file is broken"}}""")]
    [InlineData("""{"error":{"code":500,"message":"include is not supported"}}""")]
    public void Include_as_a_verb_is_no_name(string json) => Assert.False(Read(json).NamesInclude);

    [Theory]
    [InlineData("The encrypted content gAAA could not be verified.")]
    [InlineData("Invalid `signature` in `thinking` block")]
    [InlineData("messages.1.content.0: thinking block must not be changed")]
    [InlineData("Item with id 'rs_0123abc' not found.")]
    [InlineData("Item 'rs_1' of type 'reasoning' was provided without its required following item.")]
    [InlineData("Function call is missing a thought_signature in functionCall parts.")]
    public void Refused_reasoning_is_recognised(string message) =>
        Assert.True(Read($$$$$"""{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":{"error":{"message":"{{{{{message}}}}}"} } }}}""").RefusesReasoning);

    private static ErrorBody Read(string json) => ErrorBody.Read(Json(json));

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;
}

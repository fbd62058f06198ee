using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>The service's documented errors, each as an HTTP body, as an event of a stream and as a whole answer: status, type, whether it passes, whether it is sent again, and what is advised.</summary>
public sealed class DocumentedErrorsTests
{
    /// <summary>How a failure may arrive.</summary>
    public static TheoryData<string> Envelopes => ["body", "event", "nested event", "chat event", "failed response", "failed body", "error in a success"];

    /// <summary>An empty advice: none is given.</summary>
    private static readonly (int Status, string? Type, bool Passes, string Advice, string Error)[] Documented =
    [
        (400, "invalid_request", false, "", """{"code":400,"message":"no","metadata":{"error_type":"invalid_request"}}"""),
        (400, "context_length_exceeded", false, "Shorten the history", """{"code":400,"message":"no","metadata":{"error_type":"context_length_exceeded"}}"""),
        (400, "content_policy_violation", false, "", """{"code":400,"message":"no","metadata":{"error_type":"content_policy_violation"}}"""),
        (400, "invalid_request", false, "", """{"type":"invalid_request_error","message":"no"}"""),
        (401, "authentication", false, "Check OpenRouterOptions.ApiKey", """{"code":401,"message":"no","metadata":{"error_type":"authentication"}}"""),
        (401, "authentication", false, "Check OpenRouterOptions.ApiKey", """{"code":"invalid_api_key","message":"no"}"""),
        (401, "authentication", false, "Check OpenRouterOptions.ApiKey", """{"type":"authentication_error","message":"no"}"""),
        (402, "payment_required", false, "Add credits at", """{"code":402,"message":"no","metadata":{"error_type":"payment_required"}}"""),
        (402, "payment_required", false, "Add credits at", """{"code":402,"message":"no","metadata":{"error_type":"payment_required","limit_source":"openrouter_credits"}}"""),
        (402, "payment_required", false, "raise it at", """{"code":402,"message":"no","metadata":{"error_type":"payment_required","limit_source":"openrouter_key_limit"}}"""),
        (402, "payment_required", false, "guardrail's budget", """{"code":402,"message":"no","metadata":{"error_type":"payment_required","limit_source":"openrouter_guardrail_budget"}}"""),
        (402, "payment_required", false, "workspace's budget", """{"code":402,"message":"no","metadata":{"error_type":"payment_required","limit_source":"openrouter_workspace_budget"}}"""),
        (402, "payment_required", true, "reserved what is left", """{"code":402,"message":"no","metadata":{"error_type":"payment_required","limit_source":"openrouter_in_flight_budget"}}"""),
        (402, "payment_required", false, "Add credits at", """{"type":"insufficient_quota","message":"no"}"""),
        (403, "permission_denied", false, "Check what the key", """{"code":403,"message":"no","metadata":{"error_type":"permission_denied"}}"""),
        (403, "permission_denied", false, "Flagged for: violence", """{"code":403,"message":"no","metadata":{"error_type":"permission_denied","reasons":["violence"]}}"""),
        (402, "payment_required", false, "Add credits at", """{"code":"insufficient_quota","message":"no"}"""),
        (403, "permission_denied", false, "It matched: iban", """{"code":403,"message":"no","metadata":{"error_type":"permission_denied","patterns":["iban"]}}"""),
        (404, "not_found", false, "Check the model's name", """{"code":404,"message":"no","metadata":{"error_type":"not_found"}}"""),
        (404, "not_found", false, "excluded by: max_price", """{"code":404,"message":"no","metadata":{"error_type":"not_found"},"availability":{"code":"constraint_filtered","excluded_by":["max_price"]}}"""),
        (404, "not_found", false, "Check the model's name", """{"code":"model_not_found","message":"no","type":"invalid_request_error"}"""),
        (404, "image_not_found", false, "", """{"code":404,"message":"no","metadata":{"error_type":"image_not_found"}}"""),
        (408, "timeout", true, "", """{"code":408,"http_status":408,"message":"no","metadata":{"error_type":"timeout"}}"""),
        (412, "precondition_failed", false, "", """{"code":412,"message":"no","metadata":{"error_type":"precondition_failed"}}"""),
        (413, "payload_too_large", false, "Send less", """{"code":413,"message":"no","metadata":{"error_type":"payload_too_large"}}"""),
        (422, "unprocessable", false, "", """{"code":422,"message":"no","metadata":{"error_type":"unprocessable"}}"""),
        (429, "rate_limit_exceeded", true, "", """{"code":429,"message":"no","metadata":{"error_type":"rate_limit_exceeded"}}"""),
        (429, "rate_limit_exceeded", true, "Try again in 7 s", """{"code":429,"message":"no","metadata":{"error_type":"rate_limit_exceeded","retry_after_seconds":7}}"""),
        (429, "rate_limit_exceeded", false, "daily limit", """{"code":429,"message":"no","metadata":{"error_type":"rate_limit_exceeded","limit_source":"openrouter_free_tier_daily"}}"""),
        (429, "rate_limit_exceeded", true, "", """{"type":"rate_limit_error","message":"no"}"""),
        (429, null, true, "", """{"code":429,"type":"invalid_request_error","message":"no"}"""),
        (500, "server", true, "", """{"code":500,"message":"no","metadata":{"error_type":"server"}}"""),
        (500, "unmapped", true, "", """{"code":500,"message":"no","metadata":{"error_type":"unmapped"}}"""),
        (502, null, true, "", """{"code":502,"type":"invalid_request_error","message":"no"}"""),
        (502, "provider_unavailable", true, "Tried before: OtherAI 503", """{"code":502,"message":"no","metadata":{"error_type":"provider_unavailable","previous_errors":[{"provider":"OtherAI","status":503}]}}"""),
        (503, "provider_overloaded", true, "", """{"code":503,"message":"no","metadata":{"error_type":"provider_overloaded"}}"""),
        (503, "provider_overloaded", true, "", """{"type":"overloaded_error","message":"no"}"""),
        (503, "provider_overloaded", false, "", """{"code":503,"message":"no","metadata":{"error_type":"provider_overloaded"},"availability":{"code":"temporarily_unavailable","retryable":false}}"""),
        (504, "timeout", true, "", """{"code":504,"http_status":504,"message":"no","metadata":{"error_type":"timeout"}}"""),
        (524, null, true, "", """{"code":524,"message":"no"}"""),
        (529, null, true, "", """{"code":529,"message":"no"}"""),
    ];

    /// <summary>Error types that need no row of their own: a fault of the input, which no second try cures.</summary>
    private static readonly string[] Faults = ["invalid_prompt", "refusal", "invalid_image", "image_too_large", "image_too_small", "unsupported_image_format", "image_download_failed"];

    /// <summary>All words of a response's <c>error.code</c>, and the type each names. Those that stand for several types name none.</summary>
    private static readonly (string Code, int Status, string? Type)[] Codes =
    [
        ("server_error", 500, null), ("rate_limit_exceeded", 429, "rate_limit_exceeded"), ("invalid_prompt", 400, null), ("vector_store_timeout", 504, "timeout"),
        ("invalid_image", 400, "invalid_image"), ("invalid_image_format", 400, "invalid_image"), ("invalid_base64_image", 400, "invalid_image"), ("invalid_image_url", 400, "invalid_image"),
        ("invalid_image_mode", 400, "invalid_image"), ("image_parse_error", 400, "invalid_image"), ("empty_image_file", 400, "invalid_image"),
        ("image_too_large", 400, "image_too_large"), ("image_file_too_large", 400, "image_too_large"), ("image_too_small", 400, "image_too_small"),
        ("unsupported_image_media_type", 400, "unsupported_image_format"), ("failed_to_download_image", 400, "image_download_failed"), ("image_file_not_found", 404, "image_not_found"),
        ("image_content_policy_violation", 400, "content_policy_violation"), ("bio_policy", 400, "content_policy_violation"), ("data_residency_mismatch", 400, null),
    ];

    /// <summary>Why no endpoint could serve: the code's own status, and whether that passes.</summary>
    private static readonly (string Code, int Status, bool Passes)[] Absences =
    [
        ("model_not_found", 400, false), ("wrong_endpoint", 400, false), ("region_restricted", 403, false), ("no_endpoints", 404, false), ("model_deprecated", 404, false),
        ("model_unavailable_upstream", 404, false), ("privacy_restricted", 404, false), ("constraint_filtered", 404, false), ("free_variant_ended", 404, false),
        ("capacity_exhausted", 429, true), ("temporarily_unavailable", 503, true),
    ];

    private static readonly (int Status, string? Type, bool Passes, string Advice, string Error)[] Errors =
    [
        .. Documented,
        .. Faults.Select(type => (400, (string?)type, false, "", $$$"""{"code":400,"message":"no","metadata":{"error_type":"{{{type}}}"}}""")),
        .. new[] { "max_tokens_exceeded", "token_limit_exceeded", "string_too_long" }.Select(type => (400, (string?)type, false, "Shorten the history", $$$"""{"code":400,"message":"no","metadata":{"error_type":"{{{type}}}"}}""")),
        .. Codes.Select(code => (code.Status, code.Type, code.Status is 429 or 500 or 504, "", $$"""{"code":"{{code.Code}}","message":"no"}""")),
        (400, "context_length_exceeded", false, "Shorten the history", """{"type":"invalid_request_error","code":"context_length_exceeded","message":"no"}"""),
        (400, "context_length_exceeded", false, "Shorten the history", """{"code":"context_length_exceeded","message":"no"}"""),
        .. Absences.Select(absence => (absence.Status, (string?)null, absence.Passes, "", $$$"""{"message":"no","availability":{"code":"{{{absence.Code}}}"}}""")), // without a code of its own
        .. Absences.Select(absence => (absence.Status, (string?)null, false, "Affected providers: X", $$$"""{"message":"no","http_status":{{{absence.Status}}},"availability":{"code":"{{{absence.Code}}}","retryable":false,"affected_providers":["X"]}}""")),
    ];

    [Theory]
    [MemberData(nameof(Envelopes))]
    public async Task An_error_means_the_same_in_every_envelope(string envelope)
    {
        var wrong = new List<string>();
        foreach (var (status, type, passes, advice, error) in Errors)
        {
            using var fake = new Testing.FakeOpenRouter();
            var service = new Service(Answer(envelope, status, error));
            using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test", TimeProvider = fake.Clock }, new HttpClient(service));
            var failure = await Assert.ThrowsAsync<OpenRouterException>(async () => _ = envelope.Contains("body", StringComparison.Ordinal) || envelope.Contains("success", StringComparison.Ordinal)
                ? await client.GetResponseAsync("q")
                : await client.GetStreamingResponseAsync("q").ToChatResponseAsync());
            var seen = ((int?)failure.StatusCode, failure.ErrorType, failure.IsTransient, service.Posts.Count, advice.Length == 0 ? failure.Message is ['n', 'o', ' ', '(', ..] && failure.Message.IndexOf(").", StringComparison.Ordinal) == failure.Message.Length - 2 : failure.Message.Contains(advice, StringComparison.Ordinal));
            if (seen != (status, type, passes, passes ? 3 : 1, true))
                wrong.Add($"{error}\n  wanted {(status, type, passes, passes ? 3 : 1, advice)}\n  was    {seen} {failure.Message}");
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    /// <summary>Shapes that are not an error within an envelope, but a body of their own.</summary>
    public static TheoryData<int, string, int, string?, bool, string> Bodies => new()
    {
        // the metadata beside the error
        { 400, """{"error":{"code":"invalid_prompt","message":"Invalid Responses API request"},"metadata":{"raw":"[{\"path\":[\"input\",1],\"message\":\"Required\"}]"}}""", 400, null, false, "Invalid Responses API request: input[1]: Required" },
        { 502, """{"error":{"code":"server_error","message":"Provider returned error"},"metadata":{"error_type":"provider_unavailable","provider_name":"X","raw":"broke off"}}""", 502, "provider_unavailable", true, "[X] broke off" },
        // no code
        { 404, """{"error":{"message":"None.","error_type":"not_found","http_status":404,"availability":{"code":"no_endpoints","retryable":false,"fallback_models":["a/b"]}}}""", 404, "not_found", false, "These models would work: a/b." },
        { 429, """{"error":{"message":"Full.","error_type":"rate_limit_exceeded","http_status":429,"availability":{"code":"capacity_exhausted","retryable":true,"retry_after":3}}}""", 429, "rate_limit_exceeded", true, "Try again in 3 s." },
        // the response itself, with the type at the top
        { 200, """{"id":"gen-1","object":"response","status":"failed","error":{"code":"server_error","message":"Gone."},"error_type":"provider_overloaded","output":[]}""", 503, "provider_overloaded", true, "Gone (provider_overloaded, 503, gen-1)." },
        { 200, """{"id":"gen-1","object":"response","status":"failed","error":{"code":"invalid_prompt","message":"Long."},"error_type":"context_length_exceeded","output":[]}""", 400, "context_length_exceeded", false, "Shorten the history" },
        // no JSON
        { 502, "<html><head><title>502 Bad Gateway</title></head></html>", 502, null, true, "A web page instead of an answer: 502 Bad Gateway (502)." },
        { 503, "", 503, null, true, "The service sent an error without a body (503)." },
        { 524, " \r\n", 524, null, true, "The service sent an error without a body (524)." },
        { 529, "overloaded", 529, null, true, "overloaded (529)." },
        // a proxy's words, which the status contradicts
        { 503, """{"error":{"type":"invalid_request_error","message":"no"}}""", 503, null, true, "no (503)." },
        { 429, """{"error":{"type":"invalid_request_error","message":"no"}}""", 429, null, true, "no (429)." },
        { 503, """{"error":{"code":"invalid_request_error","message":"no"}}""", 503, null, true, "no (invalid_request_error, 503)." },
        { 401, """{"error":{"type":"invalid_request_error","message":"no"}}""", 401, null, false, "Check OpenRouterOptions.ApiKey" },
        // a spent quota, which others call a rate limit
        { 429, """{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"no"}}""", 429, "payment_required", false, "Add credits at" },
        { 429, """{"error":{"type":"insufficient_quota","message":"no"}}""", 429, "payment_required", false, "Add credits at" },
        { 400, """{"error":{"type":"authentication_error","message":"no"}}""", 400, "authentication", false, "Check OpenRouterOptions.ApiKey" },
        { 413, """{"error":{"code":"context_length_exceeded","message":"no"}}""", 413, "context_length_exceeded", false, "Shorten the history" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_of_any_shape_is_understood(int http, string body, int status, string? type, bool passes, string words)
    {
        using var fake = new Testing.FakeOpenRouter();
        var service = new Service(Service.Body(body, body.StartsWith('<') ? "text/html" : "application/json", http));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test", TimeProvider = fake.Clock }, new HttpClient(service));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));
        Assert.Equal((status, type, passes, passes ? 3 : 1), ((int)failure.StatusCode!, failure.ErrorType, failure.IsTransient, service.Posts.Count));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    private static Func<HttpRequestMessage, HttpResponseMessage> Answer(string envelope, int status, string error)
    {
        var members = JsonNode.Parse(error)!.AsObject();
        return envelope switch
        {
            "body" => Service.Json($$"""{"error":{{error}} }""", status),
            "event" => Service.Events(Streams.Of(With(members, ("type", members["type"]?.DeepClone() is { } own && members["code"] is null ? Move(members, own) : "error")))),
            "nested event" => Service.Events(Streams.Of($$"""{"type":"error","error":{{error}} }""")),
            "chat event" => Service.Events(Streams.Of($$"""{"id":"gen-1","object":"chat.completion.chunk","error":{{error}},"choices":[]}""")),
            "failed response" => Service.Events(Streams.Of(Streams.Created, $$"""{"type":"response.failed","response":{"id":"gen-1","object":"response","status":"failed","error":{{error}},"output":[]} }""")),
            "failed body" => Service.Json($$"""{"id":"gen-1","object":"response","status":"failed","error":{{error}},"output":[]}"""),
            _ => Service.Json($$"""{"error":{{error}} }"""),
        };

        // A flat event has a type of its own: the error's stands in its code.
        static JsonNode Move(JsonObject members, JsonNode type)
        {
            members["code"] = type.DeepClone();
            return "error";
        }
    }

    private static string With(JsonObject members, (string Name, JsonNode Value) more)
    {
        members[more.Name] = more.Value;
        return members.ToJsonString();
    }
}

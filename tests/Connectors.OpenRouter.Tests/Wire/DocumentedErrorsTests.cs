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

    private static readonly (int Status, string? Type, bool Passes, string Advice, string Error)[] Errors =
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
        (403, "permission_denied", false, "It matched: iban", """{"code":403,"message":"no","metadata":{"error_type":"permission_denied","patterns":["iban"]}}"""),
        (404, "not_found", false, "Check the model's name", """{"code":404,"message":"no","metadata":{"error_type":"not_found"}}"""),
        (404, "not_found", false, "excluded by: max_price", """{"code":404,"message":"no","metadata":{"error_type":"not_found"},"availability":{"code":"constraint_filtered","excluded_by":["max_price"]}}"""),
        (408, "timeout", true, "", """{"code":408,"http_status":408,"message":"no","metadata":{"error_type":"timeout"}}"""),
        (412, "precondition_failed", false, "", """{"code":412,"message":"no","metadata":{"error_type":"precondition_failed"}}"""),
        (413, "payload_too_large", false, "Send less", """{"code":413,"message":"no","metadata":{"error_type":"payload_too_large"}}"""),
        (422, "unprocessable", false, "", """{"code":422,"message":"no","metadata":{"error_type":"unprocessable"}}"""),
        (429, "rate_limit_exceeded", true, "", """{"code":429,"message":"no","metadata":{"error_type":"rate_limit_exceeded"}}"""),
        (429, "rate_limit_exceeded", true, "Try again in 7 s", """{"code":429,"message":"no","metadata":{"error_type":"rate_limit_exceeded","retry_after_seconds":7}}"""),
        (429, "rate_limit_exceeded", false, "daily limit", """{"code":429,"message":"no","metadata":{"error_type":"rate_limit_exceeded","limit_source":"openrouter_free_tier_daily"}}"""),
        (429, "rate_limit_exceeded", true, "", """{"type":"rate_limit_error","message":"no"}"""),
        (500, "server", true, "", """{"code":500,"message":"no","metadata":{"error_type":"server"}}"""),
        (502, "provider_unavailable", true, "Tried before: OtherAI 503", """{"code":502,"message":"no","metadata":{"error_type":"provider_unavailable","previous_errors":[{"provider":"OtherAI","status":503}]}}"""),
        (503, "provider_overloaded", true, "", """{"code":503,"message":"no","metadata":{"error_type":"provider_overloaded"}}"""),
        (503, "provider_overloaded", true, "", """{"type":"overloaded_error","message":"no"}"""),
        (503, "provider_overloaded", false, "", """{"code":503,"message":"no","metadata":{"error_type":"provider_overloaded"},"availability":{"code":"temporarily_unavailable","retryable":false}}"""),
        (504, "timeout", true, "", """{"code":504,"http_status":504,"message":"no","metadata":{"error_type":"timeout"}}"""),
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
            var seen = ((int?)failure.StatusCode, failure.ErrorType, failure.IsTransient, service.Posts.Count, failure.Message.Contains(advice, StringComparison.Ordinal));
            if (seen != (status, type, passes, passes ? 3 : 1, true))
                wrong.Add($"{error}\n  wanted {(status, type, passes, passes ? 3 : 1, advice)}\n  was    {seen} {failure.Message}");
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
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

using System.Net;
using System.Text.Json;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

/// <summary>What HTTP says around an answer, and what an error says beside its message.</summary>
public class HttpVerbTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Any_reply_carries_the_headers_that_it_is_told_to(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            r => r.Say("Hi.").Header("X-Request-Id", "req-7").Header("Content-Language", "en"),
            r => r.Header("X-Request-Id", "req-8").Transcript("02-text.sse"),
            r => r.Status(503).Header("x-request-id", "req-9"));

        using var answer = await fake.PostAsync(Asking.Question(streaming));
        using var transcript = await fake.PostAsync(Asking.Question(streaming));
        using var error = await fake.PostAsync(Asking.Question(streaming));

        Assert.Equal(["req-7", "req-8", "req-9"], new[] { answer, transcript, error }.Select(response => response.Headers.GetValues("X-Request-Id").Single()));
        Assert.Equal(["en"], answer.Content.Headers.ContentLanguage);
    }

    [Fact]
    public async Task A_header_replaces_what_the_fake_would_send_and_null_takes_it_away()
    {
        using var fake = new FakeOpenRouter(
            r => r.Say("Hi.").Header("X-Generation-Id", "gen-mine").Header("Content-Type", "application/octet-stream"),
            r => r.Say("Hi.").Header("x-generation-id", null).Header("content-type", null),
            r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)).Header("Retry-After", "Mon, 17 Aug 2026 13:21:00 GMT"));

        using var replaced = await fake.PostAsync(Asking.Question());
        using var without = await fake.PostAsync(Asking.Question());
        using var dated = await fake.PostAsync(Asking.Question());

        Assert.Equal(("gen-mine", "application/octet-stream"), (replaced.Headers.GetValues("X-Generation-Id").Single(), replaced.Content.Headers.ContentType?.ToString()));
        Assert.False(without.Headers.Contains("X-Generation-Id"));
        Assert.Null(without.Content.Headers.ContentType);
        Assert.Equal(new DateTimeOffset(2026, 8, 17, 13, 21, 0, TimeSpan.Zero), dated.Headers.RetryAfter?.Date);
    }

    [Fact]
    public async Task A_stream_under_another_content_type_still_holds_the_clock_until_it_has_been_read()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi.").Header("Content-Type", "text/plain"));
        using var response = await fake.PostAsync(Asking.Question());

        var pause = Task.Delay(TimeSpan.FromMinutes(1), fake.Clock);
        Assert.False(pause.IsCompleted);
        await response.Content.ReadAsStringAsync();
        await pause;

        Assert.Equal(TimeSpan.FromMinutes(1), fake.Waited);
    }

    [Theory]
    [InlineData("not a name", "x")]
    [InlineData("", "x")]
    [InlineData("X-Two-Lines", "a\r\nb")]
    public async Task What_cannot_be_a_header_is_a_mistake_in_the_script(string name, string value)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi.").Header(name, value));

        var mistake = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()));

        Assert.StartsWith($"Header(\"{name}\", ", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_says_beside_its_message_what_it_is_told_to()
    {
        using var fake = new FakeOpenRouter(r => r.Status(402)
            .ErrorMetadata("""{"limit_source":"openrouter_key_limit","error_type":"mine","headers":{"X-RateLimit-Reset":"1786972860000"}}""")
            .ErrorMetadata("""{"remedy_hint":"Raise the key's limit."}"""));

        var error = await ErrorAsync(fake, HttpStatusCode.PaymentRequired);

        var metadata = error.GetProperty("metadata");
        Assert.Equal(("openrouter_key_limit", "mine", "Raise the key's limit."), (metadata.Text("limit_source"), metadata.Text("error_type"), metadata.Text("remedy_hint")));
        Assert.Equal("1786972860000", metadata.GetProperty("headers").Text("X-RateLimit-Reset"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failure_after_words_says_it_too(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Half").Fail("Slow down.", "rate_limit_exceeded").ErrorMetadata("""{"retry_after_seconds":7}"""));

        var response = streaming ? (await fake.EventsAsync())[^1].GetProperty("response") : await fake.WholeAsync();

        Assert.Equal(7, response.GetProperty("error").GetProperty("metadata").GetProperty("retry_after_seconds").GetInt32());
    }

    [Fact]
    public async Task A_stream_may_end_with_a_bare_error_event()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Half").Error("Rate limit exceeded upstream", "rate_limit_exceeded"));

        var stream = await fake.StreamAsync();
        var last = Asking.Events(stream)[^1];
        var whole = await fake.WholeAsync();

        Assert.Equal(("error", "rate_limit_exceeded", "Rate limit exceeded upstream"), (last.Type(), last.Text("code"), last.Text("message")));
        Assert.DoesNotContain("[DONE]", stream, StringComparison.Ordinal);
        Assert.Equal(("failed", "rate_limit_exceeded"), (whole.Text("status"), whole.GetProperty("error").Text("code")));
        Assert.False(whole.TryGetProperty("error_type", out _));
    }

    [Fact]
    public async Task Facts_of_an_error_without_an_error_are_a_mistake()
    {
        using var metadata = new FakeOpenRouter(r => r.Say("Hi.").ErrorMetadata("{}"));
        using var body = new FakeOpenRouter(r => r.Say("Hi.").Fail().ErrorBody("no"));

        Assert.StartsWith("ErrorMetadata belongs to an error", (await Assert.ThrowsAsync<InvalidOperationException>(() => metadata.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
        Assert.StartsWith("ErrorBody belongs to an HTTP error", (await Assert.ThrowsAsync<InvalidOperationException>(() => body.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edge_answers_with_a_body_of_its_own()
    {
        using var fake = new FakeOpenRouter(r => r.Status(502).ErrorBody("<html>Bad Gateway</html>", "text/html; charset=utf-8"), r => r.Status(503).ErrorBody(""));

        using var page = await fake.PostAsync(Asking.Question());
        using var nothing = await fake.PostAsync(Asking.Question());

        Assert.Equal(("<html>Bad Gateway</html>", "text/html; charset=utf-8"), (await page.Content.ReadAsStringAsync(), page.Content.Headers.ContentType?.ToString()));
        Assert.Equal("", await nothing.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("capacity_exhausted", 429, "rate_limit_exceeded", true)]
    [InlineData("temporarily_unavailable", 503, "provider_overloaded", true)]
    [InlineData("region_restricted", 403, "permission_denied", false)]
    [InlineData("model_not_found", 400, "invalid_request", false)]
    [InlineData("wrong_endpoint", 400, "invalid_request", false)]
    [InlineData("constraint_filtered", 404, "not_found", false)]
    [InlineData("a_word_of_tomorrow", 404, "not_found", false)]
    public async Task Each_word_for_having_no_endpoint_has_its_status(string code, int status, string errorType, bool retryable)
    {
        using var fake = new FakeOpenRouter(r => r.Unavailable(code));

        var error = await ErrorAsync(fake, (HttpStatusCode)status);

        Assert.False(error.TryGetProperty("code", out _));
        Assert.Equal((status, errorType), (error.GetProperty("http_status").GetInt32(), error.Text("error_type")));
        Assert.Equal((code, retryable), (error.GetProperty("availability").Text("code"), error.GetProperty("availability").GetProperty("retryable").GetBoolean()));
        Assert.False(error.GetProperty("availability").TryGetProperty("retry_after", out _));
    }

    [Fact]
    public async Task Who_would_have_served_and_why_nobody_could_stand_in_the_body()
    {
        using var fake = new FakeOpenRouter(r => r.Unavailable("capacity_exhausted", "All busy.", TimeSpan.FromSeconds(12), fallbackModels: ["a/one", "a/two"], excludedBy: ["max_price"])
            .ErrorMetadata("""{"previous_errors":[{"provider":"ExampleAI","code":429,"status":429}]}"""));

        using var response = await fake.PostAsync(Asking.Question());
        var error = Asking.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");
        var availability = error.GetProperty("availability");

        Assert.Equal(("All busy.", TimeSpan.FromSeconds(12), 12), (error.Text("message"), response.Headers.RetryAfter?.Delta, availability.GetProperty("retry_after").GetInt32()));
        Assert.Equal(["a/one", "a/two"], availability.GetProperty("fallback_models").EnumerateArray().Select(model => model.GetString()));
        Assert.Equal("max_price", availability.GetProperty("excluded_by")[0].GetString());
        Assert.Equal("ExampleAI", error.GetProperty("metadata").GetProperty("previous_errors")[0].Text("provider"));
    }

    [Fact]
    public async Task What_comes_out_of_the_cache_says_so_and_is_free()
    {
        using var fake = new FakeOpenRouter(r => r.Search("rain").Say("One two three.").Usage(cost: 1).FromCache(TimeSpan.FromSeconds(42)));
        using var client = fake.CreateClient();
        client.DefaultRequestHeaders.Add("X-OpenRouter-Metadata", "enabled");

        using var response = await client.PostAsync(new Uri(Asking.Url), Asking.Body(Asking.Question(stream: false)));
        var body = Asking.Parse(await response.Content.ReadAsStringAsync());

        Assert.Equal(["HIT", "42", "300"], new[] { "Status", "Age", "TTL" }.Select(name => response.Headers.GetValues($"X-OpenRouter-Cache-{name}").Single()));
        Assert.StartsWith("gen-", response.Headers.GetValues("X-OpenRouter-Cache-Source-Id").Single(), StringComparison.Ordinal);
        Assert.NotEqual(response.Headers.GetValues("X-OpenRouter-Cache-Source-Id").Single(), response.Headers.GetValues("X-Generation-Id").Single());
        Assert.Equal((0, 0m), (body.GetProperty("usage").GetProperty("total_tokens").GetInt32(), body.GetProperty("usage").GetProperty("cost").GetDecimal()));
        Assert.False(body.TryGetProperty("openrouter_metadata", out _));
    }

    [Fact]
    public async Task Who_asks_for_the_cache_hears_of_a_miss_and_nobody_else_does()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        using var client = fake.CreateClient();
        using var quiet = await client.PostAsync(new Uri(Asking.Url), Asking.Body(Asking.Question()));
        client.DefaultRequestHeaders.Add("X-OpenRouter-Cache", "true");
        using var missed = await client.PostAsync(new Uri(Asking.Url), Asking.Body(Asking.Question()));

        Assert.False(quiet.Headers.Contains("X-OpenRouter-Cache-Status"));
        Assert.Equal("MISS", missed.Headers.GetValues("X-OpenRouter-Cache-Status").Single());
    }

    [Fact]
    public async Task A_failure_out_of_the_cache_is_a_mistake()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi.").Fail().FromCache());

        Assert.Contains("says FromCache", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "chat/completions", HttpStatusCode.NotFound)]
    [InlineData("POST", "respnses", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "nowhere", HttpStatusCode.NotFound)]
    [InlineData("GET", "responses", HttpStatusCode.MethodNotAllowed)]
    [InlineData("PUT", "embeddings", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "key", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "models", HttpStatusCode.MethodNotAllowed)]
    public async Task What_the_service_does_not_have_is_refused_in_its_words_and_uses_up_no_reply(string method, string path, HttpStatusCode status)
    {
        using var fake = new FakeOpenRouter(r => r.Say("for a model")).Otherwise(r => r.Say("also"));
        using var client = fake.CreateClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), "https://openrouter.ai/api/v1/" + path) { Content = method == "GET" ? null : Asking.Body(Asking.Question()) };

        using var response = await client.SendAsync(request);
        var error = Asking.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal((status, (int)status), (response.StatusCode, error.GetProperty("code").GetInt32()));
        Assert.Equal(status == HttpStatusCode.MethodNotAllowed, response.Content.Headers.Allow.Count == 1);
        Assert.Contains("for a model", await fake.StreamAsync(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ErrorAsync(FakeOpenRouter fake, HttpStatusCode status)
    {
        using var response = await fake.PostAsync(Asking.Question());
        Assert.Equal(status, response.StatusCode);
        return Asking.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");
    }
}

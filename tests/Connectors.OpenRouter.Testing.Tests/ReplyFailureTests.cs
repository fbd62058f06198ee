using System.Net;
using System.Text;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

/// <summary>How a reply fails, and how its bytes come.</summary>
public class ReplyFailureTests
{
    [Theory]
    [InlineData("rate_limit_exceeded", "rate_limit_exceeded")]
    [InlineData("content_policy_violation", "image_content_policy_violation")]
    [InlineData("context_length_exceeded", "invalid_prompt")]
    [InlineData("provider_unavailable", "server_error")]
    public async Task A_failure_after_the_beginning_is_http_200_in_both_forms(string errorType, string code)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Half").Fail("It broke.", errorType));

        var streamed = (await fake.EventsAsync())[^1];
        var whole = await fake.WholeAsync();

        Assert.Equal("response.failed", streamed.Type());
        Assert.All([streamed.GetProperty("response"), whole], response =>
        {
            Assert.Equal(("failed", errorType), (response.Text("status"), response.Text("error_type")));
            Assert.Equal((code, "It broke."), (response.GetProperty("error").Text("code"), response.GetProperty("error").Text("message")));
        });
    }

    [Fact]
    public async Task A_status_comes_with_the_services_body_and_retry_after()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20), provider: "ExampleAI"));

        using var response = await fake.PostAsync(Asking.Question());
        var error = Asking.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(20), response.Headers.RetryAfter?.Delta);
        Assert.Equal((429, "Provider returned error"), (error.GetProperty("code").GetInt32(), error.Text("message")));
        Assert.Equal(("ExampleAI", "rate_limit_exceeded"), (error.GetProperty("metadata").Text("provider_name"), error.GetProperty("metadata").Text("error_type")));
    }

    [Theory]
    [InlineData(400, "invalid_request")]
    [InlineData(401, "authentication")]
    [InlineData(402, "payment_required")]
    [InlineData(403, "permission_denied")]
    [InlineData(404, "not_found")]
    [InlineData(408, "timeout")]
    [InlineData(412, "precondition_failed")]
    [InlineData(413, "payload_too_large")]
    [InlineData(422, "unprocessable")]
    [InlineData(429, "rate_limit_exceeded")]
    [InlineData(500, "server")]
    [InlineData(502, "provider_unavailable")]
    [InlineData(503, "provider_overloaded")]
    [InlineData(504, "timeout")]
    [InlineData(524, "timeout")]
    [InlineData(529, "provider_overloaded")]
    public async Task Each_status_has_its_error_type_and_words(int status, string errorType)
    {
        using var fake = new FakeOpenRouter(r => r.Status(status), r => r.Status(status, "My own words"));

        using var usual = await fake.PostAsync(Asking.Question());
        using var given = await fake.PostAsync(Asking.Question());
        var error = Asking.Parse(await usual.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal(status, (int)usual.StatusCode);
        Assert.Equal((status, errorType), (error.GetProperty("code").GetInt32(), error.GetProperty("metadata").Text("error_type")));
        Assert.NotEmpty(error.Text("message"));
        Assert.Equal("My own words", Asking.Parse(await given.Content.ReadAsStringAsync()).GetProperty("error").Text("message"));
    }

    [Fact]
    public async Task A_wait_of_half_seconds_is_told_in_milliseconds()
    {
        using var fake = new FakeOpenRouter(r => r.Status(503, "Busy", TimeSpan.FromMilliseconds(1500)));

        using var response = await fake.PostAsync(Asking.Question());

        Assert.Equal("1500", response.Headers.GetValues("Retry-After-Ms").Single());
        Assert.Null(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_cut_stream_ends_without_a_last_event()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Once upon").Cut());

        var stream = await fake.StreamAsync();

        Assert.Equal("Once upon", Asking.Events(stream).Deltas("response.output_text.delta"));
        Assert.DoesNotContain("response.completed", stream, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", stream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_body_is_half_a_body()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Once upon a time").Cut());

        using var response = await fake.PostAsync(Asking.Question(stream: false));

        Assert.ThrowsAny<System.Text.Json.JsonException>(() => Asking.Parse(response.Content.ReadAsStringAsync().Result));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broken_connection_gives_what_was_said_and_then_throws(bool stream)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Once upon").Reset());
        using var response = await fake.PostAsync(Asking.Question(stream));
        using var heard = new MemoryStream();

        await Assert.ThrowsAsync<IOException>(async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(heard));

        Assert.True(heard.Length > 0);
        Assert.DoesNotContain("response.completed", Encoding.UTF8.GetString(heard.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_service_is_a_connection_error()
    {
        using var fake = new FakeOpenRouter(r => r.Unreachable());

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => fake.PostAsync(Asking.Question()));

        Assert.Equal(HttpRequestError.ConnectionError, exception.HttpRequestError);
    }

    [Fact]
    public async Task Without_chunks_each_read_is_one_event()
    {
        using var fake = new FakeOpenRouter(r => r.KeepAlive(2).Say("Hi"));

        var reads = await ReadsAsync(fake);

        Assert.Equal(": OPENROUTER PROCESSING\n\n", reads[0]);
        Assert.Equal("data: [DONE]\n\n", reads[^1]);
        Assert.All(reads, read => Assert.Equal(read.Length - 2, read.IndexOf("\n\n", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task Chunks_have_the_size_asked_for_and_change_no_byte(int size)
    {
        using var plain = new FakeOpenRouter(r => r.Say("Grüße an 🌌!"));
        using var chunked = new FakeOpenRouter(r => r.Say("Grüße an 🌌!").InChunksOf(size));
        var expected = Encoding.UTF8.GetBytes(await plain.StreamAsync());
        using var response = await chunked.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        List<byte[]> reads = [];
        var buffer = new byte[8192];

        while (await stream.ReadAsync(buffer) is > 0 and var count)
            reads.Add(buffer[..count]);

        Assert.Equal(expected, reads.SelectMany(read => read));
        Assert.All(reads.SkipLast(1), read => Assert.Equal(size, read.Length));
    }

    [Fact]
    public async Task Keep_alives_before_a_whole_body_are_blank_lines()
    {
        using var fake = new FakeOpenRouter(r => r.KeepAlive(3).Say("Hi"));

        using var response = await fake.PostAsync(Asking.Question(stream: false));
        var body = await response.Content.ReadAsStringAsync();

        Assert.StartsWith("\n\n\n{", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_that_has_no_error_type_of_its_own_says_none()
    {
        using var fake = new FakeOpenRouter(r => r.Status(418));

        using var response = await fake.PostAsync(Asking.Question());
        var error = Asking.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal((418, "Internal Server Error"), (error.GetProperty("code").GetInt32(), error.Text("message")));
        Assert.False(error.GetProperty("metadata").TryGetProperty("error_type", out _));
    }

    private static async Task<List<string>> ReadsAsync(FakeOpenRouter fake)
    {
        using var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        List<string> reads = [];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
            reads.Add(Encoding.UTF8.GetString(buffer, 0, count));
        return reads;
    }
}

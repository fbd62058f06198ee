using System.Net;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public sealed class OpenRouterTapeTests : IDisposable
{
    // The surroundings of whoever runs the tests must not decide them.
    private readonly Variable _unset = new("OPENROUTER_TAPE", null);
    private readonly string _folder = Directory.CreateTempSubdirectory("tape").FullName;

    private string TapePath => Path.Combine(_folder, "new", "weather.tape");

    [Fact]
    public async Task What_was_recorded_is_replayed_byte_for_byte_without_the_service()
    {
        var question = Asking.Question();
        string recorded;
        using (var service = new FakeOpenRouter(r => r.Think("Hm.").Say("Grüße 🌌").KeepAlive()))
        {
            using var tape = new OpenRouterTape(TapePath, inner: service);
            recorded = await AskAsync(tape, question);
        }

        using var silent = new FakeOpenRouter();
        using var replay = new OpenRouterTape(TapePath, inner: silent);
        using var client = replay.CreateClient();
        using var response = await client.PostAsync(new Uri(Asking.Url), Asking.Body(question));

        Assert.Equal(recorded, await response.Content.ReadAsStringAsync());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("gen-", response.Headers.GetValues("X-Generation-Id").Single(), StringComparison.Ordinal);
        Assert.Empty(silent.Requests);
    }

    [Fact]
    public async Task The_same_question_is_answered_in_the_order_of_recording()
    {
        using (var service = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(2)), r => r.Say("Now.")))
        {
            using var tape = new OpenRouterTape(TapePath, inner: service);
            await AskAsync(tape);
            await AskAsync(tape);
        }

        using var replay = new OpenRouterTape(TapePath, TapeMode.Replay);
        using var client = replay.CreateClient();
        using var first = await client.PostAsync(new Uri(Asking.Url), Asking.Body(Asking.Question()));

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(2)), (first.StatusCode, first.Headers.RetryAfter?.Delta));
        Assert.Contains("Now.", await AskAsync(replay), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_order_of_members_does_not_matter()
    {
        using (var service = new FakeOpenRouter(r => r.Say("Yes.")))
        {
            using var tape = new OpenRouterTape(TapePath, inner: service);
            await AskAsync(tape, """{"model":"a/b","input":"hi","stream":true}""");
        }

        using var replay = new OpenRouterTape(TapePath, TapeMode.Replay);

        Assert.Contains("Yes.", await AskAsync(replay, """{ "stream": true, "input": "hi", "model": "a/b" }"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_reaches_the_tape()
    {
        using (var service = new FakeOpenRouter(r => r.Say("My key is sk-or-v1-0123456789abcdef.")))
        {
            using var tape = new OpenRouterTape(TapePath, inner: service);
            using var client = tape.CreateClient();
            client.DefaultRequestHeaders.Authorization = new("Bearer", "the-very-key-of-the-caller");
            client.DefaultRequestHeaders.Add("X-Other", "another-header-value");
            using var request = Asking.Body("""
                {"model":"a/b","stream":true,"input":"Use the-very-key-of-the-caller or Bearer abcdefgh12345678","tools":[{"type":"mcp","server_label":"crm","server_url":"https://crm.example.org/mcp?token=q1w2e3r4t5",
                 "authorization":"mcp-token-\"quoted\"","headers":{"X-Api":"header-secret","X-Short":"abc"}}]}
                """);
            using var response = await client.PostAsync(new Uri(Asking.Url), request);
            await response.Content.ReadAsStringAsync();
        }

        var text = await File.ReadAllTextAsync(TapePath);

        Assert.All(
            ["the-very-key-of-the-caller", "another-header-value", "q1w2e3r4t5", "mcp-token", "header-secret", "\"abc\"", "\\\"abc\\\"", "sk-or-v1-0123", "abcdefgh12345678"],
            secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        Assert.Contains("REDACTED", text, StringComparison.Ordinal);
        Assert.Contains("crm.example.org", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"mcp","server_label":"m","authorization":"Bearer canary-0001"}""")]
    [InlineData("""{"type":"mcp","server_label":"m","server_url":"https://user:canary-0001@mcp.example/sse"}""")]
    [InlineData("""{"type":"mcp","server_label":"m","server_url":"https://mcp.example/sse?a=1&token=canary-0001"}""")]
    [InlineData("""{"type":"namespace","name":"n","description":"d","tools":[{"type":"mcp","server_label":"m","headers":{"X-Any":"canary-0001"}}]}""")]
    public async Task An_MCP_servers_secret_is_on_no_tape_however_it_comes_back(string tool)
    {
        var escaped = string.Concat("canary-0001".Select(letter => $"\\u{(int)letter:x4}"));
        using (var service = new Echoing($$"""{"error":{"message":"canary-0001 {{escaped}} canary%2D0001","code":400} }"""))
        {
            using var tape = new OpenRouterTape(TapePath, inner: service);
            await AskAsync(tape, $$"""{"model":"a/b","input":"Why does canary-0001 fail?","tools":[{{tool}}]}""");
        }

        var text = await File.ReadAllTextAsync(TapePath);

        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        Assert.DoesNotContain("0001", text, StringComparison.Ordinal);
        Assert.DoesNotContain("0063", text, StringComparison.Ordinal); // its first letter, escaped
        Assert.Contains("X-OpenRouter-Echo", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://m.example/?token=hush", "hush")]
    [InlineData("https://m.example/?hush", "hush")]
    [InlineData("https://u:pw12@m.example/mcp?a=1#x", "pw12")]
    public async Task A_short_secret_in_an_MCP_servers_address_is_on_no_tape_either(string address, string secret)
    {
        using (var service = new Echoing($$"""{"error":{"message":"{{address}} did not answer","code":400} }"""))
        {
            using var tape = new OpenRouterTape(TapePath, inner: service);
            await AskAsync(tape, $$"""{"model":"a/b","input":"hi","tools":[{"type":"mcp","server_label":"m","server_url":"{{address}}"}]}""");
        }

        var text = await File.ReadAllTextAsync(TapePath);

        Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        Assert.Contains("m.example", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asked_is_on_no_tape()
    {
        using (var service = new Echoing("""{"error":{"message":"No, jo.doe@example.co.uk","code":400,"metadata":{"raw":"{\"user_id\":\"user_raw1\"}"}},"user_id":"user_2abc","session_id":"sess-9","creator_user_id":"user_3def","external_user":"jo-78","more":{"user_id":123456789}}"""))
        {
            using var tape = new OpenRouterTape(TapePath, inner: service);
            await AskAsync(tape, """{"model":"a/b","input":"Write to ann@example.org","user":"ann-77","session_id":"sess-9","safety_identifier":"hash-1"}""");
        }

        var text = await File.ReadAllTextAsync(TapePath);

        Assert.All(["jo.doe", "user_raw1", "user_2abc", "user_3def", "jo-78", "123456789", "sess-9", "ann@", "ann-77", "hash-1"], who => Assert.DoesNotContain(who, text, StringComparison.Ordinal));
        using var replay = new OpenRouterTape(TapePath, TapeMode.Replay);
        Assert.Contains("REDACTED", await AskAsync(replay, """{"model":"a/b","input":"Write to bob@example.org","user":"bob","session_id":"other","safety_identifier":"hash-2"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_tapes_on_one_file_lose_nothing()
    {
        using (var service = new FakeOpenRouter().Otherwise(r => r.Say(r.Request.UserText)))
        {
            using var one = new OpenRouterTape(TapePath, inner: service);
            using var other = new OpenRouterTape(Path.Combine(_folder, "new", "..", "new", "weather.tape"), inner: service);
            await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AskAsync(i % 2 == 0 ? one : other, Question(i))));
        }

        Assert.Equal(20, JsonNode.Parse(await File.ReadAllTextAsync(TapePath))!.AsArray().Count);
        using var replay = new OpenRouterTape(TapePath, TapeMode.Replay);
        using var again = new OpenRouterTape(TapePath, TapeMode.Replay);
        for (var i = 0; i < 20; i++)
        {
            Assert.Contains($"question {i}", await AskAsync(replay, Question(i)), StringComparison.Ordinal);
            Assert.Contains($"question {i}", await AskAsync(again, Question(i)), StringComparison.Ordinal); // each plays it from its beginning
        }

        static string Question(int i) => Asking.Question().Replace("How far is it?", $"question {i}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_tapes_that_record_anew_forget_the_old_tape_once()
    {
        using var service = new FakeOpenRouter().Otherwise(r => r.Say("Yes."));
        using (var old = new OpenRouterTape(TapePath, inner: service))
            await AskAsync(old);
        using (var one = new OpenRouterTape(TapePath, TapeMode.Record, service))
        using (var other = new OpenRouterTape(TapePath, TapeMode.Record, service))
        {
            await AskAsync(one);
            await AskAsync(other);
        }

        Assert.Equal(2, JsonNode.Parse(await File.ReadAllTextAsync(TapePath))!.AsArray().Count);
    }

    [Fact]
    public async Task What_somebody_else_wrote_on_the_file_meanwhile_is_kept()
    {
        using var service = new FakeOpenRouter().Otherwise(r => r.Say("Yes."));
        using var tape = new OpenRouterTape(TapePath, inner: service);
        await AskAsync(tape);
        var written = JsonNode.Parse(await File.ReadAllTextAsync(TapePath))!.AsArray();
        written.Add(JsonNode.Parse(written[0]!.ToJsonString().Replace("/responses", "/elsewhere", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(TapePath, written.ToJsonString());
        await AskAsync(tape, """{"model":"a/b","input":"another"}""");

        Assert.Equal(3, JsonNode.Parse(await File.ReadAllTextAsync(TapePath))!.AsArray().Count);
    }

    [Fact]
    public async Task A_question_with_another_secret_is_the_same_question()
    {
        const string Question = """{"model":"a/b","stream":true,"input":"hi","tools":[{"type":"mcp","server_label":"crm","authorization":"TOKEN"}]}""";
        using (var service = new FakeOpenRouter(r => r.Say("Yes.")))
        {
            using var tape = new OpenRouterTape(TapePath, inner: service);
            await AskAsync(tape, Question.Replace("TOKEN", "yesterdays-token", StringComparison.Ordinal));
        }

        using var replay = new OpenRouterTape(TapePath, TapeMode.Replay);

        Assert.Contains("Yes.", await AskAsync(replay, Question.Replace("TOKEN", "todays-token", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_cut_short_by_its_reader_is_not_recorded()
    {
        using var service = new FakeOpenRouter(r => r.Say("A long story"));
        using var tape = new OpenRouterTape(TapePath, inner: service);
        using var client = tape.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Asking.Url) { Content = Asking.Body(Asking.Question()) };
        using (var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.True(await (await response.Content.ReadAsStreamAsync()).ReadAsync(new byte[4096]) > 0);
        }

        Assert.False(File.Exists(TapePath));
    }

    [Fact]
    public async Task A_reader_who_stops_at_the_last_event_has_heard_it_all()
    {
        using var service = new FakeOpenRouter(r => r.Say("Hi"));
        using var tape = new OpenRouterTape(TapePath, inner: service);
        using var client = tape.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Asking.Url) { Content = Asking.Body(Asking.Question()) };
        using (var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync() is { } line && !line.Contains("response.completed", StringComparison.Ordinal))
            {
            }
        }

        Assert.Contains("response.completed", await File.ReadAllTextAsync(TapePath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_survive()
    {
        byte[] bytes = [0xFF, 0x00, 0xC3, 0x28, 0x0A];
        var picture = Path.Combine(_folder, "picture.sse");
        await File.WriteAllBytesAsync(picture, bytes);
        using (var service = new FakeOpenRouter(r => r.Transcript(picture)))
        {
            using var tape = new OpenRouterTape(TapePath, inner: service);
            await AskAsync(tape);
        }

        using var replay = new OpenRouterTape(TapePath, TapeMode.Replay);
        using var client = replay.CreateClient();
        using var response = await client.PostAsync(new Uri(Asking.Url), Asking.Body(Asking.Question()));

        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Recording_anew_forgets_the_old_tape()
    {
        using var service = new FakeOpenRouter(r => r.Say("old"), r => r.Say("new"));
        using (var tape = new OpenRouterTape(TapePath, inner: service))
            await AskAsync(tape);
        using (var tape = new OpenRouterTape(TapePath, TapeMode.Record, service))
            Assert.Contains("new", await AskAsync(tape), StringComparison.Ordinal);

        Assert.Single(JsonNode.Parse(await File.ReadAllTextAsync(TapePath))!.AsArray());
    }

    [Fact]
    public async Task A_replay_without_an_answer_says_what_is_missing()
    {
        using var tape = new OpenRouterTape(TapePath, TapeMode.Replay);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(tape));

        Assert.Contains("weather.tape", exception.Message, StringComparison.Ordinal);
        Assert.Contains("POST /api/v1/responses", exception.Message, StringComparison.Ordinal);
        Assert.Contains("How far is it?", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Replay", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TapeMode.Auto)]
    [InlineData(TapeMode.Record)]
    public async Task The_environment_can_forbid_recording(TapeMode mode)
    {
        using var service = new FakeOpenRouter(r => r.Say("never"));
        using var replay = new Variable("OPENROUTER_TAPE", "replay");
        using var tape = new OpenRouterTape(TapePath, mode, service);

        Assert.Contains("OPENROUTER_TAPE=replay", (await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(tape))).Message, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Recording_from_the_network_needs_a_key()
    {
        using var none = new Variable("OPENROUTER_API_KEY", null);
        using var tape = new OpenRouterTape(TapePath);

        Assert.Contains("OPENROUTER_API_KEY", (await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(tape))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_tape_is_not_written_over()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(TapePath)!);
        await File.WriteAllTextAsync(TapePath, "my diary");

        Assert.Throws<InvalidDataException>(() => new OpenRouterTape(TapePath));
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _unset.Dispose();
    }

    private static async Task<string> AskAsync(OpenRouterTape tape, string? question = null)
    {
        using var client = tape.CreateClient();
        using var response = await client.PostAsync(new Uri(Asking.Url), Asking.Body(question ?? Asking.Question()));
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Answers the same to everybody, in a header too.</summary>
    private sealed class Echoing(string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            response.Headers.TryAddWithoutValidation("X-OpenRouter-Echo", "canary-0001");
            return Task.FromResult(response);
        }
    }
}

using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

/// <summary>A mistake in the script is told at once, names the reply and the cure, and never looks like a failure of the service.</summary>
public class ScriptMistakeTests
{
    private const string Tools = """,{"type":"function","name":"get_weather","parameters":{"type":"object","properties":{}}},{"type":"function","name":"book","parameters":{"type":"object","properties":{}}}""";

    [Fact]
    public async Task A_stall_that_no_clock_can_end_says_what_to_set()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."), r => r.Stall(), r => r.Say("Half").Stall());
        await fake.StreamAsync();

        var before = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()));
        var within = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.StreamAsync());

        Assert.StartsWith("Reply 2 of the fake says Stall", before.Message, StringComparison.Ordinal);
        Assert.StartsWith("Reply 3 of the fake says Stall", within.Message, StringComparison.Ordinal);
        Assert.All([before, within], mistake => Assert.Contains("set TimeProvider = fake.Clock", mistake.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stall_that_is_to_last_waits_for_the_caller()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Half").Stall()) { TimeProvider = TimeProvider.System };
        using var response = await fake.PostAsync(Asking.Question());
        using var stop = new CancellationTokenSource();
        var reading = (await response.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task A_client_that_would_wait_for_real_before_it_asks_again_is_stopped()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)), r => r.Say("Four."));

        var mistake = await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsConnector(fake));

        Assert.StartsWith("Reply 1 of the fake says Status(retryAfter: 00:00:20)", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("set TimeProvider = fake.Clock", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nor_does_it_wait_for_real_where_what_follows_is_said_by_otherwise()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20))).Otherwise(r => r.Say("Four."));
        using var always = new FakeOpenRouter().Otherwise(r => r.Status(503, retryAfter: TimeSpan.FromSeconds(20)));
        using var live = new FakeOpenRouter { TimeProvider = TimeProvider.System }.Otherwise(r => r.Status(503, retryAfter: TimeSpan.FromSeconds(20)));

        Assert.StartsWith("Reply 1 of the fake says Status(retryAfter: 00:00:20), and the client would wait", (await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsConnector(fake))).Message, StringComparison.Ordinal);
        Assert.StartsWith("The reply of Otherwise of the fake says Status(", (await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsConnector(always))).Message, StringComparison.Ordinal);
        Assert.Equal(503, (int)(await AskAsConnector(live)).StatusCode); // a demonstration, whose pauses are to last
    }

    [Fact]
    public async Task Nor_does_it_wait_for_real_because_of_what_stands_elsewhere_in_an_error()
    {
        using var header = new FakeOpenRouter(r => r.Status(429).Header("Retry-After", "20"), r => r.Say("Four."));
        using var metadata = new FakeOpenRouter(r => r.Fail(errorType: "rate_limit_exceeded").ErrorMetadata("""{"retry_after_seconds":20}"""), r => r.Say("Four."));
        using var absence = new FakeOpenRouter(r => r.Unavailable("capacity_exhausted", retryAfter: TimeSpan.FromSeconds(20)), r => r.Say("Four."));
        using var quick = new FakeOpenRouter(r => r.Status(503).ErrorMetadata("""{"raw":"busy"}"""), r => r.Say("Four."));

        Assert.Contains("says Header(\"Retry-After\", \"20\"), and the client", (await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsConnector(header))).Message, StringComparison.Ordinal);
        Assert.Contains("says ErrorMetadata(retry_after_seconds: 20), and", (await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsConnector(metadata))).Message, StringComparison.Ordinal);
        Assert.Contains("says Unavailable(retryAfter: 00:00:20), and", (await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsConnector(absence))).Message, StringComparison.Ordinal);
        Assert.Equal(503, (int)(await AskAsConnector(quick)).StatusCode);
    }

    [Fact]
    public async Task A_client_that_has_the_clock_or_nothing_to_come_back_for_is_answered()
    {
        using var last = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)));
        using var known = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)), r => r.Say("Four."));
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1), known.Clock);

        Assert.Equal(429, (int)(await AskAsConnector(last)).StatusCode);
        Assert.Equal(429, (int)(await AskAsConnector(known)).StatusCode);
    }

    [Fact]
    public async Task A_missing_transcript_names_the_places_and_is_no_broken_connection()
    {
        using var fake = new FakeOpenRouter(r => r.Transcript("nowhere.sse"));

        var mistake = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()));

        Assert.StartsWith("Transcript(\"nowhere.sse\"): there is no such file at ", mistake.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(AppContext.BaseDirectory, "Transcripts", "nowhere.sse"), mistake.Message, StringComparison.Ordinal);
        Assert.Contains("CopyToOutputDirectory", mistake.Message, StringComparison.Ordinal);
        Assert.EndsWith("(Reply 1 of the fake.)", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transcript_that_is_no_json_is_no_broken_connection()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(path, "{ half");
        using var fake = new FakeOpenRouter(r => r.Transcript(path));

        var mistake = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question(stream: false)));

        File.Delete(path);
        Assert.Contains($"Transcript(\"{path}\") cannot be played", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_to_a_function_that_is_not_offered_names_those_that_are()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Call("getWeather", new { city = "Oslo" }));

        var mistake = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Offering(Tools)));

        Assert.StartsWith("Reply 1 of the fake says Call(\"getWeather\"), a function that the request does not offer. It offers \"get_weather\", \"book\".", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("ChatOptions.Tools", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_in_a_lane_is_held_against_the_offer_too()
    {
        using var fake = new FakeOpenRouter(r => r.Interleave(one => one.Call("book"), two => two.Call("sell")));

        Assert.Contains("Call(\"sell\")", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Offering(Tools)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_that_are_offered_and_calls_of_a_request_without_functions_are_played()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Call("book"));

        Assert.Contains("\"book\"", await fake.StreamAsync(Offering(Tools)), StringComparison.Ordinal);
        Assert.Contains("\"book\"", await fake.StreamAsync(), StringComparison.Ordinal);
        Assert.Contains("\"book\"", await fake.StreamAsync(Offering(""",{"type":"openrouter:web_search"}""")), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_reflection_a_call_with_an_object_says_to_write_json()
    {
        var mistake = Assert.Throws<InvalidOperationException>(() => Script.Arguments("get_weather", new { city = "Oslo" }, canReflect: false));

        Assert.Contains("Call(\"get_weather\", ...) was given an object", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("Call(\"get_weather\", \"\"\"{\"city\":\"Oslo\"}\"\"\")", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("dotnet run app.cs", mistake.Message, StringComparison.Ordinal);
        Assert.Equal("""{"a":1}""", Script.Arguments("f", new JsonObject { ["a"] = 1 }, canReflect: false));
        Assert.Equal("{}", Script.Arguments("f", null, canReflect: false));
    }

    [Fact]
    public async Task Arguments_that_cannot_be_json_name_the_call()
    {
        using var fake = new FakeOpenRouter(r => r.Call("f", new { type = typeof(string) }));

        var mistake = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()));

        Assert.StartsWith("Call(\"f\", ...) was given a ", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_stumbles_is_named_and_is_no_broken_connection()
    {
        using var reply = new FakeOpenRouter(r => r.Say(File.ReadAllText("/nowhere/answer.txt")));
        using var condition = new FakeOpenRouter().When(_ => throw new HttpRequestException("no"), r => r.Say("Hi."));

        Assert.StartsWith("Reply 1 of the fake cannot be played.", (await Assert.ThrowsAsync<InvalidOperationException>(() => reply.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
        Assert.StartsWith("The condition of reply 1 of the fake cannot be played.", (await Assert.ThrowsAsync<InvalidOperationException>(() => condition.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_for_a_question_are_a_mistake()
    {
        using var fake = new FakeOpenRouter(r => r.Embed());

        Assert.Contains("says Embed", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
    }

    private static string Offering(string tools) => Asking.Question(more: $$""","tools":[{{tools[1..]}}]""");

    private static async Task<HttpResponseMessage> AskAsConnector(FakeOpenRouter fake)
    {
        using var client = fake.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Asking.Url) { Content = Asking.Body(Asking.Question()) };
        request.Headers.UserAgent.ParseAdd("Connectors.OpenRouter/0.1.0");
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}

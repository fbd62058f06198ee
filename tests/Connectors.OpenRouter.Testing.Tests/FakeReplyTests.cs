using System.Net;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

/// <summary>What a reply says, item by item.</summary>
public class FakeReplyTests
{
    [Fact]
    public async Task Deltas_are_the_text_word_by_word()
    {
        using var fake = new FakeOpenRouter(r => r.Say("The sky,\n\nat night: 🌌 dark ."));

        var deltas = (await fake.EventsAsync()).Where(frame => frame.Type() == "response.output_text.delta").Select(frame => frame.Text("delta"));

        Assert.Equal(["The", " sky,", "\n\nat", " night:", " 🌌", " dark", " ."], deltas);
    }

    [Fact]
    public async Task Words_said_one_after_the_other_are_one_message()
    {
        using var fake = new FakeOpenRouter(r => r.Say("It is ").Say("four."));

        var output = (await fake.WholeAsync()).GetProperty("output");

        Assert.Equal("It is four.", Assert.Single(output.EnumerateArray()).GetProperty("content")[0].Text("text"));
    }

    [Fact]
    public async Task Thinking_may_stand_between_calls()
    {
        using var fake = new FakeOpenRouter(r => r.Think("One.").Call("f").Think("Two.").Think("Three.").Say("Done."));

        var output = (await fake.WholeAsync()).GetProperty("output");

        Assert.Equal(["reasoning", "function_call", "reasoning", "reasoning", "message"], output.EnumerateArray().Select(item => item.Type()));
        Assert.Equal(5, output.EnumerateArray().Select(item => item.Text("id")).Distinct().Count());
    }

    [Theory]
    [InlineData(FakeThinking.Summary, "openai-responses-v1", "response.reasoning_summary_text.delta")]
    [InlineData(FakeThinking.Text, "unknown", "response.reasoning_text.delta")]
    [InlineData(FakeThinking.Anthropic, "anthropic-claude-v1", "response.reasoning_text.delta")]
    [InlineData(FakeThinking.Gemini, "google-gemini-v1", "response.reasoning_text.delta")]
    [InlineData(FakeThinking.Legacy, "unknown", "response.reasoning.delta")]
    public async Task Each_family_thinks_in_its_own_dialect(FakeThinking style, string format, string delta)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Let me see.", style).Say("Yes."));

        var events = await fake.EventsAsync();

        Assert.Equal("Let me see.", events.Deltas(delta));
        Assert.Equal(format, events[^1].GetProperty("response").GetProperty("output")[0].Text("format"));
    }

    [Fact]
    public async Task Encrypted_thinking_shows_no_word_of_it()
    {
        using var fake = new FakeOpenRouter(r => r.Think("the secret plan", FakeThinking.Encrypted).Say("Yes."));

        var stream = await fake.StreamAsync();

        Assert.DoesNotContain("secret", stream, StringComparison.Ordinal);
        Assert.Contains("encrypted_content", stream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_old_dialect_writes_its_frames_as_the_old_documents_do()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Legacy).Say("Yes."));

        Assert.Contains("data: {\"type\":\"response.reasoning.delta\",\"delta\":\"Hm.\"", await fake.StreamAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_arrive_in_a_few_pieces_and_whole_at_the_end()
    {
        using var fake = new FakeOpenRouter(r => r.Call("get_weather", new { city = "Ålesund", days = 3 }, "call_7"));

        var events = await fake.EventsAsync();

        const string Arguments = """{"city":"Ålesund","days":3}""";
        Assert.Equal(3, events.Count(frame => frame.Type() == "response.function_call_arguments.delta"));
        Assert.Equal(Arguments, events.Deltas("response.function_call_arguments.delta"));
        var call = events[^1].GetProperty("response").GetProperty("output")[0];
        Assert.Equal((Arguments, "call_7"), (call.Text("arguments"), call.Text("call_id")));
    }

    [Fact]
    public async Task Arguments_may_be_json_or_the_very_text()
    {
        using var fake = new FakeOpenRouter(r => r.Call("a").Call("b", new JsonObject { ["x"] = 1 }).Call("c", Asking.Parse("[1, 2]")).Call("d", "{\"half"));

        var output = (await fake.WholeAsync()).GetProperty("output");

        Assert.Equal(["{}", "{\"x\":1}", "[1, 2]", "{\"half"], output.EnumerateArray().Select(call => call.Text("arguments")));
    }

    [Fact]
    public async Task Pieces_of_arguments_never_halve_a_letter()
    {
        using var fake = new FakeOpenRouter(r => r.Call("f", "{\"a\":\"🌌🌌🌌🌌🌌🌌🌌\"}"));

        var deltas = (await fake.EventsAsync()).Where(frame => frame.Type() == "response.function_call_arguments.delta").Select(frame => frame.Text("delta"));

        Assert.All(deltas, delta => Assert.DoesNotContain('\uFFFD', delta));
    }

    [Fact]
    public async Task A_citation_covers_the_words_just_before_it()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Rain ").Say("in Oslo").Cite("https://yr.no", "Yr").Say(", sun ").Say("in Rome").Cite(new Uri("https://meteo.it/")));

        var part = (await fake.WholeAsync()).GetProperty("output")[0].GetProperty("content")[0];

        Assert.Equal(
            [("in Oslo", "Yr"), ("in Rome", "https://meteo.it/")],
            part.GetProperty("annotations").EnumerateArray().Select(cited => (part.Text("text")[cited.GetProperty("start_index").GetInt32()..cited.GetProperty("end_index").GetInt32()], cited.Text("title"))));
    }

    [Fact]
    public async Task Running_out_of_tokens_leaves_the_last_item_unfinished()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Call("f", "{\"a").RunOutOfTokens());

        var events = await fake.EventsAsync();

        var response = events[^1].GetProperty("response");
        Assert.Equal("response.incomplete", events[^1].Type());
        Assert.Equal("max_output_tokens", response.GetProperty("incomplete_details").Text("reason"));
        Assert.Equal(["completed", "incomplete"], response.GetProperty("output").EnumerateArray().Select(item => item.Text("status")));
        Assert.Single(events, frame => frame.Type() == "response.output_item.done");
    }

    [Fact]
    public async Task A_raw_event_stands_where_it_was_said()
    {
        using var fake = new FakeOpenRouter(r => r.Say("a").Event("""{"type":"response.brand_new","x":1}""").Event("not json").Say("b"));

        var stream = await fake.StreamAsync();

        Assert.Contains("data: {\"type\":\"response.brand_new\",\"x\":1}\n\ndata: not json\n\n", stream, StringComparison.Ordinal);
        Assert.Equal("ab", Asking.Events(stream).Deltas("response.output_text.delta"));
    }

    [Fact]
    public async Task A_picture_that_is_no_png_says_so()
    {
        using var fake = new FakeOpenRouter(r => r.Image([1, 2, 3]).Image([4, 5], "image/webp"));

        var output = (await fake.WholeAsync()).GetProperty("output");

        Assert.Equal(Convert.ToBase64String([1, 2, 3]), output[0].Text("result"));
        Assert.False(output[0].TryGetProperty("output_format", out _));
        Assert.Equal("webp", output[1].Text("output_format"));
    }

    [Fact]
    public async Task Nothing_can_be_said_after_an_ending()
    {
        using var fake = new FakeOpenRouter(r => r.Cut().Say("more"), r => r.Fail().Reset(), r => r.Say("x").Status(500));

        Assert.Contains("already ended (Cut)", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
        Assert.Contains("already ended (Fail)", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
        Assert.Contains("before any word", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_follows_an_ending_and_there_is_one_ending()
    {
        Assert.Contains("has already ended (Cut): Say cannot follow", await MistakeAsync(r => r.Say("a").Cut().Say("b")), StringComparison.Ordinal);
        Assert.Contains("has already ended (Cut): it cannot also end as Reset", await MistakeAsync(r => r.Say("a").Cut().Reset()), StringComparison.Ordinal);
        Assert.Contains("A status stands before any word", await MistakeAsync(r => r.Say("a").Status(500)), StringComparison.Ordinal);
        Assert.Contains("A status stands before any word", await MistakeAsync(r => r.KeepAlive().Unavailable("no_endpoints")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_that_is_cut_off_is_still_being_drawn()
    {
        using var fake = new FakeOpenRouter(r => r.Image([1, 2, 3], "image/webp").RunOutOfTokens());

        Assert.Equal("generating", (await fake.WholeAsync()).GetProperty("output")[0].Text("status"));
    }

    [Fact]
    public async Task Unfinished_calls_are_owed_no_thinking()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Anthropic).Call("f", callId: "c1").RunOutOfTokens(), r => r.Say("Fine."));
        await fake.WholeAsync("""{"model":"anthropic/claude-sonnet-5","input":"hi"}""");

        using var response = await fake.PostAsync("""{"model":"anthropic/claude-sonnet-5","input":[{"role":"user","content":"hi"},{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"1"}]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<string> MistakeAsync(Action<FakeReply> reply)
    {
        using var fake = new FakeOpenRouter(reply);
        return (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message;
    }
}

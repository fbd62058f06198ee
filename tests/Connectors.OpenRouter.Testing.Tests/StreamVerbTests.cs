using System.Text.Json;
using Connectors.OpenRouter.Testing.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Testing.Tests;

public class StreamVerbTests
{
    [Fact]
    public async Task Arguments_arrive_in_the_pieces_that_are_said()
    {
        using var fake = new FakeOpenRouter(r => r.Call("get_weather").Arguments("{\"ci", "ty\":").Arguments("\"Oslo\"}"));

        var events = await fake.EventsAsync();

        Assert.Equal(["{\"ci", "ty\":", "\"Oslo\"}"], events.Where(frame => frame.Type() == "response.function_call_arguments.delta").Select(frame => frame.Text("delta")));
        Assert.Equal("{\"city\":\"Oslo\"}", events.Single(frame => frame.Type() == "response.function_call_arguments.done").Text("arguments"));
        Assert.Equal("{\"city\":\"Oslo\"}", events.Single(frame => frame.Type() == "response.output_item.done").GetProperty("item").Text("arguments"));
    }

    [Fact]
    public async Task Arguments_without_a_call_say_what_is_missing()
    {
        var exception = await MistakeAsync(r => r.Say("Hm.").Arguments("{}"));

        Assert.Contains("say Call(name) just before", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lanes_take_turns_and_each_item_is_whole()
    {
        using var fake = new FakeOpenRouter(r => r.Interleave(one => one.Call("a", new { x = 1 }), two => two.Call("b", new { y = 2 }), three => three.Say("Both at once.")));

        var events = await fake.EventsAsync();

        Assert.Equal([0, 1, 2], events.Where(frame => frame.Type() == "response.output_item.added").Select(frame => frame.GetProperty("output_index").GetInt32()));
        var deltas = events.Where(frame => frame.Type()!.EndsWith(".delta", StringComparison.Ordinal)).Select(frame => frame.GetProperty("output_index").GetInt32()).ToList();
        Assert.NotEqual(deltas.Order(), deltas);
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(frame => frame.GetProperty("sequence_number").GetInt32()));
        var output = events[^1].GetProperty("response").GetProperty("output");
        Assert.Equal(["{\"x\":1}", "{\"y\":2}"], output.EnumerateArray().Take(2).Select(item => item.Text("arguments")));
        Assert.All(output.EnumerateArray(), item => Assert.Equal("completed", item.Text("status")));
    }

    [Fact]
    public async Task A_lane_cannot_end_the_answer()
    {
        var exception = await MistakeAsync(r => r.Interleave(one => one.Say("a"), two => two.Say("b").Cut()));

        Assert.StartsWith("Lane 2 of Interleave says Cut", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_frame_is_no_JSON_and_the_ending_knows_its_words()
    {
        using var fake = new FakeOpenRouter(r => r.Say("The answer").Damage().Say(" is four."));

        var body = await fake.StreamAsync();

        var frames = body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(frame => !frame.Contains("[DONE]", StringComparison.Ordinal)).ToList();
        var broken = Assert.Single(frames, frame => !frame.EndsWith('}'));
        Assert.DoesNotContain("answer", broken, StringComparison.Ordinal);
        Assert.Contains("The answer is four.", frames[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_ending_says_what_it_is_told_to_say(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four.").Terminal("""{"output":[],"usage":null,"news":1}"""));

        var response = streaming ? (await fake.EventsAsync())[^1].GetProperty("response") : await fake.WholeAsync();

        Assert.Equal(0, response.GetProperty("output").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, response.GetProperty("usage").ValueKind);
        Assert.Equal(1, response.GetProperty("news").GetInt32());
    }

    [Fact]
    public async Task A_mistake_in_given_JSON_names_the_verb()
    {
        Assert.StartsWith("Terminal takes a JSON object", (await MistakeAsync(r => r.Terminal("{"))).Message, StringComparison.Ordinal);
        Assert.StartsWith("Item takes a JSON object", (await MistakeAsync(r => r.Item("3"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_have_their_phase_and_stand_apart()
    {
        using var fake = new FakeOpenRouter(r => r.Message("commentary").Say("I look it up.").Message("final_answer").Say("Four."));

        var output = (await fake.WholeAsync()).GetProperty("output").EnumerateArray().ToList();

        Assert.Equal(["commentary", "final_answer"], output.Select(item => item.Text("phase")));
        Assert.Equal(["I look it up.", "Four."], output.Select(item => item.GetProperty("content")[0].Text("text")));
    }

    [Fact]
    public async Task An_item_without_a_verb_is_announced_and_finished()
    {
        using var fake = new FakeOpenRouter(r => r.Item("""{"type":"openrouter:datetime","datetime":"2026-08-17"}""").Say("Monday."));

        var events = await fake.EventsAsync();

        var done = events.First(frame => frame.Type() == "response.output_item.done").GetProperty("item");
        Assert.Equal(("openrouter:datetime", "2026-08-17", "completed"), (done.Type(), done.Text("datetime"), done.Text("status")));
        Assert.Equal(done.Text("id"), events.First(frame => frame.Type() == "response.output_item.added").GetProperty("item").Text("id"));
    }

    [Fact]
    public async Task On_a_clock_of_the_testers_each_word_comes_when_its_time_has_come()
    {
        var clock = new FakeTimeProvider();
        using var fake = new FakeOpenRouter(r => r.Say("One two.").Pace(TimeSpan.FromSeconds(1))) { TimeProvider = clock };
        using var response = await fake.PostAsync(Asking.Question());
        using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        Assert.NotEqual(0, await body.ReadAsync(buffer));

        var second = body.ReadAsync(buffer).AsTask();

        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(0, await second);
        Assert.Equal(TimeSpan.Zero, fake.Waited);
    }

    [Fact]
    public async Task Without_one_a_pace_takes_no_time()
    {
        using var fake = new FakeOpenRouter(r => r.Say("One two three.").Pace(TimeSpan.FromHours(1)));
        var before = fake.Clock.GetUtcNow();

        var frames = await fake.EventsAsync();

        Assert.Equal(TimeSpan.FromHours(frames.Count - 1), fake.Clock.GetUtcNow() - before);
    }

    private static async Task<InvalidOperationException> MistakeAsync(Action<FakeReply> reply)
    {
        using var fake = new FakeOpenRouter(reply);
        return await Assert.ThrowsAsync<InvalidOperationException>(() => fake.StreamAsync());
    }

    [Fact]
    public async Task Arguments_go_on_after_a_pause_and_with_what_the_call_has_said_itself()
    {
        using var fake = new FakeOpenRouter(r => r.Call("f", "{\"a\":1").Wait(TimeSpan.FromSeconds(1)).KeepAlive().Arguments(",\"b\":2}"));

        Assert.Equal("{\"a\":1,\"b\":2}", (await fake.EventsAsync()).Single(frame => frame.Type() == "response.output_item.done").GetProperty("item").Text("arguments"));
    }

    [Fact]
    public async Task What_a_lane_or_a_frame_cannot_do_is_named()
    {
        Assert.StartsWith("Interleave has no lanes.", (await MistakeAsync(r => r.Interleave())).Message, StringComparison.Ordinal);
        Assert.StartsWith("Lane 1 of Interleave says nothing.", (await MistakeAsync(r => r.Interleave(_ => { }))).Message, StringComparison.Ordinal);
        Assert.StartsWith("Lane 1 of Interleave says Wait", (await MistakeAsync(r => r.Interleave(one => one.Wait(TimeSpan.FromSeconds(1))))).Message, StringComparison.Ordinal);
        Assert.StartsWith("Damage breaks the frame just before it", (await MistakeAsync(r => r.KeepAlive().Damage())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_of_any_kind_keep_the_status_that_they_are_given()
    {
        using var fake = new FakeOpenRouter(r => r.Item("""{"type":"openrouter:datetime","status":"incomplete"}""").Item("""{"id":"mine"}"""));

        var output = (await fake.WholeAsync()).GetProperty("output");

        Assert.Equal(("incomplete", "mine"), (output[0].Text("status"), output[1].Text("id")));
    }
}

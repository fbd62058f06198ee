using System.Text.Json;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public class FramesTests
{
    private static readonly byte[] Picture = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    public static TheoryData<string, Action<FakeReply>> Twins => new()
    {
        { "02-text.sse", r => r.KeepAlive(3).Say("The sky looks blue.") },
        { "03-reasoning-summary-encrypted.sse", r => r.Think("**Computing** 60 × 2.5 = 150").Say("It travels 150 miles.") },
        { "04-reasoning-encrypted-only.sse", r => r.Think("Six times seven.", FakeThinking.Encrypted).Say("42") },
        { "05-reasoning-text.sse", r => r.Think("User wants a greeting.", FakeThinking.Text).Say("Hello there!") },
        { "06-anthropic-thinking-tool.sse", r => r.Think("I need the weather in Oslo.", FakeThinking.Anthropic).Say("Let me check.").Call("get_weather", new { city = "Oslo" }) },
        { "10-web-search.sse", r => r.Search("latest dotnet release", new Uri("https://example.org/dotnet")).Say("The newest release is ").Say("[example.org]").Cite("https://example.org/dotnet", "Release notes") },
        { "11-refusal.sse", r => r.Refuse("I can’t help with that.") },
        { "12-incomplete-max-tokens.sse", r => r.Say("Once upon a time there").RunOutOfTokens() },
        { "13-incomplete-content-filter.sse", r => r.Say("Well, ").Filter() },
        { "14-failed-midstream.sse", r => r.Say("Partial ans").Fail() },
        { "16-image-output.sse", r => r.Image(Picture).Say("Here is your dot.") },
        { "28-empty-completion.sse", _ => { } },
    };

    [Theory]
    [MemberData(nameof(Twins))]
    public async Task Frames_have_the_order_and_the_members_of_the_recorded_ones(string transcript, Action<FakeReply> reply)
    {
        using var fake = new FakeOpenRouter(reply);
        var recorded = Asking.Events(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Transcripts", transcript)));

        var events = await fake.EventsAsync();

        Assert.Equal(Outline(recorded), Outline(events));
    }

    [Theory]
    [MemberData(nameof(Twins))]
    public async Task A_body_in_one_piece_is_the_last_response_of_the_stream(string like, Action<FakeReply> reply)
    {
        using var streamed = new FakeOpenRouter(reply);
        using var whole = new FakeOpenRouter(reply);

        var last = (await streamed.EventsAsync())[^1].GetProperty("response");
        var body = await whole.WholeAsync();

        Assert.True(JsonElement.DeepEquals(last, body), like);
    }

    /// <summary>One line per event; runs of deltas, whose number is the speaker's, count once.</summary>
    private static List<string> Outline(IEnumerable<JsonElement> events)
    {
        List<string> lines = [];
        foreach (var frame in events)
        {
            var line = Shape(frame);
            if (!line.Contains(".delta\"", StringComparison.Ordinal) || lines is not [.., var before] || before != line)
                lines.Add(line);
        }

        return lines;
    }

    /// <summary>Names, kinds and fixed words of a JSON value; what differs from answer to answer is left out.</summary>
    private static string Shape(JsonElement json, string name = "") => json.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(",", json.EnumerateObject().Where(member => !IsOptional(member.Name)).Select(member => $"{member.Name}:{Shape(member.Value, member.Name)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(",", json.EnumerateArray().Select(element => Shape(element)))}]",
        JsonValueKind.String when name is "type" or "status" or "format" or "role" or "object" or "reason" => $"\"{json.GetString()}\"",
        JsonValueKind.Number when name.EndsWith("_index", StringComparison.Ordinal) => json.GetRawText(),
        JsonValueKind.True or JsonValueKind.False => "bool",
        var kind => kind.ToString(),
    };

    // Echoes of requests that were not ours, and what the service adds only at times.
    private static bool IsOptional(string name) => name is "tools" or "instructions" or "max_output_tokens" or "reasoning" or "service_tier" or "phase" or "title";
}

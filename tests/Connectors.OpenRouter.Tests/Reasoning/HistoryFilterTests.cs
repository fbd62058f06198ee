using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Nothing goes out that would poison this turn and every later one; whatever is left out is said.</summary>
public class HistoryFilterTests
{
    private const string Proven = """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAAA","format":"openai-responses-v1","status":"completed"}""";
    private const string Plain = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"format":"unknown","status":"completed"}""";
    private const string Signed = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"signature":"Eq==","format":"anthropic-claude-v1","status":"completed"}""";

    [Theory]
    [InlineData("""{"type":"reasoning","id":"rs_1","encrypted_content":"x"}""", """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"}""")]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":null,"content":null,"encrypted_content":"x"}""", """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"}""")]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":["One.","Two."],"encrypted_content":"x"}""", """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"One."},{"type":"summary_text","text":"Two."}],"encrypted_content":"x"}""")]
    public async Task Reasoning_always_goes_out_with_a_summary_of_objects(string received, string sent)
    {
        var (input, _) = await SendBack([await Answer(received)]);

        Requests.AssertSame(sent, input[1]);
    }

    [Fact]
    public async Task Edited_words_of_open_weights_are_sent_as_edited()
    {
        var answer = await Answer(Plain);
        Edit(answer, "Hm. Rather not.");

        var (input, warnings) = await SendBack([answer]);

        Requests.AssertSame("""{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm. Rather not."}],"format":"unknown","status":"completed"}""", input[1]);
        Assert.Contains(warnings, warning => warning.Contains("edited", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Proven)]
    [InlineData(Signed)]
    public async Task Edited_words_that_are_proven_otherwise_cost_the_turn_its_reasoning_and_nothing_else(string reasoning)
    {
        var answer = await Answer(reasoning, reasoning.Replace("rs_1", "rs_2", StringComparison.Ordinal));
        Edit(answer, "I never thought that.");

        var (input, warnings) = await SendBack([answer]);

        Assert.Equal(["message", "message", "message"], Types(input));
        Assert.Contains(warnings, warning => warning.Contains("edited", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_later_version_keeps_its_words_and_is_not_sent()
    {
        var answer = await Answer(Proven);
        foreach (var sealedThought in answer.Contents.OfType<TextReasoningContent>().Where(thought => thought.ProtectedData is not null))
            sealedThought.ProtectedData = sealedThought.ProtectedData!.Replace("openrouter:1:", "openrouter:2:", StringComparison.Ordinal);

        var (input, warnings) = await SendBack([answer]);

        Assert.Equal("Hm.", answer.GetReasoningText());
        Assert.Equal(["message", "message", "message"], Types(input));
        Assert.Contains(warnings, warning => warning.Contains("later version", StringComparison.Ordinal));
    }

    /// <summary>Written by version 1, in the form it has when it is stored. It must be readable for ever.</summary>
    [Fact]
    public async Task Version_1_is_readable_for_ever()
    {
        var stored = JsonSerializer.Deserialize<ChatMessage>(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Golden", "history-v1.json")), AIJsonUtilities.DefaultOptions)!;

        var (input, warnings) = await SendBack([stored]);

        Assert.Empty(warnings);
        Requests.AssertSame("""
            [{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"**One** é"},{"type":"summary_text","text":"**Two** 世界"}],"encrypted_content":"gAAAA==.e30=","format":"openai-responses-v1","later":{"member":[1,null]},"status":"completed"},
             {"type":"message","role":"assistant","id":"msg_1","phase":"commentary","status":"completed","content":[{"type":"output_text","text":"Let me look.","annotations":[],"logprobs":[]}]},
             {"type":"message","role":"assistant","id":"msg_2","status":"completed","content":[{"type":"output_text","text":"Done.","annotations":[],"logprobs":[]}]}]
            """, new JsonArray([.. input.Skip(1).SkipLast(1).Select(item => item!.DeepClone())]));
    }

    [Fact]
    public async Task Anothers_blob_is_sent_back_where_its_client_left_an_id()
    {
        ChatMessage theirs = new(ChatRole.Assistant, [new TextReasoningContent("Hm.") { ProtectedData = "gAAAA", AdditionalProperties = new() { ["reasoningItemId"] = "rs_7" } }, new TextContent("Hi.")]);

        var (input, _) = await SendBack([theirs]);

        Requests.AssertSame("""{"type":"reasoning","id":"rs_7","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAAA"}""", input[1]);
    }

    [Theory]
    [InlineData("gAAAA")]
    [InlineData(null)]
    public async Task Anothers_thinking_that_cannot_be_rebuilt_is_left_out_and_said(string? blob)
    {
        ChatMessage theirs = new(ChatRole.Assistant, [new TextReasoningContent("Hm.") { ProtectedData = blob }, new TextContent("Hi.")]);

        var (input, warnings) = await SendBack([theirs]);

        Assert.Equal(["message", "message", "message"], Types(input));
        Assert.Contains(warnings, warning => warning.Contains("another client", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Encrypted_reasoning_that_came_without_its_blob_is_not_sent_because_nobody_could_find_it()
    {
        var (input, warnings) = await SendBack([await Answer(Proven.Replace("\"encrypted_content\":\"gAAAA\",", "", StringComparison.Ordinal))]);

        Assert.Equal(["message", "message", "message"], Types(input));
        Assert.Contains(warnings, warning => warning.Contains("without its encrypted content", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reasoning_that_led_to_nothing_is_not_sent()
    {
        var answer = await Answer(Proven);
        answer.Contents = [.. answer.Contents.Where(content => content is not TextContent)];

        var (input, _) = await SendBack([answer]);

        Assert.Equal(["message", "message"], Types(input));
    }

    [Fact]
    public async Task A_call_without_a_result_is_not_sent_and_neither_is_a_result_without_a_call()
    {
        ChatMessage calls = new(ChatRole.Assistant, [new FunctionCallContent("a", "f", new Dictionary<string, object?>()), new FunctionCallContent("b", "f", new Dictionary<string, object?>())]);
        ChatMessage results = new(ChatRole.Tool, [new FunctionResultContent("b", "yes"), new FunctionResultContent("c", "no")]);

        var (input, warnings) = await SendBack([calls, results]);

        Assert.Equal(["message", "function_call", "function_call_output", "message"], Types(input));
        Assert.Equal(2, warnings.Count);
    }

    [Fact]
    public async Task A_message_that_was_appended_twice_poisons_nothing()
    {
        var answer = await Answer(Proven);

        var (input, warnings) = await SendBack([answer, answer]);

        Assert.Equal(["message", "reasoning", "message", "message", "message"], Types(input));
        Assert.Equal(2, input.Select(item => (string?)item!["id"]).OfType<string>().Count(id => id.StartsWith("msg", StringComparison.Ordinal)));
        Assert.Equal(3, input.Select(item => (string?)item!["id"]).OfType<string>().Distinct().Count());
        Assert.Single(warnings);
    }

    [Fact]
    public async Task What_had_been_said_when_a_stream_broke_can_stand_in_a_history()
    {
        using var fake = new FakeOpenRouter(
            r => r.Think("Look.", FakeThinking.Anthropic).Call("f", new { }, "call_1"),
            r => r.Think("Now then", FakeThinking.Anthropic).Cut(),
            r => r.Say("Again."))
        { Strict = true };
        var options = new OpenRouterOptions { Model = "anthropic/claude-opus-5" };
        options.Retry.MaxRetries = 0;
        var client = new OpenRouterChatClient(options, fake.CreateClient());
        List<ChatMessage> history = [new(ChatRole.User, "q")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.Tool, [new FunctionResultContent("call_1", "r")]));
        var broken = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetStreamingResponseAsync(history).ToChatResponseAsync());
        history.AddMessages(broken.PartialResponse!);

        var answer = await client.GetResponseAsync(history);

        Assert.Equal("Again.", answer.Text);
        Assert.Equal(["message", "reasoning", "function_call", "function_call_output"], Types((JsonArray)JsonNode.Parse(fake.LastRequest.Body)!["input"]!));
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(9, 5)]
    public async Task Old_turns_send_their_reasoning_as_long_as_they_are_told_to(int? turns, int sent)
    {
        var blob = new string('A', 20_000);
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini", ReasoningTurns = turns }, fake.CreateClient());
        List<ChatMessage> history = [];
        for (var turn = 0; turn < 5; turn++)
            history.AddRange([new(ChatRole.User, "q"), await Answer(Proven.Replace("rs_1", $"rs_{turn}", StringComparison.Ordinal).Replace("gAAAA", blob, StringComparison.Ordinal))]);
        history.Insert(history.Count - 1, new(ChatRole.User, "and")); // two messages in a row are one turn

        await client.GetResponseAsync(history);

        Assert.Equal(sent, Types((JsonArray)JsonNode.Parse(fake.LastRequest.Body)!["input"]!).Count(type => type == "reasoning"));
        Assert.InRange(fake.LastRequest.Body.Length, sent * blob.Length, sent * blob.Length + 4_000);
    }

    [Fact]
    public async Task Every_act_is_logged_and_counted_at_every_call()
    {
        var log = new FakeLogCollector();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(new FakeLoggerProvider(log)));
        List<(string Act, long Times)> counted = [];
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name == "openrouter.history.changes") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, times, tags, _) =>
        {
            if (tags.ToArray().Any(tag => tag.Value is "author/counted"))
                counted.Add(((string)tags.ToArray().First(tag => tag.Key == "openrouter.act").Value!, times));
        });
        listener.Start();
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "author/counted" }, fake.CreateClient(), loggers);
        List<ChatMessage> history = [new(ChatRole.Assistant, [new FunctionCallContent("a", "f"), new FunctionCallContent("b", "f"), new TextReasoningContent("Hm.") { ProtectedData = "blob" }]), new(ChatRole.Assistant, []), new(ChatRole.Assistant, ""), new(ChatRole.User, "q")];

        await client.GetResponseAsync(history);
        await client.GetResponseAsync(history);

        Assert.Equal([("ForeignReasoning", 1), ("EmptyMessage", 2), ("UnansweredCall", 2), ("ForeignReasoning", 1), ("EmptyMessage", 2), ("UnansweredCall", 2)], counted);
        Assert.Equal(6, log.GetSnapshot().Count(record => record.Id == 22));
    }

    [Fact]
    public async Task An_envelope_costs_what_it_cannot_do_without()
    {
        var thought = string.Join(' ', Enumerable.Repeat("Thinking of many things.", 400));
        var blob = new string('A', 200_000);

        var light = await Answer(Signed.Replace("Hm.", thought, StringComparison.Ordinal));
        var heavy = await Answer(Proven.Replace("gAAAA", blob, StringComparison.Ordinal));

        Assert.InRange(Envelopes(light), 100, 250); // the words stand in the text beside it
        Assert.InRange(Envelopes(heavy), blob.Length, blob.Length + 250);

        static int Envelopes(ChatMessage message) => message.Contents.OfType<TextReasoningContent>().Sum(content => content.ProtectedData?.Length ?? 0);
    }

    /// <summary>The answer that a user keeps: the reasoning, then a message.</summary>
    private static async Task<ChatMessage> Answer(params string[] reasoning) =>
        (await Streams.Hear(Streams.Of([Streams.Created, Streams.Completed([.. reasoning, Streams.Message("Hi.", $"msg_{reasoning[0].GetHashCode(StringComparison.Ordinal):x}")])]))).ToChatResponse().Messages[0];

    private static void Edit(ChatMessage message, string words) => message.Contents.OfType<TextReasoningContent>().First(content => content.Text.Length > 0).Text = words;

    /// <summary>Sends a history between two questions; the request must be valid by the service's schema.</summary>
    private static async Task<(JsonArray Input, IReadOnlyList<string> Warnings)> SendBack(IEnumerable<ChatMessage> history)
    {
        var posted = await Requests.SendAsync([new(ChatRole.User, "q"), .. history, new(ChatRole.User, "next")], configure: options => options.Model = "author/model");
        Requests.AssertValid(posted.Json);
        return ((JsonArray)posted.Json["input"]!, posted.Response.GetOpenRouter().Warnings);
    }

    private static IEnumerable<string> Types(JsonArray input) => input.Select(item => (string)item!["type"]!);
}

using System.Text.RegularExpressions;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Event by event: what each of them alone brings, in a stream whose ending repeats nothing.</summary>
public sealed class EventRowsTests
{
    private const string Ending = """{"type":"response.completed","response":{"id":"gen-1","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":2}}}""";

    [Theory]
    [InlineData("""{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a"}""", "text \"a\"")]
    [InlineData("""{"type":"response.content_part.delta","output_index":0,"content_index":0,"delta":"a"}""", "text \"a\"")]
    [InlineData("""{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"a"}""", "text \"a\"")]
    [InlineData("""{"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"a"}""", "thinking \"a\"")]
    [InlineData("""{"type":"response.reasoning_text.done","output_index":0,"content_index":0,"text":"a"}""", "thinking \"a\"")]
    [InlineData("""{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"a"}""", "thinking \"a\"")]
    [InlineData("""{"type":"response.reasoning_summary_text.done","output_index":0,"summary_index":0,"text":"a"}""", "thinking \"a\"")]
    [InlineData("""{"type":"response.reasoning.delta","delta":"a"}""", "thinking \"a\"")]
    [InlineData("""{"type":"response.reasoning.done","reasoning":"a"}""", "thinking \"a\"")]
    [InlineData("""{"type":"response.refusal.done","output_index":0,"content_index":0,"refusal":"No."}""", "error refusal \"No.\"")]
    [InlineData("""{"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"No."}""", "error refusal \"No.\"")]
    [InlineData("""{"type":"response.reasoning_text.done","output_index":0,"content_index":0,"reasoning":"a"}""", "")]
    [InlineData("""{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":""}""", "")]
    [InlineData("""{"type":"response.refusal.done","output_index":0,"content_index":0,"refusal":""}""", "")]
    [InlineData("""{"type":"response.new_thing.delta","output_index":0,"delta":"a"}""", "")]
    [InlineData("""{"type":"response.output_item.added","output_index":0}""", "")]
    [InlineData("""{"type":"response.output_item.done","output_index":0,"item":7}""", "")]
    public async Task Alone(string frame, string expected) => Assert.Equal(expected, Lines(await Hear(Of(Created, frame, Ending))));

    [Theory]
    [InlineData("response.created", "gen-1 a/b 2026")]
    [InlineData("response.in_progress", "gen-1 a/b 2026")]
    [InlineData("response.queued", "gen-1 a/b 2026")]
    [InlineData("response.new_thing", "  ")]
    public async Task What_an_answer_is_called_is_known_from_its_first_event_on(string type, string expected)
    {
        var update = (await Hear(Of($$"""{"type":"{{type}}","response":{"id":"gen-1","created_at":1786972801,"model":"a/b"} }""", Delta("a"), Ending)))[0];

        Assert.Equal(expected, $"{update.ResponseId} {update.ModelId} {update.CreatedAt?.Year}");
        Assert.Matches(expected == "  " ? "^msg_[0-9a-f]{32}$" : "^gen-1$", update.MessageId);
    }

    [Fact]
    public async Task What_later_events_leave_out_stays_known()
    {
        var updates = await Hear(Of(Created, """{"type":"response.in_progress","response":{"id":"","model":null}}""", Delta("a"), Ending));

        Assert.All(updates, update => Assert.Equal(("gen-1", "openai/o4-mini", 1786972801), (update.ResponseId, update.ModelId, update.CreatedAt?.ToUnixTimeSeconds())));
    }

    [Fact]
    public async Task A_later_event_knows_better_while_the_first_message_is_said_and_no_longer()
    {
        var updates = await Hear(Of(Created, Delta("a"),
            """{"type":"response.in_progress","response":{"id":"gen-2","created_at":1786972802,"model":"c/d"}}""", Delta("b"),
            """{"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"ab"}]}}""", Delta("c", 1),
            """{"type":"response.in_progress","response":{"id":"gen-2","created_at":1786972803,"model":"c/d"}}""", Delta("d", 1), Ending));

        Assert.Equal(["a gen-1 1 gen-1", "b gen-2 2 gen-1", "c gen-2 2 gen-1#2", "d gen-2 2 gen-1#2"], updates.Where(update => update.Text.Length > 0)
            .Select(update => $"{update.Text} {update.ResponseId} {update.CreatedAt?.ToUnixTimeSeconds() - 1786972800} {update.MessageId}"));
    }

    [Theory]
    [InlineData("""{"type":"response.completed"}""", "The stream's last event holds no response.")]
    [InlineData("""{"type":"response.completed","response":7}""", "The stream's last event holds no response.")]
    [InlineData("""{"type":"response.done","response":{"id":"gen-1","status":"banana","output":[]}}""", "The stream ended with a response that is no answer (status 'banana').")]
    [InlineData("""{"type":"response.incomplete","response":{"id":"gen-1","status":"incomplete","output":{}}}""", "The stream ended with a response that is no answer (status 'incomplete').")]
    [InlineData("""{"type":"response.completed","response":{"id":"gen-1","status":"failed","output":[],"error":{"code":"server_error","message":"Ouch."}}}""", "Ouch (server_error, 500, gen-1).")]
    [InlineData("""{"type":"response.completed","response":{"id":"gen-1","status":"cancelled","output":[],"error":{"code":"server_error","message":"Ouch."}}}""", "Ouch (server_error, 500, gen-1).")]
    [InlineData("""{"type":"response.cancelled","response":{"id":"gen-1","status":"cancelled","output":[],"error":{"code":"server_error","message":"Ouch."}}}""", "Ouch (server_error, 500, gen-1).")]
    [InlineData("""{"type":"response.failed","response":{"id":"gen-1","status":"failed","output":[],"error":{"code":"server_error","message":"Ouch."}}}""", "Ouch (server_error, 500, gen-1).")]
    [InlineData("""{"type":"response.error","error":{"code":"server_error","message":"Ouch."}}""", "Ouch (server_error, 500).")]
    [InlineData("""{"type":"error","code":"server_error","message":"Ouch."}""", "Ouch (server_error, 500).")]
    [InlineData("""{"error":{"code":502,"message":"Ouch."}}""", "Ouch (502).")]
    public async Task A_bad_end_says_why(string frame, string message)
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Hear(Of(Delta("a"), frame)));

        Assert.Equal(message, failure.Message);
        Assert.Equal("a", failure.PartialResponse?.Text);
    }

    [Theory]
    [InlineData(1, "1 event was not readable, and the finished answer holds nothing to compare with: words may be missing.")]
    [InlineData(2, "2 events were not readable, and the finished answer holds nothing to compare with: words may be missing.")]
    [InlineData(0, null)]
    public async Task Events_that_were_lost_are_told_where_nothing_makes_up_for_them(int damaged, string? warning)
    {
        var frames = string.Concat(Enumerable.Repeat("data: {\"type\":\"response.output_text.delta\",\"delta\":\"x\n\n", damaged));

        Assert.Equal(warning, (await Hear(Of(Created, Delta("a")) + frames + Of(Ending))).ToChatResponse().GetOpenRouter().Warnings.SingleOrDefault());
        Assert.Empty((await Hear(Of(Created, Delta("a")) + frames + Of(Completed(Message("a"))))).ToChatResponse().GetOpenRouter().Warnings);
    }

    [Theory]
    [InlineData("context_length_exceeded", "The service ended the answer with `context_length_exceeded`: the input was too long, not the answer. Shorten the history.")]
    [InlineData("server", "The service ended the answer with `server`.")]
    [InlineData("", null)]
    public async Task Why_an_answer_ended_early_is_told(string type, string? warning)
    {
        var ending = $$"""{"type":"response.incomplete","response":{"id":"gen-1","status":"incomplete","error_type":"{{type}}","output":[{{Message("a")}}]} }""";

        Assert.Equal(warning, (await Hear(Of(Created, ending))).ToChatResponse().GetOpenRouter().Warnings.SingleOrDefault());
    }

    [Theory]
    [InlineData("response.completed", "completed", "null", "stop")]
    [InlineData("response.completed", "completed", "{}", "stop")]
    [InlineData("response.completed", "completed", """{"reason":null}""", "stop")]
    [InlineData("response.completed", "completed", """{"reason":"max_output_tokens"}""", "length")]
    [InlineData("response.completed", "incomplete", "null", "length")]
    [InlineData("response.incomplete", "completed", "null", "length")]
    public async Task An_answer_is_cut_short_where_the_event_or_the_response_says_so(string type, string status, string details, string finish)
    {
        var updates = await Hear(Of(Created, $$"""{"type":"{{type}}","response":{"id":"gen-1","status":"{{status}}","incomplete_details":{{details}},"output":[]} }"""));

        Assert.Equal(finish, updates[^1].FinishReason?.Value);
        Assert.Equal(finish == "stop" ? 1 : 0, new[] { updates[^1] }.ToChatResponse().GetOpenRouter().Warnings.Count(warning => warning.StartsWith("The answer is complete and empty", StringComparison.Ordinal)));
    }

    /// <summary>Of events that show nothing those that hold a piece of something ride along; those that only repeat do not.</summary>
    [Theory]
    [InlineData("""{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{"}""", true)]
    [InlineData("""{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{}"}""", false)]
    [InlineData("""{"type":"response.image_generation_call.partial_image","output_index":0,"partial_image_b64":"AAAA"}""", true)]
    [InlineData("""{"type":"response.refusal.delta","output_index":1,"content_index":0,"delta":"No"}""", true)]
    [InlineData("""{"type":"response.refusal.done","output_index":1,"content_index":0,"refusal":"No"}""", false)]
    [InlineData("""{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f"}}""", false)]
    public async Task A_raw_event_rides_along_where_it_was_asked_for(string frame, bool rides)
    {
        var raw = await Hear(Of(Created, frame, Ending), options => options.RawEvents = true);
        var plain = await Hear(Of(Created, frame, Ending));

        Assert.Equal(rides, raw.Any(update => update.RawRepresentation is System.Text.Json.JsonElement json && json.GetRawText() == frame));
        Assert.All(plain, update => Assert.Null(update.RawRepresentation));
    }

    private static string Lines(IEnumerable<ChatResponseUpdate> updates) =>
        string.Join(" | ", Golden.Render(updates.Where(update => update.FinishReason is null)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("  item", StringComparison.Ordinal) && !line.StartsWith("thought ", StringComparison.Ordinal)).Select(line => Regex.Replace(line, " +", " ").Trim()));
}

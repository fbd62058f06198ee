using System.Text.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What is known of an answer as a whole, the updates that are made of it, and what is noted of each content.</summary>
public sealed class ResponseStateTests
{
    private static readonly JsonElement Raw = JsonElement.Parse("""{"type":"x"}""");

    /// <summary>
    /// The id in the header, then an id (<c>i</c>), a model (<c>m</c>) or a second (<c>s</c>) that an event tells, and <c>+</c> where a further message begins.
    /// What the update has of these, with its message's id, and the generation's id.
    /// </summary>
    [Theory]
    [InlineData("", "", "- - - own -")]
    [InlineData("head", "", "head - - head head")] // the header's until an event names one
    [InlineData("head", "i=a", "a - - a head")]
    [InlineData("head", "i=head i=a", "a - - a head")]
    [InlineData("", "i=a m=b s=1", "a b 1 a a")]
    [InlineData("", "i=a i=b", "b - - b b")]
    [InlineData("", "i=a i=", "a - - a a")]
    [InlineData("", "m=a m=b", "- b - own -")]
    [InlineData("", "m=a m=", "- a - own -")]
    [InlineData("", "i=a s=1 s=2", "a - 2 a a")]
    [InlineData("", "i=a s=1 s=0", "a - 1 a a")]
    [InlineData("", "i=a s=1 + s=2", "a - 1 a#2 a")] // later messages are as old as the first
    [InlineData("", "i=a + +", "a - - a#3 a")]
    public void Each_event_tells_what_it_knows(string header, string events, string expected)
    {
        var state = new ResponseState(new() { GenerationId = header.Length > 0 ? header : null });
        foreach (var e in events.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (e == "+")
                state.BeginMessage();
            else
                Assert.Null(state.Read(Response(e[0] switch { 'i' => $$"""{"id":"{{e[2..]}}"}""", 'm' => $$"""{"model":"{{e[2..]}}"}""", _ => $$"""{"created_at":{{e[2..]}}}""" })));
        state.Add(new TextContent("a"));

        var update = state.Take(default)!;

        Assert.Equal(expected, string.Join(' ', new[] { update.ResponseId, update.ModelId, update.CreatedAt?.ToUnixTimeSeconds().ToString((IFormatProvider?)null), MessageId(update), state.GenerationId }.Select(told => told ?? "-")));
        Assert.Equal(ChatRole.Assistant, update.Role);
    }

    [Fact]
    public void An_id_of_our_own_stays_the_same_and_the_service_s_comes_too_late_for_a_message_that_has_begun()
    {
        var state = new ResponseState(new());
        var own = state.MessageId;
        state.Read(Response("""{"id":"gen-1"}"""));

        Assert.Matches("^msg_[0-9a-f]{32}$", own);
        Assert.Equal((own, own, "gen-1"), (state.MessageId, state.BaseId, state.GenerationId));
        state.BeginMessage();
        Assert.Equal($"{own}#2", state.MessageId);
    }

    [Fact]
    public void What_is_remembered_of_an_id_is_remembered_of_the_answer_s_own()
    {
        var header = string.Concat("gen", "-", 1);
        var state = new ResponseState(new() { GenerationId = header });
        state.Read(Response("""{"id":"gen-1"}"""));
        var own = state.Delta(new TextContent("a"), Raw);
        state.Read(Response("""{"id":"gen-1"}"""));
        var again = state.Delta(new TextContent("a"), Raw);

        Assert.Equal(header, own.ResponseId);
        Assert.NotSame(header, own.ResponseId);
        Assert.Same(own.ResponseId, again.ResponseId);
    }

    /// <summary>
    /// Contents by their text, <c>+</c> where a further message begins, <c>.</c> where the event is over: what it returns, and behind <c>&lt;</c> what it left
    /// in the queue, each with the number of its message.
    /// </summary>
    [Theory]
    [InlineData(".", "-")]
    [InlineData("a .", "1:a")]
    [InlineData("a b .", "1:ab")]
    [InlineData("a . b .", "1:a 1:b")]
    [InlineData("a . .", "1:a -")]
    [InlineData("+ a .", "2:a")]
    [InlineData("a + b .", "1:a < 2:b")]
    [InlineData("a + .", "1:a")] // and nothing of the second yet
    [InlineData("a + . b .", "1:a 2:b")]
    [InlineData("a + b + c .", "1:a < 2:b 3:c")]
    [InlineData("a + + c .", "1:a < 3:c")]
    [InlineData("a . + b . c + d .", "1:a 2:b 2:c < 3:d")]
    [InlineData("a + b . c .", "1:a < 2:b 2:c")]
    public void An_event_that_brings_several_messages_makes_several_updates(string events, string expected)
    {
        var state = new ResponseState(new() { RawEvents = true, GenerationId = "gen" });
        var told = new List<string>();
        foreach (var e in events.Split(' '))
            if (e == "+")
                state.BeginMessage();
            else if (e != ".")
                state.Add(new TextContent(e));
            else
            {
                told.Add(Told(state.Take(Raw)));
                for (var queued = 0; state.Next() is { } next; queued++)
                    told.Add($"{(queued == 0 ? "< " : "")}{Told(next)}");
            }

        Assert.Equal(expected, string.Join(' ', told));
        Assert.Null(state.Next());

        static string Told(ChatResponseUpdate? update)
        {
            if (update is null)
                return "-";
            Assert.Equal(Raw.GetRawText(), Assert.IsType<JsonElement>(update.RawRepresentation).GetRawText());
            return $"{(update.MessageId == "gen" ? "1" : update.MessageId!["gen#".Length..])}:{string.Concat(update.Contents.OfType<TextContent>().Select(text => text.Text))}";
        }
    }

    [Fact]
    public void What_waits_in_the_queue_comes_before_what_a_later_event_brings()
    {
        var state = new ResponseState(new() { GenerationId = "gen" });
        state.Add(new TextContent("a"));
        state.BeginMessage();
        state.Add(new TextContent("b"));
        Assert.Equal("a", state.Take(default)!.Text);
        state.Add(new TextContent("c"));

        Assert.Equal(["b", "c", null], [state.Take(default)?.Text, state.Next()?.Text, state.Next()?.Text]);
    }

    [Fact]
    public void A_message_that_is_complete_is_given_no_later_time()
    {
        var state = new ResponseState(new() { GenerationId = "gen" });
        state.Read(Response("""{"created_at":1}"""));
        state.Add(new TextContent("a"));
        Assert.Equal(1, state.Take(default)!.CreatedAt?.ToUnixTimeSeconds());
        state.Read(Response("""{"created_at":2}"""));
        state.BeginMessage();
        state.Add(new TextContent("b"));
        Assert.Equal(1, state.Take(default)!.CreatedAt?.ToUnixTimeSeconds());

        var open = new ResponseState(new() { GenerationId = "gen" });
        open.Read(Response("""{"created_at":1}"""));
        open.BeginMessage();
        open.Add(new TextContent("a"));
        Assert.Equal(1, open.Take(default)!.CreatedAt?.ToUnixTimeSeconds()); // nothing of the message before was said
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Events_ride_along_where_they_were_asked_for(bool rawEvents)
    {
        var state = new ResponseState(new() { GenerationId = "gen", RawEvents = rawEvents });
        state.Add(new TextContent("a"));

        var (taken, delta, raw, arguments) = (state.Take(Raw)!, state.Delta(new TextContent("b"), Raw), state.Raw(Raw), state.ArgumentsDelta("c", "f", "{", Raw));
        state.Complete(Response("""{"id":"gen-1","status":"completed","output":[]}"""), ChatFinishReason.Stop, null, isEmpty: false, Raw);

        Assert.Equal(("a", "b", 0), (taken.Text, delta.Text, arguments.Contents.Count));
        Assert.Equal([rawEvents, rawEvents, rawEvents, rawEvents], [taken.RawRepresentation is JsonElement, delta.RawRepresentation is JsonElement, raw?.RawRepresentation is JsonElement, state.Final!.RawRepresentation is JsonElement]);
        Assert.Equal(rawEvents, raw is not null);
        Assert.Equal(("c", "f", "{", rawEvents), Assert.IsType<OpenRouterFunctionCallDelta>(arguments.RawRepresentation) is var piece ? (piece.CallId, piece.Name, piece.Arguments, piece.RawEvent is not null) : default);
        Assert.All([taken, delta, arguments], update => Assert.Equal("gen", update.MessageId));
        Assert.Null(state.Final.MessageId);
    }

    [Theory]
    [InlineData("", null, "asked", null)]
    [InlineData("one", null, "asked one", null)]
    [InlineData("one two", "right", "asked one two", "right")]
    [InlineData("", "right", "asked", "right")]
    public void The_last_update_tells_what_there_is_to_know(string warnings, string? corrected, string told, string? text)
    {
        var state = new ResponseState(new() { Warnings = ["asked"] });
        foreach (var warning in warnings.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            state.Warn(warning);
        Assert.Equal(warnings, string.Join(' ', state.Warnings));
        state.CorrectedText = corrected;
        state.Read(Response("""{"id":"gen-1","model":"m","created_at":7}"""));

        state.Complete(Response("""{"status":"completed"}"""), ChatFinishReason.Length, null, isEmpty: true, Raw);

        var response = new[] { state.Final! }.ToChatResponse();
        Assert.Equal((ChatFinishReason.Length, "gen-1", "m", 7), (response.FinishReason, response.ResponseId, response.ModelId, response.CreatedAt?.ToUnixTimeSeconds()));
        Assert.Equal((told, text), (string.Join(' ', response.GetOpenRouter().Warnings), response.GetOpenRouter().CorrectedText));
        Assert.True(state.IsEmpty);
    }

    [Fact]
    public void Of_a_broken_answer_is_known_what_was_said_and_what_it_cost()
    {
        var state = new ResponseState(new());
        Assert.Null(state.Failure);
        Assert.Null(state.FailedUsage);
        Assert.Null(state.ToPartial([]));

        Assert.Null(state.Fail(new() { Message = "Ouch." }, Response("""{"id":"gen-1","model":"m","created_at":7,"usage":{"input_tokens":3,"output_tokens":4,"is_byok":true}}""")));

        Assert.Equal(("Ouch.", 3), (state.Failure!.Message, state.FailedUsage!.InputTokenCount));
        var partial = state.ToPartial([])!; // paid for, and nothing was said
        Assert.Equal(("gen-1", "m", 7, 4), (partial.ResponseId, partial.ModelId, partial.CreatedAt?.ToUnixTimeSeconds(), partial.Usage!.OutputTokenCount));
        Assert.Equal(true, partial.AdditionalProperties!["openrouter.is_byok"]);
        Assert.Empty(partial.Messages);

        var said = new ResponseState(new());
        said.Read(Response("""{"id":"gen-1","created_at":7}"""));
        var message = new ChatMessage(ChatRole.Assistant, "a");
        var broken = said.ToPartial([message])!;
        Assert.Equal((null, null, 7), (broken.Usage, broken.AdditionalProperties, message.CreatedAt?.ToUnixTimeSeconds()));
        Assert.Same(message, Assert.Single(broken.Messages));
    }

    [Fact]
    public void An_envelope_is_put_on_the_thought_that_stands_before_it()
    {
        var state = new ResponseState(new());
        Assert.False(state.Protect("e"));
        state.Add(new TextContent("a"));
        Assert.False(state.Protect("e"));
        var thought = new TextReasoningContent("b");
        state.Add(thought);
        Assert.True(state.Protect("e"));
        Assert.False(state.Protect("f"));
        Assert.Equal("e", thought.ProtectedData);
    }

    /// <summary>
    /// Contents in short: a text, a thought, a citation, a refusal, an item, an envelope; <c>D</c> and <c>d</c> are deltas of an answer and of a thought. What
    /// the answer holds then: output, reasoning, and the message that text may go on with.
    /// </summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("text", "output last")]
    [InlineData("empty", "last")] // the name of a message without a word is nothing
    [InlineData("thought", "reasoning")]
    [InlineData("thought thought", "reasoning")]
    [InlineData("thought text", "output reasoning")]
    [InlineData("text thought text", "output reasoning")]
    [InlineData("cited", "output last")]
    [InlineData("refusal", "output")]
    [InlineData("item", "output")]
    [InlineData("envelope", "")]
    [InlineData("thought envelope", "reasoning")]
    [InlineData("D", "output last")]
    [InlineData("d", "reasoning last")]
    [InlineData("d d", "reasoning last")]
    [InlineData("d D", "output reasoning last")]
    [InlineData("D d", "output reasoning last")]
    [InlineData("thought D", "output reasoning")]
    [InlineData("text d", "output reasoning last")]
    public void It_is_noted_what_has_been_emitted(string contents, string expected)
    {
        var asked = 0;
        var state = new ResponseState(new() { GenerationId = "gen", Checkpoint = () => asked++ });
        using var emitter = new ContentEmitter(state);
        var (expectedText, tokens) = ("", contents.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        emitter.LastMessage = new(0, ItemKind.Message, 0);
        foreach (var token in tokens)
        {
            if (token is "D" or "d")
            {
                var part = new EmittedPart(token == "D" ? DeltaKind.Answer : DeltaKind.Summary, 0, emitter.Emitted.Length, emitter.Emitted.Length);
                var update = emitter.Delta(part, "xy", default);
                Assert.Equal((emitter.Emitted.Length, "gen"), (part.End, update.MessageId));
                Assert.Equal(token == "D" ? typeof(TextContent) : typeof(TextReasoningContent), Assert.Single(update.Contents).GetType());
            }
            else if (token == "envelope")
                emitter.AddEnvelope("e");
            else
                emitter.Add(Content(token));
            expectedText += token switch { "D" or "d" => "xy", "text" or "thought" => "t", _ => "" };
        }

        Assert.Equal(expected, string.Join(' ', new[] { emitter.HasOutput ? "output" : "", emitter.HasReasoning ? "reasoning" : "", emitter.LastMessage is not null && tokens.Length > 0 ? "last" : "" }.Where(told => told.Length > 0)));
        Assert.Equal(emitter.HasOutput || emitter.HasReasoning, emitter.HasContent);
        Assert.Equal(expectedText, string.Concat(emitter.Emitted.ToMessages("m").SelectMany(message => message.Contents).Select(content => content is TextReasoningContent thought ? thought.Text : (content as TextContent)?.Text)));
        Assert.Equal(tokens.Count(token => token is not ("D" or "d")), asked);
        Assert.Equal(tokens.Count(token => token is not ("D" or "d")), state.Take(default)?.Contents.Count ?? 0);
    }

    [Fact]
    public void What_goes_on_makes_its_part_longer_and_an_envelope_of_a_whole_answer_joins_its_thought()
    {
        var state = new ResponseState(new());
        using var emitter = new ContentEmitter(state) { IsComplete = true };
        var item = new OutputItem(0, ItemKind.Reasoning, 0);
        emitter.Add(new TextReasoningContent("a"));
        item.AddPart(DeltaKind.Summary, 0, 0, 1);
        emitter.Continue(item, new TextReasoningContent("bc"));
        Assert.Equal(3, item.Last!.End);

        emitter.AddEnvelope("e");
        emitter.AddEnvelope("f");

        Assert.Equal(["a", "bc e", " f"], state.Take(default)!.Contents.Cast<TextReasoningContent>().Select(thought => $"{thought.Text}{(thought.ProtectedData is { } envelope ? $" {envelope}" : "")}"));
        Assert.Equal(["abc", " e", " f"], emitter.Emitted.ToMessages("m")[0].Contents.Cast<TextReasoningContent>().Select(thought => $"{thought.Text}{(thought.ProtectedData is { } envelope ? $" {envelope}" : "")}"));
    }

    private static AIContent Content(string token) => token switch
    {
        "text" => new TextContent("t"),
        "empty" => new TextContent(""),
        "thought" => new TextReasoningContent("t"),
        "cited" => new TextContent("") { Annotations = [new CitationAnnotation()] },
        "refusal" => ItemMap.Refusal("No."),
        _ => new AIContent(),
    };

    private static string? MessageId(ChatResponseUpdate update) => update.MessageId?.StartsWith("msg_", StringComparison.Ordinal) == true ? "own" : update.MessageId;

    private static ResponseObject Response(string json) => new(JsonElement.Parse(json));
}

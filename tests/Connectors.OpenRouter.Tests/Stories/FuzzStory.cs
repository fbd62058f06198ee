using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using CsCheck;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>Whatever stands on the wire or in a stored history: only the promised exceptions come out.</summary>
public sealed class FuzzStory
{
    private const int Runs = 5_000;

    /// <summary>Words that the readers look for, so that random JSON is not all foreign to them.</summary>
    private static readonly string[] Names =
    [
        "type", "error", "response", "message", "code", "metadata", "raw", "error_type", "availability", "retry_after", "retryable", "excluded_by", "constraint",
        "headers", "X-RateLimit-Reset", "previous_errors", "item", "output", "content", "summary", "text", "id", "status", "delta", "output_index", "usage", "\\ud800",
        "said", "boundary", "order", "replaces", "$said", "arguments", "call_id", "name", "encrypted_content", "phase",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1e999", "429", "3.5", "\"\"", "\"rate_limit_exceeded\"", "\"response.failed\"", "\"error\"", "\"\\ud83d\"", "\"\\udc4b x\"",
        "\"{\\\"error\\\":{\\\"message\\\":\\\"deep\\\"}}\"", "\"response.completed\"", "\"completed\"", "\"message\"", "\"reasoning\"", "\"function_call\"", "\"ä 世 👋\"",
    ];

    private static Gen<string> Json { get; } = Gen.Recursive<string>((depth, inner) => depth > 4
        ? Any(Values)
        : Gen.Frequency(
            (3, Any(Values)),
            (1, inner.Array[0, 3].Select(items => $"[{string.Join(',', items)}]")),
            (3, Gen.Select(Any(Names), inner).Array[0, 6].Select(members => $"{{{string.Join(',', members.Select(member => $"\"{member.Item1}\":{member.Item2}"))}}}"))));

    /// <summary>JSON as it comes, and JSON with a bite taken out or a stranger put in.</summary>
    private static Gen<byte[]> Bytes { get; } = Gen.OneOf(
        Gen.Byte.Array[0, 200],
        Json.Select(Encoding.UTF8.GetBytes),
        Gen.Select(Json, Gen.Double.Unit, Gen.Byte.Array[0, 5], (json, at, foreign) =>
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            var cut = (int)(at * bytes.Length);
            return (byte[])[.. bytes[..cut], .. foreign, .. bytes[Math.Min(bytes.Length, cut + foreign.Length / 2)..]];
        }));

    [Fact]
    public void The_frame_reader_never_throws() =>
        Bytes.Sample(
            bytes =>
            {
                using var reader = new FrameReader();
                using var keeping = new FrameReader(keepJson: true);
                _ = reader.Read("message", bytes);
                _ = keeping.Read("message", bytes);
            },
            iter: Runs);

    [Fact]
    public void The_error_reader_never_throws_and_always_finds_words() =>
        Gen.Select(Bytes, Gen.Int[400, 599].Nullable()).Sample(
            (bytes, status) =>
            {
                var error = ErrorBody.Read(status, bytes);
                var failure = ExceptionFactory.Plain.ToException(error, DateTimeOffset.UnixEpoch, generationId: null);
                Assert.False(string.IsNullOrWhiteSpace(failure.Message));
                Assert.False(failure.RetryAfter < TimeSpan.Zero);
                Assert.InRange(failure.Message.Length, 1, 10_000);
                if (Parse(bytes) is { } json)
                {
                    _ = ErrorBody.IsError(json);
                    _ = ErrorBody.Read(json);
                }
            },
            iter: Runs);

    [Fact]
    public void A_stream_of_anything_ends_as_promised() =>
        Bytes.Array[0, 12].SampleAsync(
            async frames =>
            {
                var body = frames.SelectMany(frame => (byte[])[.. "data: "u8, .. frame, .. "\n\n"u8]).ToArray();
                try
                {
                    Assert.NotNull((await Streams.Client(body).GetStreamingResponseAsync("q").ToChatResponseAsync()).FinishReason);
                }
                catch (OpenRouterException)
                {
                    // the promise
                }
            },
            iter: Runs);

    [Fact]
    public void A_whole_answer_of_anything_ends_as_promised() =>
        Bytes.SampleAsync(
            async body =>
            {
                try
                {
                    Assert.NotNull((await Streams.Client(body, mediaType: "application/json").GetResponseAsync("q")).FinishReason);
                }
                catch (OpenRouterException)
                {
                    // the promise
                }
            },
            iter: Runs);

    [Fact]
    public void A_history_whose_envelopes_were_tampered_with_can_still_be_sent() =>
        Gen.Select(Gen.OneOf(Gen.String, Json, Bytes.Select(bytes => "openrouter:1:" + Encoding.UTF8.GetString(bytes)), Json.Select(item => $$"""openrouter:1:{"said":3,"item":{{item}}}""")), Gen.String)
            .SampleAsync(
                async (envelope, text) =>
                {
                    var said = new TextContent(text) { AdditionalProperties = new() { ["openrouter.item"] = envelope } };
                    var called = new FunctionCallContent("call_1", "f") { AdditionalProperties = new() { ["openrouter.item"] = envelope } };
                    await Streams.Client(Streams.Of(Streams.Completed(Streams.Message("Yes.")))).GetResponseAsync(
                    [
                        new(ChatRole.User, "q"),
                        new(ChatRole.Assistant, [new TextReasoningContent(text) { ProtectedData = envelope }, new TextReasoningContent("") { ProtectedData = envelope }, said, called]),
                        new(ChatRole.Tool, [new FunctionResultContent("call_1", "r")]),
                    ]);
                },
                iter: Runs);

    private static Gen<string> Any(string[] words) => Gen.Int[0, words.Length - 1].Select(index => words[index]);

    private static JsonElement? Parse(byte[] bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

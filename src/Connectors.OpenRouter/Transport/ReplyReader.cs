using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Transport;

/// <summary>Finds out what a response holds: a whole answer, a stream, an error, or nothing of the kind.</summary>
internal sealed class ReplyReader(OpenRouterOptions settings, Deadlines deadlines)
{
    /// <summary>More of an error is not read: it cannot say more.</summary>
    private const int LargestError = 1024 * 1024;

    /// <summary>What the beginning of a body shows.</summary>
    private enum BodyKind
    {
        /// <summary>Neither JSON nor events, or nothing at all.</summary>
        Neither,

        /// <summary>A JSON object: an answer, or an error.</summary>
        Json,

        /// <summary>A stream of server-sent events.</summary>
        Events,
    }

    /// <summary>Reads as far as is needed to know: the first byte of a stream, all of a whole answer.</summary>
    /// <param name="response">A success.</param>
    /// <param name="streaming">Whether a stream was asked for; what came is decided by its first byte.</param>
    /// <returns>Disposes of the response.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> OpenAsync(HttpResponseMessage response, bool streaming)
    {
        var bytes = new GuardStream(await response.Content.ReadAsStreamAsync(deadlines.Token).ConfigureAwait(false), deadlines, settings.MaxEventBytes) { IsWholeBody = !streaming };
        if (streaming)
            deadlines.Answered();

        await bytes.PeekAsync(deadlines.Token).ConfigureAwait(false);
        var contentType = response.Content.Headers.ContentType?.MediaType;
        switch (Sniff(bytes.Peeked, contentType))
        {
            case BodyKind.Events:
                bytes.IsWholeBody = false;
                deadlines.Answered();
                return new Reply(response, bytes, new FrameReader(settings.RawEvents), deadlines, settings.TimeProvider);
            case BodyKind.Json:
                bytes.IsWholeBody = true;
                var body = await ReadBodyAsync(bytes, response.GenerationId()).ConfigureAwait(false);
                deadlines.Answered();
                return new Reply(response, body, deadlines, settings.TimeProvider);
            default:
                throw deadlines.Failures.NotAnAnswer(ErrorBody.Read(status: null, bytes.Peeked), contentType, response.GenerationId());
        }
    }

    /// <summary>The exception for a response that is no success.</summary>
    public async ValueTask<OpenRouterException> ErrorAsync(HttpResponseMessage response)
    {
        byte[] buffer = [];
        var length = 0;
        try
        {
            var bytes = new GuardStream(await response.Content.ReadAsStreamAsync(deadlines.Token).ConfigureAwait(false), deadlines, int.MaxValue) { IsWholeBody = true };
            (buffer, length) = await ReadAsync(bytes, LargestError).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause.IsBroken())
        {
            // The status says enough. Only a caller who has left is told of nothing else.
            if (deadlines.Interruption(cause) is OperationCanceledException cancelled)
                throw cancelled;
        }
        deadlines.Answered();

        var (status, generationId) = (response.StatusCode, response.GenerationId());
        if ((int)status is >= 300 and < 400)
            return deadlines.Failures.RedirectNotFollowed(status, response.Headers.Location, generationId);

        var error = ErrorBody.Read((int)status, buffer.AsSpan(0, length));
        var failed = FailedAnswer(buffer.AsSpan(0, length));
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        var failure = deadlines.Failures.ToException(
            error with { Headers = new(response.Header("retry-after-ms"), response.Header("Retry-After"), response.Header("X-RateLimit-Reset")) },
            settings.TimeProvider.GetUtcNow(), generationId);
        failure.FailedAnswer = failed;
        return failure;
    }

    /// <summary>
    /// An answer that failed on its way is paid for, whatever the status that it came with; null where the error is no answer.
    /// </summary>
    private static JsonElement? FailedAnswer(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\"usage\""u8) < 0 && body.IndexOf("\"output\""u8) < 0 || LenientJson.Parse(Encoding.UTF8.GetString(body)) is not { } json)
            return null;
        var response = json.Member("response") is { ValueKind: JsonValueKind.Object } inside ? inside : json;
        return response.Member("usage") is { ValueKind: JsonValueKind.Object } || response.Member("output") is { ValueKind: JsonValueKind.Array } ? response : null;
    }

    /// <summary>The first byte tells more than the content type: failures come as JSON on streams, and proxies rewrite types.</summary>
    /// <param name="start">The first bytes that are no padding.</param>
    /// <param name="contentType">The media type; null for none.</param>
    private static BodyKind Sniff(ReadOnlySpan<byte> start, string? contentType) => contentType switch
    {
        _ when start.IsEmpty => BodyKind.Neither,
        _ when start[0] == '{' => BodyKind.Json,
        "text/event-stream" => BodyKind.Events,
        null or "text/plain" or "application/octet-stream" when IsField(start) => BodyKind.Events,
        _ => BodyKind.Neither,
    };

    /// <summary>Whether a line of a stream of events begins here.</summary>
    private static bool IsField(ReadOnlySpan<byte> start) =>
        start[0] == ':' || start.StartsWith("data:"u8) || start.StartsWith("event:"u8) || start.StartsWith("id:"u8) || start.StartsWith("retry:"u8);

    /// <returns>A document over a rented buffer.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CompleteBody> ReadBodyAsync(GuardStream bytes, string? generationId)
    {
        var (buffer, length) = await ReadAsync(bytes, int.MaxValue).ConfigureAwait(false);
        try
        {
            var utf8 = buffer.AsMemory(0, length);
            return new(JsonDocument.Parse(System.Text.Unicode.Utf8.IsValid(utf8.Span) ? utf8 : LenientJson.RepairUtf8(utf8.Span).ToArray(), new() { MaxDepth = LenientJson.MaxDepth }), buffer);
        }
        catch (JsonException cause) // said with what it means for the answer
        {
            throw deadlines.Failures.NotJson(cause, generationId);
        }
    }

    /// <summary>Reads to the end, or as far as <paramref name="most"/>, into a rented buffer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(byte[] Buffer, int Length)> ReadAsync(GuardStream bytes, int most)
    {
        var (buffer, length) = bytes.TakePeeked();
        while (length < most)
        {
            if (length == buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
            var read = await bytes.ReadAsync(buffer.AsMemory(length), deadlines.Token).ConfigureAwait(false);
            if (read == 0)
                break;
            length += read;
        }
        return (buffer, Math.Min(length, most));
    }
}

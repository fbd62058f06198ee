using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.Logging;
using Polly;

namespace Connectors.OpenRouter.Transport;

/// <summary>Sends a request once and hands back what came: an answer, a stream, or an exception. Nothing fails quietly.</summary>
internal sealed class ResponsesTransport : IDisposable
{
    /// <summary>More of an error is not read: it cannot say more.</summary>
    private const int LargestError = 1024 * 1024;

    private readonly Func<HttpClient> _clients;
    private readonly HttpClient? _own;
    private readonly ILogger _logger;
    private bool _saidTimeout;

    /// <param name="endpoint">Checked here, so that a mistake shows when the client is made.</param>
    /// <param name="clients">Asked once a request, so that a factory's handlers can rotate. What it lends is neither changed nor disposed of. Null makes one client of our own.</param>
    /// <param name="logger">Hears of a time limit on a lent client.</param>
    /// <exception cref="InvalidOperationException">The endpoint is neither https nor http on a loopback address.</exception>
    public ResponsesTransport(Uri endpoint, Func<HttpClient>? clients, ILogger logger)
    {
        Endpoint = Addresses.Check(endpoint);
        _logger = logger;
        _own = clients is null ? Connections.NewClient() : null;
        _clients = clients ?? (() => _own!);
    }

    /// <summary>The base address, with its last slash.</summary>
    public Uri Endpoint { get; }

    /// <summary>Posts a request and reads as far as is needed to know what came back.</summary>
    /// <exception cref="OpenRouterException">The service refused, could not be reached, or sent neither an answer nor a stream.</exception>
    /// <exception cref="InvalidOperationException">There is no key, or a header or path cannot be sent.</exception>
    public async Task<Reply> PostAsync(OutgoingRequest request, OpenRouterOptions settings, Deadlines deadlines)
    {
        var client = Lend();
        var content = new BodyContent(request.Body);
        using var message = new HttpRequestMessage(HttpMethod.Post, Addresses.Under(Endpoint, request.Path)) { Content = content };
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(request.Streaming ? "text/event-stream" : "application/json"));
        foreach (var (name, value) in request.Headers)
            Keys.AddHeader(message.Headers, name, value);

        var secrets = await AuthorizeAsync(client, message, settings, request.Secrets, deadlines).ConfigureAwait(false);
        var response = await SendAsync(client, message, content, settings, deadlines, secrets).ConfigureAwait(false);
        try
        {
            return await OpenAsync(response, request.Streaming, settings, deadlines, secrets).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            response.Dispose();
            if (cause.IsBroken())
                throw deadlines.Interruption(cause, response.GenerationId()) ?? Failures.Broken(cause, response.GenerationId());
            throw;
        }
    }

    /// <summary>Asks for something other than an answer.</summary>
    /// <param name="path">Relative to the endpoint.</param>
    /// <param name="settings">Where the key comes from.</param>
    /// <param name="deadlines">Of this call.</param>
    /// <exception cref="OpenRouterException">As for <see cref="PostAsync"/>.</exception>
    public async Task<JsonElement> GetAsync(string path, OpenRouterOptions settings, Deadlines deadlines)
    {
        var client = Lend();
        using var message = new HttpRequestMessage(HttpMethod.Get, Addresses.Under(Endpoint, path));
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var secrets = await AuthorizeAsync(client, message, settings, [], deadlines).ConfigureAwait(false);
        using var response = await SendAsync(client, message, content: null, settings, deadlines, secrets).ConfigureAwait(false);
        try
        {
            await using var reply = await OpenAsync(response, streaming: false, settings, deadlines, secrets).ConfigureAwait(false);
            return reply.Body ?? throw Failures.NotAnAnswer(new() { Message = "a stream" }, response.Content.Headers.ContentType?.MediaType, reply.GenerationId);
        }
        catch (Exception cause) when (cause.IsBroken())
        {
            throw deadlines.Interruption(cause) ?? Failures.Broken(cause);
        }
    }

    /// <summary>Disposes only of what is our own.</summary>
    public void Dispose() => _own?.Dispose();

    /// <summary>The client for one request; a time limit on a lent one is said once.</summary>
    private HttpClient Lend()
    {
        var client = _clients();
        if (client.Timeout != Timeout.InfiniteTimeSpan && !_saidTimeout)
        {
            _saidTimeout = true;
            Log.FiniteTimeout(_logger, client.Timeout);
        }
        return client;
    }

    private static async ValueTask<Secrets> AuthorizeAsync(HttpClient client, HttpRequestMessage message, OpenRouterOptions settings, IReadOnlyList<string> others, Deadlines deadlines)
    {
        if (deadlines.Interruption() is { } over)
            throw over;

        try
        {
            var lent = client.DefaultRequestHeaders.Authorization;
            var key = await Keys.FindAsync(settings, lent, deadlines.Token).ConfigureAwait(false);
            if (key is not null)
                message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            return new Secrets([key ?? lent?.Parameter, .. others]);
        }
        catch (OperationCanceledException cause) when (deadlines.Interruption(cause) is { } interruption)
        {
            throw interruption; // with the caller's own token, not with ours
        }
    }

    /// <summary>Sends, waits for the headers, and lets only success through.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage message, BodyContent? content, OpenRouterOptions settings, Deadlines deadlines, Secrets secrets)
    {
        var to = message.RequestUri!;
        (message.Version, message.VersionPolicy) = (client.DefaultRequestVersion, client.DefaultVersionPolicy);
        HttpResponseMessage response;
        try
        {
            var sending = client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, deadlines.Token);
            if (!sending.IsCompleted)
                deadlines.Asked();
            response = await sending.ConfigureAwait(false);
        }
        catch (ExecutionRejectedException cause)
        {
            throw deadlines.Interruption(cause) ?? Failures.Rejected(cause);
        }
        catch (Exception cause) when (cause is OperationCanceledException or HttpRequestException or IOException)
        {
            throw deadlines.Interruption(cause) ?? NoResponse(client, cause, content?.Started == true);
        }

        content?.Release();
        try
        {
            if (response.RequestMessage?.RequestUri is { } from && !Addresses.SameHost(from, to))
                throw Failures.Redirected(to, from);
            if (!response.IsSuccessStatusCode)
                throw await ErrorAsync(response, settings, deadlines, secrets).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private OpenRouterException NoResponse(HttpClient client, Exception cause, bool started) => cause switch
    {
        OperationCanceledException { InnerException: TimeoutException } when client.Timeout != Timeout.InfiniteTimeSpan => Failures.ClientTimedOut(client.Timeout, cause),
        _ when cause.NeverConnected() || !started => Failures.Unreachable(Endpoint, cause),
        _ => Failures.Broken(cause),
    };

    private static async Task<Reply> OpenAsync(HttpResponseMessage response, bool streaming, OpenRouterOptions settings, Deadlines deadlines, Secrets secrets)
    {
        var stream = await response.Content.ReadAsStreamAsync(deadlines.Token).ConfigureAwait(false);
        var bytes = new GuardStream(stream, deadlines, settings.MaxEventBytes) { Whole = !streaming };
        if (streaming)
            deadlines.Answered();
        var start = await bytes.PeekAsync(deadlines.Token).ConfigureAwait(false);
        switch (Sniff(start.Span, response.Content.Headers.ContentType?.MediaType))
        {
            case BodyKind.Events:
                bytes.Whole = false;
                deadlines.Answered();
                return new Reply(response, bytes, new FrameReader(settings.RawEvents), deadlines, settings.TimeProvider, secrets);
            case BodyKind.Json:
                bytes.Whole = true;
                var body = await WholeAsync(bytes, response, deadlines).ConfigureAwait(false);
                deadlines.Answered();
                return new Reply(response, body, deadlines, settings.TimeProvider, secrets);
            default:
                var error = ErrorBody.Read(status: null, start.Span);
                throw Failures.NotAnAnswer(error with { Body = secrets.Scrub(error.Body), Message = secrets.Scrub(error.Message) }, response.Content.Headers.ContentType?.MediaType, response.GenerationId());
        }
    }

    /// <summary>The first byte tells more than the content type: failures come as JSON on streams, and proxies rewrite types.</summary>
    private static BodyKind Sniff(ReadOnlySpan<byte> start, string? contentType) => contentType switch
    {
        _ when start.IsEmpty => BodyKind.Neither,
        _ when start[0] == '{' => BodyKind.Json,
        "text/event-stream" => BodyKind.Events,
        null or "text/plain" or "application/octet-stream" when start[0] == ':' || start.StartsWith("data:"u8) || start.StartsWith("event:"u8) || start.StartsWith("id:"u8) || start.StartsWith("retry:"u8) => BodyKind.Events,
        _ => BodyKind.Neither,
    };

    private static async ValueTask<JsonElement> WholeAsync(GuardStream bytes, HttpResponseMessage response, Deadlines deadlines)
    {
        var (buffer, length) = await ReadAsync(bytes, int.MaxValue, deadlines.Token).ConfigureAwait(false);
        try
        {
            return Parse(buffer.AsSpan(0, length));
        }
        catch (JsonException cause)
        {
            throw Failures.NotJson(cause, response.GenerationId());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(WireText.Mend(json), new JsonReaderOptions { MaxDepth = WireText.MaxDepth });
        var value = JsonElement.ParseValue(ref reader);
        _ = reader.Read(); // refuses what is neither white space nor the end
        return value;
    }

    private static async Task<OpenRouterException> ErrorAsync(HttpResponseMessage response, OpenRouterOptions settings, Deadlines deadlines, Secrets secrets)
    {
        byte[] buffer = [];
        var length = 0;
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(deadlines.Token).ConfigureAwait(false);
            var bytes = new GuardStream(stream, deadlines, int.MaxValue) { Whole = true };
            (buffer, length) = await ReadAsync(bytes, LargestError, deadlines.Token).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause.IsBroken())
        {
            // The status says enough; only a caller who has left is told of nothing else.
            if (deadlines.Interruption(cause) is OperationCanceledException cancelled)
                throw cancelled;
        }
        deadlines.Answered();

        var now = settings.TimeProvider.GetUtcNow();
        var error = ErrorBody.Read((int)response.StatusCode, buffer.AsSpan(0, length));
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        if ((int)response.StatusCode < 400)
            return Failures.NotFollowed(response.StatusCode, response.Headers.Location, response.GenerationId());

        return Failures.ToException(
            error with
            {
                RetryAfter = Wait.Headers(response.Header("retry-after-ms"), response.Header("Retry-After"), now) ?? error.RetryAfter,
                ResetsAt = Wait.Reset(response.Header("X-RateLimit-Reset")) ?? error.ResetsAt,
            },
            now, secrets, response.GenerationId());
    }

    /// <summary>Reads to the end, or as far as <paramref name="most"/>, into a rented buffer.</summary>
    private static async ValueTask<(byte[] Buffer, int Length)> ReadAsync(Stream stream, int most, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        var length = 0;
        while (length < most && await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            length += read;
            if (length < buffer.Length)
                continue;
            var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
            buffer.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        return (buffer, Math.Min(length, most));
    }

    private enum BodyKind
    {
        Neither,
        Json,
        Events,
    }
}

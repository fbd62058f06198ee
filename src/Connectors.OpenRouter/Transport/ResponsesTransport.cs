using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.Logging;
using Polly;

namespace Connectors.OpenRouter.Transport;

/// <summary>Sends a request once and hands back what came: an answer, a stream, or an exception. Nothing fails quietly.</summary>
internal sealed class ResponsesTransport : IDisposable
{
    /// <summary>The path of a request that names no preset.</summary>
    private const string ResponsesPath = "responses";

    /// <summary>Gives the client for one request; null where the client is our own.</summary>
    private readonly Func<HttpClient>? _clientFactory;

    /// <summary>Our own client; null where the caller or a factory lends one.</summary>
    private readonly HttpClient? _own;

    /// <summary>Where a time limit or another address on a lent client is logged.</summary>
    private readonly ILogger _logger;

    /// <summary>The address that nearly every request goes to, made once.</summary>
    private readonly Uri _responses;

    /// <summary>What was logged already: each once in a client's life.</summary>
    private bool _loggedTimeout, _loggedAddress;

    /// <summary>The exception factory of the last key; requests of one client mostly have the same.</summary>
    private FailuresOfKey? _failures;

    /// <param name="endpoint">Checked here, so that a mistake shows when the client is made.</param>
    /// <param name="clientFactory">
    /// Asked once a request, so that a factory's handlers can rotate. What it lends is neither changed nor disposed of. Null
    /// makes one client of our own.
    /// </param>
    /// <param name="logger">Where a time limit or another address on a lent client is logged.</param>
    /// <exception cref="InvalidOperationException">The endpoint is neither https nor http on a loopback address.</exception>
    public ResponsesTransport(Uri endpoint, Func<HttpClient>? clientFactory, ILogger logger)
    {
        Endpoint = Addresses.Check(endpoint);
        _responses = Addresses.Under(Endpoint, ResponsesPath);
        (_clientFactory, _logger) = (clientFactory, logger);
        _own = clientFactory is null ? Connections.NewClient() : null;
    }

    /// <summary>The base address, with its last slash.</summary>
    public Uri Endpoint { get; }

    /// <summary>Posts a request and reads as far as is needed to know what came back.</summary>
    /// <param name="request">Ready to be sent.</param>
    /// <param name="settings">Where the key comes from.</param>
    /// <param name="deadlines">The call's clocks.</param>
    /// <exception cref="OpenRouterException">The service refused, could not be reached, or sent neither an answer nor a stream.</exception>
    /// <exception cref="InvalidOperationException">There is no key, or a header or path cannot be sent.</exception>
    public ValueTask<Reply> PostAsync(OutgoingRequest request, OpenRouterOptions settings, Deadlines deadlines)
    {
        var body = new BodyContent(request.Body);
        var message = new HttpRequestMessage(HttpMethod.Post, request.Path == ResponsesPath ? _responses : Addresses.Under(Endpoint, request.Path)) { Content = body };
        body.Message = message;
        for (var i = 0; i < request.Headers.Count; i++)
            Keys.AddHeader(message.Headers, request.Headers[i].Key, request.Headers[i].Value);
        return OpenAsync(message, request.Streaming, request.Secrets, settings, deadlines);
    }

    /// <summary>Asks for something other than an answer.</summary>
    /// <param name="path">Relative to the endpoint.</param>
    /// <param name="known">Of the answer that the caller still has; null when it has none.</param>
    /// <param name="settings">Where the key comes from.</param>
    /// <param name="deadlines">Of this call.</param>
    /// <exception cref="OpenRouterException">As for <see cref="PostAsync"/>, and an error that came with success.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Fetched> GetAsync(string path, Validator? known, OpenRouterOptions settings, Deadlines deadlines)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, Addresses.Under(Endpoint, path));
        known?.AddTo(message.Headers);
        await using var reply = await OpenAsync(message, streaming: false, [], settings, deadlines).ConfigureAwait(false);
        if (reply.IsUnchanged)
            return new(null, known);
        var body = reply.Body ?? throw reply.Failures.NotWhole(reply.GenerationId);
        return ErrorBody.IsError(body) ? throw reply.Failure(ErrorBody.Read(body)) : new(body, reply.Validator);
    }

    /// <summary>Disposes only of what is our own.</summary>
    public void Dispose() => _own?.Dispose();

    /// <param name="message">Disposed of when the answer is open.</param>
    /// <param name="streaming">Whether events are wanted.</param>
    /// <param name="secrets">Inside the message's body.</param>
    /// <param name="settings">Where the key comes from.</param>
    /// <param name="deadlines">Of this call.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> OpenAsync(HttpRequestMessage message, bool streaming, IReadOnlyList<string> secrets, OpenRouterOptions settings, Deadlines deadlines)
    {
        using var _ = message;
        if (deadlines.Interruption() is { } over)
            throw over;

        var client = GetClient();
        message.Headers.TryAddWithoutValidation("Accept", streaming ? "text/event-stream" : "application/json");
        Connections.CopyVersion(client, message);
        if (secrets.Count > 0)
            deadlines.Failures = new(new SecretRedactor(secrets)); // whoever gives the key may fail, too
        var key = await AuthorizeAsync(message, client, settings, deadlines).ConfigureAwait(false);
        deadlines.Failures = FailuresOf(key, secrets);
        var reading = new ReplyReader(settings, deadlines);
        var (to, method, body) = (message.RequestUri!, message.Method, message.Content as BodyContent); // a redirect may change all of them
        HttpResponseMessage? response = null;
        try
        {
            var sending = client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, deadlines.Token);
            if (!sending.IsCompleted)
                deadlines.Asked(); // not before: a clock that starts earlier would count what is not waiting
            response = await sending.ConfigureAwait(false);
            body?.Release();
            if (Strayed(response.RequestMessage ?? message, to, method, body, deadlines) is { } strayed)
                throw strayed;
            if (response.StatusCode == HttpStatusCode.NotModified && IsConditional(message))
                return new Reply(response, deadlines);
            if (response.IsSuccessStatusCode && message.Method == HttpMethod.Post)
                await GenerationListener.NotifyTakenAsync(response.GenerationId()).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await reading.OpenAsync(response, streaming).ConfigureAwait(false)
                : throw await reading.ErrorAsync(response).ConfigureAwait(false);
        }
        catch (Exception cause) when (response is null && IsUnsent(cause))
        {
            throw deadlines.Interruption(cause) ?? NoResponse(cause, client.Timeout, message.Content as BodyContent, deadlines.Failures);
        }
        catch (Exception cause) when (response is not null) // whatever it is, nobody else will dispose of the response
        {
            response.Dispose();
            if (cause.IsBroken())
                throw deadlines.Interruption(cause, response.GenerationId()) ?? deadlines.Failures.Broken(cause, response.GenerationId());
            throw;
        }
    }

    /// <summary>
    /// Whether the request has been somewhere else. Redirects take the key off a request that has left with it, and ask for its body again or
    /// change its method: what has lost its key so was redirected. Whatever else went elsewhere was sent there by a handler that meant to.
    /// </summary>
    /// <param name="sent">The message as the handlers left it.</param>
    /// <param name="to">Where it was to go.</param>
    /// <param name="method">With which method.</param>
    /// <param name="body">Its body; null for none.</param>
    /// <param name="deadlines">Makes the exceptions.</param>
    /// <returns>Null when it went where it was sent.</returns>
    private static OpenRouterException? Strayed(HttpRequestMessage sent, Uri to, HttpMethod method, BodyContent? body, Deadlines deadlines)
    {
        var (at, hasKey) = (sent.RequestUri ?? to, sent.Headers.Authorization is not null);
        var wasRedirected = !hasKey && (body is null || body.LeftWithKey && (body.TimesAsked > 1 || sent.Method != method));
        if (!Addresses.SameHost(at, to))
            return wasRedirected ? deadlines.Failures.Redirected(to, at) : deadlines.Failures.Rerouted(to, at, hasKey);
        return wasRedirected && (at != to || body is not null) ? deadlines.Failures.RedirectedAndBack(to) : null;
    }

    /// <summary>Whether a message asks only for what has changed.</summary>
    private static bool IsConditional(HttpRequestMessage message) => message.Headers.IfNoneMatch.Count > 0 || message.Headers.IfModifiedSince is not null;

    /// <summary>The client for one request; a time limit on a lent one is said once, and so is an address that is not used.</summary>
    private HttpClient GetClient()
    {
        var client = _own ?? _clientFactory!();
        if (client.Timeout != Timeout.InfiniteTimeSpan && !_loggedTimeout)
        {
            _loggedTimeout = true;
            Log.FiniteTimeout(_logger, client.Timeout);
        }
        if (client.BaseAddress is { } address && !_loggedAddress && !Addresses.Same(address, Endpoint))
        {
            _loggedAddress = true;
            Log.OtherAddress(_logger, address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped), Endpoint);
        }
        return client;
    }

    /// <summary>Most requests have one secret, and the same.</summary>
    /// <param name="key">The key; null for none.</param>
    /// <param name="secrets">Those in the request's body.</param>
    private ExceptionFactory FailuresOf(string? key, IReadOnlyList<string> secrets)
    {
        if (secrets.Count > 0)
            return new(new SecretRedactor([key, .. secrets]));
        var last = _failures;
        return last?.Key == key && last is not null ? last.Factory : (_failures = new(key, new(new SecretRedactor(key)))).Factory;
    }

    /// <returns>The key that will be sent, whoever it comes from.</returns>
    private static ValueTask<string?> AuthorizeAsync(HttpRequestMessage message, HttpClient client, OpenRouterOptions settings, Deadlines deadlines)
    {
        var clientKey = client.DefaultRequestHeaders.Authorization;
        var finding = Keys.FindAsync(settings, clientKey, deadlines);
        return finding.IsCompletedSuccessfully ? new(Authorize(message, clientKey, finding.Result)) : AuthorizeAsync(message, clientKey, finding, deadlines);
    }

    private static string? Authorize(HttpRequestMessage message, AuthenticationHeaderValue? clientKey, string? key)
    {
        if (key is null)
            return clientKey?.Parameter;
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return key;
    }

    private static async ValueTask<string?> AuthorizeAsync(HttpRequestMessage message, AuthenticationHeaderValue? clientKey, ValueTask<string?> finding, Deadlines deadlines)
    {
        try
        {
            return Authorize(message, clientKey, await finding.ConfigureAwait(false));
        }
        catch (OperationCanceledException cause) // the caller's with the caller's own token, a clock's with its phase, the provider's own as what it is
        {
            throw deadlines.Interruption(cause) ?? deadlines.Failures.NoKeyCame(cause);
        }
    }

    /// <summary>
    /// The ways in which sending ends early. Asked only then: the resilience handlers' words stand in a library that a good call
    /// does not need.
    /// </summary>
    private static bool IsUnsent(Exception cause) => cause is OperationCanceledException or HttpRequestException or IOException or ExecutionRejectedException;

    /// <summary>The exception for a request that got no response.</summary>
    /// <param name="cause">What sending threw.</param>
    /// <param name="clientTimeout">The lent client's own limit.</param>
    /// <param name="body">Knows whether it may have left; null for a request without a body.</param>
    /// <param name="failures">The call's factory.</param>
    private OpenRouterException NoResponse(Exception cause, TimeSpan clientTimeout, BodyContent? body, ExceptionFactory failures) => cause switch
    {
        ExecutionRejectedException rejected => failures.Rejected(rejected), // a resilience handler's word, in ours
        OperationCanceledException { InnerException: TimeoutException } when clientTimeout != Timeout.InfiniteTimeSpan => failures.ClientTimedOut(clientTimeout, cause),
        OperationCanceledException { InnerException: not TimeoutException } => failures.Broken(cause), // somebody's CancelPendingRequests: not to be undone by a retry
        _ when body?.MayHaveLeft != true && (cause.NeverConnected() || body is not { TimesAsked: > 0 }) => failures.Unreachable(Endpoint, cause), // else a handler's first try may have been accepted
        _ => failures.Broken(cause),
    };

    /// <summary>A factory and the key whose words it cleans.</summary>
    /// <param name="Key">The key; null where there is none.</param>
    /// <param name="Factory">Its factory.</param>
    private sealed record FailuresOfKey(string? Key, ExceptionFactory Factory);
}

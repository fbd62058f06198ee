using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Connectors.OpenRouter.Execution;

/// <summary>
/// Turns what went wrong into the exception the caller sees. The only place that words one, and the only one where its words are
/// cleaned and bounded.
/// </summary>
/// <param name="secrets">Of this call; what others say may repeat them.</param>
internal sealed class ExceptionFactory(SecretRedactor secrets)
{
    /// <summary>How long a message may be with all its advice.</summary>
    private const int LongestMessage = 8000;

    /// <summary>Words the messages of the service's errors.</summary>
    private readonly ErrorSentences _sentences = new(secrets);

    /// <summary>What none of its words repeat.</summary>
    public SecretRedactor Secrets => secrets;

    /// <summary>Before the key is known.</summary>
    public static ExceptionFactory Plain { get; } = new(SecretRedactor.None);

    /// <summary>The service's error: <c>[provider] words (type, status, generation)</c>, then what to do.</summary>
    /// <param name="error">What the service said.</param>
    /// <param name="now">When it arrived, for pauses that are told as moments.</param>
    /// <param name="generationId">From the response's header; null takes the body's.</param>
    public OpenRouterException ToException(ErrorBody error, DateTimeOffset now, string? generationId)
    {
        var retryAfter = error.Pause(now);
        generationId ??= error.GenerationId;
        return Clean(new OpenRouterException(string.Join(' ', [_sentences.Describe(error, generationId), .. _sentences.WhatToDo(error, retryAfter)]))
        {
            StatusCode = (HttpStatusCode?)error.Status,
            Code = error.Code,
            ErrorType = error.ErrorType,
            ProviderName = error.ProviderName,
            GenerationId = generationId,
            RetryAfter = retryAfter,
            IsTransient = error.IsTransient,
            MayRetry = error.IsTransient,
            NamesInclude = error.NamesInclude,
            RefusesReasoning = error.RefusesReasoning,
            Availability = Typed(error.Availability),
            ResponseBody = error.Body,
            Metadata = error.Metadata,
        });
    }

    /// <summary>The stream ended, or said that it had, before the answer did.</summary>
    public OpenRouterException CutShort(string? generationId) =>
        Clean(new OpenRouterException($"The stream ended before the answer was complete{In(generationId)}. What had been said is in PartialResponse; ask again, or for less at a time.")
        {
            GenerationId = generationId,
            IsTransient = true,
        });

    /// <summary>A whole answer that says it is neither completed nor incomplete.</summary>
    public OpenRouterException Unfinished(string? status, string? generationId) =>
        Clean(new OpenRouterException($"The service sent an answer {(status is "completed" or "incomplete" ? $"that is {status} and holds no output" : $"whose status is {Short(status ?? "missing", ErrorSentences.LongestName)} instead of completed or incomplete")}{In(generationId)}. Ask again.")
        {
            GenerationId = generationId,
            IsTransient = true,
        });

    /// <summary>A 200 whose body is neither an answer nor a stream.</summary>
    /// <param name="error">The beginning of the body, read as an error.</param>
    /// <param name="contentType">The media type that it came with; null for none.</param>
    /// <param name="generationId">The generation's id; null when there is none.</param>
    public OpenRouterException NotAnAnswer(ErrorBody error, string? contentType, string? generationId) =>
        Clean(new OpenRouterException((error.Body is null
                ? $"The service answered with success and an empty body{In(generationId)}."
                : $"The service answered with success, but with neither JSON nor a stream of events ({Short(contentType ?? "no content type", ErrorSentences.LongestName)}{(generationId is null ? "" : ", " + Short(generationId, ErrorSentences.LongestName))}): {Short(error.Message)}.")
            + " Check OpenRouterOptions.Endpoint and whatever stands between this machine and it.")
        {
            StatusCode = HttpStatusCode.OK,
            GenerationId = generationId,
            ResponseBody = error.Body,
        });

    /// <summary>A stream of events where a whole answer was asked for.</summary>
    public OpenRouterException NotWhole(string? generationId) =>
        Clean(new OpenRouterException($"The service answered with success, but with a stream of events where one JSON body was asked for{In(generationId)}. Check OpenRouterOptions.Endpoint and whatever stands between this machine and it.")
        {
            StatusCode = HttpStatusCode.OK,
            GenerationId = generationId,
        });

    /// <summary>An embeddings answer that does not have one vector for each text.</summary>
    public OpenRouterException WrongVectors(string fault, string? generationId) =>
        Clean(new OpenRouterException($"The answer holds {fault}{In(generationId)}. No vector was used. Ask again, or name another provider in `provider.order`.") { GenerationId = generationId });

    /// <summary>The body began like an answer and is none: cut off, or not JSON after all.</summary>
    public OpenRouterException NotJson(Exception cause, string? generationId) =>
        Clean(new OpenRouterException($"The answer is not valid JSON: it was cut off, or changed on its way{In(generationId)}. {Short(cause.Message)}", cause)
        {
            StatusCode = HttpStatusCode.OK,
            GenerationId = generationId,
            IsTransient = true,
        });

    /// <summary>One of our clocks ran out. The service may still be at work, and paid for it: the request is not sent again.</summary>
    /// <param name="phase">Which clock ran out.</param>
    /// <param name="limits">The limits of this call.</param>
    /// <param name="keepAlives">How many keep-alives arrived.</param>
    /// <param name="cause">What was interrupted by it; an attempt's failure when the whole call ran out between attempts.</param>
    /// <param name="generationId">The generation's id; null while it is not known.</param>
    public OpenRouterTimeoutException TimedOut(OpenRouterPhase phase, OpenRouterTimeouts limits, int keepAlives, Exception? cause, string? generationId) =>
        Clean(new OpenRouterTimeoutException((phase switch
        {
            OpenRouterPhase.Response => $"No response arrived within {RetryDelay.Say(limits.Response)}{In(generationId)}. Models that think for long answer sooner when streaming; or raise OpenRouterOptions.Timeouts.Response.",
            OpenRouterPhase.Silence => $"The connection went silent: not a byte for {RetryDelay.Say(limits.Silence)}{In(generationId)}. It is probably dead; ask again, or raise OpenRouterOptions.Timeouts.Silence.",
            OpenRouterPhase.Idle => $"No event for {RetryDelay.Say(limits.Idle)}{(keepAlives > 0 ? $", only keep-alives ({keepAlives} so far)" : "")}{In(generationId)}. Ask again, or raise OpenRouterOptions.Timeouts.Idle.",
            _ => $"The call was not done within {RetryDelay.Say(limits.Total)}{In(generationId)}. Raise OpenRouterOptions.Timeouts.Total, or ask for less.",
        }) + (cause is OpenRouterException ? $" The last attempt failed with: {cause.Message}" : " It was not sent again, because the service may still be at work on it."), cause)
        {
            Phase = phase,
            GenerationId = generationId,
            IsTransient = true,
        });

    /// <summary>The caller's own client lost patience before the headers came.</summary>
    public OpenRouterTimeoutException ClientTimedOut(TimeSpan timeout, Exception cause) =>
        Clean(new OpenRouterTimeoutException($"The given HttpClient's own Timeout of {RetryDelay.Say(timeout)} ran out before a response arrived. Set HttpClient.Timeout to Timeout.InfiniteTimeSpan; OpenRouterOptions.Timeouts limit the call.", cause)
        {
            Phase = OpenRouterPhase.Response,
            IsTransient = true,
        });

    /// <summary>A resilience handler on the HttpClient refused or gave up. It decides about retries, so we do not.</summary>
    public OpenRouterException Rejected(ExecutionRejectedException cause) => cause switch
    {
        TimeoutRejectedException timeout => Clean(new OpenRouterTimeoutException(
            $"A resilience handler on the HttpClient gave up after {RetryDelay.Say(timeout.Timeout)}. Models think for longer than most such handlers wait: raise its timeouts (docs/failures.md has settings).", cause)
        {
            Phase = OpenRouterPhase.Response,
            IsTransient = true,
        }),
        BrokenCircuitException circuit => Clean(new OpenRouterException(
            $"A circuit breaker on the HttpClient is open, so nothing was sent.{(circuit.RetryAfter is { } wait ? $" Try again in {RetryDelay.Say(wait)}." : "")}", cause)
        {
            RetryAfter = circuit.RetryAfter,
            IsTransient = true,
        }),
        _ => Clean(new OpenRouterException($"A resilience handler on the HttpClient rejected the request, so nothing was sent: {Short(cause.Message)}", cause) { IsTransient = true }),
    };

    /// <summary>The service still does not know the generation after all our patience with it.</summary>
    /// <param name="id">The id that was asked for.</param>
    /// <param name="waited">How long was waited in all.</param>
    /// <param name="cause">The last refusal.</param>
    public OpenRouterException UnknownGeneration(string id, TimeSpan waited, OpenRouterException cause) =>
        Clean(new OpenRouterException($"The service does not know the generation {Short(id, ErrorSentences.LongestName)} after {RetryDelay.Say(waited)}. Check the id, and that the key belongs to the account that made it; a generation is booked a moment after its answer, so ask again later.", cause)
        {
            StatusCode = cause.StatusCode,
            Code = cause.Code,
            ErrorType = cause.ErrorType,
            GenerationId = id,
            IsTransient = true,
            ResponseBody = cause.ResponseBody,
            Metadata = cause.Metadata,
        });

    /// <summary>The caller's own cancellation.</summary>
    public OperationCanceledException Cancelled(Exception? cause, CancellationToken caller) =>
        secrets.Scrub(cause) is { } clean ? new(clean.Message, clean, caller) : new(caller);

    /// <summary>Whoever gives the key gave up by itself; nobody else cancelled, and no clock of ours ran out.</summary>
    public OpenRouterException NoKeyCame(OperationCanceledException cause) =>
        Clean(new OpenRouterException("OpenRouterOptions.ApiKeyProvider gave up before it gave a key: it was cancelled, or timed out, by itself. Nothing was sent. Look at what it asks for the key.", cause) { IsTransient = true });

    /// <summary>An event is larger than the bound.</summary>
    /// <param name="limit">The bound in bytes.</param>
    /// <param name="generationId">Null where it is not known yet.</param>
    public OpenRouterException TooLarge(int limit, string? generationId = null) =>
        Clean(new OpenRouterException(string.Create(CultureInfo.InvariantCulture, $"More than {limit:N0} bytes arrived without completing one event{In(generationId)}. No answer is that large; if yours is, raise OpenRouterOptions.MaxEventBytes."))
        {
            GenerationId = generationId,
        });

    /// <summary>The service was not reached, so nothing can have been accepted.</summary>
    public OpenRouterException Unreachable(Uri endpoint, Exception cause) =>
        Clean(new OpenRouterException($"{endpoint.Host} could not be reached: {Short(cause.Message)} Check the network, a proxy, and OpenRouterOptions.Endpoint.", cause)
        {
            IsTransient = true,
            MayRetry = true,
        });

    /// <summary>The connection broke after the request was on its way: it may have been accepted, so it is not sent again.</summary>
    /// <param name="cause">What the connection reported.</param>
    /// <param name="generationId">The generation's id; null while it is not known.</param>
    public OpenRouterException Broken(Exception cause, string? generationId = null) =>
        Clean(new OpenRouterException($"The connection broke before the answer was complete{In(generationId)}: {Short(cause.Message)} The request may have been accepted, so it was not sent again.", cause)
        {
            GenerationId = generationId,
            IsTransient = true,
        });

    /// <summary>A client that follows redirects went to another host.</summary>
    /// <param name="from">Where the request was sent.</param>
    /// <param name="to">Where it was answered.</param>
    public OpenRouterException Redirected(Uri from, Uri to) =>
        Clean(new OpenRouterException($"The given HttpClient followed a redirect from {from.Host} to {Place(to)}, and the prompt went there with it. "
            + "Set AllowAutoRedirect = false on its handler, and OpenRouterOptions.Endpoint to the address you mean."));

    /// <summary>It followed a redirect, and came back to the host that it started from: where it has been is not known.</summary>
    public OpenRouterException RedirectedAndBack(Uri endpoint) =>
        Clean(new OpenRouterException($"The given HttpClient followed a redirect and came back to {endpoint.Host} without the key; the prompt may have been elsewhere meanwhile. "
            + "Set AllowAutoRedirect = false on its handler, and OpenRouterOptions.Endpoint to the address you mean."));

    /// <summary>Something in the client sends requests elsewhere.</summary>
    /// <param name="from">Where the request was sent.</param>
    /// <param name="to">Where it was answered.</param>
    /// <param name="withKey">Whether the key went along.</param>
    public OpenRouterException Rerouted(Uri from, Uri to, bool withKey) =>
        Clean(new OpenRouterException($"A handler of the given HttpClient sent the request to {Place(to)} instead of {from.Host}, with {(withKey ? "key and prompt" : "the prompt")}. "
            + $"If that is what you mean, say so: set OpenRouterOptions.Endpoint to an address there. If not, look for the handler that changes HttpRequestMessage.RequestUri."));

    /// <summary>The service itself answered with a redirect, which our handler does not follow.</summary>
    /// <param name="status">300 to 399.</param>
    /// <param name="location">Where it leads; null when it does not say.</param>
    /// <param name="generationId">Null when there is none.</param>
    public OpenRouterException RedirectNotFollowed(HttpStatusCode status, Uri? location, string? generationId) =>
        Clean(new OpenRouterException($"The service answered with a redirect ({(int)status}{(generationId is null ? "" : ", " + Short(generationId, ErrorSentences.LongestName))}) to {PlaceAsSent(location)}. "
            + "Redirects are not followed, because the key and the prompt would go along. Set OpenRouterOptions.Endpoint to the address you mean.")
        {
            StatusCode = status,
            GenerationId = generationId,
        });

    /// <summary>A success that holds nothing of what was asked for.</summary>
    /// <param name="what">That.</param>
    /// <param name="path">By which it was asked for.</param>
    public static OpenRouterException NoData(string what, string path) =>
        new($"{what} did not come: /{path.Split('?')[0]} was answered with JSON that holds nothing of it. Check OpenRouterOptions.Endpoint and whatever stands between this machine and it.") { StatusCode = HttpStatusCode.OK };

    /// <summary>A request for which the budget has no room.</summary>
    /// <param name="key">Null where there is only one budget.</param>
    /// <param name="limit">In USD, like the rest.</param>
    /// <param name="spent">Booked.</param>
    /// <param name="amount">What the request would have held back.</param>
    public static OpenRouterBudgetException BudgetUsedUp(string? key, decimal limit, decimal spent, decimal amount) =>
        new(FormattableString.Invariant($"The budget {(key is null ? "" : $"'{key}' ")}of ${limit:0.######} has no room for another request: ${spent:0.######} are spent, this request would hold back ${amount:0.######}")
            + (spent + amount <= limit ? ", and requests under way hold back the rest. Nothing was sent; try again when they are done." : ". Nothing was sent; raise the limit, or send less."))
        {
            Limit = limit,
            Spent = spent,
            Key = key,
            IsTransient = spent + amount <= limit,
        };

    /// <summary>Whether there is room cannot be known.</summary>
    public static OpenRouterException BudgetStoreAway(string? key, Exception cause) =>
        new($"The store of the budget {(key is null ? "" : $"'{key}' ")}could not be reached, so nothing was sent: {cause.Message} Start it again, or set OpenRouterBudgetOptions.AllowWithoutStore to send nevertheless and count afterwards.", cause) { IsTransient = true };

    /// <summary>
    /// The exception without a secret in any of its words, and none of them longer than it need be. Here and nowhere else.
    /// </summary>
    private T Clean<T>(T draft)
        where T : OpenRouterException
    {
        var (message, cause) = (Short(draft.Message, LongestMessage), secrets.Scrub(draft.InnerException));
        OpenRouterException clean = draft is OpenRouterTimeoutException { Phase: var phase }
            ? new OpenRouterTimeoutException(message, cause)
            {
                Phase = phase,
                StatusCode = draft.StatusCode,
                GenerationId = Short(draft.GenerationId, ErrorSentences.LongestName),
                RetryAfter = draft.RetryAfter,
                IsTransient = draft.IsTransient,
            }
            : new OpenRouterException(message, cause)
            {
                StatusCode = draft.StatusCode,
                Code = Short(draft.Code, ErrorSentences.LongestName),
                ErrorType = Short(draft.ErrorType, ErrorSentences.LongestName),
                ProviderName = Short(draft.ProviderName, ErrorSentences.LongestName),
                GenerationId = Short(draft.GenerationId, ErrorSentences.LongestName),
                RetryAfter = draft.RetryAfter,
                IsTransient = draft.IsTransient,
                MayRetry = draft.MayRetry,
                NamesInclude = draft.NamesInclude,
                RefusesReasoning = draft.RefusesReasoning,
                Availability = Clean(draft.Availability),
                ResponseBody = draft.ResponseBody is { } body ? ErrorBody.Cut(secrets.Scrub(body, ErrorBody.KeptBytes)) : null,
                Metadata = draft.Metadata is { } metadata && metadata.Verbatim().Length <= ErrorBody.KeptBytes ? secrets.Scrub(metadata) : null, // a longer one is in the body, as far as that goes
            };
        return (T)clean;
    }

    /// <summary>The same availability with names cleaned and bounded; an address that holds a secret is left out.</summary>
    private OpenRouterAvailability? Clean(OpenRouterAvailability? draft) => draft is null ? null : new()
    {
        Code = Short(draft.Code, ErrorSentences.LongestName),
        Retryable = draft.Retryable,
        RetryAfter = draft.RetryAfter,
        ExcludedBy = Clean(draft.ExcludedBy),
        FallbackModels = Clean(draft.FallbackModels),
        AffectedProviders = Clean(draft.AffectedProviders),
        DocsUrl = draft.DocsUrl is { } address && secrets.Scrub(address.OriginalString) != address.OriginalString ? null : draft.DocsUrl,
    };

    /// <summary>At most a hundred names, each clean and no longer than a name.</summary>
    private IReadOnlyList<string> Clean(IReadOnlyList<string> names) => [.. names.Take(100).Select(name => Short(name, ErrorSentences.LongestName))];

    /// <summary>Clean words, no longer than given.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    private string? Short(string? text, int longest = ErrorSentences.MaxLength) => _sentences.Short(text, longest);

    /// <summary>
    /// A redirect's address without user and query, cleaned as it came: made tidy, a secret in it could no longer be known.
    /// </summary>
    private string PlaceAsSent(Uri? location)
    {
        if (location is null)
            return "nowhere";
        var clean = Short(location.OriginalString).Split('?', '#')[0];
        return clean != location.OriginalString.Split('?', '#')[0] || !location.IsAbsoluteUri ? clean : location.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
    }

    /// <summary>Scheme and host of an address: the rest may hold secrets.</summary>
    private static string Place(Uri address) => address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    /// <summary>
    /// The public type of an availability; times become <see cref="TimeSpan"/>, the address a <see cref="Uri"/> if it is one.
    /// </summary>
    private static OpenRouterAvailability? Typed(Availability? availability) => availability is null ? null : new()
    {
        Code = availability.Code,
        Retryable = availability.Retryable,
        RetryAfter = RetryDelay.Seconds(availability.RetryAfter),
        ExcludedBy = availability.ExcludedBy,
        FallbackModels = availability.FallbackModels,
        AffectedProviders = availability.AffectedProviders,
        DocsUrl = Uri.TryCreate(availability.DocsUrl, UriKind.Absolute, out var address) ? address : null,
    };

    /// <summary>The generation's id in brackets, for a sentence; empty when it is not known.</summary>
    private string In(string? generationId) => generationId is null ? "" : $" ({Short(generationId, ErrorSentences.LongestName)})";
}

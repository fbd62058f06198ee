using System.Globalization;
using System.Net;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Connectors.OpenRouter.Execution;

/// <summary>Turns what went wrong into the exception the caller sees. The only place that words one.</summary>
internal static class ExceptionFactory
{
    /// <summary>The service's error: <c>[provider] words (type, status, generation)</c>, then what to do.</summary>
    public static OpenRouterException ToException(ErrorBody error, DateTimeOffset now, SecretRedactor secrets, string? generationId)
    {
        var retryAfter = (error.RetryAfter ?? RetryDelay.Until(error.ResetsAt, now)) is { Ticks: > 0 } wait ? wait : (TimeSpan?)null;
        generationId ??= error.GenerationId;
        return new(secrets.Scrub(string.Join(' ', [Sentence(error, generationId), .. Advice(error, retryAfter)])))
        {
            StatusCode = (HttpStatusCode?)error.Status,
            Code = secrets.Scrub(error.Code),
            ErrorType = secrets.Scrub(error.ErrorType),
            ProviderName = secrets.Scrub(error.ProviderName),
            GenerationId = generationId,
            RetryAfter = retryAfter,
            IsTransient = error.IsTransient,
            MayRetry = error.IsTransient,
            NamesInclude = error.NamesInclude,
            RefusesReasoning = error.RefusesReasoning,
            Availability = Typed(error.Availability),
            ResponseBody = secrets.Scrub(error.Body),
            Metadata = secrets.Scrub(error.Metadata),
        };
    }

    /// <summary>The stream ended, or said that it had, before the answer did.</summary>
    public static OpenRouterException CutShort(string? generationId) =>
        new($"The stream ended before the answer was complete{In(generationId)}. What had been said is in PartialResponse; ask again, or for less at a time.")
        {
            GenerationId = generationId,
            IsTransient = true,
        };

    /// <summary>A whole answer that says it is neither completed nor incomplete.</summary>
    public static OpenRouterException Unfinished(string? status, string? generationId) =>
        new($"The service sent an answer whose status is {status ?? "missing"} instead of completed or incomplete{In(generationId)}. Ask again.")
        {
            GenerationId = generationId,
            IsTransient = true,
        };

    /// <summary>A 200 whose body is neither an answer nor a stream.</summary>
    public static OpenRouterException NotAnAnswer(ErrorBody error, string? contentType, string? generationId) =>
        new((error.Body is null
                ? $"The service answered with success and an empty body{In(generationId)}."
                : $"The service answered with success, but with neither JSON nor a stream of events ({contentType ?? "no content type"}{(generationId is null ? "" : ", " + generationId)}): {error.Message}.")
            + " Check OpenRouterOptions.Endpoint and whatever stands between this machine and it.")
        {
            StatusCode = HttpStatusCode.OK,
            GenerationId = generationId,
            ResponseBody = error.Body,
        };

    /// <summary>An embeddings answer that does not have one vector for each text.</summary>
    public static OpenRouterException WrongVectors(string fault, string? generationId) =>
        new($"The answer holds {fault}{In(generationId)}. No vector was used. Ask again, or name another provider in `provider.order`.") { GenerationId = generationId };

    /// <summary>The body began like an answer and is none: cut off, or not JSON after all.</summary>
    public static OpenRouterException NotJson(Exception cause, string? generationId) =>
        new($"The answer is not valid JSON: it was cut off, or changed on its way{In(generationId)}. {cause.Message}", cause)
        {
            StatusCode = HttpStatusCode.OK,
            GenerationId = generationId,
            IsTransient = true,
        };

    /// <summary>One of our clocks ran out. The service may still be at work, and paid for it: the request is not sent again.</summary>
    public static OpenRouterTimeoutException TimedOut(OpenRouterPhase phase, OpenRouterTimeouts limits, int keepAlives, Exception? cause, string? generationId) =>
        new((phase switch
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
        };

    /// <summary>The caller's own client lost patience before the headers came.</summary>
    public static OpenRouterTimeoutException ClientTimedOut(TimeSpan timeout, Exception cause) =>
        new($"The given HttpClient's own Timeout of {RetryDelay.Say(timeout)} ran out before a response arrived. Set HttpClient.Timeout to Timeout.InfiniteTimeSpan; OpenRouterOptions.Timeouts limit the call.", cause)
        {
            Phase = OpenRouterPhase.Response,
            IsTransient = true,
        };

    /// <summary>A resilience handler on the HttpClient refused or gave up. It decides about retries, so we do not.</summary>
    public static OpenRouterException Rejected(ExecutionRejectedException cause) => cause switch
    {
        TimeoutRejectedException timeout => new OpenRouterTimeoutException(
            $"A resilience handler on the HttpClient gave up after {RetryDelay.Say(timeout.Timeout)}. Models think for longer than most such handlers wait: raise its timeouts (docs/failures.md has settings).", cause)
        {
            Phase = OpenRouterPhase.Response,
            IsTransient = true,
        },
        BrokenCircuitException circuit => new(
            $"A circuit breaker on the HttpClient is open, so nothing was sent.{(circuit.RetryAfter is { } wait ? $" Try again in {RetryDelay.Say(wait)}." : "")}", cause)
        {
            RetryAfter = circuit.RetryAfter,
            IsTransient = true,
        },
        _ => new($"A resilience handler on the HttpClient rejected the request, so nothing was sent: {cause.Message}", cause) { IsTransient = true },
    };

    /// <summary>The service still does not know the generation after all our patience with it.</summary>
    public static OpenRouterException UnknownGeneration(string id, TimeSpan waited, OpenRouterException cause) =>
        new($"The service does not know the generation {id} after {RetryDelay.Say(waited)}. Check the id, and that the key belongs to the account that made it; a generation is booked a moment after its answer, so ask again later.", cause)
        {
            StatusCode = cause.StatusCode,
            Code = cause.Code,
            ErrorType = cause.ErrorType,
            GenerationId = id,
            IsTransient = true,
            ResponseBody = cause.ResponseBody,
            Metadata = cause.Metadata,
        };

    public static OpenRouterException TooLarge(int limit, string? generationId = null) =>
        new(string.Create(CultureInfo.InvariantCulture, $"More than {limit:N0} bytes arrived without completing one event{In(generationId)}. No answer is that large; if yours is, raise OpenRouterOptions.MaxEventBytes."))
        {
            GenerationId = generationId,
        };

    /// <summary>The service was not reached, so nothing can have been accepted.</summary>
    public static OpenRouterException Unreachable(Uri endpoint, Exception cause) =>
        new($"{endpoint.Host} could not be reached: {cause.Message} Check the network, a proxy, and OpenRouterOptions.Endpoint.", cause)
        {
            IsTransient = true,
            MayRetry = true,
        };

    /// <summary>The connection broke after the request was on its way: it may have been accepted, so it is not sent again.</summary>
    public static OpenRouterException Broken(Exception cause, string? generationId = null) =>
        new($"The connection broke before the answer was complete{In(generationId)}: {cause.Message} The request may have been accepted, so it was not sent again.", cause)
        {
            GenerationId = generationId,
            IsTransient = true,
        };

    public static OpenRouterException Redirected(Uri from, Uri to) =>
        new($"The given HttpClient followed a redirect from {from.Host} to {to.GetLeftPart(UriPartial.Authority)}, and the prompt went there with it. "
            + "Set AllowAutoRedirect = false on its handler, and OpenRouterOptions.Endpoint to the address you mean.");

    public static OpenRouterException NotFollowed(HttpStatusCode status, Uri? location, string? generationId) =>
        new($"The service answered with a redirect ({(int)status}{(generationId is null ? "" : ", " + generationId)}) to {(location is { IsAbsoluteUri: true } ? location.GetLeftPart(UriPartial.Path) : location?.OriginalString ?? "nowhere")}. "
            + "Redirects are not followed, because the key and the prompt would go along. Set OpenRouterOptions.Endpoint to the address you mean.")
        {
            StatusCode = status,
            GenerationId = generationId,
        };

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

    private static string Sentence(ErrorBody error, string? generationId)
    {
        var generic = error.Message is null || error.Message.StartsWith("Provider returned error", StringComparison.OrdinalIgnoreCase);
        var words = (generic, error.Message, error.Upstream) switch
        {
            (_, null, null) => error.Body is null ? "The service sent an error without a body" : "The service sent an error without words",
            (true, _, { } upstream) => upstream,
            (_, { } message, { } upstream) when !message.Contains(upstream, StringComparison.Ordinal) => $"{message.Trim().TrimEnd('.', ':')}: {upstream}",
            _ => error.Message!,
        };
        var facts = string.Join(", ", new[] { error.ErrorType ?? error.Availability?.Code ?? Word(error.Code), error.Status is { } status ? $"{status}" : null, generationId }.OfType<string>());
        return (error.ProviderName is { } provider ? $"[{provider}] " : "") + ErrorBody.Short(words).Trim().TrimEnd('.') + (facts.Length == 0 ? "." : $" ({facts}).");
    }

    /// <summary>What to do, one sentence each; the same order as the table in docs/failures.md.</summary>
    private static IEnumerable<string> Advice(ErrorBody error, TimeSpan? retryAfter)
    {
        if (error.DailyLimit)
            yield return "This is the daily limit of free models: buy credits, use a paid model, or wait for the next day.";
        if (retryAfter is { } wait && wait > TimeSpan.Zero)
            yield return $"Try again in {RetryDelay.Say(wait)}.";

        if (error.Availability is { } availability)
        {
            if (availability.ExcludedBy.Count > 0)
                yield return $"Endpoints were excluded by: {string.Join(", ", availability.ExcludedBy)}.";
            if (availability.ConstraintField is { } field)
                yield return $"The constraint was {field}{(availability.ConstraintDetail is { } detail ? $": {detail.TrimEnd('.')}" : "")}.";
            if (availability.AffectedProviders.Count > 0)
                yield return $"Affected providers: {string.Join(", ", availability.AffectedProviders)}.";
            if (availability.FallbackModels.Count > 0)
                yield return $"These models would work: {string.Join(", ", availability.FallbackModels)}.";
            if (availability.DocsUrl is { } docs)
                yield return $"See {docs}.";
        }

        if (Tried(error) is { Length: > 0 } tried)
            yield return $"Tried before: {tried}.";
        if (error.Metadata is { } metadata)
        {
            if (metadata.Texts("reasons") is { Count: > 0 } reasons)
                yield return $"Flagged for: {string.Join(", ", reasons)}.";
            if (metadata.Texts("patterns") is { Count: > 0 } patterns)
                yield return $"It matched: {string.Join(", ", patterns)}.";
            if (metadata.Text("resets_at") is { Length: > 0 and < 64 } resets)
                yield return $"The limit starts anew at {resets}.";
            if (metadata.Text("remedy_hint") is { Length: > 0 } hint)
            {
                yield return $"The service suggests: {ErrorBody.Short(hint).Trim().TrimEnd('.')}.";
                if (hint.Contains(' '))
                    yield break; // a sentence of its own knows better than the status
            }
        }
        if (ToDo(error) is { } advice)
            yield return advice;
    }

    private static string? ToDo(ErrorBody error) => error.Status switch
    {
        401 => $"Check OpenRouterOptions.ApiKey, or the environment variable {OpenRouterDefaults.ApiKeyVariable}.",
        402 => error.LimitSource switch
        {
            "openrouter_in_flight_budget" => "The account's running requests have reserved what is left: wait for them, run fewer at once, or set ChatOptions.MaxOutputTokens so that each reserves less.",
            "openrouter_key_limit" => "The key's own limit is spent: raise it at https://openrouter.ai/settings/keys, or use another key.",
            "openrouter_guardrail_budget" => "A guardrail's budget is spent: ask whoever set it, or wait until it starts anew.",
            "openrouter_workspace_budget" => "The workspace's budget is spent: ask its administrator, or wait until it starts anew.",
            _ => "Add credits at https://openrouter.ai/settings/credits, or set ChatOptions.MaxOutputTokens: without it the model's maximum is reserved.",
        },
        403 when error.Metadata?.Member("reasons") is null && error.Availability is null => "Check what the key, and the account's guardrails and privacy settings, allow.",
        404 when error.Says("that support") => "The model exists, but none of its endpoints takes what the request holds: choose another model, or leave that out.",
        404 when error.Availability is null => "Check the model's name, and whether provider preferences or privacy settings leave an endpoint.",
        413 => "Send less: fewer or smaller files.",
        400 when error.ErrorType is "context_length_exceeded" or "token_limit_exceeded" or "max_tokens_exceeded" => "Shorten the history, or lower ChatOptions.MaxOutputTokens.",
        _ => null,
    };

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

    /// <summary>The providers that failed before the one that answered: <c>OtherAI 503</c>.</summary>
    private static string Tried(ErrorBody error) =>
        error.Metadata?.Member("previous_errors") is { ValueKind: JsonValueKind.Array } list
            ? string.Join(", ", list.EnumerateArray().Where(item => (item.Text("provider") ?? item.Text("provider_name")) is { Length: > 0 }).Take(5)
                .Select(item => $"{item.Text("provider") ?? item.Text("provider_name")} {item.Text("status") ?? item.Text("code")}".Trim()))
            : "";

    /// <summary>A code that is a number says no more than the status beside it.</summary>
    private static string? Word(string? code) => code is null || code.All(char.IsAsciiDigit) ? null : code;

    private static string In(string? generationId) => generationId is null ? "" : $" ({generationId})";
}

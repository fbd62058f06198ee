using System.Net;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter;

/// <summary>A call that failed: the service refused it, broke off, or could not be reached. The message says what to do.</summary>
public class OpenRouterException : Exception
{
    /// <summary>Set by the initialiser, or attached where the failure is seen to have brought something.</summary>
    private ChatResponse? _partialResponse;

    /// <summary>Set by the initialiser, attached with the partial response, or summed over requests.</summary>
    private UsageDetails? _usage;

    /// <summary>An exception without words.</summary>
    public OpenRouterException()
    {
    }

    /// <param name="message">What happened.</param>
    public OpenRouterException(string? message) : base(message)
    {
    }

    /// <param name="message">What happened.</param>
    /// <param name="innerException">What it came from.</param>
    public OpenRouterException(string? message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>
    /// The HTTP status; for an error inside a stream the one the service's error type stands for. Null when no answer arrived.
    /// </summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>The service's code, a word or a number as text. It is coarse: match on <see cref="ErrorType"/>.</summary>
    public string? Code { get; init; }

    /// <summary>The service's canonical reason, such as <c>rate_limit_exceeded</c> or <c>provider_unavailable</c>.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The upstream provider that failed, where the service names it.</summary>
    public string? ProviderName { get; init; }

    /// <summary>The generation's id (<c>gen-...</c>), for OpenRouter's support and for asking what the call cost.</summary>
    public string? GenerationId { get; init; }

    /// <summary>How long the service asked to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same request may soon succeed. False for a daily limit, which no short wait cures.</summary>
    public bool IsTransient { get; init; }

    /// <summary>
    /// The error as received, 64 KiB at most. Not part of <see cref="Exception.Message"/>, because it may quote the prompt.
    /// </summary>
    public string? ResponseBody { get; init; }

    /// <summary>The service's <c>metadata</c> beside the error.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>What had been said before the call broke: text, reasoning and complete calls. Null when nothing had been.</summary>
    public ChatResponse? PartialResponse { get => _partialResponse; init => _partialResponse = value; }

    /// <summary>What a failed answer used and cost, in the same counts as a good one's; null when the service did not say.</summary>
    public UsageDetails? Usage { get => _usage; init => _usage = value; }

    /// <summary>Why no endpoint could serve; null when that was not the reason.</summary>
    public OpenRouterAvailability? Availability { get; init; }

    /// <summary>
    /// What a failed answer cost in all: with an own provider key also what the provider charges beside it. Null when unknown.
    /// </summary>
    internal decimal? TotalSpend => PartialResponse?.GetOpenRouter().TotalSpend ?? Usage?.GetCost();

    /// <summary>
    /// Whether the request may be sent again by us: transient, and nothing of it can have been accepted, said or paid for.
    /// </summary>
    internal bool MayRetry { get => field && !WasPaidFor; init; }

    /// <summary>Whether output was seen or paid for: then nothing sends the request again, neither as it was nor smaller.</summary>
    internal bool WasPaidFor { get => field || Usage is { OutputTokenCount: > 0 } || TotalSpend > 0; set; }

    /// <summary>The failed answer that came with an HTTP status; nobody has read it yet.</summary>
    internal JsonElement? FailedAnswer { get; set; }

    /// <summary>The service refuses the <c>include</c> member: the request may be sent once more without it.</summary>
    internal bool NamesInclude { get; init; }

    /// <summary>The service refuses reasoning that was sent back: the request may be sent once more without any.</summary>
    internal bool RefusesReasoning { get; init; }

    /// <summary>Adds what had been said. The failure is found below the floor that knows it.</summary>
    internal void Attach(ChatResponse? partial)
    {
        _partialResponse ??= partial;
        _usage ??= partial?.Usage;
    }

    /// <summary>Adds what the call used besides: it failed after a part of it had been answered.</summary>
    internal void Add(UsageDetails? usage)
    {
        if (usage is null)
            return;
        var sum = new UsageDetails();
        sum.Add(usage);
        if (_usage is not null)
            sum.Add(_usage);
        _usage = sum;
    }
}

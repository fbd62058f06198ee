using System.Net;
using Microsoft.Extensions.AI;
using Polly;
using Polly.Timeout;

namespace Connectors.OpenRouter.Middleware;

/// <summary>One call of a budget: what is held back for it, and what is known of its cost.</summary>
internal sealed class BudgetedCall(OpenRouterReservation reservation, string model)
{
    /// <summary>A request was taken; the answer is complete; the call failed; nothing of it was paid for.</summary>
    private bool _isAsked, _isOver, _hasFailed, _isFree;

    /// <summary>The cost so far, in USD; null while none is known.</summary>
    private decimal? _spent;

    /// <summary>Failures of requests that others replaced.</summary>
    private readonly List<OpenRouterException> _failures = [];

    /// <summary>What is held back, with the generation's id as soon as that is known.</summary>
    public OpenRouterReservation Reservation { get; private set; } = reservation;

    /// <summary>The model, for the next estimate.</summary>
    public string Model => model;

    /// <summary>The answer is complete and says nothing of its cost.</summary>
    public bool IsUncounted => _isOver && _spent is null && _isAsked;

    /// <summary>What earlier requests of the call cost that failed before a word, and instead of which another was sent.</summary>
    public decimal FailedCost { get; private set; }

    /// <summary>A request has failed; it is not yet known whether that ends the call.</summary>
    public void RecordFailure(OpenRouterException failure)
    {
        if (failure.TotalSpend is not { } spent)
            return;
        _failures.Add(failure);
        FailedCost += Math.Max(0, spent);
    }

    /// <summary>The service has taken a request; what comes without one comes from a cache.</summary>
    public void Begin(string? generationId)
    {
        _isAsked = true;
        if (generationId is not null)
            Reservation = Reservation with { GenerationId = generationId };
    }

    /// <summary>Takes the cost of a whole answer.</summary>
    public void Count(ChatResponse response) => Count(response.GetOpenRouter(), response.ResponseId);

    /// <summary>Takes the cost of an update that has one.</summary>
    public void Count(ChatResponseUpdate update)
    {
        if (update.AdditionalProperties is not null || update.Contents.Any(content => content is UsageContent))
            Count(update.GetOpenRouter(), update.ResponseId);
    }

    /// <summary>The answer was given in full.</summary>
    public void Complete() => _isOver = true;

    /// <param name="failure">What ended the call.</param>
    public void Fail(Exception failure)
    {
        _hasFailed = true;
        if (failure is OpenRouterException { GenerationId: { } id })
            Reservation = Reservation with { GenerationId = id };
        if (failure is OpenRouterException known && _failures.Contains(known))
            _spent ??= 0; // it is among what was lost
        else if (failure is OpenRouterException { TotalSpend: { } spent })
            _spent = (_spent ?? 0) + Math.Max(0, spent);
        else
            _isFree = failure switch
            {
                OpenRouterException { PartialResponse: not null } => false,
                OpenRouterException { MayRetry: true } => true, // not reached, or nothing of it was said or paid for
                OpenRouterException { StatusCode: not (null or HttpStatusCode.OK) } => !_isAsked, // refused
                OpenRouterException { InnerException: ExecutionRejectedException and not TimeoutRejectedException } => true, // not sent
                OpenRouterException or OperationCanceledException => false,
                _ => !_isAsked,
            };
    }

    /// <summary>What the call cost; null when that was not heard, although something may have been paid for.</summary>
    /// <param name="isOurs">Whether a client of ours stands inside, which tells of each request that it sends.</param>
    public decimal? Cost(bool isOurs) =>
        isOurs && !_isAsked && !_hasFailed ? 0
        : _spent ?? (_isFree || _isOver && !isOurs ? 0 : null); // an answer of ours that does not say its cost has an id, by which it can be asked for

    /// <summary>Adds a cost, and the id where it was not known yet.</summary>
    private void Count(OpenRouterInfo info, string? responseId)
    {
        if (Reservation.GenerationId is null && (info.GenerationId ?? responseId) is { } id)
            Reservation = Reservation with { GenerationId = id };
        if (info.CacheStatus is "HIT")
            _spent ??= 0;
        else if (info.TotalSpend is { } spent)
            _spent = (_spent ?? 0) + Math.Max(0, spent);
    }
}

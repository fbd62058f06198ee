namespace Connectors.OpenRouter;

/// <summary>Where budgets keep what is spent and what is held back. Money is in USD.</summary>
/// <remarks>
/// Reserving and settling must each be one atomic step: a read and a write apart let two calls spend the same dollar.
/// A store shared by machines therefore needs scripts or transactions; a cache that can only get and set cannot be one.
/// </remarks>
public interface IOpenRouterBudgetStore
{
    /// <summary>Holds an amount back, if what is spent and what is held back leave room for it.</summary>
    /// <param name="key">Which budget.</param>
    /// <param name="limit">What may be spent and held back in all.</param>
    /// <param name="amount">What to hold back.</param>
    /// <param name="lifetime">How long; an amount that nobody settles by then is free again.</param>
    /// <param name="now">The caller's time, by which lifetimes end.</param>
    /// <param name="cancellationToken">Where it is heeded nothing may stay held back.</param>
    /// <returns>Null when there is no room.</returns>
    public ValueTask<OpenRouterReservation?> ReserveAsync(string key, decimal limit, decimal amount, TimeSpan lifetime, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>
    /// Remembers under which id the service charges a reservation (<see cref="OpenRouterReservation.GenerationId"/>), so that
    /// somebody can settle it when its own process cannot.
    /// </summary>
    /// <param name="reservation">With its generation id. One that is settled, or that the store does not know, changes nothing.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public ValueTask NoteAsync(OpenRouterReservation reservation, CancellationToken cancellationToken = default);

    /// <summary>
    /// Books what was spent, and lets go of what was held back. A second time for the same reservation changes nothing; one that
    /// has expired, or that the store does not know, is booked nevertheless.
    /// </summary>
    /// <param name="reservation">As <see cref="ReserveAsync"/> gave it; told apart by its id alone.</param>
    /// <param name="cost">What was really spent; may be zero, or more than was held back.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public ValueTask SettleAsync(OpenRouterReservation reservation, decimal cost, CancellationToken cancellationToken = default);

    /// <summary>What is booked, without what is held back.</summary>
    /// <param name="key">Which budget.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public ValueTask<decimal> GetSpentAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>
    /// The reservations that have expired although a generation id was noted: their process has died, and the service knows what
    /// they cost. They stay in this list until they are settled.
    /// </summary>
    /// <param name="key">Which budget.</param>
    /// <param name="now">The caller's time.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public ValueTask<IReadOnlyList<OpenRouterReservation>> GetExpiredAsync(string key, DateTimeOffset now, CancellationToken cancellationToken = default);
}

/// <summary>An amount that is held back until somebody says what was really spent.</summary>
public sealed record OpenRouterReservation
{
    /// <param name="key">Which budget.</param>
    /// <param name="id">Unlike any other.</param>
    /// <param name="amount">In USD.</param>
    /// <param name="expiresAt">When it is free again.</param>
    public OpenRouterReservation(string key, string id, decimal amount, DateTimeOffset expiresAt) => (Key, Id, Amount, ExpiresAt) = (key, id, amount, expiresAt);

    /// <summary>Which budget.</summary>
    public string Key { get; }

    /// <summary>Unlike any other.</summary>
    public string Id { get; }

    /// <summary>In USD.</summary>
    public decimal Amount { get; }

    /// <summary>When it is free again.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Under which id the service charges it; null until the answer has begun.</summary>
    public string? GenerationId { get; init; }
}

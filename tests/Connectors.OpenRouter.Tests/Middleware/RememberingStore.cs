namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>A store whose connection can break.</summary>
internal sealed class RememberingStore : IOpenRouterBudgetStore
{
    private readonly OpenRouterMemoryBudgetStore _store = new();

    public bool IsAway { get; set; }

    public bool BreaksAfterSettling { get; set; }

    public List<OpenRouterReservation> Reserved { get; } = [];

    public List<OpenRouterReservation> Noted { get; } = [];

    public async ValueTask<OpenRouterReservation?> ReserveAsync(string key, decimal limit, decimal amount, TimeSpan lifetime, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var reservation = await There().ReserveAsync(key, limit, amount, lifetime, now, cancellationToken);
        if (reservation is not null)
            Reserved.Add(reservation);
        return reservation;
    }

    public ValueTask NoteAsync(OpenRouterReservation reservation, CancellationToken cancellationToken = default)
    {
        Noted.Add(reservation);
        return There().NoteAsync(reservation, cancellationToken);
    }

    public async ValueTask SettleAsync(OpenRouterReservation reservation, decimal cost, CancellationToken cancellationToken = default)
    {
        await There().SettleAsync(reservation, cost, cancellationToken);
        if (BreaksAfterSettling)
            throw new TimeoutException("No answer from the store.");
    }

    public ValueTask<decimal> GetSpentAsync(string key, CancellationToken cancellationToken = default) => There().GetSpentAsync(key, cancellationToken);

    public ValueTask<IReadOnlyList<OpenRouterReservation>> GetExpiredAsync(string key, DateTimeOffset now, CancellationToken cancellationToken = default) => There().GetExpiredAsync(key, now, cancellationToken);

    private OpenRouterMemoryBudgetStore There() => IsAway ? throw new TimeoutException("The store is away.") : _store;
}

namespace Connectors.OpenRouter;

/// <summary>
/// Budgets in the memory of one process. Give one store to several clients and they share their budgets; what is spent is
/// forgotten when the process ends.
/// </summary>
/// <remarks>Safe for concurrent use.</remarks>
public sealed class OpenRouterMemoryBudgetStore : IOpenRouterBudgetStore
{
    /// <summary>Ids by which a second settling is known; a settling is never repeated that late.</summary>
    private const int SettledKept = 16_384;

    /// <summary>What is spent and held back, by budget. Also the lock of all members.</summary>
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);

    /// <summary>Ids of the latest settled reservations.</summary>
    private readonly HashSet<string> _settled = new(StringComparer.Ordinal);

    /// <summary>The same ids, the oldest first.</summary>
    private readonly Queue<string> _oldestSettled = new();

    /// <inheritdoc/>
    public ValueTask<OpenRouterReservation?> ReserveAsync(string key, decimal limit, decimal amount, TimeSpan lifetime, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_accounts)
        {
            var account = Of(key);
            if (account.Spent + account.Held(now) + amount > limit)
                return default;
            var reservation = new OpenRouterReservation(key, Guid.NewGuid().ToString("N"), amount, now + lifetime);
            account.Open[reservation.Id] = reservation;
            return new(reservation);
        }
    }

    /// <inheritdoc/>
    public ValueTask NoteAsync(OpenRouterReservation reservation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reservation);
        lock (_accounts)
        {
            var account = Of(reservation.Key);
            if (account.Open.ContainsKey(reservation.Id))
                account.Open[reservation.Id] = reservation;
        }
        return default;
    }

    /// <inheritdoc/>
    public ValueTask SettleAsync(OpenRouterReservation reservation, decimal cost, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reservation);
        lock (_accounts)
        {
            if (!_settled.Add(reservation.Id))
                return default;
            _oldestSettled.Enqueue(reservation.Id);
            if (_oldestSettled.Count > SettledKept)
                _settled.Remove(_oldestSettled.Dequeue());
            var account = Of(reservation.Key);
            account.Open.Remove(reservation.Id);
            account.Spent += cost;
        }
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<decimal> GetSpentAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_accounts)
            return new(_accounts.TryGetValue(key, out var account) ? account.Spent : 0);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<OpenRouterReservation>> GetExpiredAsync(string key, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_accounts)
            return new([.. Of(key).Open.Values.Where(open => open.ExpiresAt <= now && open.GenerationId is not null)]);
    }

    /// <summary>The account of a budget, made when it is first named; to be called under the lock.</summary>
    private Account Of(string key)
    {
        if (!_accounts.TryGetValue(key, out var account))
            _accounts[key] = account = new();
        return account;
    }

    /// <summary>One budget.</summary>
    private sealed class Account
    {
        /// <summary>What is booked, in USD.</summary>
        public decimal Spent { get; set; }

        /// <summary>What is held back, by the reservation's id.</summary>
        public Dictionary<string, OpenRouterReservation> Open { get; } = new(StringComparer.Ordinal);

        /// <summary>Drops what has expired and nobody can settle.</summary>
        public decimal Held(DateTimeOffset now)
        {
            foreach (var gone in Open.Values.Where(open => open.ExpiresAt <= now && open.GenerationId is null).ToList())
                Open.Remove(gone.Id);
            return Open.Values.Where(open => open.ExpiresAt > now).Sum(open => open.Amount);
        }
    }
}

using System.Collections.Concurrent;
using Connectors.OpenRouter.Telemetry;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Middleware;

/// <summary>
/// Books what could not be booked when its call ended: because the store was away, because nobody heard the cost, or because a
/// process died.
/// </summary>
/// <param name="store">Where it is booked.</param>
/// <param name="settings">Of the budget.</param>
/// <param name="time">By which reservations expire.</param>
/// <param name="costOf">Asks the service what a generation cost; null as long as it does not know. Null where nobody can be asked.</param>
/// <param name="logger">Where each is logged.</param>
internal sealed class LateBooking(IOpenRouterBudgetStore store, OpenRouterBudgetOptions settings, TimeProvider time, Func<string, Task<decimal?>>? costOf, ILogger logger)
{
    /// <summary>How many budgets are remembered; then the sweeps begin anew.</summary>
    private const int Keys = 4096;

    /// <summary>How often a budget is looked through.</summary>
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromMinutes(1);

    /// <summary>Costs that the store did not take.</summary>
    private readonly ConcurrentQueue<(OpenRouterReservation Reservation, decimal Cost)> _unbooked = new();

    /// <summary>When each budget was looked through last.</summary>
    private readonly Dictionary<string, DateTimeOffset> _swept = new(StringComparer.Ordinal);

    /// <summary>Guards <see cref="_swept"/> and <see cref="_settling"/>.</summary>
    private readonly object _gate = new();

    /// <summary>Completes when all work behind the callers' backs is done.</summary>
    private Task _settling = Task.CompletedTask;

    /// <summary>What is being asked and booked at the moment. Never fails.</summary>
    public Task Settling
    {
        get
        {
            lock (_gate)
                return _settling;
        }
    }

    /// <summary>
    /// Books a cost that is known; keeps it while the store is away. Never fails, because the answer is there and paid for.
    /// </summary>
    public async Task SettleAsync(OpenRouterReservation reservation, decimal cost)
    {
        try
        {
            await store.SettleAsync(reservation, cost, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception away)
        {
            _unbooked.Enqueue((reservation, cost));
            Log.BudgetStoreAway(logger, reservation.Key, "What an answer cost is kept here and booked when the store is back.", away);
        }
    }

    /// <summary>
    /// Books what was kept. A failure means that the store is still away; what it may have booked already it does not book again.
    /// </summary>
    public async ValueTask BookAsync()
    {
        while (_unbooked.TryDequeue(out var next))
            try
            {
                await store.SettleAsync(next.Reservation, next.Cost, CancellationToken.None).ConfigureAwait(false);
            }
            catch
            {
                _unbooked.Enqueue(next);
                throw;
            }
    }

    /// <summary>
    /// Of a call that was broken off nobody heard the cost: the service is asked, behind the caller's back. Where it cannot be,
    /// what was held back is booked, because breaking off must not be free.
    /// </summary>
    /// <param name="reservation">What is held back for it.</param>
    /// <param name="lost">What is known to have been spent besides.</param>
    public Task AskAsync(OpenRouterReservation reservation, decimal lost)
    {
        if (costOf is null || reservation.GenerationId is null)
            return BookEstimateAsync(reservation, lost);
        Behind(reservation.Key, () => AskAndBookAsync(reservation, lost));
        return Task.CompletedTask;
    }

    /// <summary>Looks now and then for what a dead process has left.</summary>
    public void Sweep(string key, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_swept.TryGetValue(key, out var last) && now - last < BetweenSweeps)
                return;
            if (_swept.Count >= Keys)
                _swept.Clear();
            _swept[key] = now;
        }
        Behind(key, async () =>
        {
            foreach (var left in await store.GetExpiredAsync(key, now, CancellationToken.None).ConfigureAwait(false))
                await AskAndBookAsync(left, lost: 0).ConfigureAwait(false);
        });
    }

    /// <summary>Asks what a generation cost and books it.</summary>
    /// <param name="reservation">With its generation id.</param>
    /// <param name="lost">What is known to have been spent besides.</param>
    private async Task AskAndBookAsync(OpenRouterReservation reservation, decimal lost)
    {
        decimal? cost = null;
        try
        {
            cost = costOf is null ? null : await costOf(reservation.GenerationId!).ConfigureAwait(false);
        }
        catch (Exception unknown) when (unknown is OpenRouterException or OperationCanceledException or InvalidOperationException)
        {
            Log.CostNotTold(logger, reservation.Key, reservation.GenerationId!, unknown);
        }
        if (cost is { } known)
        {
            Log.BookedLate(logger, reservation.Key, known + lost, "the service was asked");
            await SettleAsync(reservation, known + lost).ConfigureAwait(false);
        }
        else if (costOf is null || reservation.ExpiresAt + settings.Lifetime <= time.GetUtcNow())
        {
            await BookEstimateAsync(reservation, lost).ConfigureAwait(false); // it will never be known
        }
    }

    /// <summary>Books what was held back, because the true cost will not be known.</summary>
    private Task BookEstimateAsync(OpenRouterReservation reservation, decimal lost)
    {
        Log.BookedLate(logger, reservation.Key, reservation.Amount + lost, "what was held back for it");
        return SettleAsync(reservation, reservation.Amount + lost);
    }

    /// <summary>Runs work that no caller waits for; failures are logged.</summary>
    /// <param name="key">The budget, for the log.</param>
    /// <param name="work">What to do.</param>
    private void Behind(string key, Func<Task> work)
    {
        lock (_gate)
            _settling = Task.WhenAll(_settling, Task.Run(RunAsync));

        async Task RunAsync()
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception away)
            {
                Log.BudgetStoreAway(logger, key, "What a dead process has left is looked for again later.", away);
            }
        }
    }
}

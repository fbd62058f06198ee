using System.Runtime.CompilerServices;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connectors.OpenRouter.Middleware;

/// <summary>Holds back money before each request and books what it cost after it. Without room nothing is sent.</summary>
internal sealed class BudgetClient : DelegatingChatClient
{
    /// <summary>The store's name of a budget that has none.</summary>
    public const string OnlyKey = "default";

    /// <summary>What may be spent and held back, in USD.</summary>
    private readonly decimal _limit;

    /// <summary>Names the budget of a request; null for one budget.</summary>
    private readonly Func<ChatOptions?, string>? _key;

    /// <summary>Where reservations and sums are.</summary>
    private readonly IOpenRouterBudgetStore _store;

    /// <summary>A checked copy of the caller's settings.</summary>
    private readonly OpenRouterBudgetOptions _settings;

    /// <summary>The clock by which reservations expire.</summary>
    private readonly TimeProvider _time;

    /// <summary>Where a store that is away and late bookings are logged.</summary>
    private readonly ILogger _logger;

    /// <summary>Estimates what a request will cost, to hold back as much.</summary>
    private readonly CostEstimate _estimate;

    /// <summary>Books what cannot be booked when a call ends.</summary>
    private readonly LateBooking _late;

    /// <summary>Whether a client of ours stands inside, which tells of each request it sends.</summary>
    private readonly bool _isOurs;

    /// <summary>Set once a missing cost was logged.</summary>
    private int _uncountedLogged;

    /// <summary>A budget around a client.</summary>
    /// <param name="inner">The client; it must not contain the function loop.</param>
    /// <param name="limit">In USD.</param>
    /// <param name="key">Names the budget; null for one.</param>
    /// <param name="store">Where the sums are.</param>
    /// <param name="settings">Checked.</param>
    /// <param name="time">By which reservations expire.</param>
    /// <param name="loggers">Null: nothing is logged.</param>
    public BudgetClient(IChatClient inner, decimal limit, Func<ChatOptions?, string>? key, IOpenRouterBudgetStore store, OpenRouterBudgetOptions settings, TimeProvider time, ILoggerFactory? loggers) : base(inner)
    {
        if (inner.GetService<FunctionInvokingChatClient>() is not null)
            throw new InvalidOperationException("UseOpenRouterBudget stands outside the function loop and would count its requests only when all of them are paid: add it after UseFunctionInvocation().");
        (_limit, _key, _store, _settings, _time) = (limit, key, store, settings, time);
        _logger = (ILogger?)loggers?.CreateLogger<BudgetClient>() ?? NullLogger.Instance;
        var platform = inner.GetService<OpenRouterPlatform>();
        _estimate = new(limit, platform, time);
        _isOurs = inner.GetService<OpenRouterChatClient>() is not null;
        _late = new(store, settings, time, platform is null ? null : async id => (await platform.GetGenerationAsync(id, CancellationToken.None).ConfigureAwait(false)).TotalSpend, _logger);
    }

    /// <summary>What is being settled behind the callers' backs.</summary>
    public Task Settling => _late.Settling;

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var list = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        var request = RequestFacts.Of(options, this);
        var call = await BeginAsync(list, request, options, cancellationToken).ConfigureAwait(false);
        options = request.Options;
        try
        {
            GenerationListener.Listen(id => NoteAsync(call, id), call.RecordFailure);
            var response = await base.GetResponseAsync(list, options, cancellationToken).ConfigureAwait(false);
            call.Count(response);
            call.Complete();
            return response;
        }
        catch (Exception failure)
        {
            call.Fail(failure);
            throw;
        }
        finally
        {
            await EndAsync(call).ConfigureAwait(false);
        }
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return StreamAsync(messages, options, cancellationToken);
    }

    /// <summary>The stream; what was held back is settled however the caller leaves it.</summary>
    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var list = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        var request = RequestFacts.Of(options, this);
        var call = await BeginAsync(list, request, options, cancellationToken).ConfigureAwait(false);
        options = request.Options;
        try
        {
            GenerationListener.Listen(id => NoteAsync(call, id), call.RecordFailure);
            var updates = base.GetStreamingResponseAsync(list, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (updates.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await updates.MoveNextAsync().ConfigureAwait(false))
                            break;
                    }
                    catch (Exception failure)
                    {
                        call.Fail(failure);
                        throw;
                    }
                    call.Count(updates.Current);
                    yield return updates.Current;
                }
                call.Complete();
            }
        }
        finally
        {
            await EndAsync(call).ConfigureAwait(false); // also when the caller has had enough
        }
    }

    /// <summary>Holds back what the request will probably cost.</summary>
    /// <exception cref="OpenRouterBudgetException">There is no room.</exception>
    private async Task<BudgetedCall> BeginAsync(IReadOnlyCollection<ChatMessage> messages, RequestFacts request, ChatOptions? options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var name = _key is null ? null : _key(options) is { Length: > 0 } given ? given : throw new InvalidOperationException("The key function of UseOpenRouterBudget gave no key. Every request needs one.");
        var key = name ?? OnlyKey;
        var model = request.Model;
        var amount = _settings.Reservation ?? _estimate.Of(request, messages);
        var now = _time.GetUtcNow();
        try
        {
            await _late.BookAsync().ConfigureAwait(false);
            if (await _store.ReserveAsync(key, _limit, amount, _settings.Lifetime, now, cancellationToken).ConfigureAwait(false) is { } reservation)
            {
                _late.Sweep(key, now);
                return new(reservation, model);
            }
            throw ExceptionFactory.BudgetUsedUp(name, _limit, await _store.GetSpentAsync(key, cancellationToken).ConfigureAwait(false), amount);
        }
        catch (Exception away) when (away is not OpenRouterBudgetException && !cancellationToken.IsCancellationRequested)
        {
            if (!_settings.AllowWithoutStore)
            {
                Log.BudgetStoreAway(_logger, key, "Nothing was sent.", away);
                throw ExceptionFactory.BudgetStoreAway(name, away);
            }
            Log.BudgetStoreAway(_logger, key, "The request was sent nevertheless and is counted when the store is back.", away);
            return new(new(key, Guid.NewGuid().ToString("N"), amount, now + _settings.Lifetime), model);
        }
    }

    /// <summary>The service has taken the request: its id is noted, so that another process can settle it.</summary>
    private async ValueTask NoteAsync(BudgetedCall call, string? generationId)
    {
        call.Begin(generationId);
        try
        {
            if (generationId is not null)
                await _store.NoteAsync(call.Reservation, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception away)
        {
            Log.BudgetStoreAway(_logger, call.Reservation.Key, "Should this process die now, nobody will know what the request cost.", away);
        }
    }

    /// <summary>Settles a call: with its cost where that is known, otherwise by asking for it.</summary>
    private async Task EndAsync(BudgetedCall call)
    {
        if (call.Cost(_isOurs) is not { } cost)
        {
            await _late.AskAsync(call.Reservation, call.FailedCost).ConfigureAwait(false);
            return;
        }
        if (!_isOurs && call.IsUncounted && Interlocked.Exchange(ref _uncountedLogged, 1) == 0)
            Log.UncountedCost(_logger, call.Reservation.Key);
        _estimate.Record(call.Model, cost);
        await _late.SettleAsync(call.Reservation, cost + call.FailedCost).ConfigureAwait(false);
    }
}

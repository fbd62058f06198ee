using System.Runtime.CompilerServices;
using System.Text.Json;
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Samples.Cluster;

/// <summary>Holds one conversation: its history, thinking included, and the turn that is under way.</summary>
internal sealed class ConversationGrain(
    [PersistentState("conversation", SiloHost.Storage)] IPersistentState<ConversationState> state,
    [FromKeyedServices(SiloHost.Chat)] IChatClient model,
    IAccount account,
    ILocalSiloDetails silo,
    ILogger<ConversationGrain> logger) : Grain, IConversation, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, Turn> _turns = [];
    private readonly SemaphoreSlim _gate = new(1);
    private List<ChatMessage> _history = [];
    private readonly List<(OpenTurn Turn, decimal? Cost)> _unbooked = [];
    private bool _unsaved;

    private string Name => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _history = JsonSerializer.Deserialize<List<ChatMessage>>(state.State.Json, AIJsonUtilities.DefaultOptions)!;
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_unsaved)
            await SaveAsync();
        await BookAsync();
    }

    public async IAsyncEnumerable<TurnUpdate> Ask(string turnId, string question, Place? heard, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (!_turns.TryGetValue(turnId, out var turn) || turn.Running.IsFaulted || turn.Running.IsCanceled)
        {
            if (state.State.Turns.TryGetValue(turnId, out var record))
            {
                foreach (var update in await ReplayAsync(record))
                    yield return update;
                yield break;
            }
            foreach (var (id, over) in _turns.Where(other => other.Value.Running.IsCompleted).ToList())
                _turns.Remove(id);
            _turns[turnId] = turn = new();
            turn.Running = RunAsync(turnId, question, turn);
        }

        var next = heard?.Attempt == turn.Attempt ? heard.Next : 0;
        while (true)
        {
            var more = turn.MoreAsync();
            while (next < turn.Said.Count)
                yield return new(new(turn.Attempt, next + 1), turn.Said[next++]);
            if (turn.Running.IsCompleted)
                break;
            await Task.WhenAny(more, turn.Running).WaitAsync(cancellationToken);
        }
        await turn.Running;
    }

    public Task Stop(string turnId) => _turns.TryGetValue(turnId, out var turn) ? turn.Stopping.CancelAsync() : Task.CompletedTask;

    public Task<Recorded> Look() => Task.FromResult(new Recorded(silo.Name, state.State.Json.Length, [.. state.State.Turns.Keys], _history, [.. state.State.Turns.Values.Select(turn => turn.GenerationId!)]));

    public void Dispose() => _gate.Dispose();

    /// <summary>The whole turn. It belongs to the grain and not to a listener: who hangs up stops nothing, and two questions at once are answered one after the other.</summary>
    private async Task RunAsync(string turnId, string question, Turn turn)
    {
        if (!await _gate.WaitAsync(Patience))
            throw new ConversationUnavailableException($"The conversation {Name} is still busy with an earlier question. Nothing was asked; try again.");
        try
        {
            DelayDeactivation(TimeSpan.FromMinutes(15));
            var open = await OpenAsync(turnId);
            List<ChatMessage> asked = [.. _history, new(ChatRole.User, question)];
            GenerationIds.Listen(async generation => open = await HeardAsync(open, generation));
            try
            {
                await foreach (var update in model.GetStreamingResponseAsync(asked, Options(), turn.Stopping.Token))
                    turn.Say(update);
            }
            catch (Exception failure)
            {
                await CloseAsync(open, failure is OpenRouterException { Usage: { } usage, PartialResponse: var partial } ? partial?.GetOpenRouter().TotalSpend ?? usage.GetCost() : null);
                if (failure is OperationCanceledException && turn.Stopping.IsCancellationRequested)
                    throw new TurnStoppedException($"The turn {turnId} of {Name} was stopped.");
                throw;
            }

            var response = turn.Said.ToChatResponse();
            _history = [.. asked, .. response.Messages];
            state.State.Turns[turnId] = new() { From = asked.Count, Count = response.Messages.Count, GenerationId = response.ResponseId, Cost = response.GetOpenRouter().Cost };
            state.State.Json = JsonSerializer.Serialize(_history, AIJsonUtilities.DefaultOptions);
            _unsaved = true;
            try
            {
                await SaveAsync(); // after the last word, and never cancelled: what was answered is recorded
            }
            finally
            {
                await CloseAsync(open, response.GetOpenRouter().TotalSpend);
            }
        }
        finally
        {
            _gate.Release();
            turn.Wake();
        }
    }

    private ChatOptions Options() => new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.Medium } }
        .WithOpenRouter(new() { SessionId = Name }); // the same conversation reaches the same provider, whose prompt cache is warm

    /// <summary>Before anything is asked: what is unsaved is saved, what an earlier life of this grain left open is settled, and the budget is asked.</summary>
    private async Task<OpenTurn> OpenAsync(string turnId)
    {
        if (_unsaved)
            await SaveAsync();
        try
        {
            await BookAsync();
            await account.CloseLeftoversAsync(Name);
            return await account.OpenAsync(Name, turnId);
        }
        catch (Exception away) when (away is not (OperationCanceledException or BudgetExhaustedException))
        {
            throw Away("Nothing was asked", away);
        }
    }

    private async Task SaveAsync()
    {
        try
        {
            await state.WriteStateAsync(CancellationToken.None);
            _unsaved = false;
        }
        catch (Exception away) when (away is not InconsistentStateException)
        {
            throw Away("What was answered is kept here until the store is back", away);
        }
    }

    private async Task<TurnUpdate[]> ReplayAsync(TurnRecord record)
    {
        if (_unsaved)
            await SaveAsync();
        var said = new ChatResponse([.. _history.Skip(record.From).Take(record.Count)]) { ResponseId = record.GenerationId }.ToChatResponseUpdates();
        return [.. said.Select((update, index) => new TurnUpdate(new("recorded", index + 1), update))];
    }

    private async Task<OpenTurn> HeardAsync(OpenTurn open, string generation)
    {
        try
        {
            return await account.HeardAsync(open, generation);
        }
        catch (Exception away) when (away is not OperationCanceledException)
        {
            logger.LogWarning(away, "The generation of the turn {Turn} could not be noted. The answer goes on.", open.TurnId);
            return open with { GenerationId = generation };
        }
    }

    private async Task CloseAsync(OpenTurn open, decimal? cost)
    {
        try
        {
            await account.CloseAsync(open, cost);
        }
        catch (Exception away) when (away is not OperationCanceledException)
        {
            logger.LogWarning(away, "What the turn {Turn} cost could not be booked. It is booked before the next one.", open.TurnId);
            _unbooked.Add((open, cost));
        }
    }

    /// <summary>Books what turns cost that ended while the store was away: their sums are known here and nowhere else.</summary>
    private async Task BookAsync()
    {
        while (_unbooked is [var (turn, cost), ..])
        {
            await account.CloseAsync(turn, cost);
            _unbooked.RemoveAt(0);
        }
    }

    private ConversationUnavailableException Away(string sofar, Exception why)
    {
        logger.LogWarning(why, "The store of {Conversation} cannot be reached.", Name);
        return new($"The conversation {Name} cannot reach its store. {sofar}; ask again with the same turn id when it is back. ({why.GetType().Name})");
    }
}

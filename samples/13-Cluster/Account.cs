using System.Text.Json;
using Connectors.OpenRouter;
using StackExchange.Redis;

namespace Samples.Cluster;

/// <summary>A turn whose cost is not booked yet.</summary>
/// <param name="Reservation">What is held back for it in the shared budget.</param>
/// <param name="GenerationId">What the service charges it under; null until its first event.</param>
internal sealed record OpenTurn(string Conversation, string TurnId, OpenRouterReservation Reservation, string? GenerationId);

/// <summary>What a conversation needs of the shared budget. The grain reserves and settles itself, because a turn that its machine's death cut must be settled by whoever comes after.</summary>
internal interface IAccount
{
    /// <summary>Holds an amount back and notes the turn as open.</summary>
    /// <exception cref="BudgetExhaustedException">The budget is used up.</exception>
    public Task<OpenTurn> OpenAsync(string conversation, string turnId);

    /// <summary>Notes under which id the service charges the turn.</summary>
    public Task<OpenTurn> HeardAsync(OpenTurn turn, string generationId);

    /// <summary>Books what the turn cost; asks the service where that is unknown. Booking it a second time changes nothing.</summary>
    public Task CloseAsync(OpenTurn turn, decimal? cost);

    /// <summary>Books what earlier lives of the conversation left open.</summary>
    public Task CloseLeftoversAsync(string conversation);
}

/// <summary>On one machine without a store nothing is shared and nothing is left over.</summary>
internal sealed class NoAccount : IAccount
{
    public Task<OpenTurn> OpenAsync(string conversation, string turnId) => Task.FromResult(new OpenTurn(conversation, turnId, null!, null));

    public Task<OpenTurn> HeardAsync(OpenTurn turn, string generationId) => Task.FromResult(turn with { GenerationId = generationId });

    public Task CloseAsync(OpenTurn turn, decimal? cost) => Task.CompletedTask;

    public Task CloseLeftoversAsync(string conversation) => Task.CompletedTask;
}

/// <summary>The budget of all machines; beside it, per conversation, the turns that are open.</summary>
internal sealed class SharedAccount(IConnectionMultiplexer redis, IOpenRouterBudgetStore budget, decimal limit, OpenRouterPlatform platform) : IAccount
{
    /// <summary>The budget's name: one for all conversations.</summary>
    public const string Key = "cluster";

    /// <summary>The set of generation ids that were booked after their machine's death.</summary>
    public const string LeftoversKey = "booked-after-death";

    private const decimal PerTurn = 0.05m; // more than a turn costs: a reservation is a promise

    private IDatabase Redis => redis.GetDatabase();

    public async Task<OpenTurn> OpenAsync(string conversation, string turnId)
    {
        var reservation = await budget.ReserveAsync(Key, limit, PerTurn, TimeSpan.FromHours(1), DateTimeOffset.UtcNow)
            ?? throw new BudgetExhaustedException($"The budget of ${limit} that all machines share is used up: ${await budget.GetSpentAsync(Key)} are spent, and ${PerTurn} are held back for each open turn. Nothing was asked.");
        return await NoteAsync(new(conversation, turnId, reservation, null));
    }

    public Task<OpenTurn> HeardAsync(OpenTurn turn, string generationId) => NoteAsync(turn with { GenerationId = generationId });

    public async Task CloseAsync(OpenTurn turn, decimal? cost)
    {
        // Nothing was heard: if the service charged anything, nobody can ask for it, and the reservation runs out by itself.
        if (cost is null && turn.GenerationId is { } id)
            cost = (await platform.GetGenerationAsync(id)).TotalSpend; // waits until the service knows it
        if (cost is { } known)
            await budget.SettleAsync(turn.Reservation, known);
        await Redis.HashDeleteAsync(Field(turn.Conversation), turn.Reservation.Id);
    }

    public async Task CloseLeftoversAsync(string conversation)
    {
        foreach (var left in await Redis.HashGetAllAsync(Field(conversation)))
        {
            var turn = JsonSerializer.Deserialize<OpenTurn>((string)left.Value!)!;
            await CloseAsync(turn, null);
            if (turn.GenerationId is { } id)
                await Redis.SetAddAsync(LeftoversKey, id); // for whoever checks the sums
        }
    }

    private async Task<OpenTurn> NoteAsync(OpenTurn turn)
    {
        await Redis.HashSetAsync(Field(turn.Conversation), turn.Reservation.Id, JsonSerializer.Serialize(turn));
        return turn;
    }

    private static string Field(string conversation) => $"open:{conversation}";
}

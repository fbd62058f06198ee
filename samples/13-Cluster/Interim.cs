using System.Net.Http.Json;
using System.Text.Json;
using Connectors.OpenRouter;
using StackExchange.Redis;

namespace Samples.Cluster;

internal sealed record OpenRouterReservation(string Key, string Id, decimal Amount);

internal interface IOpenRouterBudgetStore
{
    public ValueTask<OpenRouterReservation?> ReserveAsync(string key, decimal limit, decimal amount, TimeSpan lifetime, DateTimeOffset now, CancellationToken cancellationToken);
    public ValueTask SettleAsync(OpenRouterReservation reservation, decimal cost, CancellationToken cancellationToken);
    public ValueTask<decimal> GetSpentAsync(string key, CancellationToken cancellationToken);
}

internal sealed class OpenRouterBudgetException(string message) : OpenRouterException(message)
{
    public decimal Limit { get; init; }
    public decimal Spent { get; init; }
    public string? Key { get; init; }
}

internal sealed record Generation(decimal TotalCost);

internal sealed class OpenRouterPlatform(OpenRouterOptions options, HttpClient http)
{
    public async Task<Generation> GetGenerationAsync(string id, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(options.Endpoint, $"generation?id={id}"));
        request.Headers.Authorization = new("Bearer", options.ApiKey);
        using var response = await http.SendAsync(request, cancellationToken);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return new(json.GetProperty("data").GetProperty("total_cost").GetDecimal());
    }
}

internal sealed class RedisBudgetStore(IDatabase redis) : IOpenRouterBudgetStore
{
    public async ValueTask<OpenRouterReservation?> ReserveAsync(string key, decimal limit, decimal amount, TimeSpan lifetime, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await redis.PingAsync();
        return new(key, Guid.NewGuid().ToString("N"), amount);
    }

    public async ValueTask SettleAsync(OpenRouterReservation reservation, decimal cost, CancellationToken cancellationToken)
    {
        if (await redis.StringSetAsync($"s:{reservation.Id}", 1, TimeSpan.FromDays(1), When.NotExists))
            await redis.StringIncrementAsync($"b:{reservation.Key}", (long)(cost * 1_000_000_000m));
    }

    public async ValueTask<decimal> GetSpentAsync(string key, CancellationToken cancellationToken) => (long?)await redis.StringGetAsync($"b:{key}") / 1_000_000_000m ?? 0;
}

using System.Globalization;
using Connectors.OpenRouter;
using StackExchange.Redis;

namespace Samples;

/// <summary>Budgets for all machines, on Redis. Each step is a script, because a read and a write apart let two machines spend the same dollar.</summary>
/// <param name="redis">Where the sums are: whole billionths of a dollar.</param>
internal sealed class RedisBudgetStore(IDatabase redis) : IOpenRouterBudgetStore
{
    // A reservation is AMOUNT:ENDS:GENERATION. One that has ended no longer counts; it is kept if somebody can still learn what it cost.
    private const string ReserveScript = """
        local held = 0
        local open = redis.call('HGETALL', KEYS[2])
        for i = 1, #open, 2 do
          local amount, ends, generation = string.match(open[i + 1], '(%d+):(%d+):(.*)')
          if tonumber(ends) > tonumber(ARGV[3]) then held = held + tonumber(amount)
          elseif generation == '' then redis.call('HDEL', KEYS[2], open[i]) end
        end
        local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
        if spent + held + tonumber(ARGV[2]) > tonumber(ARGV[1]) then return 0 end
        redis.call('HSET', KEYS[2], ARGV[5], ARGV[2] .. ':' .. ARGV[4] .. ':')
        return 1
        """;

    private const string NoteScript = "if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end";

    private const string SettleScript = """
        if not redis.call('SET', KEYS[3], 1, 'NX', 'EX', 2592000) then return 0 end
        redis.call('HDEL', KEYS[2], ARGV[1])
        redis.call('INCRBY', KEYS[1], ARGV[2])
        return 1
        """;

    public async ValueTask<OpenRouterReservation?> ReserveAsync(string key, decimal limit, decimal amount, TimeSpan lifetime, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var reservation = new OpenRouterReservation(key, Guid.NewGuid().ToString("N"), amount, now + lifetime);
        var given = await redis.ScriptEvaluateAsync(ReserveScript, [Spent(key), Held(key)],
            [Nano(limit), Nano(amount), now.ToUnixTimeMilliseconds(), reservation.ExpiresAt.ToUnixTimeMilliseconds(), reservation.Id]);
        return (int)given == 1 ? reservation : null;
    }

    public async ValueTask NoteAsync(OpenRouterReservation reservation, CancellationToken cancellationToken = default) =>
        await redis.ScriptEvaluateAsync(NoteScript, [Held(reservation.Key)], [reservation.Id, $"{Nano(reservation.Amount)}:{reservation.ExpiresAt.ToUnixTimeMilliseconds()}:{reservation.GenerationId}"]);

    public async ValueTask SettleAsync(OpenRouterReservation reservation, decimal cost, CancellationToken cancellationToken = default) =>
        await redis.ScriptEvaluateAsync(SettleScript, [Spent(reservation.Key), Held(reservation.Key), $"{{budget:{reservation.Key}}}:settled:{reservation.Id}"], [reservation.Id, Nano(cost)]);

    public async ValueTask<decimal> GetSpentAsync(string key, CancellationToken cancellationToken = default) => Dollars((long?)await redis.StringGetAsync(Spent(key)) ?? 0);

    public async ValueTask<IReadOnlyList<OpenRouterReservation>> GetExpiredAsync(string key, DateTimeOffset now, CancellationToken cancellationToken = default) =>
    [
        .. from open in await redis.HashGetAllAsync(Held(key))
           let parts = ((string)open.Value!).Split(':', 3)
           let ends = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[1], CultureInfo.InvariantCulture))
           where ends <= now && parts[2].Length > 0
           select new OpenRouterReservation(key, open.Name!, Dollars(long.Parse(parts[0], CultureInfo.InvariantCulture)), ends) { GenerationId = parts[2] },
    ];

    // One hash tag: in a Redis cluster the keys of a script live on one node.
    private static RedisKey Spent(string key) => $"{{budget:{key}}}:spent";

    private static RedisKey Held(string key) => $"{{budget:{key}}}:held";

    private static string Nano(decimal dollars) => ((long)decimal.Ceiling(dollars * 1_000_000_000m)).ToString(CultureInfo.InvariantCulture);

    private static decimal Dollars(long nano) => nano / 1_000_000_000m;
}

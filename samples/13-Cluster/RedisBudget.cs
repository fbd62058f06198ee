using System.Globalization;
using StackExchange.Redis;

namespace Samples.Cluster;

/// <summary>An amount that is held back until somebody says what was really spent.</summary>
internal sealed record Reservation(string Id, decimal Amount);

/// <summary>One budget for all machines. Reserving and settling are one script each, because a read and a write apart let two machines spend the same dollar.</summary>
/// <param name="redis">Where the sums are: whole billionths of a dollar.</param>
/// <param name="name">Which budget.</param>
/// <param name="limit">In USD.</param>
/// <param name="clock">By which reservations run out that nobody settles.</param>
internal sealed class RedisBudget(IDatabase redis, string name, decimal limit, TimeProvider clock)
{
    private const string ReserveScript = """
        local held = 0
        local open = redis.call('HGETALL', KEYS[2])
        for i = 1, #open, 2 do
          local amount, ends = string.match(open[i + 1], '(%d+):(%d+)')
          if tonumber(ends) <= tonumber(ARGV[3]) then redis.call('HDEL', KEYS[2], open[i]) else held = held + tonumber(amount) end
        end
        local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
        if spent + held + tonumber(ARGV[2]) > tonumber(ARGV[1]) then return 0 end
        redis.call('HSET', KEYS[2], ARGV[5], ARGV[2] .. ':' .. ARGV[4])
        return 1
        """;

    private const string SettleScript = """
        if not redis.call('SET', KEYS[3], 1, 'NX', 'EX', 2592000) then return 0 end
        redis.call('HDEL', KEYS[2], ARGV[1])
        redis.call('INCRBY', KEYS[1], ARGV[2])
        return 1
        """;

    // One hash tag: in a Redis cluster the keys of a script live on one node.
    private readonly RedisKey _spent = $"{{budget:{name}}}:spent";
    private readonly RedisKey _held = $"{{budget:{name}}}:held";

    public decimal Limit => limit;

    /// <returns>Null when what is spent and held back leaves no room.</returns>
    public async Task<Reservation?> ReserveAsync(decimal amount, TimeSpan lifetime)
    {
        var (id, now) = (Guid.NewGuid().ToString("N"), clock.GetUtcNow());
        var given = await redis.ScriptEvaluateAsync(ReserveScript, [_spent, _held], [Nano(limit), Nano(amount), now.ToUnixTimeMilliseconds(), (now + lifetime).ToUnixTimeMilliseconds(), id]);
        return (int)given == 1 ? new(id, amount) : null;
    }

    /// <summary>Books what was spent. A second time for the same reservation changes nothing; after it ran out it still counts.</summary>
    public Task SettleAsync(Reservation reservation, decimal cost) =>
        redis.ScriptEvaluateAsync(SettleScript, [_spent, _held, $"{{budget:{name}}}:settled:{reservation.Id}"], [reservation.Id, Nano(cost)]);

    public async Task<decimal> GetSpentAsync() => (long?)await redis.StringGetAsync(_spent) / 1_000_000_000m ?? 0;

    private static string Nano(decimal dollars) => ((long)(dollars * 1_000_000_000m)).ToString(CultureInfo.InvariantCulture);
}

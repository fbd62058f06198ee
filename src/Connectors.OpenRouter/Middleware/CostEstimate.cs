using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Middleware;

/// <summary>What a request will probably cost, judged by the latest answers of its model.</summary>
internal sealed class CostEstimate(decimal limit)
{
    private const int Kept = 8, Models = 256;
    private const decimal AtMost = 0.05m;

    private readonly Dictionary<string, Queue<decimal>> _latest = new(StringComparer.Ordinal);

    /// <summary>Never more than the limit: the first request must be able to go.</summary>
    public decimal Of(string model)
    {
        lock (_latest)
            return Math.Min(limit, _latest.TryGetValue(model, out var costs) ? costs.Max() : Math.Min(AtMost, limit / 10));
    }

    /// <summary>The dearest counts: who holds back too little overspends.</summary>
    public void Learn(string model, decimal cost)
    {
        if (cost <= 0) // free models, and answers from a cache, say nothing of the next one
            return;
        lock (_latest)
        {
            if (!_latest.TryGetValue(model, out var costs))
            {
                if (_latest.Count >= Models)
                    _latest.Clear();
                _latest[model] = costs = new();
            }
            costs.Enqueue(cost);
            if (costs.Count > Kept)
                costs.Dequeue();
        }
    }

    public static string Model(ChatOptions? options, IChatClient client) => options?.ModelId ?? client.GetService<ChatClientMetadata>()?.DefaultModelId ?? "";
}

using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Middleware;

/// <summary>
/// What a request will probably cost: by the catalogue where it is known, else judged by the latest answers of its model.
/// </summary>
internal sealed class CostEstimate(decimal limit, OpenRouterPlatform? platform, TimeProvider time)
{
    /// <summary>
    /// Answers remembered for each model; models remembered; and rough sizes: letters in a token, tokens in a file.
    /// </summary>
    private const int Kept = 8, Models = 256, LettersPerToken = 3, TokensPerFile = 2000;

    /// <summary>The most that is assumed of a model nobody knows, in USD.</summary>
    private const decimal AtMost = 0.05m;

    /// <summary>The latest costs of each model. Also the lock.</summary>
    private readonly Dictionary<string, Queue<decimal>> _latest = new(StringComparer.Ordinal);

    /// <summary>Never more than the limit: the first request must be able to go.</summary>
    public decimal Of(RequestFacts request, IReadOnlyCollection<ChatMessage> messages)
    {
        if (ByCatalogue(request, messages) is { } known and > 0)
            return Math.Min(limit, known);
        lock (_latest)
            return Math.Min(limit, _latest.TryGetValue(request.Model, out var costs) ? costs.Max() : Math.Min(AtMost, limit / 10));
    }

    /// <summary>The dearest counts: who holds back too little overspends.</summary>
    public void Record(string model, decimal cost)
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

    /// <summary>Without a limit of its own an answer may have any length, and its price says little.</summary>
    private decimal? ByCatalogue(RequestFacts request, IReadOnlyCollection<ChatMessage> messages)
    {
        if (request.MaxOutputTokens is not { } output || platform?.KnownModel(request.Model) is not { } model)
            return null;
        var letters = request.Options?.Instructions?.Length ?? 0;
        var input = 0L;
        foreach (var content in messages.SelectMany(message => message.Contents))
            if (content is DataContent or UriContent)
                input += TokensPerFile;
            else
                letters += (content as TextContent)?.Text.Length ?? (content as TextReasoningContent)?.Text.Length ?? (content as FunctionResultContent)?.Result?.ToString()?.Length ?? 0;
        input += letters / LettersPerToken;
        var prices = model.Prices.At(input, time.GetUtcNow());
        return prices is { Prompt: { } prompt, Completion: { } completion } ? input * prompt + output * completion + (prices.Request ?? 0) : null;
    }
}

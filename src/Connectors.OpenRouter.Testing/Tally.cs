using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>Counts what an answer uses: a token a word, and prices of a small model.</summary>
internal sealed class Tally
{
    /// <summary>Dollars for a token of input.</summary>
    private const decimal InputPrice = 0.00000025m;

    /// <summary>Dollars for a token of output.</summary>
    private const decimal OutputPrice = 0.000002m;

    /// <summary>Dollars for a search.</summary>
    private const decimal SearchPrice = 0.01m;

    /// <summary>Tokens of reasoning.</summary>
    private int _reasoning;

    /// <summary>Tokens of text and arguments.</summary>
    private int _text;

    /// <summary>How many searches were made.</summary>
    public int Searches { get; set; }

    /// <summary>Counts reasoning.</summary>
    public void AddReasoning(string text) => _reasoning += Words.Count(text);

    /// <summary>Counts text and arguments.</summary>
    public void AddOutput(string text) => _text += Words.Count(text);

    /// <summary>The usage as the service writes it; what the test says replaces what was counted.</summary>
    public JsonObject ToUsage(FakeReply reply)
    {
        // What comes out of the cache is free, whatever it was when it went in.
        var spent = reply.CachedFor is null ? reply.Spent : new(Input: 0, Output: 0, Reasoning: 0, Cached: 0, Cost: 0);
        var input = spent.Input ?? Asked(reply.Request.Json);
        var reasoning = spent.Reasoning ?? _reasoning;
        var output = spent.Output ?? reasoning + _text;
        var (inputCost, outputCost) = (input * InputPrice, output * OutputPrice);
        if (spent.Cost is { } given)
            (inputCost, outputCost) = (given / 4, given - given / 4);
        var cost = spent.Cost ?? inputCost + outputCost + Searches * SearchPrice;
        var usage = new JsonObject
        {
            ["input_tokens"] = input,
            ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = spent.Cached ?? 0 },
            ["output_tokens"] = output,
            ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = reasoning },
            ["total_tokens"] = input + output,
            ["cost"] = cost,
            ["is_byok"] = false,
            ["cost_details"] = new JsonObject
            {
                ["upstream_inference_cost"] = inputCost + outputCost,
                ["upstream_inference_input_cost"] = inputCost,
                ["upstream_inference_output_cost"] = outputCost,
            },
        };
        if (Searches > 0 && reply.CachedFor is null)
            usage["server_tool_use_details"] = new JsonObject { ["tool_calls_requested"] = Searches, ["tool_calls_executed"] = Searches, ["web_search_requests"] = Searches };
        return usage;
    }

    /// <summary>Every word of the prompt: instructions, messages, and what tools gave back.</summary>
    private static int Asked(JsonElement request) =>
        Math.Max(1, Words.Count(request.TextOf("instructions") ?? "")
            + Words.Count(request.TextOf("input") ?? "")
            + request.ListOf("input").Sum(item => Words.Count(item.TextOf("content") ?? item.TextOf("output") ?? "")
                + item.ListOf("content").Concat(item.ListOf("output")).Sum(part => Words.Count(part.TextOf("text") ?? ""))));
}

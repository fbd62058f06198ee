using System.Text;
using System.Text.Json;
using Connectors.OpenRouter;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Wire;

namespace Microsoft.Extensions.AI;

/// <summary>What OpenRouter adds to the framework's own types.</summary>
public static partial class OpenRouterChatExtensions
{
    /// <summary>Money is counted in billionths of a dollar, so that it adds up exactly over the turns of a loop.</summary>
    private const decimal Nano = 1_000_000_000m;

    /// <summary>The model's thinking in this update, as it arrived; the empty string when there is none.</summary>
    public static string GetReasoningText(this ChatResponseUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return ReasoningText(update.Contents);
    }

    /// <summary>The model's thinking in this message, its items parted by blank lines; the empty string when there is none.</summary>
    public static string GetReasoningText(this ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return ReasoningText(message.Contents);
    }

    /// <summary>The model's thinking in all messages, items parted by blank lines; the empty string when there is none.</summary>
    public static string GetReasoningText(this ChatResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return ReasoningText(response.Messages.SelectMany(message => message.Contents));
    }

    /// <summary>
    /// The model's thinking in these contents, items parted by blank lines; the empty string when there is none. For the messages
    /// and updates of agents, and for your own types.
    /// </summary>
    public static string GetReasoningText(this IEnumerable<AIContent> contents)
    {
        ArgumentNullException.ThrowIfNull(contents);
        return ReasoningText(contents);
    }

    /// <summary>
    /// What OpenRouter says about the answer, from the last update of a stream: cost, provider, route, warnings. Never null; an
    /// earlier update knows little.
    /// </summary>
    public static OpenRouterInfo GetOpenRouter(this ChatResponseUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return new ChatResponse { ResponseId = update.ResponseId, AdditionalProperties = update.AdditionalProperties, Usage = update.Contents.OfType<UsageContent>().LastOrDefault()?.Details }.GetOpenRouter();
    }

    /// <summary>
    /// What OpenRouter says about the answer: cost, provider, route, warnings. Never null; of another client's answers little is
    /// known.
    /// </summary>
    public static OpenRouterInfo GetOpenRouter(this ChatResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        var facts = response.AdditionalProperties;
        var routing = Json(facts, ResponseMap.MetadataKey);
        return new()
        {
            Cost = response.Usage?.GetCost(),
            UpstreamCost = Dollars(response.Usage, ResponseMap.UpstreamCostKey),
            IsByok = Flag(facts, ResponseMap.ByokKey),
            ProviderName = Provider(routing),
            CorrectedText = Text(facts, ResponseMap.CorrectedKey),
            GenerationId = Text(facts, ResponseMap.GenerationIdKey),
            ServiceTier = Text(facts, ResponseMap.ServiceTierKey),
            CacheStatus = Text(facts, ResponseMap.CacheStatusKey),
            TimeToFirstReasoning = FirstReasoning.Of(response.ResponseId),
            Routing = routing,
            Warnings = Json(facts, ResponseMap.WarningsKey) is { ValueKind: JsonValueKind.Array } warnings ? [.. warnings.EnumerateArray().Select(warning => warning.AsText() ?? warning.Raw())] : [],
        };
    }

    /// <summary>
    /// The piece of a function call's arguments that this update is; null when it is none. There are none without
    /// <see cref="OpenRouterOptions.FunctionCallDeltas"/>.
    /// </summary>
    public static OpenRouterFunctionCallDelta? GetFunctionCallDelta(this ChatResponseUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return update.RawRepresentation as OpenRouterFunctionCallDelta;
    }

    /// <summary>What OpenRouter charged, in USD; over a tool loop the sum of its turns. Null when unknown.</summary>
    public static decimal? GetCost(this UsageDetails usage)
    {
        ArgumentNullException.ThrowIfNull(usage);
        return Dollars(usage, ResponseMap.CostKey);
    }

    /// <summary>
    /// Joins reasoning texts: deltas of one item directly, items by a blank line. An item ends with its envelope or with other
    /// content.
    /// </summary>
    /// <param name="contents">In order; others than reasoning only separate.</param>
    /// <returns>Empty when there is none; the very string when there is one text.</returns>
    private static string ReasoningText(IEnumerable<AIContent> contents)
    {
        string? only = null;
        StringBuilder? text = null;
        var closed = false;
        foreach (var content in contents)
        {
            if (content is TextReasoningContent { Text: { Length: > 0 } part })
            {
                if (only is null)
                    only = part;
                else
                    (text ??= new StringBuilder(only)).Append(closed ? "\n\n" : "").Append(part);
                closed = false;
            }
            closed |= content is not TextReasoningContent { ProtectedData: null };
        }
        return text?.ToString() ?? only ?? "";
    }

    /// <summary>A count of billionths as dollars; null when it is not counted.</summary>
    private static decimal? Dollars(UsageDetails? usage, string key) =>
        usage?.AdditionalCounts?.TryGetValue(key, out var nano) == true ? nano / Nano : null;

    /// <summary>Of the endpoints the router looked at, the one it chose.</summary>
    private static string? Provider(JsonElement? routing) =>
        routing?.Member("endpoints")?.Array("available").FirstOrDefault(endpoint => endpoint.Flag("selected") == true).Text("provider");

    /// <summary>Values come back from JSON (caches, sessions) as JsonElement.</summary>
    private static string? Text(AdditionalPropertiesDictionary? facts, string key) => facts?.TryGetValue(key, out var value) == true ? value switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.AsText(),
        _ => null,
    } : null;

    /// <summary>A boolean among the facts, which may have become JSON; false when it is missing.</summary>
    private static bool Flag(AdditionalPropertiesDictionary? facts, string key) =>
        facts?.TryGetValue(key, out var value) == true && value is true or JsonElement { ValueKind: JsonValueKind.True };

    /// <summary>A JSON value among the facts; null when it is missing or null.</summary>
    private static JsonElement? Json(AdditionalPropertiesDictionary? facts, string key) =>
        facts?.TryGetValue(key, out var value) == true && value is JsonElement { ValueKind: not JsonValueKind.Null } json ? json : null;
}

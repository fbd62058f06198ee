using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What the whole response says beyond its items: how it ended, what it cost, who served it.</summary>
internal static class ResponseMap
{
    /// <summary>What GetOpenRouter reads back. Strings, booleans and JSON only, so that every serialiser keeps them.</summary>
    public const string GenerationIdKey = "openrouter.generation_id";

    /// <summary>The tier that served.</summary>
    public const string ServiceTierKey  = "openrouter.service_tier";

    /// <summary><c>HIT</c> or <c>MISS</c> of the response cache.</summary>
    public const string CacheStatusKey  = "openrouter.cache_status";

    /// <summary>The router's account of the call, as JSON.</summary>
    public const string MetadataKey     = "openrouter.metadata";

    /// <summary>Whether the account's own provider key was used.</summary>
    public const string ByokKey         = "openrouter.is_byok";

    /// <summary>Sentences about the request and the answer, as a JSON array.</summary>
    public const string WarningsKey     = "openrouter.warnings";

    /// <summary>Log probabilities of all tokens, as a JSON array.</summary>
    public const string LogprobsKey     = "openrouter.logprobs";

    /// <summary>What the text should have been where a piece was lost.</summary>
    public const string CorrectedKey    = "openrouter.corrected_text";

    /// <summary>Counts add up over the turns of a tool loop; money is therefore counted too, in billionths of a dollar.</summary>
    public const string CostKey         = "openrouter.cost_nanousd";

    /// <summary>What the provider charges, in billionths of a dollar.</summary>
    public const string UpstreamCostKey = "openrouter.upstream_cost_nanousd";

    /// <summary>Tokens written into the provider's prompt cache.</summary>
    public const string CacheWriteKey   = "openrouter.cache_write_tokens";

    /// <summary>The members of usage that have a name of their own, or are no count.</summary>
    private static bool IsNamedUsage(string path, ReadOnlySpan<byte> name) => path switch
    {
        ""                       => name.SequenceEqual("input_tokens"u8) || name.SequenceEqual("prompt_tokens"u8) || name.SequenceEqual("output_tokens"u8) || name.SequenceEqual("completion_tokens"u8)
                                    || name.SequenceEqual("total_tokens"u8) || name.SequenceEqual("cost"u8) || name.SequenceEqual("server_tool_use_details"u8) || name.SequenceEqual("server_tool_use"u8),
        "input_tokens_details."  => name.SequenceEqual("cached_tokens"u8) || name.SequenceEqual("cache_write_tokens"u8),
        "output_tokens_details." => name.SequenceEqual("reasoning_tokens"u8),
        "cost_details."          => name.SequenceEqual("upstream_inference_cost"u8) || name.SequenceEqual("server_tool_use_details"u8),
        _                        => false,
    };

    /// <summary>The path of what stands within a member of usage; those that every answer has are not made anew.</summary>
    private static string UsagePath(string path, JsonProperty member) => path.Length > 0 ? $"{path}{member.Key()}."
        : member.Is("input_tokens_details"u8) ? "input_tokens_details."
        : member.Is("output_tokens_details"u8) ? "output_tokens_details."
        : member.Is("cost_details"u8) ? "cost_details."
        : $"{member.Key()}.";

    /// <summary>
    /// A whole answer that is no failure: it has output, is complete, or incomplete and saying so. A missing status is judged by
    /// whether there is an error.
    /// </summary>
    public static bool IsAnswer(in ResponseObject response) => response.Output.ValueKind == JsonValueKind.Array && response.Status switch
    {
        "completed" or "incomplete" => !IsOnlyError(response),
        null                        => response.Error.ValueKind == JsonValueKind.Undefined,
        _                           => false,
    };

    /// <summary>Whatever its status says: an error and nothing beside it is no answer.</summary>
    public static bool IsOnlyError(in ResponseObject response) => response.Error.ValueKind == JsonValueKind.Object && response.ItemCount == 0;

    /// <summary>The reason for the answer's end.</summary>
    /// <param name="response">The terminal response.</param>
    /// <param name="incomplete">The event or the response says that it is incomplete.</param>
    /// <param name="refused">A message refused.</param>
    /// <param name="called">A call waits for its result.</param>
    /// <param name="facts">For the secrets that a reason might repeat.</param>
    public static ChatFinishReason FinishReason(in ResponseObject response, ReplyFacts facts, bool incomplete, bool refused, bool called)
    {
        var reason = response.IncompleteDetails.Text("reason"u8);
        return reason switch
        {
            "max_output_tokens"                                                    => ChatFinishReason.Length,
            "content_filter"                                                       => ChatFinishReason.ContentFilter,
            { Length: > 0 }                                                        => new(facts.Secrets.Name(reason)),
            _ when incomplete                                                      => ChatFinishReason.Length,
            _ when refused                                                         => ChatFinishReason.ContentFilter,
            _ when called                                                          => ChatFinishReason.ToolCalls,
            _                                                                      => ChatFinishReason.Stop,
        };
    }

    /// <param name="usage">Of an answer of any kind.</param>
    /// <returns>Null where it is none.</returns>
    public static UsageDetails? Usage(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
            return null;
        long? input = null, prompt = null, output = null, total = null;
        decimal? cost = null;
        JsonElement inputs = default, outputs = default, costs = default;
        foreach (var member in usage.EnumerateObject()) // once: looking for each of them would cost more than all the rest of a short answer's end
        {
            var name = member.Utf8Key();
            if (name.SequenceEqual("input_tokens"u8))
                input = member.Value.AsInteger();
            else if (name.SequenceEqual("prompt_tokens"u8))
                prompt = member.Value.AsInteger();
            else if (name.SequenceEqual("output_tokens"u8))
                output = member.Value.AsInteger();
            else if (name.SequenceEqual("total_tokens"u8))
                total = member.Value.AsInteger();
            else if (name.SequenceEqual("cost"u8))
                cost = member.Value.AsNumber();
            else if (name.SequenceEqual("input_tokens_details"u8))
                inputs = member.Value;
            else if (name.SequenceEqual("output_tokens_details"u8))
                outputs = member.Value;
            else if (name.SequenceEqual("cost_details"u8))
                costs = member.Value;
        }
        input ??= prompt;
        var details = new UsageDetails
        {
            InputTokenCount       = input,
            OutputTokenCount      = output,
            TotalTokenCount       = total ?? input + output,
            CachedInputTokenCount = inputs.Integer("cached_tokens"u8),
            ReasoningTokenCount   = outputs.Integer("reasoning_tokens"u8),
        };
        Count(CostKey, Nano(cost));
        Count(UpstreamCostKey, Nano(costs.Number("upstream_inference_cost"u8)));
        Count(CacheWriteKey, inputs.Integer("cache_write_tokens"u8));
        // The schema's name, the documents' name, and where recordings have it.
        if ((usage.Member("server_tool_use_details"u8) ?? usage.Member("server_tool_use"u8) ?? costs.Member("server_tool_use_details"u8)) is { ValueKind: JsonValueKind.Object } tools)
            foreach (var tool in tools.EnumerateObject())
                Count($"openrouter.{tool.Key()}", tools.Integer(tool.Key()));
        Rest(usage, "", depth: 0);
        return details;

        // Numbers without a name of their own here, by their path. What money is, is counted like the cost.
        void Rest(JsonElement members, string path, int depth)
        {
            foreach (var member in members.EnumerateObject())
            {
                if (IsNamedUsage(path, member.Utf8Key()))
                    continue;
                if (member.Value.ValueKind == JsonValueKind.Object && depth < 4)
                    Rest(member.Value, UsagePath(path, member), depth + 1);
                else if (member.Value.ValueKind == JsonValueKind.Number && member.Key() is var name && members.Number(name) is { } number)
                    if (path.Contains("cost", StringComparison.Ordinal) || name.Contains("cost", StringComparison.Ordinal))
                        Count($"openrouter.{path}{name}_nanousd", Nano(number));
                    else if (number == Math.Truncate(number))
                        Count($"openrouter.{path}{name}", members.Integer(name));
            }
        }

        void Count(string key, long? count)
        {
            if (count is { } known)
                (details.AdditionalCounts ??= [])[key] = known;
        }
    }

    /// <summary>Whether the account's own provider key was used; null when the service does not say.</summary>
    public static bool? IsByok(in ResponseObject response) => response.Usage.Flag("is_byok"u8);

    /// <summary>The last update: no message of its own, so that its facts land on the response.</summary>
    public static ChatResponseUpdate Final(in ResponseObject response, string? responseId, ChatFinishReason finish, ReplyFacts facts, JsonElement? logprobs)
    {
        var properties = Facts(response, facts, responseId) ?? [];
        if (logprobs is { } known)
            properties[LogprobsKey] = known;
        return new()
        {
            Role = ChatRole.Assistant,
            Contents = Usage(response.Usage) is { } usage ? [new UsageContent(usage)] : [],
            FinishReason = finish,
            AdditionalProperties = properties.Count > 0 ? properties : null,
        };
    }

    /// <summary>What an answer of any kind says of itself, for <c>GetOpenRouter</c>.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="facts">What was known before its first word.</param>
    /// <param name="responseId">Its id, where that is a string already.</param>
    public static AdditionalPropertiesDictionary? Facts(in ResponseObject response, ReplyFacts facts, string? responseId = null)
    {
        var properties = new AdditionalPropertiesDictionary();
        var id = facts.GenerationId ?? response.Id.AsText(responseId);
        Note(GenerationIdKey, ReferenceEquals(id, responseId) ? id : facts.Secrets.Name(id));
        Note(ServiceTierKey, facts.Secrets.Name(response.ServiceTier.AsWord()));
        Note(CacheStatusKey, facts.CacheStatus);
        Note(MetadataKey, facts.Secrets.Scrub(response.Metadata.ValueKind == JsonValueKind.Undefined ? null : response.Metadata.Readable().Clone()));
        Note(ByokKey, IsByok(response));
        Note(CorrectedKey, facts.CorrectedText);
        Note(WarningsKey, facts.Warnings.Count > 0 ? JsonSerializer.SerializeToElement([.. facts.Warnings], WireJson.Web.StringArray) : null);
        return properties.Count > 0 ? properties : null;

        void Note(string key, object? value)
        {
            if (value is not null)
                properties[key] = value;
        }
    }

    /// <summary>The log probabilities of a message item's tokens; null when it has none.</summary>
    public static List<JsonElement>? Logprobs(Item item)
    {
        List<JsonElement>? tokens = null;
        foreach (var part in item.Content)
            foreach (var token in part.Array("logprobs"u8))
                (tokens ??= []).Add(token.Readable().Clone()); // a token may be half a letter
        return tokens;
    }

    /// <summary>
    /// All items' log probabilities in one list: of the terminal response, else of the finished items; null when there are none.
    /// </summary>
    public static JsonElement? Logprobs(List<Item> output, IReadOnlyList<OutputItem> streamed)
    {
        List<JsonElement>? tokens = null;
        foreach (var item in output)
            if (Logprobs(item) is { } some)
                (tokens ??= []).AddRange(some);
        if (output.Count == 0)
            foreach (var item in streamed)
                if (item.Logprobs is { } some)
                    (tokens ??= []).AddRange(some);
        return tokens is null ? null : JsonSerializer.SerializeToElement([.. tokens], WireJson.Web.JsonElementArray);
    }

    /// <summary>When the response was created; null for a missing or impossible time.</summary>
    public static DateTimeOffset? CreatedAt(in ResponseObject response) =>
        response.CreatedAt.AsInteger() is { } seconds and > 0 and < 253402300800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>Dollars in billionths, rounded half to even; null when unknown or too large for a count.</summary>
    private static long? Nano(decimal? dollars) =>
        dollars is { } known && Math.Abs(known) < 9_000_000_000m ? (long)Math.Round(known * 1_000_000_000m, MidpointRounding.ToEven) : null;
}

/// <summary>What is known of an answer before its first word: from the headers, and from the request.</summary>
internal sealed record ReplyFacts
{
    /// <summary>The header's id; null when the service sent none.</summary>
    public string? GenerationId;

    /// <summary>What nothing that is logged, counted or asked for by its name repeats.</summary>
    public SecretRedactor Secrets = SecretRedactor.None;

    /// <summary>The header's word; null when the cache was not asked.</summary>
    public string? CacheStatus;

    /// <summary>What of the request was left out or changed, in sentences.</summary>
    public IReadOnlyList<string> Warnings = [];

    /// <summary>False when the caller wants no reasoning text; envelopes and counts stay.</summary>
    public bool EmitReasoning = true;

    /// <summary>Whether each update carries its event.</summary>
    public bool RawEvents;

    /// <summary>Whether the arguments of calls are given piece by piece besides the whole call.</summary>
    public bool FunctionCallDeltas;

    /// <summary>What the text should have been, where what was emitted turned out to be wrong.</summary>
    public string? CorrectedText;

    /// <summary>Ends a long reading when the caller has left or a clock has run out; null = nobody asks.</summary>
    public Action? Checkpoint;
}

using System.Globalization;
using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Platform;

/// <summary>
/// The platform's answers as records. What is not what the schema says costs that member, or that entry, and nothing else.
/// </summary>
internal static class PlatformMap
{
    /// <returns>Null for an answer that holds no list, as a page of a proxy's would.</returns>
    public static IReadOnlyList<OpenRouterModel>? Models(JsonElement body) => body.Member("data") is not { ValueKind: JsonValueKind.Array } ? null : [.. body.Array("data").Select(Model).OfType<OpenRouterModel>()];

    /// <inheritdoc cref="Models"/>
    public static IReadOnlyList<OpenRouterEndpoint>? Endpoints(JsonElement body) => body.Member("data")?.Member("endpoints") is not { ValueKind: JsonValueKind.Array } ? null : [.. (body.Member("data") ?? default).Array("endpoints").Where(IsObject).Select(Endpoint)];

    /// <returns>Null for an answer that says nothing of a key.</returns>
    public static OpenRouterKey? Key(JsonElement body)
    {
        var data = body.Member("data") ?? body;
        if (body.Member("data") is not { ValueKind: JsonValueKind.Object } && data.Member("label") is null && data.Member("usage") is null && data.Member("limit") is null && data.Member("limit_remaining") is null)
            return null;
        return new()
        {
            Label               = data.Text("label"),
            Limit               = data.Number("limit"),
            LimitRemaining      = data.Number("limit_remaining"),
            LimitReset          = data.Text("limit_reset"),
            Usage               = data.Number("usage"),
            UsageDaily          = data.Number("usage_daily"),
            UsageWeekly         = data.Number("usage_weekly"),
            UsageMonthly        = data.Number("usage_monthly"),
            ByokUsage           = data.Number("byok_usage"),
            IncludesByokInLimit = data.Flag("include_byok_in_limit") ?? false,
            IsFreeTier          = data.Flag("is_free_tier") ?? false,
            IsManagementKey     = data.Flag("is_management_key") ?? data.Flag("is_provisioning_key") ?? false,
            ExpiresAt           = Date(data, "expires_at"),
            Json                = data,
        };
    }

    /// <returns>Null for an answer that says nothing of credits.</returns>
    public static OpenRouterCredits? Credits(JsonElement body)
    {
        var data = body.Member("data") ?? body;
        if (body.Member("data") is not { ValueKind: JsonValueKind.Object } && data.Number("total_credits") is null && data.Number("total_usage") is null)
            return null;
        return new()
        {
            Total = data.Number("total_credits"),
            Used  = data.Number("total_usage"),
        };
    }

    /// <summary>One generation.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="id">The id that was asked for, in case the answer does not repeat it.</param>
    public static OpenRouterGeneration Generation(JsonElement body, string id)
    {
        var data = body.Member("data") ?? body;
        return new()
        {
            Id              = data.Text("id") ?? id,
            Model           = data.Text("model"),
            ProviderName    = data.Text("provider_name"),
            CreatedAt       = Date(data, "created_at"),
            TotalCost       = data.Number("total_cost") ?? data.Number("usage"),
            UpstreamCost    = data.Number("upstream_inference_cost"),
            CacheDiscount   = data.Number("cache_discount"),
            IsByok          = data.Flag("is_byok") ?? false,
            InputTokens     = data.Integer("native_tokens_prompt") ?? data.Integer("tokens_prompt"),
            OutputTokens    = data.Integer("native_tokens_completion") ?? data.Integer("tokens_completion"),
            ReasoningTokens = data.Integer("native_tokens_reasoning"),
            CachedTokens    = data.Integer("native_tokens_cached"),
            FinishReason    = data.Text("finish_reason"),
            IsCancelled     = data.Flag("cancelled") ?? false,
            IsStreamed      = data.Flag("streamed") ?? false,
            Latency         = Milliseconds(data.Number("latency")),
            GenerationTime  = Milliseconds(data.Number("generation_time")),
            ServiceTier     = data.Text("service_tier"),
            SessionId       = data.Text("session_id"),
            Json            = data,
        };
    }

    /// <summary>An entry of the catalogue; null for one without an id.</summary>
    private static OpenRouterModel? Model(JsonElement entry)
    {
        if (entry.Text("id") is not { Length: > 0 } id)
            return null;
        var (architecture, top) = (entry.Member("architecture") ?? default, entry.Member("top_provider") ?? default);
        return new()
        {
            Id                  = id,
            CanonicalSlug       = entry.Text("canonical_slug"),
            Name                = entry.Text("name"),
            Description         = entry.Text("description"),
            CreatedAt           = RetryDelay.Epoch((double?)entry.Number("created")),
            ContextLength       = entry.Integer("context_length") ?? top.Integer("context_length"),
            MaxOutputTokens     = top.Integer("max_completion_tokens"),
            InputModalities     = architecture.Texts("input_modalities"),
            OutputModalities    = architecture.Texts("output_modalities"),
            SupportedParameters = entry.Texts("supported_parameters"),
            Prices              = Prices(entry),
            Reasoning           = entry.Member("reasoning") is { ValueKind: JsonValueKind.Object } reasoning ? Reasoning(reasoning) : null,
            AliasTarget         = entry.Member("alias_target")?.Text("slug"),
            IsModerated         = top.Flag("is_moderated") ?? false,
            KnowledgeCutoff     = entry.Text("knowledge_cutoff"),
            ExpiresAt           = Date(entry, "expiration_date"),
            Json                = entry,
        };
    }

    /// <summary>An entry of the list of endpoints.</summary>
    private static OpenRouterEndpoint Endpoint(JsonElement entry) => new()
    {
        Name                    = entry.Text("name"),
        ProviderName            = entry.Text("provider_name"),
        Tag                     = entry.Text("tag"),
        ContextLength           = entry.Integer("context_length"),
        MaxOutputTokens         = entry.Integer("max_completion_tokens"),
        MaxPromptTokens         = entry.Integer("max_prompt_tokens"),
        Prices                  = Prices(entry),
        Quantization            = entry.Text("quantization"),
        SupportedParameters     = entry.Texts("supported_parameters"),
        SupportsImplicitCaching = entry.Flag("supports_implicit_caching") ?? false,
        Status                  = entry.Integer("status"),
        UptimeLast30Minutes     = (double?)entry.Number("uptime_last_30m"),
        Latency                 = Milliseconds(entry.Member("latency_last_30m")?.Number("p50")),
        Throughput              = (double?)entry.Member("throughput_last_30m")?.Number("p50"),
        Json                    = entry,
    };

    /// <summary>The <c>reasoning</c> object of a model.</summary>
    private static OpenRouterReasoningSupport Reasoning(JsonElement json) => new()
    {
        IsMandatory        = json.Flag("mandatory") ?? false,
        Efforts            = json.Member("supported_efforts") is { ValueKind: JsonValueKind.Array } ? json.Texts("supported_efforts") : null,
        DefaultEffort      = json.Text("default_effort"),
        IsEnabledByDefault = json.Flag("default_enabled"),
        SupportsMaxTokens  = json.Flag("supports_max_tokens") ?? false,
    };

    /// <summary>The <c>pricing</c> object of an entry, with its overrides; unknown prices when it is missing.</summary>
    private static OpenRouterPrices Prices(JsonElement entry) => entry.Member("pricing") is not { } pricing ? new()
        : PricesOf(pricing, [.. pricing.Array("overrides").Where(IsObject)
            .Select(one => new PriceOverride(one.Number("min_prompt_tokens"), one.Number("utc_start"), one.Number("utc_end"), PricesOf(one, [])))]);

    /// <summary>The prices of one object.</summary>
    /// <param name="pricing">Dollars, mostly as strings.</param>
    /// <param name="overrides">What changes them; none for an override itself.</param>
    private static OpenRouterPrices PricesOf(JsonElement pricing, IReadOnlyList<PriceOverride> overrides)
    {
        return new()
        {
            Prompt      = Price("prompt"),
            Completion  = Price("completion"),
            Reasoning   = Price("internal_reasoning"),
            Request     = Price("request"),
            Image       = Price("image"),
            ImageOutput = Price("image_output"),
            Audio       = Price("audio"),
            WebSearch   = Price("web_search"),
            CacheRead   = Price("input_cache_read"),
            CacheWrite  = Price("input_cache_write"),
            Overrides   = overrides,
        };

        // Routers have negative prices: what they will choose is not known yet.
        decimal? Price(string name) => pricing.Number(name) is { } price and >= 0 and < 1_000_000 ? price : null;
    }

    /// <summary>Whether an entry can have members at all.</summary>
    private static bool IsObject(JsonElement json) => json.ValueKind == JsonValueKind.Object;

    /// <summary>A date as text, read as UTC; null when it is none.</summary>
    private static DateTimeOffset? Date(JsonElement json, string name) =>
        DateTimeOffset.TryParse(json.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? date : null;

    /// <summary>A number of milliseconds; null when it is missing, negative or absurd.</summary>
    private static TimeSpan? Milliseconds(decimal? milliseconds) => milliseconds is { } known and >= 0 and < 1e12m ? TimeSpan.FromMilliseconds((double)known) : null;
}

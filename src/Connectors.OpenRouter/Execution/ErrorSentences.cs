using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Execution;

/// <summary>What the message of a service's error says: what happened, in the service's own words, and what to do.</summary>
/// <param name="secrets">Of this call; what others say may repeat them.</param>
internal sealed class ErrorSentences(SecretRedactor secrets)
{
    /// <summary>How long the words of others may be within a message.</summary>
    public const int MaxLength = 1000;

    /// <summary>How long an id, a code or a name may be.</summary>
    public const int LongestName = 256;

    /// <summary>The service's words with what is known of them: <c>[provider] words (type, status, generation)</c>.</summary>
    /// <param name="error">The service's error.</param>
    /// <param name="generationId">The generation's id; null when there is none.</param>
    public string Describe(ErrorBody error, string? generationId)
    {
        var generic = error.Message is null || error.Message.StartsWith("Provider returned error", StringComparison.OrdinalIgnoreCase);
        var text = (generic, error.Message, error.Upstream) switch
        {
            (_, null, null) => error.Body is null ? "The service sent an error without a body" : "The service sent an error without words",
            (true, _, { } upstream) => upstream,
            (_, { } message, { } upstream) when !message.Contains(upstream, StringComparison.Ordinal) => $"{message.Trim().TrimEnd('.', ':')}: {upstream}",
            _ => error.Message!,
        };
        var facts = string.Join(", ", new[] { error.ErrorType ?? error.Availability?.Code ?? Word(error.Code), error.Status is { } status ? $"{status}" : null, generationId }.OfType<string>().Select(fact => Short(fact, LongestName)));
        return (error.ProviderName is { } provider ? $"[{Short(provider, LongestName)}] " : "") + Short(text).Trim().TrimEnd('.') + (facts.Length == 0 ? "." : $" ({facts}).");
    }

    /// <summary>
    /// One sentence each, in the order of the table in docs/failures.md. A sentence of the service's own knows better than the
    /// status.
    /// </summary>
    /// <param name="error">The service's error.</param>
    /// <param name="retryAfter">How long to wait; null or zero for no sentence about it.</param>
    public IEnumerable<string> WhatToDo(ErrorBody error, TimeSpan? retryAfter)
    {
        if (error.DailyLimit)
            yield return "This is the daily limit of free models: buy credits, use a paid model, or wait for the next day.";
        if (retryAfter is { } wait && wait > TimeSpan.Zero)
            yield return $"Try again in {RetryDelay.Say(wait)}.";
        foreach (var sentence in OfAvailability(error.Availability))
            yield return sentence;
        if (Tried(error) is { Length: > 0 } tried)
            yield return $"Tried before: {tried}.";
        foreach (var sentence in OfMetadata(error))
            yield return sentence;
        if (error.Metadata?.Text("remedy_hint")?.Contains(' ') != true && (ToDo(error, error.Kind) ?? ToDo(error, error.Status)) is { } advice)
            yield return advice;
    }

    /// <summary>Clean words that can stand in a message.</summary>
    /// <param name="text">Words of others; null stays null.</param>
    /// <param name="longest">How many UTF-16 units are kept; an ellipsis follows what is cut.</param>
    [return: NotNullIfNotNull(nameof(text))]
    public string? Short(string? text, int longest = MaxLength) => text is null ? null : secrets.Scrub(text, longest) + (text.Length > longest ? "…" : null);

    /// <summary>A sentence for each thing that kept endpoints from serving.</summary>
    private IEnumerable<string> OfAvailability(Availability? availability)
    {
        if (availability is null)
            yield break;
        if (availability.ExcludedBy.Count > 0)
            yield return $"Endpoints were excluded by: {Some(availability.ExcludedBy)}.";
        if (availability.ConstraintField is { } field)
            yield return $"The constraint was {Short(field, LongestName)}{(availability.ConstraintDetail is { } detail ? $": {Short(detail).TrimEnd('.')}" : "")}.";
        if (availability.AffectedProviders.Count > 0)
            yield return $"Affected providers: {Some(availability.AffectedProviders)}.";
        if (availability.FallbackModels.Count > 0)
            yield return $"These models would work: {Some(availability.FallbackModels)}.";
        if (availability.DocsUrl is { } docs)
            yield return $"See {Short(docs, LongestName)}.";
    }

    /// <summary>
    /// Sentences for what stands in the error's metadata: reasons, patterns, the reset of a limit, the service's own hint.
    /// </summary>
    private IEnumerable<string> OfMetadata(ErrorBody error)
    {
        if (error.Metadata is not { } metadata)
            yield break;
        if (metadata.Texts("reasons") is { Count: > 0 } reasons)
            yield return $"Flagged for: {Some(reasons)}.";
        if (metadata.Texts("patterns") is { Count: > 0 } patterns)
            yield return $"It matched: {Some(patterns)}.";
        if (metadata.Text("resets_at") is { Length: > 0 and < 64 } resets)
            yield return $"The limit starts anew at {resets}.";
        if (metadata.Text("remedy_hint") is { Length: > 0 } hint)
            yield return $"The service suggests: {Short(hint).Trim().TrimEnd('.')}.";
    }

    /// <summary>The advice for a status; null where there is none, or where other sentences say it better.</summary>
    /// <param name="error">For statuses that have several meanings.</param>
    /// <param name="status">The HTTP status.</param>
    private static string? ToDo(ErrorBody error, int? status) => status switch
    {
        401 => $"Check OpenRouterOptions.ApiKey, or the environment variable {OpenRouterDefaults.ApiKeyVariable}.",
        402 => error.LimitSource switch
        {
            "openrouter_in_flight_budget" => "The account's running requests have reserved what is left: wait for them, run fewer at once, or set ChatOptions.MaxOutputTokens so that each reserves less.",
            "openrouter_key_limit" => "The key's own limit is spent: raise it at https://openrouter.ai/settings/keys, or use another key.",
            "openrouter_guardrail_budget" => "A guardrail's budget is spent: ask whoever set it, or wait until it starts anew.",
            "openrouter_workspace_budget" => "The workspace's budget is spent: ask its administrator, or wait until it starts anew.",
            _ => "Add credits at https://openrouter.ai/settings/credits, or set ChatOptions.MaxOutputTokens: without it the model's maximum is reserved.",
        },
        403 when error.Metadata?.Member("reasons") is null && error.Availability is null => "Check what the key, and the account's guardrails and privacy settings, allow.",
        404 when error.ErrorType?.StartsWith("image_", StringComparison.Ordinal) == true => null,
        404 when error.Mentions("that support") => "The model exists, but none of its endpoints takes what the request holds: choose another model, or leave that out.",
        404 when error.Availability is null => "Check the model's name, and whether provider preferences or privacy settings leave an endpoint.",
        413 => "Send less: fewer or smaller files.",
        400 when ErrorTypes.IsTooLong(error.ErrorType) => "Shorten the history, or lower ChatOptions.MaxOutputTokens.",
        _ => null,
    };

    /// <summary>The providers that failed before the one that answered: <c>OtherAI 503</c>.</summary>
    private string Tried(ErrorBody error) =>
        error.Metadata?.Member("previous_errors") is { ValueKind: JsonValueKind.Array } list
            ? string.Join(", ", list.EnumerateArray().Where(item => (item.Text("provider") ?? item.Text("provider_name")) is { Length: > 0 }).Take(5)
                .Select(item => Short($"{item.Text("provider") ?? item.Text("provider_name")} {item.Text("status") ?? item.Text("code")}".Trim(), LongestName)))
            : "";

    /// <summary>As many names as can be read.</summary>
    private string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(20).Select(name => Short(name, LongestName))) + (names.Count > 20 ? $" and {names.Count - 20} more" : "");

    /// <summary>A code that is a number says no more than the status beside it.</summary>
    private static string? Word(string? code) => code is null || code.All(char.IsAsciiDigit) ? null : code;
}

using System.Runtime.CompilerServices;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Mapping;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Middleware;

/// <summary>Adds sentences to the warnings of an answer that another client gave.</summary>
internal static class AnswerWarnings
{
    /// <summary>Adds sentences to a whole answer.</summary>
    /// <returns>The same response.</returns>
    public static ChatResponse Add(ChatResponse response, IReadOnlyList<string> sentences)
    {
        if (sentences.Count > 0)
            response.AdditionalProperties = With(response.AdditionalProperties, sentences);
        return response;
    }

    /// <summary>The updates as they come; the sentences ride on the last one, where the facts about the whole response are.</summary>
    public static async IAsyncEnumerable<ChatResponseUpdate> AddAsync(
        IAsyncEnumerable<ChatResponseUpdate> updates, IReadOnlyList<string> sentences, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in updates.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (sentences.Count == 0 || update is not { MessageId: null, FinishReason: not null })
            {
                yield return update;
                continue;
            }
            var copy = update.Clone(); // a cache may hold the other one
            copy.AdditionalProperties = With(update.AdditionalProperties, sentences);
            yield return copy;
        }
    }

    /// <summary>
    /// The properties with the sentences before those already there; a copy, because the original may be a cache's.
    /// </summary>
    public static AdditionalPropertiesDictionary With(AdditionalPropertiesDictionary? properties, IReadOnlyList<string> sentences)
    {
        var copy = properties is null ? [] : new AdditionalPropertiesDictionary(properties);
        var before = copy.TryGetValue(ResponseMap.WarningsKey, out var value) && value is JsonElement { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select(warning => warning.AsText() ?? warning.Raw())
            : [];
        copy[ResponseMap.WarningsKey] = JsonSerializer.SerializeToElement([.. sentences, .. before], WireJson.Web.StringArray);
        return copy;
    }
}

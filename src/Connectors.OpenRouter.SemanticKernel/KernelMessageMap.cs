using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Ai = Microsoft.Extensions.AI;
using Sk = Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>Messages: what stands around the contents of <see cref="KernelContentMap"/>.</summary>
internal static class KernelMessageMap
{
    /// <summary>A finished message.</summary>
    public static ChatMessageContent ToKernelMessage(ChatMessage message, CallNames names, string? modelId = null)
    {
        var result = new WholeMessage { Role = new AuthorRole(message.Role.Value), AuthorName = message.AuthorName, ModelId = modelId };
        var answered = message.Role == ChatRole.Assistant ? message.Contents.OfType<Ai.FunctionResultContent>().Select(answer => answer.CallId).ToHashSet() : [];
        foreach (var content in message.Contents)
        {
            if (KernelContentMap.ToComplete(content, names, answered) is { } item)
                Add(result, item);
            foreach (var annotation in content.Annotations ?? [])
                if (KernelContentMap.ToComplete(annotation) is { } citation)
                    Add(result, citation);
        }
        return result;
    }

    /// <summary>
    /// The answer of a call that is over: its last message, with what is known of the whole. A model that says nothing says an
    /// empty message.
    /// </summary>
    public static ChatMessageContent ToKernelMessage(ChatResponse response, CallNames names)
    {
        var (first, last) = (FirstOfAnswer(response), response.Messages.Count - 1);
        var result = ToKernelMessage(last < 0 ? new(ChatRole.Assistant, []) : response.Messages[last], names, response.ModelId);
        if (first < last)
            AddEarlier(result, response.Messages.Skip(first).Take(last - first), names);
        AddFacts(result, response);
        return result;
    }

    /// <summary>What is known of the whole answer, on the message that stands for it.</summary>
    public static void AddFacts(ChatMessageContent message, ChatResponse response)
    {
        message.InnerContent = response;
        message.Metadata = Facts(response);
    }

    /// <summary>Where the answer begins: behind the rounds of function calls that led to it.</summary>
    public static int FirstOfAnswer(ChatResponse response)
    {
        var first = response.Messages.Count - 1;
        while (first > 0 && response.Messages[first - 1].Role == ChatRole.Assistant && response.Messages[^1].Role == ChatRole.Assistant)
            first--;
        return Math.Max(first, 0);
    }

    /// <summary>
    /// An answer of several messages is one in Semantic Kernel: its words are the final message's, so that stands first; where each item
    /// stood is noted on it, and that is how it goes back.
    /// </summary>
    private static void AddEarlier(ChatMessageContent final, IEnumerable<ChatMessage> earlier, CallNames names)
    {
        var items = earlier.SelectMany(message => ToKernelMessage(message, names, final.ModelId).Items).ToList();
        var place = items.Count;
        foreach (var item in final.Items)
            Note(item, place++);
        place = 0;
        foreach (var item in items)
        {
            Note(item, place++);
            Add(final, item);
        }
        ((WholeMessage)final).FinalCount = final.Items.Count - items.Count;

        static void Note(KernelContent item, int place)
        {
            var metadata = new Dictionary<string, object?>();
            foreach (var known in item.Metadata ?? metadata)
                metadata[known.Key] = known.Value;
            metadata[PlaceKey] = place;
            item.Metadata = metadata;
        }
    }

    /// <summary>The items of a message in the order in which the model said them.</summary>
    public static IEnumerable<KernelContent> InOrder(ChatMessageContent message)
    {
        var place = -1; // an item whose note was lost stays behind the one before it
        return message.Items.Select(item => (Item: item, Place: place = Place(item) ?? place)).ToList().OrderBy(item => item.Place).Select(item => item.Item);
    }

    /// <summary>The note of an item's place in the answer.</summary>
    private const string PlaceKey = "openrouter.place";

    /// <summary>An item's place; null for an item of another connector.</summary>
    private static int? Place(KernelContent item) => item.Metadata?.TryGetValue(PlaceKey, out var place) != true ? null
        : place switch { int number => number, System.Text.Json.JsonElement { ValueKind: System.Text.Json.JsonValueKind.Number } json => json.GetInt32(), _ => null };

    /// <summary>The last message of a stream; the rounds before it, which the history has already, are passed over.</summary>
    public static ChatMessageContent ToKernelMessage(IEnumerable<StreamingChatMessageContent> chunks)
    {
        var names = new CallNames();
        var builder = new FunctionCallContentBuilder(AIJsonUtilities.DefaultOptions);
        var foreign = false;
        var updates = new List<ChatResponseUpdate>();
        foreach (var chunk in chunks)
        {
            if (chunk.InnerContent is ChatResponseUpdate update)
            {
                updates.Add(update);
                names.Add(update, chunk);
            }
            else
            {
                foreign = true;
                builder.Append(chunk);
                updates.Add(AIContentMap.ToUpdate(chunk));
            }
        }
        var lastRound = updates.FindLastIndex(update => update.Role == ChatRole.Tool);
        var response = updates.Skip(lastRound == updates.Count - 1 ? lastRound : lastRound + 1).ToChatResponse(); // a filter ended the rounds: the last result is the answer
        response.Usage = updates.ToChatResponse().Usage;
        if (lastRound >= 0 && lastRound == updates.Count - 1)
            response.AdditionalProperties = updates[lastRound].AdditionalProperties;
        var result = ToKernelMessage(response, names);
        if (foreign)
            foreach (var call in builder.Build())
                Add(result, call);
        return result;
    }

    /// <summary>Adds an item with the message's model.</summary>
    private static void Add(ChatMessageContent message, KernelContent item)
    {
        item.ModelId = message.ModelId;
        message.Items.Add(item);
    }

    /// <summary>What is known of a whole answer.</summary>
    private static Dictionary<string, object?> Facts(ChatResponse response)
    {
        var facts = Facts(response.ResponseId, response.CreatedAt, response.FinishReason, response.AdditionalProperties);
        AddUsage(facts, response);
        if (response.Messages.SelectMany(message => message.Contents).OfType<ErrorContent>().LastOrDefault(KernelContentMap.IsRefusal) is { } refusal)
            facts["Refusal"] = refusal.Message;
        return facts;
    }

    /// <summary>
    /// What is known of an answer or of a part of it, in plain values under the names that Semantic Kernel's connectors use.
    /// </summary>
    public static Dictionary<string, object?> Facts(string? id, DateTimeOffset? createdAt, ChatFinishReason? finishReason, AdditionalPropertiesDictionary? more)
    {
        var facts = more is null ? [] : new Dictionary<string, object?>(more, StringComparer.Ordinal);
        facts["Id"] = id;
        facts["CreatedAt"] = createdAt;
        facts["FinishReason"] = finishReason?.Value;
        return facts;
    }

    /// <summary>Adds usage, cost, provider and warnings under their names.</summary>
    public static void AddUsage(Dictionary<string, object?> facts, ChatResponse response)
    {
        var info = response.GetOpenRouter();
        facts["Usage"] = response.Usage;
        if (info.Cost is { } cost)
            facts["Cost"] = cost;
        if (info.ProviderName is { } provider)
            facts["ProviderName"] = provider;
        if (info.Warnings.Count > 0)
            facts["Warnings"] = info.Warnings;
    }

    /// <summary>
    /// Text that thinking parts is still one answer: <c>Content</c> is its first piece, <c>ToString()</c>, which prompt functions
    /// return, is all of it.
    /// </summary>
    private sealed class WholeMessage : ChatMessageContent
    {
        /// <summary>How many of the items are the final message's; the rest are earlier messages' of the same answer.</summary>
        public int FinalCount { get; set; } = int.MaxValue;

        public override string ToString() => string.Concat(Items.Take(FinalCount).OfType<Sk.TextContent>().Select(text => text.Text));
    }
}

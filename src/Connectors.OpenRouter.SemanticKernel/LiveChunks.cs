using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>One stream on its way to Semantic Kernel: whose calls they are, in which round, and how many there were.</summary>
internal sealed class LiveChunks(Kernel? kernel)
{
    private Dictionary<string, object?>? _facts;
    private int _calls;

    public CallNames Names { get; } = new(kernel);

    /// <summary>How often the functions have been called and the model asked again.</summary>
    public int Round { get; private set; }

    /// <summary>The place of a call among the calls of its round: Semantic Kernel joins the pieces of calls by it.</summary>
    public int NextCall() => _calls++;

    public void NextRound() => (Round, _calls) = (Round + 1, 0);

    /// <summary>An update as a chunk. <c>InnerContent</c> is the update itself, so that nothing of it is out of reach.</summary>
    public StreamingChatMessageContent ToChunk(ChatResponseUpdate update)
    {
        var chunk = new StreamingChatMessageContent(update.Role is { } role ? new AuthorRole(role.Value) : null, null)
        {
            InnerContent = update,
            ModelId = update.ModelId,
            Metadata = Facts(update),
        };
        foreach (var content in update.Contents)
        {
            if (KernelContentMap.Live(content, this) is { } item)
                chunk.Items.Add(item);
            if (content.Annotations is { } annotations)
                foreach (var annotation in annotations)
                    if (KernelContentMap.Live(annotation) is { } citation)
                        chunk.Items.Add(citation);
        }
        return chunk;
    }

    /// <summary>The deltas of an answer share what is known of them; only an ending has more to say.</summary>
    private Dictionary<string, object?> Facts(ChatResponseUpdate update)
    {
        var usage = update.Contents.OfType<UsageContent>().FirstOrDefault()?.Details;
        if (usage is null && update.FinishReason is null && update.AdditionalProperties is null
            && _facts is not null && Equals(_facts["Id"], update.ResponseId) && Equals(_facts["CreatedAt"], update.CreatedAt))
            return _facts;
        var facts = KernelMessageMap.Facts(update.ResponseId, update.CreatedAt, update.FinishReason, update.AdditionalProperties);
        if (usage is not null)
            KernelMessageMap.AddUsage(facts, new ChatResponse { Usage = usage, AdditionalProperties = update.AdditionalProperties });
        else if (update.FinishReason is null && update.AdditionalProperties is null)
            _facts = facts;
        return facts;
    }
}

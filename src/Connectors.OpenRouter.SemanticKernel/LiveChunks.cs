using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>One stream on its way to Semantic Kernel: whose calls they are, in which round, and how many there were.</summary>
internal sealed class LiveChunks(Kernel? kernel)
{
    /// <summary>What the deltas of one answer share, made once.</summary>
    private (string? Id, DateTimeOffset? CreatedAt, Dictionary<string, object?>? Facts) _shared;

    /// <summary>Calls that stream: their place, and the arguments given so far.</summary>
    private readonly Dictionary<string, (int Place, StringBuilder Given)> _growing = [];

    /// <summary>How many calls the round has.</summary>
    private int _calls;

    /// <summary>The names of functions on either side.</summary>
    public CallNames Names { get; } = new(kernel);

    /// <summary>How often the functions have been called and the model asked again.</summary>
    public int Round { get; private set; }

    /// <summary>
    /// The place of a complete call among the calls of its round, by which Semantic Kernel joins the pieces of calls, and what of
    /// its arguments no piece has given.
    /// </summary>
    /// <param name="callId">Which call.</param>
    /// <param name="arguments">As the service wrote them.</param>
    /// <param name="text">As they are given where no piece was.</param>
    public (int Place, string Arguments) Complete(string callId, string? arguments, string text)
    {
        if (!_growing.TryGetValue(callId, out var growing))
            return (_calls++, text);
        _growing.Remove(callId); // an id may come again
        return (growing.Place, arguments?.StartsWith(growing.Given.ToString(), StringComparison.Ordinal) == true ? arguments[growing.Given.Length..] : "");
    }

    /// <summary>The functions have been called, and the model is asked again.</summary>
    public void NextRound()
    {
        (Round, _calls) = (Round + 1, 0);
        _growing.Clear();
    }

    /// <summary>An update as a chunk. <c>InnerContent</c> is the update itself, so that nothing of it is out of reach.</summary>
    public StreamingChatMessageContent ToChunk(ChatResponseUpdate update)
    {
        var chunk = new StreamingChatMessageContent(update.Role is { } role ? RoleOf(role) : null, null)
        {
            InnerContent = update,
            ModelId = update.ModelId,
            Metadata = Facts(update),
        };
        if (update.GetFunctionCallDelta() is { } piece)
            Add(chunk, Append(piece));
        var contents = update.Contents;
        for (var i = 0; i < contents.Count; i++) // by index: this runs for every word
        {
            var content = contents[i];
            if (KernelContentMap.Live(content, this) is { } item)
                Add(chunk, item);
            if (content.Annotations is { } annotations)
                foreach (var annotation in annotations)
                    if (KernelContentMap.Live(annotation) is { } citation)
                        Add(chunk, citation);
        }
        return chunk;
    }

    /// <summary>Nearly all that is heard is the assistant's, in the framework's own word for it.</summary>
    private static AuthorRole RoleOf(ChatRole role) => ReferenceEquals(role.Value, ChatRole.Assistant.Value) ? AuthorRole.Assistant : new(role.Value);

    /// <summary>A piece of a call; the first tells whose.</summary>
    private StreamingFunctionCallUpdateContent Append(OpenRouterFunctionCallDelta piece)
    {
        var isFirst = !_growing.TryGetValue(piece.CallId, out var growing);
        if (isFirst)
            _growing[piece.CallId] = growing = (_calls++, new());
        growing.Given.Append(piece.Arguments);
        return new(isFirst ? piece.CallId : null, isFirst ? Names.Of(piece.CallId, piece.Name).Qualified : null, piece.Arguments, growing.Place) { RequestIndex = Round };
    }

    /// <summary>Adds an item with the chunk's model.</summary>
    private static void Add(StreamingChatMessageContent chunk, StreamingKernelContent item)
    {
        item.ModelId = chunk.ModelId;
        chunk.Items.Add(item);
    }

    /// <summary>The deltas of an answer share what is known of them; only an ending has more to say.</summary>
    private Dictionary<string, object?> Facts(ChatResponseUpdate update)
    {
        var usage = Usage(update);
        if (update.FinishReason is null && update.AdditionalProperties is null && usage is null)
        {
            if (_shared.Facts is null || _shared.Id != update.ResponseId || _shared.CreatedAt != update.CreatedAt)
                _shared = (update.ResponseId, update.CreatedAt, KernelMessageMap.Facts(update.ResponseId, update.CreatedAt, finishReason: null, more: null));
            return _shared.Facts;
        }

        var facts = KernelMessageMap.Facts(update.ResponseId, update.CreatedAt, update.FinishReason, update.AdditionalProperties);
        if (usage is not null || update.FinishReason is not null || update.AdditionalProperties?.ContainsKey(KernelContentMap.WarningsKey) is true) // an answer that was not counted has its provider and warnings all the same
            KernelMessageMap.AddUsage(facts, new ChatResponse { Usage = usage, AdditionalProperties = update.AdditionalProperties });
        return facts;
    }

    /// <summary>The usage of an update; null when it has none.</summary>
    private static UsageDetails? Usage(ChatResponseUpdate update)
    {
        var contents = update.Contents;
        for (var i = 0; i < contents.Count; i++)
            if (contents[i] is UsageContent usage)
                return usage.Details;
        return null;
    }
}

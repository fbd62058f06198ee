using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Calls of local functions that a person was asked about. The history holds the question, the answer and, further down, the call and its result;
/// they go out where the question stood, on the resuming request and on every later one, so that prompt caches stay warm.
/// </summary>
internal static class ApprovedCalls
{
    /// <summary>The history with each such call and its result at the end of the message that asked; the same list where nothing was asked.</summary>
    public static IReadOnlyList<ChatMessage> InPlace(IReadOnlyList<ChatMessage> messages) => IsAsked(messages) ? Moved(messages) : messages;

    private static bool IsAsked(IReadOnlyList<ChatMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
            for (var at = 0; at < messages[i].Contents.Count; at++)
                if (messages[i].Contents[at] is ToolApprovalRequestContent { ToolCall: FunctionCallContent })
                    return true;
        return false;
    }

    private static IReadOnlyList<ChatMessage> Moved(IReadOnlyList<ChatMessage> messages)
    {
        var asked = messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().Where(request => request.ToolCall is FunctionCallContent).ToList();
        var results = new Dictionary<string, FunctionResultContent>();
        foreach (var result in messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>())
            results.TryAdd(result.CallId, result);
        var refused = messages.SelectMany(message => message.Contents).OfType<ToolApprovalResponseContent>().Where(answer => !answer.Approved).Select(answer => answer.RequestId).ToHashSet();
        var done = asked.Where(request => results.ContainsKey(request.ToolCall.CallId)).Select(request => request.ToolCall.CallId).ToHashSet();
        if (done.Count == 0)
            return messages;

        var moved = new List<ChatMessage>(messages.Count);
        var placed = new HashSet<string>();
        foreach (var message in messages)
        {
            var contents = message.Contents.Where(content => !IsMoved(content)).ToList();
            var requests = message.Contents.OfType<ToolApprovalRequestContent>().Where(request => done.Contains(request.ToolCall.CallId) && placed.Add(request.ToolCall.CallId)).ToList();
            foreach (var group in requests.ToLookup(request => refused.Contains(request.RequestId)).OrderByDescending(group => group.Key)) // refused ones first, as they resume
            {
                contents.AddRange(group.Select(request => request.ToolCall));
                contents.AddRange(group.Select(request => results[request.ToolCall.CallId]));
            }
            if (contents.Count == message.Contents.Count && requests.Count == 0)
                moved.Add(message);
            else if (contents.Count > 0)
                moved.Add(new(message.Role, contents) { AuthorName = message.AuthorName, MessageId = message.MessageId, AdditionalProperties = message.AdditionalProperties });
        }
        return moved;

        bool IsMoved(AIContent content) => content switch
        {
            ToolApprovalRequestContent request => done.Contains(request.ToolCall.CallId),
            ToolApprovalResponseContent answer => done.Contains(answer.ToolCall.CallId),
            FunctionCallContent call => done.Contains(call.CallId),
            FunctionResultContent result => done.Contains(result.CallId),
            _ => false,
        };
    }
}

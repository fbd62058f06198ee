using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Calls of local functions that a person was asked about. The history holds the question, the answer and, further down, the call and its result;
/// they go out where the question stood, on the resuming request and on every later one, so that prompt caches stay warm.
/// </summary>
internal static class ApprovedCalls
{
    /// <summary>The history with each such call and its result at the end of the message that asked; the same list where nothing was asked.</summary>
    public static IReadOnlyList<ChatMessage> InPlace(IReadOnlyList<ChatMessage> messages, Action? checkpoint) => IsAsked(messages, checkpoint) ? Moved(messages) : messages;

    /// <summary>Whether anybody was asked about a call of a local function.</summary>
    private static bool IsAsked(IReadOnlyList<ChatMessage> messages, Action? checkpoint)
    {
        for (var i = 0; i < messages.Count; i++)
            for (var at = 0; at < messages[i].Contents.Count; at++)
            {
                checkpoint?.Invoke();
                if (messages[i].Contents[at] is ToolApprovalRequestContent { ToolCall: FunctionCallContent })
                    return true;
            }
        return false;
    }

    /// <summary>Pairs question, answer, call and result by call_id, and moves what was resumed to its question.</summary>
    private static IReadOnlyList<ChatMessage> Moved(IReadOnlyList<ChatMessage> messages)
    {
        var results = new Dictionary<ToolApprovalRequestContent, FunctionResultContent>();
        var leaving = new HashSet<AIContent>(); // they go out where the question stood, or not at all
        var refused = new HashSet<AIContent>();
        var open = new Dictionary<string, Questions>(); // call_ids repeat: what follows a result under its call_id was not asked about
        foreach (var content in messages.SelectMany(message => message.Contents))
            if (content is ToolApprovalRequestContent { ToolCall: FunctionCallContent } request)
                (open.TryGetValue(request.ToolCall.CallId, out var questions) ? questions : open[request.ToolCall.CallId] = new()).Asked.Enqueue(new(request));
            else if (content is ToolApprovalResponseContent answer && Next(answer.ToolCall.CallId, questions => questions.Asked) is { } answered)
            {
                answered.Answer = answer;
                open[answer.ToolCall.CallId].Answered.Enqueue(answered);
            }
            else if (content is FunctionCallContent call && Next(call.CallId, questions => questions.Answered) is { } made)
            {
                made.Call = call;
                open[call.CallId].Made.Enqueue(made);
            }
            else if (content is FunctionResultContent result && (Next(result.CallId, questions => questions.Made) ?? Next(result.CallId, questions => questions.Answered)) is { } resumed)
            {
                results[resumed.Request] = result;
                leaving.UnionWith([resumed.Request, resumed.Answer!, result, resumed.Call ?? (AIContent)result]);
                if (!resumed.Answer!.Approved)
                    refused.Add(resumed.Request);
            }
        if (results.Count == 0)
            return messages;

        var moved = new List<ChatMessage>(messages.Count);
        foreach (var message in messages)
        {
            var contents = message.Contents.Where(content => !leaving.Contains(content)).ToList();
            var requests = message.Contents.OfType<ToolApprovalRequestContent>().Where(results.ContainsKey).ToList();
            foreach (var group in requests.ToLookup(refused.Contains).OrderByDescending(group => group.Key)) // refused ones first, as they resume
            {
                contents.AddRange(group.Select(request => request.ToolCall));
                contents.AddRange(group.Select(request => results[request]));
            }
            if (contents.Count == message.Contents.Count && requests.Count == 0)
                moved.Add(message);
            else if (contents.Count > 0)
                moved.Add(new(message.Role, contents) { AuthorName = message.AuthorName, MessageId = message.MessageId, AdditionalProperties = message.AdditionalProperties });
        }
        return moved;

        Question? Next(string callId, Func<Questions, Queue<Question>> stage) => open.TryGetValue(callId, out var questions) && stage(questions) is { Count: > 0 } waiting ? waiting.Dequeue() : null;
    }

    /// <summary>Those of one call_id whose call has no result yet.</summary>
    private sealed class Questions
    {
        /// <summary>Questions without an answer.</summary>
        public readonly Queue<Question> Asked = new();

        /// <summary>Answered questions without a call.</summary>
        public readonly Queue<Question> Answered = new();

        /// <summary>Answered questions whose call stands in the history, without a result.</summary>
        public readonly Queue<Question> Made = new();
    }

    /// <summary>A question about a call, and what followed it.</summary>
    private sealed class Question(ToolApprovalRequestContent request)
    {
        /// <summary>The content that asked.</summary>
        public readonly ToolApprovalRequestContent Request = request;

        /// <summary>What the person answered; null until then.</summary>
        public ToolApprovalResponseContent? Answer;

        /// <summary>The call as it was made; null where the framework did not repeat it.</summary>
        public FunctionCallContent? Call;
    }
}

using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Answers that a framework has torn apart: reasoning here, the call it led to somewhere else, under one <see cref="ChatMessage.MessageId"/>. Agent Framework's workflows
/// put reasoning behind the result of its call, and its sessions put what a user said beside an approval between the two. They go out as the service gave them.
/// </summary>
internal static class TornAnswers
{
    /// <summary>The history with such answers in one piece, where their first part stood; the same list where nothing is torn.</summary>
    public static IReadOnlyList<ChatMessage> Mended(IReadOnlyList<ChatMessage> messages)
    {
        Dictionary<string, int>? ends = null;
        ChatMessage?[]? rest = null;
        Dictionary<int, List<ChatMessage>>? behind = null;
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i] is not { MessageId: { } id } message || message.Role != ChatRole.Assistant)
                continue;
            if (ends is not null && ends.TryGetValue(id, out var end) && end < i - 1)
            {
                if (message.Contents.Count > 0 && message.Contents.All(content => content is TextReasoningContent) && IsSealed(message) && CallBefore(messages, end, i, id) is { } caller)
                {
                    rest ??= [.. messages];
                    rest[caller] = InFront((rest[caller] ?? messages[caller]), message.Contents);
                    rest[i] = null;
                    continue;
                }
                if (message.Contents.Any(content => content is FunctionCallContent) && messages[end].Contents is [.., TextReasoningContent] && IsSealed(messages[end]))
                {
                    rest ??= [.. messages];
                    behind ??= [];
                    var moved = behind.TryGetValue(end, out var before) ? before : behind[end] = [];
                    i = Move(messages, i, id, rest, moved);
                    continue;
                }
            }
            (ends ??= [])[id] = i;
        }
        return rest is null ? messages : [.. rest.SelectMany((message, i) => behind?.TryGetValue(i, out var moved) == true ? [message!, .. moved] : message is null ? (IEnumerable<ChatMessage>)[] : [message])];
    }

    private static bool IsSealed(ChatMessage message) => message.Contents.Any(content => content is TextReasoningContent { ProtectedData: not null });

    /// <summary>The first message of the answer that calls, where nothing but results stands between its end and the reasoning.</summary>
    private static int? CallBefore(IReadOnlyList<ChatMessage> messages, int end, int reasoning, string id)
    {
        for (var i = end + 1; i < reasoning; i++)
            if (messages[i].Role != ChatRole.Tool)
                return null;
        int? caller = null;
        for (var i = end; i >= 0 && messages[i].MessageId == id && messages[i].Role == ChatRole.Assistant; i--)
            if (messages[i].Contents.Any(content => content is FunctionCallContent))
                caller = i;
        return caller;
    }

    private static ChatMessage InFront(ChatMessage message, IList<AIContent> reasoning)
    {
        var contents = message.Contents.ToList();
        contents.InsertRange(contents.FindIndex(content => content is FunctionCallContent), reasoning);
        return new(message.Role, contents) { AuthorName = message.AuthorName, MessageId = message.MessageId, AdditionalProperties = message.AdditionalProperties };
    }

    /// <summary>Takes the rest of the answer and the results of its calls from where they stand.</summary>
    /// <returns>The last message taken.</returns>
    private static int Move(IReadOnlyList<ChatMessage> messages, int first, string id, ChatMessage?[] rest, List<ChatMessage> moved)
    {
        var calls = new HashSet<string>();
        var i = first;
        for (; i < messages.Count && messages[i].Role == ChatRole.Assistant && messages[i].MessageId == id; i++)
            Take();
        for (; i < messages.Count && messages[i].Role == ChatRole.Tool && messages[i].Contents.All(content => content is FunctionResultContent result && calls.Contains(result.CallId)); i++)
            Take();
        return i - 1;

        void Take()
        {
            calls.UnionWith(messages[i].Contents.OfType<FunctionCallContent>().Select(call => call.CallId));
            moved.Add(messages[i]);
            rest[i] = null;
        }
    }
}

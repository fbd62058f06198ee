using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Answers that a framework has torn apart: reasoning here, the call it led to somewhere else, under one <see cref="ChatMessage.MessageId"/>. Agent Framework's workflows
/// put reasoning behind the result of its call, and its sessions put what a user said beside an approval between the two. They go out as the service gave them.
/// </summary>
/// <param name="messages">The history as it was given; it is not changed.</param>
internal sealed class InterruptedAnswers(IReadOnlyList<ChatMessage> messages)
{
    /// <summary>Where the answer of an id was seen last.</summary>
    private readonly Dictionary<string, int> _ends = [];

    /// <summary>The messages as they go out, null where one was moved. Null until something is torn.</summary>
    private ChatMessage?[]? _rest;

    /// <summary>What was moved behind a message.</summary>
    private Dictionary<int, List<ChatMessage>>? _behind;

    /// <summary>The history with such answers in one piece, where their first part stood; the same list where nothing is torn.</summary>
    public static IReadOnlyList<ChatMessage> Repair(IReadOnlyList<ChatMessage> messages)
    {
        foreach (var message in messages)
            if (message is { MessageId: not null } && message.Role == ChatRole.Assistant)
                return new InterruptedAnswers(messages).Repair();
        return messages; // no answer has a name
    }

    /// <summary>Looks for torn answers and puts them together.</summary>
    private IReadOnlyList<ChatMessage> Repair()
    {
        for (var i = 0; i < messages.Count; i++)
            if (messages[i] is { MessageId: { } id } message && message.Role == ChatRole.Assistant && !(_ends.TryGetValue(id, out var end) && end < i - 1 && IsMoved(ref i, end)))
                _ends[id] = i;
        return _rest is null ? messages : [.. _rest.SelectMany((message, i) => Standing(message, i))];
    }

    /// <summary>Brings a torn part to its answer.</summary>
    /// <param name="i">Where it stands; then where the last message stands that was moved with it.</param>
    /// <param name="end">Where its answer was seen last.</param>
    /// <returns>Whether it was torn.</returns>
    private bool IsMoved(ref int i, int end)
    {
        var message = messages[i];
        if (IsSealed(message) && message.Contents.All(content => content is TextReasoningContent) && CallBefore(end, i) is { } caller)
        {
            _rest ??= [.. messages];
            _rest[caller] = InFront(_rest[caller] ?? messages[caller], message.Contents);
            _rest[i] = null;
            return true;
        }
        if (message.Contents.Any(content => content is FunctionCallContent) && messages[end].Contents is [.., TextReasoningContent] && IsSealed(messages[end]))
        {
            i = MoveBehind(end, i);
            return true;
        }
        return false;
    }

    /// <summary>A message and what was moved behind it; none for one that was moved away.</summary>
    private IEnumerable<ChatMessage> Standing(ChatMessage? message, int i) =>
        message is null ? [] : _behind is not null && _behind.TryGetValue(i, out var moved) ? [message, .. moved] : [message];

    /// <summary>Whether a message holds an envelope.</summary>
    private static bool IsSealed(ChatMessage message) => message.Contents.Any(content => content is TextReasoningContent { ProtectedData: not null });

    /// <summary>The first message of the answer that calls, where nothing but results, and reasoning that was moved already, stands between its end and the reasoning.</summary>
    private int? CallBefore(int end, int reasoning)
    {
        for (var i = end + 1; i < reasoning; i++)
            if (messages[i].Role != ChatRole.Tool && (_rest is null || _rest[i] is not null))
                return null;
        int? caller = null;
        for (var i = end; i >= 0 && messages[i].MessageId == messages[end].MessageId && messages[i].Role == ChatRole.Assistant; i--)
            if (messages[i].Contents.Any(content => content is FunctionCallContent))
                caller = i;
        return caller;
    }

    /// <summary>The message with reasoning before its first call.</summary>
    private static ChatMessage InFront(ChatMessage message, IList<AIContent> reasoning)
    {
        var contents = message.Contents.ToList();
        contents.InsertRange(contents.FindIndex(content => content is FunctionCallContent), reasoning);
        return new(message.Role, contents) { AuthorName = message.AuthorName, MessageId = message.MessageId, AdditionalProperties = message.AdditionalProperties };
    }

    /// <summary>Moves the rest of the answer and the results of its calls from where they stand.</summary>
    /// <returns>The last message moved.</returns>
    private int MoveBehind(int end, int first)
    {
        _rest ??= [.. messages];
        _behind ??= [];
        if (!_behind.TryGetValue(end, out var moved))
            _behind[end] = moved = [];
        var calls = new HashSet<string>();
        var i = first;
        for (; i < messages.Count && messages[i].Role == ChatRole.Assistant && messages[i].MessageId == messages[first].MessageId; i++)
            Take();
        for (; i < messages.Count && messages[i].Role == ChatRole.Tool && messages[i].Contents.All(content => content is FunctionResultContent result && calls.Contains(result.CallId)); i++)
            Take();
        return i - 1;

        void Take()
        {
            calls.UnionWith(messages[i].Contents.OfType<FunctionCallContent>().Select(call => call.CallId));
            moved.Add(messages[i]);
            _rest[i] = null;
        }
    }
}

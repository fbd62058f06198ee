using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Puts contents into the update that is being made, and remembers what has been emitted.</summary>
internal sealed class ContentEmitter(ResponseState state) : IDisposable
{
    /// <summary>What has been emitted so far.</summary>
    public readonly EmittedContents Emitted = new();

    /// <summary>The message whose text was emitted last, while nothing but text has been emitted since; null = none.</summary>
    public OutputItem? LastMessage;

    /// <summary>A whole answer: a thought and its envelope are one content, as they become where a stream's updates are put together.</summary>
    public bool IsComplete;

    /// <summary>Whether anything but reasoning has been emitted: words, a call, a part that is kept. The name of a message without a word is nothing.</summary>
    public bool HasOutput;

    /// <summary>Whether reasoning has been emitted, be it only its seal.</summary>
    public bool HasReasoning;

    /// <summary>Whether anything was said, thought, called or kept.</summary>
    public bool HasContent => HasOutput || HasReasoning;

    /// <summary>The path of nearly every word, a further delta of the active part: one string, one content, one list, one update.</summary>
    public ChatResponseUpdate Delta(EmittedPart part, string text, System.Text.Json.JsonElement raw)
    {
        var isAnswer = part.Kind == DeltaKind.Answer;
        Emitted.Append(text, !isAnswer);
        part.End = Emitted.Length;
        HasOutput |= isAnswer;
        HasReasoning |= !isAnswer;
        return state.Delta(isAnswer ? new TextContent(text) : new TextReasoningContent(text), raw);
    }

    /// <summary>Adds a content to the update and notes what kind of output it is.</summary>
    public void Add(AIContent content)
    {
        state.Facts.Checkpoint?.Invoke(); // an event may bring any number of contents
        Emitted.Add(content);
        state.Add(content);
        HasReasoning |= content is TextReasoningContent;
        HasOutput |= content is not (TextReasoningContent or TextContent { Text.Length: 0, Annotations: null });
        if (content is not TextContent)
            LastMessage = null;
    }

    /// <summary>An empty reasoning content that holds what goes back: an item, a boundary, an order.</summary>
    public void AddEnvelope(string envelope)
    {
        state.Facts.Checkpoint?.Invoke();
        var content = new TextReasoningContent("") { ProtectedData = envelope };
        Emitted.Add(content);
        if (!IsComplete || !state.Protect(envelope))
            state.Add(content);
        LastMessage = null;
    }

    /// <summary>The rest of a part whose beginning was emitted just before.</summary>
    public void Continue(OutputItem item, AIContent rest)
    {
        Add(rest);
        item.Last!.End = Emitted.Length;
    }

    public void Dispose() => Emitted.Dispose();
}

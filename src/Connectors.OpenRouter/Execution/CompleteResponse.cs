using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Execution;

/// <summary>The updates of a whole answer as one response.</summary>
internal static class CompleteResponse
{
    /// <summary>The same as <c>ToChatResponse</c>, without looking for contents to merge where there are none.</summary>
    public static ChatResponse Of(List<ChatResponseUpdate> updates)
    {
        if (updates is not [_, .., { FinishReason: not null, Contents: [] or [UsageContent] } final] || !AreMessages(updates))
            return updates.ToChatResponse();
        var messages = new List<ChatMessage>(updates.Count - 1);
        for (var i = 0; i < updates.Count - 1; i++)
            messages.Add(new(ChatRole.Assistant, updates[i].Contents) { MessageId = updates[i].MessageId, CreatedAt = updates[i].CreatedAt });
        return new(messages)
        {
            ResponseId = final.ResponseId,
            ModelId = final.ModelId,
            CreatedAt = final.CreatedAt,
            FinishReason = final.FinishReason,
            Usage = final.Contents is [UsageContent usage] ? usage.Details : null,
            AdditionalProperties = final.AdditionalProperties,
        };
    }

    /// <summary>Whether each update but the last is a message of its own, with nothing in it that merges.</summary>
    private static bool AreMessages(List<ChatResponseUpdate> updates)
    {
        for (var i = 0; i < updates.Count - 1; i++)
        {
            var update = updates[i];
            if (update.RawRepresentation is not null || update.AdditionalProperties is not null || update.MessageId is null || i > 0 && update.MessageId == updates[i - 1].MessageId)
                return false;
            for (var k = 1; k < update.Contents.Count; k++)
                if (update.Contents[k].GetType() == update.Contents[k - 1].GetType() && update.Contents[k] is not FunctionCallContent and not TextReasoningContent
                    || update.Contents[k] is TextReasoningContent && update.Contents[k - 1] is TextReasoningContent { ProtectedData: null })
                    return false;
        }
        return updates[^1].RawRepresentation is null;
    }
}

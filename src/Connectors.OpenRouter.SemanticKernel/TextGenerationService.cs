using System.Runtime.CompilerServices;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.TextGeneration;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// The same service for apps that ask for texts, as Semantic Kernel's own connectors give it: the prompt is the user's one
/// message.
/// </summary>
internal sealed class TextGenerationService(IChatCompletionService chat) : ITextGenerationService
{
    /// <summary>The chat service's.</summary>
    public IReadOnlyDictionary<string, object?> Attributes => chat.Attributes;

    /// <summary>Asks with the prompt as the user's one message.</summary>
    public async Task<IReadOnlyList<TextContent>> GetTextContentsAsync(string prompt, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        var answers = await chat.GetChatMessageContentsAsync(Asked(prompt), executionSettings, kernel, cancellationToken).ConfigureAwait(false);
        return [.. answers.Select(answer => new TextContent(answer.ToString(), answer.ModelId, answer.InnerContent, metadata: answer.Metadata))];
    }

    /// <summary>Streams with the prompt as the user's one message.</summary>
    public async IAsyncEnumerable<StreamingTextContent> GetStreamingTextContentsAsync(
        string prompt, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync(Asked(prompt), executionSettings, kernel, cancellationToken).ConfigureAwait(false))
            yield return new(chunk.Content, chunk.ChoiceIndex, chunk.ModelId, chunk.InnerContent, metadata: chunk.Metadata);
    }

    /// <summary>The history of one message.</summary>
    private static ChatHistory Asked(string prompt)
    {
        var history = new ChatHistory();
        history.AddUserMessage(prompt);
        return history;
    }
}

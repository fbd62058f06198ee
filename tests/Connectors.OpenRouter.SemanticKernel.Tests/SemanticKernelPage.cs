using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests;

/// <summary>The programs of docs/semantic-kernel.md and of the README, word for word; a test of the core compares them.</summary>
internal static class SemanticKernelPage
{
    public static async Task Readme()
    {
        var builder = Kernel.CreateBuilder();
        builder.AddOpenRouterChatCompletion("anthropic/claude-opus-5");
        var chat = builder.Build().GetRequiredService<IChatCompletionService>();
        await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync("Why is the sky blue?"))
            Console.Write($"\u001b[2m{chunk.GetReasoningText()}\u001b[0m{chunk.Content}");
    }

    public static async Task Show(ChatHistory history)
    {
        var builder = Kernel.CreateBuilder();
        builder.AddOpenRouterChatCompletion("anthropic/claude-opus-5");            // key: OPENROUTER_API_KEY
        var kernel = builder.Build();

        var chat = kernel.GetRequiredService<IChatCompletionService>();
        var settings = new OpenRouterPromptExecutionSettings { ReasoningEffort = "high", FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

        List<StreamingChatMessageContent> chunks = [];
        await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync(history, settings, kernel))
        {
            Console.Write($"\u001b[2m{chunk.GetReasoningText()}\u001b[0m{chunk.Content}");
            chunks.Add(chunk);
        }
        history.Add(chunks.ToChatMessageContent());                                // thinking included
    }
}

using Connectors.OpenRouter;
using Microsoft.Extensions.AI;

/// <summary>The README's first program, word for word, in the C# of .NET 8; a test compares them.</summary>
internal static class Readme
{
    public static async Task Show()
    {
        var client = new OpenRouterChatClient("openai/o4-mini"); // key: OPENROUTER_API_KEY
        var options = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.Medium } };

        await foreach (var update in client.GetStreamingResponseAsync("Why is the sky blue?", options))
            Console.Write($"\u001b[2m{update.GetReasoningText()}\u001b[0m{update.Text}");
    }
}

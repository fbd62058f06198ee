using Connectors.OpenRouter.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

using var fake = new FakeOpenRouter(r => r.Think("Easy.").Say("Four."));
var builder = Kernel.CreateBuilder();
builder.AddOpenRouterChatCompletion("a/b", httpClient: fake.CreateClient());
var chat = builder.Build().GetRequiredService<IChatCompletionService>();
await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync(new ChatHistory("Be brief.")))
    Console.Write(chunk.GetReasoningText() + chunk.Content);
Console.WriteLine();

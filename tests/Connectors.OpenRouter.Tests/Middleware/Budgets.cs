using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>What the tests of budgets share.</summary>
internal static class Budgets
{
    public static readonly DateTimeOffset Now = new(2026, 8, 17, 13, 20, 1, TimeSpan.Zero);

    public static IChatClient Over(FakeOpenRouter fake, Func<ChatClientBuilder, ChatClientBuilder> use, int retries = 2)
    {
        var options = new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock };
        options.Retry.MaxRetries = retries;
        return use(new OpenRouterChatClient(options, fake.CreateClient()).AsBuilder()).Build();
    }

    public static async Task<ChatResponse> AskAsync(IChatClient client, bool streaming) =>
        streaming ? await client.GetStreamingResponseAsync("2+2?").ToChatResponseAsync() : await client.GetResponseAsync("2+2?");
}

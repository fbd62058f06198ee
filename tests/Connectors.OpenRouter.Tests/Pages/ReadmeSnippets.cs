using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Connectors.OpenRouter.Tests.Pages;

/// <summary>The README's programs, word for word; <see cref="PagesTests"/> compares them.</summary>
internal static class ReadmeSnippets
{
    public static async Task HelloThinking()
    {
        var client = new OpenRouterChatClient("openai/o4-mini"); // key: OPENROUTER_API_KEY
        var options = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.Medium } };

        await foreach (var update in client.GetStreamingResponseAsync("Why is the sky blue?", options))
            Console.Write($"\u001b[2m{update.GetReasoningText()}\u001b[0m{update.Text}");
    }

    public static async Task Routing(IChatClient client)
    {
        var routed = new ChatOptions().WithOpenRouter(new()
        {
            Models = ["openai/gpt-5.6-mini", "google/gemini-3-flash"],
            Provider = new() { Order = ["anthropic", "google-vertex"], AllowFallbacks = false, Zdr = true, Sort = "throughput" },
            Reasoning = new() { Effort = "minimal" },
            ExtraBody = new() { ["brand_new_field"] = 3 },
        });
        var response = await client.GetResponseAsync("Say hi.", routed);
        Console.WriteLine($"{response.Text} ({response.ModelId} by {response.GetOpenRouter().ProviderName}, ${response.GetOpenRouter().Cost})");
    }

    public static async Task Tools(Func<string, string> GetWeather)
    {
        IChatClient agent = new OpenRouterChatClient("anthropic/claude-opus-5").AsBuilder().UseFunctionInvocation().Build();
        var tools = new ChatOptions { Tools = [AIFunctionFactory.Create(GetWeather), OpenRouterTools.WebSearch(maxResults: 3)] };
        List<ChatMessage> history = [new(ChatRole.User, "Do I need an umbrella in Oslo?")];
        var answer = await agent.GetResponseAsync(history, tools);
        history.AddMessages(answer); // reasoning included; goes back out on the next turn
    }

    public static async Task Errors(IChatClient client)
    {
        try
        {
            Console.WriteLine(await client.GetResponseAsync("Say hi."));
        }
        catch (OpenRouterTimeoutException e)
        {
            Console.WriteLine($"No {e.Phase} in time.");
        }
        catch (OpenRouterException e)
        {
            Console.WriteLine($"{e.Message} Again in {e.RetryAfter}; had said: {e.PartialResponse?.Text}");
        }
    }

    public static void Registration(IServiceCollection services)
    {
        services.AddOpenRouterChatClient("openai/o4-mini").UseFunctionInvocation();
        services.AddKeyedOpenRouterChatClient("fast", options => options.Retry.MaxRetries = 1); // also reads OpenRouter:Clients:fast
    }

    public static void Explain(OpenRouterChatClient client)
    {
        Console.WriteLine(client.Explain("Say hi.", new() { Seed = 4 }));
    }

    public static async Task Testing()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)), r => r.Think("Easy.").Say("Four."));
        var tested = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());
        Assert.Equal("Four.", (await tested.GetResponseAsync("2+2?")).Text);
        Assert.Equal(TimeSpan.FromSeconds(20), fake.Waited);
    }
}

using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>docs/budget.md: its programs.</summary>
public class BudgetPageTests
{
    [Fact]
    public async Task The_page_s_budgets_count_for_one_and_for_all()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("x").Usage(cost: 21));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b" }, fake.CreateClient());
        var store = new OpenRouterMemoryBudgetStore();

        var shop = client.AsBuilder()
            .UseOpenRouterBudget(20, options => $"{options?.AdditionalProperties?["user"]}:{DateTime.UtcNow:yyyy-MM}", store)
            .UseOpenRouterBudget(500, _ => $"all:{DateTime.UtcNow:yyyy-MM}", store)
            .Build();

        await shop.GetResponseAsync("hi", new() { AdditionalProperties = new() { ["user"] = "ada" } });
        try
        {
            await shop.GetResponseAsync("hi", new() { AdditionalProperties = new() { ["user"] = "ada" } });
        }
        catch (OpenRouterBudgetException e)
        {
            Console.WriteLine($"{e.Key}: {e.Spent} of {e.Limit} spent");
        }
        var refused = await Assert.ThrowsAsync<OpenRouterBudgetException>(() => shop.GetResponseAsync("hi", new() { AdditionalProperties = new() { ["user"] = "ada" } }));
        await shop.GetResponseAsync("hi", new() { AdditionalProperties = new() { ["user"] = "bob" } });
        Assert.StartsWith("ada:", refused.Key, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_s_pipelines_can_be_built()
    {
        const string longText = "A manual.";

        IChatClient agent = new OpenRouterChatClient("openai/o4-mini").AsBuilder()
            .UseFunctionInvocation()
            .UseOpenRouterBudget(0.05m)                                              // USD; after the loop, so that each of its requests is counted
            .Build();

        IChatClient talk = new OpenRouterChatClient("anthropic/claude-sonnet-5").AsBuilder()
            .UseOpenRouterSession()                                                  // session_id, where nobody set one
            .UseOpenRouterCacheReport()                                              // a log line for every miss
            .Build();
        ChatMessage manual = new(ChatRole.System, [new TextContent(longText).WithCacheBreakpoint()]);

        IChatClient careful = new OpenRouterChatClient("openai/gpt-5.6-mini").AsBuilder().UseOpenRouterPreflight().Build();

        careful.Dispose();
        Assert.Equal(true, manual.Contents[0].AdditionalProperties!["prompt_cache_breakpoint"]);
        agent.Dispose();
        talk.Dispose();
    }
}

using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests;

/// <summary>Who reads a stream need not gather it: its last update knows what it cost and what was left out.</summary>
public class LastUpdateTests
{
    [Fact]
    public async Task The_last_update_of_a_stream_is_enough_to_know_cost_and_warnings()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Four.").Usage(input: 7, output: 3, cost: 0.00123m));
        var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());

        ChatResponseUpdate? last = null;
        await foreach (var update in client.GetStreamingResponseAsync("2+2?", new() { Seed = 4 }))
            last = update;

        var info = last!.GetOpenRouter();
        Assert.Equal(0.00123m, info.Cost);
        Assert.Contains("Seed", Assert.Single(info.Warnings), StringComparison.Ordinal);
        Assert.NotNull(info.GenerationId);
        Assert.Equal(0.00123m, Assert.Single(last!.Contents.OfType<UsageContent>()).Details.GetCost());
    }

    [Fact]
    public async Task An_update_in_the_middle_knows_what_is_known_then_and_never_is_null()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four."));
        var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());

        await foreach (var update in client.GetStreamingResponseAsync("2+2?"))
            Assert.NotNull(update.GetOpenRouter());
    }

    [Fact]
    public void The_thinking_of_any_contents_can_be_read() => Assert.Equal(
        "Hm.",
        new AIContent[] { new TextReasoningContent("Hm."), new TextContent("Four."), new TextReasoningContent("") { ProtectedData = "x" } }.GetReasoningText());
}

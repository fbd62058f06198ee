using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Agents.Tests;

/// <summary>The program of docs/agents.md, word for word; a test of the core compares them.</summary>
internal static class AgentsPage
{
    public static async Task Show(AITool findTrains, AITool book)
    {
        AIAgent agent = new OpenRouterChatClient("openai/o4-mini").AsBuilder()
            .UseOpenRouterStopRules(rules => (rules.MaxSteps, rules.MaxCost) = (20, 0.50m))
            .Build()
            .AsAIAgent(new ChatClientAgentOptions
            {
                ChatOptions = new() { Instructions = "You book trains.", Tools = [findTrains, book], Reasoning = new() { Effort = ReasoningEffort.High } },
            });
        var session = await agent.CreateSessionAsync();
        await foreach (var update in agent.RunStreamingAsync("The fastest train to Oslo, please.", session))
            Console.Write($"\u001b[2m{update.Contents.GetReasoningText()}\u001b[0m{update.Text}");
    }
}

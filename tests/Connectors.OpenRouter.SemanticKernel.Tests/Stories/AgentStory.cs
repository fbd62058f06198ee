using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

public class AgentStory
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_agents_updates_carry_the_thinking_and_its_session_takes_it_back(bool streaming)
    {
        using var fake = Umbrella();
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());
        var agent = new ClientAgent(client, new() { Tools = [AIFunctionFactory.Create(Kernels.Weather.Get, "get_weather")] });
        var session = await agent.CreateSessionAsync();

        var answer = await RunAsync(agent, session, "Umbrella in Oslo?", streaming);
        session = await agent.DeserializeSessionAsync(await agent.SerializeSessionAsync(session));
        await RunAsync(agent, session, "Sure?", streaming);

        Assert.Equal("Yes.", answer.Text);
        Assert.Equal("The weather first.\n\nRain.", answer.AsChatResponse().GetReasoningText());
        Assert.Equal(0.003m, answer.Usage?.GetCost());
        Assert.Equal(["message", "reasoning", "function_call", "function_call_output", "reasoning", "message", "message"],
            fake.LastRequest.Json.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("type").GetString()));
        Assert.NotNull(fake.LastRequest["input.1.encrypted_content"]);
        Assert.NotNull(fake.LastRequest["input.4.encrypted_content"]);
    }

    [Fact]
    public async Task An_agents_text_is_free_of_thinking()
    {
        using var fake = Umbrella();
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());
        var agent = new ClientAgent(client, new() { Tools = [AIFunctionFactory.Create(Kernels.Weather.Get, "get_weather")] });

        var text = "";
        await foreach (var update in agent.RunStreamingAsync("Umbrella in Oslo?", await agent.CreateSessionAsync()))
            text += update.Text;

        Assert.Equal("Yes.", text);
    }

    /// <summary>Semantic Kernel's own agent rebuilds a streamed answer from its chunks' words, and takes rounds of calls from the history.</summary>
    [Fact]
    public async Task Semantic_kernels_agent_keeps_the_thinking_of_its_rounds()
    {
        using var fake = Umbrella();
        var kernel = Kernels.Over(fake);
        var settings = new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
        var thread = new ChatHistory();

        foreach (var question in new[] { "Umbrella in Oslo?", "Sure?" })
            await kernel.AgentTurnAsync(thread, question, settings);

        Assert.Equal("Yes.", thread[3].Content);
        Assert.Equal("The weather first.", thread[1].GetReasoningText());
        Assert.NotNull(fake.LastRequest["input.1.encrypted_content"]);
    }

    private static FakeOpenRouter Umbrella() => new(
        r => r.Think("The weather first.").Call(r.Request["tools.0.name"]!, new { city = "Oslo" }).Usage(cost: 0.001m),
        r => r.Think("Rain.").Say("Yes.").Usage(cost: 0.002m),
        r => r.Say("Quite."))
    { Strict = true };

    private static async Task<AgentResponse> RunAsync(ClientAgent agent, AgentSession session, string question, bool streaming) =>
        streaming ? await agent.RunStreamingAsync(question, session).ToAgentResponseAsync() : await agent.RunAsync(question, session);
}

using Connectors.OpenRouter.Agents.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Agents.Tests.Stories;

/// <summary>Several agents, of several families of models, over one conversation.</summary>
public class WorkflowStory
{
    [Theory]
    [InlineData(HandoffToolCallFilteringBehavior.None)]
    [InlineData(HandoffToolCallFilteringBehavior.HandoffOnly)]
    [InlineData(HandoffToolCallFilteringBehavior.All)]
    public async Task Two_agents_of_two_families_hand_over_and_back_and_each_keeps_its_own_thinking(HandoffToolCallFilteringBehavior filtering)
    {
        using var fake = Stage.Strict()
            .When(q => Is(q, Stage.OpenAI), r => r.Ponder("That is for the other.").Call(HandoffOf(r)))
            .When(q => Is(q, Stage.Claude), r => r.Ponder("Trains are mine.").Say("The 09:40."))
            .When(q => Is(q, Stage.Claude), r => r.Ponder("Money is not.").Call(HandoffOf(r)))
            .When(q => Is(q, Stage.OpenAI), r => r.Ponder("I know prices.").Say("It costs 40."))
            .When(q => Is(q, Stage.OpenAI), r => r.Ponder("The same.").Say("Still 40."));
        var prices = Stage.Agent(fake, Stage.OpenAI, "prices");
        var trains = Stage.Agent(fake, Stage.Claude, "trains");
        var workflow = AgentWorkflowBuilder.CreateHandoffBuilderWith(prices)
            .WithHandoff(prices, trains, "for trains").WithHandoff(trains, prices, "for prices")
            .EnableReturnToPrevious().WithToolCallFilteringBehavior(filtering).Build().AsAIAgent();
        var session = await workflow.CreateSessionAsync();

        Assert.Equal("The 09:40.", (await workflow.RunAsync("Which train?", session)).Messages[^1].Text);
        Assert.Equal("It costs 40.", (await workflow.RunAsync("What does it cost?", session)).Messages[^1].Text);
        Assert.Equal("Still 40.", (await workflow.RunAsync("And now?", session)).Messages[^1].Text);

        fake.VerifyAllReplied();
        foreach (var request in fake.Requests)
            Assert.DoesNotContain(request.Thoughts(), thought => Thoughts(request.Model == Stage.OpenAI ? Stage.Claude : Stage.OpenAI).Contains(thought));
        Assert.Contains("I know prices.", fake.LastRequest.Thoughts());
        Assert.Contains("Trains are mine.", fake.Requests[2].Thoughts());
    }

    [Fact]
    public async Task In_a_group_chat_the_others_words_are_heard_and_only_ones_own_thinking_goes_back()
    {
        var said = 0;
        using var fake = Stage.Strict().Otherwise(r => r.Ponder($"{r.Request.Model} thinks {++said}.").Say($"{said}"));
        var one = Stage.Agent(fake, Stage.OpenAI, "one");
        var two = Stage.Agent(fake, Stage.Claude, "two");
        var chat = AgentWorkflowBuilder.CreateGroupChatBuilderWith(agents => new RoundRobinGroupChatManager(agents) { MaximumIterationCount = 4 }).AddParticipants([one, two]).Build();

        await using var run = await InProcessExecution.RunStreamingAsync(chat, new List<ChatMessage> { new(ChatRole.User, "Count.") });
        await run.TrySendMessageAsync(new TurnToken(emitEvents: true));
        await foreach (var happened in run.WatchStreamAsync())
            Assert.False(happened is WorkflowErrorEvent, happened.ToString());

        Assert.Equal(4, fake.Requests.Count);
        Assert.Equal([$"{Stage.OpenAI} thinks 1."], fake.Requests[2].Thoughts());
        Assert.Equal([$"{Stage.Claude} thinks 2."], fake.Requests[3].Thoughts());
        Assert.Contains("\"2\"", fake.Requests[2].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_agent_as_a_tool_thinks_for_itself_and_its_caller_thinks_on(bool streaming)
    {
        using var fake = Stage.Strict()
            .When(q => Is(q, Stage.OpenAI), r => r.Ponder("Ask the expert.").Call("trains", new { query = "The fastest?" }))
            .When(q => Is(q, Stage.Claude), r => r.Ponder("The later one.").Say("The 09:40."))
            .When(q => Is(q, Stage.OpenAI), r => r.Ponder("So be it.").Say("Take the 09:40."))
            .When(q => Is(q, Stage.OpenAI), r => r.Say("Yes."));
        var expert = Stage.Agent(fake, Stage.Claude, "trains");
        var caller = Stage.Agent(fake, Stage.OpenAI, "desk", expert.AsAIFunction());
        var session = await caller.CreateSessionAsync();

        var answer = await caller.RunAsync(session, "The fastest train?", streaming);
        await caller.RunAsync(session, "Sure?", streaming);

        Assert.Equal("Take the 09:40.", answer.Messages[^1].Text);
        Assert.Contains("The 09:40.", fake.LastRequest.ToolOutput("trains"), StringComparison.Ordinal);
        Assert.Equal(["Ask the expert.", "So be it."], fake.LastRequest.Thoughts());
        Assert.DoesNotContain("The later one.", fake.LastRequest.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agents_one_after_the_other_hear_words_and_not_each_others_thinking()
    {
        using var fake = Stage.Strict()
            .When(q => Is(q, Stage.OpenAI), r => r.Ponder("Draft it.").Say("A draft."))
            .When(q => Is(q, Stage.Claude), r => r.Ponder("Polish it.").Say("A letter."));
        var workflow = AgentWorkflowBuilder.BuildSequential(Stage.Agent(fake, Stage.OpenAI, "drafts"), Stage.Agent(fake, Stage.Claude, "polishes")).AsAIAgent();

        var answer = await workflow.RunAsync("Write a letter.", await workflow.CreateSessionAsync());

        Assert.Equal("A letter.", answer.Messages[^1].Text);
        Assert.Empty(fake.LastRequest.Thoughts());
        Assert.Contains("A draft.", fake.LastRequest.Body, StringComparison.Ordinal);
    }

    private static bool Is(FakeRequest request, string model) => request.Model == model;

    private static string HandoffOf(FakeReply reply) =>
        reply.Request.Json.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!).First(name => name.StartsWith("handoff_to_", StringComparison.Ordinal));

    private static string[] Thoughts(string model) => model == Stage.OpenAI ? ["That is for the other.", "I know prices.", "The same."] : ["Trains are mine.", "Money is not."];
}

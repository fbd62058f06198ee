using Connectors.OpenRouter.Testing;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Samples;

/// <summary>What the model says when there is no key.</summary>
internal static class Script
{
    public static void Look(FakeReply r) => r.Think("First I need to know which trains there are.").Call("find_trains", new { city = "Oslo" }).Usage(cost: 0.0004m);

    public static void Decide(FakeReply r) => r.Think("Five hours beats six, although it leaves later.").Call("book", new { train = "09:40 to Oslo" }).Usage(cost: 0.0005m);

    public static void Tell(FakeReply r) => r
        .Say(r.Request.ToolOutput("book")?.Contains("booked", StringComparison.Ordinal) == true ? "You are booked on the 09:40 to Oslo." : "Then I have booked nothing.")
        .Usage(cost: 0.0004m);

    public static void Recall(FakeReply r) => r.Think("I compared the hours, not the departures.").Say("It takes five hours; the 08:10 takes six.").Usage(cost: 0.0006m);
}

/// <summary>An agent of instructions and tools, which thinks hard.</summary>
internal static class Building
{
    public static AIAgent BuildAgent(this ChatClientBuilder builder, string instructions, params AITool[] tools) => builder.Build().AsAIAgent(new ChatClientAgentOptions
    {
        ChatOptions = new() { Instructions = instructions, Tools = tools, Reasoning = new() { Effort = ReasoningEffort.High } },
    });
}

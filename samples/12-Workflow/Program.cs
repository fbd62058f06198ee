// Two agents over two model families hand a conversation to each other: each gets its own thinking back and never the other's.
using System.Text.Json;
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;
using Microsoft.Extensions.AI;
using Samples;

// Each agent has a model of its own, and offline a stand-in of its own, which refuses thinking that is not its model's.
var planner = Agent("openai/o4-mini", "planner", "You plan journeys. Hand questions about prices over.", PlanThenHandOver, SumUp);
var accountant = Agent("anthropic/claude-opus-5", "accountant", "You know prices. Hand everything else back.", Price, PriceAndHandBack);
var workflow = AgentWorkflowBuilder.CreateHandoffBuilderWith(planner)
    .WithHandoff(planner, accountant, "Knows what things cost.")
    .WithHandoff(accountant, planner, "Plans journeys.")
    .EnableReturnToPrevious()
    .Build()
    .AsAIAgent();

var (dim, plain) = Console.IsOutputRedirected ? ("", "") : ("\e[2m", "\e[0m");
var session = await workflow.CreateSessionAsync();
foreach (var question in new[] { "A weekend in Oslo: what does the train cost?", "Then plan the weekend." })
{
    Console.WriteLine($"> {question}");
    var speaker = "";
    await foreach (var update in workflow.RunStreamingAsync(question, session))
    {
        if (update.Contents.GetReasoningText() + update.Text is not { Length: > 0 })
            continue;
        if (update.AuthorName is { } name && name != speaker)
            Console.Write($"\n{speaker = name}: ");
        Console.Write(update.Text.Length > 0 ? update.Text : $"{dim}{update.Contents.GetReasoningText()}{plain}");
    }
    Console.WriteLine("\n");
}

static AIAgent Agent(string model, string name, string instructions, params Action<FakeReply>[] offline) =>
    Connect.To(model, offline).AsBuilder().Use(inner => new Eavesdropper(inner, name)).Build().AsAIAgent(instructions, name);

static void PlanThenHandOver(FakeReply r) => r.Think("Prices are not mine. ").Call(HandOff(r));
static void Price(FakeReply r) => r.Think("Two nights off season. ", FakeThinking.Anthropic).Say("Forty euros each way.");
static void PriceAndHandBack(FakeReply r) => r.Think("Planning is not mine. ", FakeThinking.Anthropic).Call(HandOff(r));
static void SumUp(FakeReply r) => r.Think("Cheap enough to stay a day longer. ").Say("Friday by the 09:40, back on Monday.");
static string HandOff(FakeReply r) => r.Request.Json.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!).First(tool => tool.StartsWith("handoff_to_"));

/// <summary>Stands before a client and shows whose thinking each request carries.</summary>
internal sealed class Eavesdropper(IChatClient inner, string name) : DelegatingChatClient(inner)
{
    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var report = this.GetRequiredService<OpenRouterChatClient>().Explain(messages, options);
        var thoughts = JsonDocument.Parse(report.Json).RootElement.GetProperty("input").EnumerateArray()
            .Where(item => item.GetProperty("type").GetString() == "reasoning").Select(item => item.GetProperty("format").GetString());
        Console.Write($"\n  [{name} is asked; thinking that goes back: {string.Join(", ", thoughts.DefaultIfEmpty("none"))}]");
        return base.GetStreamingResponseAsync(messages, options, cancellationToken);
    }
}

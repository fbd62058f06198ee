// An agent of Agent Framework that shows its thinking, asks before it books, and knows what it thought when its session comes back from a file.
using System.ComponentModel;
using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Samples;

AIAgent agent = Connect.To("openai/o4-mini", Script.Look, Script.Decide, Script.Tell, Script.Recall).AsBuilder()
    .UseOpenRouterStopRules(rules => (rules.MaxSteps, rules.MaxCost) = (8, 0.05m)) // the agent puts its loop around this client
    .BuildAgent("You book trains.", AIFunctionFactory.Create(FindTrains, "find_trains"), new ApprovalRequiredAIFunction(AIFunctionFactory.Create(Book, "book")));
var (dim, plain) = Console.IsOutputRedirected ? ("", "") : ("\e[2m", "\e[0m");
var session = await agent.CreateSessionAsync();

var ask = await SayAsync(new(ChatRole.User, "Book me the fastest train to Oslo."));
while (ask is not null)
{
    // Here the program may end: the session is JSON, and the question waits in it.
    session = await ThroughAFileAsync(session);
    var call = (FunctionCallContent)ask.ToolCall;
    Console.Write($"  May the agent call {call.Name}({string.Join(", ", call.Arguments?.Values ?? [])})? ");
    var yes = Console.IsInputRedirected || Console.ReadLine() is "y" or "yes";
    Console.WriteLine(yes ? "yes" : "no");
    ask = await SayAsync(new(ChatRole.User, [ask.CreateResponse(yes)]));
}

session = await ThroughAFileAsync(session);
await SayAsync(new(ChatRole.User, "Why that one?"));

async Task<ToolApprovalRequestContent?> SayAsync(ChatMessage message)
{
    Console.Write(message.Text.Length > 0 ? $"\n> {message.Text}\n" : "");
    var (thinking, waiting, cost) = (false, default(ToolApprovalRequestContent), 0m);
    await foreach (var update in agent.RunStreamingAsync(message, session))
    {
        var thought = update.Contents.GetReasoningText();
        Console.Write($"{(thinking && update.Text.Length > 0 ? "\n" : "")}{dim}{thought}{plain}{update.Text}");
        foreach (var called in update.Contents.OfType<FunctionCallContent>())
            Console.WriteLine($"\n  -> {called.Name}({string.Join(", ", called.Arguments?.Values ?? [])})");
        thinking = thought.Length > 0 || thinking && update.Text.Length == 0;
        waiting ??= update.Contents.OfType<ToolApprovalRequestContent>().FirstOrDefault();
        cost += update.Contents.OfType<UsageContent>().Sum(usage => usage.Details.GetCost() ?? 0);
    }
    Console.WriteLine($"\n  (${cost:0.0000})");
    return waiting;
}

async Task<AgentSession> ThroughAFileAsync(AgentSession open)
{
    var file = Path.GetTempFileName();
    await File.WriteAllTextAsync(file, (await agent.SerializeSessionAsync(open)).GetRawText());
    using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file));
    Console.WriteLine($"  (session saved and loaded: {new FileInfo(file).Length / 1000.0:0.0} kB, thinking included)");
    File.Delete(file);
    return await agent.DeserializeSessionAsync(json.RootElement.Clone());
}

[Description("Lists the trains to a city.")]
static string[] FindTrains(string city) => [$"08:10 to {city}, 6 h", $"09:40 to {city}, 5 h"];

[Description("Books a train.")]
static string Book(string train) => $"booked: {train}";

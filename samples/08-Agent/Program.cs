// An agent whose thinking survives: through its own loop of tool calls, through a saved session, into the next question.
// The loop is the framework's (Agent Framework's ChatClientAgent puts the same one around a client).
using System.ComponentModel;
using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Samples;

var tools = new ChatOptions
{
    Reasoning = new() { Effort = ReasoningEffort.High },
    Tools = [AIFunctionFactory.Create(FindTrains, "find_trains"), AIFunctionFactory.Create(Book, "book")],
};
using var agent = Connect.To("openai/o4-mini", Look, Decide, Tell, Recall).AsBuilder().UseFunctionInvocation().Build();
var (dim, plain) = Console.IsOutputRedirected ? ("", "") : ("\e[2m", "\e[0m");

var session = new List<ChatMessage> { new(ChatRole.System, "You book trains.") };
await TurnAsync("Book me the fastest train to Oslo.");

// A day later, in another process: the session comes back from a file, and the model still knows what it thought.
var file = JsonSerializer.Serialize(session, AIJsonUtilities.DefaultOptions);
session = JsonSerializer.Deserialize<List<ChatMessage>>(file, AIJsonUtilities.DefaultOptions)!;
await TurnAsync("Why that one?");

async Task TurnAsync(string question)
{
    Console.WriteLine($"> {question}");
    session.Add(new(ChatRole.User, question));
    List<ChatResponseUpdate> heard = [];
    var thinking = false;
    await foreach (var update in agent.GetStreamingResponseAsync(session, tools))
    {
        heard.Add(update);
        var (thought, calls) = (update.GetReasoningText(), update.Contents.OfType<FunctionCallContent>());
        Console.Write($"{(thinking && update.Text.Length > 0 ? "\n" : "")}{dim}{thought}{plain}{update.Text}");
        foreach (var call in calls)
            Console.WriteLine($"\n  -> {call.Name}({string.Join(", ", call.Arguments?.Values ?? [])})");
        thinking = thought.Length > 0 || thinking && update.Text.Length == 0 && !calls.Any();
        await Connect.PaceAsync();
    }
    var answer = heard.ToChatResponse();
    session.AddMessages(answer);
    Console.WriteLine($"\n  {answer.Messages.Count} messages, ${answer.GetOpenRouter().Cost:0.0000}\n");
}

[Description("Lists the trains to a city.")]
static string[] FindTrains(string city) => [$"08:10 to {city}, 6 h", $"09:40 to {city}, 5 h"];

[Description("Books a train.")]
static string Book(string train) => $"booked: {train}";

static void Look(FakeReply r) => r.Think("First I need to know which trains there are.").Call("find_trains", new { city = "Oslo" }).Usage(cost: 0.0004m);
static void Decide(FakeReply r) => r.Think("Five hours beats six, although it leaves later.").Call("book", new { train = "09:40 to Oslo" }).Usage(cost: 0.0005m);
static void Tell(FakeReply r) => r.Say("You are booked on the 09:40 to Oslo.").Usage(cost: 0.0004m);
static void Recall(FakeReply r) => r.Think("I compared the hours, not the departures.").Say("It takes five hours; the 08:10 takes six.").Usage(cost: 0.0006m);

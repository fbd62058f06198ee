// See a model think: its reasoning as it arrives, then its answer, then what it cost.
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Samples;

var question = args.Length > 0 ? string.Join(' ', args) : "If a train travels at 60 mph for 2.5 hours, how far does it go?";
using var client = Connect.To("openai/o4-mini", args.Length > 0 ? AnyQuestion : TheTrain);
var options = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.Medium }, MaxOutputTokens = 9000 };

Console.WriteLine($"{question}\n");
List<ChatResponseUpdate> heard = [];
var (dim, plain) = Console.IsOutputRedirected ? ("", "") : ("\e[2m", "\e[0m");
var part = "";
await foreach (var update in client.GetStreamingResponseAsync(question, options))
{
    heard.Add(update);
    Print("Thinking", update.GetReasoningText(), dim);
    Print("Answer", update.Text, plain);
    await Connect.PaceAsync();
}

var answer = heard.ToChatResponse();
Console.WriteLine($"""
    {plain}

    model      {answer.ModelId}
    tokens     {answer.Usage?.InputTokenCount} in, {answer.Usage?.OutputTokenCount} out, {answer.Usage?.ReasoningTokenCount ?? 0} of them thinking
    cost       ${answer.GetOpenRouter().Cost:0.000000}
    """);

void Print(string heading, string words, string style)
{
    if (words.Length == 0)
        return;
    if (part != heading)
        Console.WriteLine($"{(part.Length > 0 ? "\n\n" : "")}{plain}{part = heading}:{style}");
    Console.Write(words);
}

static void TheTrain(FakeReply reply) => reply
    .Served("openai/o4-mini")
    .Think("**Working out the distance** The speed is 60 miles per hour, and the time is 2.5 hours. Distance is speed times time: 60 × 2.5 = 150.")
    .Say("At 60 mph for 2.5 hours the train travels 60 × 2.5 = 150 miles.")
    .Usage(input: 24, output: 118, reasoning: 64, cost: 0.000546m);

static void AnyQuestion(FakeReply reply) => reply
    .Served("openai/o4-mini")
    .Think("**Looking for an answer** This is a stand-in, and it knows of one train only.")
    .Say("I am only a stand-in. Set OPENROUTER_API_KEY, and a model will think about your question.")
    .Usage(input: 24, output: 40, reasoning: 18, cost: 0.0002m);

// See a model think: its reasoning as it arrives, dimmed, then its answer, then what it cost.
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;
using Samples;

var question = args.Length > 0 ? string.Join(' ', args) : "If a train travels at 60 mph for 2.5 hours, how far does it go?";
using var client = Connect.To("openai/o4-mini", Offline);
var options = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.Medium }, MaxOutputTokens = 9000 };

Console.WriteLine(question + "\n");
List<ChatResponseUpdate> heard = [];
await foreach (var update in client.GetStreamingResponseAsync(question, options))
{
    heard.Add(update);
    if (update.GetReasoningText() is { Length: > 0 } thought)
        Console.Write($"\e[2m{thought}\e[0m");
    if (update.Text.Length > 0 && heard.TrueForAll(earlier => earlier == update || earlier.Text.Length == 0))
        Console.Write("\n\n"); // the answer begins
    Console.Write(update.Text);
    await Connect.PaceAsync();
}

var answer = heard.ToChatResponse();
Console.WriteLine($"""


    model      {answer.ModelId}
    tokens     {answer.Usage?.InputTokenCount} in, {answer.Usage?.OutputTokenCount} out, {answer.Usage?.ReasoningTokenCount ?? 0} of them thinking
    cost       ${answer.GetOpenRouter().Cost:0.000000}
    """);

static void Offline(Connectors.OpenRouter.Testing.FakeReply reply) => reply
    .Served("openai/o4-mini")
    .Think("**Working out the distance** The speed is 60 miles per hour, and the time is 2.5 hours. Distance is speed times time: 60 × 2.5 = 150.")
    .Say("At 60 mph for 2.5 hours the train travels 60 × 2.5 = **150 miles**.")
    .Usage(input: 24, output: 118, reasoning: 64, cost: 0.000546m);

// Retrieve, think, answer with sources: texts become vectors, the nearest ones go with the question, and the answer names them.
using System.Numerics.Tensors;
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Samples;

string[] notes =
[
    "The ferry to Nesodden leaves Aker brygge every half hour, also on Sundays.",
    "Tickets for the tram are bought in the app; on board they cost more.",
    "The museum of the explorer ships is closed on Mondays in winter.",
    "Dogs travel free on the ferry and the tram outside rush hour.",
];
const string Question = "When does the ferry leave on Sundays, and may my dog come along?";

// An in-memory store: every note with its vector.
using var embeddings = Embeddings();
var vectors = await embeddings.GenerateAsync(notes);
var asked = (await embeddings.GenerateAsync([Question]))[0].Vector;
var found = notes.Zip(vectors, (note, vector) => (Note: note, Nearness: TensorPrimitives.CosineSimilarity(asked.Span, vector.Vector.Span)))
    .OrderByDescending(one => one.Nearness).Take(2).ToList();

Console.WriteLine($"{Question}\n");
foreach (var (i, (note, nearness)) in found.Index())
    Console.WriteLine($"  [{i + 1}] {nearness:0.00}  {note}");
Console.WriteLine();

using var client = Connect.To("openai/o4-mini", reply => reply
    .Think("One note has the ferry's times, the other the dogs. Sunday is outside rush hour.")
    .Say("Every half hour from Aker brygge [1], and your dog travels free on a Sunday [2].").Usage(cost: 0.0004m, reasoning: 19));
var prompt = $"Answer from these notes only and name them as [n].\n{string.Join("\n", found.Select((one, i) => $"[{i + 1}] {one.Note}"))}\n\n{Question}";
var answer = await client.GetResponseAsync(prompt, new() { Reasoning = new() { Effort = ReasoningEffort.Low, Output = ReasoningOutput.Full } });

Console.WriteLine($"thought: {answer.GetReasoningText()}");
Console.WriteLine($"answer:  {answer.Text}");
Console.WriteLine($"\n{vectors.Usage?.InputTokenCount} tokens embedded for ${vectors.Usage?.GetCost():0.000000}, the answer cost ${answer.GetOpenRouter().Cost:0.000000}.");

static OpenRouterEmbeddingGenerator Embeddings() => Connect.Offline
    ? new("openai/text-embedding-3-small", httpClient: new FakeOpenRouter().Otherwise(reply => reply.Embed().Usage(cost: 0.000001m)).CreateClient())
    : new("openai/text-embedding-3-small");

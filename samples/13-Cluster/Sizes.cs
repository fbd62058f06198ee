using System.Text;
using System.Text.Json;
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Samples.Cluster;

/// <summary>How large a conversation is, stored and sent: the table of docs/scaling.md, as the stand-in's answers make it.</summary>
internal static class Sizes
{
    private const int Turns = 10;

    public static async Task PrintAsync()
    {
        Console.WriteLine("| | stored a turn | sent at turn 11 | with `ReasoningTurns = 1` | with `0` |\n|---|---|---|---|---|");
        foreach (var (thought, answer) in new[] { (200, 300), (2_000, 1_200), (20_000, 3_000) })
        {
            using var fake = new FakeOpenRouter().Otherwise(reply => reply.Think(Words(thought)).Say(Words(answer)));
            List<ChatMessage> history = [];
            using var client = Client(fake, turns: null);
            for (var turn = 0; turn < Turns; turn++)
            {
                history.Add(new(ChatRole.User, "And then?"));
                history.AddMessages(await client.GetResponseAsync(history, new() { Reasoning = new() { Effort = ReasoningEffort.Medium } }));
            }

            var stored = JsonSerializer.SerializeToUtf8Bytes(history, AIJsonUtilities.DefaultOptions).Length / Turns;
            history.Add(new(ChatRole.User, "And then?"));
            var sent = new List<int>();
            foreach (var turns in new int?[] { null, 1, 0 })
            {
                using var limited = Client(fake, turns);
                await limited.GetResponseAsync(history, new() { Reasoning = new() { Effort = ReasoningEffort.Medium } });
                sent.Add(Encoding.UTF8.GetByteCount(fake.LastRequest.Body));
            }
            Console.WriteLine($"| {thought:N0} + {answer:N0} | {Kilobytes(stored)} | {string.Join(" | ", sent.Select(Kilobytes))} |");
        }
    }

    private static OpenRouterChatClient Client(FakeOpenRouter fake, int? turns) => new(new OpenRouterOptions { Model = "openai/o4-mini", ReasoningTurns = turns }, fake.CreateClient());

    /// <summary>So many characters, in words of seven.</summary>
    private static string Words(int characters) => string.Concat(Enumerable.Repeat("thought ", characters / 8 + 1))[..characters];

    private static string Kilobytes(int bytes) => bytes < 10_000 ? $"{bytes / 1000.0:0.0} kB" : $"{bytes / 1000.0:0} kB";
}

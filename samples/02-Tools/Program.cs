// Let a model call your functions while it thinks, keep its thinking, and see what was sent back to it.
using System.Text.Json;
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Samples;

using var agent = Connect.To("anthropic/claude-opus-5", ThinksFirst, ThinksAgain, Answers).AsBuilder()
    .UseFunctionInvocation()
    .Use(inner => new Eavesdropper(inner))
    .Build();
var options = new ChatOptions
{
    Tools = [AIFunctionFactory.Create((string city) => city == "Oslo" ? "rain, 9 degrees" : "sun, 14 degrees", "get_weather", "The weather in a city, now.")],
    Reasoning = new() { Effort = ReasoningEffort.High },
};

List<ChatMessage> history = [new(ChatRole.User, "Oslo or Bergen: where do I need an umbrella?")];
Console.WriteLine($"{history[0].Text}\n");
var answer = await agent.GetStreamingResponseAsync(history, options).ToChatResponseAsync();
history.AddMessages(answer); // thinking, calls and results included: the next turn sends all of it back

Console.WriteLine($"\nAnswer: {answer.Text}");
Console.WriteLine($"The whole loop cost ${answer.Usage?.GetCost():0.000000}, {answer.Usage?.ReasoningTokenCount ?? 0} tokens of it thinking.");

static void ThinksFirst(FakeReply reply) => reply
    .Think("Two cities. Oslo first.", FakeThinking.Anthropic).Call("get_weather", new { city = "Oslo" }).Usage(cost: 0.0021m, reasoning: 6);

static void ThinksAgain(FakeReply reply) => reply
    .Think("Rain in Oslo. And Bergen?", FakeThinking.Anthropic).Call("get_weather", new { city = "Bergen" }).Usage(cost: 0.0024m, reasoning: 7);

static void Answers(FakeReply reply) => reply
    .Think("For once, Bergen is dry.", FakeThinking.Anthropic).Say("In Oslo. Bergen, for once, is dry.").Usage(cost: 0.0026m, reasoning: 6);

/// <summary>Stands before the client and shows what each request will send.</summary>
internal sealed class Eavesdropper(IChatClient inner) : DelegatingChatClient(inner)
{
    private int _requests;

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var report = this.GetRequiredService<OpenRouterChatClient>().Explain(messages, options);
        Console.WriteLine($"Request {++_requests} sends");
        foreach (var item in JsonDocument.Parse(report.Json).RootElement.GetProperty("input").EnumerateArray())
            Console.WriteLine($"  {item.GetProperty("type")}: {Short(item)}");
        return base.GetStreamingResponseAsync(messages, options, cancellationToken);
    }

    private static string Short(JsonElement item)
    {
        foreach (var member in (string[])["arguments", "output"])
            if (item.TryGetProperty(member, out var words))
                return words.ToString();
        var text = item.GetProperty("content").EnumerateArray().First().GetProperty("text").ToString();
        return item.TryGetProperty("signature", out var proof) ? $"{text} (signed {proof.ToString()[..8]}...)" : text;
    }
}

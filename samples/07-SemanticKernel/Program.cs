// A Semantic Kernel app that shows what the model thinks: one changed line to register, no experimental types, no pragma.
using System.ComponentModel;
using Connectors.OpenRouter.SemanticKernel;
using Connectors.OpenRouter.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Samples;

if (Connect.Offline)
    Console.WriteLine("(OPENROUTER_API_KEY is not set: a stand-in answers.)\n");
var builder = Kernel.CreateBuilder();
builder.AddOpenRouterChatCompletion("anthropic/claude-opus-5", httpClient: Connect.Offline ? StandIn().CreateClient() : null);
builder.Plugins.AddFromType<Weather>();
var kernel = builder.Build();

var chat = kernel.GetRequiredService<IChatCompletionService>();
var settings = new OpenRouterPromptExecutionSettings
{
    ReasoningEffort = "high",
    FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(),
    Request = new() { Provider = new() { Zdr = true } },
};
var history = new ChatHistory("You are brief.");
var (dim, plain) = Console.IsOutputRedirected ? ("", "") : ("\e[2m", "\e[0m");

foreach (var question in new[] { "Do I need an umbrella in Oslo?", "And in Rome?" })
{
    Console.WriteLine($"> {question}\n");
    history.AddUserMessage(question);
    List<StreamingChatMessageContent> chunks = [];
    var thinking = false;
    await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync(history, settings, kernel))
    {
        chunks.Add(chunk);
        var (thought, words, calls) = (chunk.GetReasoningText(), chunk.Content ?? "", chunk.Items.OfType<StreamingFunctionCallUpdateContent>());
        Console.Write($"{(thinking && words.Length > 0 ? "\n" : "")}{dim}{thought}{plain}{words}");
        foreach (var call in calls)
            Console.WriteLine($"\n  -> {call.Name} {call.Arguments}");
        thinking = thought.Length > 0 || thinking && words.Length == 0 && !calls.Any();
    }
    var answer = chunks.ToChatMessageContent();
    history.Add(answer); // thinking included: the next turn takes it back to the model
    Console.WriteLine($"\n\n({answer.ModelId}, ${answer.Metadata?["Cost"]})\n");
}

internal sealed partial class Program
{
    private static FakeOpenRouter StandIn() => new(
        r => r.Think("Umbrellas are about rain, so: the weather in Oslo.", FakeThinking.Anthropic).Call("Weather_Get", new { city = "Oslo" }).Usage(input: 60, output: 30, cost: 0.0009m),
        r => r.Think("It rains there.", FakeThinking.Anthropic).Say("Yes, it rains in Oslo.").Usage(input: 100, output: 20, cost: 0.001m),
        r => r.Think("The same for Rome.", FakeThinking.Anthropic).Call("Weather_Get", new { city = "Rome" }).Usage(input: 130, output: 25, cost: 0.0011m),
        r => r.Say("No, the sun shines in Rome.").Usage(input: 160, output: 15, cost: 0.001m));

    private sealed class Weather
    {
        [KernelFunction, Description("Tells the weather in a city.")]
        public static string Get(string city) => city == "Oslo" ? "rain" : "sun";
    }
}

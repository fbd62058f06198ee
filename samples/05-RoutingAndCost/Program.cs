// Say who may serve and at what price; hear who served and what it cost; see the request before a cent is spent.
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;
using Samples;

var settings = new OpenRouterOptions
{
    Model = "anthropic/claude-sonnet-5",
    AppName = "Routing sample",
    AppUrl = new("https://example.org/routing"),
    Request = new() { Provider = new() { DataCollection = "deny" } },             // for every call of this client
};
settings.Privacy.ZeroDataRetention = true;                                        // a floor: no call can go below it

using var client = Connect.To(settings, reply => reply
    .Served("openai/gpt-5.6-mini", provider: "OpenAI")
    .Say("Because the sky scatters blue light most.")
    .Usage(input: 14, output: 22, reasoning: 0, cached: 0, cost: 0.000_051m));

var routed = new ChatOptions { Seed = 4 }.WithOpenRouter(new()
{
    Models = ["openai/gpt-5.6-mini", "google/gemini-3-flash"],                    // when the first fails
    Provider = new() { Sort = "throughput", MaxPrice = new() { Prompt = 1.5m, Completion = 6m } },
    Reasoning = new() { Effort = "minimal" },
    SessionId = "sample-5",
    ExtraBody = new() { ["brand_new_field"] = 3 },                                // whatever OpenRouter invents next
});

Console.WriteLine(client.Explain("Why is the sky blue?", routed, streaming: false));

var answer = await client.GetResponseAsync("Why is the sky blue?", routed);
var facts = answer.GetOpenRouter();
Console.WriteLine($"""
    {answer.Text}

    served by  {answer.ModelId} at {facts.ProviderName ?? "(unknown)"}
    cost       ${facts.Cost:0.000000}
    """);
foreach (var warning in facts.Warnings)
    Console.WriteLine($"warning    {warning}");

// What the floor is for: asking for less is refused before anything is sent.
try
{
    await client.GetResponseAsync("Hi", new ChatOptions().WithOpenRouter(new() { Provider = new() { Zdr = false } }));
}
catch (InvalidOperationException refusal)
{
    Console.WriteLine($"\nrefused    {refusal.Message}");
}

// Say who may serve and at what price; hear who served and what it cost; see the request before a cent is spent.
using System.Text.Json.Nodes;
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
    .Usage(input: 14, output: 22, reasoning: 0, cached: 0, cost: 0.000_051m)
    .Terminal("""
        {"openrouter_metadata":{"requested":"anthropic/claude-sonnet-5","strategy":"fallback","region":"fra","summary":"available=2, selected=OpenAI","attempt":2,"is_byok":false,
         "endpoints":{"total":2,"available":[{"provider":"Azure","model":"openai/gpt-5.6-mini","selected":false},{"provider":"OpenAI","model":"openai/gpt-5.6-mini","selected":true}]},
         "attempts":[{"provider":"Azure","model":"openai/gpt-5.6-mini","status":503},{"provider":"OpenAI","model":"openai/gpt-5.6-mini","status":200}]}}
        """));

const string question = "Why is the sky blue?";
var routed = new ChatOptions { Seed = 4 }.WithOpenRouter(new()
{
    Models = ["openai/gpt-5.6-mini", "google/gemini-3-flash"],                    // when the first fails
    Provider = new() { Sort = "throughput", MaxPrice = new() { Prompt = 1.5m, Completion = 6m } },
    Reasoning = new() { Effort = "minimal" },
    SessionId = "sample-5",
    ExtraBody = new() { ["brand_new_field"] = 3 },                                // whatever OpenRouter invents next
});

var report = client.Explain(question, routed, streaming: false);                  // its ToString() is a curl to paste
Console.WriteLine("What will be sent, and why");
Console.WriteLine(JsonNode.Parse(report.Json)!.ToJsonString(new() { WriteIndented = true }));
Console.WriteLine(string.Join('\n', report.Notes.Select(note => $"- {note}")));

using var thrifty = client.AsBuilder().UseOpenRouterBudget(limit: 0.01m).Build();  // what this program may spend
var answer = await thrifty.GetResponseAsync(question, routed);
var facts = answer.GetOpenRouter();
var attempts = JsonNode.Parse(facts.Routing?.GetRawText() ?? "{}")?["attempts"]?.AsArray() ?? []; // the router's own account of the call
Console.WriteLine($"""

    What came back
    answer     {answer.Text}
    served by  {answer.ModelId} at {facts.ProviderName ?? "(unknown)"}
    tried      {string.Join(", then ", attempts.Select(attempt => $"{attempt?["provider"]} ({attempt?["status"]})"))}
    tokens     {answer.Usage?.InputTokenCount} in, {answer.Usage?.OutputTokenCount} out, {answer.Usage?.ReasoningTokenCount} of them thought
    cost       ${facts.TotalSpend:0.000000} of $0.01
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

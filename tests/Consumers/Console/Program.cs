using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

// A console app, and a netstandard2.0 library that sets our init members inside it.
using var fake = new FakeOpenRouter(r => r.Think("Easy.").Say("Four."));
var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());
await foreach (var update in client.GetStreamingResponseAsync("2+2?", Library.Requests.InSession("s-1")))
    Console.Write(update.GetReasoningText() + update.Text);
Console.WriteLine($" {fake.LastRequest["session_id"]} {Library.Requests.Busy().IsTransient}");

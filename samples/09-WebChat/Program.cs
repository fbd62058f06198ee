// A page that sees a model think: its thoughts as they come, its tool calls as they grow, its answer, what it cost, and a stop button.
// Arguments: --once asks one question over HTTP and stops; anything else is ASP.NET Core's, such as --urls http://localhost:8080.
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Samples.WebChat;

await using var app = Site.Build(args.Where(argument => argument != "--once").ToArray());
if (args.Contains("--once"))
{
    await Site.AskOnceAsync(app, Console.Out);
    return;
}

await app.StartAsync();
Console.WriteLine($"Open {string.Join(" or ", app.Urls)} in a browser. {(StandIn.IsNeeded ? "OPENROUTER_API_KEY is not set: a stand-in answers." : "Questions go to OpenRouter, and cost money.")} Ctrl-C ends it.");
await app.WaitForShutdownAsync();

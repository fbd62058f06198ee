// See a model think: its reasoning as it arrives, with a running clock, then its answer, then what it cost. --help tells the rest.
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Samples;

if (Arguments.Read(args) is not { } asked)
    return 2;
if (asked.Help)
    return Arguments.PrintHelp();
if (asked.Record is not null && Connect.Offline)
{
    Console.Error.WriteLine("--record keeps what the service answers: set OPENROUTER_API_KEY. Nothing was recorded.");
    return 2;
}

using var tape = asked.Record is null ? null : new OpenRouterTape(asked.Record, TapeMode.Record);
using var client = tape is null ? Connect.To(new OpenRouterOptions { Model = asked.Model }, asked.Json, asked.IsOwn ? Script.AnyQuestion : Script.TheTrain) : new OpenRouterChatClient(asked.Model, httpClient: tape.CreateClient());
var options = new ChatOptions { MaxOutputTokens = 9000 }.WithOpenRouter(new() { Reasoning = new() { Effort = asked.Effort, Summary = asked.Effort == "none" ? null : asked.Summary } });

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = !stop.IsCancellationRequested; // the first one ends the answer, and the last line is still printed; the second does not wait for it
    stop.Cancel();
};

using var screen = new Screen(asked);
List<ChatResponseUpdate> heard = [];
try
{
    await foreach (var update in client.GetStreamingResponseAsync(asked.Question, options, stop.Token))
    {
        heard.Add(update);
        screen.Show(update);
    }

    return screen.End(heard.ToChatResponse());
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    var said = heard.ToChatResponse();
    return screen.End(said, "Stopped.", exitCode: 130, said.Usage?.GetCost() ?? await CostOfAsync(said.ResponseId));
}
catch (Exception exception) when (exception is OpenRouterException or InvalidOperationException)
{
    return screen.End(heard.ToChatResponse(), exception.Message, exitCode: 1);
}

// Who stops an answer does not hear its end, where the cost is told; the service is asked for it, which takes it a moment to know.
async Task<decimal?> CostOfAsync(string? id)
{
    try
    {
        return id is null ? null : (await client.Platform.GetGenerationAsync(id, CancellationToken.None)).TotalCost;
    }
    catch (OpenRouterException)
    {
        return null;
    }
}

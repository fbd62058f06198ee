// See a model think: its reasoning as it arrives, with a running clock, then its answer, then what it cost. --help tells the rest.
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Samples;

if (Arguments.Read(args) is not { } asked)
    return 2;
if (asked.Help)
    return Arguments.PrintHelp();

using var tape = asked.Record is null || Connect.Offline ? null : new OpenRouterTape(asked.Record, TapeMode.Record);
using var client = tape is null ? Connect.To(new OpenRouterOptions { Model = asked.Model }, asked.Json, asked.IsOwn ? Script.AnyQuestion : Script.TheTrain) : new OpenRouterChatClient(asked.Model, httpClient: tape.CreateClient());
var options = new ChatOptions { MaxOutputTokens = 9000 }.WithOpenRouter(new() { Reasoning = new() { Effort = asked.Effort, Summary = asked.Effort == "none" ? null : asked.Summary } });

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true; // the first one ends the answer, and the last line is still printed
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
    return screen.End(heard.ToChatResponse(), "Stopped.", exitCode: 130);
}
catch (Exception exception) when (exception is OpenRouterException or InvalidOperationException)
{
    return screen.End(heard.ToChatResponse(), exception.Message, exitCode: 1);
}

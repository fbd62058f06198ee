using System.Net;
using System.Net.Http;
using System.Text;
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;

// A transcript (first argument) through the netstandard2.0 build on .NET Framework, or on Mono, which resembles it.
internal static class Program
{
    private static async Task Main(string[] args)
    {
        var client = new OpenRouterChatClient("a/b", "sk-or-test", new HttpClient(new Played(File.ReadAllText(args[0]))));
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        string thinking = "", answer = "";
        await foreach (var update in client.GetStreamingResponseAsync("Why is the sky blue?"))
        {
            thinking += update.GetReasoningText();
            answer += update.Text;
        }

        Console.WriteLine($"thinking: {thinking}\nanswer: {answer}");
    }

    private sealed class Played(string transcript) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                RequestMessage = request,
                Content = new StringContent(transcript, Encoding.UTF8, "text/event-stream"),
            });
    }
}

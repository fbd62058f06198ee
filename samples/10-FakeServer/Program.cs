// Talk to the stand-in from curl, or from any language: the fake of the tests, on a loopback port.
// Arguments: a port (5099 when left out), and --once to ask it one question and stop.
using System.Text;
using Connectors.OpenRouter.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Samples;

const string Question = """
    {"model":"openai/o4-mini","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"If a train travels at 60 mph for 2.5 hours, how far does it go?"}]}],"reasoning":{"effort":"medium"},"stream":true,"max_output_tokens":9000}
    """;
string[] legacy = ["model", "input", "reasoning", "stream", "max_output_tokens"];
var once = args.Contains("--once");
var port = once ? 0 : args.Select(argument => int.TryParse(argument, out var number) ? number : 0).FirstOrDefault(number => number > 0, 5099);

using var fake = new FakeOpenRouter().Otherwise(reply => Answer(reply, legacy));
using var service = new HttpMessageInvoker(fake, disposeHandler: false);
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, port));
await using var app = builder.Build();
app.Run(context => Forward.ToAsync(service, context, pace: once ? TimeSpan.Zero : TimeSpan.FromMilliseconds(30)));
await app.StartAsync();

var address = $"{app.Urls.First()}/api/v1/responses";
Console.WriteLine($"""
    A stand-in for OpenRouter listens on {address}. Any bearer key will do. Try

      curl -N {address} -H "Authorization: Bearer sk-or-fake" -H "Content-Type: application/json" \
        -d '{Question.Trim()}'

    A request of just these members ({string.Join(", ", legacy)}) is answered in the dialect of older documents:
    thinking arrives as response.reasoning.delta. Every other request is answered in today's: add "include":["reasoning.encrypted_content"] and compare.

    """);
if (!once)
{
    await app.WaitForShutdownAsync();
    return;
}

using var client = new HttpClient();
using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(Question, Encoding.UTF8, "application/json") };
request.Headers.Authorization = new("Bearer", "sk-or-fake");
using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
await using var lines = await response.Content.ReadAsStreamAsync();
await lines.CopyToAsync(Console.OpenStandardOutput());

static void Answer(FakeReply reply, string[] legacy)
{
    var request = reply.Request;
    if (!request.Path.EndsWith("/responses", StringComparison.Ordinal))
        reply.Status(404, "Not found: this stand-in speaks the Responses API only.");
    else if (request["tools.0.type"] == "function" && !request.Body.Contains("function_call_output", StringComparison.Ordinal))
        reply.Think("A tool may know this.").Call(request["tools.0.name"]!);
    else if (request.UserText.Contains("train", StringComparison.OrdinalIgnoreCase))
        reply.Think("The speed is 60 miles per hour, and the time is 2.5 hours. 60 × 2.5 = 150.", IsLegacy(request, legacy) ? FakeThinking.Legacy : FakeThinking.Summary)
            .Say("It goes 150 miles.");
    else
        reply.Think("A stand-in can only repeat what it hears.", IsLegacy(request, legacy) ? FakeThinking.Legacy : FakeThinking.Summary)
            .Say($"You said: {request.UserText}");
}

static bool IsLegacy(FakeRequest request, string[] members) => request.Json.EnumerateObject().Select(member => member.Name).Order().SequenceEqual(members.Order());

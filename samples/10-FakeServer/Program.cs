// Talk to OpenRouter's stand-in from curl, or from any language: the fake of the tests, on a loopback port.
// Arguments: a port (5099 when left out), or --once to ask it one question and stop.
using System.Net;
using System.Text;
using Connectors.OpenRouter.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Samples;

const string Question =
    """{"model":"openai/o4-mini","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"If a train travels at 60 mph for 2.5 hours, how far does it go?"}]}],"reasoning":{"effort":"medium"},"stream":true,"max_output_tokens":9000}""";
var once = args.Contains("--once");
var port = once ? 0 : args.Length > 0 ? int.Parse(args[0]) : 5099;
var pace = once ? TimeSpan.Zero : TimeSpan.FromMilliseconds(30);

using var fake = new FakeOpenRouter().Otherwise(Script.Answer);
using var service = new HttpMessageInvoker(fake, disposeHandler: false);
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
await using var app = builder.Build();
app.Run(context => Forward.ToAsync(service, context, pace));
await app.StartAsync();

var address = $"{app.Urls.First()}/api/v1/responses";
Console.WriteLine($"""
    A stand-in for OpenRouter listens on {address}. Any bearer key will do. Try

      curl -N {address} -H "Authorization: Bearer sk-or-fake" -H "Content-Type: application/json" \
        -d '{Question}'

    A request of just these members ({string.Join(", ", Script.OldMembers)}) is answered in the dialect of older documents:
    its thinking arrives as response.reasoning.delta. Every other request is answered in today's: add "include":["reasoning.encrypted_content"] and compare.

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

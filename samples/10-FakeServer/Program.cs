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

using var fake = new FakeOpenRouter { TimeProvider = once ? null : TimeProvider.System }.Otherwise(reply => Script.Answer(reply.Pace(pace)));
using var service = new HttpMessageInvoker(fake, disposeHandler: false);
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
await using var app = builder.Build();
app.Run(context => Forward.ToAsync(service, context));
await app.StartAsync();

var root = $"{app.Urls.First()}/api/v1";
Console.WriteLine($"""
    Point your client's base URL at {root} (any key will do), and it talks to a stand-in for OpenRouter's Responses API. Or try

      curl -N {root}/responses -H "Authorization: Bearer sk-or-fake" -H "Content-Type: application/json" \
        -d '{Question}'

    It thinks and answers; calls your first function with the arguments it requires; fills in your schema. To see something go wrong, ask one of the models
    {string.Join(", ", Script.Failures.Keys)}.
    A request of just these members ({string.Join(", ", Script.OldMembers)}) is answered in the dialect of older documents:
    its thinking arrives as response.reasoning.delta. Every other request is answered in today's: add "include":["reasoning.encrypted_content"] and compare.

    """);
if (!once)
{
    await app.WaitForShutdownAsync();
    return;
}

using var client = new HttpClient();
using var request = new HttpRequestMessage(HttpMethod.Post, $"{root}/responses") { Content = new StringContent(Question, Encoding.UTF8, "application/json") };
request.Headers.Authorization = new("Bearer", "sk-or-fake");
using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
await using var lines = await response.Content.ReadAsStreamAsync();
await lines.CopyToAsync(Console.OpenStandardOutput());

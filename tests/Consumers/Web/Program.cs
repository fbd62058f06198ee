using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

using var fake = new FakeOpenRouter(r => r.Think("Easy.").Say("Four."));
var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders();
builder.Services.AddOpenRouterChatClient("a/b", o => o.ApiKey = "sk-or-test");
builder.Services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => fake);
await using var app = builder.Build();
app.Urls.Add("http://127.0.0.1:0");
app.MapGet("/", async (IChatClient client) => (await client.GetResponseAsync("2+2?")).Text);
await app.StartAsync();
using var http = new HttpClient();
Console.WriteLine(await http.GetStringAsync(new Uri(app.Urls.First())));
await app.StopAsync();

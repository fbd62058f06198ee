// Two models in one app: registered in a line each, set up in appsettings.json, with functions, a budget, a health check and telemetry around them.
using System.ComponentModel;
using System.Diagnostics;
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Samples;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });

builder.Services.AddKeyedOpenRouterChatClient("smart").UseFunctionInvocation().UseOpenTelemetry(sourceName: OpenRouterDefaults.TelemetryName).UseOpenRouterBudget(limit: 5m);
builder.Services.AddKeyedOpenRouterChatClient("fast", o => o.Retry.MaxRetries = 1).UseOpenTelemetry(sourceName: OpenRouterDefaults.TelemetryName);
builder.Services.AddHealthChecks().AddOpenRouter(serviceKey: "smart", minimumCredit: 5m); // asks for the key's account; costs no token

List<Activity> spans = [];
List<MetricSnapshot> metrics = [];
builder.Services.AddOpenTelemetry() // an app has AddOtlpExporter() here; see docs/observability.md
    .WithTracing(tracing => tracing.AddSource(OpenRouterDefaults.TelemetryName).AddInMemoryExporter(spans))
    .WithMetrics(meters => meters.AddMeter(OpenRouterDefaults.TelemetryName).AddInMemoryExporter(metrics));

if (Connect.Offline) // a handler of the named client: here the stand-in; elsewhere a proxy, a cache, a recorder
{
    Console.WriteLine($"({OpenRouterDefaults.ApiKeyVariable} is not set: a stand-in answers.)\n");
    builder.Configuration["OpenRouter:ApiKey"] = "sk-or-offline";
    builder.Services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(StandIn);
}

using var host = builder.Build();
await host.StartAsync(); // a missing or misspelt setting ends here, by its name

var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
Console.WriteLine($"{health.Status}: {health.Entries["openrouter"].Description}\n");

var smart = host.Services.GetRequiredKeyedService<IChatClient>("smart");
var answer = await smart.GetStreamingResponseAsync("Do I need an umbrella in Oslo?", new() { Tools = [AIFunctionFactory.Create(Weather, "get_weather")] }).ToChatResponseAsync();
Console.WriteLine($"{answer.ModelId} thought: {answer.GetReasoningText()}\nand said: {answer.Text}\n");

var fast = host.Services.GetRequiredKeyedService<IChatClient>("fast");
Console.WriteLine($"{(await fast.GetResponseAsync("Say it in one word.")).Text}\n");

host.Services.GetRequiredService<MeterProvider>().ForceFlush();
await host.StopAsync();

Seen.Print(spans, metrics);

[Description("Tells the weather in a city.")]
static string Weather(string city) => $"It rains in {city}.";

static FakeOpenRouter StandIn() => new FakeOpenRouter().Key(limit: 20, spent: 8)
    .When(q => q.Model == "openai/gpt-5.6-mini", r => r.Say("Umbrella.").Served("openai/gpt-5.6-mini", "OpenAI").Usage(input: 12, output: 3, cost: 0.00001m))
    .Reply(r => r.Think("I should look at the weather first.", FakeThinking.Anthropic).Call("get_weather", new { city = "Oslo" }).Served("anthropic/claude-opus-5", "Anthropic").Usage(input: 40, output: 25, reasoning: 9, cost: 0.0009m))
    .Reply(r => r.Think("It rains, so yes.", FakeThinking.Anthropic).Say("Yes: it rains in Oslo.").Served("anthropic/claude-opus-5", "Anthropic").Usage(input: 70, output: 15, reasoning: 6, cost: 0.0011m));

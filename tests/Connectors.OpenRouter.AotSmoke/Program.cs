// Published to native code, then run over all transcripts, and through all that a user's app has around a client: Connectors.OpenRouter.AotSmoke <folder>.
// Exits with the number of failures; says how large the program is and how long it took to start.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

using var self = Process.GetCurrentProcess();
var started = DateTime.Now - self.StartTime;
var failures = 0;
var folder = args.Length > 0 ? args[0] : Path.Combine(AppContext.BaseDirectory, "Transcripts");
foreach (var path in Directory.EnumerateFiles(folder).Where(IsAnswer).Order(StringComparer.Ordinal))
    await CheckAsync(Path.GetFileName(path), () => PlayAsync(path));
await CheckAsync("configured clients, functions, a history through JSON", ConfiguredAsync);
await CheckAsync("wrong settings, named at the start", WrongSettingsAsync);
await CheckAsync("an agent, its function, its session through JSON", AgentAsync);
await CheckAsync("another model, and a loop that is stopped", MiddlewareAsync);
await CheckAsync("texts to vectors", EmbedAsync);
await CheckAsync("the platform, also as tools", () => PlatformAsync(folder));
await CheckAsync("a call with an object, which needs reflection", ReflectAsync);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"started in {started.TotalMilliseconds:0} ms; the program has {new FileInfo(Environment.ProcessPath!).Length / 1e6:0.0} MB"));
Console.WriteLine(failures == 0 ? "all well" : $"{failures} failed");
return failures;

// The requests and the platform's answers are no streams of a model.
static bool IsAnswer(string path) => Path.GetExtension(path) switch
{
    ".sse" => true,
    ".json" => Path.GetFileName(path).Contains("response", StringComparison.Ordinal),
    _ => false,
};

static async Task<string> PlayAsync(string path)
{
    using var fake = new FakeOpenRouter().Otherwise(r => r.Transcript(path));
    using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "author/model", TimeProvider = fake.Clock, Retry = { MaxRetries = 0 } }, fake.CreateClient());
    List<ChatResponseUpdate> heard = [];
    try
    {
        await foreach (var update in client.GetStreamingResponseAsync("hi"))
            heard.Add(update);
    }
    catch (OpenRouterException refusal) // an ending like any other: what matters is that it has one
    {
        return $"{refusal.ErrorType ?? "broken"}: {refusal.Message}";
    }
    var answer = heard.ToChatResponse();
    var copy = JsonSerializer.Deserialize(JsonSerializer.Serialize(answer, Info<ChatResponse>()), Info<ChatResponse>())!;
    return answer.Text == copy.Text && answer.GetReasoningText() == copy.GetReasoningText()
        ? $"{answer.FinishReason}: {answer.GetReasoningText().Length} letters of thinking, {answer.Text.Length} of text"
        : throw new InvalidOperationException("The answer did not survive JSON.");
}

static async Task<string> ConfiguredAsync()
{
    var builder = Host.CreateEmptyApplicationBuilder(new());
    builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["OpenRouter:ApiKey"] = "sk-or-smoke",
        ["OpenRouter:Clients:smart:Model"] = "author/smart",
        ["OpenRouter:Clients:smart:Reasoning:Effort"] = "High",
        ["OpenRouter:Clients:smart:Request:provider:order:0"] = "anthropic",
        ["OpenRouter:Clients:smart:Request:provider:zdr"] = "true",
        ["App:Question"] = "Umbrella in Oslo?",
    });
    using var fake = new FakeOpenRouter(
        r => r.Think("The weather first.").Call("get_weather", """{"city":"Oslo"}"""),
        r => r.Think("Rain.").Say("Yes."),
        r => r.Say("Still yes."));
    builder.Services.AddKeyedOpenRouterChatClient("smart").UseFunctionInvocation().UseOpenTelemetry();
    builder.Services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => fake);
    using var host = builder.Build();
    await host.StartAsync();

    var app = builder.Configuration.GetSection("App").Get<AppSettings>()!; // by the binding generator, as in a user's app
    var client = host.Services.GetRequiredKeyedService<IChatClient>("smart");
    var options = new ChatOptions { Tools = [AIFunctionFactory.Create((string city) => $"rain in {city}", "get_weather", serializerOptions: AIJsonUtilities.DefaultOptions)] }
        .WithOpenRouter(new() { SessionId = "s1" });
    IList<ChatMessage> history = [new(ChatRole.User, app.Question)];
    history.AddMessages(await client.GetResponseAsync(history, options));
    history = JsonSerializer.Deserialize(JsonSerializer.Serialize(history, Info<IList<ChatMessage>>()), Info<IList<ChatMessage>>())!;
    history.Add(new(ChatRole.User, "Sure?"));
    var answer = await client.GetResponseAsync(history, options);

    var sent = fake.LastRequest;
    return (answer.Text, sent.Model, sent["reasoning.effort"], sent["provider.order.0"], sent["provider.zdr"], sent["session_id"], sent["input.1.summary.0.text"], sent.ToolOutput("get_weather"))
        == ("Still yes.", "author/smart", "high", "anthropic", "true", "s1", "The weather first.", "rain in Oslo")
        ? answer.Text
        : throw new InvalidOperationException(sent.Body);
}

static async Task<string> WrongSettingsAsync()
{
    var builder = Host.CreateEmptyApplicationBuilder(new());
    builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["OpenRouter:Model"] = "a/b", ["OpenRouter:Timeouts:Total"] = "30", ["OpenRouter:Request:provder:zdr"] = "true" });
    builder.Services.AddOpenRouterChatClient();
    using var host = builder.Build();
    try
    {
        await host.StartAsync();
    }
    catch (OptionsValidationException refusal) when (refusal.Failures.Count() == 2)
    {
        return refusal.Message;
    }
    throw new InvalidOperationException("The settings passed.");
}

static async Task<string> AgentAsync()
{
    using var fake = new FakeOpenRouter(
        r => r.Think("The weather first.").Call("get_weather", """{"city":"Oslo"}"""),
        r => r.Think("Rain.").Say("Yes."),
        r => r.Say("Still yes."));
    var weather = AIFunctionFactory.Create((string city) => $"rain in {city}", "get_weather", serializerOptions: AIJsonUtilities.DefaultOptions);
    AIAgent agent = new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient()).AsAIAgent(new ChatClientAgentOptions { ChatOptions = new() { Instructions = "You know the weather.", Tools = [weather] } });
    var session = await agent.CreateSessionAsync();
    await agent.RunAsync("Umbrella in Oslo?", session);
    session = await agent.DeserializeSessionAsync(await agent.SerializeSessionAsync(session));
    var answer = await agent.RunAsync("Sure?", session);
    fake.VerifyReasoningReturned();
    return answer.Text;
}

static async Task<string> MiddlewareAsync()
{
    using var fake = new FakeOpenRouter(r => r.Status(503), r => r.Call("look", "{}").Usage(cost: 1), r => r.Say("never"));
    using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/first", TimeProvider = fake.Clock, Retry = { MaxRetries = 0 } }, fake.CreateClient()).AsBuilder()
        .UseFunctionInvocation().UseOpenRouterStopRules(rules => rules.MaxCost = 0.5m).UseOpenRouterFailover("a/second").Build();
    var answer = await client.GetResponseAsync("hi", new() { Tools = [AIFunctionFactory.Create(() => "nothing", "look", serializerOptions: AIJsonUtilities.DefaultOptions)] });
    return fake.LastRequest.Model == "a/second" && answer.FinishReason == OpenRouterStopRules.FinishReason ? string.Join(' ', answer.GetOpenRouter().Warnings) : throw new InvalidOperationException($"{answer.FinishReason}");
}

static async Task<string> EmbedAsync()
{
    var services = new ServiceCollection();
    using var fake = new FakeOpenRouter(r => r.Embed());
    services.AddOpenRouterEmbeddingGenerator("a/embed", options => options.ApiKey = "sk-or-smoke");
    services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => fake);
    await using var provider = services.BuildServiceProvider();
    var vectors = await provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>().GenerateAsync(["one text", "another"]);
    return $"{vectors.Count} of {vectors[0].Vector.Length} dimensions";
}

static async Task<string> PlatformAsync(string folder)
{
    using var fake = new FakeOpenRouter()
        .When(q => q.Path.EndsWith("/models", StringComparison.Ordinal), r => r.Transcript(Path.Combine(folder, "27-models.json")))
        .When(q => q.Path.EndsWith("/key", StringComparison.Ordinal), r => r.Transcript(Path.Combine(folder, "26-key.json")));
    using var client = new OpenRouterChatClient("openai/gpt-5.6-mini", httpClient: fake.CreateClient());
    var model = await client.Platform.FindModelAsync("openai/gpt-5.6-mini");
    var told = await client.Platform.ToFunctions().Single(function => function.Name == "get_key").InvokeAsync(new());
    return $"{model!.Name}, {told?.ToString()?.Length} letters about the key";
}

static async Task<string> ReflectAsync()
{
    using var fake = new FakeOpenRouter(r => r.Call("f", new { city = "Oslo" }));
    try
    {
        await new OpenRouterChatClient("a/b", httpClient: fake.CreateClient()).GetResponseAsync("hi");
        return "read, with the just-in-time compiler";
    }
    catch (InvalidOperationException mistake) when (mistake.Message.Contains("Write the arguments as JSON text", StringComparison.Ordinal))
    {
        return mistake.Message;
    }
}

async Task CheckAsync(string name, Func<Task<string>> check)
{
    try
    {
        Console.WriteLine($"{name}: {await check()}");
    }
    catch (Exception failure) // counted, and the others go on
    {
        failures++;
        Console.WriteLine($"{name}: FAILED {failure}");
    }
}

static JsonTypeInfo<T> Info<T>() => (JsonTypeInfo<T>)AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(T));

internal sealed class AppSettings
{
    public string Question { get; set; } = "";
}

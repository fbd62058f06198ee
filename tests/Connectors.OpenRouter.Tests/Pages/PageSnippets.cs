using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Connectors.OpenRouter.Tests.Pages;

/// <summary>The pages' short programs, word for word; <see cref="PagesTests"/> compares them.</summary>
internal static class PageSnippets
{
    public static async Task Package()
    {
        var client = new OpenRouterChatClient("openai/o4-mini"); // key: OPENROUTER_API_KEY
        var options = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.Medium } };

        await foreach (var update in client.GetStreamingResponseAsync("Why is the sky blue?", options))
            Console.Write(update.GetReasoningText() + update.Text);
    }

    public static async Task Embeddings()
    {
        using var generator = new OpenRouterEmbeddingGenerator("openai/text-embedding-3-small"); // key: OPENROUTER_API_KEY
        var vectors = await generator.GenerateAsync(["a first text", "a second text"]);
        Console.WriteLine($"{vectors[1].Vector.Length} dimensions, ${vectors.Usage?.GetCost()}");
    }

    public static void Observability(IServiceCollection services)
    {
        services.AddOpenRouterChatClient("openai/o4-mini")
            .UseFunctionInvocation()
            .UseOpenTelemetry(sourceName: OpenRouterDefaults.TelemetryName);

        services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(OpenRouterDefaults.TelemetryName))
            .WithMetrics(metrics => metrics.AddMeter(OpenRouterDefaults.TelemetryName));
    }

    public static async Task Failures(IChatClient client, List<ChatMessage> history, Action<string> Log)
    {
        try
        {
            await foreach (var update in client.GetStreamingResponseAsync(history))
                Console.Write(update.Text);
        }
        catch (OpenRouterTimeoutException e) { Log($"gave up waiting ({e.Phase})"); }
        catch (OpenRouterException e) { Log($"{e.Message}; again in {e.RetryAfter}; had said: {e.PartialResponse?.Text}"); }
    }

    public static void Resilience(IServiceCollection services)
    {
        services.AddOpenRouterChatClient("openai/o4-mini", o => o.Retry.MaxRetries = 0);
        services.AddHttpClient(OpenRouterDefaults.HttpClientName).AddStandardResilienceHandler(o =>
        {
            o.AttemptTimeout.Timeout = TimeSpan.FromMinutes(20);
            o.TotalRequestTimeout.Timeout = TimeSpan.FromHours(1);
            o.CircuitBreaker.SamplingDuration = TimeSpan.FromMinutes(40);
        });
    }

    public static void Options(IServiceCollection services)
    {
        services.AddKeyedOpenRouterChatClient("smart").UseFunctionInvocation();
        services.AddKeyedOpenRouterChatClient("fast", o => o.Retry.MaxRetries = 1);

        services.AddHttpClient(OpenRouterDefaults.HttpClientName).AddHttpMessageHandler<MyHandler>();

        services.AddOpenRouterChatClient("openai/o4-mini")
            .UseDistributedCache(configure: cache => cache.CacheKeyAdditionalValues = ["openai/o4-mini"])
            .UseFunctionInvocation()
            .UseOpenTelemetry(sourceName: OpenRouterDefaults.TelemetryName)
            .UseLogging();
    }

    public static async Task Reasoning(IChatClient client)
    {
        var options = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.High } };

        await foreach (var update in client.GetStreamingResponseAsync("Which is larger, 9.11 or 9.9?", options))
        {
            if (update.GetReasoningText() is { Length: > 0 } thought)
                Console.Write($"[{thought}]");
            Console.Write(update.Text);
        }
    }

    public static ChatOptions[] Efforts()
    {
        var minimal = new ChatOptions().WithOpenRouter(new() { Reasoning = new() { Effort = "minimal", Summary = "auto" } }); // also "max"
        var budget = new ChatOptions().WithOpenRouter(new() { Reasoning = new() { MaxTokens = 4000 } });                      // instead of an effort
        var hidden = new ChatOptions().WithOpenRouter(new() { Reasoning = new() { Enabled = true, Exclude = true } });        // think, and do not show it
        return [minimal, budget, hidden];
    }

    public static async Task<ChatResponse> NextTurn(IChatClient client, List<ChatMessage> history, ChatOptions options)
    {
        var response = await client.GetResponseAsync(history, options);
        history.AddMessages(response);
        history.Add(new(ChatRole.User, "And 9.10?"));
        response = await client.GetResponseAsync(history, options);
        return response;
    }

    private sealed class MyHandler : DelegatingHandler;
}

/// <summary>docs/reasoning.md says what each family shows; the stand-in speaks each family's dialect.</summary>
public class ReasoningPageTests
{
    public static TheoryData<string, string> Families()
    {
        var rows = new TheoryData<string, string>();
        foreach (var (_, right) in Support.Table.Rows("reasoning.md", "What to expect to see"))
            if (right.Split(" | ") is [var seen, _, var style])
                rows.Add(style.Trim('`'), seen);
        return rows;
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task A_family_shows_what_the_page_says_and_gets_its_proof_back(string style, string seen)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Nine tenths is more.", Enum.Parse<FakeThinking>(style["FakeThinking.".Length..])).Say("9.9"), r => r.Say("9.9 still."));
        var model = style.Contains("Anthropic", StringComparison.Ordinal) ? "anthropic/claude-opus-5" : style.Contains("Gemini", StringComparison.Ordinal) ? "google/gemini-3-flash" : style.Contains("Text", StringComparison.Ordinal) ? "deepseek/deepseek-v4" : "openai/o4-mini";
        List<ChatMessage> history = [new(ChatRole.User, "Which is larger, 9.11 or 9.9?")];
        var client = new OpenRouterChatClient(model, httpClient: fake.CreateClient());

        var thinking = (await client.GetStreamingResponseAsync(history).ToChatResponseAsync()).GetReasoningText();
        using var second = new FakeOpenRouter(r => r.Think("Nine tenths is more.", Enum.Parse<FakeThinking>(style["FakeThinking.".Length..])).Say("9.9"), r => r.Say("9.9 still."));
        await PageSnippets.NextTurn(new OpenRouterChatClient(model, httpClient: second.CreateClient()), history, new());

        Assert.Equal(seen.StartsWith("words", StringComparison.Ordinal) ? "Nine tenths is more." : "", thinking);
        second.VerifyReasoningReturned();
    }
}

using System.Net;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Samples.Cluster;

namespace Connectors.OpenRouter.Cluster.Tests;

/// <summary>What crosses from machine to machine is serialised: an exception must come out as it went in.</summary>
public class ExceptionTests
{
    private static readonly ChatResponse Partial = new(new ChatMessage(ChatRole.Assistant, [new TextReasoningContent("So far.") { ProtectedData = "sealed" }, new TextContent("Half an")])) { ResponseId = "gen-1" };

    [Fact]
    public void A_refusal_crosses_with_all_its_facts() => Same(new OpenRouterException("No money.")
    {
        StatusCode = HttpStatusCode.PaymentRequired,
        Code = "402",
        ErrorType = "payment_required",
        ProviderName = "ExampleAI",
        GenerationId = "gen-1",
        RetryAfter = TimeSpan.FromSeconds(3),
        IsTransient = true,
        ResponseBody = "{}",
        Metadata = JsonDocument.Parse("""{"limit_source":"key"}""").RootElement,
        PartialResponse = Partial,
        Usage = new() { InputTokenCount = 3, AdditionalCounts = new() { ["openrouter.cost_nanousd"] = 5 } },
        Availability = new() { Code = "no_endpoints", Retryable = false, RetryAfter = TimeSpan.FromSeconds(2), FallbackModels = ["a/b"], ExcludedBy = ["max_price"], AffectedProviders = ["ExampleAI"], DocsUrl = new("https://openrouter.ai/docs") },
    });

    [Fact]
    public void A_timeout_crosses_as_a_timeout_and_with_its_clock() => Same(new OpenRouterTimeoutException("Too long.") { Phase = OpenRouterPhase.Idle, GenerationId = "gen-2", IsTransient = true, PartialResponse = Partial });

    [Fact]
    public void A_spent_budget_crosses_with_its_numbers() => Same(new OpenRouterBudgetException("Nothing left.") { Limit = 0.05m, Spent = 0.06m, Key = "ada", IsTransient = true });

    [Fact]
    public void The_conversations_own_refusal_crosses() => Same(new ConversationUnavailableException("The store is away."));

    /// <summary>Every public fact, so that one that is added later is not forgotten here.</summary>
    private static void Same<T>(T sent)
        where T : Exception
    {
        using var silo = SiloHost.Build(new() { SiloPort = Ports.Free(), GatewayPort = Ports.Free(), StandIn = new("http://localhost:1/") });
        var serializer = silo.Services.GetRequiredService<Serializer>();

        var came = Assert.IsType<T>(serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(sent)));

        foreach (var property in typeof(T).GetProperties().Where(property => property.DeclaringType!.Namespace!.StartsWith("Connectors.OpenRouter", StringComparison.Ordinal) || property.Name == "Message"))
            Assert.Equal(Text(property.GetValue(sent)), Text(property.GetValue(came)));
    }

    private static string Text(object? value) => value is OpenRouterAvailability ? JsonSerializer.Serialize(value) : JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions);
}

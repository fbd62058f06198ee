using System.Net;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Connectors.OpenRouter.Tests.Stories;

[Collection(nameof(TheEnvironment))]
public class WebAppStory
{
    [Fact]
    public async Task A_web_app_thinks_is_healthy_measures_and_stops_both_its_clients_when_their_budget_is_spent()
    {
        using var environment = new TheEnvironment(key: null);
        using var fake = new FakeOpenRouter().Otherwise(r => r.Think("Hm.").Say("Four.").Usage(input: 10, output: 5, cost: 0.03m)).Key(limit: 10, spent: 1);
        using var tokens = new MetricCollector<int>(null, "Experimental.Microsoft.Extensions.AI", "gen_ai.client.token.usage");
        using var cost = new MetricCollector<double>(null, OpenRouterDefaults.TelemetryName, "openrouter.cost");
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration["OpenRouter:ApiKey"] = "sk-or";
        builder.Configuration["OpenRouter:Clients:smart:Model"] = "story/smart";
        builder.Configuration["OpenRouter:Clients:fast:Model"] = "story/fast";
        builder.Services.AddSingleton<IOpenRouterBudgetStore, OpenRouterMemoryBudgetStore>();
        builder.Services.AddKeyedOpenRouterChatClient("smart").UseFunctionInvocation().UseOpenTelemetry().UseOpenRouterBudget(0.05m, _ => "web");
        builder.Services.AddKeyedOpenRouterChatClient("fast", o => o.Retry.MaxRetries = 1).UseOpenRouterBudget(0.05m, _ => "web");
        builder.Services.AddHealthChecks().AddOpenRouter(serviceKey: "smart", minimumCredit: 5m);
        builder.Services.AnswerWith(fake);
        await using var app = builder.Build();
        app.MapHealthChecks("/health");
        app.MapGet("/think/{who}", async (string who, string q, IServiceProvider services, CancellationToken ct) =>
        {
            try
            {
                var answer = await services.GetRequiredKeyedService<IChatClient>(who).GetStreamingResponseAsync(q, cancellationToken: ct).ToChatResponseAsync(ct);
                return Results.Text($"{answer.GetReasoningText()} {answer.Text}");
            }
            catch (OpenRouterBudgetException spent)
            {
                return Results.Text(FormattableString.Invariant($"{spent.Key}: {spent.Spent} of {spent.Limit}"), statusCode: StatusCodes.Status402PaymentRequired);
            }
        });
        await app.StartAsync();
        using var browser = app.GetTestClient();

        Assert.Equal("Healthy", await browser.GetStringAsync(new Uri("/health", UriKind.Relative)));
        Assert.Equal("Hm. Four.", await browser.GetStringAsync(new Uri("/think/smart?q=2", UriKind.Relative)));
        Assert.Equal("Hm. Four.", await browser.GetStringAsync(new Uri("/think/fast?q=2", UriKind.Relative)));
        using var refused = await browser.GetAsync(new Uri("/think/smart?q=2", UriKind.Relative));

        Assert.Equal((HttpStatusCode.PaymentRequired, "web: 0.06 of 0.05"), (refused.StatusCode, await refused.Content.ReadAsStringAsync()));
        Assert.Equal(["GET /api/v1/key", "POST /api/v1/responses", "POST /api/v1/responses"], fake.Requests.Select(request => $"{request}"));
        Assert.Equal([5, 10], tokens.GetMeasurementSnapshot().Where(measured => (string?)measured.Tags["gen_ai.request.model"] == "story/smart").Select(measured => measured.Value).Order());
        Assert.Equal([("story/fast", 0.03), ("story/smart", 0.03)], cost.GetMeasurementSnapshot().Select(measured => ((string?)measured.Tags["gen_ai.request.model"], measured.Value)).Where(one => one.Item1?.StartsWith("story/", StringComparison.Ordinal) == true).Order());
    }
}

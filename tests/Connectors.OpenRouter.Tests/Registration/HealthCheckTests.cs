using System.Net;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Connectors.OpenRouter.Tests.Registration;

[Collection(nameof(TheEnvironment))]
public sealed class HealthCheckTests : IDisposable
{
    private readonly TheEnvironment _environment = new(key: null);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_valid_key_with_something_left_is_healthy_and_says_how_much()
    {
        var service = new Service(Service.Transcript("26-key.json"));

        var entry = await LookAsync(service);

        Assert.Equal((HealthStatus.Healthy, "The key is valid, $31.25 of $50 left."), (entry.Status, entry.Description));
        Assert.Equal(31.25m, entry.Data["limit_remaining"]);
        Assert.DoesNotContain(entry.Data, pair => $"{pair.Value}".Contains("sk-or", StringComparison.Ordinal));
        Assert.Equal(["/api/v1/key"], service.Posts.Select(post => post.RequestUri!.AbsolutePath));
    }

    [Theory]
    [InlineData("""{"status":"ok"}""")]
    [InlineData("{}")]
    [InlineData("""{"data":null}""")]
    public async Task A_success_that_says_nothing_of_the_key_is_not_healthy(string answer)
    {
        var entry = await LookAsync(new Service(Service.Json(answer)));

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("/key was answered with JSON that holds nothing of it. Check OpenRouterOptions.Endpoint", entry.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"limit":10,"limit_remaining":0,"limit_reset":"daily"}""", HealthStatus.Unhealthy, "The key's limit of $10 is spent (it starts anew daily). Raise it")]
    [InlineData("""{"limit":10,"limit_remaining":4.5}""", HealthStatus.Degraded, "The key has $4.5 of $10 left, less than $5. Raise its limit")]
    [InlineData("""{"limit":null,"limit_remaining":null}""", HealthStatus.Healthy, "The key is valid and has no limit of its own; the account's credits are seen by management keys only.")]
    [InlineData("""{"limit":null,"is_free_tier":true}""", HealthStatus.Healthy, "The key is valid and has no limit of its own; the account's credits are seen by management keys only; without bought credits it reaches free models only.")]
    [InlineData("""{"limit":null,"expires_at":"2026-11-26T20:00:00Z"}""", HealthStatus.Degraded, "The key ends at 2026-11-26 20:00:00Z. Make another")]
    public async Task What_the_key_has_left_decides(string key, HealthStatus status, string description)
    {
        var entry = await LookAsync(new Service(Service.Json($$"""{"data":{{key}}}""")), minimumCredit: 5);

        Assert.Equal(status, entry.Status);
        Assert.StartsWith(description, entry.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, """{"data":{"total_credits":10,"total_usage":10.5}}""", HealthStatus.Unhealthy, "The account's credits are spent. Add credits")]
    [InlineData(200, """{"data":{"total_credits":10,"total_usage":8}}""", HealthStatus.Degraded, "The account has $2 left, less than $5.")]
    [InlineData(200, """{"data":{"total_credits":10,"total_usage":1}}""", HealthStatus.Healthy, "The key is valid, the account has $9 left.")]
    [InlineData(403, """{"error":{"code":403,"message":"Only management keys can perform this operation"}}""", HealthStatus.Healthy, "The key is valid")]
    public async Task The_credits_count_only_where_the_key_may_see_them(int code, string credits, HealthStatus status, string description)
    {
        var service = new Service(Service.Json("""{"data":{"limit":null,"is_management_key":true}}"""), Service.Json(credits, code));

        var entry = await LookAsync(service, minimumCredit: 5);

        Assert.Equal(status, entry.Status);
        Assert.StartsWith(description, entry.Description, StringComparison.Ordinal);
        Assert.Equal("/api/v1/credits", service.Posts[^1].RequestUri!.AbsolutePath);
    }

    [Fact]
    public async Task A_key_that_is_not_valid_is_told_with_what_to_do()
    {
        var entry = await LookAsync(new Service(Service.Transcript("17g-401.json", 401)));

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("Check OpenRouterOptions.ApiKey", entry.Description, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, Assert.IsType<OpenRouterException>(entry.Exception).StatusCode);
    }

    [Fact]
    public async Task Many_probes_cost_one_question_in_half_a_minute()
    {
        var service = new Service(Service.Transcript("26-key.json"));
        await using var provider = Services(service).BuildServiceProvider();
        var health = provider.GetRequiredService<HealthCheckService>();

        for (var i = 0; i < 5; i++)
        {
            await health.CheckHealthAsync(Token);
            _time.Advance(TimeSpan.FromSeconds(5));
        }
        Assert.Single(service.Posts);

        _time.Advance(TimeSpan.FromSeconds(10));
        await health.CheckHealthAsync(Token);
        Assert.Equal(2, service.Posts.Count);
    }

    [Fact]
    public async Task A_setting_that_is_wrong_fails_this_check_and_not_the_endpoint()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddOpenRouterChatClient("a/b", options => options.ApiKey = "key");
        builder.Services.AddHealthChecks().AddOpenRouter(serviceKey: "smart").AddCheck("other", () => HealthCheckResult.Healthy());
        await using var app = builder.Build();
        app.MapHealthChecks("/health", new HealthCheckOptions
        {
            ResponseWriter = (context, report) => context.Response.WriteAsync(string.Join('\n', report.Entries.Select(entry => $"{entry.Key} {entry.Value.Status} {entry.Value.Description}")), context.RequestAborted),
        });
        await app.StartAsync(Token);

        using var response = await app.GetTestClient().GetAsync(new Uri("/health", UriKind.Relative), Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("""
            openrouter Unhealthy No IChatClient is registered under the key 'smart'. Call AddKeyedOpenRouterChatClient("smart"), or give AddOpenRouter the serviceKey of the one you mean.
            other Healthy 
            """.ReplaceLineEndings("\n"), await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_missing_key_is_told_by_the_check()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddOpenRouterChatClient("a/b", options => options.TimeProvider = _time);
        services.AddHealthChecks().AddOpenRouter();
        await using var provider = services.BuildServiceProvider();

        var entry = (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Entries["openrouter"];

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.StartsWith("There is no key", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_of_somebody_elses_is_told_so()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddChatClient(new Mock<IChatClient>().Object);
        services.AddHealthChecks().AddOpenRouter("ai");
        await using var provider = services.BuildServiceProvider();

        var entry = (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Entries["ai"];

        Assert.StartsWith("The IChatClient registered does not answer through OpenRouter.", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_says_degraded_gets_degraded_and_keyed_clients_are_told_apart()
    {
        var services = new ServiceCollection().AddLogging();
        foreach (var name in new[] { "smart", "fast" })
            services.AddKeyedOpenRouterChatClient(name, options => (options.Model, options.ApiKey, options.TimeProvider, options.HttpClientName) = ("a/b", name, _time, name));
        services.AddHttpClient("smart").ConfigurePrimaryHttpMessageHandler(() => new Service(Service.Transcript("26-key.json")));
        services.AddHttpClient("fast").ConfigurePrimaryHttpMessageHandler(() => new Service(Service.Transcript("17g-401.json", 401)));
        services.AddHealthChecks().AddOpenRouter("smart", serviceKey: "smart").AddOpenRouter("fast", serviceKey: "fast", failureStatus: HealthStatus.Degraded, tags: ["ready"]);
        await using var provider = services.BuildServiceProvider();

        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);

        Assert.Equal((HealthStatus.Healthy, HealthStatus.Degraded), (report.Entries["smart"].Status, report.Entries["fast"].Status));
        Assert.Equal(["ready"], report.Entries["fast"].Tags);
    }

    public void Dispose() => _environment.Dispose();

    private async Task<HealthReportEntry> LookAsync(Service service, decimal minimumCredit = 0)
    {
        await using var provider = Services(service, minimumCredit).BuildServiceProvider();
        return (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Entries["openrouter"];
    }

    private IServiceCollection Services(Service service, decimal minimumCredit = 0)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddOpenRouterChatClient("a/b", options => (options.ApiKey, options.TimeProvider) = ("sk-or-v1-key", _time)).UseFunctionInvocation();
        services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => service);
        services.AddHealthChecks().AddOpenRouter(minimumCredit: minimumCredit);
        return services;
    }
}

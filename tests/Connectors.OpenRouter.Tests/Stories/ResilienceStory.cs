using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly.Timeout;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>The user's own resilience handler on the named client, as docs/failures.md sets it up. Posts are counted: two that retry multiply.</summary>
public sealed class ResilienceStory
{
    [Fact]
    public async Task With_our_retries_off_the_handler_retries_alone()
    {
        using var fake = new FakeOpenRouter(reply => reply.Status(503), reply => reply.Status(429, retryAfter: TimeSpan.FromSeconds(7)), reply => reply.Say("Four."));
        await using var provider = Provider(fake, AsDocumented);
        Assert.Equal("Four.", (await provider.GetRequiredService<IChatClient>().GetResponseAsync("2+2?")).Text);
        Assert.Equal(3, fake.Requests.Count);
        Assert.True(fake.Waited >= TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task When_the_handler_gives_up_its_last_failure_is_ours()
    {
        using var fake = new FakeOpenRouter().Otherwise(reply => reply.Status(503, "busy"));
        await using var provider = Provider(fake, AsDocumented);
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => provider.GetRequiredService<IChatClient>().GetResponseAsync("2+2?"));
        Assert.Equal((503, 4), ((int)failure.StatusCode!, fake.Requests.Count));
    }

    [Fact]
    public async Task A_model_that_thinks_for_a_quarter_of_an_hour_is_left_alone()
    {
        using var fake = new FakeOpenRouter(reply => reply.Wait(TimeSpan.FromMinutes(14)).Say("Four."));
        await using var provider = Provider(fake, AsDocumented);
        Assert.Equal("Four.", (await provider.GetRequiredService<IChatClient>().GetResponseAsync("2+2?")).Text);
        Assert.Single(fake.Requests);
    }

    [Fact]
    public async Task The_handlers_own_defaults_kill_it_which_is_said()
    {
        using var fake = new FakeOpenRouter().Otherwise(reply => reply.Wait(TimeSpan.FromMinutes(14)).Say("Four."));
        await using var provider = Provider(fake, _ => { });
        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => provider.GetRequiredService<IChatClient>().GetResponseAsync("2+2?"));
        Assert.Equal(OpenRouterPhase.Response, failure.Phase);
        Assert.IsType<TimeoutRejectedException>(failure.InnerException);
    }

    private static ServiceProvider Provider(FakeOpenRouter fake, Action<HttpStandardResilienceOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddSingleton(fake.Clock);
        services.AddOpenRouterChatClient("a/b", options => (options.ApiKey, options.TimeProvider, options.Retry.MaxRetries) = ("sk-or-test", fake.Clock, 0));
        var http = services.AddHttpClient(OpenRouterDefaults.HttpClientName);
        http.ConfigurePrimaryHttpMessageHandler(() => fake);
        http.AddStandardResilienceHandler(configure);
        return services.BuildServiceProvider();
    }

    private static void AsDocumented(HttpStandardResilienceOptions o)
    {
        o.AttemptTimeout.Timeout = TimeSpan.FromMinutes(20);
        o.TotalRequestTimeout.Timeout = TimeSpan.FromHours(1);
        o.CircuitBreaker.SamplingDuration = TimeSpan.FromMinutes(40);
    }
}

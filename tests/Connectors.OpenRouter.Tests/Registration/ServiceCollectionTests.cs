using Connectors.OpenRouter.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using Moq;

namespace Connectors.OpenRouter.Tests.Registration;

public class ServiceCollectionTests
{
    [Fact]
    public async Task A_plain_collection_needs_nothing_but_the_model_and_the_key()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Easy.").Say("Four."));
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("openai/o4-mini", o => o.ApiKey = "sk-or-code");
        services.AnswerWith(fake);

        await using var provider = services.BuildServiceProvider();
        var answer = await provider.GetRequiredService<IChatClient>().GetResponseAsync("2+2?");

        Assert.Equal(("Easy.", "Four."), (answer.GetReasoningText(), answer.Text));
        Assert.Equal("openai/o4-mini", fake.LastRequest.Model);
        Assert.Equal("Bearer sk-or-code", fake.LastRequest.Headers["Authorization"]);
    }

    [Fact]
    public async Task A_keyed_client_and_the_unkeyed_one_live_side_by_side()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("author/plain", o => o.ApiKey = "sk-or-1");
        services.AddKeyedOpenRouterChatClient("smart", "author/smart", o => o.ApiKey = "sk-or-2");
        services.AnswerWith(fake);

        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<IChatClient>().GetResponseAsync("hi");
        await provider.GetRequiredKeyedService<IChatClient>("smart").GetResponseAsync("hi");

        Assert.Equal(["author/plain", "author/smart"], fake.Requests.Select(request => request.Model));
        Assert.Equal(["Bearer sk-or-1", "Bearer sk-or-2"], fake.Requests.Select(request => request.Headers["Authorization"]));
    }

    [Fact]
    public async Task Two_unkeyed_registrations_keep_their_own_settings()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("author/first", o => o.ApiKey = "sk-or-1");
        services.AddOpenRouterChatClient("author/second", o => o.ApiKey = "sk-or-2");
        services.AnswerWith(fake);

        await using var provider = services.BuildServiceProvider();
        foreach (var client in provider.GetServices<IChatClient>())
            await client.GetResponseAsync("hi");

        Assert.Equal(["author/first", "author/second"], fake.Requests.Select(request => request.Model));
    }

    [Fact]
    public void A_key_may_be_any_object()
    {
        var services = new ServiceCollection();
        services.AddKeyedOpenRouterChatClient(DayOfWeek.Monday, "author/monday");

        using var provider = services.BuildServiceProvider();

        Assert.Equal("author/monday", provider.GetRequiredKeyedService<IChatClient>(DayOfWeek.Monday).GetService<ChatClientMetadata>()?.DefaultModelId);
    }

    [Theory]
    [InlineData(ServiceLifetime.Singleton, true)]
    [InlineData(ServiceLifetime.Scoped, false)]
    public async Task A_client_lives_as_long_as_was_asked(ServiceLifetime lifetime, bool shared)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("author/model", o => o.ApiKey = "sk-or", lifetime);
        services.AnswerWith(fake);

        await using var provider = services.BuildServiceProvider(validateScopes: true);
        await using var one = provider.CreateAsyncScope();
        IChatClient first, second;
        await using (var two = provider.CreateAsyncScope())
        {
            first = one.ServiceProvider.GetRequiredService<IChatClient>();
            second = two.ServiceProvider.GetRequiredService<IChatClient>();
        }

        Assert.Equal(shared, ReferenceEquals(first, second));
        Assert.Equal("Hi.", (await first.GetResponseAsync("hi")).Text);
    }

    [Fact]
    public void The_builder_goes_on_with_the_frameworks_own_middleware()
    {
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("author/model").UseFunctionInvocation();

        using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        Assert.NotNull(client.GetService<FunctionInvokingChatClient>());
        Assert.NotNull(client.GetService<OpenRouterChatClient>());
    }

    [Fact, Trait("Not promised by", "netstandard2.0")]
    public void The_named_client_has_no_time_limit_and_follows_no_redirect()
    {
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("author/model");

        using var provider = services.BuildServiceProvider();
        using var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(OpenRouterDefaults.HttpClientName);

        Assert.Equal(Timeout.InfiniteTimeSpan, http.Timeout);
        Assert.False(Innermost(provider, OpenRouterDefaults.HttpClientName).AllowAutoRedirect);
    }

    [Fact]
    public void Other_named_clients_stay_as_they_are()
    {
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("author/model");
        services.AddHttpClient("other");

        using var provider = services.BuildServiceProvider();
        using var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient("other");

        Assert.Equal(TimeSpan.FromSeconds(100), http.Timeout);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_users_own_settings_of_the_named_client_win(bool before)
    {
        var services = new ServiceCollection();
        if (before)
            services.AddHttpClient(OpenRouterDefaults.HttpClientName, http => http.Timeout = TimeSpan.FromMinutes(5));
        services.AddOpenRouterChatClient("author/model");
        if (!before)
            services.AddHttpClient(OpenRouterDefaults.HttpClientName, http => http.Timeout = TimeSpan.FromMinutes(5));

        using var provider = services.BuildServiceProvider();
        using var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(OpenRouterDefaults.HttpClientName);

        Assert.Equal(TimeSpan.FromMinutes(5), http.Timeout);
    }

    [Fact]
    public async Task The_users_own_handlers_see_every_request()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var seen = new Seen();
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("author/model", o => o.ApiKey = "sk-or");
        services.AnswerWith(fake);
        services.AddHttpClient(OpenRouterDefaults.HttpClientName).AddHttpMessageHandler(() => new SeenHandler(seen));

        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();
        await client.GetResponseAsync("hi");
        await client.GetResponseAsync("hi");

        Assert.Equal(2, seen.Requests);
    }

    [Fact]
    public async Task A_client_of_another_name_is_taken_when_the_settings_say_so()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("author/model", o => (o.ApiKey, o.HttpClientName) = ("sk-or", "corporate proxy"));
        services.AddHttpClient("corporate proxy").ConfigurePrimaryHttpMessageHandler(() => fake);

        await using var provider = services.BuildServiceProvider();
        var answer = await provider.GetRequiredService<IChatClient>().GetResponseAsync("hi");

        Assert.Equal("Hi.", answer.Text);
        Assert.Equal(Timeout.InfiniteTimeSpan, provider.GetRequiredService<IHttpClientFactory>().CreateClient("corporate proxy").Timeout);
    }

    [Fact]
    public async Task A_long_lived_client_takes_a_fresh_connection_when_handlers_rotate()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var made = 0;
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("author/model", o => o.ApiKey = "sk-or");
        services.AnswerWith(fake);
        var factory = new Mock<IHttpClientFactory>();
        factory.Setup(it => it.CreateClient(It.IsAny<string>())).Callback(() => made++).Returns(() => fake.CreateClient());
        services.AddSingleton(factory.Object);

        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();
        await client.GetResponseAsync("hi");
        await client.GetResponseAsync("hi");

        Assert.Equal(2, made);
    }

    [Fact]
    public async Task A_web_app_answers_with_the_keyed_client()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Four."));
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration["OpenRouter:ApiKey"] = "sk-or";
        builder.Configuration["OpenRouter:Clients:smart:Model"] = "author/smart";
        builder.Services.AddKeyedOpenRouterChatClient("smart");
        builder.Services.AnswerWith(fake);
        await using var app = builder.Build();
        app.MapGet("/think", async (string q, [FromKeyedServices("smart")] IChatClient ai, CancellationToken ct) =>
            (await ai.GetStreamingResponseAsync(q, cancellationToken: ct).ToChatResponseAsync(ct)) is var answer ? $"{answer.GetReasoningText()} {answer.Text}" : "");
        await app.StartAsync();

        Assert.Equal("Hm. Four.", await app.GetTestClient().GetStringAsync(new Uri("/think?q=2", UriKind.Relative)));
        Assert.Equal("author/smart", fake.LastRequest.Model);
    }

    [Fact]
    public void Null_arguments_are_refused_at_the_call()
    {
        var services = new ServiceCollection();

        Assert.Throws<ArgumentNullException>("services", () => OpenRouterServiceCollectionExtensions.AddOpenRouterChatClient(null!, "author/model"));
        Assert.Throws<ArgumentNullException>("configure", () => services.AddOpenRouterChatClient((Action<OpenRouterOptions>)null!));
        Assert.Throws<ArgumentNullException>("serviceKey", () => services.AddKeyedOpenRouterChatClient(null!, "author/model"));
        Assert.Throws<ArgumentNullException>("configure", () => services.AddKeyedOpenRouterChatClient("key", (Action<OpenRouterOptions>)null!));
    }

    private static SocketsHttpHandler Innermost(IServiceProvider provider, string name)
    {
        var handler = provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(name);
        while (handler is DelegatingHandler { InnerHandler: { } inner })
            handler = inner;
        return Assert.IsType<SocketsHttpHandler>(handler);
    }

    private sealed class Seen
    {
        public int Requests { get; set; }
    }

    private sealed class SeenHandler(Seen seen) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            seen.Requests++;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

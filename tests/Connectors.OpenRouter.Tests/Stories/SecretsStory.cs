using System.Net;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>A canary in every place a secret can be put, and an ear at every place words come out.</summary>
public sealed class SecretsStory
{
    private const string Key = "canary-key-0123456789";
    private const string McpToken = "canary-mcp-0123456789";
    private const string Prompt = "canary-prompt";

    private static readonly string Echo = $"You sent {Key} and {McpToken}, {Key}";

    public static TheoryData<string> Endings => [.. Replies.Keys];

    private static Dictionary<string, Action<FakeReply>> Replies { get; } = new()
    {
        ["an answer"] = reply => reply.Think("Hm.").Say("Yes."),
        ["a refusal"] = reply => reply.Status(401, Echo),
        ["a rate limit"] = reply => reply.Status(429, Echo, TimeSpan.FromDays(1), Echo),
        ["an overload, tried again"] = reply => reply.Status(503, Echo, provider: "Some"),
        ["a failure in mid-stream"] = reply => reply.Say("Half").Fail(Echo),
        ["a failure before a word"] = reply => reply.Fail(Echo),
        ["an error of another dialect"] = reply => reply.Event($$"""{"error":{"code":"{{Key}}","message":"{{Echo}}","metadata":{"raw":"{\"message\":\"{{McpToken}}\"}","provider_name":"{{Key}}"} } }"""),
        ["a cut"] = reply => reply.Say("Half").Cut(),
        ["a reset"] = reply => reply.Say("Half").Reset(),
        ["a stall"] = reply => reply.Say("Half").Stall(),
        ["no connection"] = reply => reply.Unreachable(),
        ["a redirect"] = reply => reply.Status(307),
    };

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task No_secret_comes_out_anywhere(string ending)
    {
        using var sinks = new Sinks();
        using var fake = new FakeOpenRouter().Otherwise(Replies[ending]);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(sinks.Logs));
        services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => fake);
        services.AddOpenRouterChatClient("a/b", options => (options.ApiKey, options.TimeProvider) = (Key, fake.Clock)).UseLogging().UseOpenTelemetry();
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();
        var options = new ChatOptions { Tools = [new HostedMcpServerTool("mine", new Uri("https://mcp.example/")) { Headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {McpToken}" } }] };
        foreach (var streaming in new[] { true, false })
        {
            try
            {
                _ = streaming ? await client.GetStreamingResponseAsync(Prompt, options).ToChatResponseAsync() : await client.GetResponseAsync(Prompt, options);
            }
            catch (Exception failure) when (failure is OpenRouterException or InvalidOperationException)
            {
                sinks.Say(failure);
            }
        }

        Assert.Contains(McpToken, fake.LastRequest.Body, StringComparison.Ordinal); // it was sent, so there was something to keep
        Assert.Contains("log ", sinks.Everything, StringComparison.Ordinal);
        Assert.Contains("span ", sinks.Everything, StringComparison.Ordinal);
        Assert.Contains("metric ", sinks.Everything, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-key", sinks.Everything, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-mcp", sinks.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_holds_a_secret_prints_it()
    {
        var settings = new OpenRouterOptions { Model = "a/b", ApiKey = Key };
        using var client = new OpenRouterChatClient(settings);
        var tool = new HostedMcpServerTool("mine", new Uri("https://mcp.example/")) { Headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {McpToken}" } };
        var report = client.Explain("hi", new() { Tools = [tool] });
        var printed = $"{settings} {client} {report} {report.Json} {string.Join(' ', report.Headers)} {new SecretRedactor(Key, McpToken)} {new OutgoingRequest { Body = default, Streaming = true, Secrets = [McpToken] }}";
        Assert.DoesNotContain("canary", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_prompt_is_in_no_log_below_trace_and_in_no_exception()
    {
        using var sinks = new Sinks();
        using var factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(sinks.Logs));
        using var fake = new FakeOpenRouter(reply => reply.Status(503), reply => reply.Say(Prompt).Cut());
        using var client = new OpenRouterChatClient(new() { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient(), factory);
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync(Prompt, new() { Seed = 1 }));
        sinks.Say(failure.ToString());
        Assert.DoesNotContain(Prompt, sinks.Everything, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.TemporaryRedirect)]
    [InlineData(HttpStatusCode.PermanentRedirect)]
    [InlineData(HttpStatusCode.Found)]
    public async Task A_redirect_takes_neither_key_nor_prompt_along(HttpStatusCode status)
    {
        var visitors = new List<string>();
        await using var elsewhere = new Loopback(exchange =>
        {
            visitors.Add(exchange.Request);
            return exchange.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        });
        await using var service = new Loopback(exchange => exchange.SendAsync($"HTTP/1.1 {(int)status} Elsewhere\r\nConnection: close\r\nLocation: {elsewhere.Endpoint}responses\r\nContent-Length: 0\r\n\r\n"));

        using var own = service.Client(options => options.ApiKey = Key);
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => own.GetResponseAsync(Prompt));
        Assert.Equal(status, failure.StatusCode);
        Assert.Empty(visitors);

        using var lent = service.Client(options => options.ApiKey = Key, new HttpClient());
        failure = await Assert.ThrowsAsync<OpenRouterException>(() => lent.GetResponseAsync(Prompt));
        Assert.Contains("followed a redirect", failure.Message, StringComparison.Ordinal);
        Assert.Contains(elsewhere.Endpoint.Authority, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(visitors, visitor => visitor.Contains(Key, StringComparison.Ordinal));
    }
}

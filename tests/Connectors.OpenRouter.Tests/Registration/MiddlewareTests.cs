using System.Diagnostics;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Connectors.OpenRouter.Tests.Registration;

/// <summary>The framework's middleware over a registered client: reasoning, usage and errors arrive there too.</summary>
public class MiddlewareTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Telemetry_sees_the_thinking_the_usage_and_the_model(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Two and two.").Say("Four.").Served("author/served").Usage(input: 10, output: 20, reasoning: 5));

        var span = await TracedAsync(fake, "author/traced", streaming);

        Assert.Equal("openrouter", span.GetTagItem("gen_ai.provider.name"));
        Assert.Equal("author/served", span.GetTagItem("gen_ai.response.model"));
        Assert.Equal(("10", "20"), ($"{span.GetTagItem("gen_ai.usage.input_tokens")}", $"{span.GetTagItem("gen_ai.usage.output_tokens")}"));
        var said = Assert.IsType<string>(span.GetTagItem("gen_ai.output.messages"));
        Assert.Contains("Two and two.", said, StringComparison.Ordinal);
        Assert.Contains("\"reasoning\"", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Telemetry_sees_a_failure_as_a_failure(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Half an").Cut());

        var span = await TracedAsync(fake, "author/failing", streaming);

        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal(typeof(OpenRouterException).FullName, span.GetTagItem("error.type"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_function_loop_keeps_the_thinking_and_adds_up_the_cost(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            r => r.Think("I need the weather.").Call("get_weather", new { city = "Oslo" }).Usage(cost: 0.001m),
            r => r.Think("Rain.").Say("Umbrella.").Usage(cost: 0.002m))
        { Strict = true };
        await using var provider = Provider(fake, "openai/o4-mini", builder => builder.UseFunctionInvocation());

        var answer = await AskAsync(provider, streaming, new() { Tools = [AIFunctionFactory.Create((string city) => $"rain in {city}", "get_weather")] });

        Assert.Equal("rain in Oslo", fake.LastRequest.ToolOutput("get_weather"));
        Assert.NotNull(fake.LastRequest["input.1.encrypted_content"]);
        Assert.Equal("I need the weather.\n\nRain.", answer.GetReasoningText());
        Assert.Equal(0.003m, answer.GetOpenRouter().Cost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cached_answer_still_thinks_and_counts(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Two and two.").Say("Four.").Usage(input: 10, output: 20, cost: 0.002m));
        await using var provider = Provider(fake, "author/model", builder => builder.UseDistributedCache());

        var first = await AskAsync(provider, streaming);
        var second = await AskAsync(provider, streaming);

        Assert.Single(fake.Requests);
        Assert.Equal(("Two and two.", "Four.", 20L, 0.002m), (second.GetReasoningText(), second.Text, second.Usage?.OutputTokenCount, second.GetOpenRouter().Cost));
        Assert.Equal(Kept(first), Kept(second));

        // What comes back from JSON: all but the time, which is no part of the answer, and what is told another time.
        static Dictionary<string, object?> Kept(ChatResponse answer) => typeof(OpenRouterInfo).GetProperties()
            .Where(member => member.Name is not (nameof(OpenRouterInfo.TimeToFirstReasoning) or nameof(OpenRouterInfo.Warnings) or nameof(OpenRouterInfo.Routing)))
            .ToDictionary(member => member.Name, member => member.GetValue(answer.GetOpenRouter()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failure_is_never_cached(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Half an").Cut(), r => r.Say("Four."));
        await using var provider = Provider(fake, "author/model", builder => builder.UseDistributedCache());

        await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(provider, streaming));

        Assert.Equal("Four.", (await AskAsync(provider, streaming)).Text);
    }

    /// <summary>The framework's cache does not know a client's own model: docs/options.md shows this line.</summary>
    [Fact]
    public async Task Two_clients_over_one_cache_do_not_share_answers_when_the_model_is_in_the_key()
    {
        using var fake = new FakeOpenRouter(r => r.Say("I am one."), r => r.Say("I am two."));
        var services = new ServiceCollection();
        services.AddDistributedMemoryCache();
        services.AnswerWith(fake);
        foreach (var model in new[] { "author/one", "author/two" })
            services.AddKeyedOpenRouterChatClient(model, model, o => o.ApiKey = "sk-or").UseDistributedCache(configure: cache => cache.CacheKeyAdditionalValues = [model]);
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("I am one.", (await provider.GetRequiredKeyedService<IChatClient>("author/one").GetResponseAsync("who?")).Text);
        Assert.Equal("I am two.", (await provider.GetRequiredKeyedService<IChatClient>("author/two").GetResponseAsync("who?")).Text);
        Assert.Equal("I am one.", (await provider.GetRequiredKeyedService<IChatClient>("author/one").GetResponseAsync("who?")).Text);
    }

    [Fact]
    public async Task Openrouters_own_settings_are_part_of_the_cache_key()
    {
        using var fake = new FakeOpenRouter(r => r.Say("One."), r => r.Say("Two."));
        await using var provider = Provider(fake, "author/model", builder => builder.UseDistributedCache());

        await AskAsync(provider, streaming: false, new ChatOptions().WithOpenRouter(new() { Provider = new() { Only = ["azure"] } }));
        var other = await AskAsync(provider, streaming: false, new ChatOptions().WithOpenRouter(new() { Provider = new() { Only = ["anthropic"] } }));

        Assert.Equal("Two.", other.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Logging_sees_the_thinking_and_a_failure(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Two and two.").Say("Four."), r => r.Status(401, "No such key."));
        await using var provider = Provider(fake, "author/model", builder => builder.UseLogging());

        await AskAsync(provider, streaming);
        await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(provider, streaming));

        var lines = provider.GetRequiredService<FakeLogCollector>().GetSnapshot();
        Assert.Contains(lines, line => line.Level == LogLevel.Trace && line.Message.Contains("reasoning", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Level == LogLevel.Error && line.Exception is OpenRouterException);
    }

    [Fact]
    public async Task No_log_at_any_level_holds_the_key()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four."), r => r.Status(401, "No such key."));
        await using var provider = Provider(fake, "author/model", builder => builder.UseLogging().UseOpenTelemetry());

        await AskAsync(provider, streaming: true);
        await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(provider, streaming: false));

        Assert.DoesNotContain(provider.GetRequiredService<FakeLogCollector>().GetSnapshot(), line => $"{line.Message} {line.Exception}".Contains("sk-or-canary", StringComparison.Ordinal));
    }

    private static async Task<Activity> TracedAsync(FakeOpenRouter fake, string model, bool streaming)
    {
        var spans = new List<Activity>();
        using (Sdk.CreateTracerProviderBuilder().AddSource(OpenRouterDefaults.TelemetryName).AddInMemoryExporter(spans).Build())
        {
            await using var provider = Provider(fake, model, builder => builder.UseOpenTelemetry(sourceName: OpenRouterDefaults.TelemetryName, configure: telemetry => telemetry.EnableSensitiveData = true));
            try
            {
                await AskAsync(provider, streaming);
            }
            catch (OpenRouterException) // what the span says of it is the test's own matter
            {
            }
        }
        return Assert.Single(spans, span => Equals(span.GetTagItem("gen_ai.request.model"), model) && span.OperationName.StartsWith("chat", StringComparison.Ordinal));
    }

    private static async Task<ChatResponse> AskAsync(IServiceProvider provider, bool streaming, ChatOptions? options = null)
    {
        var client = provider.GetRequiredService<IChatClient>();
        return streaming ? await client.GetStreamingResponseAsync("2+2?", options).ToChatResponseAsync() : await client.GetResponseAsync("2+2?", options);
    }

    private static ServiceProvider Provider(FakeOpenRouter fake, string model, Action<ChatClientBuilder> add)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddFakeLogging().SetMinimumLevel(LogLevel.Trace));
        services.AddDistributedMemoryCache();
        services.AnswerWith(fake);
        add(services.AddOpenRouterChatClient(model, o => (o.ApiKey, o.Retry.MaxRetries) = ("sk-or-canary", 0)));
        return services.BuildServiceProvider();
    }
}

using System.Globalization;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>What things cost, and how to learn it: docs/cost.md.</summary>
public class CostStory
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_presses_stop_learns_the_true_cost()
    {
        using var fake = new FakeOpenRouter(r => r.Think("A long thought.").Say("One, two, three, four, five.").Usage(cost: 0.002m)).Generation(cost: 0.0007m, unknownFor: 2);
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());
        using var stop = new CancellationTokenSource();
        using var Console = new StringWriter(CultureInfo.InvariantCulture);
        var heard = new List<ChatResponseUpdate>();

        try
        {
            await foreach (var update in client.GetStreamingResponseAsync("Count.", cancellationToken: stop.Token))
            {
                heard.Add(update);
                Listen(update);
            }
        }
        catch (OperationCanceledException) when (heard is [var first, ..] && first.ResponseId is { } id)
        {
            var generation = await client.Platform.GetGenerationAsync(id, CancellationToken.None);
            Console.WriteLine($"{heard.ToChatResponse().Text} ... stopped, cost {generation.TotalCost:C6}");
        }

        Assert.Matches(@"^One, two,? \.\.\. stopped, cost \S?0[.,]000700", Console.ToString());
        Assert.Equal(TimeSpan.FromSeconds(0.75), fake.Waited);

        void Listen(ChatResponseUpdate update)
        {
            if (update.Text.Contains("two", StringComparison.Ordinal))
                stop.Cancel();
        }
    }

    [Fact]
    public async Task What_a_tool_loop_cost_is_said_by_one_line()
    {
        using var fake = new FakeOpenRouter(r => r.Call("roll").Usage(cost: 0.001m), r => r.Served("a/b", "One").Say("Six.").Usage(cost: 0.002m));
        using var agent = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();
        using var Console = new StringWriter(CultureInfo.InvariantCulture);
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(() => 6, "roll")] };

        var answer = await agent.GetResponseAsync("Roll twice.", options);

        var info = answer.GetOpenRouter();
        Console.WriteLine($"{info.TotalSpend:C6} in all, of it {info.Cost:C6} to OpenRouter, by {info.ProviderName ?? "somebody"}");

        Assert.Matches(@"0[.,]003000 in all, of it .?0[.,]003000 to OpenRouter", Console.ToString());
    }

    [Fact]
    public async Task A_model_is_looked_up_before_it_is_paid_for()
    {
        using var fake = new FakeOpenRouter().Models(Path.Combine(AppContext.BaseDirectory, "Transcripts", "27-models.json"));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());
        using var Console = new StringWriter(CultureInfo.InvariantCulture);

        var model = await client.Platform.FindModelAsync("openai/gpt-5.6-mini:nitro");

        Console.WriteLine(model); // openai/gpt-5.6-mini: 400,000 tokens, $0.5 in, $2 out per million tokens
        Console.WriteLine($"tools: {model?.SupportedParameters.Contains("tools")}, images: {model?.InputModalities.Contains("image")}, efforts: {string.Join(' ', model?.Reasoning?.Efforts ?? [])}");

        Assert.Equal("""
            openai/gpt-5.6-mini: 400,000 tokens, $0.5 in, $2 out per million tokens
            tools: True, images: True, efforts: high medium low minimal none

            """.ReplaceLineEndings(), Console.ToString().ReplaceLineEndings());
    }

    [Fact]
    public void Health_is_two_lines()
    {
        var services = new ServiceCollection();

        services.AddOpenRouterChatClient("openai/o4-mini");
        services.AddHealthChecks().AddOpenRouter(minimumCredit: 5m);

        Assert.Contains(services, service => service.ServiceType == typeof(IChatClient));
    }

    [Fact]
    public async Task An_answer_that_broke_names_the_generation_whose_cost_can_be_asked_for()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Half").Cut().Usage(cost: 0.001m));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());

        var failure = await Assert.ThrowsAsync<OpenRouterException>(async () => await client.GetStreamingResponseAsync("Hi", cancellationToken: Token).ToChatResponseAsync(Token));

        Assert.Equal(failure.GenerationId, (await client.Platform.GetGenerationAsync(failure.GenerationId!, Token)).Id);
    }

    [Fact]
    public async Task The_cost_of_a_tool_loop_is_the_sum_of_its_turns()
    {
        using var fake = new FakeOpenRouter(r => r.Call("roll").Usage(cost: 0.001m), r => r.Say("Six.").Usage(cost: 0.002m));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();

        var answer = await client.GetResponseAsync("Roll.", new() { Tools = [AIFunctionFactory.Create(() => 6, "roll")] }, Token);

        Assert.Equal((0.003m, 0.003m), (answer.GetOpenRouter().Cost, answer.GetOpenRouter().TotalSpend));
        Assert.Equal(3_000_000, answer.Usage!.AdditionalCounts!["openrouter.cost_nanousd"]);
    }

    [Theory]
    [InlineData("""{"cost":0.002,"is_byok":false,"cost_details":{"upstream_inference_cost":0.0019}}""", "0.002", "0.0019", "0.002")]
    [InlineData("""{"cost":0.0001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.002}}""", "0.0001", "0.002", "0.0021")]
    [InlineData("""{"cost":0,"is_byok":true,"cost_details":{"upstream_inference_cost":0.002}}""", "0", "0.002", "0.002")]
    [InlineData("""{"is_byok":true,"cost_details":{"upstream_inference_cost":0.002}}""", null, "0.002", "0.002")]
    [InlineData("""{"cost":0,"is_byok":false}""", "0", null, "0")]
    [InlineData("""{"input_tokens":3}""", null, null, null)]
    public async Task With_an_own_provider_key_two_bills_are_told_apart(string usage, string? cost, string? upstream, string? total)
    {
        var info = (await AnswerAsync(usage)).GetOpenRouter();

        Assert.Equal((Money(cost), Money(upstream), Money(total)), (info.Cost, info.UpstreamCost, info.TotalSpend));
    }

    [Fact]
    public async Task Every_other_number_of_the_usage_is_kept()
    {
        var answer = await AnswerAsync("""
            {"input_tokens":10,"output_tokens":4,"total_tokens":14,"cost":0.001,"input_tokens_details":{"cached_tokens":2,"audio_tokens":7,"note":"x"},
            "output_tokens_details":{"reasoning_tokens":1,"image_tokens":3},"cost_details":{"upstream_inference_input_cost":0.0004,"cache_discount":-0.0001},"brand_new":{"deep":{"count":5}},"share":0.5,"is_byok":false}
            """);

        Assert.Equal(
            [
                "openrouter.brand_new.deep.count 5", "openrouter.cost_details.cache_discount_nanousd -100000", "openrouter.cost_details.upstream_inference_input_cost_nanousd 400000", "openrouter.cost_nanousd 1000000",
                "openrouter.input_tokens_details.audio_tokens 7", "openrouter.output_tokens_details.image_tokens 3",
            ],
            answer.Usage!.AdditionalCounts!.Select(count => $"{count.Key} {count.Value}").Order(StringComparer.Ordinal));
    }

    private static decimal? Money(string? text) => text is null ? null : decimal.Parse(text, CultureInfo.InvariantCulture);

    private static async Task<ChatResponse> AnswerAsync(string usage)
    {
        var service = new Service(Service.Json($$"""
            {"id":"gen-1","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}],"usage":{{usage}}}
            """));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "k" }, new HttpClient(service));
        return await client.GetResponseAsync("Hi", cancellationToken: Token);
    }
}

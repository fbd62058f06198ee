using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using static Connectors.OpenRouter.Tests.Telemetry.Listening;

namespace Connectors.OpenRouter.Tests.Telemetry;

[Collection(nameof(Listening))]
public class MeterTests
{
    [Fact]
    public async Task Money_and_thinking_are_counted_by_model_and_provider()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Four.").Served("openai/gpt-5.6-mini", "OpenAI").Terminal(Ending));
        using var cost = Collect<double>("openrouter.cost", fake);
        using var tokens = Collect<long>("openrouter.reasoning.tokens", fake);

        await Client(fake).TurnAsync("2+2?", streaming: true);

        var (dollars, thinking) = (Assert.Single(cost.GetMeasurementSnapshot()), Assert.Single(tokens.GetMeasurementSnapshot()));
        Assert.Equal((0.0012, 2L), (dollars.Value, thinking.Value));
        Assert.All(new[] { dollars.Tags, thinking.Tags }, tags => Assert.Equal(("openai/o4-mini", "openai/gpt-5.6-mini", "OpenAI"), (tags["gen_ai.request.model"], tags["gen_ai.response.model"], tags["openrouter.provider"])));
    }

    [Fact]
    public async Task Each_request_of_a_loop_is_counted_once()
    {
        using var fake = new FakeOpenRouter(r => r.Call("look").Usage(cost: 0.001m), r => r.Say("Umbrella.").Usage(cost: 0.002m));
        using var cost = Collect<double>("openrouter.cost", fake);

        await Client(fake).AsBuilder().UseFunctionInvocation().Build().TurnAsync("Oslo?", streaming: true, new() { Tools = [AIFunctionFactory.Create(() => "rain", "look")] });

        Assert.Equal([0.001, 0.002], cost.GetMeasurementSnapshot().Select(one => one.Value));
    }

    [Fact]
    public async Task What_an_own_key_costs_beside_is_counted_apart()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four.").Terminal("""{"usage":{"input_tokens":1,"output_tokens":1,"cost":0.0001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.004}}}"""));
        using var cost = Collect<double>("openrouter.cost", fake);
        using var upstream = Collect<double>("openrouter.upstream_cost", fake);

        await Client(fake).TurnAsync("2+2?", streaming: false);

        Assert.Equal((0.0001, 0.004), (Assert.Single(cost.GetMeasurementSnapshot()).Value, Assert.Single(upstream.GetMeasurementSnapshot()).Value));
    }

    [Fact]
    public async Task The_first_thought_is_timed_on_the_clients_clock()
    {
        using var fake = new FakeOpenRouter(r => r.Wait(TimeSpan.FromSeconds(2)).Think("Hm.").Wait(TimeSpan.FromSeconds(9)).Say("Four."), r => r.Say("No thought."));
        using var times = Collect<double>("openrouter.time_to_first_reasoning", fake);
        var client = Client(fake);

        var updates = await client.GetStreamingResponseAsync("2+2?", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var thoughtless = await client.TurnAsync("2+2?", streaming: true);

        Assert.Equal(2, Assert.Single(times.GetMeasurementSnapshot()).Value);
        Assert.Equal(TimeSpan.FromSeconds(2), updates[^1].GetOpenRouter().TimeToFirstReasoning);
        Assert.Null(thoughtless.GetOpenRouter().TimeToFirstReasoning);
    }

    [Fact]
    public async Task Retries_are_counted_by_what_went_wrong()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, provider: "Azure"), r => r.Unreachable(), r => r.Say("Four."));
        using var retries = Collect<long>("openrouter.retries", fake);

        await Client(fake).TurnAsync("2+2?", streaming: true);

        var counted = retries.GetMeasurementSnapshot();
        Assert.Equal([1L, 1L], counted.Select(one => one.Value));
        Assert.Equal("Azure", counted[0].Tags["openrouter.provider"]);
        Assert.Equal(2, counted.Select(one => one.Tags["error.type"]).Distinct().Count());
    }

    [Fact]
    public async Task Dropped_options_are_counted_at_every_call()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Four."));
        using var dropped = Collect<long>("openrouter.options.dropped", fake);
        var client = Client(fake);

        for (var i = 0; i < 2; i++)
            await client.TurnAsync("2+2?", streaming: true, new() { Seed = 4 });

        Assert.Equal(["seed", "seed"], dropped.GetMeasurementSnapshot().Select(one => one.Tags["openrouter.option"]));
    }

    [Fact]
    public async Task Dropped_options_of_embeddings_are_counted_too()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Embed());
        using var dropped = Collect<long>("openrouter.options.dropped", fake);
        using var generator = new OpenRouterEmbeddingGenerator("openai/text-embedding-3-small", httpClient: fake.CreateClient());

        await generator.GenerateAsync(["a"], new() { AdditionalProperties = new() { ["seed"] = 4 } }, TestContext.Current.CancellationToken);

        var counted = Assert.Single(dropped.GetMeasurementSnapshot());
        Assert.Equal(("seed", "openai/text-embedding-3-small"), (counted.Tags["openrouter.option"], counted.Tags["gen_ai.request.model"]));
    }

    [Fact]
    public async Task Changes_of_a_history_are_counted()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Four."));
        using var changes = Collect<long>("openrouter.history.changes", fake);

        await Client(fake).GetResponseAsync([new(ChatRole.User, "Look."), new(ChatRole.Tool, [new FunctionResultContent("nobody", "asked")]), new(ChatRole.User, "2+2?")], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("openai/o4-mini", Assert.Single(changes.GetMeasurementSnapshot()).Tags["gen_ai.request.model"]);
    }

    [Fact]
    public async Task Empty_answers_are_counted_and_so_is_asking_again()
    {
        using var fake = new FakeOpenRouter(r => r.Served("openai/o4-mini", "Azure").Terminal("""{"output":[],"usage":{"input_tokens":1,"output_tokens":0}}"""), r => r.Say("Four."));
        using var empty = Collect<long>("openrouter.answers.empty", fake);
        using var retries = Collect<long>("openrouter.retries", fake);

        await Client(fake).TurnAsync("2+2?", streaming: true);

        var tags = Assert.Single(empty.GetMeasurementSnapshot()).Tags;
        Assert.Equal((true, "Azure"), (tags["openrouter.answer.free"], tags["openrouter.provider"]));
        Assert.Equal("empty_answer", Assert.Single(retries.GetMeasurementSnapshot()).Tags["error.type"]);
    }

    [Fact]
    public void A_tag_has_no_more_values_than_somebody_can_store()
    {
        var values = new BoundedValues(3);

        Assert.Equal(["a", "b", "a", "c", "_OTHER", "b", "_OTHER", null], new[] { "a", "b", "a", "c", "d", "b", new string('x', 5000), null }.Select(values.Of));
    }

    [Fact]
    public void Names_that_come_at_once_do_not_exceed_the_bound()
    {
        var values = new BoundedValues(10);

        Parallel.For(0, 1000, i => values.Of($"model-{i}"));

        Assert.Equal(10, Enumerable.Range(0, 1000).Select(i => values.Of($"model-{i}")).Where(name => name != BoundedValues.Other).Distinct().Count());
    }

    [Fact]
    public void Nothing_is_allocated_where_nobody_listens()
    {
        Measure(); // the just-in-time compiler's share

        Assert.Equal(0, Measure());

        static long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                Assert.Null(CallTelemetry.Begin());
                Meters.EmptyAnswer("openai/o4-mini", "Azure", isFree: true);
                Meters.OptionDropped("seed", "openai/o4-mini");
                Meters.HistoryChanged("left out", 2, "openai/o4-mini");
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static MetricCollector<T> Collect<T>(string instrument, FakeOpenRouter fake)
        where T : struct => new(null, OpenRouterDefaults.TelemetryName, instrument, fake.Clock);
}

using System.Text.Json;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Telemetry.Listening;

namespace Connectors.OpenRouter.Tests.Telemetry;

/// <summary>docs/observability.md and the dashboard name what exists, and all of it.</summary>
[Collection(nameof(Listening))]
public sealed partial class ObservabilityPageTests : IDisposable
{
    private const string Page = "observability.md";
    private readonly Spans _spans = new();

    [Fact]
    public async Task Every_tag_and_event_of_the_span_is_on_the_page()
    {
        using var fake = new FakeOpenRouter(r => r.Status(503, provider: "Azure"), r => r.Status(503), r => r.Call("look"), r => r.Think("Hm.").Say("Four.").Served("openai/o4-mini", "OpenAI")
            .Terminal(Ending.Replace("\"cost\":0.0012", "\"cost\":0.0001,\"is_byok\":true,\"cost_details\":{\"upstream_inference_cost\":0.004}", StringComparison.Ordinal)));
        var agent = Client(fake, o => o.Retry.MaxRetries = 1).AsBuilder().UseOpenTelemetry(sourceName: _spans.Source).UseFunctionInvocation().UseOpenRouterStopRules(rules => rules.MaxSteps = 1).UseOpenRouterFailover("b/c").Build();
        await agent.TurnAsync("2+2?", streaming: true, new ChatOptions { Tools = [AIFunctionFactory.Create(() => "rain", "look")] }.WithOpenRouter(new() { Reasoning = new() { Effort = "minimal" } }));
        var span = Assert.Single(_spans.Chats);
        var rows = Table.Rows(Page, "The chat span").Select(row => row.Left).ToList();

        Assert.Equal(rows.Order(), span.TagObjects.Select(tag => tag.Key).Where(tag => tag.StartsWith("openrouter.", StringComparison.Ordinal) || rows.Contains(tag)).Order());
        Assert.Equal(
            Table.Rows(Page, "Events of the span").Select(row => (Event: row.Left, Tags: Names(row.Right))).Order(),
            span.Events.Select(e => (Event: e.Name, Tags: string.Join(' ', e.Tags.Select(tag => tag.Key).Order()))).Distinct().Order());
    }

    [Fact]
    public void Every_instrument_is_on_the_page_with_its_unit_and_tags()
    {
        using var heard = Record();

        Assert.Equal(
            Table.Rows(Page, "Metrics").Select(row => (row.Left, Unit: row.Right.Split(':')[0], Tags: Names(row.Right))).Order(),
            heard.Instruments.Select(instrument => (instrument.Name, Unit: instrument.Unit ?? "", Tags: string.Join(' ', heard.Of(instrument.Name).First().Tags.Keys.Order()))).Order());
        Assert.All(heard.Instruments, instrument => Assert.False(string.IsNullOrEmpty(instrument.Description)));
    }

    [Fact]
    public async Task Every_query_of_the_dashboard_names_an_instrument_and_tags_that_exist()
    {
        using var heard = Record(_spans.Source);
        using var fake = new FakeOpenRouter(r => r.Say("Four."), r => r.Status(401));
        var client = Client(fake).AsBuilder().UseOpenTelemetry(sourceName: _spans.Source).Build();
        await client.TurnAsync("2+2?", streaming: true);
        await Assert.ThrowsAsync<OpenRouterException>(() => client.TurnAsync("2+2?", streaming: true));
        var series = heard.Instruments.SelectMany(Series).ToDictionary(one => one.Name, one => one.Instrument);
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "dashboards", "openrouter.json")));
        var queries = dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!)
            .Append(dashboard.RootElement.GetProperty("templating").GetProperty("list")[1].GetProperty("query").GetProperty("query").GetString()!).ToList();

        Assert.True(queries.Count > 15);
        Assert.All(queries, query =>
        {
            var names = Name().Matches(query).Select(match => match.Value).ToList();
            var instrument = Assert.Single(names.Where(series.ContainsKey).Select(name => series[name]).Distinct());
            var tags = heard.Of(instrument).SelectMany(one => one.Tags.Keys).Select(Underscored).ToHashSet();
            Assert.All(names.Where(name => !series.ContainsKey(name)), tag => Assert.True(tags.Contains(tag), $"{query}: {instrument} has no tag {tag}"));
        });
        Assert.Equal(Table.Rows(Page, "Metrics").Select(row => row.Left).Order(), queries.SelectMany(query => Name().Matches(query)).Select(match => series.GetValueOrDefault(match.Value)).Where(name => name?.StartsWith("openrouter.", StringComparison.Ordinal) == true).Distinct().Order());
    }

    public void Dispose() => _spans.Dispose();

    /// <summary>One measurement of each instrument.</summary>
    private static Measurements Record(params string[] more)
    {
        var heard = new Measurements([OpenRouterDefaults.TelemetryName, .. more]);
        Meters.Used("page/a", "page/b", "Azure", 0.1m, 0.2m, 3);
        Meters.TimeToFirstReasoning("page/a", "page/b", "Azure", TimeSpan.FromSeconds(1));
        Meters.Retried("page/a", "Azure", "503");
        Meters.EmptyAnswer("page/a", "Azure", isFree: true);
        Meters.OptionDropped("seed", "page/a");
        Meters.HistoryChanged("left out", 1, "page/a");
        Meters.FailedOver("page/a", "page/b", "503");
        Meters.LoopStopped("steps");
        return heard;
    }

    /// <summary>The time series that Prometheus makes of an instrument.</summary>
    private static IEnumerable<(string Name, string Instrument)> Series(System.Diagnostics.Metrics.Instrument instrument)
    {
        var name = Underscored(instrument.Name) + (instrument.Unit is "s" ? "_seconds" : "");
        string[] endings = instrument.GetType().Name.StartsWith("Counter", StringComparison.Ordinal) ? ["_total"] : ["_bucket", "_sum", "_count"];
        return endings.Select(ending => (name + ending, instrument.Name));
    }

    private static string Underscored(string name) => name.Replace('.', '_');

    private static string Names(string cell) => string.Join(' ', Quoted().Matches(cell).Select(match => match.Groups[1].Value).Order());

    [GeneratedRegex("`([a-z_.]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<![\w$""])(?:openrouter|gen_ai|error)_[a-z_]+")]
    private static partial Regex Name();
}

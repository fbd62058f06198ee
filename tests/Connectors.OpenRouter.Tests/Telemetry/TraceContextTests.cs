using System.Diagnostics;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Telemetry.Listening;

namespace Connectors.OpenRouter.Tests.Telemetry;

[Collection(nameof(Listening))]
public sealed class TraceContextTests : IDisposable
{
    private readonly Spans _spans = new();

    [Fact]
    public async Task The_service_is_told_which_span_asks()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four."));

        await Client(fake, o => o.SendTraceContext = true).AsBuilder().UseOpenTelemetry(sourceName: _spans.Source).Build().TurnAsync("2+2?", streaming: true);

        var span = Assert.Single(_spans.Chats);
        Assert.Equal((span.TraceId.ToHexString(), span.SpanId.ToHexString()), (fake.LastRequest["trace.trace_id"], fake.LastRequest["trace.parent_span_id"]));
    }

    [Fact]
    public async Task Nothing_is_told_unasked()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four."));

        await Client(fake).AsBuilder().UseOpenTelemetry(sourceName: _spans.Source).Build().TurnAsync("2+2?", streaming: true);

        Assert.Null(fake.LastRequest["trace.trace_id"]);
    }

    [Fact]
    public async Task Without_an_activity_there_is_nothing_to_tell()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four."));
        Activity.Current = null;

        await Client(fake, o => o.SendTraceContext = true).TurnAsync("2+2?", streaming: true);

        Assert.Null(fake.LastRequest["trace.trace_id"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_trace_of_the_callers_own_stays_whole(bool ofTheClient)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four."));
        var own = new OpenRouterRequest { Trace = new() { TraceId = "mine", TraceName = "checkout" } };
        using var source = new ActivitySource(_spans.Source);
        using var activity = source.StartActivity("request");

        await Client(fake, o => (o.SendTraceContext, o.Request) = (true, ofTheClient ? own : null)).TurnAsync("2+2?", streaming: true, ofTheClient ? null : new ChatOptions().WithOpenRouter(own));

        Assert.Equal(("mine", "checkout", null), (fake.LastRequest["trace.trace_id"], fake.LastRequest["trace.trace_name"], fake.LastRequest["trace.parent_span_id"]));
    }

    [Fact]
    public async Task A_name_of_the_callers_own_goes_along()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four."));
        using var source = new ActivitySource(_spans.Source);
        using var activity = source.StartActivity("request");

        await Client(fake, o => o.SendTraceContext = true).TurnAsync("2+2?", streaming: true, new ChatOptions().WithOpenRouter(new() { Trace = new() { TraceName = "checkout" } }));

        Assert.Equal(("checkout", activity!.TraceId.ToHexString()), (fake.LastRequest["trace.trace_name"], fake.LastRequest["trace.trace_id"]));
    }

    [Fact]
    public void Explain_shows_it()
    {
        using var fake = new FakeOpenRouter();
        using var source = new ActivitySource(_spans.Source);
        using var activity = source.StartActivity("request");

        Assert.Contains(activity!.TraceId.ToHexString(), Client(fake, o => o.SendTraceContext = true).Explain("2+2?").Json, StringComparison.Ordinal);
    }

    public void Dispose() => _spans.Dispose();
}

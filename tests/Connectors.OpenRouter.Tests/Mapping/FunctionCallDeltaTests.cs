using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

public class FunctionCallDeltaTests
{
    [Fact]
    public async Task Arguments_are_seen_while_they_are_written_and_the_call_comes_whole()
    {
        var updates = await Hear(Of(Created, Added(0, Call("a", "look", "", "in_progress")), Piece(0, "{\"city\":"), Piece(0, ""), Piece(0, "\"Oslo\"}"), Done(0, Call("a", "look", "{\"city\":\"Oslo\"}")),
            Completed(Call("a", "look", "{\"city\":\"Oslo\"}"))), Deltas);

        var pieces = Pieces(updates);
        Assert.Equal(["{\"city\":", "\"Oslo\"}"], pieces.Select(piece => piece.Arguments));
        Assert.All(pieces, piece => Assert.Equal(("a", "look", null), (piece.CallId, piece.Name, (object?)piece.RawEvent)));
        var call = Assert.Single(updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>());
        Assert.Equal(("a", "Oslo"), (call.CallId, call.Arguments!["city"]?.ToString()));
        Assert.Single(updates.ToChatResponse().Messages);
    }

    [Fact]
    public async Task Calls_written_by_turns_are_told_apart()
    {
        var updates = await Hear(Of(Created, Added(0, Call("a", "one", "")), Added(1, Call("b", "two", "")), Piece(0, "{"), Piece(1, "{\"x\""), Piece(0, "}"), Piece(1, ":1}"),
            Completed(Call("a", "one", "{}"), Call("b", "two", "{\"x\":1}"))), Deltas);

        Assert.Equal([("a", "{}"), ("b", "{\"x\":1}")], Pieces(updates).GroupBy(piece => piece.CallId).Select(call => (call.Key, string.Concat(call.Select(piece => piece.Arguments)))));
    }

    [Fact]
    public async Task A_piece_reaches_the_reader_before_the_next_one_is_sent()
    {
        using var fake = new FakeOpenRouter(r => r.Call("look").Arguments("{\"city\":").Wait(TimeSpan.FromMinutes(2)).Arguments("\"Oslo\"}"));
        var client = Client(fake);

        await using var updates = client.GetStreamingResponseAsync("q").GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await updates.MoveNextAsync());

        Assert.Equal("{\"city\":", updates.Current.GetFunctionCallDelta()?.Arguments);
        Assert.Equal(TimeSpan.Zero, fake.Waited);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_call_is_run_once(bool approvalOfAnother)
    {
        using var fake = new FakeOpenRouter(r => r.Call("look").Arguments("{\"city\":", "\"Oslo\"}").Call("look").Arguments("{\"city\":", "\"Rome\"}"), r => r.Say("Done."));
        var cities = new List<string>();
        AITool look = AIFunctionFactory.Create((string city) => { cities.Add(city); return "rain"; }, "look");
        using var agent = Client(fake).AsBuilder().UseFunctionInvocation().Build();

        var updates = await agent.GetStreamingResponseAsync("q", new() { Tools = approvalOfAnother ? [look, new ApprovalRequiredAIFunction(AIFunctionFactory.Create(() => 1, "other"))] : [look] }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["Oslo", "Rome"], cities);
        Assert.Equal("Done.", updates.ToChatResponse().Text);
        Assert.Equal(2, fake.LastRequest.Json.GetProperty("input").EnumerateArray().Count(item => item.GetProperty("type").GetString() == "function_call"));
        Assert.Equal("{\"city\":\"Oslo\"}{\"city\":\"Rome\"}", string.Concat(Pieces(updates).Select(piece => piece.Arguments)));
    }

    [Fact]
    public async Task Nobody_sees_pieces_who_did_not_ask()
    {
        var updates = await Hear(Of(Created, Added(0, Call("a", "look", "")), Piece(0, "{}"), Completed(Call("a", "look", "{}"))));

        Assert.Empty(Pieces(updates));
        Assert.All(updates, update => Assert.NotEmpty(update.Contents));
    }

    [Fact]
    public async Task With_raw_events_a_piece_holds_its_event()
    {
        var updates = await Hear(Of(Created, Added(0, Call("a", "look", "")), Piece(0, "{}"), Completed(Call("a", "look", "{}"))), options => options.RawEvents = options.FunctionCallDeltas = true);

        Assert.Equal("{}", Assert.Single(Pieces(updates)).RawEvent?.GetProperty("delta").GetString());
        Assert.All(updates.Where(update => update.GetFunctionCallDelta() is null), update => Assert.IsType<JsonElement>(update.RawRepresentation));
    }

    [Fact]
    public async Task Pieces_that_belong_to_no_call_are_none()
    {
        var updates = await Hear(Of(Created, Piece(4, "{}"), Delta("Hi"), Completed(Message("Hi"))), Deltas);

        Assert.Empty(Pieces(updates));
    }

    private static void Deltas(OpenRouterOptions options) => options.FunctionCallDeltas = true;

    private static OpenRouterChatClient Client(FakeOpenRouter fake) => new(new OpenRouterOptions { Model = "openai/o4-mini", FunctionCallDeltas = true, TimeProvider = fake.Clock }, fake.CreateClient());

    private static List<OpenRouterFunctionCallDelta> Pieces(IEnumerable<ChatResponseUpdate> updates) => [.. updates.Select(update => update.GetFunctionCallDelta()).OfType<OpenRouterFunctionCallDelta>()];

    private static string Piece(int index, string text) => $$"""{"type":"response.function_call_arguments.delta","output_index":{{index}},"delta":{{JsonSerializer.Serialize(text)}} }""";
}

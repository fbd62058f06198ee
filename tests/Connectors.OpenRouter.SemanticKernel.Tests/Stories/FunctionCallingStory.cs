using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

public class FunctionCallingStory
{
    private static readonly OpenRouterPromptExecutionSettings Auto = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
    private static readonly OpenRouterPromptExecutionSettings Manual = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(autoInvoke: false) };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Functions_are_called_through_the_filters_and_the_thinking_goes_along(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            r => r.Think("I need the weather.").Say("Let me see.").Call("Weather_Get", new { city = "Oslo" }).Call("Weather_Get", new { city = "Rome" }),
            r => r.Think("Rain there.").Say("Umbrella in Oslo."));
        var gate = Filters.Gate();
        var history = new ChatHistory("Umbrella?");

        var answer = await Kernels.Over(fake, filters: gate.Filter).TurnAsync(history, streaming, Auto);

        Assert.Equal("Umbrella in Oslo.", answer.Content);
        Assert.Equal(["Weather.Get(Oslo) = rain", "Weather.Get(Rome) = sun"], gate.Passed);
        Assert.Equal(["rain", "sun"], Outputs(fake, "output"));
        Assert.Equal(["reasoning", "message", "function_call", "function_call", "function_call_output", "function_call_output"],
            fake.LastRequest.Json.GetProperty("input").EnumerateArray().Skip(1).Select(item => item.GetProperty("type").GetString()));
        Assert.Equal("I need the weather.", fake.LastRequest["input.1.summary.0.text"]);
        Assert.NotNull(fake.LastRequest["input.1.encrypted_content"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_history_holds_each_round_once_with_its_thinking(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            r => r.Think("Oslo first.").Call("Weather_Get", new { city = "Oslo" }),
            r => r.Think("Rome next.").Call("Weather_Get", new { city = "Rome" }),
            r => r.Say("Rain and sun."));
        var history = new ChatHistory();
        history.AddUserMessage("Oslo and Rome?");

        await Kernels.Over(fake).TurnAsync(history, streaming, Auto);

        Assert.Equal(["user", "assistant", "tool", "assistant", "tool", "assistant"], history.Select(message => message.Role.Label));
        Assert.Equal(["Reasoning", "FunctionCall"], history[1].Kinds());
        Assert.Equal("Oslo first.", history[1].GetReasoningText());
        var call = Assert.Single(FunctionCallContent.GetFunctionCalls(history[3]));
        Assert.Equal(("Weather", "Get", "Rome"), (call.PluginName, call.FunctionName, call.Arguments?["city"]?.ToString()));
        var result = Assert.IsType<FunctionResultContent>(history[4].Items[0]);
        Assert.Equal(("Weather", "Get", call.Id), (result.PluginName, result.FunctionName, result.CallId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pieces_of_streamed_arguments_make_the_whole_call(bool isBuiltByHand)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get").Arguments("{\"ci", "ty\":", "\"Oslo\"}").Call("Weather_Get").Arguments("{\"city\":\"Ro", "me\"}"));
        var kernel = Kernels.Over(fake, configure: o => o.FunctionCallDeltas = true);
        var chunks = await kernel.StreamAsync(new("Oslo and Rome?"), Manual);
        var builder = new FunctionCallContentBuilder();
        chunks.ForEach(builder.Append);

        var calls = isBuiltByHand ? builder.Build() : FunctionCallContent.GetFunctionCalls(chunks.ToChatMessageContent()).ToList();

        Assert.Equal([("Weather", "Get", "Oslo"), ("Weather", "Get", "Rome")], calls.Select(call => (call.PluginName, call.FunctionName, call.Arguments?["city"]?.ToString())));
        Assert.All(calls, call => Assert.Null(call.Exception));
        Assert.Equal(2, calls.Select(call => call.Id).Distinct().Count());
        Assert.True(chunks.SelectMany(chunk => chunk.Items).OfType<StreamingFunctionCallUpdateContent>().Count(piece => piece.Arguments is { Length: > 0 }) >= 5);
    }

    [Fact]
    public async Task Functions_whose_arguments_stream_run_once()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get").Arguments("{\"city\":", "\"Oslo\"}"), r => r.Call("Weather_Get").Arguments("{\"city\":", "\"Rome\"}"), r => r.Say("Rain and sun."));
        var gate = Filters.Gate();

        var answer = await Kernels.Over(fake, configure: o => o.FunctionCallDeltas = true, filters: gate.Filter).TurnAsync(new("Oslo and Rome?"), streaming: true, Auto);

        Assert.Equal(("Rain and sun.", 2), (answer.Content, gate.Passed.Count));
        Assert.Equal(["Weather.Get(Oslo) = rain", "Weather.Get(Rome) = sun"], gate.Passed);
    }

    [Fact]
    public async Task A_round_is_in_the_history_before_the_next_chunk_comes()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."));
        var kernel = Kernels.Over(fake);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        var sizes = new List<int>();

        await foreach (var chunk in kernel.Chat().GetStreamingChatMessageContentsAsync(history, Auto, kernel))
            if (chunk.Content is { Length: > 0 })
                sizes.Add(history.Count);

        Assert.All(sizes, size => Assert.Equal(3, size));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_cost_of_all_rounds_adds_up(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }).Usage(cost: 0.001m), r => r.Say("Rain.").Usage(cost: 0.002m));

        var answer = await Kernels.Over(fake).TurnAsync(new("Oslo?"), streaming, Auto);

        Assert.Equal(0.003m, answer.Metadata!["Cost"]);
    }

    /// <summary>Providers cache what they have seen: a history that is written otherwise than it was said costs money.</summary>
    [Theory]
    [InlineData(true, false, FakeThinking.Summary)]
    [InlineData(false, false, FakeThinking.Summary)]
    [InlineData(true, true, FakeThinking.Summary)]
    [InlineData(true, true, FakeThinking.Anthropic)]
    [InlineData(false, true, FakeThinking.Anthropic)]
    public async Task The_next_turn_begins_with_the_very_bytes_of_the_last_one(bool streaming, bool saved, FakeThinking style)
    {
        using var fake = new FakeOpenRouter(
            r => r.Think("Both.", style).Say("Wait.").Call("Weather_Get", """{ "city" : "Oslo", "days":1.0 }""").Call("Weather_Station", new { city = "Köln" }),
            r => r.Think("So.", style).Say("Rain and sun."),
            r => r.Say("Quite."))
        { Strict = true };
        var kernel = Kernels.Over(fake, style == FakeThinking.Anthropic ? "anthropic/claude-opus-5" : Kernels.Model);
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo and Rome?");

        await kernel.TurnAsync(history, streaming, Auto);
        if (saved)
            history = history.ThroughJson();
        history.AddUserMessage("Sure?");
        await kernel.TurnAsync(history, streaming, Auto);

        var before = Input(fake.Requests[1]);
        Assert.Equal(before, Input(fake.Requests[2]).Take(before.Count));
        static List<string> Input(FakeRequest request) => [.. request.Json.GetProperty("input").EnumerateArray().Select(item => item.GetRawText())];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_filter_may_end_the_loop_between_two_calls_and_the_conversation_goes_on(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            r => r.Think("Both.").Call("Weather_Get", new { city = "Oslo" }, "call_1").Call("Weather_Get", new { city = "Rome" }, "call_2"),
            r => r.Say("Then no."))
        { Strict = true };
        var gate = Filters.Gate(terminate: true);
        var kernel = Kernels.Over(fake, filters: gate.Filter);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo and Rome?");

        await kernel.TurnAsync(history, streaming, Auto);
        history.AddUserMessage("Never mind.");
        var answer = await kernel.TurnAsync(history, streaming, Auto);

        Assert.Single(gate.Passed);
        Assert.Equal("Then no.", answer.Content);
        Assert.Equal(["call_1", "call_2"], Outputs(fake, "call_id"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_app_may_call_the_functions_itself(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            r => r.Think("Both.").Say("Wait.").Call("Weather_Get", new { city = "Oslo" }).Call("Weather_Get", new { city = "Rome" }),
            r => r.Say("Rain and sun."))
        { Strict = true };
        var kernel = Kernels.Over(fake);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo and Rome?");

        var asked = await kernel.TurnAsync(history, streaming, Manual);
        Assert.Equal(2, history.Count); // nobody but the app has written to it
        foreach (var call in FunctionCallContent.GetFunctionCalls(asked))
            history.Add((await call.InvokeAsync(kernel)).ToChatMessage());
        var answer = await kernel.TurnAsync(history, streaming, Manual);

        Assert.Equal(["Reasoning", "Text", "FunctionCall", "FunctionCall"], asked.Kinds());
        Assert.Equal("Rain and sun.", answer.Content);
        Assert.Equal(["rain", "sun"], Outputs(fake, "output"));
    }

    [Fact]
    public async Task Semantic_kernels_own_builder_keeps_parallel_calls_apart()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }, "call_1").Call("Weather_Get", new { city = "Rome" }, "call_2"));
        var kernel = Kernels.Over(fake);
        var builder = new FunctionCallContentBuilder();

        foreach (var chunk in await kernel.StreamAsync(new("Oslo and Rome?"), Manual))
            builder.Append(chunk);

        Assert.Equal([("call_1", "Weather", "Get", "Oslo"), ("call_2", "Weather", "Get", "Rome")],
            builder.Build().Select(call => (call.Id!, call.PluginName!, call.FunctionName, (string)call.Arguments!["city"]!)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_the_token_limit_cut_is_shown_with_its_error_and_not_run(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", "{\"city\": \"Os").RunOutOfTokens());
        var gate = Filters.Gate();

        var answer = await Kernels.Over(fake, filters: gate.Filter).TurnAsync(new("Oslo?"), streaming, Auto);

        Assert.NotNull(Assert.Single(FunctionCallContent.GetFunctionCalls(answer)).Exception);
        Assert.Empty(gate.Passed);
    }

    [Fact]
    public async Task A_history_of_another_connector_names_the_tools_as_they_are_declared()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Rain."));
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1", new() { ["city"] = "Oslo" })]));
        history.Add(new(AuthorRole.Tool, [new FunctionResultContent("Get", "Weather", "call_1", "rain")]));

        await Kernels.Over(fake).TurnAsync(history, streaming: false, Auto);

        Assert.Equal("Weather_Get", fake.LastRequest["input.1.name"]);
        Assert.Equal("Weather_Get", fake.LastRequest["tools.0.name"]);
    }

    [Fact]
    public async Task After_a_filter_ended_the_loop_the_history_has_all_and_the_chunks_end_with_the_result()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }));
        var kernel = Kernels.Over(fake, filters: Filters.Gate(terminate: true).Filter);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");

        var chunks = await kernel.StreamAsync(history, Auto);

        Assert.Equal((AuthorRole.Tool, "rain"), (chunks[^1].Role, chunks[^1].Content));
        Assert.Equal(["user", "assistant", "tool"], history.Select(message => message.Role.Label));
        Assert.Equal(["FunctionResult", "Text"], chunks.ToChatMessageContent().Kinds());
    }

    private static IEnumerable<string?> Outputs(FakeOpenRouter fake, string member) => fake.LastRequest.Json.GetProperty("input").EnumerateArray()
        .Where(item => item.GetProperty("type").GetString() == "function_call_output").Select(item => item.GetProperty(member).GetString());
}

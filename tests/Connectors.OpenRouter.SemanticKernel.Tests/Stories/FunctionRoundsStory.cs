using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>Functions run only where there are functions to run and somebody asked for that; filters see what is the caller's own.</summary>
public class FunctionRoundsStory
{
    private static OpenRouterPromptExecutionSettings With(FunctionChoiceBehavior? behavior) => new() { FunctionChoiceBehavior = behavior };

    public static TheoryData<string, bool> Uninvited() => new()
    {
        { "no settings", false }, { "no settings", true }, { "none", false }, { "none", true }, { "raw tools", false }, { "raw tools", true }, { "no kernel", false }, { "no kernel", true }, { "no functions", false },
    };

    [Theory]
    [MemberData(nameof(Uninvited))]
    public async Task A_call_that_nobody_asked_to_run_goes_to_the_caller_after_one_request(string why, bool streaming)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Call("Weather_Get", new { city = "Oslo" }));
        var kernel = Kernels.Over(fake);
        if (why == "no functions")
            kernel.Plugins.Clear();
        PromptExecutionSettings? settings = why switch
        {
            "none" => With(FunctionChoiceBehavior.None()),
            "no functions" => With(FunctionChoiceBehavior.Auto()),
            "raw tools" => new() { ExtensionData = new Dictionary<string, object> { ["tools"] = JsonElement.Parse("""[{"type":"function","name":"Weather_Get","parameters":{"type":"object","properties":{}}}]""") } },
            _ => null,
        };
        var history = new ChatHistory("Oslo?");

        var answer = streaming
            ? (await Collected(kernel.Chat().GetStreamingChatMessageContentsAsync(history, settings, why == "no kernel" ? null : kernel))).ToChatMessageContent()
            : await kernel.Chat().GetChatMessageContentAsync(history, settings, why == "no kernel" ? null : kernel);

        Assert.Single(fake.Requests);
        Assert.Single(FunctionCallContent.GetFunctionCalls(answer));
        Assert.Single(history);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_required_call_is_required_once(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."));

        var answer = await Kernels.Over(fake).TurnAsync(new("Oslo?"), streaming, With(FunctionChoiceBehavior.Required()));

        Assert.Equal("Rain.", answer.Content);
        Assert.Equal(["required", "none"], fake.Requests.Select(request => request["tool_choice"]));
        Assert.Equal(fake.Requests[0].Json.GetProperty("tools").GetRawText(), fake.Requests[1].Json.GetProperty("tools").GetRawText()); // or prompt caches miss
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_filter_sees_the_callers_own_settings_and_history(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Wait.").Call("Weather_Get", new { city = "Oslo" }, "call_1").Call("Weather_Get", new { city = "Rome" }, "call_2"), r => r.Say("Rain and sun."));
        var settings = With(FunctionChoiceBehavior.Auto());
        var history = new ChatHistory("Oslo and Rome?");
        var seen = new List<string>();
        var kernel = Kernels.Over(fake, filters: Filters.After(context =>
        {
            Assert.Same(history, context.ChatHistory);
            Assert.Same(settings, context.ExecutionSettings);
            Assert.Equal(streaming, context.IsStreaming);
            seen.Add($"{context.RequestSequenceIndex} {context.FunctionSequenceIndex}/{context.FunctionCount} {context.ToolCallId} {context.Arguments!["city"]!.GetType().Name} {context.ChatMessageContent.Content} {history.Last().Role}");
        }));

        await kernel.TurnAsync(history, streaming, settings);

        Assert.Equal(["0 0/2 call_1 String Wait. assistant", "0 1/2 call_2 String Wait. tool"], seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_filter_changes_in_the_history_counts(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."));
        var history = new ChatHistory();
        history.AddUserMessage("My secret is 4711. Oslo?");
        var kernel = Kernels.Over(fake, filters: Filters.After(context => context.ChatHistory[0] = new(AuthorRole.User, "Oslo?")));

        await kernel.TurnAsync(history, streaming, With(FunctionChoiceBehavior.Auto()));

        Assert.DoesNotContain("4711", fake.LastRequest.Body, StringComparison.Ordinal);
        Assert.Equal("Oslo?", fake.LastRequest.UserText);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_filters_result_is_what_the_model_is_told(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Snow."));
        var filter = Filters.Instead(context => context.Result = new FunctionResult(context.Result, "snow"));

        await Kernels.Over(fake, filters: filter).TurnAsync(new("Oslo?"), streaming, With(FunctionChoiceBehavior.Auto()));

        Assert.Equal("snow", fake.LastRequest.ToolOutput("Weather_Get"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_a_filter_ends_the_rounds_the_result_is_the_answer(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Call("Weather_Get", new { city = "Oslo" }, "call_1"), r => r.Say("Well.")) { Strict = true };
        var kernel = Kernels.Over(fake, filters: Filters.After(context => context.Terminate = true));
        var history = new ChatHistory("Oslo?");

        var answer = await kernel.TurnAsync(history, streaming, With(FunctionChoiceBehavior.Auto()));

        Assert.Single(fake.Requests);
        Assert.Equal((AuthorRole.Tool, "rain", "rain"), (answer.Role, answer.Content, answer.ToString()));
        Assert.Equal("rain", Assert.Single(answer.Items.OfType<Microsoft.SemanticKernel.FunctionResultContent>()).Result);
        Assert.NotNull(answer.Metadata!["Usage"]);

        history.AddUserMessage("And now?"); // the app has added the answer, which the history had already: it is sent once
        await kernel.TurnAsync(history, streaming, With(null));
        Assert.Equal(1, fake.LastRequest.Json.GetProperty("input").EnumerateArray().Count(item => item.GetProperty("type").ValueEquals("function_call_output")));
        Assert.DoesNotContain(fake.LastRequest.Json.GetProperty("input").EnumerateArray(), item => item.GetProperty("type").ValueEquals("message") && item.GetRawText().Contains("rain", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_prompt_whose_rounds_a_filter_ended_returns_the_result()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Call("Weather_Get", new { city = "Oslo" }));
        var kernel = Kernels.Over(fake, filters: Filters.After(context => context.Terminate = true));
        var arguments = new KernelArguments(With(FunctionChoiceBehavior.Auto()));

        var words = "";
        await foreach (var word in kernel.InvokePromptStreamingAsync<string>("Oslo?", arguments))
            words += word;

        Assert.Equal("rain", (await kernel.InvokePromptAsync("Oslo?", arguments)).ToString());
        Assert.Equal("rain", words);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task Calls_run_side_by_side_where_that_is_allowed(bool allowed, bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Slow_Get", "{}", "call_1").Call("Slow_Get", "{}", "call_2"), r => r.Say("Done."));
        var kernel = Kernels.Over(fake);
        var (running, most) = (0, 0);
        var both = new TaskCompletionSource();
        kernel.ImportPluginFromFunctions("Slow", [KernelFunctionFactory.CreateFromMethod(async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            if (running == 2)
                both.TrySetResult();
            if (allowed)
                await both.Task;
            else
                await Task.Yield();
            Interlocked.Decrement(ref running);
            return "ok";
        }, "Get")]);

        await kernel.TurnAsync(new("?"), streaming, With(FunctionChoiceBehavior.Auto(options: new() { AllowConcurrentInvocation = allowed, AllowParallelCalls = true })));

        Assert.Equal(allowed ? 2 : 1, most);
        Assert.Equal("True", fake.LastRequest["parallel_tool_calls"], ignoreCase: true);
    }

    [Fact]
    public async Task Strict_schemas_are_asked_for_where_that_is_said()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Well."));
        var kernel = Kernels.Over(fake);

        await kernel.TurnAsync(new("?"), streaming: false, With(FunctionChoiceBehavior.Auto(options: new() { AllowStrictSchemaAdherence = true })));
        var strict = fake.LastRequest.Json.GetProperty("tools")[0];
        await kernel.TurnAsync(new("?"), streaming: false, With(FunctionChoiceBehavior.Auto()));

        Assert.True(strict.GetProperty("strict").GetBoolean());
        Assert.False(strict.GetProperty("parameters").GetProperty("additionalProperties").GetBoolean());
        Assert.False(fake.LastRequest.Json.GetProperty("tools")[0].TryGetProperty("strict", out _));
    }

    [Theory]
    [InlineData("Weather_Get", "{\"city\": \"Os", "Error: Function call processing failed")]
    [InlineData("Weather_Nothing", "{}", "Error: Function call request for a function that wasn't defined")]
    [InlineData("Broken_Get", "{}", "Error: Exception while invoking function. no station")]
    public async Task A_model_is_told_what_became_of_a_call_that_failed(string function, string arguments, string told)
    {
        var call = JsonSerializer.Serialize(new { type = "function_call", call_id = "call_1", name = function, arguments });
        using var fake = new FakeOpenRouter(r => r.Item(call), r => r.Say("Sorry."));
        var kernel = Kernels.Over(fake);
        kernel.ImportPluginFromFunctions("Broken", [KernelFunctionFactory.CreateFromMethod(string () => throw new InvalidOperationException("no station"), "Get")]);

        var answer = await kernel.TurnAsync(new("Oslo?"), streaming: false, With(FunctionChoiceBehavior.Auto()));

        Assert.Equal("Sorry.", answer.Content);
        Assert.StartsWith(told, fake.LastRequest.Json.GetProperty("input").EnumerateArray().Single(item => item.GetProperty("type").ValueEquals("function_call_output")).GetProperty("output").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Only the kernel's functions can be run here. What else the request offers is the caller's to run, and so is what was called beside it.</summary>
    [Theory]
    [InlineData("tools", "Lamp_Set", true)]
    [InlineData("tools", "Lamp_Set", false)]
    [InlineData("namespace", "Lamp_Set", false)]
    public async Task A_call_of_a_tool_that_the_request_itself_offered_goes_to_the_caller(string where, string tool, bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Call("Weather_Get", new { city = "Rome" }, "call_2").Call(tool, "{}", "call_3"), r => r.Say("Done."));
        var function = """{"type":"function","name":"TOOL","parameters":{"type":"object","properties":{}}}""".Replace("TOOL", tool, StringComparison.Ordinal);
        var tools = where == "namespace" ? """[{"type":"namespace","name":"lights","description":"Lights.","tools":[FUNCTION]}]""".Replace("FUNCTION", function, StringComparison.Ordinal) : $"[{function}]";
        var settings = With(FunctionChoiceBehavior.Auto());
        settings.ExtensionData = new Dictionary<string, object> { ["tools"] = JsonElement.Parse(tools) };
        var (filter, passed) = Filters.Gate();
        var kernel = Kernels.Over(fake, filters: filter);
        var history = new ChatHistory("Light, if it rains in Oslo.");

        var answer = await kernel.TurnAsync(history, streaming, settings);

        Assert.Equal(2, fake.Requests.Count);
        Assert.Equal(["Weather.Get(Oslo) = rain"], passed);
        Assert.Equal(["call_2", "call_3"], FunctionCallContent.GetFunctionCalls(answer).Select(call => call.Id));
        history.Add(new(AuthorRole.Tool, [new Microsoft.SemanticKernel.FunctionResultContent("Get", "Weather", "call_2", "sun"), new Microsoft.SemanticKernel.FunctionResultContent(tool, callId: "call_3", result: "lit")]));
        Assert.Equal("Done.", (await kernel.TurnAsync(history, streaming, settings)).Content);
        Assert.Equal("lit", fake.LastRequest.ToolOutput(tool));
    }

    [Fact]
    public async Task Tools_that_take_the_place_of_the_kernels_are_the_callers_to_run()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Call("Lamp_Set", "{}"));
        var settings = With(FunctionChoiceBehavior.Auto());
        settings.ExtensionData = new Dictionary<string, object> { ["extra_body"] = JsonElement.Parse("""{"tools":[{"type":"function","name":"Lamp_Set","parameters":{"type":"object","properties":{}}}]}""") };

        var answer = await Kernels.Over(fake).TurnAsync(new("Light!"), streaming: false, settings);

        Assert.Single(fake.Requests);
        Assert.Equal("Lamp_Set", Assert.Single(FunctionCallContent.GetFunctionCalls(answer)).FunctionName);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Warnings_of_every_round_are_told_of_the_answer(bool streaming, bool ended)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", "{}{}"), r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."));
        var kernel = Kernels.Over(fake, filters: Filters.After(context => context.Terminate = ended));
        var settings = With(FunctionChoiceBehavior.Auto());
        settings.Seed = 7;
        var history = new ChatHistory("Oslo?");

        var (answer, last) = (default(ChatMessageContent)!, default(IReadOnlyDictionary<string, object?>));
        if (streaming)
        {
            var chunks = await kernel.StreamAsync(history, settings);
            (answer, last) = (chunks.ToChatMessageContent(), chunks[^1].Metadata);
        }
        else
            last = (answer = await kernel.TurnAsync(history, streaming: false, settings)).Metadata;

        Assert.All([answer.Metadata, last], facts =>
        {
            var warnings = ((IEnumerable<string>)facts!["Warnings"]!).ToList();
            Assert.Contains(warnings, warning => warning.Contains("`Weather_Get`", StringComparison.Ordinal) && warning.Contains("could not be read", StringComparison.Ordinal));
            Assert.Single(warnings, warning => warning.Contains("Seed", StringComparison.Ordinal)); // said in each round
        });
        Assert.Equal((IEnumerable<string>)answer.Metadata!["Warnings"]!, ((ChatResponse)answer.InnerContent!).GetOpenRouter().Warnings);
    }

    [Theory]
    [InlineData("{}{\"city\":\"Oslo\"}", true)]
    [InlineData("{}{\"city\":\"Oslo\"}", false)]
    [InlineData("[1]", true)]
    [InlineData("[1]", false)]
    public async Task Arguments_that_could_not_be_read_never_go_back_to_the_service(string arguments, bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", arguments), r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."), r => r.Say("Sure."));
        var kernel = Kernels.Over(fake);
        var history = new ChatHistory("Oslo?");

        var answer = await kernel.TurnAsync(history, streaming, With(FunctionChoiceBehavior.Auto()));
        history.AddUserMessage("Sure?");
        await kernel.TurnAsync(history.ThroughJson(), streaming, With(FunctionChoiceBehavior.Auto()));

        Assert.Equal("Rain.", answer.Content);
        Assert.All(fake.Requests.SelectMany(request => request.Json.GetProperty("input").EnumerateArray()).Where(item => item.GetProperty("type").ValueEquals("function_call")),
            call => Assert.Equal(JsonValueKind.Object, JsonElement.Parse(call.GetProperty("arguments").GetString()!).ValueKind));
        Assert.Equal(["{}", """{"city":"Oslo"}"""], fake.LastRequest.Json.GetProperty("input").EnumerateArray().Where(item => item.GetProperty("type").ValueEquals("function_call")).Select(call => call.GetProperty("arguments").GetString()));
    }

    [Fact]
    public async Task A_model_that_cannot_write_its_arguments_is_not_asked_for_ever()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Call("Weather_Get", "{\"city\": \"Os"));

        var answer = await Kernels.Over(fake).TurnAsync(new("Oslo?"), streaming: false, With(FunctionChoiceBehavior.Auto()));

        Assert.Equal(4, fake.Requests.Count);
        Assert.NotNull(Assert.Single(FunctionCallContent.GetFunctionCalls(answer)).Exception);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_that_always_calls_is_stopped_after_128_rounds(bool streaming)
    {
        var ran = 0;
        using var fake = new FakeOpenRouter().Otherwise(r => r.Call("Weather_Get", new { city = "Oslo" }));

        var answer = await Kernels.Over(fake, filters: Filters.After(_ => ran++)).TurnAsync(new("Oslo?"), streaming, With(FunctionChoiceBehavior.Auto()));

        Assert.Equal((128, 129), (ran, fake.Requests.Count));
        Assert.Single(FunctionCallContent.GetFunctionCalls(answer)); // the caller's to run, or not
    }

    [Fact]
    public async Task A_cancellation_in_a_function_ends_the_question()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Call("Stop_Get", "{}"));
        using var stop = new CancellationTokenSource();
        var kernel = Kernels.Over(fake);
        kernel.ImportPluginFromFunctions("Stop", [KernelFunctionFactory.CreateFromMethod(void (CancellationToken token) =>
        {
            stop.Cancel();
            token.ThrowIfCancellationRequested();
        }, "Get")]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => kernel.Chat().GetChatMessageContentAsync(new ChatHistory("?"), With(FunctionChoiceBehavior.Auto()), kernel, stop.Token));

        Assert.Single(fake.Requests);
    }

    private static async Task<List<StreamingChatMessageContent>> Collected(IAsyncEnumerable<StreamingChatMessageContent> chunks)
    {
        var all = new List<StreamingChatMessageContent>();
        await foreach (var chunk in chunks)
            all.Add(chunk);
        return all;
    }
}

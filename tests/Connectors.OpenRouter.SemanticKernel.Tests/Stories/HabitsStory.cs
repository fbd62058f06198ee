using System.Diagnostics.Metrics;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using Microsoft.SemanticKernel.TextGeneration;
using OpenAI.Chat;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>What apps count on with Semantic Kernel's own connectors: the same program on its OpenAI connector and on ours.</summary>
public class HabitsStory
{
    private static readonly Turn CallOslo = Turn.Call("Weather", "Get", """{"city":"Oslo"}"""), Rain = new("It rains."),
        CallBoth = new(null, ("Weather", "Get", """{"city":"Oslo"}"""), ("Weather", "Get", """{"city":"Rome"}"""));

    public static TheoryData<string, bool> Sides() => new() { { "Theirs", false }, { "Theirs", true }, { "Ours", false }, { "Ours", true } };

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Filters_run_in_their_order_and_each_around_the_next(string name, bool streaming)
    {
        using var side = new AppSide(name, CallOslo, Rain);
        var log = new List<string>();
        foreach (var who in new[] { "first", "second" })
            side.Kernel.AutoFunctionInvocationFilters.Add(Filters.Around(async (context, next) =>
            {
                log.Add($"{who} {context.IsStreaming}");
                await next(context);
                log.Add($"{who} {context.Result}");
            }));

        await side.Kernel.TurnAsync(new("Oslo?"), streaming, side.Settings(FunctionChoiceBehavior.Auto()));

        Assert.Equal([$"first {streaming}", $"second {streaming}", "second rain", "first rain"], log);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_filter_may_change_the_arguments(string name, bool streaming)
    {
        using var side = new AppSide(name, CallOslo, Rain);
        side.Kernel.AutoFunctionInvocationFilters.Add(Filters.Around((context, next) =>
        {
            context.Arguments!["city"] = "Rome";
            return next(context);
        }));

        await side.Kernel.TurnAsync(new("Oslo?"), streaming, side.Settings(FunctionChoiceBehavior.Auto()));

        Assert.Equal(["sun"], side.Results);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_filter_may_answer_for_a_function_that_failed(string name, bool streaming)
    {
        using var side = new AppSide(name, Turn.Call("Broken", "Get", "{}"), Rain);
        side.Kernel.ImportPluginFromFunctions("Broken", [KernelFunctionFactory.CreateFromMethod(string () => throw new InvalidOperationException("no station"), "Get")]);
        side.Kernel.AutoFunctionInvocationFilters.Add(Filters.Around(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (InvalidOperationException failure)
            {
                context.Result = new FunctionResult(context.Result, $"told of: {failure.Message}");
            }
        }));

        await side.Kernel.TurnAsync(new("Oslo?"), streaming, side.Settings(FunctionChoiceBehavior.Auto()));

        Assert.Equal(["told of: no station"], side.Results);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_filter_may_end_the_rounds_before_anything_ran(string name, bool streaming)
    {
        using var side = new AppSide(name, CallBoth);
        var ran = 0;
        side.Kernel.FunctionInvocationFilters.Add(Filters.AfterAny(_ => ran++));
        side.Kernel.AutoFunctionInvocationFilters.Add(Filters.Instead(context => context.Terminate = true));

        var answer = await side.Kernel.TurnAsync(new("Oslo?"), streaming, side.Settings(FunctionChoiceBehavior.Auto()));

        Assert.Equal((0, 1), (ran, side.Asked));
        Assert.Equal("", answer.Content ?? "");
    }

    [Theory]
    [InlineData("Theirs", false)]
    [InlineData("Theirs", true)]
    [InlineData("Ours", false)]
    [InlineData("Ours", true)]
    public async Task The_settings_of_a_prompt_reach_its_filters(string name, bool streaming)
    {
        using var side = new AppSide(name, CallOslo, Rain);
        var settings = side.Settings(FunctionChoiceBehavior.Auto());
        settings.ServiceId = null;
        PromptExecutionSettings? seen = null;
        side.Kernel.AutoFunctionInvocationFilters.Add(Filters.After(context => seen = context.ExecutionSettings));

        if (streaming)
            await side.Kernel.InvokePromptStreamingAsync("Oslo?", new(settings)).ToListAsync();
        else
            await side.Kernel.InvokePromptAsync("Oslo?", new(settings));

        Assert.Same(settings.GetType(), seen!.GetType());
        Assert.Same(settings.FunctionChoiceBehavior, seen.FunctionChoiceBehavior);
    }

    [Fact]
    public async Task Filters_of_the_services_count_as_those_of_the_kernel()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."));
        var (filter, passed) = Filters.Gate();
        var builder = Kernel.CreateBuilder().AddOpenRouterChatCompletion("author/model", httpClient: fake.CreateClient());
        builder.Services.AddSingleton(filter);
        builder.Plugins.AddFromType<Kernels.Weather>();

        await builder.Build().InvokePromptAsync("Oslo?", new(new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }));

        Assert.Equal(["Weather.Get(Oslo) = rain"], passed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_function_without_parameters_runs_when_the_model_writes_no_arguments(bool streaming)
    {
        using var side = new AppSide("Ours", Turn.Call("Clock", "Now", ""), Rain);
        side.Kernel.ImportPluginFromFunctions("Clock", [KernelFunctionFactory.CreateFromMethod(() => "noon", "Now")]);

        await side.Kernel.TurnAsync(new("When?"), streaming, side.Settings(FunctionChoiceBehavior.Auto()));

        Assert.Equal(["noon"], side.Results);
    }

    [Theory]
    [InlineData("Theirs", false)]
    [InlineData("Theirs", true)]
    [InlineData("Ours", false)]
    [InlineData("Ours", true)]
    public async Task Results_may_come_in_one_message_or_in_several(string name, bool together)
    {
        using var side = new AppSide(name, Rain);
        var history = new ChatHistory("Oslo and Rome?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1", new() { ["city"] = "Oslo" }), new FunctionCallContent("Get", "Weather", "call_2", new() { ["city"] = "Rome" })]));
        var results = new[] { new FunctionResultContent("Get", "Weather", "call_1", "rain"), new FunctionResultContent("Get", "Weather", "call_2", "sun") };
        if (together)
            history.Add(new(AuthorRole.Tool, [.. results]));
        else
            history.AddRange(results.Select(result => result.ToChatMessage()));

        await side.Kernel.TurnAsync(history, streaming: false, side.Settings(FunctionChoiceBehavior.Auto(autoInvoke: false)));

        Assert.Equal(["rain", "sun"], side.Results);
    }

    [Theory]
    [InlineData("Theirs")]
    [InlineData("Ours")]
    public async Task Without_a_behaviour_nothing_is_said_of_tools(string name)
    {
        using var side = new AppSide(name, Rain);

        await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, side.Settings());

        Assert.DoesNotContain(side.Request.EnumerateObject(), member => member.Name is "tools" or "tool_choice" or "parallel_tool_calls");
    }

    [Theory]
    [InlineData("Theirs")]
    [InlineData("Ours")]
    public async Task Prompts_that_are_blank_are_not_sent(string name)
    {
        using var side = new AppSide(name, Rain, Rain);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");

        await side.Kernel.TurnAsync(new(history), streaming: false, side.Settings(system: " ", developer: ""));
        Assert.DoesNotContain("system", side.Request.GetRawText(), StringComparison.Ordinal);
        Assert.False(side.Request.TryGetProperty("instructions", out _));
        await side.Kernel.TurnAsync(new(history), streaming: false, side.Settings(system: "", developer: "Be brief."));
        Assert.Contains("Be brief.", side.Request.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_stop_sequences_are_none_to_warn_of()
    {
        using var side = new AppSide("Ours", Rain);

        var answer = await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenRouterPromptExecutionSettings { StopSequences = [] });

        Assert.False(answer.Metadata!.ContainsKey("Warnings"));
    }

    /// <summary>Semantic Kernel's meters read what a prompt's answer says of its usage.</summary>
    [Theory]
    [InlineData("Theirs")]
    [InlineData("Ours")]
    public async Task The_meters_of_prompt_functions_count_tokens(string name)
    {
        using var side = new AppSide(name, Rain);
        var function = KernelFunctionFactory.CreateFromPrompt("Oslo?", side.Settings(), functionName: $"Metered{name}");
        var counted = new Dictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name.StartsWith("Microsoft.SemanticKernel", StringComparison.Ordinal)) self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>(Count);
        listener.SetMeasurementEventCallback<int>(Count);
        listener.Start();

        await side.Kernel.InvokeAsync(function);

        Assert.Contains(counted, pair => pair.Key.EndsWith("token_usage.prompt", StringComparison.Ordinal) && pair.Value > 0);
        Assert.Contains(counted, pair => pair.Key.EndsWith("token_usage.completion", StringComparison.Ordinal) && pair.Value > 0);

        void Count<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        {
            foreach (var tag in tags)
                if (Equals(tag.Value, $"Metered{name}"))
                    lock (counted)
                        counted[instrument.Name] = Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Theory]
    [InlineData("Theirs")]
    [InlineData("Ours")]
    public async Task Who_asks_for_a_text_gets_one(string name)
    {
        using var side = new AppSide(name, CallOslo, Rain, Rain);
        var service = side.Kernel.GetRequiredService<ITextGenerationService>();

        var text = await service.GetTextContentAsync("Oslo?", side.Settings(FunctionChoiceBehavior.Auto()), side.Kernel);
        Assert.Equal(("It rains.", "author/model", 2), (text.Text, text.ModelId, side.Asked));
        Assert.NotNull(text.Metadata!["Usage"]);
        Assert.Equal("author/model", service.Attributes["ModelId"]);

        var chunks = await service.GetStreamingTextContentsAsync("Oslo?").ToListAsync();
        Assert.Equal("It rains.", string.Concat(chunks.Select(chunk => chunk.Text)));
        Assert.All(chunks.Where(chunk => chunk.Text is { Length: > 0 }), chunk => Assert.Equal("author/model", chunk.ModelId));
        if (name == "Ours") // theirs makes a prompt without settings the system's
            Assert.Equal(["Oslo?"], side.UserWords);
    }

    [Fact]
    public async Task A_text_service_has_its_own_id_too()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        var services = new ServiceCollection();
        services.AddOpenRouterChatCompletion("author/smart", serviceId: "smart", httpClient: fake.CreateClient());
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("Hi.", (await provider.GetRequiredKeyedService<ITextGenerationService>("smart").GetTextContentAsync("hi")).Text);
        Assert.Null(provider.GetService<ITextGenerationService>());
    }

    /// <summary>What only Chat Completions has, left in the settings of the connector that knew it.</summary>
    [Fact]
    public async Task What_of_openais_settings_cannot_be_asked_here_is_told_by_name()
    {
        using var left = new AppSide("Left", Rain);

        var answer = await left.Kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenAIPromptExecutionSettings
        {
            WebSearchOptions = new ChatWebSearchOptions(),
            Audio = new ChatAudioOptions(ChatOutputAudioVoice.Alloy, ChatOutputAudioFormat.Mp3),
            TokenSelectionBiases = new Dictionary<int, int> { [1] = 2 },
            Store = true,
            Logprobs = true,
            TopLogprobs = 3,
        });

        var warnings = Assert.IsAssignableFrom<IReadOnlyList<string>>(answer.Metadata!["Warnings"]);
        foreach (var name in new[] { "web_search_options", "audio", "logit_bias", "store", "logprobs" })
            Assert.Contains(warnings, warning => warning.Contains(name, StringComparison.Ordinal));
        Assert.Equal(3, left.Request.GetProperty("top_logprobs").GetInt32());
        Assert.False(left.Request.TryGetProperty("store", out _));
    }

    [Theory]
    [InlineData("Theirs")]
    [InlineData("Left")]
    public async Task Extra_body_is_stronger_than_a_setting_and_dots_without_a_sign_are_a_name(string name)
    {
        using var side = new AppSide(name, Rain);

        await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenAIPromptExecutionSettings { Temperature = 0.1, ExtraBody = new Dictionary<string, object?> { ["temperature"] = 0.9, ["a.b"] = 1, ["nested"] = new Dictionary<string, object?> { ["c"] = true } } });

        Assert.Equal(0.9, side.Request.GetProperty("temperature").GetDouble(), 3);
        Assert.Equal(1, side.Request.GetProperty("a.b").GetInt32());
        Assert.True(side.Request.GetProperty("nested").GetProperty("c").GetBoolean());
    }

    [Theory]
    [InlineData("audio/wav", "wav")]
    [InlineData("audio/mp3", "mp3")]
    [InlineData("audio/mpeg", "mp3")]
    public async Task The_users_sound_reaches_the_model(string mimeType, string format)
    {
        using var fake = new FakeOpenRouter(r => r.Say("A bark."));
        var history = new ChatHistory();
        history.AddUserMessage([new TextContent("What is this?"), new AudioContent(new byte[] { 1, 2, 3 }, mimeType)]);

        await Kernels.Over(fake).TurnAsync(history, streaming: false);

        Assert.Equal(("input_audio", format, "AQID"), (fake.LastRequest["input.0.content.1.type"], fake.LastRequest["input.0.content.1.input_audio.format"], fake.LastRequest["input.0.content.1.input_audio.data"]));
    }

    [Fact]
    public async Task A_file_without_bytes_and_address_is_refused()
    {
        using var fake = new FakeOpenRouter();
        var history = new ChatHistory();
        history.AddUserMessage([new BinaryContent()]);

        Assert.Contains("BinaryContent", (await Assert.ThrowsAsync<NotSupportedException>(() => Kernels.Over(fake).TurnAsync(history, streaming: false))).Message, StringComparison.Ordinal);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task The_endpoint_that_was_given_is_asked_and_the_base_address_of_a_client_is_not()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        var seen = new Seen { InnerHandler = fake };
        using var http = new HttpClient(seen) { BaseAddress = new("https://elsewhere.test/") };
        var kernel = Kernel.CreateBuilder().AddOpenRouterChatCompletion("author/model", "key", new("https://eu.openrouter.ai/api/v1"), httpClient: http).Build();

        await kernel.Chat().GetChatMessageContentAsync("hi");

        Assert.Equal("https://eu.openrouter.ai/api/v1/responses", seen.Asked?.ToString());
        Assert.Equal("https://eu.openrouter.ai/api/v1", kernel.Chat().Attributes["Endpoint"]?.ToString()!.TrimEnd('/'));
    }

    [Theory]
    [InlineData("Theirs", false)]
    [InlineData("Ours", false)]
    [InlineData("Ours", true)]
    public async Task The_words_of_a_refusal_stand_in_the_metadata(string name, bool streaming)
    {
        if (name == "Theirs")
        {
            using var side = new AppSide(name, Rain);
            Assert.True((await side.Kernel.TurnAsync(new("?"), streaming)).Metadata!.ContainsKey("Refusal"));
            return;
        }
        using var fake = new FakeOpenRouter(r => r.Refuse("I cannot help with that."));

        var answer = await Kernels.Over(fake).TurnAsync(new("?"), streaming);

        Assert.Equal("I cannot help with that.", answer.Metadata!["Refusal"]);
    }

    private sealed class Seen : DelegatingHandler
    {
        public Uri? Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked = request.RequestUri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI.Chat;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>Settings of Semantic Kernel's OpenAI connector, left in an app that has switched: they mean what they meant, or are refused with what to write.</summary>
public class ForeignSettingsStory
{
    private static readonly Turn Asks = Turn.Call("Weather", "Get", """{"city":"Oslo"}"""), Says = new("Rain.");

    [Theory]
    [InlineData("Theirs")]
    [InlineData("Left")]
    public async Task ToolCallBehavior_calls_the_kernels_functions(string name)
    {
        using var side = new AppSide(name, Asks, Says);

        var answer = await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenAIPromptExecutionSettings { ToolCallBehavior = ToolCallBehavior.AutoInvokeKernelFunctions });

        Assert.Equal(("Rain.", 2), (answer.ToString(), side.Asked));
        Assert.Equal(["rain"], side.Results);
        Assert.Equal(["Weather_Get", "Weather_Station"], side.Offered);
    }

    [Theory]
    [InlineData("Theirs")]
    [InlineData("Left")]
    public async Task ToolCallBehavior_that_only_enables_leaves_the_calls_to_the_app(string name)
    {
        using var side = new AppSide(name, Asks);

        var answer = await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenAIPromptExecutionSettings { ToolCallBehavior = ToolCallBehavior.EnableKernelFunctions });

        Assert.Equal("Get", Assert.Single(FunctionCallContent.GetFunctionCalls(answer)).FunctionName);
        Assert.Equal(1, side.Asked);
    }

    [Theory]
    [InlineData("Theirs", false)]
    [InlineData("Left", false)]
    [InlineData("Theirs", true)]
    [InlineData("Left", true)]
    public async Task ToolCallBehavior_offers_the_functions_it_names(string name, bool required)
    {
        using var side = new AppSide(name, Asks, Says);
        var function = side.Kernel.Plugins["Weather"]["Get"].Metadata.ToOpenAIFunction();
        var settings = new OpenAIPromptExecutionSettings { ToolCallBehavior = required ? ToolCallBehavior.RequireFunction(function, autoInvoke: true) : ToolCallBehavior.EnableFunctions([function], autoInvoke: true) };

        var answer = await side.Kernel.TurnAsync(new("Oslo?"), streaming: true, settings);

        Assert.Equal(("Rain.", 2), (answer.ToString(), side.Asked));
        if (!required)
            Assert.Equal(["Weather_Get"], side.Offered);
        else
            Assert.Equal("none", side.Request.GetProperty("tool_choice").GetString()); // required once
    }

    [Theory]
    [InlineData("Theirs")]
    [InlineData("Left")]
    public async Task Two_behaviours_at_once_are_refused(string name)
    {
        using var side = new AppSide(name, Says);
        var settings = new OpenAIPromptExecutionSettings { ToolCallBehavior = ToolCallBehavior.AutoInvokeKernelFunctions, FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

        await Assert.ThrowsAsync<ArgumentException>(() => side.Kernel.TurnAsync(new("Oslo?"), streaming: false, settings));
    }

    [Fact]
    public async Task A_function_that_the_kernel_does_not_have_is_refused_by_name()
    {
        using var side = new AppSide("Left", Says);
        var function = KernelFunctionFactory.CreateFromMethod(() => "x", "lookup").Metadata.ToOpenAIFunction();

        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => side.Kernel.TurnAsync(new("?"), false, new OpenAIPromptExecutionSettings { ToolCallBehavior = ToolCallBehavior.EnableFunctions([function]) }));

        Assert.Contains("lookup", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("FunctionChoiceBehavior", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, side.Asked);
    }

    public static TheoryData<object, string> Formats() => new()
    {
        { ChatResponseFormat.CreateJsonObjectFormat(), """{"type":"json_object"}""" },
        { ChatResponseFormat.CreateJsonSchemaFormat("forecast", BinaryData.FromString("""{"type":"object","properties":{"celsius":{"type":"number"}}}"""), "How warm.", jsonSchemaIsStrict: false), """{"type":"json_schema","name":"forecast","description":"How warm.","schema":{"type":"object","properties":{"celsius":{"type":"number"}}},"strict":false}""" },
        { typeof(Forecast), """{"type":"json_schema","name":"Forecast","schema":{"type":"object","properties":{"City":{"type":"string"},"Celsius":{"type":"number"},"Sky":{"type":"string","enum":["Clear","Cloudy"]},"Days":{"type":["integer","null"]}},"required":["City","Celsius","Sky","Days"],"additionalProperties":false},"strict":true}""" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_response_format_of_openai_asks_for_the_same_here(object format, string sent)
    {
        using var theirs = new AppSide("Theirs", Says);
        using var left = new AppSide("Left", Says);
        foreach (var side in new[] { theirs, left })
            await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenAIPromptExecutionSettings { ResponseFormat = format });

        var (asked, there) = (left.Request.GetProperty("text").GetProperty("format"), theirs.Request.GetProperty("response_format"));
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(sent), asked), asked.GetRawText());
        if (there.TryGetProperty("json_schema", out var schema))
            Assert.True(JsonElement.DeepEquals(schema.GetProperty("schema"), asked.GetProperty("schema")), schema.GetRawText());
    }

    [Fact]
    public async Task A_text_format_of_openai_asks_for_no_json()
    {
        using var left = new AppSide("Left", Says);

        await left.Kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenAIPromptExecutionSettings { ResponseFormat = ChatResponseFormat.CreateTextFormat() });

        Assert.DoesNotContain("json_schema", left.Request.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Typed_efforts_and_modalities_are_their_words()
    {
        using var left = new AppSide("Left", Says);

        await left.Kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenAIPromptExecutionSettings { ReasoningEffort = ChatReasoningEffortLevel.High, Modalities = ChatResponseModalities.Text });

        Assert.Equal("high", left.Request.GetProperty("reasoning").GetProperty("effort").GetString());
        Assert.Equal("text", Assert.Single(left.Request.GetProperty("modalities").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task Extra_body_is_sent_also_by_path()
    {
        using var left = new AppSide("Left", Says);

        await left.Kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenAIPromptExecutionSettings { ExtraBody = new Dictionary<string, object?> { ["brand_new"] = 3, ["$.provider.zdr"] = true } });

        Assert.Equal(3, left.Request.GetProperty("brand_new").GetInt32());
        Assert.True(left.Request.GetProperty("provider").GetProperty("zdr").GetBoolean());
    }

    [Theory]
    [InlineData("Left")]
    [InlineData("Ours")]
    public async Task The_system_and_the_developer_prompt_both_go_out(string name)
    {
        using var side = new AppSide(name, Says);

        await side.Kernel.TurnAsync(new() { new(Microsoft.SemanticKernel.ChatCompletion.AuthorRole.User, "Oslo?") }, streaming: false, side.Settings(system: "Be brief.", developer: "Use metric units."));

        Assert.Equal("Be brief.\n\nUse metric units.", side.Request.GetProperty("instructions").GetString());
    }

    [Fact]
    public async Task A_typed_answer_reads_back_with_default_options()
    {
        using var side = new AppSide("Ours", new Turn("""{"City":"Oslo","Celsius":7.5,"Sky":0,"Days":null}"""));

        var answer = await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, side.Settings(format: typeof(Forecast)));

        var names = side.Request.GetProperty("text").GetProperty("format").GetProperty("schema").GetProperty("properties").EnumerateObject().Select(property => property.Name);
        Assert.Equal(["City", "Celsius", "Sky", "Days"], names);
        Assert.Equal(new Forecast("Oslo", 7.5, Sky.Clear, null), JsonSerializer.Deserialize<Forecast>(answer.Content!));
    }

    public enum Sky
    {
        Clear,
        Cloudy,
    }

    public sealed record Forecast(string City, double Celsius, Sky Sky, int? Days);
}

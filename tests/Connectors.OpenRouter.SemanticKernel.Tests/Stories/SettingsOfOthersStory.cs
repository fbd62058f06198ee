using System.Text.Json;
using System.Text.Json.Serialization;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>Settings classes that nobody here knows: an app's own, and those of connectors other than OpenAI's.</summary>
public class SettingsOfOthersStory
{
    [Fact]
    public async Task Words_enums_types_and_objects_are_what_they_mean_in_json()
    {
        var (json, warnings) = await AskAsync(new AppSettings
        {
            Effort = Effort.High,
            Modalities = "Text, Image, Default",
            Body = new Dictionary<string, object> { ["$.provider.zdr"] = true, ["$.provider.order"] = new[] { "azure" }, ["reasoning.summary"] = null!, ["brand_new"] = 3 },
            Routing = new Routing { AllowFallbacks = false },
        });

        Assert.Equal("high", json.GetProperty("reasoning").GetProperty("effort").GetString());
        Assert.Equal(["text", "image"], json.GetProperty("modalities").EnumerateArray().Select(word => word.GetString()));
        Assert.Equal("""{"allow_fallbacks":false,"order":["azure"],"zdr":true}""", Sorted(json.GetProperty("provider")));
        Assert.Equal(3, json.GetProperty("brand_new").GetInt32());
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task Json_says_the_same_as_words_and_dictionaries()
    {
        var (json, _) = await AskAsync(new() { ExtensionData = new Dictionary<string, object> { ["modalities"] = JsonElement.Parse("\"Text, Image\""), ["extra_body"] = JsonElement.Parse("""{"$.provider.zdr":true}""") } });

        Assert.Equal(["text", "image"], json.GetProperty("modalities").EnumerateArray().Select(word => word.GetString()));
        Assert.True(json.GetProperty("provider").GetProperty("zdr").GetBoolean());
    }

    /// <summary>A prompt file in YAML gives lists and dictionaries.</summary>
    [Fact]
    public async Task Lists_stay_lists()
    {
        var (json, _) = await AskAsync(new() { ExtensionData = new Dictionary<string, object> { ["modalities"] = new List<object> { "text", "image" } } });

        Assert.Equal(["text", "image"], json.GetProperty("modalities").EnumerateArray().Select(word => word.GetString()));
    }

    [Fact]
    public async Task A_type_or_a_format_anywhere_in_the_settings_is_its_schema()
    {
        var (json, _) = await AskAsync(new() { ExtensionData = new Dictionary<string, object> { ["extra_body"] = new Dictionary<string, object> { ["answers"] = typeof(Routing), ["else"] = ChatResponseFormat.Json } } });

        Assert.Equal("Routing", json.GetProperty("answers").GetProperty("json_schema").GetProperty("name").GetString());
        Assert.Equal("json_object", json.GetProperty("else").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("KernelFunctions(autoInvoke:True)", 2)]
    [InlineData("KernelFunctions(autoInvoke:False)", 1)]
    [InlineData("EnabledFunctions(autoInvoke:True): Weather_Get", 2)]
    [InlineData("EnabledFunctions(autoInvoke:True): Weather-Station, Plain", 2)]
    [InlineData("EnabledFunctions(autoInvoke:True): ", 1)]
    [InlineData("RequiredFunction(autoInvoke:True): Weather-Get", 2)]
    [InlineData("AnyFunction(autoInvoke:True): Station", 2)]
    [InlineData("AnyFunction(autoInvoke:False): Station", 1)]
    public async Task A_tool_call_behaviour_of_any_connector_is_read_from_its_own_words(string words, int requests)
    {
        using var fake = new FakeOpenRouter(r => r.Call(words.Contains("Station", StringComparison.Ordinal) ? "Weather_Station" : "Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."));
        var kernel = Kernels.Over(fake);
        kernel.ImportPluginFromFunctions("Bare", [KernelFunctionFactory.CreateFromMethod(() => "x", "Plain")]);

        await kernel.TurnAsync(new("Oslo?"), streaming: false, new AppSettings { ToolCallBehavior = new Behavior(words) });

        Assert.Equal(requests, fake.Requests.Count);
    }

    [Theory]
    [InlineData("Get")]
    [InlineData("Nothing")]
    public async Task A_function_that_the_kernel_has_twice_or_not_at_all_is_asked_for(string name)
    {
        using var fake = new FakeOpenRouter();
        var kernel = Kernels.Over(fake);
        kernel.ImportPluginFromFunctions("Other", [KernelFunctionFactory.CreateFromMethod(() => "x", "Get")]);

        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => kernel.TurnAsync(new("Oslo?"), streaming: false, new AppSettings { ToolCallBehavior = new Behavior($"EnabledFunctions(autoInvoke:True): {name}") }));

        Assert.Contains($"`{name}`", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task A_tool_call_behaviour_of_another_kind_is_refused_with_what_to_write()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Rain."));
        foreach (var odd in new object[] { new Behavior("Sometimes"), new Wordless() })
        {
            var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => Kernels.Over(fake).TurnAsync(new("Oslo?"), streaming: false, new AppSettings { ToolCallBehavior = odd }));

            Assert.Contains("FunctionChoiceBehavior.Auto()", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task Without_a_kernel_a_behaviour_offers_nothing_and_named_functions_are_missed()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Rain."));
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());
        var chat = client.AsReasoningChatCompletionService();

        await chat.GetChatMessageContentAsync("Oslo?", new AppSettings { ToolCallBehavior = new Behavior("KernelFunctions(autoInvoke:True)") });
        Assert.False(fake.LastRequest.Json.TryGetProperty("tools", out _));

        var refusal = await Assert.ThrowsAsync<KernelException>(() => chat.GetChatMessageContentAsync("Oslo?", new AppSettings { ToolCallBehavior = new Behavior("EnabledFunctions(autoInvoke:True): Weather-Get") }));
        Assert.Contains("kernel", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Semantic Kernel's own map runs the hook of a settings class; ours reads what that map cannot write.</summary>
    [Fact]
    public async Task Settings_that_semantic_kernel_cannot_write_are_read_all_the_same()
    {
        var (json, _) = await AskAsync(new AppSettings { Format = typeof(Routing), Effort = Effort.High });

        Assert.Equal("Routing", json.GetProperty("text").GetProperty("format").GetProperty("name").GetString());
    }

    private static async Task<(JsonElement Json, IReadOnlyList<string> Warnings)> AskAsync(PromptExecutionSettings settings)
    {
        using var fake = new FakeOpenRouter(r => r.Say("{}"));
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());
        var answer = await client.AsReasoningChatCompletionService().GetChatMessageContentAsync("hi", settings);
        return (fake.LastRequest.Json, ((ChatResponse)answer.InnerContent!).GetOpenRouter().Warnings);
    }

    private static string Sorted(JsonElement json) => JsonSerializer.Serialize(json.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).ToDictionary(member => member.Name, member => member.Value));

    private enum Effort
    {
        Low,
        High,
    }

    private sealed class Routing
    {
        [JsonPropertyName("allow_fallbacks")]
        public bool AllowFallbacks { get; set; }
    }

    private sealed class AppSettings : PromptExecutionSettings
    {
        [JsonPropertyName("reasoning_effort")]
        public Effort? Effort { get; set; }

        [JsonPropertyName("modalities")]
        public object? Modalities { get; set; }

        [JsonPropertyName("extra_body")]
        public object? Body { get; set; }

        [JsonPropertyName("provider")]
        public Routing? Routing { get; set; }

        [JsonPropertyName("response_format")]
        public object? Format { get; set; }

        public object? ToolCallBehavior { get; set; }
    }

    private sealed class Behavior(string words)
    {
        public override string ToString() => words;
    }

    private sealed class Wordless
    {
        public override string? ToString() => null;
    }
}

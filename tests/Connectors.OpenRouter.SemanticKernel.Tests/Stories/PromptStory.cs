using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using YamlDotNet.Serialization;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

public class PromptStory
{
    private const string Json = """
        { "template": "Explain {{$topic}}.", "execution_settings": { "default":
            { "temperature": 0.2, "max_tokens": 9000, "reasoning": { "effort": "minimal", "summary": "auto" }, "provider": { "order": ["anthropic"], "zdr": true } } } }
        """;

    private const string Yaml = """
        template: Explain {{$topic}}.
        execution_settings:
          default:
            temperature: 0.2
            max_tokens: 9000
            reasoning:
              effort: minimal
              summary: auto
            provider:
              order: [anthropic]
              zdr: true
        """;

    private static readonly OpenRouterPromptExecutionSettings Code = new()
    {
        Temperature = 0.2,
        MaxTokens = 9000,
        ReasoningEffort = "minimal",
        Request = new() { Provider = new() { Order = ["anthropic"], Zdr = true } },
    };

    [Fact]
    public async Task A_prompt_in_code_in_json_and_in_yaml_sends_the_same_bytes()
    {
        var code = await SentAsync(KernelFunctionFactory.CreateFromPrompt("Explain {{$topic}}.", Code));
        var json = await SentAsync(KernelFunctionFactory.CreateFromPrompt(PromptTemplateConfig.FromJson(Json)));
        var yaml = await SentAsync(KernelFunctionFactory.CreateFromPrompt(FromYaml(Yaml)));

        Assert.Equal(code, json);
        Assert.Equal(code, yaml);
        Assert.Contains("\"effort\":\"minimal\"", code, StringComparison.Ordinal);
        Assert.Contains("\"zdr\":true", code, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompts_result_is_its_words_and_its_message_has_the_thinking()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("One. ").Think("So.").Say("Two."));

        var result = await Kernels.Over(fake).InvokePromptAsync("Count.");

        Assert.Equal("Two.", result.ToString()); // an answer of two messages is read by its last
        Assert.Equal("Two.", result.GetValue<string>());
        Assert.Equal("Hm.\n\nSo.", result.GetValue<ChatMessageContent>()!.GetReasoningText());
        Assert.Equal("Hm.\n\nSo.", result.GetValue<ChatResponse>()!.GetReasoningText());
        Assert.IsType<UsageDetails>(result.Metadata!["Usage"]);
    }

    [Fact]
    public async Task A_streamed_prompt_gives_chunks_updates_or_words()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Think("Hm.").Say("Four."));
        var kernel = Kernels.Over(fake);

        string chunks = "", updates = "", words = "";
        await foreach (var chunk in kernel.InvokePromptStreamingAsync<StreamingChatMessageContent>("2+2?"))
            chunks += chunk.GetReasoningText() + chunk.Content;
        await foreach (var update in kernel.InvokePromptStreamingAsync<ChatResponseUpdate>("2+2?"))
            updates += update.GetReasoningText() + update.Text;
        await foreach (var word in kernel.InvokePromptStreamingAsync<string>("2+2?"))
            words += word;

        Assert.Equal(("Hm.Four.", "Hm.Four.", "Four."), (chunks, updates, words));
    }

    [Fact]
    public async Task A_prompt_may_call_functions()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Weather.").Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."));

        var result = await Kernels.Over(fake).InvokePromptAsync("Oslo?", new(new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }));

        Assert.Equal("Rain.", result.ToString());
        Assert.Equal("rain", fake.LastRequest.ToolOutput("Weather_Get"));
        Assert.Equal("reasoning", fake.LastRequest["input.1.type"]);
    }

    [Fact]
    public async Task A_prompt_function_keeps_settings_of_our_class()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        var settings = new OpenRouterPromptExecutionSettings { ReasoningEffort = "max" };

        await Kernels.Over(fake).CreateFunctionFromPrompt("hi", settings).InvokeAsync(Kernels.Over(fake));

        Assert.Equal("max", fake.LastRequest["reasoning.effort"]);
        Assert.False(settings.IsFrozen);
    }

    private static async Task<string> SentAsync(KernelFunction prompt)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Well."));
        await prompt.InvokeAsync(Kernels.Over(fake), new() { ["topic"] = "rain" });
        return fake.LastRequest.Body;
    }

    /// <summary>What Semantic Kernel's YAML package does, as far as settings go: every scalar is a string, every mapping a dictionary of objects.</summary>
    private static PromptTemplateConfig FromYaml(string yaml)
    {
        var file = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(yaml);
        var config = new PromptTemplateConfig((string)file["template"]);
        foreach (var (service, members) in (Dictionary<object, object>)file["execution_settings"])
            config.AddExecutionSettings(
                new PromptExecutionSettings { ExtensionData = ((Dictionary<object, object>)members).ToDictionary(member => (string)member.Key, member => member.Value) }, (string)service);
        return config;
    }
}

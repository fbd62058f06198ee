using System.ComponentModel;
using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Support;

/// <summary>Kernels whose service a stand-in plays, and what stories do with them.</summary>
internal static class Kernels
{
    public const string Model = "openai/o4-mini";

    public static Kernel Over(FakeOpenRouter fake, string model = Model, Action<OpenRouterOptions>? configure = null, params IAutoFunctionInvocationFilter[] filters)
    {
        var builder = Kernel.CreateBuilder();
        builder.AddOpenRouterChatCompletion(model, httpClient: fake.CreateClient(), configure: configure);
        builder.Plugins.AddFromType<Weather>();
        var kernel = builder.Build();
        foreach (var filter in filters)
            kernel.AutoFunctionInvocationFilters.Add(filter);
        return kernel;
    }

    public static IChatCompletionService Chat(this Kernel kernel) => kernel.GetRequiredService<IChatCompletionService>();

    public static async Task<List<StreamingChatMessageContent>> StreamAsync(this Kernel kernel, ChatHistory history, PromptExecutionSettings? settings = null, CancellationToken cancellationToken = default)
    {
        var chunks = new List<StreamingChatMessageContent>();
        await foreach (var chunk in kernel.Chat().GetStreamingChatMessageContentsAsync(history, settings, kernel, cancellationToken))
            chunks.Add(chunk);
        return chunks;
    }

    /// <summary>One turn, streamed or whole, whose answer is appended as an app would.</summary>
    public static async Task<ChatMessageContent> TurnAsync(this Kernel kernel, ChatHistory history, bool streaming, PromptExecutionSettings? settings = null)
    {
        var answer = streaming
            ? (await kernel.StreamAsync(history, settings)).ToChatMessageContent()
            : await kernel.Chat().GetChatMessageContentAsync(history, settings, kernel);
        history.Add(answer);
        return answer;
    }

    /// <summary>What these settings send, over a client without a kernel, and what came back.</summary>
    public static async Task<(JsonElement Json, ChatMessageContent Answer)> AskAsync(PromptExecutionSettings settings)
    {
        using var fake = new FakeOpenRouter(r => r.Say("{}"));
        using var client = new OpenRouterChatClient(Model, httpClient: fake.CreateClient());
        var answer = await client.AsReasoningChatCompletionService().GetChatMessageContentAsync("hi", settings);
        return (fake.LastRequest.Json, answer);
    }

    /// <summary>One turn as Semantic Kernel's own agent streams it: rounds of calls come from the history, the answer is rebuilt from its chunks' words.</summary>
    public static async Task AgentTurnAsync(this Kernel kernel, ChatHistory thread, string question, PromptExecutionSettings settings)
    {
        thread.AddUserMessage(question);
        var history = new ChatHistory(thread);
        var words = string.Concat(await kernel.StreamAsync(history, settings));
        thread.AddRange(history.Skip(thread.Count));
        thread.Add(new(AuthorRole.Assistant, words));
    }

    public static ChatHistory ThroughJson(this ChatHistory history) => JsonSerializer.Deserialize<ChatHistory>(JsonSerializer.Serialize(history))!;

    /// <summary>The types of the items, in their order: what a reader of <c>Items</c> finds.</summary>
    public static IEnumerable<string> Kinds(this ChatMessageContent message) => message.Items.Select(item => item.GetType().Name.Replace("Content", "", StringComparison.Ordinal));

    public sealed class Weather
    {
        [KernelFunction, Description("What the weather is like.")]
        public static string Get(string city) => city == "Oslo" ? "rain" : "sun";

        [KernelFunction, Description("Which station reports it.")]
        public static Station Station(string city) => new(city, "<Süd>", 7.50m);
    }

    public sealed record Station(string City, string Name, decimal Celsius);
}

using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;
using Sk = Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>The same stories over the same client, through Semantic Kernel's own bridge and through this package: docs/semantic-kernel.md holds what came of them.</summary>
public class SideBySideStory
{
    private static readonly PromptExecutionSettings Auto = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
    private static readonly PromptExecutionSettings Manual = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(autoInvoke: false) };

    private static readonly string[] Page = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "docs", "semantic-kernel.md"));

    private static readonly Dictionary<string, Told> Stories = new()
    {
        ["Thinking, streamed"] = new(ThinkingStreamed, Thinks),
        ["Thinking, whole"] = new(ThinkingWhole, Thinks),
        ["Thinking on the next turn"] = new(side => ThinkingGoesBack(side, saved: false), Thinks, Says),
        ["Thinking in a history saved as JSON"] = new(side => ThinkingGoesBack(side, saved: true), Thinks, Says),
        ["`InvokePromptStreamingAsync<ChatResponseUpdate>`"] = new(UpdatesOfAPrompt, Thinks),
        ["Two parallel calls, streamed, for `FunctionCallContentBuilder`"] = new(ParallelCalls, CallsTwice),
        ["Messages written to the history of an app that calls functions itself"] = new(ManualHistory, CallsTwice),
        ["A round of two calls in the history"] = new(RoundInHistory, CallsTwice, Says),
        ["Plugin and function of a call"] = new(NameOfACall, CallsTwice),
        ["A call of another connector's history, whose tool is `Weather_Get`"] = new(ForeignCall, Says),
        ["Finish reason, id, provider and cost in `Metadata`"] = new(FactsOfAnAnswer, Thinks),
        ["`Usage` of a streamed answer"] = new(UsageStreamed, Thinks),
        ["Effort `minimal` in a prompt file"] = new(MinimalEffort, Says),
        ["A citation"] = new(Citation, Cites),
        ["A refusal"] = new(Refusal, Refuses),
        ["A 429"] = new(RateLimit, Limits),
    };

    public static TheoryData<string> Names() => [.. Stories.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_row_of_the_page_is_what_happens(string story)
    {
        var row = $"| {story} | {await TellAsync(story, bridge: true)} | {await TellAsync(story, bridge: false)} |";

        Assert.Equal(row, Page.FirstOrDefault(line => line.StartsWith($"| {story} |", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_page_has_no_other_rows() =>
        Assert.Equal(Stories.Count, Page.SkipWhile(line => !line.StartsWith("| Story", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|')).Count());

    private static async Task<string> ThinkingStreamed(Side side) =>
        (await side.StreamAsync()).Exists(chunk => chunk.GetReasoningText().Length > 0) ? "in `Items`" : "empty chunks";

    private static async Task<string> ThinkingWhole(Side side) =>
        (await side.AskAsync()).GetReasoningText().Length > 0 ? "in `Items`" : "dropped";

    private static async Task<string> ThinkingGoesBack(Side side, bool saved)
    {
        side.History.Add(await side.AskAsync());
        if (saved)
            side.History = side.History.ThroughJson();
        await side.AskAsync("And then?");
        return side.Fake.LastRequest.Body.Contains("encrypted_content\":\"", StringComparison.Ordinal) ? "goes back" : "is not sent";
    }

    private static async Task<string> UpdatesOfAPrompt(Side side)
    {
        var thought = "";
        await foreach (var update in side.Kernel.InvokePromptStreamingAsync<ChatResponseUpdate>("2+2?"))
            thought += update.GetReasoningText();
        return thought.Length > 0 ? "with thinking" : "without thinking";
    }

    private static async Task<string> ParallelCalls(Side side)
    {
        var builder = new FunctionCallContentBuilder();
        (await side.StreamAsync(Manual)).ForEach(builder.Append);
        return $"{builder.Build().Count(call => call.Exception is null)} of 2 usable";
    }

    private static async Task<string> ManualHistory(Side side)
    {
        await side.StreamAsync(Manual);
        return $"{side.History.Count - 1}";
    }

    private static async Task<string> RoundInHistory(Side side)
    {
        await side.StreamAsync(Auto);
        return string.Join(", ", side.History.Skip(1).Select(message => message.Role.Label));
    }

    private static async Task<string> NameOfACall(Side side)
    {
        var call = Sk.FunctionCallContent.GetFunctionCalls(await side.AskAsync(settings: Manual)).First();
        return call.PluginName is null ? $"`{call.FunctionName}`, no plugin" : $"`{call.PluginName}`, `{call.FunctionName}`";
    }

    private static async Task<string> ForeignCall(Side side)
    {
        side.History.Add(new(AuthorRole.Assistant, [new Sk.FunctionCallContent("Get", "Weather", "call_1", new() { ["city"] = "Oslo" })]));
        side.History.Add(new(AuthorRole.Tool, [new Sk.FunctionResultContent("Get", "Weather", "call_1", "rain")]));
        await side.AskAsync(settings: Auto);
        return $"sent as `{side.Fake.LastRequest["input.1.name"]}`";
    }

    private static async Task<string> FactsOfAnAnswer(Side side)
    {
        var facts = (await side.AskAsync()).Metadata!;
        return new[] { "FinishReason", "Id", "ProviderName", "Cost" }.Count(facts.ContainsKey) switch { 4 => "all", 0 => "none of them", _ => "some" };
    }

    private static async Task<string> UsageStreamed(Side side) =>
        $"`{(await side.StreamAsync()).Select(chunk => chunk.Metadata?.GetValueOrDefault("Usage")).OfType<object>().Single().GetType().Name}`";

    private static async Task<string> MinimalEffort(Side side)
    {
        await side.AskAsync(settings: new() { ExtensionData = new Dictionary<string, object> { ["reasoning_effort"] = "minimal" } });
        return side.Fake.LastRequest["reasoning.effort"] is null ? "not sent" : "sent";
    }

    private static async Task<string> Citation(Side side) => (await side.AskAsync()).Items.OfType<AnnotationContent>().Any() ? "`AnnotationContent`" : "dropped";

    private static async Task<string> Refusal(Side side) => (await side.AskAsync()).Content is { Length: > 0 } ? "its words" : "an empty message";

    private static async Task<string> RateLimit(Side side) => $"`{(await Assert.ThrowsAnyAsync<Exception>(() => side.AskAsync())).GetType().Name}`";

    private static void Thinks(FakeReply r) => r.Think("Two and two.").Say("Four.").Served(Kernels.Model, "Azure").Usage(cost: 0.001m);

    private static void Says(FakeReply r) => r.Say("Well.");

    private static void CallsTwice(FakeReply r) => r.Call("Weather_Get", new { city = "Oslo" }).Call("Weather_Get", new { city = "Rome" });

    private static void Cites(FakeReply r) => r.Say("Rain.").Cite("https://yr.no/");

    private static void Refuses(FakeReply r) => r.Refuse("I cannot help with that.");

    private static void Limits(FakeReply r) => r.Status(429, "Slow down");

    private static async Task<string> TellAsync(string story, bool bridge)
    {
        using var fake = new FakeOpenRouter(Stories[story].Replies);
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = Kernels.Model, Retry = { MaxRetries = 0 } }, fake.CreateClient());
        return await Stories[story].Story(new(fake, client, bridge));
    }

    private sealed record Told(Func<Side, Task<string>> Story, params Action<FakeReply>[] Replies);

    private sealed class Side
    {
        private readonly IChatCompletionService _chat;

        public Side(FakeOpenRouter fake, IChatClient client, bool bridge)
        {
            Fake = fake;
            _chat = bridge ? client.AsBuilder().UseKernelFunctionInvocation().Build().AsChatCompletionService() : client.AsReasoningChatCompletionService();
            var builder = Kernel.CreateBuilder();
            builder.Services.AddSingleton(_chat);
            builder.Plugins.AddFromType<Kernels.Weather>();
            Kernel = builder.Build();
            History.AddUserMessage("Well?");
        }

        public FakeOpenRouter Fake { get; }

        public Kernel Kernel { get; }

        public ChatHistory History { get; set; } = [];

        public async Task<ChatMessageContent> AskAsync(string? question = null, PromptExecutionSettings? settings = null)
        {
            if (question is not null)
                History.AddUserMessage(question);
            return await _chat.GetChatMessageContentAsync(History, settings, Kernel);
        }

        public async Task<List<StreamingChatMessageContent>> StreamAsync(PromptExecutionSettings? settings = null)
        {
            List<StreamingChatMessageContent> chunks = [];
            await foreach (var chunk in _chat.GetStreamingChatMessageContentsAsync(History, settings, Kernel))
                chunks.Add(chunk);
            return chunks;
        }
    }
}

using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>An answer with a commentary and a final answer is one message in Semantic Kernel, and goes back as the service said it.</summary>
public class SeveralMessagesStory
{
    private static readonly OpenRouterPromptExecutionSettings Auto = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(false, false, true)]
    public async Task Nothing_of_the_earlier_messages_is_missing_on_the_next_turn(bool streaming, bool saved, bool calls)
    {
        using var fake = Script(calls);
        using var straight = Script(calls);
        var kernel = Kernels.Over(fake);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");

        var answer = await kernel.TurnAsync(history, streaming, Auto);
        if (saved)
            history = history.ThroughJson();
        history.AddUserMessage("Sure?");
        await kernel.TurnAsync(history, streaming, Auto);

        Assert.Equal(("Rain.", "Rain."), (answer.Content, answer.ToString()));
        Assert.Equal(await WithoutSemanticKernelAsync(straight, streaming), Items(fake));
    }

    /// <summary>Of the answer itself an agent keeps the words alone; the rounds that led to it are all there.</summary>
    [Fact]
    public async Task An_agents_thread_keeps_all_of_the_rounds_and_every_word_of_the_answer()
    {
        static FakeOpenRouter Script() => new(
            r => r.Think("Hm.").Message("commentary").Say("Let me see.").Think("So.").Message("final_answer").Say("Now.").Call("Weather_Get", new { city = "Oslo" }, "call_1"),
            r => r.Think("Well.").Message("commentary").Say("It seems: ").Message("final_answer").Say("Rain."),
            r => r.Say("Yes."))
        { Strict = true };
        using var fake = Script();
        using var straight = Script();
        var kernel = Kernels.Over(fake);
        var thread = new ChatHistory();

        await kernel.AgentTurnAsync(thread, "Oslo?", Auto);
        await kernel.AgentTurnAsync(thread, "Sure?", Auto);

        var whole = await WithoutSemanticKernelAsync(straight, streaming: true);
        var rounds = whole.FindIndex(item => item.Contains("function_call_output", StringComparison.Ordinal)) + 1;
        Assert.Equal(whole.Take(rounds), Items(fake).Take(rounds));
        Assert.Contains("It seems: Rain.", Items(fake)[rounds], StringComparison.Ordinal);
        Assert.Equal(rounds + 2, Items(fake).Count);
    }

    private static FakeOpenRouter Script(bool calls) => calls
        ? new(r => r.Think("Hm.").Message("commentary").Say("Let me see.").Think("So.").Message("final_answer").Say("Now.").Call("Weather_Get", new { city = "Oslo" }, "call_1"), r => r.Say("Rain."), r => r.Say("Yes.")) { Strict = true }
        : new(r => r.Think("Hm.").Message("commentary").Say("Let me see.").Think("So.").Message("final_answer").Say("Rain."), r => r.Say("Yes.")) { Strict = true };

    private static List<string> Items(FakeOpenRouter fake) => [.. fake.LastRequest.Json.GetProperty("input").EnumerateArray().Select(item => item.GetRawText())];

    private static async Task<List<string>> WithoutSemanticKernelAsync(FakeOpenRouter fake, bool streaming)
    {
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(Kernels.Weather.Get, "Weather_Get")] };
        List<ChatMessage> messages = [new(ChatRole.User, "Oslo?")];
        for (var turn = 0; turn < 2; turn++)
        {
            var answer = streaming ? await client.GetStreamingResponseAsync(messages, options).ToChatResponseAsync() : await client.GetResponseAsync(messages, options);
            messages.AddRange(answer.Messages);
            messages.Add(new(ChatRole.User, "Sure?"));
        }
        return Items(fake);
    }
}

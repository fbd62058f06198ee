using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>A failure stays one call's failure: it is not cached, it stops a tool loop, and what it had said can go into a history.</summary>
public sealed class PoisonStory
{
    public static TheoryData<string> Failures => [.. Endings.Keys];

    private static Dictionary<string, Action<FakeReply>> Endings { get; } = new()
    {
        ["cut"] = reply => reply.Think("Hm.").Say("Half of the an").Cut(),
        ["reset"] = reply => reply.Think("Hm.").Say("Half of the an").Reset(),
        ["failed"] = reply => reply.Think("Hm.").Say("Half of the an").Fail(),
        ["silent"] = reply => reply.Think("Hm.").Say("Half of the an").KeepAlive().Stall(),
        ["refused"] = reply => reply.Status(400),
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_is_not_cached(string ending)
    {
        foreach (var streaming in new[] { true, false })
        {
            using var fake = new FakeOpenRouter(Endings[ending], reply => reply.Say("The whole answer."));
            var client = Client(fake).AsBuilder().UseDistributedCache(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()))).Build();
            await Assert.ThrowsAnyAsync<OpenRouterException>(() => AskAsync(client, "q", streaming));
            Assert.Equal("The whole answer.", (await AskAsync(client, "q", streaming)).Text);
            Assert.Equal("The whole answer.", (await AskAsync(client, "q", streaming)).Text);
            Assert.Equal(2, fake.Requests.Count);
        }
    }

    [Fact]
    public async Task A_failure_stops_a_tool_loop_and_its_half_calls_are_not_made()
    {
        foreach (var streaming in new[] { true, false })
        {
            var calls = 0;
            using var fake = new FakeOpenRouter(reply => reply.Think("Hm.").Call("count").Fail(), reply => reply.Say("never"));
            var client = Client(fake).AsBuilder().UseFunctionInvocation().Build();
            await Assert.ThrowsAsync<OpenRouterException>(() => AskAsync(client, "q", streaming, new() { Tools = [AIFunctionFactory.Create(() => ++calls, "count")] }));
            Assert.Equal((0, 1), (calls, fake.Requests.Count));
        }
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("reset")]
    [InlineData("failed")]
    [InlineData("silent")]
    public async Task What_had_been_said_is_kept_and_can_go_into_the_history(string ending)
    {
        using var fake = new FakeOpenRouter(Endings[ending], reply => reply.Say("Go on then.")) { Strict = true };
        var client = Client(fake);
        List<ChatMessage> history = [new(ChatRole.User, "q")];
        var failure = await Assert.ThrowsAnyAsync<OpenRouterException>(() => client.GetStreamingResponseAsync(history).ToChatResponseAsync());
        Assert.Equal(("Half of the an", "Hm."), (failure.PartialResponse!.Text, failure.PartialResponse.GetReasoningText()));
        Assert.DoesNotContain("Half of the an", failure.ToString(), StringComparison.Ordinal);

        history.AddMessages(failure.PartialResponse);
        history.Add(new(ChatRole.User, "go on"));
        Assert.Equal("Go on then.", (await client.GetResponseAsync(history)).Text);
        Assert.Contains("Half of the an", fake.LastRequest.Body, StringComparison.Ordinal);
    }

    private static OpenRouterChatClient Client(FakeOpenRouter fake) =>
        new(new() { Model = "openai/o4-mini", TimeProvider = fake.Clock, Retry = { MaxRetries = 0 } }, fake.CreateClient());

    private static async Task<ChatResponse> AskAsync(IChatClient client, string question, bool streaming, ChatOptions? options = null) =>
        streaming ? await client.GetStreamingResponseAsync(question, options).ToChatResponseAsync() : await client.GetResponseAsync(question, options);
}

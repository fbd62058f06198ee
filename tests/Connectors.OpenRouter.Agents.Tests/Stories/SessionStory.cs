using System.Text.Json;
using Connectors.OpenRouter.Agents.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Compaction;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Agents.Tests.Stories;

/// <summary>What a session keeps, where it may be cut, and when it may be stored.</summary>
public class SessionStory
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_history_kept_per_call_a_turn_that_dies_amid_its_tools_goes_on_where_it_was(bool streaming)
    {
        using var fake = Stage.Strict(
            r => r.Ponder("Look first.").Call("look", new { city = "Oslo" }),
            r => r.Ponder("Now book.").Call("book", new { train = "09:40" }),
            r => r.Say("Booked."),
            r => r.Ponder("As planned.").Say("You have two trains."));
        ChatClientAgent agent = null!;
        AgentSession session = null!;
        JsonElement stored = default;
        agent = Stage.Client(fake).AsAIAgent(new ChatClientAgentOptions
        {
            RequirePerServiceCallChatHistoryPersistence = true,
            ChatOptions = new()
            {
                Tools =
                [
                    AIFunctionFactory.Create((string city) => "two trains", "look"),
                    AIFunctionFactory.Create(async (string train) => { stored = await agent.SerializeSessionAsync(session); return "booked"; }, "book"),
                ],
            },
        });
        session = await agent.CreateSessionAsync();

        await agent.RunAsync(session, "Book.", streaming);

        // As if the process had died in the second tool: what was stored there is all that is left.
        var found = await agent.DeserializeSessionAsync(JsonDocument.Parse(stored.GetRawText()).RootElement);
        await agent.RunAsync(found, "What did you find?", streaming);

        Assert.Equal("Look first.", fake.LastRequest.Thoughts().First());
        Assert.StartsWith("user reasoning call output", fake.LastRequest.Shape(), StringComparison.Ordinal);
        Assert.Equal("two trains", fake.LastRequest.ToolOutput("look"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task History_kept_per_call_loses_no_thinking(bool streaming)
    {
        using var fake = Stage.Strict(r => r.Ponder("Look.").Call("look", new { city = "Oslo" }), r => r.Ponder("Two.").Say("Two trains."), r => r.Say("Yes."));
        var agent = Stage.Client(fake).AsAIAgent(new ChatClientAgentOptions
        {
            RequirePerServiceCallChatHistoryPersistence = true,
            ChatOptions = new() { Tools = [AIFunctionFactory.Create((string city) => "two trains", "look")] },
        });
        var session = await agent.CreateSessionAsync();

        await agent.RunAsync(session, "Trains?", streaming);
        session = await agent.ReloadAsync(session);
        await agent.RunAsync(session, "Sure?", streaming);

        Assert.Equal("user reasoning call output reasoning assistant user", fake.LastRequest.Shape());
        Assert.Equal(["Look.", "Two."], fake.LastRequest.Thoughts());
    }

    [Fact]
    public async Task A_stored_session_holds_no_key_and_grows_with_its_turns()
    {
        using var fake = Stage.Strict().Otherwise(r => r.Ponder("Hm.").Say("Yes."));
        var agent = Stage.Agent(fake);
        var session = await agent.CreateSessionAsync();
        List<int> sizes = [];
        for (var turn = 0; turn < 6; turn++)
        {
            session = await agent.ReloadAsync(session);
            await agent.RunAsync(session, "Sure?", streaming: true);
            sizes.Add((await agent.SerializeSessionAsync(session)).GetRawText().Length);
        }

        Assert.DoesNotContain("sk-or", (await agent.SerializeSessionAsync(session)).GetRawText(), StringComparison.Ordinal);
        Assert.Equal(6, fake.LastRequest.Input().Count(item => item.TryGetProperty("role", out var role) && role.GetString() == "user"));
        Assert.True(sizes[5] - sizes[4] < 2 * (sizes[1] - sizes[0]), $"a turn must not store its past again: {string.Join(", ", sizes)}");
    }

    [Theory]
    [InlineData("window")]
    [InlineData("tools")]
    [InlineData("truncation")]
    [InlineData("pipeline")]
    public async Task A_compaction_never_parts_a_call_from_its_thinking(string kind)
    {
        CompactionStrategy window = new SlidingWindowCompactionStrategy(CompactionTriggers.TurnsExceed(2), minimumPreservedTurns: 1);
        CompactionStrategy tools = new ToolResultCompactionStrategy(CompactionTriggers.Always, minimumPreservedGroups: 2);
        CompactionStrategy truncation = new TruncationCompactionStrategy(CompactionTriggers.MessagesExceed(5), minimumPreservedGroups: 1);
        var strategy = kind switch { "window" => window, "tools" => tools, "truncation" => truncation, _ => new PipelineCompactionStrategy([tools, window, truncation]) };
        using var fake = Stage.Strict().Otherwise(r =>
        {
            var question = r.Request.UserText;
            if (r.Request.Input().Last().GetProperty("type").GetString() == "function_call_output")
                r.Ponder($"{question} was looked up.").Say($"{question} has two.");
            else
                r.Ponder($"{question} must be looked up.").Call("look", new { city = question });
        });
        var agent = Stage.Client(fake, Stage.Claude).AsAIAgent(new ChatClientAgentOptions
        {
            AIContextProviders = [new CompactionProvider(strategy)],
            ChatOptions = new() { Tools = [AIFunctionFactory.Create((string city) => $"two trains to {city}", "look")] },
        });
        var session = await agent.CreateSessionAsync();

        foreach (var city in new[] { "Oslo", "Bergen", "Narva", "Turku" })
        {
            Assert.Equal($"{city} has two.", (await agent.RunAsync(session, city, streaming: true)).Messages[^1].Text);
            session = await agent.ReloadAsync(session);
        }

        // The strict stand-in has refused every call without its thinking; what remained is whole.
        Assert.True(fake.LastRequest.Input().Count() < 20, "something was cut");
        foreach (var request in fake.Requests)
        {
            var shape = $" {request.Shape()} ";
            Assert.Equal(Count(shape, "call"), Count(shape, "output"));
            Assert.DoesNotContain("user call", shape, StringComparison.Ordinal);
        }
        Assert.Equal(16, agent.GetService<InMemoryChatHistoryProvider>()!.GetMessages(session).Count);

        static int Count(string shape, string word) => shape.Split(' ').Count(part => part == word);
    }

    [Fact]
    public async Task A_conversation_id_is_refused_with_what_to_do()
    {
        using var fake = Stage.Strict(r => r.Say("never said"));
        var agent = Stage.Agent(fake);
        var session = await agent.CreateSessionAsync("conv_1");

        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => agent.RunAsync("Hello.", session));

        Assert.Contains("ChatHistoryProvider", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task A_stopped_run_leaves_a_session_that_can_be_asked_again()
    {
        using var fake = Stage.Strict(r => r.Ponder("Counting.").Say("One two three four five."), r => r.Say("Six."));
        var agent = Stage.Agent(fake);
        var session = await agent.CreateSessionAsync();

        await foreach (var update in agent.RunStreamingAsync("Count.", session))
            if (update.Text.Length > 0)
                break;
        var answer = await agent.RunAsync("Go on.", session);

        Assert.Equal("Six.", answer.Text);
    }
}

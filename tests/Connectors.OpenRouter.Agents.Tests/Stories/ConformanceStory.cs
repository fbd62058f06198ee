using System.ComponentModel;
using Connectors.OpenRouter.Agents.Tests.Support;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Agents.Tests.Stories;

/// <summary>What everyone expects of an agent, for each family of models.</summary>
public class ConformanceStory
{
    public static TheoryData<string> Families => Stage.Families;

    public static TheoryData<string, bool> FamiliesBothWays()
    {
        TheoryData<string, bool> data = [];
        foreach (var row in Stage.Families)
        {
            data.Add(row.Data, true);
            data.Add(row.Data, false);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(FamiliesBothWays))]
    public async Task An_agent_answers_with_its_thinking_beside_its_text(string model, bool streaming)
    {
        using var fake = Stage.Strict(r => r.Ponder("Paris, of course.").Say("Paris.").Usage(cost: 0.002m));
        var agent = Stage.Agent(fake, model);

        var answer = await agent.RunAsync(await agent.CreateSessionAsync(), "Capital of France?", streaming);

        Assert.Equal(("Paris.", "Paris, of course."), (answer.Text, answer.Thinking()));
        Assert.Equal((0.002m, ChatFinishReason.Stop), (answer.Usage?.GetCost(), answer.FinishReason));
        Assert.Equal("You book trains.", fake.LastRequest["instructions"]);
        Assert.Equal(model, fake.LastRequest.Model);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Updates_bring_thinking_before_words_and_add_up_to_the_answer(string model)
    {
        using var fake = Stage.Strict(r => r.Ponder("One, two.").Say("One two."));
        var agent = Stage.Agent(fake, model);

        List<AgentResponseUpdate> updates = [];
        await foreach (var update in agent.RunStreamingAsync("Count.", await agent.CreateSessionAsync()))
            updates.Add(update);

        Assert.True(updates.Count > 2);
        Assert.Equal("One, two.", string.Concat(updates.Select(update => update.Contents.GetReasoningText())));
        Assert.Equal("One two.", string.Concat(updates.Select(update => update.Text)));
        Assert.True(updates.FindIndex(update => update.Contents.GetReasoningText().Length > 0) < updates.FindIndex(update => update.Text.Length > 0));
        Assert.Single(updates.Select(update => update.MessageId).OfType<string>().Distinct());
    }

    [Theory]
    [MemberData(nameof(FamiliesBothWays))]
    public async Task A_session_remembers_words_and_thinking_over_turns(string model, bool streaming)
    {
        using var fake = Stage.Strict(r => r.Ponder("A name.").Say("Hello Ada."), r => r.Ponder("I was told.").Say("Ada."), r => r.Say("Yes."));
        var agent = Stage.Agent(fake, model);
        var session = await agent.CreateSessionAsync();

        await agent.RunAsync(session, "I am Ada.", streaming);
        await agent.RunAsync(session, "Who am I?", streaming);
        await agent.RunAsync(session, "Sure?", streaming);

        Assert.Equal("user reasoning assistant user reasoning assistant user", fake.LastRequest.Shape());
        Assert.Equal(["A name.", "I was told."], fake.LastRequest.Thoughts());
    }

    [Theory]
    [MemberData(nameof(FamiliesBothWays))]
    public async Task A_run_without_a_session_remembers_nothing(string model, bool streaming)
    {
        using var fake = Stage.Strict(r => r.Ponder("A name.").Say("Hello Ada."), r => r.Say("I do not know."));
        var agent = Stage.Agent(fake, model);

        await agent.RunAsync(await agent.CreateSessionAsync(), "I am Ada.", streaming);
        await agent.RunAsync("Who am I?");

        Assert.Equal("user", fake.LastRequest.Shape());
    }

    [Theory]
    [MemberData(nameof(FamiliesBothWays))]
    public async Task Tools_run_and_the_thinking_before_each_call_goes_back_with_it(string model, bool streaming)
    {
        using var fake = Stage.Strict(
            r => r.Ponder("Both at once.").Call("hours", new { train = "08:10" }).Call("hours", new { train = "09:40" }),
            r => r.Ponder("The later one.").Call("book", new { train = "09:40" }),
            r => r.Ponder("Done.").Say("Booked."),
            r => r.Say("Five hours."));
        var agent = Stage.Agent(fake, model, "travel", AIFunctionFactory.Create(Hours, "hours"), AIFunctionFactory.Create((string train) => $"booked {train}", "book"));
        var session = await agent.CreateSessionAsync();

        var answer = await agent.RunAsync(session, "The fastest, please.", streaming);
        await agent.RunAsync(session, "How long does it take?", streaming);

        Assert.Equal("Booked.", answer.Messages[^1].Text);
        Assert.Equal("Both at once.\n\nThe later one.\n\nDone.", answer.Thinking());
        Assert.Equal("user reasoning call call output output reasoning call output reasoning assistant user", fake.LastRequest.Shape());
        Assert.Equal(["Both at once.", "The later one.", "Done."], fake.LastRequest.Thoughts());
        Assert.Equal("5 h", fake.LastRequest.ToolOutput("hours"));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task A_typed_answer_is_read_and_its_schema_sent(string model)
    {
        using var fake = Stage.Strict(r => r.Ponder("Which one?").Say("""{"departure":"09:40","hours":5}"""));
        var agent = Stage.Agent(fake, model);

        var answer = await agent.RunAsync<Train>("The fastest train.", await agent.CreateSessionAsync());

        Assert.Equal(new Train("09:40", 5), answer.Result);
        Assert.Equal("json_schema", fake.LastRequest["text.format.type"]);
        Assert.Contains("departure", fake.LastRequest["text.format.schema"], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(FamiliesBothWays))]
    public async Task A_session_that_went_through_json_thinks_on(string model, bool streaming)
    {
        using var fake = Stage.Strict(r => r.Ponder("How long?").Call("hours", new { train = "09:40" }), r => r.Ponder("Five.").Say("Five hours."), r => r.Say("Yes."));
        var agent = Stage.Agent(fake, model, "travel", AIFunctionFactory.Create(Hours, "hours"));
        var session = await agent.CreateSessionAsync();

        await agent.RunAsync(session, "How long does the 09:40 take?", streaming);
        session = await agent.ReloadAsync(session);
        await agent.RunAsync(session, "Sure?", streaming);

        Assert.Equal("user reasoning call output reasoning assistant user", fake.LastRequest.Shape());
        Assert.Equal(["How long?", "Five."], fake.LastRequest.Thoughts());
    }

    [Theory]
    [MemberData(nameof(FamiliesBothWays))]
    public async Task A_failing_run_throws_and_the_session_can_be_asked_again(string model, bool streaming)
    {
        using var fake = Stage.Strict(r => r.Ponder("A name.").Say("Hello Ada."), r => r.Status(402), r => r.Say("Ada."));
        var agent = Stage.Agent(fake, model);
        var session = await agent.CreateSessionAsync();

        await agent.RunAsync(session, "I am Ada.", streaming);
        await Assert.ThrowsAsync<OpenRouterException>(() => agent.RunAsync(session, "Who am I?", streaming));
        var answer = await agent.RunAsync(session, "Who am I?", streaming);

        Assert.Equal("Ada.", answer.Text);
        Assert.Equal(["A name."], fake.LastRequest.Thoughts());
    }

    [Description("How long a train takes.")]
    private static string Hours(string train) => train == "09:40" ? "5 h" : "6 h";

    private sealed record Train(string Departure, int Hours);
}

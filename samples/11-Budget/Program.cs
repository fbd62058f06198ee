// Two agents that spend from one purse: on Redis where there is a redis-server, so that they could run on two machines, else in memory.
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Samples;

using var redis = await Redis.TryStartAsync();
IOpenRouterBudgetStore store = redis is null ? new OpenRouterMemoryBudgetStore() : new RedisBudgetStore(redis.Database);

using var planner = Agent("anthropic/claude-sonnet-5", "trip", Reply("Take the night train.", 0.012m), Reply("Then the 08:10, with a change in Hamar.", 0.011m), Reply("Then you walk.", 0.012m));
using var critic = Agent("openai/gpt-5.6-mini", "trip", Reply("The night train does not run in winter.", 0.009m), Reply("The change is four minutes. Too short.", 0.01m));

Console.WriteLine("One after the other, with $0.05 for both:");
var talk = new List<ChatMessage> { new(ChatRole.User, "How do we get to Bergen by noon? One sentence each.") };
foreach (var (name, agent) in new[] { ("planner", planner), ("critic", critic), ("planner", planner), ("critic", critic), ("planner", planner) })
    try
    {
        var answer = await agent.GetResponseAsync(talk);
        talk.Add(new(ChatRole.User, $"{name}: {answer.Text}"));
        Console.WriteLine($"  {name,-8} {answer.Text}  (${answer.GetOpenRouter().Cost:0.000}, together ${await store.GetSpentAsync("trip"):0.000})");
    }
    catch (OpenRouterBudgetException stopped)
    {
        Console.WriteLine($"  {name,-8} {stopped.Message}");
    }

// Ten at once, and room for five: what is held back for a request that is under way is no room for another.
using var crowd = Agent("openai/gpt-5.6-mini", "crowd", [.. Enumerable.Repeat(Reply("Yes.", 0.01m), 10)]);
var went = (await Task.WhenAll(Enumerable.Range(1, 10).Select(async number =>
{
    try
    {
        await crowd.GetResponseAsync($"Is {number} a number?");
        return 1;
    }
    catch (OpenRouterBudgetException)
    {
        return 0;
    }
}))).Sum();
Console.WriteLine($"\nTen at once, with another $0.05: {went} were answered, {10 - went} were never sent, ${await store.GetSpentAsync("crowd"):0.000} are spent.");

IChatClient Agent(string model, string purse, params Action<FakeReply>[] offline) => Connect.To(new() { Model = model }, silent: true, offline).AsBuilder()
    .UseOpenRouterBudget(0.05m, _ => purse, store, budget => budget.Reservation = 0.01m)
    .Build();

static Action<FakeReply> Reply(string text, decimal cost) => r => r.Say(text).Usage(cost: cost);

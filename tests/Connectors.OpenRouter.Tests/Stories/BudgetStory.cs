using System.ComponentModel;
using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>The programs that people write about money.</summary>
public class BudgetStory
{
    [Fact]
    public async Task An_agent_s_loop_costs_what_its_requests_cost_and_its_history_survives_json_and_the_budget()
    {
        using var fake = new FakeOpenRouter(
            r => r.Think("I need the weather.").Call("GetWeather", new { city = "Oslo" }).Usage(cost: 0.002m),
            r => r.Say("Take an umbrella.").Usage(cost: 0.001m),
            r => r.Say("Tomorrow too.").Usage(cost: 0.05m));
        IChatClient agent = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini" }, fake.CreateClient()).AsBuilder().UseFunctionInvocation().UseOpenRouterBudget(0.05m).Build();
        ChatOptions options = new() { Tools = [AIFunctionFactory.Create(GetWeather), OpenRouterTools.WebSearch(maxResults: 3)], Reasoning = new() { Effort = ReasoningEffort.High } };

        List<ChatMessage> history = [new(ChatRole.User, "Umbrella in Oslo?")];
        var answer = await agent.GetResponseAsync(history, options);
        history.AddMessages(answer);
        Assert.Equal(("Take an umbrella.", 0.003m), (answer.Messages[^1].Text, answer.GetOpenRouter().Cost));

        history = JsonSerializer.Deserialize<List<ChatMessage>>(JsonSerializer.Serialize(history, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;
        history.Add(new(ChatRole.User, "And tomorrow?"));
        Assert.Equal("Tomorrow too.", (await agent.GetResponseAsync(history, options)).Text);
        history.Add(new(ChatRole.User, "And then?"));
        Assert.Equal("$0.053 of $0.05", await FailureAsync(() => agent.GetResponseAsync(history, options)));
        Assert.Equal(3, fake.Requests.Count);
    }

    [Fact]
    public async Task Each_kind_of_failure_is_caught_by_its_own_name()
    {
        using var fake = new FakeOpenRouter(r => r.Stall(), r => r.Status(429, retryAfter: TimeSpan.FromHours(1)), r => r.Say("Half a ").Cut());
        var options = new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock };
        options.Timeouts.Response = TimeSpan.FromSeconds(5);
        using var client = new OpenRouterChatClient(options, fake.CreateClient()).AsBuilder().UseOpenRouterBudget(1).Build();

        Assert.Equal("Response", await FailureAsync(() => client.GetResponseAsync("hi")));
        Assert.Equal("again in 01:00:00; had said: ", await FailureAsync(() => client.GetResponseAsync("hi")));
        Assert.Equal("again in ; had said: Half a ", await FailureAsync(() => client.GetStreamingResponseAsync("hi").ToChatResponseAsync()));
    }

    private static async Task<string> FailureAsync(Func<Task<ChatResponse>> ask)
    {
        try
        {
            await ask();
            return "";
        }
        catch (OpenRouterTimeoutException e)
        {
            return $"{e.Phase}";
        }
        catch (OpenRouterBudgetException e)
        {
            return FormattableString.Invariant($"${e.Spent} of ${e.Limit}");
        }
        catch (OpenRouterException e)
        {
            return $"again in {e.RetryAfter}; had said: {e.PartialResponse?.Text}";
        }
    }

    [Description("The weather of a city.")]
    private static string GetWeather(string city) => $"rain in {city}";
}

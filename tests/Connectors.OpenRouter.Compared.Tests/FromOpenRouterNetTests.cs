using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Compared.Tests.Bodies;

namespace Connectors.OpenRouter.Compared.Tests;

/// <summary>What docs/migrating.md tells users of OpenRouter.NET to write, written here, compiled and run.</summary>
public partial class FromOpenRouterNetTests
{
    private static readonly string[] Rows = [.. File.ReadAllLines(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "docs", "migrating.md"))
        .SkipWhile(line => !line.StartsWith("## From OpenRouter.NET", StringComparison.Ordinal))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| What |", StringComparison.Ordinal))];

    [Fact]
    public void All_that_the_page_tells_to_write_stands_in_these_tests()
    {
        var program = Spaces().Replace(File.ReadAllText(Here()), " ");

        Assert.NotEmpty(Rows);
        Assert.All(Rows.SelectMany(row => Code().Matches(row.Split(" | ")[2]).Select(match => match.Groups[1].Value)).Where(code => code.Contains('(', StringComparison.Ordinal) || code.Contains('{', StringComparison.Ordinal)),
            code => Assert.Matches(new Regex(Regex.Escape(code).Replace(@"=\ \.\.\.", "= .+?", StringComparison.Ordinal), RegexOptions.IgnoreCase), program)); // a writer plays the console
    }

    [Fact]
    public async Task A_program_of_OpenRouter_NET_runs_in_our_words()
    {
        var trial = Trial.OfOurs([Whole(Message), Saying(Message), Whole(Message), Whole(Message.Replace("Hi!", """{\"city\":\"Oslo\"}""", StringComparison.Ordinal)), Saying(Message)]);
        var client = trial.Client;
        using var named = Named("author/model", "sk-test");

        var response = await client.GetResponseAsync("Hi");
        Assert.Equal("Hi!", response.Text);
        using var console = new StringWriter();
        await foreach (var update in client.GetStreamingResponseAsync("Hi")) console.Write(update.Text);
        Assert.Equal("Hi!", console.ToString());

        List<ChatMessage> history = [];
        history.Add(new(ChatRole.User, "..."));
        history.AddMessages(response);
        Assert.Equal(2, history.Count);

        var calculator = new Calculator();
        using var calling = client.AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(calculator.Add)] };
        Assert.Equal("Hi!", (await calling.GetResponseAsync(history, options)).Text);
        Assert.Equal("Oslo", (await Typed<Place>(client, "Where?")).City);

        var thinking = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.High } };
        var updates = client.GetStreamingResponseAsync("Hi", thinking);
        Assert.NotNull(TypedResults.ServerSentEvents(updates));
        await foreach (var update in updates)
            Assert.Equal("", update.GetReasoningText());
        Assert.Equal("high", trial.Posts[^1].GetProperty("reasoning").GetProperty("effort").GetString());
        Assert.NotNull(response.Usage!.TotalTokenCount);
        Assert.Equal(response.Usage.GetCost(), response.GetOpenRouter().Cost);
    }

    [Fact]
    public async Task Too_many_requests_are_waited_for_and_then_told()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(7)), r => r.Say("Hi!"), r => r.Status(429, retryAfter: TimeSpan.FromHours(1)));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "author/model", TimeProvider = fake.Clock }, fake.CreateClient());

        Assert.Equal("Hi!", (await client.GetResponseAsync("Hi")).Text);
        Assert.Equal(TimeSpan.FromSeconds(7), fake.Waited);
        Assert.Equal(TimeSpan.FromHours(1), (await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("Hi"))).RetryAfter); // longer than OpenRouterOptions.Retry waits
    }

    private static OpenRouterChatClient Named(string model, string key)
    {
        var options = new OpenRouterOptions { AppUrl = new("https://example.com"), AppName = "Example" };
        Assert.Equal("Example", options.AppName);
        return new OpenRouterChatClient(model, key);
    }

    private static async Task<T> Typed<T>(IChatClient client, string prompt)
    {
        var answer = await client.GetResponseAsync<T>(prompt);
        return answer.Result;
    }

    private static string Here([CallerFilePath] string path = "") => path;

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    private sealed class Calculator
    {
        public int Add(int one, int other) => one + other;
    }

    private sealed record Place(string City);
}

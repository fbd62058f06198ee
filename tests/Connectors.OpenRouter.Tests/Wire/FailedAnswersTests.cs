using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>An answer that failed on its way is paid for, whatever the status that it comes with.</summary>
public sealed class FailedAnswersTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_it_used_and_brought_is_on_the_exception_and_in_the_budget(bool streaming)
    {
        var store = new OpenRouterMemoryBudgetStore();
        var service = new Service(Service.Json(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Transcripts", "72-failed-with-output.json"), TestContext.Current.CancellationToken), 502));
        using var client = new OpenRouterChatClient("a/b", "sk-or-fake", new HttpClient(service)).AsBuilder().UseOpenRouterBudget(1, store: store).Build();

        var failure = await Assert.ThrowsAsync<OpenRouterException>(async () => _ = streaming ? await client.GetStreamingResponseAsync("q").ToChatResponseAsync() : await client.GetResponseAsync("q"));

        Assert.Equal(("Half a paid answer", 900, 0.5m), (failure.PartialResponse!.Text, failure.Usage!.OutputTokenCount, failure.Usage.GetCost()));
        Assert.Single(service.Posts);
        Assert.Equal(0.5m, await store.GetSpentAsync("default", TestContext.Current.CancellationToken));
    }

    /// <summary>What an error's body has of an answer, beside the error; and what is known then: output tokens, and words.</summary>
    [Theory]
    [InlineData(""" "usage":{"input_tokens":1,"output_tokens":9} """, "9 -")]
    [InlineData(""" "output":[OUTPUT] """, "- Half")]
    [InlineData(""" "usage":{"input_tokens":1,"output_tokens":9},"output":[OUTPUT] """, "9 Half")]
    [InlineData(""" "response":{"usage":{"input_tokens":1,"output_tokens":9}} """, "9 -")]
    [InlineData(""" "response":{"output":[OUTPUT]} """, "- Half")]
    [InlineData(""" "response":{"usage":{"input_tokens":1,"output_tokens":9},"output":[OUTPUT]},"usage":null """, "9 Half")]
    [InlineData(""" "response":7,"usage":{"input_tokens":1,"output_tokens":9} """, "9 -")]
    [InlineData(""" "usage":null,"output":null """, "- -")]
    [InlineData(""" "usage":7,"output":{"a":1} """, "- -")]
    [InlineData(""" "usage":[],"output":"Half" """, "- -")]
    [InlineData(""" "detail":"neither usage nor output" """, "- -")]
    public async Task What_an_error_has_of_an_answer_is_kept(string members, string expected)
    {
        var body = $$"""{"error":{"code":502,"message":"Ouch."},{{members.Replace("OUTPUT", Streams.Message("Half"), StringComparison.Ordinal)}}}""";
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-fake", Retry = { MaxRetries = 0 } }, new HttpClient(new Service(Service.Json(body, 502))));

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q"));

        Assert.Equal(System.Net.HttpStatusCode.BadGateway, failure.StatusCode);
        Assert.Equal(expected, $"{failure.Usage?.OutputTokenCount?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"} {(failure.PartialResponse?.Text is { Length: > 0 } text ? text : "-")}");
    }
}

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
}

using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using NUnit.Framework;

namespace Connectors.OpenRouter.NUnitTests;

/// <summary>The stand-in in NUnit: nothing of it belongs to one test framework.</summary>
public class StandInTests
{
    [Test, CancelAfter(30_000)]
    public async Task A_rate_limit_is_waited_for_in_no_time(CancellationToken cancellationToken)
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)), r => r.Think("Easy.").Say("Four."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());

        var response = await client.GetResponseAsync("2+2?", cancellationToken: cancellationToken);

        Assert.That(response.Text, Is.EqualTo("Four."));
        Assert.That(fake.Waited, Is.EqualTo(TimeSpan.FromSeconds(20)));
        fake.VerifyAllReplied();
    }

    [Test, CancelAfter(30_000)]
    public async Task A_check_that_fails_says_what_was_sent(CancellationToken cancellationToken)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four."));
        using var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());
        await client.GetResponseAsync("2+2?", cancellationToken: cancellationToken);

        Assert.That(() => fake.LastRequest.Verify("model", "c/d"), Throws.InvalidOperationException.With.Message.Contains("actual:   \"a/b\""));
    }
}

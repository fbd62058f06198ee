using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.VisualStudio.TestTools.UnitTesting;

[assembly: Parallelize(Scope = ExecutionScope.MethodLevel)]

namespace Connectors.OpenRouter.MSTestTests;

/// <summary>The stand-in in MSTest: nothing of it belongs to one test framework.</summary>
[TestClass]
public class StandInTests(TestContext context)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_rate_limit_is_waited_for_in_no_time()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)), r => r.Think("Easy.").Say("Four."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());

        var response = await client.GetResponseAsync("2+2?", cancellationToken: context.CancellationToken);

        Assert.AreEqual("Four.", response.Text);
        Assert.AreEqual(TimeSpan.FromSeconds(20), fake.Waited);
        fake.VerifyAllReplied();
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_check_that_fails_says_what_was_sent()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Four."));
        using var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());
        await client.GetResponseAsync("2+2?", cancellationToken: context.CancellationToken);

        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => fake.LastRequest.Verify("model", "c/d"));

        StringAssert.Contains(exception.Message, "actual:   \"a/b\"", StringComparison.Ordinal);
    }
}

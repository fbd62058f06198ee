using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Xunit;

public class RateLimitTests
{
    [Fact]
    public async Task A_rate_limit_is_waited_for()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)), r => r.Think("Easy.").Say("Four."));
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());
        Assert.Equal("Four.", (await client.GetResponseAsync("2+2?", cancellationToken: TestContext.Current.CancellationToken)).Text);
        Assert.Equal(TimeSpan.FromSeconds(20), fake.Waited);
    }
}

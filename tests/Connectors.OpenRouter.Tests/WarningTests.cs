using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connectors.OpenRouter.Tests;

public sealed class WarningTests
{
    [Fact]
    public async Task A_kind_of_warning_is_logged_once_by_a_client_and_stands_in_every_answer()
    {
        var log = new FakeLogCollector();
        using var fake = new FakeOpenRouter().Otherwise(reply => reply.Say("Hi."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b" }, fake.CreateClient(), LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log)).SetMinimumLevel(LogLevel.Warning)));
        for (var i = 0; i < 3; i++)
            Assert.Single((await client.GetResponseAsync("Hi", new() { Seed = i })).GetOpenRouter().Warnings);
        await client.GetResponseAsync("Hi", new() { StopSequences = ["x"] });
        var heard = log.GetSnapshot();
        Assert.Equal([40, 40], heard.Select(one => one.Id.Id));
        Assert.StartsWith("seed: ", heard[0].Message, StringComparison.Ordinal);
        Assert.StartsWith("stop: ", heard[1].Message, StringComparison.Ordinal);
    }
}

using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Tests;

public sealed class WarningTests
{
    [Fact]
    public async Task A_kind_of_warning_is_logged_once_by_a_client_and_stands_in_every_answer()
    {
        using var log = new Heard();
        using var fake = new FakeOpenRouter().Otherwise(reply => reply.Say("Hi."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b" }, fake.CreateClient(), LoggerFactory.Create(logging => logging.AddProvider(log)));
        for (var i = 0; i < 3; i++)
            Assert.Single((await client.GetResponseAsync("Hi", new() { Seed = i })).GetOpenRouter().Warnings);
        await client.GetResponseAsync("Hi", new() { StopSequences = ["x"] });
        Assert.Equal([40, 40], log.Events.Select(one => one.Id.Id));
        Assert.StartsWith("seed: ", log.Events[0].Words, StringComparison.Ordinal);
        Assert.StartsWith("stop: ", log.Events[1].Words, StringComparison.Ordinal);
    }

    private sealed class Heard : ILoggerProvider, ILogger
    {
        public List<(EventId Id, string Words)> Events { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Events.Add((eventId, formatter(state, exception)));
        }

        public void Dispose()
        {
        }
    }
}

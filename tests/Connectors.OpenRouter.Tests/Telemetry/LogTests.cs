using System.Reflection;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Tests.Telemetry;

/// <summary>docs/options.md lists every event that is logged, with its id and level.</summary>
public class LogTests
{
    [Fact]
    public void Every_event_is_on_the_page() => Assert.Equal(
        Events().Select(log => (Event: $"{log.Id} `{log.Name}`", log.Level)).Order(),
        Table.Rows("options.md", "What is logged").Select(row => (Event: row.Left, Level: row.Right.Split(" | ")[0])).Order());

    [Fact]
    public void No_two_events_share_an_id() => Assert.Equal(Events().Select(log => log.Id).Distinct(), Events().Select(log => log.Id));

    private static IEnumerable<(int Id, string Name, string Level)> Events() =>
        from method in typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public)
        let message = method.GetCustomAttribute<LoggerMessageAttribute>()
        where message is not null
        select (message.EventId, method.Name, message.Level.ToString());
}

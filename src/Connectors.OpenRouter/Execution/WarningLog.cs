using System.Collections.Concurrent;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Execution;

/// <summary>What requests were warned of: each kind is logged once, however many calls it concerns, and counted at each.</summary>
internal sealed class WarningLog(ILogger logger)
{
    /// <summary>Names come from callers, and a client may live for long: more are neither remembered nor logged.</summary>
    private const int MostKinds = 1000;

    /// <summary>The kinds that were logged.</summary>
    private readonly ConcurrentDictionary<string, bool> _logged = new();

    /// <summary>Logs the kinds that are new.</summary>
    /// <param name="warnings">Of one request.</param>
    /// <param name="model">For the counter; null where several models may answer.</param>
    public void LogNew(IReadOnlyList<Warning> warnings, string? model)
    {
        foreach (var warning in warnings)
        {
            Meters.OptionDropped(warning.Kind, model);
            if (_logged.Count < MostKinds && _logged.TryAdd(warning.Kind, true))
                Log.Changed(logger, warning.Kind, warning.Sentence);
        }
    }
}

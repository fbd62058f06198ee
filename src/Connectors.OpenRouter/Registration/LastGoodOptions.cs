using System.Collections.Concurrent;
using Connectors.OpenRouter.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Registration;

/// <summary>
/// Makes options as ever, but only the first ones may fail: settings that are spoilt while the app runs are reported, and the
/// last good ones stay. Model and endpoint stay whatever happens, because a client has told its name to others by then.
/// </summary>
internal sealed class LastGoodOptions(
    IEnumerable<IConfigureOptions<OpenRouterOptions>> setups,
    IEnumerable<IPostConfigureOptions<OpenRouterOptions>> postSetups,
    IEnumerable<IValidateOptions<OpenRouterOptions>> checks,
    ILogger<OpenRouterChatClient>? logger = null) : IOptionsFactory<OpenRouterOptions>
{
    /// <summary>The framework's own factory.</summary>
    private readonly OptionsFactory<OpenRouterOptions> _inner = new(setups, postSetups, checks);

    /// <summary>The last options that passed the checks, by name.</summary>
    private readonly ConcurrentDictionary<string, OpenRouterOptions> _good = new();

    /// <summary>Where a refused reload is logged.</summary>
    private readonly ILogger _logger = (ILogger?)logger ?? NullLogger.Instance;

    /// <summary>Makes and checks the options of one registration.</summary>
    /// <param name="name">The registration's name.</param>
    /// <returns>New options, or the last good ones when the new ones fail.</returns>
    public OpenRouterOptions Create(string name)
    {
        OpenRouterOptions made;
        try
        {
            made = _inner.Create(name);
        }
        catch (Exception spoilt) when (_good.TryGetValue(name, out var good)) // the configuration's reload must not fail, nor the call that follows it
        {
            Log.ReloadRefused(_logger, name, spoilt.Message);
            return good;
        }
        if (_good.TryGetValue(name, out var before))
        {
            if (made.Model != before.Model)
                Log.SettingFixed(_logger, name, nameof(made.Model), before.Model, made.Model);
            if (made.Endpoint != before.Endpoint)
                Log.SettingFixed(_logger, name, nameof(made.Endpoint), before.Endpoint.ToString(), made.Endpoint.ToString());
            (made.Model, made.Endpoint) = (before.Model, before.Endpoint);
        }
        _good[name] = made;
        return made;
    }
}

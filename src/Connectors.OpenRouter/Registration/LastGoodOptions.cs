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
    private readonly OptionsFactory<OpenRouterOptions> _inner = new(setups, postSetups, checks);
    private readonly ConcurrentDictionary<string, OpenRouterOptions> _good = new();
    private readonly ILogger _logger = (ILogger?)logger ?? NullLogger.Instance;

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

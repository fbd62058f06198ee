using System.Collections.Concurrent;

namespace Connectors.OpenRouter.Registration;

/// <summary>One platform a registration, whatever the lifetime of its clients: what it keeps is of use only while it lives.</summary>
internal sealed class RegisteredPlatforms : IDisposable
{
    /// <summary>The platforms by the registration's name.</summary>
    private readonly ConcurrentDictionary<string, OpenRouterPlatform> _platforms = new();

    /// <summary>The platform of a registration, made when it is first asked for.</summary>
    public OpenRouterPlatform Get(string name, Func<OpenRouterPlatform> make) => _platforms.GetOrAdd(name, _ => make());

    public void Dispose()
    {
        foreach (var platform in _platforms.Values)
            platform.Dispose();
    }
}

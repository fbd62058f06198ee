using System.Collections.Concurrent;
using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Registration;

/// <summary>What the named clients that we take from the factory begin with: no total time limit, no redirects.</summary>
internal sealed class ClientConnections : IConfigureNamedOptions<HttpClientFactoryOptions>
{
    /// <summary>The names of clients that are configured here; all others are the app's own.</summary>
    private readonly ConcurrentDictionary<string, bool> _ownNames = new() { [OpenRouterDefaults.HttpClientName] = true };

    /// <summary>Makes a name one of ours; to be said before its first client is made.</summary>
    public string Use(string name)
    {
        _ownNames.TryAdd(name, true);
        return name;
    }

    /// <summary>Adds our handler and limits to a client of ours, before the app's own configuration.</summary>
    public void Configure(string? name, HttpClientFactoryOptions options)
    {
        if (name is null || !_ownNames.ContainsKey(name))
            return;
        options.HttpClientActions.Add(Connections.Prepare);
        options.HttpMessageHandlerBuilderActions.Add(builder => builder.PrimaryHandler = Connections.NewHandler());
    }

    /// <summary>The same for the client without a name.</summary>
    public void Configure(HttpClientFactoryOptions options) => Configure(Options.DefaultName, options);
}

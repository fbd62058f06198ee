using System.Net;

namespace Connectors.OpenRouter.Transport;

/// <summary>The machine's proxy, but not for a service on this machine: there the key would travel in the open.</summary>
internal sealed class ProxyExceptForLoopback(IWebProxy? proxy) : IWebProxy
{
    /// <summary>The proxy's own credentials; setting them without a proxy does nothing.</summary>
    public ICredentials? Credentials
    {
        get => proxy?.Credentials;
        set
        {
            if (proxy is not null)
                proxy.Credentials = value;
        }
    }

    /// <summary>The proxy's address for a destination.</summary>
    /// <returns>Null: no proxy.</returns>
    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : proxy?.GetProxy(destination);

    /// <summary>Whether a host is reached without the proxy.</summary>
    public bool IsBypassed(Uri host) => host.IsLoopback || proxy?.IsBypassed(host) != false;
}

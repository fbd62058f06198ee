using System.Net;

namespace Connectors.OpenRouter.Transport;

/// <summary>The machine's proxy, but not for a service on this machine: there the key would travel in the open.</summary>
internal sealed class ProxyExceptForLoopback(IWebProxy? proxy) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => proxy?.Credentials;
        set
        {
            if (proxy is not null)
                proxy.Credentials = value;
        }
    }

    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : proxy?.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || proxy?.IsBypassed(host) != false;
}

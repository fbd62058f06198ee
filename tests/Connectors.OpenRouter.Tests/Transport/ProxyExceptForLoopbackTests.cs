using System.Net;
using Connectors.OpenRouter.Transport;

namespace Connectors.OpenRouter.Tests.Transport;

/// <summary>A service on this machine is spoken to over http: through a proxy the key would travel in the open.</summary>
public sealed class ProxyExceptForLoopbackTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080/api/v1", true)]
    [InlineData("http://127.0.0.2/", true)]
    [InlineData("http://[::1]:8080/", true)]
    [InlineData("http://localhost:8080/", true)]
    [InlineData("https://openrouter.ai/api/v1", false)]
    [InlineData("https://localhost.example/", false)]
    public void A_service_on_this_machine_is_reached_past_the_proxy(string address, bool isLocal)
    {
        var (destination, proxy) = (new Uri(address), new Uri("http://proxy.example:3128/"));
        var bare = new WebProxy(proxy);
        var ours = new ProxyExceptForLoopback(bare);
        Assert.Equal((false, proxy), (bare.IsBypassed(destination), bare.GetProxy(destination))); // by itself it would take everything
        Assert.Equal((isLocal, isLocal ? null : proxy), (ours.IsBypassed(destination), ours.GetProxy(destination)));
    }

    [Fact]
    public void Without_a_proxy_there_is_none()
    {
        var ours = new ProxyExceptForLoopback(null);
        Assert.True(ours.IsBypassed(new("https://openrouter.ai/")));
        Assert.Null(ours.GetProxy(new("https://openrouter.ai/")));
    }
}

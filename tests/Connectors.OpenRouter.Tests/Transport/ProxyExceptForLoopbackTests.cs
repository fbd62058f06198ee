using System.Net;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

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
    [Trait("Not promised by", "netstandard2.0")]
    public async Task The_machines_proxy_is_passed_by_our_own_client_and_by_the_named_one()
    {
        const string Answer = """{"id":"gen-1","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Four."}]}]}""";
        var good = $"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {Answer.Length}\r\n\r\n{Answer}";
        await using var proxy = new Loopback(exchange => exchange.SendAsync(good));
        await using var service = new Loopback(exchange => exchange.SendAsync(good));
        using var everything = ProxyOfThisFlow.Set(proxy.Endpoint);
        using var plain = service.Client(http: new HttpClient());
        await plain.GetResponseAsync("q");
        Assert.Equal((1, 0), (proxy.Posts, service.Posts)); // it is a proxy, and takes what does not pass it by

        using var own = service.Client(http: new HttpClient(Connections.NewHandler()));
        await own.GetResponseAsync("q");
        await using var provider = Provider(service.Endpoint);
        await provider.GetRequiredService<IChatClient>().GetResponseAsync("q");
        Assert.Equal((1, 2), (proxy.Posts, service.Posts));
    }

    private static ServiceProvider Provider(Uri endpoint)
    {
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("a/b", options => (options.ApiKey, options.Endpoint) = ("sk-or-test", endpoint));
        return services.BuildServiceProvider();
    }

    /// <summary>The machine's proxy, for what this test sends and nobody else.</summary>
    private sealed class ProxyOfThisFlow(IWebProxy before) : IWebProxy
    {
        private static readonly AsyncLocal<Uri?> Here = new();

        public ICredentials? Credentials { get; set; }

        public static IDisposable Set(Uri address)
        {
            var before = HttpClient.DefaultProxy;
            (HttpClient.DefaultProxy, Here.Value) = (new ProxyOfThisFlow(before), address);
            return new Undo(() => HttpClient.DefaultProxy = before);
        }

        public Uri? GetProxy(Uri destination) => Here.Value ?? before.GetProxy(destination);

        public bool IsBypassed(Uri host) => Here.Value is null && before.IsBypassed(host);

        private sealed class Undo(Action undo) : IDisposable
        {
            public void Dispose() => undo();
        }
    }

    [Fact]
    public void Without_a_proxy_there_is_none()
    {
        var ours = new ProxyExceptForLoopback(null);
        Assert.True(ours.IsBypassed(new("https://openrouter.ai/")));
        Assert.Null(ours.GetProxy(new("https://openrouter.ai/")));
    }
}

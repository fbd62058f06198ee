using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>What the service answers to those who only look something up; everything else goes to the stand-in.</summary>
internal sealed class Lookups(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    public ConcurrentDictionary<string, string> Bodies { get; } = new(StringComparer.Ordinal);

    /// <summary>The paths that were asked for, with their queries.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public Lookups With(string path, string body)
    {
        Bodies[path] = body;
        return this;
    }

    public HttpClient CreateClient()
    {
        var client = new HttpClient(this, disposeHandler: false);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "sk-or-fake");
        return client;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method != HttpMethod.Get)
            return await base.SendAsync(request, cancellationToken);
        Asked.Enqueue(request.RequestUri!.PathAndQuery);
        return Bodies.TryGetValue(request.RequestUri.AbsolutePath.Split('/')[^1], out var body)
            ? new(HttpStatusCode.OK) { RequestMessage = request, Content = new StringContent(body, Encoding.UTF8, "application/json") }
            : new(HttpStatusCode.NotFound) { RequestMessage = request, Content = new StringContent("""{"error":{"code":404,"message":"Not Found"}}""", Encoding.UTF8, "application/json") };
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>A service in memory: each request gets the next answer, the last one for ever. Remembers what was posted.</summary>
internal sealed class Service(params Func<HttpRequestMessage, HttpResponseMessage>[] answers) : HttpMessageHandler
{
    private readonly List<HttpRequestMessage> _posts = [];
    private readonly List<string> _bodies = [];

    public IReadOnlyList<HttpRequestMessage> Posts => _posts;

    public IReadOnlyList<string> Bodies => _bodies;

    public static Func<HttpRequestMessage, HttpResponseMessage> Json(string body, int status = 200, params (string Name, string Value)[] headers) =>
        Body(body, "application/json", status, headers);

    public static Func<HttpRequestMessage, HttpResponseMessage> Events(string body) => Body(body, "text/event-stream");

    public static Func<HttpRequestMessage, HttpResponseMessage> Transcript(string name, int status = 200, params (string Name, string Value)[] headers) =>
        Body(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Transcripts", name)), name.EndsWith("sse", StringComparison.Ordinal) ? "text/event-stream" : "application/json", status, headers);

    public static Func<HttpRequestMessage, HttpResponseMessage> Body(string body, string? contentType, int status = 200, params (string Name, string Value)[] headers) =>
        Stream(() => new MemoryStream(Encoding.UTF8.GetBytes(body)), contentType, status, headers);

    public static Func<HttpRequestMessage, HttpResponseMessage> Stream(Func<Stream> body, string? contentType = "text/event-stream", int status = 200, params (string Name, string Value)[] headers) => request =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StreamContent(body()), RequestMessage = request };
        response.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in headers)
            response.Headers.TryAddWithoutValidation(name, value);
        return response;
    };

    public static Func<HttpRequestMessage, HttpResponseMessage> Throws(Exception exception) => _ => throw exception;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = answers[Math.Min(_posts.Count, answers.Length - 1)];
        _posts.Add(request);
        _bodies.Add(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken));
        return answer(request);
    }
}

/// <summary>A service that takes a request and never answers.</summary>
internal sealed class Hanging : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        throw new InvalidOperationException("Nobody waits for ever.");
    }
}

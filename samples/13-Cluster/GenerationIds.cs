namespace Samples.Cluster;

/// <summary>Tells a call under which id the service charges it as soon as the headers are there: a model may think for minutes before its first word, and its machine may die meanwhile.</summary>
internal sealed class GenerationIds : DelegatingHandler
{
    private static readonly AsyncLocal<Func<string, Task>?> Listener = new();

    /// <summary>Heard by the requests that the current asynchronous method sends from now on.</summary>
    public static void Listen(Func<string, Task> listener) => Listener.Value = listener;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (Listener.Value is { } listener && response.Headers.TryGetValues("X-Generation-Id", out var ids))
            await listener(ids.First());
        return response;
    }
}

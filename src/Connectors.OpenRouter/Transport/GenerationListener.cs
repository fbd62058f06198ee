namespace Connectors.OpenRouter.Transport;

/// <summary>Tells those who count under which id the service charges a request, as soon as it is known: a model may think for minutes before its first word, and its process may die meanwhile.</summary>
internal static class GenerationListener
{
    private static readonly AsyncLocal<Func<string?, ValueTask>?> Listening = new();

    /// <summary>Heard by the requests that the current asynchronous method sends from now on, also by those who listen already.</summary>
    public static void Listen(Func<string?, ValueTask> listener)
    {
        var outer = Listening.Value;
        Listening.Value = outer is null ? listener : async id =>
        {
            await listener(id).ConfigureAwait(false);
            await outer(id).ConfigureAwait(false);
        };
    }

    /// <summary>The service has taken the request.</summary>
    public static ValueTask TellAsync(string? generationId) => Listening.Value is { } listener ? listener(generationId) : default;
}

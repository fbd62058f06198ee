namespace Connectors.OpenRouter.Transport;

/// <summary>
/// Tells those who count under which id the service charges a request, as soon as it is known: a model may think for minutes before its first
/// word, and its process may die meanwhile. And what failed before a word: something between here and them may ask another model then.
/// </summary>
internal static class GenerationListener
{
    /// <summary>Flows with the asynchronous call, so that a request finds the listeners of whoever awaits it.</summary>
    private static readonly AsyncLocal<Listener?> Listening = new();

    /// <summary>Heard by the requests that the current asynchronous method sends from now on, also by those who listen already.</summary>
    /// <param name="taken">The service has taken a request; with its id where that is known yet.</param>
    /// <param name="failed">A request has failed before its first word.</param>
    public static void Listen(Func<string?, ValueTask> taken, Action<OpenRouterException> failed) => Listening.Value = new(taken, failed, Listening.Value);

    /// <summary>The service has taken the request.</summary>
    public static ValueTask NotifyTakenAsync(string? generationId) => Listening.Value is { } listening ? NotifyTakenAsync(listening, generationId) : default;

    private static async ValueTask NotifyTakenAsync(Listener listening, string? generationId)
    {
        for (var listener = listening; listener is not null; listener = listener.Outer)
            await listener.Taken(generationId).ConfigureAwait(false);
    }

    /// <summary>The request has failed, for good as far as its client can tell.</summary>
    public static void NotifyFailed(OpenRouterException failure)
    {
        for (var listener = Listening.Value; listener is not null; listener = listener.Outer)
            listener.Failed(failure);
    }

    /// <summary>One listener and the one around it.</summary>
    /// <param name="Taken">Is given the generation's id where it is known.</param>
    /// <param name="Failed">Is given the request's exception.</param>
    /// <param name="Outer">The next listener; null for the outermost.</param>
    private sealed record Listener(Func<string?, ValueTask> Taken, Action<OpenRouterException> Failed, Listener? Outer);
}

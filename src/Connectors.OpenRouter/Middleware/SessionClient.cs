using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Middleware;

/// <summary>Names the conversation of each request, where nobody has.</summary>
internal sealed class SessionClient(IChatClient inner, Func<IEnumerable<ChatMessage>, ChatOptions?, string?>? key) : DelegatingChatClient(inner)
{
    /// <summary>The longest id that the service takes.</summary>
    private const int LongestId = 256;

    /// <summary>The names under which options may hold an id.</summary>
    private static readonly string[] Names = ["session_id", "x-session-id"];

    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var list = Read(messages);
        return base.GetResponseAsync(list, Named(list, options), cancellationToken);
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var list = Read(messages);
        return base.GetStreamingResponseAsync(list, Named(list, options), cancellationToken);
    }

    /// <summary>The session that the options name; null when they name none.</summary>
    public static string? Id(ChatOptions? options) =>
        options?.AdditionalProperties is { } properties ? Names.Select(name => properties.FirstOrDefault(pair => name.Equals(pair.Key, StringComparison.OrdinalIgnoreCase)).Value?.ToString()).FirstOrDefault(id => !string.IsNullOrEmpty(id)) : null;

    /// <summary>The history as a list; itself where it is one.</summary>
    private static IReadOnlyCollection<ChatMessage> Read(IEnumerable<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
    }

    /// <summary>The options with a session, where nobody has set one and the key function gives one.</summary>
    private ChatOptions? Named(IReadOnlyCollection<ChatMessage> messages, ChatOptions? options)
    {
        if (Id(options) is not null || InnerClient.GetService<OpenRouterChatClient>()?.Settings.Request?.SessionId is { Length: > 0 })
            return options;
        var id = key is null ? Digest.OfFirstMessages(messages, options) : key(messages, options);
        if (string.IsNullOrEmpty(id))
            return options;
        return (options ?? new()).WithOpenRouter(new() { SessionId = id!.Length > LongestId ? Digest.Of(id) : id });
    }
}

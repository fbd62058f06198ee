using System.Runtime.CompilerServices;
using Connectors.OpenRouter.Telemetry;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connectors.OpenRouter.Middleware;

/// <summary>Compares each request with the one before it, and says why the provider's prompt cache did not have what they share.</summary>
internal sealed class CacheReportClient(IChatClient inner, TimeProvider time, ILoggerFactory? loggers) : DelegatingChatClient(inner)
{
    /// <summary>Providers cache nothing shorter.</summary>
    private const int LeastTokens = 1024;

    /// <summary>How many conversations are compared; the oldest go first.</summary>
    private const int Conversations = 1024;

    /// <summary>What most providers keep a prompt for after its last use.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    /// <summary>Where missed caches are logged.</summary>
    private readonly ILogger _logger = (ILogger?)loggers?.CreateLogger<CacheReportClient>() ?? NullLogger.Instance;

    /// <summary>The last request of each conversation. Also the lock.</summary>
    private readonly Dictionary<string, Prompt> _latest = new(StringComparer.Ordinal);

    /// <summary>The conversations, the oldest first.</summary>
    private readonly Queue<string> _oldest = new();

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var (list, prompt) = Read(messages, ref options);
        var response = await base.GetResponseAsync(list, options, cancellationToken).ConfigureAwait(false);
        Compare(prompt, response.Usage, response.GetOpenRouter());
        return response;
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var (list, prompt) = Read(messages, ref options);
        return StreamAsync(list, prompt, options, cancellationToken);
    }

    /// <summary>The stream as it comes; the comparison happens when its usage arrives.</summary>
    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(IEnumerable<ChatMessage> messages, Prompt prompt, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            if (update.Contents.OfType<UsageContent>().FirstOrDefault() is { Details: var usage })
                Compare(prompt, usage, update.GetOpenRouter());
            yield return update;
        }
    }

    /// <summary>Reads the history once and makes marks of it.</summary>
    /// <param name="messages">The caller's.</param>
    /// <param name="options">Replaced where a factory in them had to be called.</param>
    private (IReadOnlyCollection<ChatMessage>, Prompt) Read(IEnumerable<ChatMessage> messages, ref ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var list = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        var request = RequestFacts.Of(options, this);
        options = request.Options;
        // Without a name a conversation is known by the user's first message: what stands before it may be what spoils the cache.
        var conversation = SessionClient.Id(options) ?? (list.FirstOrDefault(message => message.Role == ChatRole.User) is { } first ? Digest.Of(first) : "");
        return (list, new(conversation, request.Model, Digest.Of(options?.Instructions ?? ""), Digest.Of(options?.Tools ?? []), [.. list.Select(message => (message.Role, Digest.Of(message)))]));
    }

    /// <summary>Compares the request with the one before it, keeps it, and logs a miss.</summary>
    private void Compare(Prompt prompt, UsageDetails? usage, OpenRouterInfo info)
    {
        if (usage is null || info.CacheStatus is "HIT")
            return;
        var (cached, now) = (usage.CachedInputTokenCount ?? 0, time.GetUtcNow());
        Prompt? before;
        lock (_latest)
        {
            if (!_latest.TryGetValue(prompt.Conversation, out before))
                _oldest.Enqueue(prompt.Conversation);
            _latest[prompt.Conversation] = prompt with { Tokens = usage.InputTokenCount ?? 0, Provider = info.ProviderName, At = now, HasHit = before?.HasHit == true || cached > 0 };
            if (_oldest.Count > Conversations)
                _latest.Remove(_oldest.Dequeue());
        }
        if (before is null || before.Tokens < LeastTokens || cached >= before.Tokens / 2 || prompt.Messages.Length < before.Messages.Length)
            return;
        if (Reason(before, prompt, info.ProviderName, now) is { } reason)
            Log.CacheMissed(_logger, reason, before.Tokens - cached, Money(prompt.Model, before.Tokens - cached, now));
    }

    /// <summary>Why; null where nothing is known and the model may not cache at all.</summary>
    private static string? Reason(Prompt before, Prompt after, string? provider, DateTimeOffset now)
    {
        if (before.Model != after.Model)
            return $"the model changed from {before.Model} to {after.Model}";
        if (before.Tools != after.Tools)
            return "the tools are not those of the request before";
        if (before.Instructions != after.Instructions)
            return "the instructions are not those of the request before";
        for (var i = 0; i < before.Messages.Length; i++)
            if (before.Messages[i] != after.Messages[i])
                return $"message {i + 1} of {before.Messages.Length} ({before.Messages[i].Role}) is not what it was in the request before";
        if (before.Provider is not null && provider is not null && before.Provider != provider)
            return $"{provider} answered instead of {before.Provider}";
        if (now - before.At >= Kept)
            return FormattableString.Invariant($"{(now - before.At).TotalMinutes:0} minutes have passed since the request before");
        return before.HasHit ? "the provider no longer had it, although nothing of the request before was changed" : null;
    }

    /// <summary>What the tokens would have cost less, where the catalogue has been asked for.</summary>
    private string Money(string model, long tokens, DateTimeOffset now) =>
        InnerClient.GetService<OpenRouterPlatform>()?.KnownModel(model)?.Prices.At(tokens, now) is { Prompt: { } price, CacheRead: { } cached }
            ? FormattableString.Invariant($", which cost ${tokens * (price - cached):0.######} more") : "";

    /// <summary>What is kept of a request.</summary>
    private sealed record Prompt(string Conversation, string Model, string Instructions, string Tools, (ChatRole Role, string Mark)[] Messages)
    {
        /// <summary>Its input in tokens, as the provider counted.</summary>
        public long Tokens { get; init; }

        /// <summary>The provider that served; null when the service did not say.</summary>
        public string? Provider { get; init; }

        /// <summary>When it was answered.</summary>
        public DateTimeOffset At { get; init; }

        /// <summary>The cache has served this conversation before.</summary>
        public bool HasHit { get; init; }
    }
}

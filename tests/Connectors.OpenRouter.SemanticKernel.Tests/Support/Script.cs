using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Support;

/// <summary>A client that says what it was given, round by round, and remembers what it was asked.</summary>
internal sealed class Script(params AIContent[][] rounds) : IChatClient
{
    public List<List<ChatMessage>> Asked { get; } = [];

    public List<ChatOptions?> Options { get; } = [];

    public ChatOptions? LastOptions => Options[^1];

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => Task.FromResult(Round(messages, options).ToChatResponse());

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in Round(messages, options))
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("script", new Uri("https://script.test/"), "author/model")
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose()
    {
    }

    private List<ChatResponseUpdate> Round(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        Asked.Add([.. messages]);
        Options.Add(options?.Clone());
        var number = Asked.Count;
        var contents = rounds[number - 1];
        var updates = contents.Select((content, index) => new ChatResponseUpdate(index == 0 ? ChatRole.Assistant : null, [content])
        {
            ResponseId = $"gen-{number}",
            MessageId = content is UsageContent ? null : $"gen-{number}",
            ModelId = "author/model-1",
            CreatedAt = DateTimeOffset.UnixEpoch.AddDays(number),
        }).ToList();
        updates[^1].FinishReason = contents.OfType<FunctionCallContent>().Any() ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop;
        return updates;
    }
}

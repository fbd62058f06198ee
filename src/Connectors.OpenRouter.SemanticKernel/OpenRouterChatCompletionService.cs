using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Services;
using Ai = Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// An <see cref="IChatCompletionService"/> over any <see cref="IChatClient"/> that shows the model's thinking in <c>Items</c>,
/// live and whole, keeps it in the history, and sends it back.
/// </summary>
/// <remarks>
/// Functions are called by Semantic Kernel's own loop, with its filters, unless the client calls functions already.
/// A history is written to only for rounds of function calls that are over. Streamed chunks keep their
/// <see cref="ChatResponseUpdate"/> in <see cref="StreamingKernelContent.InnerContent"/>, messages their <see cref="ChatResponse"/>.
/// </remarks>
public sealed class OpenRouterChatCompletionService : IChatCompletionService
{
    private readonly IChatClient _client;
    private readonly bool _callsByItself;

    /// <param name="client">Not disposed by this service.</param>
    /// <param name="loggerFactory">Where the function calling loop logs to; nowhere when null.</param>
    public OpenRouterChatCompletionService(IChatClient client, ILoggerFactory? loggerFactory = null)
        : this(client, loggerFactory, services: null)
    {
    }

    internal OpenRouterChatCompletionService(IChatClient client, ILoggerFactory? loggerFactory, IServiceProvider? services)
    {
        ArgumentNullException.ThrowIfNull(client);
        _callsByItself = client.GetService<FunctionInvokingChatClient>() is not null;
        _client = _callsByItself ? client : client.AsBuilder().UseKernelFunctionInvocation(loggerFactory).Build(services);

        var attributes = new Dictionary<string, object?>();
        var metadata = client.GetService<ChatClientMetadata>();
        if (metadata?.DefaultModelId is { } model)
            attributes[AIServiceExtensions.ModelIdKey] = model;
        if (metadata?.ProviderUri is { } endpoint)
            attributes[AIServiceExtensions.EndpointKey] = endpoint.ToString();
        Attributes = attributes;
    }

    /// <summary>The model and the endpoint, under Semantic Kernel's own keys.</summary>
    public IReadOnlyDictionary<string, object?> Attributes { get; }

    /// <summary>Asks for one whole answer. Rounds of function calls that preceded it are appended to <paramref name="chatHistory"/>; the answer is not.</summary>
    /// <exception cref="HttpOperationException">The service refused or broke off; the <see cref="OpenRouterException"/> is inside.</exception>
    public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chatHistory);
        return AskAsync(chatHistory, executionSettings, kernel, cancellationToken);
    }

    /// <summary>Streams the answer. A round of function calls is appended to <paramref name="chatHistory"/> when it is over, before the next chunk.</summary>
    /// <exception cref="HttpOperationException">The service refused or broke off; the <see cref="OpenRouterException"/> is inside.</exception>
    public IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chatHistory);
        return StreamAsync(chatHistory, executionSettings, kernel, cancellationToken);
    }

    private async Task<IReadOnlyList<ChatMessageContent>> AskAsync(ChatHistory history, PromptExecutionSettings? settings, Kernel? kernel, CancellationToken cancellationToken)
    {
        ChatResponse response;
        try
        {
            response = await _client.GetResponseAsync(KernelMessageMap.ToMessages(history), SettingsMap.ToChatOptions(settings, kernel), cancellationToken).ConfigureAwait(false);
        }
        catch (OpenRouterException failure) // Semantic Kernel's own retries and filters look for this type
        {
            throw ToOperationException(failure);
        }
        var names = new CallNames(kernel);
        foreach (var message in response.Messages.Take(KernelMessageMap.FirstOfAnswer(response)))
            history.Add(KernelMessageMap.ToKernelMessage(message, names, response.ModelId));
        return [KernelMessageMap.ToKernelMessage(response, names)];
    }

    private async IAsyncEnumerable<StreamingChatMessageContent> StreamAsync(
        ChatHistory history, PromptExecutionSettings? settings, Kernel? kernel, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = SettingsMap.ToChatOptions(settings, kernel);
        var stream = new LiveChunks(kernel);
        var heard = _callsByItself || options?.Tools is { Count: > 0 } ? new List<ChatResponseUpdate>() : null; // without tools there are no rounds to remember
        var updates = _client.GetStreamingResponseAsync(KernelMessageMap.ToMessages(history), options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (updates.ConfigureAwait(false))
            while (await NextAsync(updates).ConfigureAwait(false))
            {
                var update = updates.Current;
                heard?.Add(update);
                var chunk = stream.ToChunk(update);
                if (heard is not null && EndsRound(update))
                {
                    var said = heard.ToChatResponse();
                    foreach (var message in said.Messages)
                        history.Add(KernelMessageMap.ToKernelMessage(message, stream.Names, said.ModelId));
                    heard.Clear();
                    stream.NextRound();
                }
                yield return chunk;
            }
    }

    /// <summary>The loop has called the functions, and says so in a message of its own.</summary>
    private static bool EndsRound(ChatResponseUpdate update) => update.Role == ChatRole.Tool && update.Contents.OfType<Ai.FunctionResultContent>().Any();

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> updates)
    {
        try
        {
            return await updates.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OpenRouterException failure) // as above
        {
            throw ToOperationException(failure);
        }
    }

    private static HttpOperationException ToOperationException(OpenRouterException failure) =>
        new(failure.StatusCode, failure.ResponseBody, failure.Message, failure);
}

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
/// Functions are called as Semantic Kernel's own connectors call them, through its filters and with the caller's settings and history,
/// unless the client calls functions already. A history is written to only by rounds of function calls. Streamed chunks keep their
/// <see cref="ChatResponseUpdate"/> in <see cref="StreamingKernelContent.InnerContent"/>, messages their <see cref="ChatResponse"/>.
/// </remarks>
public sealed class OpenRouterChatCompletionService : IChatCompletionService
{
    /// <summary>The client; whoever made it disposes of it.</summary>
    private readonly IChatClient _client;

    /// <summary>Where function calls are logged.</summary>
    private readonly ILogger _logger;

    /// <summary>Whether the client runs functions itself, so that rounds are not made here.</summary>
    private readonly bool _callsByItself;

    /// <param name="client">Not disposed by this service.</param>
    /// <param name="loggerFactory">Where function calls are logged to; nowhere when null.</param>
    public OpenRouterChatCompletionService(IChatClient client, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _logger = loggerFactory?.CreateLogger<OpenRouterChatCompletionService>() ?? (ILogger)Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
        _callsByItself = client.GetService<FunctionInvokingChatClient>() is not null;

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

    /// <summary>
    /// Asks for one whole answer. Rounds of function calls that preceded it are appended to <paramref name="chatHistory"/>; the
    /// answer is not.
    /// </summary>
    /// <exception cref="HttpOperationException">
    /// The service refused or broke off; the <see cref="OpenRouterException"/> is inside.
    /// </exception>
    public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chatHistory);
        return AskAsync(chatHistory, executionSettings, kernel, cancellationToken);
    }

    /// <summary>
    /// Streams the answer. A round of function calls is appended to <paramref name="chatHistory"/> when it is over, before the
    /// next chunk.
    /// </summary>
    /// <exception cref="HttpOperationException">
    /// The service refused or broke off; the <see cref="OpenRouterException"/> is inside.
    /// </exception>
    public IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chatHistory);
        return StreamAsync(chatHistory, executionSettings, kernel, cancellationToken);
    }

    /// <summary>Asks until an answer has no calls to run.</summary>
    /// <param name="history">Rounds are appended.</param>
    /// <param name="settings">Of the call.</param>
    /// <param name="kernel">Has the functions.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>One message: the answer.</returns>
    private async Task<IReadOnlyList<ChatMessageContent>> AskAsync(ChatHistory history, PromptExecutionSettings? settings, Kernel? kernel, CancellationToken cancellationToken)
    {
        var names = new CallNames(kernel);
        if (_callsByItself)
        {
            var whole = await AskAsync(history, SettingsMap.ToChatOptionsWithFunctions(settings, kernel), cancellationToken).ConfigureAwait(false);
            foreach (var message in whole.Messages.Take(KernelMessageMap.FirstOfAnswer(whole)))
                history.Add(KernelMessageMap.ToKernelMessage(message, names, whole.ModelId));
            return [KernelMessageMap.ToKernelMessage(whole, names)];
        }

        var rounds = new FunctionRounds(history, settings, kernel, _logger);
        var before = new List<ChatMessage>();
        UsageDetails? used = null;
        while (true)
        {
            var response = await AskAsync(history, rounds.Next(), cancellationToken).ConfigureAwait(false);
            var answer = KernelMessageMap.ToKernelMessage(response, names);
            if (rounds.CallsOf(response, answer) is not { Count: > 0 } calls)
                return [before.Count == 0 ? answer : KernelMessageMap.ToKernelMessage(Whole(response), names)];

            var (results, ended) = await rounds.RunAsync(answer, calls, streaming: false, cancellationToken).ConfigureAwait(false);
            if (response.Usage is { } usage)
                (used ??= new()).Add(usage);
            rounds.AddWarnings(response);
            before.AddRange(response.Messages);
            before.Add(KernelHistoryMap.ToToolMessage(results));
            if (ended)
            {
                response.Messages = [];
                KernelMessageMap.AddFacts(results, Whole(response, counted: true));
                return [results];
            }

            ChatResponse Whole(ChatResponse last, bool counted = false)
            {
                if (last.Usage is { } usage && !counted)
                    (used ??= new()).Add(usage);
                return new([.. before, .. last.Messages])
                {
                    ResponseId = last.ResponseId,
                    ModelId = last.ModelId,
                    CreatedAt = last.CreatedAt,
                    FinishReason = last.FinishReason,
                    Usage = used,
                    AdditionalProperties = rounds.WithWarnings(last.AdditionalProperties),
                    RawRepresentation = last.RawRepresentation,
                };
            }
        }
    }

    /// <summary>One request; failures in Semantic Kernel's words.</summary>
    private async Task<ChatResponse> AskAsync(ChatHistory history, ChatOptions? options, CancellationToken cancellationToken)
    {
        try
        {
            return AdviceText.Of(await _client.GetResponseAsync(KernelHistoryMap.ToMessages(history), options, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception failure) when (AdviceText.Of(failure) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Streams until an answer has no calls to run; rounds follow each other in one stream.</summary>
    private async IAsyncEnumerable<StreamingChatMessageContent> StreamAsync(
        ChatHistory history, PromptExecutionSettings? settings, Kernel? kernel, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = new LiveChunks(kernel);
        var rounds = _callsByItself ? null : new FunctionRounds(history, settings, kernel, _logger);
        while (true)
        {
            var options = rounds is null ? SettingsMap.ToChatOptionsWithFunctions(settings, kernel) : rounds.Next();
            var received = _callsByItself || rounds is { MayInvoke: true } ? new List<ChatResponseUpdate>() : null; // without functions there are no rounds to remember
            var updates = _client.GetStreamingResponseAsync(KernelHistoryMap.ToMessages(history), options, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (updates.ConfigureAwait(false))
                while (await NextAsync(updates).ConfigureAwait(false))
                {
                    var update = AdviceText.Of(updates.Current);
                    received?.Add(update);
                    var chunk = stream.ToChunk(rounds is not null && update.FinishReason is not null ? WithAllWarnings(update) : update);
                    if (_callsByItself && EndsRound(update))
                        Keep(received!);
                    yield return chunk;
                }
            if (rounds is null || received is null)
                yield break;

            var response = received.ToChatResponse();
            var asked = KernelMessageMap.ToKernelMessage(response, stream.Names);
            if (rounds.CallsOf(response, asked) is not { Count: > 0 } calls)
                yield break;
            rounds.AddWarnings(response);
            var (results, ended) = await rounds.RunAsync(asked, calls, streaming: true, cancellationToken).ConfigureAwait(false);
            stream.NextRound();
            yield return stream.ToChunk(new(ChatRole.Tool, KernelHistoryMap.ToToolMessage(results).Contents)
            {
                ResponseId = response.ResponseId,
                MessageId = $"{response.ResponseId}#results",
                ModelId = response.ModelId,
                CreatedAt = response.CreatedAt,
                AdditionalProperties = ended ? rounds.WithWarnings(facts: null) : null, // then this is the answer
            });
            if (ended)
                yield break;
        }

        ChatResponseUpdate WithAllWarnings(ChatResponseUpdate last)
        {
            var facts = rounds!.WithWarnings(last.AdditionalProperties);
            if (facts == last.AdditionalProperties)
                return last;
            var copy = last.Clone(); // the other one is the round's own
            copy.AdditionalProperties = facts;
            return copy;
        }

        void Keep(List<ChatResponseUpdate> round)
        {
            var said = round.ToChatResponse();
            foreach (var message in said.Messages)
                history.Add(KernelMessageMap.ToKernelMessage(message, stream.Names, said.ModelId));
            round.Clear();
            stream.NextRound();
        }
    }

    /// <summary>The client's own loop has called the functions, and says so in a message of its own.</summary>
    private static bool EndsRound(ChatResponseUpdate update) => update.Role == ChatRole.Tool && update.Contents.OfType<Ai.FunctionResultContent>().Any();

    /// <summary>While updates are buffered there is no state machine.</summary>
    private static ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> updates)
    {
        try
        {
            var moving = updates.MoveNextAsync();
            return moving.IsCompletedSuccessfully ? moving : PendingAsync(moving);
        }
        catch (Exception failure) when (AdviceText.Of(failure) is { } told)
        {
            throw told;
        }
    }

    /// <summary>The next update once it arrives; failures in Semantic Kernel's words.</summary>
    private static async ValueTask<bool> PendingAsync(ValueTask<bool> moving)
    {
        try
        {
            return await moving.ConfigureAwait(false);
        }
        catch (Exception failure) when (AdviceText.Of(failure) is { } translated)
        {
            throw translated;
        }
    }
}

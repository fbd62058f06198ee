using Connectors.OpenRouter;
using Connectors.OpenRouter.SemanticKernel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.TextGeneration;

namespace Microsoft.SemanticKernel;

/// <summary>OpenRouter in a kernel, and the model's thinking where Semantic Kernel keeps it.</summary>
public static partial class OpenRouterKernelExtensions
{
    /// <summary>
    /// Registers an <see cref="IChatCompletionService"/> that shows the model's thinking and keeps it, and an
    /// <see cref="ITextGenerationService"/> beside it.
    /// </summary>
    /// <param name="builder">The kernel's builder.</param>
    /// <param name="modelId">
    /// The model, as <c>author/slug[:variant]</c>; when null, the setting <c>OpenRouter:Model</c>, or that of
    /// <c>OpenRouter:Clients:{serviceId}</c>.
    /// </param>
    /// <param name="apiKey">The key; when null, from the settings, then from the environment variable <c>OPENROUTER_API_KEY</c>.</param>
    /// <param name="endpoint">Null for <c>https://openrouter.ai/api/v1/</c>.</param>
    /// <param name="serviceId">Tells several services apart; null for the one that answers when nobody asks for another.</param>
    /// <param name="httpClient">
    /// Used as it is, and not disposed of. When null, the named client <see cref="OpenRouterDefaults.HttpClientName"/>.
    /// </param>
    /// <param name="configure">The last word on the settings.</param>
    /// <returns>The same builder.</returns>
    /// <remarks>
    /// Spans and metrics go to the source <see cref="OpenRouterDefaults.TelemetryName"/>. No <see cref="IChatClient"/> is
    /// registered.
    /// </remarks>
    public static IKernelBuilder AddOpenRouterChatCompletion(
        this IKernelBuilder builder, string? modelId = null, string? apiKey = null, Uri? endpoint = null, string? serviceId = null,
        HttpClient? httpClient = null, Action<OpenRouterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOpenRouterChatCompletion(modelId, apiKey, endpoint, serviceId, httpClient, configure);
        return builder;
    }

    /// <summary>
    /// Registers an <see cref="IChatCompletionService"/> that shows the model's thinking and keeps it, and an
    /// <see cref="ITextGenerationService"/> beside it, for <c>AddKernel()</c> or for use without a kernel.
    /// </summary>
    /// <param name="services">The collection to add to.</param>
    /// <param name="modelId">
    /// The model, as <c>author/slug[:variant]</c>; when null, the setting <c>OpenRouter:Model</c>, or that of
    /// <c>OpenRouter:Clients:{serviceId}</c>.
    /// </param>
    /// <param name="apiKey">The key; when null, from the settings, then from the environment variable <c>OPENROUTER_API_KEY</c>.</param>
    /// <param name="endpoint">Null for <c>https://openrouter.ai/api/v1/</c>.</param>
    /// <param name="serviceId">Tells several services apart; null for the one that answers when nobody asks for another.</param>
    /// <param name="httpClient">
    /// Used as it is, and not disposed of. When null, the named client <see cref="OpenRouterDefaults.HttpClientName"/>.
    /// </param>
    /// <param name="configure">The last word on the settings.</param>
    /// <returns>The same collection.</returns>
    /// <remarks>
    /// Spans and metrics go to the source <see cref="OpenRouterDefaults.TelemetryName"/>. No <see cref="IChatClient"/> is
    /// registered.
    /// </remarks>
    public static IServiceCollection AddOpenRouterChatCompletion(
        this IServiceCollection services, string? modelId = null, string? apiKey = null, Uri? endpoint = null, string? serviceId = null,
        HttpClient? httpClient = null, Action<OpenRouterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var create = KernelClient.Add(services, serviceId, modelId, options =>
        {
            options.ApiKey = apiKey ?? options.ApiKey;
            options.Endpoint = endpoint ?? options.Endpoint;
            configure?.Invoke(options);
            if (httpClient?.DefaultRequestHeaders.Authorization is { Scheme: "Bearer" } && string.IsNullOrWhiteSpace(options.ApiKey))
                options.ApiKeyProvider ??= _ => new(httpClient.DefaultRequestHeaders.Authorization?.Parameter ?? ""); // so that nobody misses a key at the start
        });
        return services
            .AddKeyedSingleton<IChatCompletionService>(serviceId, (provider, _) => Make(provider))
            .AddKeyedSingleton<ITextGenerationService>(serviceId, (provider, _) => new TextGenerationService(Make(provider)));

        OpenRouterChatCompletionService Make(IServiceProvider provider)
        {
            var loggers = provider.GetService<ILoggerFactory>();
            var telling = create(provider, httpClient).AsBuilder().UseOpenTelemetry(loggers, OpenRouterDefaults.TelemetryName).Build(provider);
            return new(telling, loggers);
        }
    }

    /// <summary>
    /// This client as a chat completion service that keeps reasoning, which Semantic Kernel's own <c>AsChatCompletionService</c>
    /// drops. Any client will do.
    /// </summary>
    /// <param name="client">Not disposed by the service.</param>
    public static IChatCompletionService AsReasoningChatCompletionService(this IChatClient client) => new OpenRouterChatCompletionService(client);

    /// <summary>The thinking in this message, items parted by a blank line; empty when there is none.</summary>
    /// <param name="message">From any connector that gives <c>ReasoningContent</c>.</param>
    public static string GetReasoningText(this ChatMessageContent message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return string.Join("\n\n", KernelMessageMap.InOrder(message).OfType<ReasoningContent>().Select(thought => thought.Text).Where(text => !string.IsNullOrEmpty(text)));
    }

    /// <summary>The thinking in this chunk, as it is to be appended to what was shown before; empty when there is none.</summary>
    /// <param name="chunk">From any connector that gives <c>StreamingReasoningContent</c>.</param>
    public static string GetReasoningText(this StreamingChatMessageContent chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var text = "";
        foreach (var item in chunk.Items)
            if (item is StreamingReasoningContent thought)
                text += thought.Text;
        return text;
    }

    /// <summary>The message that these chunks were: thinking, text, calls and citations in the order spoken, ready for a history.</summary>
    /// <param name="chunks">All chunks of one answer, of this connector or another.</param>
    /// <remarks>
    /// Rounds of function calls that were run are in the history already and not in this message. When a filter ended them,
    /// nothing came after: the message is then the last result, as the whole answer is, and may stand in the history twice.
    /// </remarks>
    public static ChatMessageContent ToChatMessageContent(this IEnumerable<StreamingChatMessageContent> chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return KernelMessageMap.ToKernelMessage(chunks);
    }
}

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connectors.OpenRouter.Middleware;

/// <summary>Looks a request over with the catalogue before it is sent, and puts right what can be put right.</summary>
internal sealed class PreflightClient(IChatClient inner, UnsupportedOptionPolicy policy, TimeProvider time, ILoggerFactory? loggers) : DelegatingChatClient(inner)
{
    /// <summary>A catalogue that takes longer than this is not waited for: the request is what the caller wants.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The client inside; null when there is none of ours, and nothing is looked over.</summary>
    private readonly OpenRouterChatClient? _client = inner.GetService<OpenRouterChatClient>();

    /// <summary>Its platform, whose catalogue is compared with.</summary>
    private readonly OpenRouterPlatform? _platform = inner.GetService<OpenRouterPlatform>();

    /// <summary>Where findings are logged.</summary>
    private readonly ILogger _logger = (ILogger?)loggers?.CreateLogger<PreflightClient>() ?? NullLogger.Instance;

    /// <summary>Models and kinds that were logged.</summary>
    private readonly ConcurrentDictionary<string, bool> _logged = new(StringComparer.Ordinal);

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var list = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        var (fitting, sentences) = await FitAsync(list, options, cancellationToken).ConfigureAwait(false);
        return AnswerWarnings.Add(await base.GetResponseAsync(list, fitting, cancellationToken).ConfigureAwait(false), sentences);
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return StreamAsync(messages, options, cancellationToken);
    }

    /// <summary>The stream with the findings among its warnings.</summary>
    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var list = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        var (fitting, sentences) = await FitAsync(list, options, cancellationToken).ConfigureAwait(false);
        await foreach (var update in AnswerWarnings.AddAsync(base.GetStreamingResponseAsync(list, fitting, cancellationToken), sentences, cancellationToken).ConfigureAwait(false))
            yield return update;
    }

    /// <summary>The options that fit the model, and what there is to say of them.</summary>
    /// <exception cref="NotSupportedException">They do not, and the policy is to throw.</exception>
    private async ValueTask<(ChatOptions? Options, IReadOnlyList<string> Sentences)> FitAsync(IReadOnlyCollection<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        if (_client is null || _platform is null)
            return (options, []);
        options = RequestFacts.MadeOnce(options, _client);
        var request = RequestMap.Members(options, _client.Settings, _client);
        if (request["preset"] is not null || request["models"] is JsonArray { Count: > 0 }) // who will answer is not known
            return (options, []);
        if (await FindAsync(request["model"]?.ToString(), cancellationToken).ConfigureAwait(false) is not { } model)
            return (options, []);

        List<string> sentences = [];
        foreach (var finding in Preflight.Look(model, request, messages))
        {
            if (policy == UnsupportedOptionPolicy.Throw)
                throw new NotSupportedException($"{finding.Fault} Nothing was sent.{(finding.Effort is { } right ? $" Use {right}." : "")}");
            if (finding.Effort is { } effort)
            {
                options = WithEffort(options, new() { Effort = effort, Enabled = request["reasoning"]?["enabled"] is null ? null : true });
                if (RequestMap.Members(options, _client.Settings, _client)["reasoning"] is JsonObject merged && merged["effort"]?.ToString() != effort)
                    options = WithExtraEffort(options, merged, effort);
            }
            if (policy == UnsupportedOptionPolicy.Warn)
                sentences.Add(Warn(model, finding));
        }
        return (options, sentences);
    }

    /// <summary>Says what does not fit, to the log once for each kind and model.</summary>
    private string Warn(OpenRouterModel model, PreflightFinding finding)
    {
        var sentence = finding.Effort is null ? finding.Fault : $"{finding.Fault} {finding.Effort} was sent.";
        if (_logged.TryAdd($"{model.Id} {finding.Kind}", true))
            Log.Preflight(_logger, sentence);
        return sentence;
    }

    /// <summary>The catalogue's entry; null when it is not known within our patience.</summary>
    private async ValueTask<OpenRouterModel?> FindAsync(string? model, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource();
        using var timer = time.CreateTimer(static state => CancelQuietly((CancellationTokenSource)state!), patience, Patience, Timeout.InfiniteTimeSpan);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await _platform!.TryFindModelAsync(model, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Cancels without an exception where the source is already disposed of.</summary>
    private static void CancelQuietly(CancellationTokenSource patience)
    {
        try
        {
            patience.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The catalogue came in the same moment.
        }
    }

    /// <summary>The options with another effort, also where a factory in them names one.</summary>
    private ChatOptions WithEffort(ChatOptions? options, RequestReasoning right)
    {
        var copy = (options ?? new()).WithOpenRouter(new() { Reasoning = right });
        if (copy.RawRepresentationFactory?.Invoke(_client!) is OpenRouterRequest { Reasoning: { } current } made)
            copy.RawRepresentationFactory = _ => made with { Reasoning = current with { Effort = right.Effort, Enabled = right.Enabled } };
        return copy;
    }

    /// <summary>What stands in <c>extra_body</c> is merged last, and is put right there.</summary>
    private ChatOptions WithExtraEffort(ChatOptions? options, JsonObject merged, string effort)
    {
        var right = (JsonObject)merged.DeepClone();
        right["effort"] = effort;
        if (right["enabled"] is not null)
            right["enabled"] = true;
        var copy = (options ?? new()).WithOpenRouter(new() { ExtraBody = new() { ["reasoning"] = right } });
        if (copy.RawRepresentationFactory?.Invoke(_client!) is OpenRouterRequest { ExtraBody: { } extra } made && extra.ContainsKey("reasoning"))
        {
            extra = (JsonObject)extra.DeepClone();
            extra["reasoning"] = right.DeepClone();
            copy.RawRepresentationFactory = _ => made with { ExtraBody = extra };
        }
        return copy;
    }
}

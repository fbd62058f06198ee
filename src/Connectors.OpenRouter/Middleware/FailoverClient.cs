using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Connectors.OpenRouter.Telemetry;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connectors.OpenRouter.Middleware;

/// <summary>
/// The framework's failover over the models of one client: it never goes on once something was said; here stands when it goes on
/// at all, and to whom.
/// </summary>
internal sealed class FailoverClient(IChatClient inner, IReadOnlyList<string> models, ILoggerFactory? loggers) : FailoverChatClient
{
    /// <summary>Where a failover is logged.</summary>
    private readonly ILogger _logger = (ILogger?)loggers?.CreateLogger<FailoverClient>() ?? NullLogger.Instance;

    /// <summary>What each call has tried, for as long as the framework's context lives.</summary>
    private readonly ConditionalWeakTable<RoutingContext, Attempts> _attempts = new();

    /// <summary>The framework's own answers nothing of what stands inside; telemetry outside needs the provider and the model.</summary>
    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType.IsInstanceOfType(this) ? this : inner.GetService(serviceType, serviceKey);
    }

    protected override ValueTask<IChatClient> SelectClientAsync(RoutingContext context, CancellationToken cancellationToken)
    {
        var attempts = _attempts.GetValue(context, first => new Attempts(first.ChatOptions?.ModelId ?? inner.GetService<ChatClientMetadata>()?.DefaultModelId, models));
        if (attempts.Failure is not { } failure)
            return new(inner);
        if (failure is not OpenRouterException known || !MayFailOver(known) || attempts.Next(known) is not { } model)
        {
            ExceptionDispatchInfo.Capture(failure).Throw();
            throw failure; // never reached
        }
        var (from, reason) = (attempts.Model ?? "the model", Reason(known));
        Log.FailedOver(_logger, from, model, reason, known);
        Meters.FailedOver(from, model, known.ErrorType);
        if (Activity.Current is { } span && CallTelemetry.IsChat(span))
            span.AddEvent(new("openrouter.failover", tags: new() { ["openrouter.failover.from"] = from, ["openrouter.failover.to"] = model, ["error.type"] = reason }));
        attempts.GoOn(model, $"{from} did not answer ({reason}); {model} was asked instead.");
        return new(new Attempt(inner, model, [.. attempts.Sentences]));
    }

    protected override ValueTask OnRoutingUpdateAsync(RoutingContext context, FailoverChatClientAttempt attempt, bool isTerminal, CancellationToken cancellationToken)
    {
        if (!isTerminal && _attempts.TryGetValue(context, out var attempts))
            attempts.Failure = attempt.Exception;
        return default;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>
    /// Whether another model could answer: the failure lies with the model or its providers, and nothing was given or paid for.
    /// </summary>
    private static bool MayFailOver(OpenRouterException failure) =>
        failure.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.PaymentRequired or HttpStatusCode.Forbidden)
        && failure is not OpenRouterTimeoutException { Phase: OpenRouterPhase.Total } // the time for the whole call is over
        && failure.PartialResponse is not { Messages.Count: > 0 } // said, and paid for
        && (failure.IsTransient || FallbackModels(failure).Count > 0);

    /// <summary>The models that the service suggests; none when it suggests none.</summary>
    private static IReadOnlyList<string> FallbackModels(OpenRouterException failure) => failure.Availability?.FallbackModels ?? [];

    /// <summary>Why a model failed, in a word or two.</summary>
    private static string Reason(OpenRouterException failure) =>
        failure.ErrorType ?? (failure.StatusCode is { } status ? $"{(int)status}" : failure is OpenRouterTimeoutException { Phase: var phase } ? $"timeout: {phase}" : "not reached");

    /// <summary>What one call has tried.</summary>
    private sealed class Attempts(string? first, IReadOnlyList<string> models)
    {
        /// <summary>How many of the service's suggestions are followed.</summary>
        private const int MaxSuggestions = 3;

        /// <summary>Models that were asked.</summary>
        private readonly HashSet<string> _asked = first is null ? [] : [first];

        /// <summary>Models that the service suggested, in its order.</summary>
        private readonly List<string> _suggested = [];

        /// <summary>The model that was asked last.</summary>
        public string? Model { get; private set; } = first;

        /// <summary>Why it failed; null while it has not.</summary>
        public Exception? Failure { get; set; }

        /// <summary>A sentence for each change of model, for the answer's warnings.</summary>
        public List<string> Sentences { get; } = [];

        /// <summary>The next model nobody has asked: the caller's first, then the service's, of which a few are enough.</summary>
        public string? Next(OpenRouterException failure)
        {
            _suggested.AddRange(FallbackModels(failure).Except(_suggested).Take(MaxSuggestions - _suggested.Count));
            return models.Concat(_suggested).FirstOrDefault(model => !_asked.Contains(model));
        }

        /// <summary>Another model is asked now.</summary>
        /// <param name="model">That.</param>
        /// <param name="sentence">What is told of it.</param>
        public void GoOn(string model, string sentence)
        {
            (Model, Failure) = (model, null);
            _asked.Add(model);
            Sentences.Add(sentence);
        }
    }

    /// <summary>The client, asked for another model than the call names; the answer tells.</summary>
    private sealed class Attempt(IChatClient inner, string model, IReadOnlyList<string> sentences) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            AnswerWarnings.Add(await base.GetResponseAsync(messages, For(options), cancellationToken).ConfigureAwait(false), sentences);

        public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            AnswerWarnings.AddAsync(base.GetStreamingResponseAsync(messages, For(options), cancellationToken), sentences, cancellationToken);

        /// <summary>
        /// A stronger source than <see cref="ChatOptions.ModelId"/> may name a model, or a list that has been tried; neither may
        /// win now.
        /// </summary>
        private ChatOptions For(ChatOptions? options)
        {
            var copy = options?.Clone() ?? new();
            copy.ModelId = model;
            copy.AdditionalProperties?.Remove("model");
            copy.AdditionalProperties?.Remove("models");
            if (copy.RawRepresentationFactory is { } make)
                copy.RawRepresentationFactory = client => make(client) switch { OpenRouterRequest request => request with { Model = null, Models = null }, var other => other };
            return copy;
        }
    }
}

/// <summary>
/// Reads the history once, however many attempts are made of it: the framework's failover hands the caller's sequence to each of
/// them.
/// </summary>
internal sealed class ReadOnceClient(IChatClient inner) : DelegatingChatClient(inner)
{
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        base.GetResponseAsync(Read(messages), options, cancellationToken);

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        base.GetStreamingResponseAsync(Read(messages), options, cancellationToken);

    /// <summary>The history as a list; itself where it is one.</summary>
    private static IEnumerable<ChatMessage> Read(IEnumerable<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
    }
}

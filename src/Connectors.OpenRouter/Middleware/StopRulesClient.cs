using System.Diagnostics;
using System.Runtime.CompilerServices;
using Connectors.OpenRouter.Telemetry;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connectors.OpenRouter.Middleware;

/// <summary>Stands inside a function loop, sees each of its requests, and brings it to its end where a rule says so.</summary>
internal sealed class StopRulesClient : DelegatingChatClient
{
    /// <summary>A checked copy of the caller's rules.</summary>
    private readonly OpenRouterStopRules _rules;

    /// <summary>Where stopped loops are logged.</summary>
    private readonly ILogger _logger;

    /// <summary>What running loops have used.</summary>
    private readonly LoopMemory _memory = new();

    /// <summary>Set once a missing cost was logged.</summary>
    private int _costUnknownLogged;

    /// <summary>Rules around a client.</summary>
    /// <param name="inner">The client; it must not contain the function loop.</param>
    /// <param name="rules">Checked.</param>
    /// <param name="loggers">Null: nothing is logged.</param>
    public StopRulesClient(IChatClient inner, OpenRouterStopRules rules, ILoggerFactory? loggers) : base(inner)
    {
        if (inner.GetService<FunctionInvokingChatClient>() is not null)
            throw new InvalidOperationException("UseOpenRouterStopRules stands outside the function loop and would see nothing of it: add it after UseFunctionInvocation().");
        _rules = rules;
        _logger = (ILogger?)loggers?.CreateLogger<StopRulesClient>() ?? NullLogger.Instance;
    }

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var step = Evaluate(messages, options);
        if (step.Ending is { } ending)
            return ending.ToChatResponse();
        var response = await base.GetResponseAsync(step.Messages, step.Options, cancellationToken).ConfigureAwait(false);
        Count(step, response.Usage, response.GetOpenRouter().TotalSpend, response.Messages.SelectMany(message => message.Contents));
        return AnswerWarnings.Add(response, step.Sentences);
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return StreamAsync(messages, options, cancellationToken);
    }

    /// <summary>The stream of a request that goes on, or the ending instead of it.</summary>
    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var step = Evaluate(messages, options);
        foreach (var update in step.Ending ?? [])
            yield return update;
        if (step.Ending is not null)
            yield break;
        UsageDetails? usage = null;
        decimal? spend = null;
        List<AIContent> calls = [];
        await foreach (var update in AnswerWarnings.AddAsync(base.GetStreamingResponseAsync(step.Messages, step.Options, cancellationToken), step.Sentences, cancellationToken).ConfigureAwait(false))
        {
            foreach (var content in update.Contents)
                if (content is UsageContent { Details: var details })
                {
                    (usage ??= new()).Add(details);
                    spend = update.GetOpenRouter().TotalSpend is { } more ? (spend ?? 0) + more : spend;
                }
                else if (content is FunctionCallContent)
                    calls.Add(content);
            yield return update;
        }
        Count(step, usage, spend, calls);
    }

    /// <summary>What becomes of the next request: it goes on as it is, with a nudge, as the last one, or not at all.</summary>
    private Step Evaluate(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        IReadOnlyCollection<ChatMessage> list = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        var turn = new FunctionTurn(list);
        var spent = turn.Steps == 0 ? default : _memory.Find(turn.Fingerprint);
        var (repeated, times) = _rules.MaxRepeats is null || turn.Steps == 0 ? ("", 0) : turn.Repeats();

        if (turn.Steps > 0 && spent.Cost >= _rules.MaxCost)
            return Stop("cost", FormattableString.Invariant($"its answers cost ${spent.Cost:0.######} of at most ${_rules.MaxCost:0.######}"), last: false);
        if (turn.Steps > 0 && spent.Tokens >= _rules.MaxTokens)
            return Stop("tokens", $"its answers used {spent.Tokens} tokens of at most {_rules.MaxTokens}", last: false);
        if (turn.Steps >= _rules.MaxSteps)
            return Stop("steps", $"the model has called functions in {turn.Steps} answers of at most {_rules.MaxSteps}", _rules.LastWord);
        if (times > _rules.MaxRepeats)
            return Stop("repeats", $"the same call of {repeated} brought the same result {times} times in a row", _rules.LastWord);
        if (spent.LastWord)
            return Stop("last word", "the model went on calling functions when it was asked for its last word", last: false);
        if (times != _rules.MaxRepeats)
            return new(turn, spent, list, options);

        var nudge = $"You have called {repeated} with the same arguments {times} times in a row, and it gave the same result each time. Do not make that call again: answer with what you know, or try something else.";
        Log.Nudged(_logger, nudge);
        return new(turn, spent, [.. list, new(ChatRole.System, nudge)], options);

        Step Stop(string rule, string reason, bool last)
        {
            var sentence = $"The function loop was stopped: {reason}.";
            last &= !spent.LastWord;
            if (!spent.LastWord)
            {
                Log.LoopStopped(_logger, rule, sentence);
                Meters.LoopStopped(rule);
                if (Activity.Current is { } span && (CallTelemetry.IsChat(span) || IsLoop(span)))
                    span.AddEvent(new("openrouter.loop_stopped", tags: new() { ["openrouter.stop_rule"] = rule }));
            }
            if (!last)
                return new(turn, spent, list, options) { Ending = Ending(rule, sentence) };
            var final = options?.Clone() ?? new();
            final.ToolMode = ChatToolMode.None;
            return new(turn, spent with { LastWord = true }, [.. list, new(ChatRole.System, $"{sentence} Call nothing more: answer now with what you know, and say what is missing.")], final) { Sentences = [sentence] };
        }
    }

    /// <summary>An answer in which only the end is told; what was said before it stands in the loop's own messages.</summary>
    private static ChatResponseUpdate[] Ending(string rule, string sentence)
    {
        var id = $"stopped-{Guid.NewGuid():N}";
        return
        [
            new(ChatRole.Assistant, [new ErrorContent(sentence) { ErrorCode = OpenRouterStopRules.FinishReason.Value, Details = rule }]) { ResponseId = id, MessageId = id },
            new() { Role = ChatRole.Assistant, ResponseId = id, FinishReason = OpenRouterStopRules.FinishReason, AdditionalProperties = AnswerWarnings.With(null, [sentence]) },
        ];
    }

    /// <summary>The framework's span of a whole loop; it has a name and no tags.</summary>
    private static bool IsLoop(Activity span) => span is { IsAllDataRequested: true, Kind: ActivityKind.Internal, OperationName: "orchestrate_tools" };

    /// <summary>Adds what an answer used to its loop, if it calls functions and the loop so goes on.</summary>
    private void Count(Step step, UsageDetails? usage, decimal? cost, IEnumerable<AIContent> contents)
    {
        if (_rules.MaxCost is not null && cost is null && Interlocked.Exchange(ref _costUnknownLogged, 1) == 0)
            Log.CostUnknown(_logger);
        List<FunctionCallContent> calls = [.. contents.OfType<FunctionCallContent>()];
        if (calls.Count > 0)
            _memory.Set(step.Turn.After(calls), step.Spent with
            {
                Tokens = step.Spent.Tokens + (usage?.TotalTokenCount ?? usage?.InputTokenCount + usage?.OutputTokenCount ?? 0),
                Cost = step.Spent.Cost + (cost ?? 0),
            });
    }

    /// <summary>One request of a loop.</summary>
    private sealed record Step(FunctionTurn Turn, Spent Spent, IEnumerable<ChatMessage> Messages, ChatOptions? Options)
    {
        /// <summary>What the answer is warned of.</summary>
        public IReadOnlyList<string> Sentences { get; init; } = [];

        /// <summary>The updates given instead of a request; null when it is sent.</summary>
        public ChatResponseUpdate[]? Ending { get; init; }
    }

    /// <summary>What the answers of a loop have used so far, and whether the last one was to be its last.</summary>
    private readonly record struct Spent(long Tokens, decimal Cost, bool LastWord);

    /// <summary>
    /// The loops that are under way. What a loop used stands in no message, so it is kept here; the oldest are forgotten.
    /// </summary>
    private sealed class LoopMemory
    {
        /// <summary>How many loops are remembered; the oldest go first.</summary>
        private const int Room = 4096;

        /// <summary>What each loop used, by its fingerprint.</summary>
        private readonly Dictionary<ulong, Spent> _loops = [];

        /// <summary>The fingerprints, the oldest first.</summary>
        private readonly Queue<ulong> _oldest = new();

        /// <summary>What a loop has used; nothing for one that is not known.</summary>
        public Spent Find(ulong fingerprint)
        {
            lock (_loops)
                return _loops.TryGetValue(fingerprint, out var spent) ? spent : default;
        }

        /// <summary>Keeps what a loop has used under the fingerprint of its next request.</summary>
        public void Set(ulong fingerprint, Spent spent)
        {
            lock (_loops)
            {
                if (!_loops.ContainsKey(fingerprint))
                    _oldest.Enqueue(fingerprint);
                _loops[fingerprint] = spent;
                if (_oldest.Count > Room)
                    _loops.Remove(_oldest.Dequeue());
            }
        }
    }
}

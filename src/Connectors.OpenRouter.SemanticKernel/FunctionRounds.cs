using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Ai = Microsoft.Extensions.AI;
using Sk = Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// The rounds of function calls of one question, as Semantic Kernel's own connectors have them: what is offered in each request, whether its
/// calls are run here, and their results in the caller's own history. A filter sees that history and the caller's own settings.
/// </summary>
internal sealed partial class FunctionRounds(ChatHistory history, PromptExecutionSettings? settings, Kernel? kernel, ILogger logger)
{
    /// <summary>Semantic Kernel's own limits: rounds of one question, and questions that functions ask within questions.</summary>
    private const int MaxRounds = 128, MaxNested = 128;

    /// <summary>A model that cannot write its arguments is told so this often, and then its answer is the caller's.</summary>
    private const int MaxBroken = 3;

    /// <summary>How deep questions are nested in functions of other questions, in this asynchronous flow.</summary>
    private static readonly AsyncLocal<int> Nested = new();

    /// <summary>Which functions are offered and whether they are run; null for none.</summary>
    private readonly FunctionChoiceBehavior? _behavior = SettingsMap.Behavior(settings, kernel);

    /// <summary>The options of every round, without functions.</summary>
    private readonly ChatOptions? _options = SettingsMap.ToChatOptions(settings, kernel);

    /// <summary>The functions of the current round by their tool's name.</summary>
    private readonly Dictionary<string, KernelFunction> _offered = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Warnings of the rounds before the last.</summary>
    private readonly List<string> _warnings = [];

    /// <summary>The options of the last request.</summary>
    private ChatOptions? _asked;

    /// <summary>What the behaviour chose for the current round.</summary>
    private FunctionChoiceBehaviorConfiguration? _configuration;

    /// <summary>The tools that were offered last; kept in later requests, so that prompts begin alike.</summary>
    private List<AITool>? _tools;

    /// <summary>The current round; -1 before the first.</summary>
    private int _round = -1;

    /// <summary>How many answers in a row had nothing but broken calls.</summary>
    private int _broken;

    /// <summary>Whether any call may be run here: else the answer is the caller's as it comes.</summary>
    public bool MayInvoke => _behavior is not null && kernel is not null;

    /// <summary>The options of the next request.</summary>
    public ChatOptions? Next()
    {
        _round++;
        if (_behavior is null)
            return _options;
        _configuration = _behavior.GetConfiguration(new(history) { Kernel = kernel, RequestSequenceIndex = _round });
        var options = _options!.Clone();
        if (_configuration.Functions is { Count: > 0 } functions)
        {
            _offered.Clear();
            _tools = [];
            foreach (var function in functions)
            {
                var tool = KernelTool.Of(function, _configuration.Options.AllowStrictSchemaAdherence);
                _tools.Add(tool);
                _offered[tool.Name] = function;
            }
            options.ToolMode = _configuration.Choice == FunctionChoice.Required ? ChatToolMode.RequireAny : _configuration.Choice == FunctionChoice.None ? ChatToolMode.None : ChatToolMode.Auto;
        }
        else // a required call is required once; what was offered stays, because prompt caches begin with it
        {
            _offered.Clear();
            options.ToolMode = _tools is null ? options.ToolMode : ChatToolMode.None;
        }
        if (_tools is not null)
        {
            options.Tools = [.. _tools, .. (options.Tools ?? []).Where(tool => tool is not KernelFunction)];
            options.AllowMultipleToolCalls = _configuration.Options.AllowParallelCalls ?? options.AllowMultipleToolCalls;
        }
        return _asked = options;
    }

    /// <summary>The calls of this answer that are to be run here; none when the answer, with its calls, is the caller's.</summary>
    public IReadOnlyList<Sk.FunctionCallContent> CallsOf(ChatResponse response, ChatMessageContent asked)
    {
        if (kernel is null || _configuration is not { AutoInvoke: true } configuration || configuration.Choice == FunctionChoice.None || _offered.Count == 0 || response.FinishReason == ChatFinishReason.Length)
            return [];
        if (_round >= MaxRounds || Nested.Value >= MaxNested)
        {
            LogLimit(logger, MaxRounds);
            return [];
        }
        var contents = response.Messages.SelectMany(message => message.Contents).ToList();
        var answered = contents.OfType<Ai.FunctionResultContent>().Select(result => result.CallId).ToHashSet();
        var open = contents.OfType<Ai.FunctionCallContent>().Where(call => (!call.InformationalOnly || call.Exception is not null) && !answered.Contains(call.CallId)).ToList();
        if (open.Exists(call => !_offered.ContainsKey(call.Name) && OffersElsewhere(call.Name)))
            return [];
        var ids = open.Select(call => call.CallId).ToHashSet();
        var calls = Sk.FunctionCallContent.GetFunctionCalls(asked).Where(call => ids.Contains(call.Id ?? "")).ToList();
        _broken = calls.Count > 0 && calls.TrueForAll(call => call.Exception is not null) ? _broken + 1 : 0;
        return _broken > MaxBroken ? [] : calls;
    }

    /// <summary>Whether the request itself offered a tool of this name beside the kernel's: only the caller can run it.</summary>
    private bool OffersElsewhere(string name)
    {
        var more = _asked?.AdditionalProperties;
        return _asked?.Tools?.Any(tool => tool is not KernelTool && tool.Name == name) == true
            || (more?.TryGetValue("tools", out var tools) == true && Names(Json.Element(tools)))
            || (more?.TryGetValue("extra_body", out var extra) == true && Json.Element(extra) is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty("tools", out var others) && Names(others));

        bool Names(JsonElement json) => json.ValueKind switch
        {
            JsonValueKind.Array => json.EnumerateArray().Any(Names),
            JsonValueKind.Object => json.TryGetProperty("name", out var own) && own.ValueKind == JsonValueKind.String && own.ValueEquals(name) || json.TryGetProperty("function", out var function) && Names(function) || json.TryGetProperty("tools", out var inner) && Names(inner),
            _ => false,
        };
    }

    /// <summary>What was warned of in a round is told of the whole answer.</summary>
    public void AddWarnings(ChatResponse round) => _warnings.AddRange(round.GetOpenRouter().Warnings);

    /// <summary>The facts of an answer, with what was warned of in the rounds before it.</summary>
    public AdditionalPropertiesDictionary? WithWarnings(AdditionalPropertiesDictionary? facts)
    {
        if (_warnings.Count == 0)
            return facts;
        var own = new ChatResponse { AdditionalProperties = facts }.GetOpenRouter().Warnings;
        return new(facts ?? []) { [KernelContentMap.WarningsKey] = Json.Element(_warnings.Concat(own).Distinct()) };
    }

    /// <summary>Runs the calls, filters and all. The asking message and the results stand in the history when this returns.</summary>
    /// <returns>The results, and whether a filter ended the rounds: then the message says the last result also in words.</returns>
    public async Task<(ChatMessageContent Message, bool Ended)> RunAsync(ChatMessageContent asked, IReadOnlyList<Sk.FunctionCallContent> calls, bool streaming, CancellationToken cancellationToken)
    {
        history.Add(asked);
        var results = new ChatMessageContent(AuthorRole.Tool, content: null) { ModelId = asked.ModelId };
        var ended = false;
        if (_configuration!.Options.AllowConcurrentInvocation && calls.Count > 1)
        {
            var runs = await Task.WhenAll(calls.Select((call, index) => RunAsync(asked, call, index, calls.Count, streaming, cancellationToken))).ConfigureAwait(false);
            foreach (var (result, ends) in runs)
            {
                Add(results, result);
                ended |= ends;
            }
        }
        else
            for (var index = 0; index < calls.Count && !ended; index++)
            {
                (var result, ended) = await RunAsync(asked, calls[index], index, calls.Count, streaming, cancellationToken).ConfigureAwait(false);
                Add(results, result);
            }
        if (ended)
        {
            results.Items.Add(new Sk.TextContent(FunctionResultMap.TextOf(results.Items.OfType<Sk.FunctionResultContent>().Last().Result)) { ModelId = results.ModelId });
            LogEnded(logger, _round);
        }
        return (results, ended);
    }

    /// <summary>Runs one call through the filters.</summary>
    /// <param name="asked">The message that asks.</param>
    /// <param name="call">The call.</param>
    /// <param name="index">Its place among the calls.</param>
    /// <param name="count">How many calls there are.</param>
    /// <param name="streaming">Whether the answer is streamed.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The result, an error's words where it failed, and whether a filter ends the rounds.</returns>
    private async Task<(Sk.FunctionResultContent Result, bool Ends)> RunAsync(ChatMessageContent asked, Sk.FunctionCallContent call, int index, int count, bool streaming, CancellationToken cancellationToken)
    {
        if (call.Exception is { } broken)
            return (Failure($"Error: Function call processing failed. Correct yourself. {broken.Message}"), false);
        if (!_offered.TryGetValue(CallNames.Tool(call.PluginName, call.FunctionName), out var function))
            return (Failure("Error: Function call request for a function that wasn't defined. Correct yourself."), false);

        Nested.Value++; // seen by what this call awaits, and by nobody else
        var context = new AutoFunctionInvocationContext(kernel!, function, new FunctionResult(function) { Culture = kernel!.Culture }, history, asked)
        {
            CallContent = new(call.Id ?? "", CallNames.Tool(call.PluginName, call.FunctionName), call.Arguments),
            Arguments = Arguments(call.Arguments),
            RequestSequenceIndex = _round,
            FunctionSequenceIndex = index,
            FunctionCount = count,
            IsStreaming = streaming,
            ExecutionSettings = settings,
            CancellationToken = cancellationToken,
        };
        try
        {
            await PassAsync(context, 0).ConfigureAwait(false);
            return (new(call.FunctionName, call.PluginName, call.Id, FunctionResultMap.Lasting(context.Result.GetValue<object>(), function)), context.Terminate);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested) // the model is told, as Semantic Kernel does; also of a result that cannot be written
        {
            return (Failure($"Error: Exception while invoking function. {failure.Message}"), context.Terminate);
        }

        Sk.FunctionResultContent Failure(string words)
        {
            LogFailure(logger, CallNames.Tool(call.PluginName, call.FunctionName), words);
            return new(call.FunctionName, call.PluginName, call.Id, words);
        }

        async Task PassAsync(AutoFunctionInvocationContext passed, int filter)
        {
            if (filter < kernel.AutoFunctionInvocationFilters.Count)
                await kernel.AutoFunctionInvocationFilters[filter].OnAutoFunctionInvocationAsync(passed, next => PassAsync(next, filter + 1)).ConfigureAwait(false);
            else if (!passed.Terminate)
                passed.Result = await function.InvokeAsync(kernel, passed.Arguments, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Arguments are strings, as Semantic Kernel's connectors give them, unless their types are asked for.</summary>
    private KernelArguments Arguments(KernelArguments? given)
    {
        var arguments = new KernelArguments();
        foreach (var (name, value) in given ?? [])
            arguments[name] = _configuration!.Options.RetainArgumentTypes ? value : value is JsonElement { ValueKind: JsonValueKind.Null } ? null : value?.ToString();
        return arguments;
    }

    /// <summary>
    /// One message holds the results of a round. It stands in the history with the first of them, so that filters see it; a
    /// filter that took it out wants it out.
    /// </summary>
    private void Add(ChatMessageContent results, Sk.FunctionResultContent result)
    {
        result.ModelId = results.ModelId;
        results.Items.Add(result);
        if (results.Items.Count == 1)
            history.Add(results);
    }

    /// <summary>The limit of rounds ended the loop.</summary>
    [LoggerMessage(1, LogLevel.Debug, "No function is called any more: the limit of {Limit} rounds is reached.")]
    private static partial void LogLimit(ILogger logger, int limit);

    /// <summary>A filter ended the loop.</summary>
    [LoggerMessage(2, LogLevel.Debug, "A filter ended the function calls in round {Round}.")]
    private static partial void LogEnded(ILogger logger, int round);

    /// <summary>A call failed; the model was told so.</summary>
    [LoggerMessage(3, LogLevel.Debug, "The call of {Function} was answered with an error: {Words}")]
    private static partial void LogFailure(ILogger logger, string function, string words);
}

using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The event table: what each event of a stream means. A whole answer is a stream of one event, its last.</summary>
internal sealed class EventMap : IDisposable
{
    private readonly ResponseState _state;
    private readonly ItemEmitter _emitter;

    public EventMap(ReplyFacts facts)
    {
        _state = new(facts);
        _emitter = new(_state);
    }

    /// <summary>Set by the event that ends the stream well: usage, finish reason and the service's facts.</summary>
    public ChatResponseUpdate? Final => _state.Final;

    /// <summary>Set by the event that ends it badly.</summary>
    public ErrorBody? Failure => _state.Failure;

    public string? GenerationId => _state.GenerationId;

    /// <summary>Whether the answer is complete and said nothing, not even a thought.</summary>
    public bool IsEmpty => _state.IsEmpty;

    /// <summary>Whether anything was emitted that a caller could hear, run or keep.</summary>
    public bool HasContent => _emitter.HasContent;

    /// <summary>What the answer is warned of.</summary>
    public IReadOnlyList<string> Told => _state.Told;

    /// <summary>Whether anything that was paid for has been seen: thoughts that are not shown, arguments, a server tool at work.</summary>
    public bool SawOutput { get; private set; }

    /// <summary>The next update that a previous event made besides the one that <see cref="Map"/> returned; null = none.</summary>
    public ChatResponseUpdate? Next() => _state.Next();

    public ChatResponseUpdate? Map(in ResponseEvent e) => e.Type switch
    {
        "response.output_text.delta"
            or "response.content_part.delta"             => OnDelta(e, DeltaKind.Answer),
        "response.reasoning_text.delta"                  => OnDelta(e, DeltaKind.Thinking),
        "response.reasoning_summary_text.delta"          => OnDelta(e, DeltaKind.Summary),
        "response.reasoning.delta"                       => OnDelta(e, DeltaKind.LegacyThinking),
        "response.output_text.done"                      => _emitter.OnTextDone(e, DeltaKind.Answer, "text"),
        "response.reasoning_text.done"                   => _emitter.OnTextDone(e, DeltaKind.Thinking, "text"),
        "response.reasoning_summary_text.done"           => _emitter.OnTextDone(e, DeltaKind.Summary, "text"),
        "response.reasoning.done"                        => _emitter.OnTextDone(e, DeltaKind.LegacyThinking, "reasoning"),
        "response.refusal.delta"                         => _emitter.OnRefusal(e, e.Delta, isComplete: false),
        "response.refusal.done"                          => _emitter.OnRefusal(e, e.Json.Text("refusal"), isComplete: true),
        "response.created" or "response.in_progress"
            or "response.queued"                         => _state.Read(e.Json.Member("response") ?? default),
        "response.output_item.added"                     => OnItemAdded(e),
        "response.output_item.done"                      => OnItemDone(e),
        "response.output_text.annotation.added"          => _emitter.OnAnnotation(e),
        "response.function_call_arguments.delta"         => OnArguments(e),
        "response.function_call_arguments.done"          => _emitter.OnArguments(e, null),
        "response.image_generation_call.partial_image"   => OnArguments(e),
        "response.completed" or "response.done"          => OnEnd(e, incomplete: false),
        "response.incomplete"                            => OnEnd(e, incomplete: true),
        "response.failed" or "response.cancelled"
            or "response.error" or "error"               => OnFailure(e),
        null                                             => OnUntyped(e),
        _                                                => null,
    };

    /// <summary>A whole answer: nothing of it has been emitted, so its end emits all of it.</summary>
    public ChatResponseUpdate? MapWhole(JsonElement response)
    {
        if (ResponseMap.IsAnswer(response))
            return _emitter.OnComplete(response);
        _emitter.OnPartialOutput(response);
        return _state.Fail(ErrorBody.Read(response), response);
    }

    /// <summary>What had been said when the call broke, and what was finished and waited for its turn; null when there is nothing.</summary>
    public ChatResponse? ToPartial() => _emitter.ToPartial();

    public void Dispose() => _emitter.Dispose();

    private ChatResponseUpdate? OnDelta(in ResponseEvent e, DeltaKind kind)
    {
        SawOutput = true;
        return _emitter.OnDelta(e, kind, e.Delta);
    }

    private ChatResponseUpdate? OnItemAdded(in ResponseEvent e)
    {
        // A server tool that begins to work is paid for, whatever comes of it.
        SawOutput |= e.Json.Member("item") is { } item && new Item(item).Kind is not (ItemKind.Message or ItemKind.Reasoning or ItemKind.FunctionCall);
        return _emitter.OnItemAdded(e);
    }

    private ChatResponseUpdate? OnItemDone(in ResponseEvent e)
    {
        SawOutput = true;
        return _emitter.OnItemDone(e);
    }

    private ChatResponseUpdate? OnArguments(in ResponseEvent e)
    {
        SawOutput = true;
        return _emitter.OnArguments(e, e.Delta);
    }

    private ChatResponseUpdate? OnEnd(in ResponseEvent e, bool incomplete)
    {
        if (e.Json.Member("response") is not { ValueKind: JsonValueKind.Object } response)
            return _state.Fail(new() { Message = "The stream's last event holds no response." }, default);
        if (response.Word("status") is "failed" or "cancelled" || ResponseMap.IsOnlyError(response))
            return OnFailure(e);
        if (response.Member("output") is { ValueKind: not JsonValueKind.Array } || response.Word("status") is { Length: > 0 } status && status is not ("completed" or "incomplete"))
            return _state.Fail(new() { Message = $"The stream ended with a response that is no answer (status '{response.Word("status")}')." }, response);
        return _emitter.OnEnd(response, incomplete, e.Json);
    }

    private ChatResponseUpdate? OnFailure(in ResponseEvent e)
    {
        if (e.Json.Member("response") is not { ValueKind: JsonValueKind.Object } response)
            return _state.Fail(ErrorBody.Read(e.Json), default);
        _state.Read(response);
        _emitter.OnPartialOutput(response);
        return _state.Fail(ErrorBody.Read(response), response);
    }

    /// <summary>An error without a type, or a frame that is not JSON: the latter may have cost words.</summary>
    private ChatResponseUpdate? OnUntyped(in ResponseEvent e)
    {
        if (e.Json.ValueKind == JsonValueKind.Undefined)
            _state.DamagedFrames++;
        return e.Json.Member("error") is null ? null : OnFailure(e);
    }
}

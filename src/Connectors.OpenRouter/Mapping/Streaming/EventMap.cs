using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The event table: what each event of a stream means. A whole answer is a stream of one event, its last.</summary>
internal sealed class EventMap : IDisposable
{
    /// <summary>What is known of the whole response; makes the updates.</summary>
    private readonly ResponseState _state;

    /// <summary>Decides what of an item is emitted when.</summary>
    private readonly OutputEmitter _emitter;

    /// <summary>For one answer.</summary>
    /// <param name="facts">What is known before its first event.</param>
    public EventMap(ReplyFacts facts)
    {
        _state = new(facts);
        _emitter = new(_state);
    }

    /// <summary>Set by the event that ends the stream well: usage, finish reason and the service's facts.</summary>
    public ChatResponseUpdate? Final => _state.Final;

    /// <summary>Set by the event that ends it badly.</summary>
    public ErrorBody? Failure => _state.Failure;

    /// <summary>The generation's id, from the header or the first event that names one.</summary>
    public string? GenerationId => _state.GenerationId;

    /// <summary>Whether the answer is complete and said nothing, not even a thought.</summary>
    public bool IsEmpty => _state.IsEmpty;

    /// <summary>Whether anything was emitted that a caller could hear, run or keep.</summary>
    public bool HasContent => _emitter.HasContent;

    /// <summary>What the answer is warned of.</summary>
    public IReadOnlyList<string> Warnings => _state.Warnings;

    /// <summary>Whether anything that was paid for has been seen: words, thoughts that are not shown, arguments, a server tool at work.</summary>
    public bool SawOutput;

    /// <summary>The next update that a previous event made besides the one that <see cref="Map"/> returned; null = none.</summary>
    public ChatResponseUpdate? Next() => _state.Next();

    /// <summary>Maps an event.</summary>
    /// <param name="e">The event; its JSON is valid until the next one is read.</param>
    /// <returns>The update it makes; null for none. <see cref="Next"/> has further ones.</returns>
    public ChatResponseUpdate? Map(in ResponseEvent e)
    {
        SawOutput = SawOutput || CarriesOutput(e);
        return Read(e);
    }

    /// <summary>The table: an event's name and what it does.</summary>
    private ChatResponseUpdate? Read(in ResponseEvent e) => e.Type switch
    {
        "response.output_text.delta"
            or "response.content_part.delta"             => _emitter.OnDelta(e, DeltaKind.Answer, e.Delta),
        "response.reasoning_text.delta"                  => _emitter.OnDelta(e, DeltaKind.ReasoningText, e.Delta),
        "response.reasoning_summary_text.delta"          => _emitter.OnDelta(e, DeltaKind.Summary, e.Delta),
        "response.reasoning.delta"                       => _emitter.OnDelta(e, DeltaKind.LegacyReasoning, e.Delta),
        "response.output_text.done"                      => _emitter.OnTextDone(e, DeltaKind.Answer, "text"),
        "response.reasoning_text.done"                   => _emitter.OnTextDone(e, DeltaKind.ReasoningText, "text"),
        "response.reasoning_summary_text.done"           => _emitter.OnTextDone(e, DeltaKind.Summary, "text"),
        "response.reasoning.done"                        => _emitter.OnTextDone(e, DeltaKind.LegacyReasoning, "reasoning"),
        "response.refusal.delta"                         => _emitter.OnRefusal(e, e.Delta, isComplete: false),
        "response.refusal.done"                          => _emitter.OnRefusal(e, e.Json.Text("refusal"u8), isComplete: true),
        "response.created" or "response.in_progress"
            or "response.queued"                         => _state.Read(new(e.Json.Member("response"u8) ?? default)),
        "response.output_item.added"                     => _emitter.OnItemAdded(e),
        "response.output_item.done"                      => _emitter.OnItemDone(e),
        "response.output_text.annotation.added"          => _emitter.OnAnnotation(e),
        "response.function_call_arguments.delta"         => _emitter.OnArguments(e, e.Delta),
        "response.function_call_arguments.done"          => _emitter.OnArguments(e, null),
        "response.image_generation_call.partial_image"   => _emitter.OnArguments(e, e.Delta),
        "response.completed" or "response.done"          => OnEnd(e, incomplete: false),
        "response.incomplete"                            => OnEnd(e, incomplete: true),
        "response.failed" or "response.cancelled"
            or "response.error" or "error"               => OnFailure(e),
        null                                             => OnUntyped(e),
        _                                                => null,
    };

    /// <summary>A whole answer: nothing of it has been emitted, so its end emits all of it.</summary>
    public ChatResponseUpdate? MapWhole(JsonElement json)
    {
        var response = new ResponseObject(json);
        if (ResponseMap.IsAnswer(response))
            return _emitter.OnComplete(response);
        return Fail(ErrorBody.Read(json), response);
    }

    /// <summary>Takes what a failed answer brought: words, calls, and what they cost.</summary>
    public ChatResponseUpdate? Fail(ErrorBody error, in ResponseObject response)
    {
        SawOutput = SawOutput || BringsOutput(response.Json);
        _state.Read(response);
        _emitter.OnPartialOutput(response);
        return _state.Fail(error, response);
    }

    /// <summary>What had been said when the call broke, and what was finished and waited for its turn; null when there is nothing.</summary>
    public ChatResponse? ToPartial() => _emitter.ToPartial();

    public void Dispose() => _emitter.Dispose();

    /// <summary>
    /// Whether an event brings something of what the model or a tool of the service's made. What only announces brings nothing yet; of
    /// events that we do not know, those that belong to an item do.
    /// </summary>
    private static bool CarriesOutput(in ResponseEvent e) => e.Type switch
    {
        null or "error" or "response.created" or "response.in_progress" or "response.queued" => false,
        "response.output_item.added"                                  => e.Json.Member("item"u8) is { } item && HoldsOutput(new(item)),
        "response.completed" or "response.done" or "response.incomplete" or "response.failed"
            or "response.cancelled" or "response.error"               => BringsOutput(e.Json.Member("response"u8) ?? default),
        "response.output_item.done"                                   => true,
        _ when e.Type.EndsWith("_part.added", StringComparison.Ordinal) => false,
        _ => e.Delta is not null || e.OutputIndex >= 0 || e.ItemId is not null || e.Json.Member("item_id"u8) is not null
            || e.Type.StartsWith("response.", StringComparison.Ordinal) && e.Type.EndsWith(".done", StringComparison.Ordinal),
    };

    /// <summary>Whether a response has an item that holds output.</summary>
    private static bool BringsOutput(JsonElement response)
    {
        foreach (var item in response.Array("output"u8))
            if (HoldsOutput(new(item)))
                return true;
        return false;
    }

    /// <summary>Whether anything of an item is there already. A server tool that begins to work is paid for, whatever comes of it.</summary>
    private static bool HoldsOutput(Item item) => item.Kind switch
    {
        ItemKind.Message      => HoldsText(item.Content),
        ItemKind.Reasoning    => HoldsText(item.Content) || HoldsText(item.Json.Array("summary"u8)) || item.Json.Text("encrypted_content"u8) is { Length: > 0 },
        ItemKind.FunctionCall => item.Arguments.Length > 0,
        _                     => item.Json.ValueKind == JsonValueKind.Object,
    };

    /// <summary>Whether any part holds text, or is of another kind.</summary>
    private static bool HoldsText(JsonElement.ArrayEnumerator parts)
    {
        foreach (var part in parts)
            if ((part.Text("text"u8) ?? part.Text("refusal"u8) ?? part.AsText()) is not "")
                return true; // words, or a part of another kind
        return false;
    }

    /// <summary>The stream's good end, unless the response in it says otherwise.</summary>
    private ChatResponseUpdate? OnEnd(in ResponseEvent e, bool incomplete)
    {
        var response = new ResponseObject(e.Json.Member("response"u8) ?? default);
        if (!response.IsObject)
            return _state.Fail(new() { Message = "The stream's last event holds no response." }, default);
        if (response.Status is "failed" or "cancelled" || ResponseMap.IsOnlyError(response))
            return OnFailure(e);
        if (response.Output.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Array) || response.Status is { Length: > 0 } status && status is not ("completed" or "incomplete"))
            return _state.Fail(new() { Message = $"The stream ended with a response that is no answer (status '{response.Status}')." }, response);
        return _emitter.OnEnd(response, incomplete, e.Json);
    }

    /// <summary>The stream's bad end; the error may stand in the event or in its response.</summary>
    private ChatResponseUpdate? OnFailure(in ResponseEvent e)
    {
        if (e.Json.Member("response"u8) is not { ValueKind: JsonValueKind.Object } response)
            return _state.Fail(ErrorBody.Read(e.Json), default);
        return Fail(ErrorBody.Read(response), new(response));
    }

    /// <summary>An error without a type, or a frame that is not JSON: the latter may have cost words.</summary>
    private ChatResponseUpdate? OnUntyped(in ResponseEvent e)
    {
        if (e.Json.ValueKind == JsonValueKind.Undefined)
            _state.DamagedFrames++;
        return e.Json.Member("error"u8) is null ? null : OnFailure(e);
    }
}

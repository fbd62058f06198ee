using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The event table: what each event of a stream lets us say. A whole answer is a stream of one event, its last.</summary>
internal sealed partial class EventMap(ReplyFacts facts) : IDisposable
{
    private readonly EmittedContents _emitted = new();
    private readonly List<OutputItem> _items = [];
    private string? _responseId = facts.GenerationId;
    private string? _messageId;
    private string? _model;
    private DateTimeOffset? _createdAt;

    /// <summary>Set by the event that ends the stream well: usage, finish reason and the service's facts.</summary>
    public ChatResponseUpdate? Final { get; private set; }

    /// <summary>Set by the event that ends it badly.</summary>
    public ErrorBody? Failure { get; private set; }

    public string? GenerationId => facts.GenerationId ?? _responseId;

    public ChatResponseUpdate? Map(in ResponseEvent e) => e.Type switch
    {
        "response.output_text.delta"
            or "response.content_part.delta"             => Hear(e, DeltaKind.Answer, e.Delta),
        "response.reasoning_text.delta"                  => Hear(e, DeltaKind.Thinking, e.Delta),
        "response.reasoning_summary_text.delta"          => Hear(e, DeltaKind.Summary, e.Delta),
        "response.reasoning.delta"                       => Hear(e, DeltaKind.LegacyThinking, e.Delta),
        "response.output_text.done"                      => HearLate(e, DeltaKind.Answer, "text"),
        "response.reasoning_text.done"                   => HearLate(e, DeltaKind.Thinking, "text"),
        "response.reasoning_summary_text.done"           => HearLate(e, DeltaKind.Summary, "text"),
        "response.reasoning.done"                        => HearLate(e, DeltaKind.LegacyThinking, "reasoning"),
        "response.created" or "response.in_progress"
            or "response.queued"                         => Remember(e),
        "response.output_item.added"                     => Open(e),
        "response.output_item.done"                      => Close(e),
        "response.output_text.annotation.added"          => Cite(e),
        "response.function_call_arguments.delta"         => Argue(e, e.Delta),
        "response.function_call_arguments.done"          => Argue(e, null),
        "response.image_generation_call.partial_image"   => Raw(e),
        "response.completed" or "response.done"          => End(e, incomplete: false),
        "response.incomplete"                            => End(e, incomplete: true),
        "response.failed" or "response.cancelled"
            or "response.error" or "error"               => Fail(e),
        null                                             => e.Json.Member("error") is null ? null : Fail(e),
        _                                                => null,
    };

    /// <summary>A whole answer: nothing of it has been heard, so its end says all of it.</summary>
    public ChatResponseUpdate? MapWhole(JsonElement response)
    {
        if (ResponseMap.IsAnswer(response))
            return End(response, incomplete: response.Text("status") == "incomplete", response);
        Failure = ErrorBody.Read(response);
        return null;
    }

    /// <summary>What had been said when the call broke, and what was finished and waited for its turn; null when there is nothing.</summary>
    public ChatResponse? ToPartial()
    {
        TellFinished([]);
        return _emitted.IsEmpty ? null : new(new ChatMessage(ChatRole.Assistant, _emitted.ToContents()) { MessageId = _messageId, CreatedAt = _createdAt })
        {
            ResponseId = _responseId,
            ModelId = _model,
            CreatedAt = _createdAt,
        };
    }

    public void Dispose() => _emitted.Dispose();

    private ChatResponseUpdate? Remember(in ResponseEvent e) => Remember(e.Json.Member("response") ?? default);

    private ChatResponseUpdate? Remember(JsonElement response)
    {
        _responseId = response.Text("id") is { Length: > 0 } id ? id : _responseId;
        _model = response.Text("model") is { Length: > 0 } model ? model : _model;
        _createdAt = ResponseMap.CreatedAt(response) ?? _createdAt;
        return null;
    }

    private ChatResponseUpdate? Fail(in ResponseEvent e)
    {
        var response = e.Json.Member("response");
        Remember(response ?? default);
        Failure = ErrorBody.Read(response is { ValueKind: JsonValueKind.Object } body ? body : e.Json);
        return null;
    }

    private ChatResponseUpdate? Cite(in ResponseEvent e)
    {
        if (e.Json.Member("annotation") is { ValueKind: JsonValueKind.Object } annotation && Owner(e, DeltaKind.Answer) is { } item)
            (item.Citations ??= []).Add(annotation.Clone());
        return null;
    }

    private ChatResponseUpdate? Argue(in ResponseEvent e, string? delta)
    {
        if (Find(e.OutputIndex, e.Json.Text("item_id") ?? e.ItemId) is { Kind: ItemKind.FunctionCall } call)
        {
            if (delta is not null)
                (call.Arguments ??= new()).Append(delta);
            else if (e.Json.Text("arguments") is { Length: > 0 } arguments)
                call.Arguments = new(arguments);
        }
        return delta is null ? null : Raw(e);
    }

    /// <summary>An update for those who asked for raw events; it holds nothing else.</summary>
    private ChatResponseUpdate? Raw(in ResponseEvent e) => facts.RawEvents ? Stamp([], e.Json) : null;

    private ChatResponseUpdate? Open(in ResponseEvent e)
    {
        if (e.Json.Member("item") is not { ValueKind: JsonValueKind.Object } json)
            return null;
        var known = new Item(json.Clone());
        var item = Find(e.OutputIndex, known.Id) is { } early && early.Kind == known.Kind ? early : Add(e.OutputIndex, known.Kind);
        (item.Id, item.CallId, item.Known, item.Unfinished) = (known.Id ?? item.Id, known.CallId, known, !item.Told);
        return null;
    }

    private ChatResponseUpdate? Close(in ResponseEvent e)
    {
        if (e.Json.Member("item") is not { ValueKind: JsonValueKind.Object } json)
            return null;
        var contents = new List<AIContent>();
        Finish(e.OutputIndex, new(json), contents);
        return Say(contents, e.Json);
    }

    private ChatResponseUpdate? End(in ResponseEvent e, bool incomplete)
    {
        var response = e.Json.Member("response") ?? default;
        return response.Text("status") is "failed" or "cancelled" || ResponseMap.IsOnlyError(response) ? Fail(e) : End(response, incomplete, e.Json);
    }

    private ChatResponseUpdate? End(JsonElement response, bool incomplete, JsonElement raw)
    {
        Remember(response);
        var contents = new List<AIContent>();
        TellTheRest(response, truncated: incomplete || response.Member("incomplete_details") is not null, contents);
        Final = ResponseMap.Final(response, ResponseMap.FinishReason(response, incomplete, _refused, _called), facts, Logprobs(response));
        (Final.ResponseId, Final.ModelId, Final.CreatedAt) = (_responseId, _model, _createdAt);
        Final.RawRepresentation = facts.RawEvents ? raw.Clone() : null;
        return Say(contents, raw);
    }

    private ChatResponseUpdate? Say(List<AIContent> contents, JsonElement raw) => contents.Count == 0 ? null : Stamp(contents, facts.RawEvents ? raw : null);

    private ChatResponseUpdate Stamp(List<AIContent> contents, JsonElement? raw) => new()
    {
        Role = ChatRole.Assistant,
        Contents = contents,
        ResponseId = _responseId,
        MessageId = _messageId ??= _responseId ?? $"msg_{Guid.NewGuid():N}",
        ModelId = _model,
        CreatedAt = _createdAt,
        RawRepresentation = raw,
    };

    private static JsonElement? Logprobs(JsonElement response)
    {
        var tokens = new List<JsonElement>();
        foreach (var item in response.Array("output"))
            foreach (var part in item.Array("content"))
                tokens.AddRange(part.Array("logprobs").Select(token => token.Clone()));
        return tokens.Count > 0 ? JsonSerializer.SerializeToElement([.. tokens], WireJson.Web.JsonElementArray) : null;
    }
}

using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What is known of the answer as a whole: its ids, who serves it, how it ended. Makes the updates.</summary>
internal sealed class ResponseState(ReplyFacts facts)
{
    /// <summary>Updates beyond the one that an event returns.</summary>
    private Queue<ChatResponseUpdate>? _queued;

    /// <summary>Sentences about this answer; null for none.</summary>
    private List<string>? _warnings;

    /// <summary>The id from the service; the header's until an event names one.</summary>
    private string? _responseId = facts.GenerationId;

    /// <summary>The current message's id; null until it is needed.</summary>
    private string? _messageId;

    /// <summary>The model that serves.</summary>
    private string? _model;

    /// <summary>Set when the answer failed.</summary>
    private FailedAnswer? _failed;

    /// <summary>When the response was created.</summary>
    private DateTimeOffset? _createdAt;

    /// <summary>The time on the update made last: updates of one message must agree.</summary>
    private DateTimeOffset? _stamped;

    /// <summary>Whether an update was made.</summary>
    private bool _isStamped;

    /// <summary>How many messages have begun.</summary>
    private int _messages = 1;

    /// <summary>Contents of messages that ended within the current event; null for none.</summary>
    private List<(string? MessageId, List<AIContent> Contents)>? _earlier;

    /// <summary>Contents of the current event that belong to the current message.</summary>
    private List<AIContent> _contents = [];

    /// <summary>What was known before the first event.</summary>
    public readonly ReplyFacts Facts = facts;

    /// <summary>The update of a good end; null until then.</summary>
    public ChatResponseUpdate? Final;

    /// <summary>The error of a bad end; null until then.</summary>
    public ErrorBody? Failure => _failed?.Error;

    /// <summary>The answer is complete and nothing was said, thought, called or kept.</summary>
    public bool IsEmpty;

    /// <summary>How many frames were not JSON.</summary>
    public int DamagedFrames;

    /// <summary>The header's id, else the response's.</summary>
    public string? GenerationId => Facts.GenerationId ?? _responseId;

    /// <summary>What ChatResponse.Text should have been, where words that were emitted turned out to be wrong.</summary>
    public string? CorrectedText { get; set; }

    /// <summary>Ids, model and time, from any event that holds the response.</summary>
    public ChatResponseUpdate? Read(in ResponseObject response)
    {
        var known = ReferenceEquals(_responseId, Facts.GenerationId) ? null : _responseId; // a header's string may be anybody's: what is remembered of an id is remembered of this answer's own
        _responseId = response.Id.AsText(known) is { Length: > 0 } id ? Facts.Secrets.Name(id) : _responseId;
        _model = response.Model.AsText(_model) is { Length: > 0 } model ? Facts.Secrets.Name(model) : _model;
        if (_messages == 1) // later messages are as old as the first
            _createdAt = ResponseMap.CreatedAt(response) ?? _createdAt;
        return null;
    }

    /// <summary>The answer failed.</summary>
    /// <param name="error">Why.</param>
    /// <param name="response">The failed response; default where there is none.</param>
    /// <returns>Always null.</returns>
    public ChatResponseUpdate? Fail(ErrorBody error, in ResponseObject response)
    {
        Read(response);
        _failed = new(error, ResponseMap.Usage(response.Usage), ResponseMap.IsByok(response));
        return null;
    }

    /// <summary>What a failed answer used and cost.</summary>
    public UsageDetails? FailedUsage => _failed?.Usage;

    /// <summary>What this answer is warned of, apart from what the request was.</summary>
    public IReadOnlyList<string> Warnings => _warnings ?? (IReadOnlyList<string>)[];

    /// <summary>Adds a sentence to the answer's warnings.</summary>
    public void Warn(string sentence) => (_warnings ??= []).Add(sentence);

    /// <summary>A further message item begins to speak: it is a message of its own, and so is what follows.</summary>
    public void BeginMessage()
    {
        if (_contents.Count > 0)
            (_earlier ??= []).Add((MessageId, _contents));
        else if (_isStamped)
            _createdAt = _stamped; // the message before is complete, and cannot be given a later time
        _contents = [];
        _messages++;
        _messageId = $"{BaseId}#{_messages}";
    }

    /// <summary>Puts a content into the update that is being made.</summary>
    public void Add(AIContent content) => _contents.Add(content);

    /// <summary>Puts an envelope on the reasoning text that was added just before; false where there is none.</summary>
    public bool Protect(string envelope)
    {
        if (_contents is not [.., TextReasoningContent { ProtectedData: null } thought])
            return false;
        thought.ProtectedData = envelope;
        return true;
    }

    /// <summary>The update of what was added; further ones are queued. Null when nothing was.</summary>
    public ChatResponseUpdate? Take(JsonElement raw)
    {
        if (_earlier is null && _contents.Count == 0)
            return null;
        JsonElement? kept = Facts.RawEvents ? raw.Clone() : null;
        var current = _contents.Count > 0 ? Stamp(TakeContents(), kept, MessageId) : null;
        if (_earlier is null && _queued is not { Count: > 0 })
            return current;
        _queued ??= new();
        foreach (var (id, contents) in _earlier ?? [])
            _queued.Enqueue(Stamp(contents, kept, id));
        _earlier = null;
        if (current is not null)
            _queued.Enqueue(current);
        return _queued.Dequeue();
    }

    /// <summary>The contents for an update: one alone stands in a list of its own kind.</summary>
    private IList<AIContent> TakeContents()
    {
        if (_contents is [var only])
        {
            _contents.Clear();
            return new SingleContent(only);
        }
        var contents = _contents;
        _contents = [];
        return contents;
    }

    /// <summary>The next queued update; null when there is none.</summary>
    public ChatResponseUpdate? Next() => _queued is { Count: > 0 } queued ? queued.Dequeue() : null;

    /// <summary>The update of one delta: the path of nearly every word.</summary>
    public ChatResponseUpdate Delta(AIContent content, JsonElement raw) => Stamp(new SingleContent(content), Facts.RawEvents ? raw : null, MessageId);

    /// <summary>An update for those who asked for raw events; it holds nothing else.</summary>
    public ChatResponseUpdate? Raw(JsonElement raw) => Facts.RawEvents ? Stamp([], raw, MessageId) : null;

    /// <summary>An update for those who asked to see arguments grow.</summary>
    public ChatResponseUpdate ArgumentsDelta(string callId, string name, string text, JsonElement raw)
    {
        var update = Stamp([], null, MessageId);
        update.RawRepresentation = new OpenRouterFunctionCallDelta { CallId = callId, Name = name, Arguments = text, RawEvent = Facts.RawEvents ? raw.Clone() : null };
        return update;
    }

    /// <summary>The answer ended well.</summary>
    /// <param name="response">The terminal response.</param>
    /// <param name="finish">Why it ended.</param>
    /// <param name="logprobs">Of all tokens; null for none.</param>
    /// <param name="isEmpty">Whether it holds nothing at all.</param>
    /// <param name="raw">The event, for those who asked for raw events.</param>
    public void Complete(in ResponseObject response, ChatFinishReason finish, JsonElement? logprobs, bool isEmpty, JsonElement raw)
    {
        IsEmpty = isEmpty;
        var known = _warnings is null && CorrectedText is null ? Facts : Facts with { Warnings = [.. Facts.Warnings, .. Warnings], CorrectedText = CorrectedText };
        Final = ResponseMap.Final(response, _responseId, finish, known, logprobs);
        (Final.ResponseId, Final.ModelId, Final.CreatedAt) = (_responseId, _model, _createdAt);
        Final.RawRepresentation = Facts.RawEvents ? raw.Clone() : null;
    }

    /// <summary>What was said so far, as a response; null when nothing was said or paid for.</summary>
    public ChatResponse? ToPartial(List<ChatMessage> messages)
    {
        if (messages.Count == 0 && FailedUsage is null)
            return null;
        foreach (var message in messages)
            message.CreatedAt = _createdAt;
        return new(messages)
        {
            ResponseId = _responseId,
            ModelId = _model,
            CreatedAt = _createdAt,
            Usage = FailedUsage,
            AdditionalProperties = _failed?.IsByok is { } isByok ? new() { [ResponseMap.ByokKey] = isByok } : null, // says whether the upstream cost comes on top
        };
    }

    /// <summary>Of the message that is being said; the same within a message, and never an earlier one's again.</summary>
    public string MessageId => _messageId ??= BaseId;

    /// <summary>The id of the first message: the response's, else one of our own.</summary>
    public string BaseId => field ??= _responseId ?? $"msg_{Guid.NewGuid():N}";

    /// <summary>An update with what is known of the response.</summary>
    private ChatResponseUpdate Stamp(IList<AIContent> contents, JsonElement? raw, string? messageId)
    {
        (_isStamped, _stamped) = (true, _createdAt);
        return new()
        {
            Role = ChatRole.Assistant,
            Contents = contents,
            ResponseId = _responseId,
            MessageId = messageId,
            ModelId = _model,
            CreatedAt = _createdAt,
            RawRepresentation = raw,
        };
    }

    /// <summary>How an answer ended badly, and what it used and cost.</summary>
    private sealed record FailedAnswer(ErrorBody Error, UsageDetails? Usage, bool? IsByok);
}

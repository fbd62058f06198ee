using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>Turns a reply's verbs into the service's frames, in the service's true order: the one place that knows that order.</summary>
/// <remarks>
/// An item stays open until the next one begins or the answer completes; when the answer ends otherwise, what was open stays
/// unfinished.
/// </remarks>
internal sealed partial class Frames
{
    /// <summary>The reply that is played.</summary>
    private readonly FakeReply _reply;

    /// <summary>Makes the response around the items.</summary>
    private readonly ResponseObject _response;

    /// <summary>Part of every id.</summary>
    private readonly string _number;

    /// <summary>When the answer begins.</summary>
    private readonly DateTimeOffset _startedAt;

    /// <summary>What happens on the connection, in order.</summary>
    private readonly List<Beat> _beats = [];

    /// <summary>The items so far.</summary>
    private readonly List<JsonObject> _output = [];

    /// <summary>Counts tokens.</summary>
    private readonly Tally _tally = new();

    /// <summary>The item that is not finished; null between items.</summary>
    private OpenItem? _open;

    /// <summary>The number of the next frame.</summary>
    private int _sequence;

    /// <summary>Whether the opening frames were sent.</summary>
    private bool _begun;

    /// <summary>For one reply.</summary>
    private Frames(FakeReply reply, ResponseObject response, string number, DateTimeOffset startedAt) =>
        (_reply, _response, _number, _startedAt) = (reply, response, number, startedAt);

    /// <summary>An answer in both its forms.</summary>
    /// <param name="Stream">What happens on the wire when it is streamed.</param>
    /// <param name="Response">The response as it stands at the end: the body when it is not.</param>
    /// <param name="Items">The items that were finished.</param>
    internal sealed record Answer(IReadOnlyList<Beat> Stream, JsonObject Response, IReadOnlyList<JsonObject> Items);

    /// <param name="reply">What to say.</param>
    /// <param name="response">The response it is said in.</param>
    /// <param name="number">Makes ids differ between the responses of one fake.</param>
    /// <param name="startedAt">When the answer begins.</param>
    public static Answer Of(FakeReply reply, ResponseObject response, string number, DateTimeOffset startedAt)
    {
        var frames = new Frames(reply, response, number, startedAt);
        foreach (var step in reply.Steps)
            frames.Play(step);
        var whole = frames.Finish(reply.Ending);
        return new(frames._beats, whole, [.. frames._output.Where(item => (string?)item["status"] == "completed")]);
    }

    /// <summary>Plays one step.</summary>
    private void Play(Step step)
    {
        if (step is not (Step.Wait or Step.Stall or Step.KeepAlive))
            Begin();
        switch (step)
        {
            case Step.Think think: AddReasoning(think); break;
            case Step.Say say: AddText(say.Text); break;
            case Step.Cite cite: AddCitation(cite); break;
            case Step.Call call: Call(call); break;
            case Step.Search search: Search(search); break;
            case Step.Image image: Image(image); break;
            case Step.Refuse refuse: AddRefusal(refuse.Text); break;
            case Step.Wait wait: _beats.Add(new Beat.Pause(wait.Time)); break;
            case Step.Stall: _beats.Add(new Beat.Silence()); break;
            case Step.KeepAlive alive: KeepAlive(alive.Count); break;
            case Step.MoreArguments more: AddArguments(more.Text); break;
            case Step.Message message: BeginMessage(message.Phase); break;
            case Step.Item item: AddItem(item.Json); break;
            case Step.Damage: Damage(); break;
            case Step.Interleave together: Interleave(together.Lanes); break;
            case Step.Event raw: Write($"data: {raw.Json}\n\n"); break;
            default: throw new InvalidOperationException($"{step.GetType().Name} cannot be mixed with other words.");
        }
    }

    /// <summary>Sends the opening frames, once.</summary>
    private void Begin()
    {
        if (_begun)
            return;
        _begun = true;
        Send("response.created", ("response", _response.InProgress()));
        Send("response.in_progress", ("response", _response.InProgress()));
    }

    /// <summary>Plays the ending.</summary>
    /// <returns>The response as it stands then.</returns>
    private JsonObject Finish(Ending ending)
    {
        Begin();
        switch (ending)
        {
            case Ending.Incomplete incomplete:
                if (_open is not null) // pictures have no word for it
                    _open.Item["status"] = (string?)_open.Item["type"] == "image_generation_call" ? "generating" : "incomplete";
                return End("response.incomplete", _response.Incomplete(incomplete.Reason, Output(), Usage()));
            case Ending.Fail fail:
                return End("response.failed", _response.Failed(fail.Message, fail.ErrorType));
            case Ending.Error error:
                Send("error", isTerminal: true, ("code", error.Code), ("message", error.Message), ("param", null));
                return Overrule(_response.Failed(error));
            case Ending.Completed:
                Close();
                return End("response.completed", _response.Completed(Output(), Usage(), Now()));
            default:
                if (ending is Ending.Reset)
                    _beats.Add(new Beat.Break());
                return Overrule(_response.Completed(Output(), Usage(), Now()));
        }
    }

    /// <summary>Sends the terminal event and <c>[DONE]</c>.</summary>
    private JsonObject End(string type, JsonObject response)
    {
        Overrule(response);
        Send(type, isTerminal: true, ("response", response.DeepClone()));
        Write("data: [DONE]\n\n");
        return response;
    }

    /// <summary>A reasoning item in the given style; its proof is that of the model's author.</summary>
    private void AddReasoning(Step.Think think)
    {
        _tally.AddReasoning(think.Text);
        var prefix = think.Style is FakeThinking.Summary or FakeThinking.Encrypted ? "rs" : "rs_tmp";
        var item = Open(prefix, id => new() { ["type"] = "reasoning", ["id"] = id, ["summary"] = new JsonArray(), ["status"] = "in_progress" });
        switch (think.Style)
        {
            case FakeThinking.Summary: Summarise(item, think.Text); break;
            case FakeThinking.Encrypted: break;
            case FakeThinking.Legacy: SendLegacyReasoning(item, think.Text); break;
            default: SendReasoningText(item, think.Text); break;
        }

        item.Finish += () =>
        {
            var (proof, format) = Seal(think.Style, Ledger.Author(_response.Model));
            if (proof is not null)
                item.Item[proof] = proof == "signature" ? $"Eq{Proof(item.Id, think.Text)}" : Encrypted(item.Id, think.Text);
            item.Item["format"] = format;
        };
    }

    /// <summary>
    /// What closes a thought: the style's own seal; a summary, or thinking that is not shown, is sealed as the served model's
    /// family does.
    /// </summary>
    private static (string? Proof, string Format) Seal(FakeThinking style, string? author) => (style, author) switch
    {
        (FakeThinking.Anthropic, _) or (FakeThinking.Summary, "anthropic") => ("signature", "anthropic-claude-v1"),
        (FakeThinking.Encrypted, "anthropic") => ("encrypted_content", "anthropic-claude-v1"),
        (FakeThinking.Gemini, _) or (FakeThinking.Summary, "google") => ("signature", "google-gemini-v1"),
        (FakeThinking.Encrypted, "google") => ("encrypted_content", "google-gemini-v1"),
        (FakeThinking.Summary or FakeThinking.Encrypted, "x-ai") => ("encrypted_content", "xai-responses-v1"),
        (FakeThinking.Summary, "deepseek" or "qwen" or "minimax" or "moonshotai" or "z-ai") => (null, "unknown"),
        (FakeThinking.Summary or FakeThinking.Encrypted, _) => ("encrypted_content", "openai-responses-v1"),
        _ => (null, "unknown"),
    };

    /// <summary>A summary, word by word.</summary>
    private void Summarise(OpenItem item, string text)
    {
        JsonObject Part(string said) => new() { ["type"] = "summary_text", ["text"] = said };
        Send("response.reasoning_summary_part.added", item, ("summary_index", 0), ("part", Part("")));
        foreach (var word in Words.Split(text))
            Send("response.reasoning_summary_text.delta", item, ("summary_index", 0), ("delta", word));
        item.Item["summary"] = new JsonArray(Part(text));
        item.Finish = () =>
        {
            Send("response.reasoning_summary_text.done", item, ("summary_index", 0), ("text", text));
            Send("response.reasoning_summary_part.done", item, ("summary_index", 0), ("part", Part(text)));
        };
    }

    /// <summary>Reasoning text, word by word.</summary>
    private void SendReasoningText(OpenItem item, string text)
    {
        JsonObject Part(string said) => new() { ["type"] = "reasoning_text", ["text"] = said };
        Send("response.content_part.added", item, ("content_index", 0), ("part", Part("")));
        foreach (var word in Words.Split(text))
            Send("response.reasoning_text.delta", item, ("content_index", 0), ("delta", word));
        item.Item["content"] = new JsonArray(Part(text));
        item.Finish = () =>
        {
            Send("response.reasoning_text.done", item, ("content_index", 0), ("text", text));
            Send("response.content_part.done", item, ("content_index", 0), ("part", Part(text)));
        };
    }

    /// <summary>Reasoning under the name that older routes use, word by word.</summary>
    private void SendLegacyReasoning(OpenItem item, string text)
    {
        foreach (var word in Words.Split(text))
            Send("response.reasoning.delta", ("delta", word), ("item_id", item.Id), ("output_index", item.Index));
        item.Item["content"] = new JsonArray(new JsonObject { ["type"] = "reasoning_text", ["text"] = text });
    }

    /// <summary>Text of a message, word by word.</summary>
    private void AddText(string text)
    {
        var message = Message();
        message.LastStart = message.Text.Length;
        message.Text.Append(text);
        _tally.AddOutput(text);
        foreach (var word in Words.Split(text))
            Send("response.output_text.delta", message, ("content_index", 0), ("delta", word), ("logprobs", new JsonArray()));
        message.Item["content"] = new JsonArray(message.Part());
    }

    /// <summary>A citation of the text said last.</summary>
    private void AddCitation(Step.Cite cite)
    {
        var message = Message();
        var annotation = new JsonObject
        {
            ["type"] = "url_citation",
            ["url"] = cite.Url.OriginalString,
            ["title"] = cite.Title,
            ["start_index"] = message.LastStart,
            ["end_index"] = message.Text.Length,
        };
        Send("response.output_text.annotation.added", message, ("content_index", 0), ("annotation_index", message.Annotations.Count), ("annotation", annotation.DeepClone()));
        message.Annotations.Add((JsonNode)annotation);
        message.Item["content"] = new JsonArray(message.Part());
    }

    /// <summary>The message that is being said, or a new one.</summary>
    private OpenItem Message()
    {
        if (_open is { IsText: true } open)
            return open;
        var message = OpenMessage();
        message.IsText = true;
        Send("response.content_part.added", message, ("content_index", 0), ("part", message.Part()));
        message.Finish = () =>
        {
            Send("response.output_text.done", message, ("content_index", 0), ("text", message.Text.ToString()), ("logprobs", new JsonArray()));
            Send("response.content_part.done", message, ("content_index", 0), ("part", message.Part()));
            message.Item["content"] = new JsonArray(message.Part());
        };
        return message;
    }

    /// <summary>A refusal, word by word, in a message of its own.</summary>
    private void AddRefusal(string text)
    {
        JsonObject Part(string said) => new() { ["type"] = "refusal", ["refusal"] = said };
        var message = OpenMessage();
        _tally.AddOutput(text);
        Send("response.content_part.added", message, ("content_index", 0), ("part", Part("")));
        foreach (var word in Words.Split(text))
            Send("response.refusal.delta", message, ("content_index", 0), ("delta", word));
        message.Item["content"] = new JsonArray(Part(text));
        message.Finish = () =>
        {
            Send("response.refusal.done", message, ("content_index", 0), ("refusal", text));
            Send("response.content_part.done", message, ("content_index", 0), ("part", Part(text)));
        };
    }

    /// <summary>A function call, its arguments in three pieces.</summary>
    private void Call(Step.Call call)
    {
        _tally.AddOutput(call.Arguments);
        var callId = call.CallId ?? $"call_{_number}_{_output.Count}";
        var item = Open("fc_tmp", id => new() { ["type"] = "function_call", ["id"] = id, ["call_id"] = callId, ["name"] = call.Name, ["arguments"] = "", ["status"] = "in_progress" });
        foreach (var part in Words.Divide(call.Arguments, 3))
            Send("response.function_call_arguments.delta", item, ("delta", part));
        item.Item["arguments"] = call.Arguments;
        item.Finish = () => Send("response.function_call_arguments.done", item, ("name", call.Name), ("arguments", (string?)item.Item["arguments"]));
    }

    /// <summary>A search of the service's own.</summary>
    private void Search(Step.Search search)
    {
        _tally.Searches++;
        var item = Open("ws_tmp", id => new() { ["type"] = "openrouter:web_search", ["id"] = id, ["status"] = "in_progress" });
        Send("response.web_search_call.in_progress", item);
        Send("response.web_search_call.searching", item);
        item.Finish = () =>
        {
            Send("response.web_search_call.completed", item);
            item.Item["action"] = new JsonObject
            {
                ["type"] = "search",
                ["query"] = search.Query,
                ["sources"] = new JsonArray([.. search.Sources.Select(url => new JsonObject { ["type"] = "url", ["url"] = url.OriginalString })]),
            };
        };
    }

    /// <summary>A generated image, complete in its first piece.</summary>
    private void Image(Step.Image image)
    {
        var picture = Convert.ToBase64String(image.Bytes.Span);
        var item = Open("ig_tmp", id => new() { ["type"] = "image_generation_call", ["id"] = id, ["status"] = "in_progress", ["result"] = null });
        Send("response.image_generation_call.in_progress", item);
        Send("response.image_generation_call.generating", item);
        Send("response.image_generation_call.partial_image", item, ("partial_image_b64", picture), ("partial_image_index", 0));
        item.Finish = () =>
        {
            Send("response.image_generation_call.completed", item);
            item.Item["result"] = picture;
            if (image.MediaType != "image/png")
                item.Item["output_format"] = image.MediaType[(image.MediaType.IndexOf('/') + 1)..];
        };
    }

    /// <summary>Comments, as the service sends them while a model works.</summary>
    private void KeepAlive(int count)
    {
        for (var i = 0; i < count; i++)
            Write(": OPENROUTER PROCESSING\n\n");
    }

    /// <summary>Announces a message.</summary>
    private OpenItem OpenMessage() => Open("msg_tmp", id =>
    {
        var message = new JsonObject { ["type"] = "message", ["role"] = "assistant", ["id"] = id, ["status"] = "in_progress", ["content"] = new JsonArray() };
        if (_phase is not null)
            message["phase"] = _phase;
        return message;
    });

    /// <summary>Announces an item after finishing the one before.</summary>
    /// <param name="prefix">Of its id.</param>
    /// <param name="start">Makes the announced item from its id.</param>
    private OpenItem Open(string prefix, Func<string, JsonObject> start)
    {
        Close();
        var id = $"{prefix}_{_number}_{_output.Count}";
        _open = new(id, _output.Count, start(id));
        _output.Add(_open.Item);
        Send("response.output_item.added", ("output_index", _open.Index), ("item", _open.Item.DeepClone()));
        return _open;
    }

    /// <summary>Finishes the open item.</summary>
    private void Close()
    {
        if (_open is null)
            return;
        _open.Item["status"] = "completed";
        _open.Finish?.Invoke();
        Send("response.output_item.done", ("output_index", _open.Index), ("item", _open.Item.DeepClone()));
        _open = null;
    }

    /// <summary>A frame that belongs to an item.</summary>
    private void Send(string type, OpenItem item, params ReadOnlySpan<(string, JsonNode?)> members) =>
        Send(type, [("item_id", item.Id), ("output_index", item.Index), .. members]);

    /// <summary>A frame that does not end the answer.</summary>
    private void Send(string type, params ReadOnlySpan<(string, JsonNode?)> members) => Send(type, isTerminal: false, members);

    /// <summary>One frame: its type first, its sequence number last.</summary>
    private void Send(string type, bool isTerminal, params ReadOnlySpan<(string Name, JsonNode? Value)> members)
    {
        var frame = new JsonObject { ["type"] = type };
        foreach (var (name, value) in members)
            frame[name] = value;
        if (_lane is not null)
            _lane.Add(frame);
        else
            Number(frame, isTerminal);
    }

    /// <summary>Numbers a frame and sends it.</summary>
    private void Number(JsonObject frame, bool isTerminal = false)
    {
        frame["sequence_number"] = _sequence++;
        Write($"data: {Json.Text(frame)}\n\n", isTerminal);
    }

    /// <summary>Puts text on the connection.</summary>
    private void Write(string text, bool isTerminal = false) => _beats.Add(new Beat.Bytes(Encoding.UTF8.GetBytes(text), isTerminal));

    /// <summary>The items as they stand, copied.</summary>
    private JsonArray Output() => new([.. _output.Select(item => item.DeepClone())]);

    /// <summary>The usage so far.</summary>
    private JsonObject Usage() => _tally.ToUsage(_reply);

    /// <summary>The time after all pauses so far.</summary>
    private DateTimeOffset Now() => _beats.OfType<Beat.Pause>().Aggregate(_startedAt, (at, pause) => at + pause.Time);

    /// <summary>An encrypted block that names the endpoint, as the service's do.</summary>
    private string Encrypted(string id, string text)
    {
        var endpoint = Encoding.UTF8.GetBytes($$"""{"endpoint_slug":"{{_response.Model}}|{{_response.Provider.ToLowerInvariant()}}"}""");
        return $"gAAAAAB{Proof(id, text)}.{Convert.ToBase64String(endpoint)}";
    }

    /// <summary>Opaque, the same in every run, and of no use for anything but being recognised.</summary>
    private static string Proof(string id, string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{id}\n{text}")));
}

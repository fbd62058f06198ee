using System.Text;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>An answer of the service as its items; said whole, or as one of the many streams that end in it.</summary>
/// <param name="Items">The output.</param>
/// <param name="Manner">Which of the streams: the same number, the same stream.</param>
internal sealed record SpokenAnswer(IReadOnlyList<JsonObject> Items, int Manner)
{
    public string Whole => Response([.. Items]).ToJsonString();

    /// <summary>Whether the service answers a call itself.</summary>
    public bool IsAnswered(int call) => call + 1 < Items.Count && (string?)Items[call + 1]["type"] == "function_call_output";

    /// <summary>
    /// Items by turns or one after the other, in pieces or only at the end, announced early, late or never, finished once, twice or not, named by place, by id, by
    /// both or not at all, by an id that changes, in another order than the ending's, with strangers between; the ending has everything, or less where the events say enough.
    /// </summary>
    public string Stream()
    {
        var random = new Random(Manner);
        var body = new StringBuilder();
        var manner = StreamManner.Of(this, random);
        Send("response.created", new() { ["response"] = Response([], "in_progress") });
        var waiting = Enumerable.Range(0, Items.Count).Select(i => new Queue<JsonObject>(new SpokenItem(Items[i], i, manner, random).Events())).ToList();
        if (manner.Places is { } places)
            waiting = [.. Enumerable.Range(0, Items.Count).OrderBy(i => places[i]).Select(i => waiting[i])];
        for (var i = 0; i < Items.Count; i++)
            if (IsAnswered(i)) // nobody answers a call before it is made
            {
                var (call, output) = (waiting[manner.Place(i)], waiting[manner.Place(i + 1)]);
                while (output.Count > 0)
                    call.Enqueue(output.Dequeue());
            }
        while (waiting.Exists(queue => queue.Count > 0))
        {
            var open = waiting.FindAll(queue => queue.Count > 0);
            Write(open[manner.IsInterleaved ? random.Next(Math.Min(open.Count, 3)) : 0].Dequeue());
            if (random.Next(12) == 0)
                body.Append(": OPENROUTER PROCESSING\n\n");
            if (random.Next(12) == 0)
                Send("response.future_thing.delta", new() { ["output_index"] = random.Next(3), ["delta"] = "nobody's words" });
        }
        Send("response.completed", new() { ["response"] = Response([.. Items.Where((_, i) => manner.IsInEnding(i))]) });
        return body.Append("data: [DONE]\n\n").ToString();

        void Send(string type, JsonObject members)
        {
            members.Insert(0, "type", type);
            Write(members);
        }

        void Write(JsonObject frame) => body.Append("data: ").Append(Text(frame)).Append("\n\n");
    }

    public override string ToString() => $"{Manner}: {Whole}\n{Stream()}";

    /// <summary>The serialiser would not write half a surrogate pair; the service does.</summary>
    private static string Text(JsonObject members)
    {
        if ((string?)members["delta"] is not { } words)
            return members.ToJsonString();
        members["delta"] = "WORDS";
        return members.ToJsonString().Replace("WORDS", string.Concat(words.Select(letter => $"\\u{(int)letter:X4}")), StringComparison.Ordinal);
    }

    private JsonObject Response(JsonObject[] output, string status = "completed") => new()
    {
        ["id"] = $"gen-{Manner}",
        ["object"] = "response",
        ["created_at"] = 1786972801,
        ["model"] = "author/model",
        ["status"] = status,
        ["output"] = new JsonArray([.. output.Select(item => item.DeepClone())]),
        ["usage"] = status == "completed" ? new JsonObject { ["input_tokens"] = 1, ["output_tokens"] = 1, ["total_tokens"] = 2 } : null,
    };
}

/// <summary>What holds for all of a stream.</summary>
internal sealed record StreamManner
{
    /// <summary>Events of several items come by turns.</summary>
    public required bool IsInterleaved { get; init; }

    /// <summary>The ending holds no output: what the events said is all there is.</summary>
    public required bool IsEndingEmpty { get; init; }

    /// <summary>Events name the place of their item.</summary>
    public required bool ByPlace { get; init; }

    /// <summary>Events name the id of their item.</summary>
    public required bool ById { get; init; }

    /// <summary>Where the stream says that the items stand, where the ending says otherwise; null = it agrees.</summary>
    public int[]? Places { get; init; }

    /// <summary>The items that the ending leaves out although it has others.</summary>
    public required HashSet<int> LeftOut { get; init; }

    /// <summary>Items have another id while they are spoken than they have in the end.</summary>
    public required bool HasPassingIds { get; init; }

    public int Place(int i) => Places?[i] ?? i;

    public bool IsInEnding(int i) => !IsEndingEmpty && !LeftOut.Contains(i);

    /// <summary>Nothing names an item but that it is the one being spoken.</summary>
    public bool IsNameless => !ByPlace && !ById;

    /// <summary>What names an item must be enough: ids that repeat name nothing, items by turns without places have no order but the ending's, and reasoning that never gets an id does not go back.</summary>
    public static StreamManner Of(SpokenAnswer answer, Random random)
    {
        var areUnique = answer.Items.Select(item => (string?)item["id"]).Distinct().Count() == answer.Items.Count;
        var (interleaved, empty) = (random.Next(2) == 0, random.Next(5) == 0);
        var (byPlace, byId) = !areUnique ? (true, random.Next(2) == 0) : random.Next(6) switch { 0 => (true, false), 1 when !interleaved || !empty => (false, true), 2 when !interleaved && (!empty || !answer.Items.Any(item => (string?)item["type"] == "reasoning")) => (false, false), _ => (true, true) };
        var places = Enumerable.Range(0, answer.Items.Count).ToArray();
        var calls = answer.Items.Where(item => item["call_id"] is not null).ToList();
        var areCallsUnique = calls.Select(call => $"{call["type"]} {call["call_id"]}").Distinct().Count() == calls.Count;
        if (areUnique && areCallsUnique && byId && !empty && random.Next(4) == 0)
            random.Shuffle(places);
        else
            places = null;
        for (var i = 0; i < places?.Length; i++)
            if (answer.IsAnswered(i) && places[i] > places[i + 1])
                (places[i], places[i + 1]) = (places[i + 1], places[i]); // an output stands behind its call
        var hasPassingIds = areUnique && byId && places is null && (byPlace || !interleaved) && random.Next(5) == 0;
        var leftOut = new HashSet<int>();
        if (areUnique && byPlace && byId && !empty && places is null && !hasPassingIds && random.Next(5) == 0)
            leftOut.UnionWith(Enumerable.Range(0, answer.Items.Count).Where(i => answer.Items[i]["call_id"] is null && random.Next(3) == 0));
        return new() { IsInterleaved = interleaved, IsEndingEmpty = empty, ByPlace = byPlace, ById = byId, Places = places, HasPassingIds = hasPassingIds, LeftOut = leftOut };
    }
}

/// <summary>One item as its events.</summary>
internal sealed class SpokenItem(JsonObject item, int number, StreamManner manner, Random random)
{
    private static readonly string[] Late = ["encrypted_content", "signature", "format", "content", "output", "later"];

    /// <summary>What only the ending may know, by type.</summary>
    private static readonly Dictionary<string, string[]> Last = new()
    {
        ["reasoning"] = ["encrypted_content", "signature", "later"],
        ["message"] = ["phase"],
        ["function_call"] = ["arguments"],
        ["shell_call_output"] = ["output"],
        ["web_search_call"] = ["action"],
        ["openrouter:future_thing"] = ["found"],
    };

    private readonly bool _isInEnding = manner.IsInEnding(number);

    public IEnumerable<JsonObject> Events()
    {
        var isFinished = !_isInEnding && (NeedsEnd || random.Next(3) > 0) || _isInEnding && random.Next(5) > 0;
        var isOnlyAnnounced = !isFinished && (!_isInEnding || manner.IsNameless);
        var isSpoken = isOnlyAnnounced || random.Next(4) > 0;
        var isAnnounced = isOnlyAnnounced || manner.ById && !manner.ByPlace || manner.IsNameless && isSpoken || manner.LeftOut.Count > 0 || random.Next(5) > 0; // an ending with gaps says nothing of the places of what was not heard
        var spoken = isSpoken ? Spoken().ToList() : [];
        var late = isAnnounced && manner.ByPlace && random.Next(5) == 0 ? random.Next(spoken.Count + 1) : 0;
        for (var i = 0; i <= spoken.Count; i++)
        {
            for (var again = 0; isAnnounced && i == late && again < Times(); again++)
                yield return Framed("response.output_item.added", new() { ["item"] = WithoutId(Named(Announced())) });
            if (i < spoken.Count)
                yield return Framed(spoken[i].Type, spoken[i].Members, isPart: true);
        }
        var finished = WithoutId(Finished());
        for (var again = 0; isFinished && again < Times(); again++)
            yield return Framed("response.output_item.done", new() { ["item"] = finished.DeepClone() });
    }

    /// <summary>Services repeat themselves; where nothing names an item, that would be another one.</summary>
    private int Times() => !manner.IsNameless && random.Next(12) == 0 ? 2 : 1;

    private string Type => (string)item["type"]!;

    /// <summary>Nothing but its end, or the ending, says all of it.</summary>
    private bool NeedsEnd => Type != "function_call" && (Type != "message" || item["content"]!.AsArray().Any(part => (string?)part!["type"] != "output_text" || part["annotations"]?.AsArray().Count > 0 || part["later"] is not null));

    private JsonObject Framed(string type, JsonObject members, bool isPart = false)
    {
        members.Insert(0, "type", type);
        if (manner.ByPlace)
            members["output_index"] = manner.Place(number);
        if (manner.ById && isPart)
            members["item_id"] = PassingId;
        return members;
    }

    private string PassingId => manner.HasPassingIds ? $"tmp_{number}" : (string)item["id"]!;

    private JsonObject Named(JsonObject told)
    {
        told["id"] = PassingId;
        return told;
    }

    /// <summary>As it ends; the ending may know more.</summary>
    private JsonObject Finished()
    {
        var finished = (JsonObject)item.DeepClone();
        if (_isInEnding && random.Next(6) == 0 && Last.TryGetValue(Type, out var members) && members[random.Next(members.Length)] is var late)
            if (late != "arguments")
                finished.Remove(late);
            else
                finished[late] = "";
        return finished;
    }

    /// <summary>Where the place names it and the ending tells its id, some events do not.</summary>
    private JsonObject WithoutId(JsonObject told)
    {
        if (manner.IsNameless || manner.ByPlace && manner.Places is null && manner.LeftOut.Count == 0 && _isInEnding && random.Next(6) == 0)
            told.Remove("id");
        return told;
    }

    /// <summary>What is known of an item when it begins: no words, no proof.</summary>
    private JsonObject Announced()
    {
        var announced = (JsonObject)item.DeepClone();
        foreach (var late in Late)
            announced.Remove(late);
        if (announced["summary"] is not null)
            announced["summary"] = new JsonArray();
        if (announced["arguments"] is not null)
            announced["arguments"] = "";
        announced["status"] = "in_progress";
        return announced;
    }

    private IEnumerable<(string Type, JsonObject Members)> Spoken() => Type switch
    {
        "reasoning" => Parts("summary").Any() || Parts("content").Count() != 1 || random.Next(3) > 0 ? InTurns([.. Thoughts("summary", "reasoning_summary_text"), .. Thoughts("content", "reasoning_text")])
            : InTurns([.. Thoughts("content", "reasoning_text"), .. Thoughts("content", "reasoning").Select(WithoutPart)]),
        "message" => InTurns([.. Parts("content").Select(part => Words(part.Part, part.Index).ToList())]),
        "function_call" => Arguments(),
        _ => [],
    };

    private IEnumerable<List<(string Type, JsonObject Members)>> Thoughts(string member, string kind) =>
        Parts(member).Select(part => Pieces($"response.{kind}", (string?)part.Part["text"] ?? "", "text", new() { [member == "summary" ? "summary_index" : "content_index"] = part.Index }).ToList());

    /// <summary>A second dialect for the same words: it tells neither which part they are, nor calls them text.</summary>
    private static List<(string Type, JsonObject Members)> WithoutPart(List<(string Type, JsonObject Members)> pieces)
    {
        foreach (var (type, members) in pieces)
        {
            members.Remove("content_index");
            if (members["text"] is { } text && members.Remove("text"))
                members["reasoning"] = text;
        }
        return pieces;
    }

    /// <summary>Parts one after the other, in their order or another, or by turns.</summary>
    private IEnumerable<(string, JsonObject)> InTurns(List<List<(string, JsonObject)>> parts)
    {
        var (isShuffled, byTurns) = (random.Next(6) == 0, random.Next(4) == 0 && !(manner.IsNameless && Type == "reasoning")); // the same thought twice by turns is nobody's to tell apart
        if (isShuffled)
            parts = [.. parts.OrderBy(_ => random.Next())];
        var open = parts.FindAll(part => part.Count > 0).ConvertAll(part => new Queue<(string, JsonObject)>(part));
        while (open.Count > 0)
        {
            var next = open[byTurns ? random.Next(open.Count) : 0];
            yield return next.Dequeue();
            if (next.Count == 0)
                open.Remove(next);
        }
    }

    private IEnumerable<(string, JsonObject)> Words(JsonObject part, int index)
    {
        var place = new JsonObject { ["content_index"] = index };
        if (random.Next(2) == 0)
            yield return ("response.content_part.added", With(place, "part", new JsonObject { ["type"] = (string?)part["type"], ["text"] = "" }));
        if ((string?)part["type"] == "refusal")
            foreach (var piece in Pieces("response.refusal", (string)part["refusal"]!, "refusal", place))
                yield return piece;
        else if ((string?)part["type"] == "output_text")
            foreach (var piece in Pieces("response.output_text", (string)part["text"]!, "text", place))
                yield return piece;
        foreach (var annotation in part["annotations"]?.AsArray() ?? [])
            if (random.Next(2) == 0)
                yield return ("response.output_text.annotation.added", With(place, "annotation", annotation!.DeepClone()));
        if (random.Next(2) == 0)
            yield return ("response.content_part.done", With(place, "part", part.DeepClone()));
    }

    private IEnumerable<(string, JsonObject)> Arguments() => Pieces("response.function_call_arguments", (string)item["arguments"]!, "arguments", []);

    private IEnumerable<(string, JsonObject)> Pieces(string type, string text, string member, JsonObject members)
    {
        var (deltas, done) = random.Next(6) switch { 0 => (false, true), 1 or 2 => (true, false), _ => (true, true) };
        for (int at = 0, length; deltas && at < text.Length; at += length)
            yield return ($"{type}.delta", With(members, "delta", text.Substring(at, length = Math.Min(text.Length - at, random.Next(1, 12)))));
        if (done)
            yield return ($"{type}.done", With(members, member, text));
    }

    private static JsonObject With(JsonObject members, string name, JsonNode value)
    {
        var with = (JsonObject)members.DeepClone();
        with[name] = value;
        return with;
    }

    private IEnumerable<(int Index, JsonObject Part)> Parts(string member) => (item[member] as JsonArray ?? []).Select((part, index) => (index, (JsonObject)part!));
}

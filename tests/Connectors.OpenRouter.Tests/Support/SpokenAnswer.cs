using System.Text;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>An answer of the service as its items; said whole, or as one of the many streams that end in it.</summary>
/// <param name="Items">The output.</param>
/// <param name="Manner">Which of the streams: the same number, the same stream.</param>
internal sealed record SpokenAnswer(IReadOnlyList<JsonObject> Items, int Manner)
{
    public string Whole => Response("completed").ToJsonString();

    /// <summary>
    /// Items by turns or one after the other, text in pieces or only at the end, items announced or not, finished or not, named by place,
    /// by id or by both; the terminal response has everything, or nothing where every item has had its end.
    /// </summary>
    public string Stream()
    {
        var random = new Random(Manner);
        var body = new StringBuilder();
        var interleaved = random.Next(2) == 0;
        var isEndingEmpty = Manner % 5 == 0;
        var hasRepeatedIds = Items.Select(item => (string?)item["id"]).Distinct().Count() < Items.Count;
        var (byPlace, byId) = hasRepeatedIds ? (true, random.Next(2) == 0) : random.Next(3) switch { 0 => (true, false), 1 when !interleaved => (false, true), _ => (true, true) };
        Send("response.created", new() { ["response"] = new JsonObject { ["id"] = $"gen-{Manner}", ["status"] = "in_progress", ["output"] = new JsonArray() } });
        var waiting = Items.Select((_, i) => new Queue<(string Type, JsonObject Members)>(Events(i))).ToList();
        while (waiting.Exists(queue => queue.Count > 0))
        {
            var open = waiting.FindAll(queue => queue.Count > 0);
            var (type, members) = open[interleaved ? random.Next(Math.Min(open.Count, 3)) : 0].Dequeue();
            Send(type, members);
        }
        var ending = Response("completed");
        if (isEndingEmpty)
            ending["output"] = new JsonArray();
        Send("response.completed", new() { ["response"] = ending });
        return body.Append("data: [DONE]\n\n").ToString();

        IEnumerable<(string Type, JsonObject Members)> Events(int i)
        {
            var (announced, spoken, finished) = (random.Next(5) > 0, random.Next(4) > 0, isEndingEmpty || random.Next(5) > 0);
            if (announced || byId && !byPlace)
                yield return ("response.output_item.added", new() { ["output_index"] = i, ["item"] = Announced(Items[i]) });
            if (spoken)
                foreach (var (member, kind, part) in Spoken(Items[i]))
                    foreach (var text in Pieces(part.Text))
                    {
                        var delta = new JsonObject { [member] = part.Index, ["delta"] = text };
                        if (byPlace)
                            delta["output_index"] = i;
                        if (byId)
                            delta["item_id"] = (string?)Items[i]["id"];
                        yield return ($"response.{kind}.delta", delta);
                    }
            if (finished)
                yield return ("response.output_item.done", new() { ["output_index"] = i, ["item"] = Items[i].DeepClone() });
        }

        void Send(string type, JsonObject members)
        {
            members.Insert(0, "type", type);
            body.Append("data: ").Append(Text(members)).Append("\n\n");
        }

        IEnumerable<string> Pieces(string text)
        {
            for (int at = 0, length; at < text.Length; at += length)
                yield return text.Substring(at, length = Math.Min(text.Length - at, random.Next(1, 12)));
        }
    }

    /// <summary>The serialiser would not write half a surrogate pair; the service does.</summary>
    private static string Text(JsonObject members)
    {
        if ((string?)members["delta"] is not { } words)
            return members.ToJsonString();
        members["delta"] = "WORDS";
        return members.ToJsonString().Replace("WORDS", string.Concat(words.Select(letter => $"\\u{(int)letter:X4}")), StringComparison.Ordinal);
    }

    private JsonObject Response(string status) => new()
    {
        ["id"] = $"gen-{Manner}",
        ["object"] = "response",
        ["created_at"] = 1786972801,
        ["model"] = "author/model",
        ["status"] = status,
        ["output"] = new JsonArray([.. Items.Select(item => item.DeepClone())]),
        ["usage"] = new JsonObject { ["input_tokens"] = 1, ["output_tokens"] = 1, ["total_tokens"] = 2 },
    };

    /// <summary>What is known of an item when it begins: no words, no proof.</summary>
    private static JsonObject Announced(JsonObject item)
    {
        var announced = (JsonObject)item.DeepClone();
        foreach (var late in (string[])["encrypted_content", "signature", "format", "content", "later"])
            announced.Remove(late);
        if (announced["summary"] is not null)
            announced["summary"] = new JsonArray();
        if (announced["arguments"] is not null)
            announced["arguments"] = "";
        announced["status"] = "in_progress";
        return announced;
    }

    private static IEnumerable<(string Member, string Kind, (int Index, string Text) Part)> Spoken(JsonObject item) => (string?)item["type"] switch
    {
        "reasoning" => Parts(item, "summary").Select(part => ("summary_index", "reasoning_summary_text", part))
            .Concat(Parts(item, "content").Select(part => ("content_index", "reasoning_text", part))),
        "message" => Parts(item, "content").Select(part => ("content_index", "output_text", part)),
        _ => [],
    };

    private static IEnumerable<(int Index, string Text)> Parts(JsonObject item, string member) =>
        (item[member] as JsonArray ?? []).Select((part, index) => (index, (string?)part!["text"] ?? ""));
}

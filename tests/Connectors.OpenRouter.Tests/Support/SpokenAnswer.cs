using System.Text;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>An answer of the service as its items; said whole, or as one of the many streams that end in it.</summary>
/// <param name="Items">The output.</param>
/// <param name="Manner">Which of the streams: the same number, the same stream.</param>
internal sealed record SpokenAnswer(IReadOnlyList<JsonObject> Items, int Manner)
{
    public string Whole => Response("completed").ToJsonString();

    /// <summary>Words in pieces or only at the end, items announced or not, finished or not; the terminal response has everything.</summary>
    public string Stream()
    {
        var random = new Random(Manner);
        var body = new StringBuilder();
        Send("response.created", new() { ["response"] = new JsonObject { ["id"] = $"gen-{Manner}", ["status"] = "in_progress", ["output"] = new JsonArray() } });
        for (var i = 0; i < Items.Count; i++)
        {
            if (random.Next(5) > 0)
                Send("response.output_item.added", new() { ["output_index"] = i, ["item"] = Announced(Items[i]) });
            if (random.Next(4) > 0)
                Speak(i);
            if (random.Next(5) > 0)
                Send("response.output_item.done", new() { ["output_index"] = i, ["item"] = Items[i].DeepClone() });
        }
        Send("response.completed", new() { ["response"] = Response("completed") });
        return body.Append("data: [DONE]\n\n").ToString();

        void Send(string type, JsonObject members)
        {
            members.Insert(0, "type", type);
            body.Append("data: ").Append(Text(members)).Append("\n\n");
        }

        void Speak(int index)
        {
            foreach (var (member, kind, part) in Spoken(Items[index]))
                foreach (var words in Pieces(part.Text))
                    Send($"response.{kind}.delta", new() { ["output_index"] = index, ["item_id"] = (string?)Items[index]["id"], [member] = part.Index, ["delta"] = words });
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

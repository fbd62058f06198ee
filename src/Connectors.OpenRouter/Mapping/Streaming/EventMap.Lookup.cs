using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Which item an event speaks of, and what of an item has been heard.</summary>
internal sealed partial class EventMap
{
    private static ItemKind KindOf(DeltaKind voice) => voice == DeltaKind.Answer ? ItemKind.Message : ItemKind.Reasoning;

    /// <summary>Whose words these are; null for words that are not the model's own.</summary>
    private OutputItem? Owner(in ResponseEvent e, DeltaKind voice)
    {
        var kind = KindOf(voice);
        var id = e.ItemId ?? e.Json.Text("item_id");
        var owner = Find(e.OutputIndex, id);
        if (owner?.Kind == kind)
            return owner;
        if (owner is not null && (kind == ItemKind.Message || owner.Kind is not (ItemKind.Message or ItemKind.FunctionCall)))
            return null; // 21-advisor-trap.sse: an advisor speaks under its own item
        if (owner is null && e.OutputIndex >= 0)
            return Add(e.OutputIndex, kind, id); // never announced: its words count all the same
        return _items.LastOrDefault(item => item.Kind == kind && (item.Unfinished || item.Index < 0)) ?? Add(Nowhere, kind, id);
    }

    private OutputItem? Find(int index, string? id)
    {
        foreach (var item in _items)
            if (index >= 0 ? item.Index == index : id is not null && item.Id == id)
                return item;
        return null;
    }

    private OutputItem Add(int index, ItemKind kind, string? id = null)
    {
        var item = new OutputItem(index, kind) { Unfinished = true, Id = id is { Length: > 0 } ? id : null };
        _items.Add(item);
        return item;
    }

    /// <summary>The item that a finished one is the end of: the same id, else the same place, else words that were said without a place.</summary>
    private OutputItem? Match(int index, Item finished, List<OutputItem>? settled = null, HashSet<string>? ids = null)
    {
        OutputItem? place = null, nameless = null;
        foreach (var item in _items)
        {
            if (item.Kind != finished.Kind || settled?.Contains(item) == true)
                continue;
            if (item.Id is not null && item.Id == finished.Id || item.CallId is not null && item.CallId == finished.CallId)
                return item;
            if (item.Id is { } id && ids?.Contains(id) == true)
                continue; // another's
            if (item.Index >= 0 && item.Index == index)
                place = item;
            else if (nameless is null && item.WasHeard && (item.Index < 0 || index < 0 || settled is not null) && Begins(finished, Spoken(item)))
                nameless = item;
        }
        return place ?? nameless;
    }

    /// <summary>Whether one of the item's texts begins with what was said, or the other way round.</summary>
    private static bool Begins(Item item, string said)
    {
        var words = item.Kind == ItemKind.Reasoning ? item.Thoughts().Select(thought => thought.AsText()) : item.Content.Select(part => part.Text("text"));
        var text = string.Join(item.Kind == ItemKind.Reasoning ? "\n\n" : "", words);
        return text.Length > 0 && (text.StartsWith(said, StringComparison.Ordinal) || said.StartsWith(text, StringComparison.Ordinal));
    }

    private string Spoken(OutputItem item) => string.Concat(item.Parts.Select(Words));

    private string Words(SpokenPart part) => Encoding.UTF8.GetString(_emitted.Words(part.Start, part.End));

    /// <summary>What of a message's part has not been said. Words that contradict what was said cannot be taken back and are not said again.</summary>
    private string? Unsaid(OutputItem open, Item item, int part, JsonElement text)
    {
        if (open.Parts.Count == 1 && open.Parts[0] is var only && (only.Index == part || IsStray(only, item)) && text.EqualsUtf8(_emitted.Words(only.Start, only.End)))
            return null;
        var said = string.Concat(open.Parts.Where(spoken => spoken.Index == part || IsStray(spoken, item)).Select(Words));
        var whole = text.AsText() ?? "";
        return whole.StartsWith(said, StringComparison.Ordinal) ? whole[said.Length..] : null;
    }

    /// <summary>Words that were said under no index, or under one where the finished item has no text.</summary>
    private static bool IsStray(SpokenPart spoken, Item item) =>
        spoken.Index < 0 || item.Content.ElementAtOrDefault(spoken.Index).Member("text") is null;

    /// <summary>What of a reasoning part has not been said.</summary>
    private string? Unsaid(OutputItem open, JsonElement thought)
    {
        foreach (var spoken in open.Parts)
            if (thought.EqualsUtf8(_emitted.Words(spoken.Start, spoken.End)))
                return null;
        var whole = thought.AsText() ?? "";
        if (open.WasHeard && Spoken(open).Contains(whole.Trim(), StringComparison.Ordinal))
            return null; // parts that were not told apart or were interrupted, and the blanks that a service trims from a finished one
        return IsRest(open, thought) ? whole[Words(open.Last!).Length..] : whole;
    }

    /// <summary>Whether the part goes on where the last word stopped.</summary>
    private bool IsRest(OutputItem open, JsonElement thought) =>
        open.Last is { } last && thought.AsText() is { } whole && whole.StartsWith(Words(last), StringComparison.Ordinal);

    /// <summary>A surrogate pair split over two deltas is said whole, with the second.</summary>
    private static string WholePairs(OutputItem item, string words)
    {
        if (item.HalfPair != 0)
            (words, item.HalfPair) = (item.HalfPair + words, '\0');
        if (words.Length > 0 && char.IsHighSurrogate(words[^1]))
            (item.HalfPair, words) = (words[^1], words[..^1]);
        return words;
    }

    /// <summary>What of a second dialect's words is new. Routes exist that send the same thinking under two names.</summary>
    private string Fresh(OutputItem item, string words)
    {
        if (item.Echo < 0)
            return words;
        var said = _emitted.Words(item.Parts[0].Start, item.Last!.End);
        var utf8 = Encoding.UTF8.GetBytes(words);
        var rest = said[item.Echo..];
        if (rest.StartsWith("\n\n"u8) && !rest.StartsWith(utf8))
            rest = rest[2..];
        if (rest.StartsWith(utf8))
        {
            item.Echo = said.Length - rest.Length + utf8.Length;
            return "";
        }
        if (utf8.AsSpan().StartsWith(rest))
        {
            item.Echo = said.Length; // ahead of the first dialect: the finished item says what is missing
            return "";
        }
        var repeated = Encoding.UTF8.GetString(said[..item.Echo]);
        item.Echo = -1;
        return repeated + words;
    }

    /// <summary>A reasoning item as far as it is known: as announced, with the words that were heard.</summary>
    private Item Assemble(OutputItem open)
    {
        if (open.Kind != ItemKind.Reasoning)
            return open.Known;
        var known = open.Known.Json.ValueKind == JsonValueKind.Object ? open.Known : Item.Build(writer =>
        {
            writer.WriteString("type", "reasoning");
            if (open.Id is not null)
                writer.WriteString("id", open.Id);
            writer.WriteStartArray("summary");
            writer.WriteEndArray();
        });
        return known.Thoughts().Count > 0 || !open.WasHeard ? known : known.With(Item.Build(writer =>
        {
            Write(writer, "summary", "summary_text", open.Parts.Where(part => part.DeltaKind == DeltaKind.Summary));
            Write(writer, "content", "reasoning_text", open.Parts.Where(part => part.DeltaKind != DeltaKind.Summary));
        }));

        void Write(Utf8JsonWriter writer, string member, string type, IEnumerable<SpokenPart> said)
        {
            var parts = said.ToList();
            if (parts.Count == 0)
                return;
            writer.WriteStartArray(member);
            foreach (var part in parts)
            {
                writer.WriteStartObject();
                writer.WriteString("type", type);
                writer.WriteString("text", Words(part));
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
    }
}

using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>A place in a history where reasoning was that cannot be sent; the turn's other reasoning is judged by it.</summary>
internal sealed class UnsendableReasoning : InputItem
{
    public static readonly UnsendableReasoning Instance = new();

    public override string Type => "reasoning";

    public override void Write(JsonBodyWriter body) => throw new InvalidOperationException("Lost reasoning is never written.");
}

/// <summary>What of a history the target can read. Nothing goes out that would poison this turn and every later one.</summary>
internal static class HistoryFilter
{
    /// <param name="items">The whole history.</param>
    /// <param name="model">The target as the caller names it; null when a preset or a fallback list chooses.</param>
    /// <param name="turns">How many earlier turns keep their reasoning; null = all. The current tool loop always does.</param>
    /// <param name="withoutReasoning">The service has refused the history's reasoning.</param>
    /// <param name="name">Makes an id for a message.</param>
    /// <param name="notes">Hears of every act.</param>
    public static List<InputItem> Readable(List<InputItem> items, string? model, int? turns, bool withoutReasoning, Func<string> name, Action<HistoryChange> notes)
    {
        var kept = Once(Paired(items, notes), name, notes);
        var keep = new bool[kept.Count];
        for (var start = 0; start < kept.Count;)
        {
            var end = start + 1;
            while (end < kept.Count && !kept[end].BeginsTurn)
                end++;
            Judge(kept, keep, start, end, ModelFamilies.OfModel(model), notes);
            start = end;
        }
        Grow(kept, keep, turns, notes);
        if (withoutReasoning)
            for (var i = 0; i < kept.Count; i++)
                Drop(kept, keep, i, HistoryChange.Refused, notes);
        Follow(kept, keep, notes);
        return [.. kept.Where((item, i) => keep[i]).Select(item => Reasoning(item) is { } reasoning ? InShape(reasoning, notes) : item)];
    }

    /// <summary>Calls and results come in pairs, the call first: a result belongs to the nearest call of its id that has none. A call that may be answered later stays.</summary>
    private static List<InputItem> Paired(List<InputItem> items, Action<HistoryChange> notes)
    {
        var paired = new bool[items.Count];
        var open = new Dictionary<string, Stack<int>>();
        for (var i = 0; i < items.Count; i++)
            if (items[i] is { Type: "function_call", CallId: { } call })
            {
                if (!open.TryGetValue(call, out var calls))
                    open[call] = calls = new();
                calls.Push(i);
            }
            else if (items[i] is { Type: "function_call_output", CallId: { } id } && open.TryGetValue(id, out var asked) && asked.Count > 0)
                paired[i] = paired[asked.Pop()] = true;
        var kept = new List<InputItem>(items.Count);
        for (var i = 0; i < items.Count; i++)
            if (paired[i] || items[i].Type is not ("function_call" or "function_call_output") || items[i] is EchoedItem { Type: "function_call" } echoed && echoed.Item.Json.Flag("async") == true)
                kept.Add(items[i]);
            else
                notes(items[i].Type == "function_call" ? HistoryChange.UnansweredCall : HistoryChange.UnaskedResult);
        return kept;
    }

    /// <summary>
    /// No two items of one id: a message that was appended twice, or by two clients that count alike, gets an id of its own; reasoning that stands
    /// there to the letter is left out; another item to which the service gave the same id is told apart by a number.
    /// </summary>
    private static List<InputItem> Once(List<InputItem> items, Func<string> name, Action<HistoryChange> notes)
    {
        var ids = items.Select(IdOf).OfType<string>().ToHashSet();
        var seen = new Dictionary<string, InputItem>();
        var kept = new List<InputItem>(items.Count);
        foreach (var item in items)
            if (IdOf(item) is not { } id || seen.TryAdd(id, item))
                kept.Add(item);
            else if (item is SpokenItem message)
            {
                notes(HistoryChange.Repeated);
                kept.Add(message.Named(NewId()));
            }
            else if (Reasoning(item) is { } again && Reasoning(seen[id]) is { } first && again.Item.Json.JsonEquals(first.Item.Json))
                notes(HistoryChange.Repeated);
            else
                kept.Add(((EchoedItem)item).Named(Numbered(id)));
        return kept;

        static string? IdOf(InputItem item) => item is SpokenItem message ? message.Id : (item as EchoedItem)?.Item.Id;

        string NewId()
        {
            var id = name();
            while (!ids.Add(id))
                id = name();
            return id;
        }

        string Numbered(string id)
        {
            var number = 2;
            while (!ids.Add($"{id}_{number}"))
                number++;
            return $"{id}_{number}";
        }
    }

    /// <summary>One turn: its reasoning goes out as it came, or not at all.</summary>
    private static void Judge(List<InputItem> items, bool[] keep, int start, int end, Family? target, Action<HistoryChange> notes)
    {
        var spoiled = false;
        for (var i = start; i < end; i++)
        {
            keep[i] = items[i] is not UnsendableReasoning;
            spoiled |= items[i] is UnsendableReasoning;
            if (Reasoning(items[i]) is not { } echoed)
                continue;
            if (echoed.Edited)
                notes(HistoryChange.Edited);
            if (WhyNot(echoed, target) is { } reason)
                Drop(items, keep, i, reason, reason == HistoryChange.Edited ? null : notes);
            spoiled |= echoed.Edited && !keep[i];
        }
        if (spoiled)
            for (var i = start; i < end; i++)
                if (Reasoning(items[i]) is { } other && !IsBare(other.Item))
                    Drop(items, keep, i, HistoryChange.SameTurn, notes);
    }

    /// <summary>Why the target would refuse this reasoning; null when it takes it, or nobody knows.</summary>
    private static HistoryChange? WhyNot(EchoedItem reasoning, Family? target)
    {
        var item = reasoning.Item;
        var format = ModelFamilies.OfFormat(item);
        return item.Id is null ? HistoryChange.Nameless
            : format is not null && target is not null && format != target ? HistoryChange.OtherFamily
            : format == Family.OpenAI && IsEmpty(item, "encrypted_content") ? HistoryChange.NotEncrypted
            : reasoning.Edited && (!IsBare(item) || reasoning.Words.Length == 0) ? HistoryChange.Edited
            : null;
    }

    /// <summary>Encrypted blobs of old turns are sent for ever unless a number of turns says otherwise.</summary>
    private static void Grow(List<InputItem> items, bool[] keep, int? turns, Action<HistoryChange> notes)
    {
        if (turns is not { } most)
            return;
        var later = -1;
        for (var i = items.Count - 1; i >= 0; i--)
        {
            if (later >= most)
                Drop(items, keep, i, HistoryChange.OldTurn, notes);
            if (items[i].BeginsTurn && (i == 0 || !items[i - 1].BeginsTurn)) // two messages in a row are one turn
                later++;
        }
    }

    /// <summary>Reasoning is followed by what it led to: another item of the model, before anybody else speaks.</summary>
    private static void Follow(List<InputItem> items, bool[] keep, Action<HistoryChange> notes)
    {
        var followed = false;
        for (var i = items.Count - 1; i >= 0; i--)
            if (!keep[i])
                continue;
            else if (Reasoning(items[i]) is not { } reasoning)
                followed = items[i] is SpokenItem or EchoedItem { Type: not "function_call_output" };
            else if (!followed && (ModelFamilies.OfFormat(reasoning.Item) is null or Family.OpenAI)) // others put it last themselves: 42-reasoning-last.json
                Drop(items, keep, i, HistoryChange.Unfollowed, notes);
    }

    private static void Drop(List<InputItem> items, bool[] keep, int i, HistoryChange act, Action<HistoryChange>? notes)
    {
        if (!keep[i] || Reasoning(items[i]) is null)
            return;
        keep[i] = false;
        notes?.Invoke(act);
    }

    private static EchoedItem? Reasoning(InputItem item) => item is EchoedItem { Item.Kind: ItemKind.Reasoning } reasoning ? reasoning : null;

    /// <summary>Nothing proves that its words are the model's: they may be edited.</summary>
    private static bool IsBare(Item item) => IsEmpty(item, "encrypted_content") && IsEmpty(item, "signature");

    private static bool IsEmpty(Item item, string member) => item.Json.Text(member) is not { Length: > 0 };

    /// <summary>As it came; where that would be refused, with the summary that must be there, its parts as objects, and its words as they now stand.</summary>
    private static EchoedItem InShape(EchoedItem reasoning, Action<HistoryChange> notes)
    {
        var item = reasoning.Item;
        if (!reasoning.Edited && Item.ThoughtMembers.All(member => HasShape(item.Json, member)))
            return reasoning;
        if (!reasoning.Edited)
            notes(HistoryChange.Reshaped);
        return new(Item.Build(writer =>
        {
            foreach (var member in item.Json.EnumerateObject())
                if (!Item.ThoughtMembers.Contains(member.Key()))
                    Item.WriteMember(writer, member.Key(), member.Value);
            WriteParts(writer, "summary", "summary_text", reasoning.Edited ? [] : Texts("summary"));
            WriteParts(writer, "content", "reasoning_text", reasoning.Edited ? [reasoning.Words] : Texts("content"));
        }));

        List<string> Texts(string member) => [.. item.Json.Array(member).Select(part => part.AsText() ?? part.Text("text")).OfType<string>()];
    }

    private static bool HasShape(JsonElement reasoning, string member) => reasoning.Member(member) is { ValueKind: JsonValueKind.Array } parts
        ? parts.EnumerateArray().All(part => part.ValueKind == JsonValueKind.Object)
        : member == "content" && reasoning.Member(member) is null;

    private static void WriteParts(Utf8JsonWriter writer, string member, string type, List<string> texts)
    {
        if (texts.Count == 0 && member == "content")
            return;
        writer.WriteStartArray(member);
        foreach (var text in texts)
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteString("text", text);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}

using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What was done to a history so that the target can read it. Each act is logged and counted.</summary>
internal enum HistoryAct
{
    /// <summary>A content of an assistant's message that the service has no input for.</summary>
    ContentLeftOut,

    /// <summary>Reasoning of another client, which cannot be rebuilt.</summary>
    ForeignReasoning,

    /// <summary>An envelope of a later version, or a damaged one.</summary>
    UnknownEnvelope,

    /// <summary>Reasoning text that nothing closes: its answer broke off, or another client wrote it.</summary>
    UnsealedReasoning,

    /// <summary>Reasoning in a format that the target's family does not read.</summary>
    OtherFamily,

    /// <summary>OpenAI-like reasoning without the encrypted content that the service would need to find it.</summary>
    NotEncrypted,

    /// <summary>Reasoning without an id.</summary>
    Nameless,

    /// <summary>The visible text was edited: sent as edited where nothing is signed, else the turn's reasoning is left out.</summary>
    Edited,

    /// <summary>Left out because other reasoning of its turn had to be.</summary>
    SameTurn,

    /// <summary>Reasoning without the message or call that followed it.</summary>
    Unfollowed,

    /// <summary>A call that nobody answered.</summary>
    UnansweredCall,

    /// <summary>A result nobody asked for.</summary>
    UnaskedResult,

    /// <summary>Older than the turns whose reasoning is kept.</summary>
    OldTurn,

    /// <summary>The service refused the history's reasoning, and the request goes out once more without it.</summary>
    Refused,
}

/// <summary>A place in a history where reasoning was that cannot be sent; the turn's other reasoning is judged by it.</summary>
internal sealed class Lost : InputItem
{
    public static readonly Lost Reasoning = new();

    public override string Type => "reasoning";

    public override void Write(BodyWriter body) => throw new InvalidOperationException("Lost reasoning is never written.");
}

/// <summary>What of a history the target can read. Nothing goes out that would poison this turn and every later one.</summary>
internal static class Hygiene
{
    /// <param name="items">The whole history.</param>
    /// <param name="model">The target as the caller names it; null when a preset or a fallback list chooses.</param>
    /// <param name="turns">How many earlier turns keep their reasoning; null = all. The current tool loop always does.</param>
    /// <param name="withoutReasoning">The service has refused the history's reasoning.</param>
    /// <param name="notes">Hears of every act.</param>
    public static List<InputItem> Readable(List<InputItem> items, string? model, int? turns, bool withoutReasoning, Action<HistoryAct> notes)
    {
        var kept = Paired(items, notes);
        var keep = new bool[kept.Count];
        for (var start = 0; start < kept.Count;)
        {
            var end = start + 1;
            while (end < kept.Count && !kept[end].BeginsTurn)
                end++;
            Judge(kept, keep, start, end, model, notes);
            start = end;
        }
        Grow(kept, keep, turns, notes);
        if (withoutReasoning)
            for (var i = 0; i < kept.Count; i++)
                Drop(kept, keep, i, HistoryAct.Refused, notes);
        Follow(kept, keep, notes);
        return [.. kept.Where((item, i) => keep[i]).Select(item => item is EchoedItem { Edited: true, Type: "reasoning" } edited ? AsEdited(edited) : item)];
    }

    /// <summary>Calls and results come in pairs, the call first.</summary>
    private static List<InputItem> Paired(List<InputItem> items, Action<HistoryAct> notes)
    {
        var results = new Dictionary<string, int>();
        for (var i = 0; i < items.Count; i++)
            if (items[i] is { Type: "function_call_output", CallId: { } id })
                results[id] = i;
        var open = new HashSet<string>();
        var kept = new List<InputItem>(items.Count);
        for (var i = 0; i < items.Count; i++)
            switch (items[i])
            {
                case { Type: "function_call" } call when call.CallId is not { } id || !results.TryGetValue(id, out var at) || at < i:
                    notes(HistoryAct.UnansweredCall);
                    break;
                case { Type: "function_call_output" } result when result.CallId is not { } id || !open.Remove(id):
                    notes(HistoryAct.UnaskedResult);
                    break;
                case var item:
                    if (item is { Type: "function_call", CallId: { } callId })
                        open.Add(callId);
                    kept.Add(item);
                    break;
            }
        return kept;
    }

    /// <summary>One turn: its reasoning goes out as it came, or not at all.</summary>
    private static void Judge(List<InputItem> items, bool[] keep, int start, int end, string? model, Action<HistoryAct> notes)
    {
        var family = Families.OfModel(model);
        var spoiled = false;
        for (var i = start; i < end; i++)
        {
            keep[i] = items[i] is not Lost;
            spoiled |= items[i] is Lost;
            if (items[i] is not EchoedItem { Item: { Kind: ItemKind.Reasoning } item } echoed)
                continue;
            var format = Families.OfFormat(item);
            var bare = IsEmpty(item, "encrypted_content") && IsEmpty(item, "signature");
            HistoryAct? act =
                item.Id is null ? HistoryAct.Nameless
                : family is not null && format != family ? HistoryAct.OtherFamily
                : format == Family.OpenAI && IsEmpty(item, "encrypted_content") ? HistoryAct.NotEncrypted
                : echoed.Edited && !(bare && format == Family.Open) ? HistoryAct.Edited
                : null;
            if (echoed.Edited && act is null)
                notes(HistoryAct.Edited);
            if (act is not { } reason)
                continue;
            Drop(items, keep, i, reason, notes);
            spoiled |= reason == HistoryAct.Edited;
        }
        if (spoiled)
            for (var i = start; i < end; i++)
                if (keep[i] && items[i] is EchoedItem { Item: { Kind: ItemKind.Reasoning } signed } && Families.OfFormat(signed) != Family.Open)
                    Drop(items, keep, i, HistoryAct.SameTurn, notes);
    }

    /// <summary>Encrypted blobs of old turns are sent for ever unless a number of turns says otherwise.</summary>
    private static void Grow(List<InputItem> items, bool[] keep, int? turns, Action<HistoryAct> notes)
    {
        if (turns is not { } most)
            return;
        var later = -1;
        for (var i = items.Count - 1; i >= 0; i--)
        {
            if (later >= most)
                Drop(items, keep, i, HistoryAct.OldTurn, notes);
            if (items[i].BeginsTurn)
                later++;
        }
    }

    /// <summary>Reasoning is followed by what it led to: another item of the model, before anybody else speaks.</summary>
    private static void Follow(List<InputItem> items, bool[] keep, Action<HistoryAct> notes)
    {
        var followed = false;
        for (var i = items.Count - 1; i >= 0; i--)
        {
            if (!keep[i])
                continue;
            if (items[i] is EchoedItem { Type: "reasoning" })
            {
                if (!followed)
                    Drop(items, keep, i, HistoryAct.Unfollowed, notes);
            }
            else
                followed = items[i] is SpokenItem or EchoedItem { Type: not "function_call_output" };
        }
    }

    private static void Drop(List<InputItem> items, bool[] keep, int i, HistoryAct act, Action<HistoryAct> notes)
    {
        if (!keep[i] || items[i] is not EchoedItem { Item.Kind: ItemKind.Reasoning })
            return;
        keep[i] = false;
        notes(act);
    }

    private static bool IsEmpty(Item item, string member) => item.Json.Text(member) is not { Length: > 0 };

    /// <summary>Open weights read any thought: the words as they now stand.</summary>
    private static EchoedItem AsEdited(EchoedItem edited) => new(edited.Item.With(Item.Build(writer =>
    {
        writer.WriteStartArray("content");
        writer.WriteStartObject();
        writer.WriteString("type", "reasoning_text");
        writer.WriteString("text", edited.Words);
        writer.WriteEndObject();
        writer.WriteEndArray();
    })));
}

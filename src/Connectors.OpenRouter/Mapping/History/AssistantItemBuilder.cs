using System.Globalization;
using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The item table, the other way: the contents of an assistant's messages -> the items they were.</summary>
/// <param name="items">The history's items; those of each answer are added at their end.</param>
/// <param name="notes">Hears of what cannot be sent back.</param>
internal sealed class AssistantItemBuilder(List<InputItem> items, HistoryNotes notes)
{
    /// <summary>Where Microsoft.Extensions.AI.OpenAI keeps a reasoning item's id.</summary>
    private const string ForeignIdKey = "reasoningItemId";

    /// <summary>Orders that one answer may have: each looks at all of its items.</summary>
    private const int MostOrders = 64;

    /// <summary>Where in <c>items</c> each reasoning item stands, by its key.</summary>
    private readonly Dictionary<string, int> _reasoning = [];

    /// <summary>Messages by their key.</summary>
    private readonly Dictionary<string, AssistantMessageBuilder> _messages = [];

    /// <summary>Messages that began without an id, in order.</summary>
    private readonly List<AssistantMessageBuilder> _unnamed = [];

    /// <summary>Reasoning text that no envelope has closed yet.</summary>
    private readonly StringBuilder _openReasoning = new();

    /// <summary>The message that text joins; null where the next text begins one.</summary>
    private AssistantMessageBuilder? _open;

    /// <summary>Whether the next text begins a part.</summary>
    private bool _nextPart;

    /// <summary>How many orders this answer had.</summary>
    private int _orders;
    private int _named; // how many of the unnamed have got a name since, from the first on

    /// <summary>Where in <c>items</c> the answer begins.</summary>
    private int _start = items.Count;
    private readonly Dictionary<string, InputItem> _others = []; // neither messages nor reasoning, by what late contents call them; filled when one does
    private readonly Dictionary<string, int> _times = [];
    private int _counted = items.Count;

    /// <summary>A further message of the answer: what stands in it without a name is another item's.</summary>
    public void Read(ChatMessage message)
    {
        BeginMessage();
        if (message.Contents.All(content => content is TextContent { Text.Length: 0, Annotations: not { Count: > 0 } } && !ItemMap.Claims(content)))
            notes.Add(HistoryChange.EmptyMessage);
        for (var i = 0; i < message.Contents.Count; i++)
        {
            notes.Checkpoint?.Invoke();
            switch (message.Contents[i])
            {
                case TextReasoningContent thought:                             AddReasoning(thought);                        break;
                case TextContent text:                                         AddText(text);                                break;
                case ErrorContent refusal when "refusal".Equals(refusal.ErrorCode, StringComparison.OrdinalIgnoreCase): AddRefusal(refusal); break;
                case FunctionCallContent call:                                 Add(ToCall(call));                            break;
                case FunctionResultContent answer:                             Add(ToOutput(answer));                        break;
                case UsageContent:                                                                                           break;
                case { } other when ItemMap.Carried(other) is { } item && item.IsOutput: Echo(item);                         break;
                case { } other when ItemMap.Claims(other):                     notes.Add(HistoryChange.UnknownEnvelope);     break;
                case WebSearchToolResultContent or CodeInterpreterToolResultContent
                  or McpServerToolResultContent or ImageGenerationToolResultContent:                                         break;
                case { } bare when bare.GetType() == typeof(AIContent):                                                      break;
                default:                                                       notes.Add(HistoryChange.ContentLeftOut);      break;
            }
        }
    }

    /// <summary>An item of its own, or what became known late of an earlier one.</summary>
    private void Echo(Item item)
    {
        if (item.Json.Text(ReasoningEnvelope.KeyMember) is not { } key)
            Add(ToEcho(item));
        else if (!Complete(key, item.Without(ReasoningEnvelope.KeyMember)))
            notes.Add(HistoryChange.UnknownEnvelope); // what it belongs to is not in this history
    }

    /// <returns>Whether the item is there.</returns>
    private bool Complete(string key, Item later)
    {
        for (; _counted < items.Count; _counted++)
            if (items[_counted] is EchoedItem or CallItem or FunctionOutput && items[_counted] is var other)
                _others[ReasoningEnvelope.OrderKey(other.GivenId ?? other.Type, _times)] = other;
        if (!_others.TryGetValue(key, out var item) || item.Type != later.Type)
            return false;
        if (item is CallItem call)
            call.Complete(later);
        else
            ((EchoedItem)item).Complete(later);
        return true;
    }

    /// <summary>An item of an answer, as it goes back.</summary>
    public static InputItem ToEcho(Item item) => item.Kind == ItemKind.Reasoning ? new ReasoningItem(item) : new EchoedItem(item);

    /// <summary>A call; the item it carries counts only where it is a call.</summary>
    private CallItem ToCall(FunctionCallContent call) => new(call, Own(call, ItemKind.FunctionCall));

    /// <summary>The item that a content carries, where that is the kind of item which the content says it is; anything else was made up by somebody.</summary>
    private Item? Own(AIContent content, ItemKind kind)
    {
        if (ItemMap.Carried(content) is { } own && own.Kind == kind && !own.Has("role") && !Item.IsInput(own.Json))
            return own;
        if (ItemMap.Claims(content))
            notes.Add(HistoryChange.UnknownEnvelope);
        return null;
    }

    /// <summary>Of an answer's own outputs the id is known: it puts them in order, and is not sent.</summary>
    private FunctionOutput ToOutput(FunctionResultContent answer)
    {
        var output = ContentMap.ToOutput(answer);
        output.Id = Own(answer, ItemKind.FunctionCallOutput)?.Id;
        return output;
    }

    /// <summary>Adds an item that no text joins.</summary>
    private void Add(InputItem item)
    {
        DiscardOpenReasoning();
        _open = null;
        items.Add(item);
    }

    /// <summary>A message of the history begins: text does not join what the message before said.</summary>
    private void BeginMessage()
    {
        if (_openReasoning.Length > 0)
            notes.Add(HistoryChange.UnsealedReasoning); // an answer broke off in its thoughts: what it had thought before still stands
        _openReasoning.Clear();
        _open = null;
        _nextPart = false;
    }

    /// <summary>Reads reasoning text, and the envelope that may close it.</summary>
    private void AddReasoning(TextReasoningContent thought)
    {
        _openReasoning.Append(thought.Text);
        if (string.IsNullOrEmpty(thought.ProtectedData))
            return;
        var text = _openReasoning.ToString();
        var opened = ReasoningEnvelope.Open(thought.ProtectedData, text);
        switch (opened.Kind)
        {
            case EnvelopeKind.Item when new Item(opened.Packed).Kind != ItemKind.Reasoning:
                CorrectIdentity(new(opened.Packed), opened.Key);
                break;
            case EnvelopeKind.Item:
                AddReasoningItem(new(new(opened.Packed), text) { IsEdited = opened.Edited }, opened.Replaces, opened.Place, opened.Key);
                break;
            case EnvelopeKind.Parts:
                (opened.Replaces is not { } id ? _open : _messages.TryGetValue(id, out var named) ? named : _open is { Identity.Id: null } ? _open : null)?.KeepParts(opened.Packed, opened.PartOrder);
                break;
            case EnvelopeKind.Boundary:
                _open = null;
                break;
            case EnvelopeKind.PartBoundary:
                _nextPart = true;
                break;
            case EnvelopeKind.Order when ++_orders <= MostOrders:
                Reorder(opened.Ids);
                break;
            case EnvelopeKind.Foreign when ForeignId(thought) is { } foreign:
                AddReasoningItem(new(Foreign(foreign, text, thought.ProtectedData), text));
                break;
            default:
                notes.Add(opened.Kind == EnvelopeKind.Foreign ? HistoryChange.ForeignReasoning : HistoryChange.UnknownEnvelope);
                items.Add(new UnsendableReasoning());
                _open = null;
                break;
        }
        _openReasoning.Clear();
    }

    /// <summary>Adds text to its message, and the identity that the content may carry.</summary>
    private void AddText(TextContent text)
    {
        DiscardOpenReasoning();
        if (OwnMessage(text) is { } identity)
            _open = Known(identity) ?? (text.Text.Length == 0 && _open is { Identity.Id: null } ? Name(_open, identity) : Begin(identity));
        if (text.Text.Length == 0 && text.Annotations is not { Count: > 0 })
            return;
        _open ??= Begin(default);
        if (_nextPart)
            _open.NextPart();
        _nextPart = false;
        if (text.Text.Length > 0)
            _open.AddText(text.Text);
        if (text.Annotations is { Count: > 0 } citations)
            AddCitations(_open, citations);
    }

    /// <summary>Adds citations; those that claim to carry one and do not are noted.</summary>
    private void AddCitations(AssistantMessageBuilder message, IEnumerable<AIAnnotation> citations)
    {
        message.AddCitations(citations);
        foreach (var citation in citations)
            if (citation is CitationAnnotation known && ItemMap.Claims(known.AdditionalProperties) && ItemMap.CarriedAnnotation(known) is null)
                notes.Add(HistoryChange.UnknownEnvelope);
    }

    /// <summary>Adds a refusal to its message.</summary>
    private void AddRefusal(ErrorContent refusal)
    {
        DiscardOpenReasoning();
        if (OwnMessage(refusal) is { } identity)
            _open = Known(identity) ?? Begin(identity);
        (_open ?? Begin(default)).AddRefusal(refusal.Message);
    }

    /// <summary>The answer is over; the next message begins another.</summary>
    public void Finish()
    {
        if (_openReasoning.Length > 0)
            notes.Add(HistoryChange.UnsealedReasoning); // an answer broke off in its thoughts: what it had thought before still stands
        var kept = _start;
        for (var i = _start; i < items.Count; i++)
            if (items[i] is AssistantMessageBuilder message && !message.Finish(isNeeded: kept > _start && items[kept - 1] is ReasoningItem))
                notes.Add(HistoryChange.EmptyMessage);
            else
            {
                if (items[i] is FunctionOutput)
                    items[i].Id = null;
                items[kept++] = items[i];
            }
        items.RemoveRange(kept, items.Count - kept);
        _reasoning.Clear();
        _messages.Clear();
        _unnamed.Clear();
        _others.Clear();
        _times.Clear();
        (_named, _orders) = (0, 0);
        _openReasoning.Clear();
    }

    /// <summary>The next answer begins where the history now ends.</summary>
    public void Begin() => _start = _counted = items.Count;

    /// <summary>What a content says of its message; anything else that stands there was made up by somebody.</summary>
    private Item? OwnMessage(AIContent content)
    {
        if (!ItemMap.Claims(content))
            return null;
        if (ItemMap.Carried(content) is { IsOwnMessage: true } identity)
            return identity;
        notes.Add(HistoryChange.UnknownEnvelope);
        return null;
    }

    /// <summary>The message that an identity names; null when none is known by it.</summary>
    private AssistantMessageBuilder? Known(Item identity) =>
        KeyOf(identity) is not { } key ? Unnamed(identity.Json.Text(ReasoningEnvelope.KeyMember))
        : _messages.TryGetValue(key, out var message) ? message
        : null;

    /// <summary>A message that began without an id, by what later contents call it.</summary>
    private AssistantMessageBuilder? Unnamed(string? key) =>
        key is { Length: > 1 } && int.TryParse(key[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= _unnamed.Count ? _unnamed[number - 1] : null;

    /// <summary>What a message is called among the answer's; null without an id.</summary>
    private static string? KeyOf(Item identity) => identity.Id is { } id ? ReasoningEnvelope.Key(id, ReasoningEnvelope.PlaceOf(identity.Json, ReasoningEnvelope.PlaceMember)) : null;

    /// <summary>Gives a message its identity.</summary>
    private AssistantMessageBuilder Name(AssistantMessageBuilder message, Item identity)
    {
        message.Identity = identity;
        if (KeyOf(identity) is { } key)
            _messages[key] = message;
        return message;
    }

    /// <summary>Begins a message.</summary>
    private AssistantMessageBuilder Begin(Item identity)
    {
        _open = new(identity);
        items.Add(_open);
        if (KeyOf(identity) is { } key)
            _messages[key] = _open;
        else
            _unnamed.Add(_open);
        return _open;
    }

    /// <summary>The last envelope of an item wins, and the item stands where the first stood.</summary>
    private void AddReasoningItem(ReasoningItem item, string? replaced = null, long nth = 1, string? key = null)
    {
        _open = null;
        if ((replaced ?? item.Id ?? key) is not { } known)
        {
            items.Add(item);
            return;
        }
        var id = item.Id ?? known;
        if (_reasoning.TryGetValue(replaced ?? ReasoningEnvelope.Key(known, nth), out var first))
        {
            item.Replace((ReasoningItem)items[first]);
            items[first] = item;
        }
        else
        {
            first = items.Count;
            items.Add(item);
        }
        _reasoning[ReasoningEnvelope.Key(id, nth)] = first;
    }

    /// <summary>The items that the order names change places among themselves.</summary>
    private void Reorder(IReadOnlyList<string> keys)
    {
        _open = null;
        var rank = new Dictionary<string, int>();
        foreach (var key in keys)
            rank.TryAdd(key, rank.Count);
        var seen = new Dictionary<string, int>();
        var places = new List<int>();
        var ranked = new List<(int Rank, InputItem Item)>();
        for (var at = _start; at < items.Count; at++)
            if (items[at] is not UnsendableReasoning && rank.TryGetValue(ReasoningEnvelope.OrderKey(items[at].GivenId, seen), out var place))
            {
                places.Add(at);
                ranked.Add((place, items[at]));
            }
        ranked.Sort((one, other) => one.Rank.CompareTo(other.Rank));
        for (var i = 0; i < places.Count; i++)
            items[places[i]] = ranked[i].Item;
        _reasoning.Clear();
        seen.Clear();
        for (var at = _start; at < items.Count; at++)
            if (items[at] is ReasoningItem { Id: { } id })
                _reasoning[ReasoningEnvelope.OrderKey(id, seen)] = at;
    }

    /// <summary>Gives a message what became known of it later.</summary>
    private void CorrectIdentity(Item identity, string? key)
    {
        if (((key is not null && _messages.TryGetValue(key, out var renamed) ? renamed : null) ?? Known(identity) ?? Unnamed(key) ?? FirstUnnamed() ?? (identity.Id is null ? _open : null)) is not { } message)
            return; // whom it names is not in this history
        message.Identity = message.Identity.With(identity);
        if (KeyOf(message.Identity) is { } name)
            _messages[name] = message;
    }

    /// <summary>The first message that still has no id.</summary>
    private AssistantMessageBuilder? FirstUnnamed()
    {
        while (_named < _unnamed.Count && _unnamed[_named].Identity.Id is not null)
            _named++;
        return _named < _unnamed.Count ? _unnamed[_named] : null;
    }

    /// <summary>Thoughts that no envelope closes: nothing could be rebuilt from them.</summary>
    private void DiscardOpenReasoning()
    {
        if (_openReasoning.Length > 0)
        {
            notes.Add(HistoryChange.UnsealedReasoning);
            items.Add(new UnsendableReasoning());
        }
        _openReasoning.Clear();
    }

    /// <summary>The id that Microsoft.Extensions.AI.OpenAI kept; null when there is none.</summary>
    private static string? ForeignId(TextReasoningContent thought) => thought.AdditionalProperties?.TryGetValue(ForeignIdKey, out var id) == true
        ? id switch { string text => text, JsonElement { ValueKind: JsonValueKind.String } json => json.AsText(), _ => null } : null;

    /// <summary>A reasoning item of that client's: its summary and its encrypted content.</summary>
    private static Item Foreign(string id, string text, string blob) => Item.Build(writer =>
    {
        writer.WriteString("type"u8, "reasoning"u8);
        writer.WriteString("id"u8, id);
        writer.WriteStartArray("summary"u8);
        if (text.Length > 0)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "summary_text"u8);
            writer.WriteString("text"u8, text);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteString("encrypted_content"u8, blob);
    });
}

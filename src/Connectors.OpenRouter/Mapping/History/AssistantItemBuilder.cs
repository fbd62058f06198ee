using System.Globalization;
using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The item table, the other way: the contents of an assistant's message -> the items they were.</summary>
internal static partial class ItemMap
{
    /// <summary>Where Microsoft.Extensions.AI.OpenAI keeps a reasoning item's id.</summary>
    private const string ForeignIdKey = "reasoningItemId";

    /// <param name="messages">The assistant's messages, one behind the other: an answer may be several.</param>
    /// <param name="name">Makes an id for a message that has none, because the service refuses output text without one.</param>
    /// <param name="result">The wire form of a function's result.</param>
    /// <param name="notes">Hears of what cannot be sent back.</param>
    public static List<InputItem> ToItems(IEnumerable<ChatMessage> messages, Func<string> name, Func<FunctionResultContent, InputItem> result, Action<HistoryChange> notes)
    {
        var way = new AssistantItemBuilder(name, notes);
        foreach (var message in messages)
        {
            way.BeginMessage();
            Read(message, way, result, notes);
        }
        return way.Finish();
    }

    private static void Read(ChatMessage message, AssistantItemBuilder way, Func<FunctionResultContent, InputItem> result, Action<HistoryChange> notes)
    {
        foreach (var content in message.Contents)
            switch (content)
            {
                case TextReasoningContent thought:                             way.Think(thought);                       break;
                case TextContent text:                                         way.Say(text);                            break;
                case ErrorContent refusal when "refusal".Equals(refusal.ErrorCode, StringComparison.OrdinalIgnoreCase): way.Refuse(refusal); break;
                case FunctionCallContent call:                                 way.Add(ToCall(call));                    break;
                case FunctionResultContent answer:                             way.Add(result(answer));                  break;
                case UsageContent:                                                                                       break;
                case { } other when Carried(other) is { } item && item.IsOutput: way.Add(new EchoedItem(item));          break;
                case { } other when Carried(other) is not null:                notes(HistoryChange.UnknownEnvelope);     break;
                case WebSearchToolResultContent or CodeInterpreterToolResultContent
                  or McpServerToolResultContent or ImageGenerationToolResultContent or ErrorContent:                     break;
                case { } bare when bare.GetType() == typeof(AIContent):                                                  break;
                default:                                                       notes(HistoryChange.ContentLeftOut);         break;
            }
    }

    /// <summary>The item that a content carries; as a string, or as JSON after a round trip.</summary>
    public static Item? Carried(AIContent content) => Carried(content.AdditionalProperties);

    /// <inheritdoc cref="Carried(AIContent)"/>
    public static Item? Carried(AdditionalPropertiesDictionary? properties) => properties?.TryGetValue(ItemKey, out var carried) != true ? null : carried switch
    {
        string json                                                         => LenientJson.Parse(json),
        JsonElement { ValueKind: JsonValueKind.String } json                => LenientJson.Parse(json.GetString()),
        JsonElement { ValueKind: JsonValueKind.Object } json                => json,
        _                                                                   => null,
    } is { ValueKind: JsonValueKind.Object } element ? new(element) : null;

    /// <summary>The very text received, while the content still says the same.</summary>
    private static EchoedItem ToCall(FunctionCallContent call)
    {
        var carried = Carried(call) is { Kind: ItemKind.FunctionCall, IsOutput: true } own ? own : (Item?)null;
        if (carried is { } item && item.CallId == call.CallId && item.Name == call.Name && (call.Exception is not null || SameArguments(item, call)))
            return new(item);
        var arguments = ArgumentsText(call);
        return new(Item.Build(writer =>
        {
            writer.WriteString("type", "function_call");
            writer.WriteString("id", carried?.Id ?? $"fc_{call.CallId}");
            writer.WriteString("call_id", call.CallId);
            writer.WriteString("name", call.Name);
            writer.WriteString("arguments", arguments);
            writer.WriteString("status", "completed");
        }));
    }

    private static bool SameArguments(Item item, FunctionCallContent call) =>
        (string.IsNullOrWhiteSpace(item.Arguments) ? "{}" : item.Arguments) is var received
        && LenientJson.Parse(received) is { } json
        && (json.ValueKind == JsonValueKind.Null ? call.Arguments is null or { Count: 0 } : LenientJson.Parse(ArgumentsText(call))?.JsonEquals(json) == true
            || json.ValueKind != JsonValueKind.Object && call.Arguments is null);

    private static string ArgumentsText(FunctionCallContent call)
    {
        if (call.Arguments is null or { Count: 0 })
            return "{}";
        var json = JsonSerializer.SerializeToElement(call.Arguments, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, LenientJson.Writing))
            json.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Walks an assistant's contents and puts its items together again.</summary>
    private sealed class AssistantItemBuilder(Func<string> name, Action<HistoryChange> notes)
    {
        private readonly List<object> _items = []; // InputItem, or a AssistantMessageBuilder whose end is not known yet
        private readonly Dictionary<string, int> _reasoning = [];
        private readonly Dictionary<string, AssistantMessageBuilder> _messages = [];
        private readonly List<AssistantMessageBuilder> _unnamed = [];
        private bool _nextPart;
        private readonly StringBuilder _words = new();
        private AssistantMessageBuilder? _open;

        public void Add(InputItem item)
        {
            Forget();
            _open = null;
            _items.Add(item);
        }

        /// <summary>A further message: what stands in it without a name is another item's.</summary>
        public void BeginMessage()
        {
            if (_words.Length > 0)
                notes(HistoryChange.UnsealedReasoning); // an answer broke off in its thoughts: what it had thought before still stands
            _words.Clear();
            _open = null;
            _nextPart = false;
        }

        public void Think(TextReasoningContent thought)
        {
            _words.Append(thought.Text);
            if (string.IsNullOrEmpty(thought.ProtectedData))
                return;
            var words = _words.ToString();
            var opened = ReasoningEnvelope.Open(thought.ProtectedData, words);
            switch (opened.Kind)
            {
                case EnvelopeKind.Item when opened.Item.Kind == ItemKind.Message:
                    Correct(opened.Item, opened.Key);
                    break;
                case EnvelopeKind.Item:
                    Remember(new EchoedItem(opened.Item) { Edited = opened.Edited, Words = words }, opened.Replaces, opened.Place, opened.Key);
                    break;
                case EnvelopeKind.Parts:
                    (opened.Replaces is { } id && _messages.TryGetValue(id, out var named) ? named : _open)?.Keep(opened.Packed);
                    break;
                case EnvelopeKind.Boundary:
                    _open = null;
                    break;
                case EnvelopeKind.PartBoundary:
                    _nextPart = true;
                    break;
                case EnvelopeKind.Order:
                    Arrange(opened.Ids);
                    break;
                case EnvelopeKind.Foreign when ForeignId(thought) is { } foreign:
                    Remember(new EchoedItem(Foreign(foreign, words, thought.ProtectedData)) { Words = words });
                    break;
                default:
                    notes(opened.Kind == EnvelopeKind.Foreign ? HistoryChange.ForeignReasoning : HistoryChange.UnknownEnvelope);
                    _items.Add(UnsendableReasoning.Instance);
                    _open = null;
                    break;
            }
            _words.Clear();
        }

        public void Say(TextContent text)
        {
            Forget();
            if (OwnMessage(text) is { } identity)
                _open = Known(identity) ?? (text.Text.Length == 0 && _open is { Identity.Id: null } ? Name(_open, identity) : Begin(identity));
            if (text.Text.Length == 0 && text.Annotations is not { Count: > 0 })
                return;
            _open ??= Begin(default);
            if (_nextPart)
                _open.NextPart();
            _nextPart = false;
            if (text.Text.Length > 0)
                _open.Say(text.Text);
            if (text.Annotations is { Count: > 0 } citations)
                _open.Cite(citations);
        }

        public void Refuse(ErrorContent refusal)
        {
            Forget();
            if (OwnMessage(refusal) is { } identity)
                _open = Known(identity) ?? Begin(identity);
            (_open ?? Begin(default)).Refuse(refusal.Message);
        }

        public List<InputItem> Finish()
        {
            if (_words.Length > 0)
                notes(HistoryChange.UnsealedReasoning); // an answer broke off in its thoughts: what it had thought before still stands
            var items = new List<InputItem>(_items.Count);
            foreach (var item in _items)
                if (item is not AssistantMessageBuilder message)
                    items.Add((InputItem)item);
                else if (message.ToItem(name, isNeeded: items.Count > 0 && items[^1] is EchoedItem { Item.Kind: ItemKind.Reasoning }) is { } spoken)
                    items.Add(spoken);
                else
                    notes(HistoryChange.EmptyMessage);
            return items;
        }

        /// <summary>What a content says of its message; anything else that stands there was made up by somebody.</summary>
        private Item? OwnMessage(AIContent content)
        {
            if (Carried(content) is not { } identity)
                return null;
            if (identity.IsOwnMessage)
                return identity;
            notes(HistoryChange.UnknownEnvelope);
            return null;
        }

        private AssistantMessageBuilder? Known(Item identity) => identity.Id is { } id && _messages.TryGetValue(id, out var message) ? message : null;

        private AssistantMessageBuilder Name(AssistantMessageBuilder message, Item identity)
        {
            message.Identity = identity;
            if (identity.Id is { } id)
                _messages[id] = message;
            return message;
        }

        private AssistantMessageBuilder Begin(Item identity)
        {
            _open = new(identity);
            _items.Add(_open);
            if (identity.Id is { } id)
                _messages[id] = _open;
            else
                _unnamed.Add(_open);
            return _open;
        }

        /// <summary>The last envelope of an item wins, and the item stands where the first stood.</summary>
        private void Remember(EchoedItem item, string? replaced = null, long nth = 1, string? key = null)
        {
            _open = null;
            if ((replaced ?? item.Item.Id ?? key) is not { } known)
            {
                _items.Add(item);
                return;
            }
            var id = item.Item.Id ?? known;
            if (_reasoning.TryGetValue(ReasoningEnvelope.Key(known, nth), out var first))
                _items[first] = new EchoedItem(item.Item) { Edited = item.Edited || ((EchoedItem)_items[first]).Edited, Words = item.Words };
            else
            {
                first = _items.Count;
                _items.Add(item);
            }
            _reasoning[ReasoningEnvelope.Key(id, nth)] = first;
        }

        /// <summary>The items that the order names change places among themselves.</summary>
        private void Arrange(IReadOnlyList<string> keys)
        {
            _open = null;
            var rank = new Dictionary<string, int>();
            foreach (var key in keys)
                rank.TryAdd(key, rank.Count);
            var seen = new Dictionary<string, int>();
            var places = new List<int>();
            var ranked = new List<(int Rank, object Item)>();
            for (var at = 0; at < _items.Count; at++)
                if (IdOf(_items[at]) is { } id)
                {
                    var nth = seen[id] = seen.TryGetValue(id, out var times) ? times + 1 : 1;
                    if (!rank.TryGetValue(ReasoningEnvelope.Key(id, nth), out var place))
                        continue;
                    places.Add(at);
                    ranked.Add((place, _items[at]));
                }
            ranked.Sort((one, other) => one.Rank.CompareTo(other.Rank));
            for (var i = 0; i < places.Count; i++)
                _items[places[i]] = ranked[i].Item;
            _reasoning.Clear();
            for (var at = 0; at < _items.Count; at++)
                if (_items[at] is EchoedItem { Item: { Kind: ItemKind.Reasoning, Id: { } id } })
                    for (var nth = 1; !_reasoning.TryAdd(ReasoningEnvelope.Key(id, nth), at); nth++)
                        continue;
        }

        private static string? IdOf(object item) => item switch
        {
            AssistantMessageBuilder message => message.Identity.Id,
            EchoedItem echoed    => echoed.Item.Id,
            _                    => null,
        };

        private void Correct(Item identity, string? key)
        {
            var unnamed = key is { Length: > 1 } && int.TryParse(key[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= _unnamed.Count ? _unnamed[number - 1] : null;
            if ((Known(identity) ?? unnamed ?? _messages.Values.Concat(_items.OfType<AssistantMessageBuilder>()).FirstOrDefault(message => message.Identity.Id is null) ?? _open) is not { } message)
                return;
            message.Identity = message.Identity.With(identity);
            if (message.Identity.Id is { } id)
                _messages[id] = message;
        }

        /// <summary>Thoughts that no envelope closes: nothing could be rebuilt from them.</summary>
        private void Forget()
        {
            if (_words.Length > 0)
            {
                notes(HistoryChange.UnsealedReasoning);
                _items.Add(UnsendableReasoning.Instance);
            }
            _words.Clear();
        }

        private static string? ForeignId(TextReasoningContent thought) => thought.AdditionalProperties?.TryGetValue(ForeignIdKey, out var id) == true
            ? id switch { string text => text, JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(), _ => null } : null;

        private static Item Foreign(string id, string words, string blob) => Item.Build(writer =>
        {
            writer.WriteString("type", "reasoning");
            writer.WriteString("id", id);
            writer.WriteStartArray("summary");
            if (words.Length > 0)
            {
                writer.WriteStartObject();
                writer.WriteString("type", "summary_text");
                writer.WriteString("text", words);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteString("encrypted_content", blob);
        });
    }
}

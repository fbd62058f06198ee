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

    /// <param name="message">An assistant's message.</param>
    /// <param name="name">Makes an id for a message that has none, because the service refuses output text without one.</param>
    /// <param name="result">The wire form of a function's result.</param>
    /// <param name="notes">Hears of what cannot be sent back.</param>
    public static List<InputItem> ToItems(ChatMessage message, Func<string> name, Func<FunctionResultContent, InputItem> result, Action<HistoryChange> notes)
    {
        var way = new AssistantItemBuilder(name, notes);
        foreach (var content in message.Contents)
            switch (content)
            {
                case TextReasoningContent thought:                             way.Think(thought);                       break;
                case TextContent text:                                         way.Say(text);                            break;
                case ErrorContent { ErrorCode: "refusal" } refusal:            way.Refuse(refusal);                      break;
                case FunctionCallContent call:                                 way.Add(ToCall(call));                    break;
                case FunctionResultContent answer when Carried(answer) is null: way.Add(result(answer));                 break;
                case UsageContent:                                                                                       break;
                case { } other when Carried(other) is { } item:                way.Add(new EchoedItem(item));            break;
                case WebSearchToolResultContent or CodeInterpreterToolResultContent
                  or McpServerToolResultContent or ImageGenerationToolResultContent or ErrorContent:                     break;
                case { } bare when bare.GetType() == typeof(AIContent):                                                  break;
                default:                                                       notes(HistoryChange.ContentLeftOut);         break;
            }
        return way.Finish();
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
        var carried = Carried(call);
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
        private readonly StringBuilder _words = new();
        private AssistantMessageBuilder? _open;

        public void Add(InputItem item)
        {
            Forget();
            _open = null;
            _items.Add(item);
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
                    Correct(opened.Item);
                    break;
                case EnvelopeKind.Item:
                    Remember(new EchoedItem(opened.Item) { Edited = opened.Edited, Words = words }, opened.Replaces);
                    break;
                case EnvelopeKind.Boundary:
                    _open = null;
                    break;
                case EnvelopeKind.PartBoundary:
                    _open?.NextPart();
                    break;
                case EnvelopeKind.Order:
                    Arrange(opened.Ids);
                    break;
                case EnvelopeKind.Foreign when ForeignId(thought) is { } id:
                    Remember(new EchoedItem(Foreign(id, words, thought.ProtectedData)) { Words = words });
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
            if (Carried(text) is { } identity)
                _open = _items.OfType<AssistantMessageBuilder>().FirstOrDefault(message => identity.Id is not null && message.Identity.Id == identity.Id) ?? Begin(identity);
            if (text.Annotations is { Count: > 0 } citations && text.Text.Length == 0)
                (_open ?? Begin(default)).Cite(citations);
            else if (text.Text.Length > 0)
            {
                (_open ?? Begin(default)).Say(text.Text);
                if (text.Annotations is { Count: > 0 } own)
                    _open!.Cite(own);
            }
        }

        public void Refuse(ErrorContent refusal)
        {
            Forget();
            if (Carried(refusal) is { } identity)
                _open = Begin(identity);
            (_open ?? Begin(default)).Refuse(refusal.Message);
        }

        public List<InputItem> Finish()
        {
            if (_words.Length > 0)
                notes(HistoryChange.UnsealedReasoning); // an answer broke off in its thoughts: what it had thought before still stands
            return [.. _items.Select(item => item is AssistantMessageBuilder message ? message.ToItem(name) : (InputItem)item).OfType<InputItem>()];
        }

        private AssistantMessageBuilder Begin(Item identity)
        {
            _open = new(identity);
            _items.Add(_open);
            return _open;
        }

        /// <summary>The last envelope of an id wins, and the item stands where the first stood.</summary>
        private void Remember(EchoedItem item, string? replaced = null)
        {
            _open = null;
            if ((replaced ?? item.Item.Id) is { } id && _reasoning.TryGetValue(id, out var first))
            {
                _reasoning[item.Item.Id ?? id] = first;
                _items[first] = new EchoedItem(item.Item) { Edited = item.Edited || ((EchoedItem)_items[first]).Edited, Words = item.Words };
                return;
            }
            if (item.Item.Id is { } newId)
                _reasoning[newId] = _items.Count;
            _items.Add(item);
        }

        /// <summary>The items that the order names change places among themselves.</summary>
        private void Arrange(IReadOnlyList<string> ids)
        {
            _open = null;
            var places = Enumerable.Range(0, _items.Count).Where(at => IdOf(_items[at]) is { } id && ids.Contains(id)).ToList();
            var ordered = places.Select(at => _items[at]).OrderBy(item => ids.TakeWhile(id => id != IdOf(item)).Count()).ToList();
            for (var i = 0; i < places.Count; i++)
                _items[places[i]] = ordered[i];
            _reasoning.Clear();
            for (var at = 0; at < _items.Count; at++)
                if (_items[at] is EchoedItem { Item: { Kind: ItemKind.Reasoning, Id: { } id } })
                    _reasoning[id] = at;
        }

        private static string? IdOf(object item) => item switch
        {
            AssistantMessageBuilder message => message.Identity.Id,
            EchoedItem echoed    => echoed.Item.Id,
            _                    => null,
        };

        private void Correct(Item identity)
        {
            var messages = _items.OfType<AssistantMessageBuilder>().ToList();
            if ((messages.Find(message => message.Identity.Id == identity.Id) ?? messages.Find(message => message.Identity.Id is null) ?? _open) is { } message)
                message.Identity = message.Identity.With(identity);
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

using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>A reasoning item on its way back: its JSON as it came out of the envelope. Words that stand in the text beside the envelope are put in while it is written.</summary>
internal sealed class ReasoningItem : InputItem
{
    /// <summary>The visible text before the envelope, which references point into.</summary>
    private readonly string _text;

    /// <summary>The item with all texts in place; null until it is compared.</summary>
    private JsonElement? _restored;

    /// <param name="packed">The item; its texts may be references into <paramref name="text"/>.</param>
    /// <param name="text">The visible text directly before the envelope.</param>
    public ReasoningItem(Item packed, string text = "")
    {
        Item = packed;
        _text = text;
        Text = text;
        Id = packed.Id;
    }

    /// <summary>The item; texts may be references.</summary>
    public Item Item { get; }

    /// <summary>The visible words.</summary>
    public string Text { get; private set; }

    /// <summary>The visible words are not the ones the service said: they go out instead.</summary>
    public bool IsEdited { get; set; }

    /// <summary>It goes out with the summary that must be there and its parts as objects.</summary>
    public bool IsReshaped { get; set; }

    /// <summary>Nothing proves that its words are the model's: they may be edited.</summary>
    public bool IsBare => IsEmpty("encrypted_content") && IsEmpty("signature");

    /// <summary>Whether summary and content are as the API wants them: lists of objects, the summary always there.</summary>
    public bool HasShape
    {
        get
        {
            foreach (var member in Item.ReasoningMembers)
                if (Item.Json.Member(member) is not { } parts ? member != "content" : parts.ValueKind != JsonValueKind.Array || !HoldsObjects(parts))
                    return false;
            return true;
        }
    }

    public override string Type => "reasoning";

    /// <summary>Whether a member is missing or an empty text.</summary>
    public bool IsEmpty(string member) => Item.Json.Text(member) is not { Length: > 0 };

    /// <summary>A later envelope of the same item: what is known of an edit, and the words as they stand, outlast it.</summary>
    public void Replace(ReasoningItem earlier)
    {
        IsEdited |= earlier.IsEdited;
        if (Text.Length == 0)
            Text = earlier.Text;
    }

    /// <summary>The same reasoning to the letter, however it is packed.</summary>
    public bool IsSame(ReasoningItem other) => _text == other._text && Item.Json.JsonEquals(other.Item.Json) || Restored().JsonEquals(other.Restored());

    /// <summary>The members in the order of their names, with all texts in place: the same for the same reasoning, however it is packed.</summary>
    public string Letters() => string.Join(',', Restored().EnumerateObject().Select(member => member.ToString()).OrderBy(member => member, StringComparer.Ordinal));

    public override void Write(JsonBodyWriter body)
    {
        var writer = body.Json;
        writer.WriteStartObject();
        if (IsReshaped)
            WriteReshaped(writer);
        else
            ReasoningEnvelope.WriteItem(writer, Item.Json, _text, Id);
        writer.WriteEndObject();
    }

    /// <summary>The item with all texts in place.</summary>
    private JsonElement Restored() => _restored ??= Item.Build(writer => ReasoningEnvelope.WriteItem(writer, Item.Json, _text, null)).Json;

    /// <summary>Writes the item with a summary and parts as objects.</summary>
    private void WriteReshaped(Utf8JsonWriter writer)
    {
        foreach (var member in Item.Json.EnumerateObject())
            if (!ReasoningEnvelope.IsReasoningMember(member))
                ReasoningEnvelope.WriteMember(writer, member, Id);
        WriteParts(writer, "summary", "summary_text", IsEdited ? [] : Texts("summary"));
        WriteParts(writer, "content", "reasoning_text", IsEdited ? [Text] : Texts("content"));
    }

    /// <summary>The texts of a member's parts.</summary>
    private List<string> Texts(string member)
    {
        if (Item.Json.Text(member) is { Length: > 0 } only)
            return [only];
        var texts = new List<string>();
        foreach (var part in Item.Json.Array(member))
            if (EmittedText.TextOf(part, _text) is { } text)
                texts.Add(text);
        return texts;
    }

    /// <summary>Whether all parts are objects.</summary>
    private static bool HoldsObjects(JsonElement parts)
    {
        foreach (var part in parts.EnumerateArray())
            if (part.ValueKind != JsonValueKind.Object)
                return false;
        return true;
    }

    /// <summary>Writes texts as parts; content is left out where there are none.</summary>
    private static void WriteParts(Utf8JsonWriter writer, string member, string type, List<string> texts)
    {
        if (texts.Count == 0 && member == "content")
            return;
        writer.WriteStartArray(member);
        foreach (var text in texts)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, type);
            writer.WriteString("text"u8, text);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}

/// <summary>A place in a history where reasoning was that cannot be sent; the turn's other reasoning is judged by it.</summary>
internal sealed class UnsendableReasoning : InputItem
{
    public override string Type => "reasoning";

    public override void Write(JsonBodyWriter body) => throw new InvalidOperationException("Reasoning that cannot be sent is never written.");
}

using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>One item of a request's <c>input</c>, held until the whole history has been looked over, then written once.</summary>
internal abstract class InputItem
{
    /// <summary>The wire's <c>type</c>: message, reasoning, function_call, function_call_output, ...</summary>
    public abstract string Type { get; }

    /// <summary>Joins calls and their outputs.</summary>
    public virtual string? CallId => null;

    /// <summary>Whether a user's turn begins here: what stands before it belongs to earlier turns.</summary>
    public virtual bool BeginsTurn => false;

    public abstract void Write(JsonBodyWriter body);
}

/// <summary>An item of an answer on its way back.</summary>
internal sealed class EchoedItem(Item item) : InputItem
{
    public Item Item { get; } = item;

    /// <summary>The visible words of a reasoning item are not the ones the service said.</summary>
    public bool Edited { get; init; }

    /// <summary>The visible words of a reasoning item.</summary>
    public string Words { get; init; } = "";

    public override string Type { get; } = item.Type;

    public override string? CallId { get; } = item.CallId;

    /// <summary>The same item under another id.</summary>
    public EchoedItem Named(string id) => new(Item.With(Item.Build(writer => writer.WriteString("id", id)))) { Edited = Edited, Words = Words };

    public override void Write(JsonBodyWriter body) => body.Json.WriteRawValue(Item.Json.Raw(), skipInputValidation: true);
}

/// <summary>What the assistant said, put together from a history.</summary>
/// <param name="id">Two messages of one id would be refused.</param>
/// <param name="members">Writes the message, with the id it is given.</param>
internal sealed class SpokenItem(string id, Action<Utf8JsonWriter, string> members) : InputItem
{
    public string Id => id;

    public override string Type => "message";

    public SpokenItem Named(string other) => new(other, members);

    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        members(body.Json, id);
        body.Json.WriteEndObject();
    }
}

using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>One item of a request's <c>input</c>, held until the whole history has been looked over, then written once.</summary>
internal abstract class InputItem
{
    /// <summary>The wire's <c>type</c>: message, reasoning, function_call, function_call_output, ...</summary>
    public abstract string Type { get; }

    /// <summary>The id under which it goes out; null where it has none.</summary>
    public string? Id { get; set; }

    /// <summary>The id that the service gave it; null where it gave none.</summary>
    public virtual string? GivenId => Id;

    /// <summary>Joins calls and their outputs.</summary>
    public string? CallId { get; set; }

    /// <summary>It stays at home; its place still says something about its neighbours.</summary>
    public bool IsLeftOut { get; set; }

    /// <summary>Whether a user's turn begins here: what stands before it belongs to earlier turns.</summary>
    public virtual bool BeginsTurn => false;

    /// <summary>Whether it is the model's, so that reasoning before it is followed by something.</summary>
    public virtual bool IsModels => false;

    /// <summary>A call that may be answered later, or never.</summary>
    public virtual bool IsAsync => false;

    /// <summary>Writes the item as one element of the <c>input</c> array.</summary>
    /// <param name="body">The request's body; files in the item are encoded when the body is complete.</param>
    public abstract void Write(JsonBodyWriter body);
}

/// <summary>An item of an answer on its way back.</summary>
internal sealed class EchoedItem : InputItem
{
    /// <summary>Takes type, id and call_id from the received item.</summary>
    /// <param name="item">An item of an earlier answer.</param>
    public EchoedItem(Item item)
    {
        Item = item;
        Type = item.Type;
        Id = item.Id;
        CallId = item.CallId;
    }

    /// <summary>The item as it was received.</summary>
    public Item Item { get; private set; }

    public override string Type { get; }

    /// <summary>An output of a function is the caller's; every other item of an answer is the model's.</summary>
    public override bool IsModels => Type != "function_call_output";

    /// <summary>The service marks calls that may stay unanswered with <c>async</c>.</summary>
    public override bool IsAsync => Item.Json.Flag("async") == true;

    public override void Write(JsonBodyWriter body) => Write(body.Json, Item, Id, CallId);

    /// <summary>The same item, of which more became known.</summary>
    public void Complete(Item later) => (Item, Id, CallId) = (later, later.Id, later.CallId);

    /// <summary>
    /// The very bytes received. Only the ids are written anew where they have changed, and a null id or status, which the service
    /// refuses, is not written.
    /// </summary>
    /// <param name="writer">Stands where a value is due.</param>
    /// <param name="item">As received.</param>
    /// <param name="id">The id under which it goes out; null leaves it out.</param>
    /// <param name="callId">The call_id under which it goes out; null leaves it as it is.</param>
    public static void Write(Utf8JsonWriter writer, Item item, string? id, string? callId)
    {
        if (id == item.Id && callId == item.CallId && !IsNull(item, "id") && !IsNull(item, "status"))
        {
            LenientJson.Write(writer, item.Json);
            return;
        }
        writer.WriteStartObject();
        foreach (var member in item.Json.EnumerateObject())
            if (member.Is("id"u8) && id is not null)
                writer.WriteString("id"u8, id);
            else if (member.Is("call_id"u8) && callId is not null)
                writer.WriteString("call_id"u8, callId);
            else if (member.Value.ValueKind != JsonValueKind.Null || !(member.Is("id"u8) || member.Is("status"u8)))
                Item.WriteMember(writer, member);
        writer.WriteEndObject();
    }

    /// <summary>Whether the item has the member and its value is null, which differs from a missing member.</summary>
    /// <param name="item">An item as received.</param>
    /// <param name="name">The member's name on the wire.</param>
    private static bool IsNull(Item item, string name)
    {
        if (item.Json.Member(name) is not null)
            return false;
        foreach (var member in item.Json.EnumerateObject())
            if (member.Value.ValueKind == JsonValueKind.Null && member.Key() == name)
                return true;
        return false;
    }
}

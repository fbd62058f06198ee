using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>The kinds of items that mean something to us; every other kind is kept raw and sent back as it came.</summary>
internal enum ItemKind
{
    /// <summary>Every other type: kept as it came, and sent back so.</summary>
    Raw,

    /// <summary><c>message</c>: text, refusals and citations of the assistant.</summary>
    Message,

    /// <summary><c>reasoning</c>: a summary, readable text and encrypted content.</summary>
    Reasoning,

    /// <summary><c>function_call</c>: a call that the caller has to answer, unless the service does.</summary>
    FunctionCall,

    /// <summary><c>function_call_output</c>: an output that the service gives to a call of its own.</summary>
    FunctionCallOutput,

    /// <summary><c>image_generation_call</c>: a generated image in base64.</summary>
    Image,

    /// <summary><c>web_search_call</c>: a search that the service made.</summary>
    WebSearch,

    /// <summary><c>code_interpreter_call</c>: code that the service ran.</summary>
    CodeInterpreter,

    /// <summary><c>mcp_call</c>: a call to an MCP server with its result.</summary>
    McpCall,

    /// <summary><c>mcp_approval_request</c>: a call to an MCP server that waits for the caller's consent.</summary>
    McpApprovalRequest,
}

/// <summary>
/// An item of the output: a typed look at the JSON that was received. The JSON is the item, so that nothing of it can be lost.
/// </summary>
internal readonly record struct Item(JsonElement Json)
{
    /// <summary>The wire's <c>type</c>; empty when it is missing.</summary>
    public string Type => Json.Word("type"u8) ?? "";

    /// <summary>The item's id; null when it is missing or empty.</summary>
    public string? Id => IdLike(null);

    /// <summary>Its id; the string that is known already where it says the same.</summary>
    public string? IdLike(string? known) => Json.Text("id"u8, known) is { Length: > 0 } id ? id : null;

    /// <summary><c>completed</c>, <c>incomplete</c> or <c>in_progress</c>; null when it is missing.</summary>
    public string? Status => Json.Word("status"u8);

    /// <summary>Whether this is its id, without making a string of it.</summary>
    public bool HasId(string? id) => id is null ? Id is null : Json.Member("id"u8) is { ValueKind: JsonValueKind.String } own ? own.EqualsText(id) : Id == id;

    /// <summary>The id that joins a call and its output; null when it is missing or empty.</summary>
    public string? CallId => Json.Text("call_id"u8) is { Length: > 0 } id ? id : null;

    /// <summary>The name of the called function; empty when it is missing.</summary>
    public string Name => Json.Text("name"u8) ?? "";

    /// <summary>A JSON text; empty when the service did not say.</summary>
    public string Arguments => Json.Member("arguments"u8) is { ValueKind: JsonValueKind.Object } json ? json.Raw() : Json.Text("arguments"u8) ?? "";

    /// <summary>The content format of a reasoning item, such as <c>openai-responses-v1</c>.</summary>
    public string? Format => Json.Text("format"u8);

    /// <summary>The parts of <c>content</c>; none when that is no array.</summary>
    public JsonElement.ArrayEnumerator Content => Json.Array("content"u8);

    /// <summary>Decided on the UTF-8 for the three frequent types, so that no string is made for them.</summary>
    public ItemKind Kind => Json.Member("type"u8) is not { ValueKind: JsonValueKind.String } type ? ItemKind.Raw
        : type.EqualsUtf8("message"u8) ? ItemKind.Message
        : type.EqualsUtf8("reasoning"u8) ? ItemKind.Reasoning
        : type.EqualsUtf8("function_call"u8) ? ItemKind.FunctionCall
        : KindOf(type.AsText());

    /// <summary>
    /// Whether it has a member of this name, if only null. Names are compared without case, because some reader behind the
    /// service may do so.
    /// </summary>
    public bool Has(string name)
    {
        if (Json.ValueKind == JsonValueKind.Object)
            foreach (var member in Json.EnumerateObject())
                if (member.Key().Equals(name, StringComparison.OrdinalIgnoreCase))
                    return true;
        return false;
    }

    /// <summary>Whether it says, or leaves open, that it is a message of the assistant's.</summary>
    public bool IsOwnMessage => Json.Text("type"u8) is null or "message" && Json.Text("role"u8) is null or "assistant";

    /// <summary>
    /// Whether the service could have given this as an item of an answer, so that it may go back out of what a browser or a store returns.
    /// Messages have an identity instead, and what only a caller can say is never taken from there.
    /// </summary>
    public bool IsOutput => Json.Member("type"u8) is { ValueKind: JsonValueKind.String } && !Has("role")
        && Type is not ("" or "message" or "function_call_output" or "custom_tool_call_output" or "computer_call_output" or "apply_patch_call_output" or "local_shell_call_output"
            or "item_reference" or "mcp_approval_response" or "additional_tools" or "agent_message")
        && !IsInput(Json) && (Kind != ItemKind.Reasoning || !HoldsInput(Json));

    /// <summary>
    /// Whether it calls itself a part of the input, such as a file's address. Also with a second <c>type</c>, because readers
    /// differ in which they take.
    /// </summary>
    public static bool IsInput(JsonElement part)
    {
        if (part.ValueKind == JsonValueKind.Object)
            foreach (var member in part.EnumerateObject())
                if (member.Value.ValueKind == JsonValueKind.String && member.Key().Equals("type", StringComparison.OrdinalIgnoreCase)
                    && member.Value.AsText()!.StartsWith("input_", StringComparison.OrdinalIgnoreCase))
                    return true;
        return false;
    }

    /// <summary>Thoughts hold no parts of the input, whatever the member.</summary>
    private static bool HoldsInput(JsonElement reasoning)
    {
        foreach (var member in reasoning.EnumerateObject())
            if (member.Value.ValueKind == JsonValueKind.Object && IsInput(member.Value))
                return true;
            else if (member.Value.ValueKind == JsonValueKind.Array)
                foreach (var part in member.Value.EnumerateArray())
                    if (IsInput(part))
                        return true;
        return false;
    }

    /// <summary>The kind of a wire type; aliases with the prefix <c>openrouter:</c> count as the same kind.</summary>
    /// <returns><see cref="ItemKind.Raw"/> for every type that is not known.</returns>
    private static ItemKind KindOf(string? type) => type switch
    {
        "function_call_output" => ItemKind.FunctionCallOutput,
        "image_generation_call" or "openrouter:image_generation" => ItemKind.Image,
        "web_search_call" or "openrouter:web_search" => ItemKind.WebSearch,
        "code_interpreter_call" => ItemKind.CodeInterpreter,
        "mcp_call" => ItemKind.McpCall,
        "mcp_approval_request" => ItemKind.McpApprovalRequest,
        _ => ItemKind.Raw,
    };

    /// <summary>
    /// The readable parts of a reasoning item in their order, the same text once: where each stands in its member. Parts may be
    /// objects or, in older docs, strings; a member may also be one string.
    /// </summary>
    public List<(JsonElement Text, bool IsSummary, int Index)> ReasoningParts()
    {
        var thoughts = new List<(JsonElement Text, bool IsSummary, int Index)>(1);
        HashSet<string>? seen = null;
        AddAll(Json.Member("summary"u8), isSummary: true);
        AddAll(Json.Member("content"u8), isSummary: false);
        return thoughts;

        void AddAll(JsonElement? member, bool isSummary)
        {
            if (member is { ValueKind: JsonValueKind.Array } parts)
            {
                var index = 0;
                foreach (var part in parts.EnumerateArray())
                    Add(part, isSummary, index++);
            }
            else if (member is { ValueKind: JsonValueKind.String } only)
                Add(only, isSummary, 0);
        }

        void Add(JsonElement part, bool isSummary, int index)
        {
            if ((part.ValueKind == JsonValueKind.String ? part : part.Member("text"u8)) is { ValueKind: JsonValueKind.String } text && !text.EqualsUtf8(""u8) && IsNew(text))
                thoughts.Add((text, isSummary, index));
        }

        bool IsNew(JsonElement text)
        {
            if (thoughts.Count == 0)
                return true;
            seen ??= [thoughts[0].Text.AsText()!];
            return seen.Add(text.AsText()!);
        }
    }

    /// <summary>
    /// What is known of a message beside its words, as JSON text: id, phase and whatever else, without status and content.
    /// </summary>
    public string Identity()
    {
        using var scratch = JsonScratch.Take();
        scratch.Writer.WriteStartObject();
        foreach (var member in Json.EnumerateObject())
            if (!member.Is("status"u8) && !member.Is("content"u8))
                WriteMember(scratch.Writer, member);
        scratch.Writer.WriteEndObject();
        return scratch.WrittenText();
    }

    /// <summary>Where a reasoning item keeps words: what was thought, and what was said of it.</summary>
    public static readonly string[] ReasoningMembers = ["summary", "content"];

    /// <summary>This item with what <paramref name="later"/> knows better: its members win, except where they are null or empty.</summary>
    public Item With(Item later)
    {
        if (Json.ValueKind != JsonValueKind.Object)
            return later;
        if (later.Json.ValueKind != JsonValueKind.Object || Json.JsonEquals(later.Json))
            return this;
        return Joined(Json, later.Json);
    }

    /// <summary>A method of its own, so that items of which one says it all pay for no closure.</summary>
    private static Item Joined(JsonElement known, JsonElement later)
    {
        var better = new Dictionary<string, JsonElement>();
        foreach (var member in later.EnumerateObject())
            better[member.Key()] = member.Value;
        return Build(writer =>
        {
            foreach (var member in known.EnumerateObject())
            {
                var name = member.Key();
                WriteMember(writer, name, better.TryGetValue(name, out var value) && !IsEmpty(value) ? value : member.Value);
                better.Remove(name);
            }
            foreach (var member in later.EnumerateObject())
                if (better.Remove(member.Key()))
                    WriteMember(writer, member.Key(), member.Value);
        });
    }

    /// <summary>Makes an item from members.</summary>
    /// <param name="members">Writes the members between the object's braces.</param>
    /// <returns>An item with a document of its own, which needs no disposal.</returns>
    public static Item Build(Action<Utf8JsonWriter> members)
    {
        using var scratch = JsonScratch.Take();
        scratch.Writer.WriteStartObject();
        members(scratch.Writer);
        scratch.Writer.WriteEndObject();
        using var document = JsonDocument.Parse(scratch.Written(), new() { MaxDepth = LenientJson.MaxDepth + 8 });
        return new(document.RootElement.Clone());
    }

    /// <summary>Writes a member with the very bytes of its value.</summary>
    public static void WriteMember(Utf8JsonWriter writer, string name, JsonElement value)
    {
        writer.WritePropertyName(name);
        LenientJson.Write(writer, value);
    }

    /// <summary>A member as it was received.</summary>
    public static void WriteMember(Utf8JsonWriter writer, JsonProperty member)
    {
        member.WriteName(writer);
        LenientJson.Write(writer, member.Value);
    }

    /// <summary>Whether this says all that an earlier look at the same item said; its id and status may have come since.</summary>
    public bool Repeats(Item earlier)
    {
        if (Type != earlier.Type)
            return false;
        foreach (var member in earlier.Json.EnumerateObject())
            if (!IsEmpty(member.Value) && !member.Is("id"u8) && !member.Is("status"u8) && Json.Member(member.Key())?.JsonEquals(member.Value) != true)
                return false;
        return true;
    }

    /// <summary>This item without a member.</summary>
    public Item Without(string name)
    {
        var json = Json;
        return Build(writer =>
        {
            foreach (var member in json.EnumerateObject())
                if (member.Key() != name)
                    WriteMember(writer, member);
        });
    }

    /// <summary>This item with the id that an earlier event told.</summary>
    public Item Named(string id) => With(Build(writer => writer.WriteString("id"u8, id)));

    /// <summary>Whether a value counts as not known yet: null, an empty string or an empty array.</summary>
    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => true,
        JsonValueKind.String => value.EqualsUtf8(""u8),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };
}

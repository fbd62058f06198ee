using System.Runtime.InteropServices;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The item table: what an item of the output is to the framework. The way back is <see cref="AssistantItemBuilder"/>.</summary>
internal static class ItemMap
{
    /// <summary>Where a content carries the JSON of the item it stands for, as a string that survives every serialiser.</summary>
    public const string ItemKey = "openrouter.item";

    /// <summary>
    /// Whether reasoning text is the model's raw thinking (<c>text</c>) or a summary of it (<c>summary</c>), on an item's first
    /// words.
    /// </summary>
    public const string ReasoningKey = "openrouter.reasoning";

    /// <summary>Every kind but messages and reasoning, whose words arrive one by one (see <see cref="OutputEmitter"/>).</summary>
    /// <param name="item">All that is known of it.</param>
    /// <param name="truncated">The answer was cut short.</param>
    /// <param name="answered">The service answers the call itself.</param>
    /// <param name="callId">
    /// What a call of the service's own is called in this answer: the framework makes one of two that share it.
    /// </param>
    public static IEnumerable<AIContent> ToContents(Item item, bool truncated, bool answered, string callId) => item.Kind switch
    {
        ItemKind.FunctionCall       => [Call(item, truncated, answered)],
        ItemKind.FunctionCallOutput => [Result(item)],
        ItemKind.Image              => Picture(item) is { } picture ? [picture] : [Raw(item)],
        ItemKind.WebSearch          => Search(item, callId),
        ItemKind.CodeInterpreter    => Code(item, callId),
        ItemKind.McpCall            => Mcp(item, callId),
        ItemKind.McpApprovalRequest => Approval(item) is { } approval ? [approval] : [Raw(item)],
        _                           => [Raw(item)],
    };

    /// <summary>A call to make, or one that is only shown.</summary>
    /// <param name="item">The call with all that is known of it.</param>
    /// <param name="truncated">The answer was cut short: a call that does not say it is complete is broken then.</param>
    /// <param name="answered">The service answers it itself.</param>
    private static FunctionCallContent Call(Item item, bool truncated, bool answered)
    {
        var (arguments, broken) = Arguments(item.Arguments);
        if (truncated && item.Status != "completed")
            item = item.With(Item.Build(writer => writer.WriteString("status"u8, "incomplete"u8))); // so that the next request knows it, too
        if (broken is null && item.Status == "incomplete")
            broken = new InvalidOperationException($"The model ran out of tokens while it wrote the arguments of '{item.Name}'. Raise MaxOutputTokens and ask again.");
        return new(item.CallId ?? item.Id ?? "", item.Name, arguments)
        {
            Exception = broken,
            InformationalOnly = broken is not null || answered,
            AdditionalProperties = Carry(item),
        };
    }

    /// <summary>Whether a call cannot be made: its arguments are no object, or were cut off.</summary>
    public static bool IsBroken(Item call) => call.Status == "incomplete" || Arguments(call.Arguments).Broken is not null;

    /// <summary>An empty text is a tool without parameters; anything but an object is broken.</summary>
    private static (Dictionary<string, object?>? Arguments, Exception? Broken) Arguments(string json)
    {
        if (string.IsNullOrWhiteSpace(json))
            return ([], null);
        if (LenientJson.Parse(json) is { ValueKind: JsonValueKind.Object or JsonValueKind.Null } parsed)
            return (parsed.ValueKind == JsonValueKind.Null ? [] : ToArguments(parsed.Readable()), null);
        return (null, new JsonException("The model's arguments are not a JSON object. They stand in the content's 'openrouter.item'."));
    }

    /// <summary>The item that a content carries; as a string, or as JSON after a round trip.</summary>
    public static Item? Carried(AIContent content) => Carried(content.AdditionalProperties);

    /// <inheritdoc cref="Carried(AIContent)"/>
    public static Item? Carried(AdditionalPropertiesDictionary? properties) => properties?.TryGetValue(ItemKey, out var carried) != true ? null : carried switch
    {
        string json                                                         => Parse(json),
        JsonElement { ValueKind: JsonValueKind.String } json                => Parse(json.AsText()!),
        JsonElement { ValueKind: JsonValueKind.Object } json when JsonMarshal.GetRawUtf8Value(json).Length <= ReasoningEnvelope.MaxLength => Parse(json.Verbatim()), // its depth is judged like a text's
        _                                                                   => null,
    } is { ValueKind: JsonValueKind.Object } element ? new(element) : null;

    /// <summary>Whether a content says that it carries an item, readable or not.</summary>
    public static bool Claims(AIContent content) => Claims(content.AdditionalProperties);

    /// <inheritdoc cref="Claims(AIContent)"/>
    public static bool Claims(AdditionalPropertiesDictionary? properties) => properties?.ContainsKey(ItemKey) == true;

    /// <summary>The annotation that a citation carries: of a kind that the service gives, or of one that nobody knows.</summary>
    public static Item? CarriedAnnotation(CitationAnnotation citation) => Carried(citation.AdditionalProperties) is { IsOutput: true } annotation ? annotation : null;

    /// <summary>It comes back through browsers and stores, as envelopes do, and has their bound.</summary>
    private static JsonElement? Parse(string json) => json.Length > ReasoningEnvelope.MaxLength ? null : LenientJson.Parse(json);

    /// <summary>An object's members as arguments; null stays null, everything else is a <see cref="JsonElement"/>.</summary>
    private static Dictionary<string, object?> ToArguments(JsonElement json)
    {
        var arguments = new Dictionary<string, object?>();
        foreach (var member in json.EnumerateObject())
            arguments[member.Key()] = member.Value.ValueKind == JsonValueKind.Null ? null : member.Value;
        return arguments;
    }

    /// <summary>An output that the service gives to a call of its own: a text, or parts as JSON.</summary>
    private static FunctionResultContent Result(Item item) => new(item.CallId ?? "", item.Json.Member("output") switch
    {
        { ValueKind: JsonValueKind.String } text => text.AsText(),
        { } parts => parts.Readable().Clone(),
        _ => null,
    })
    { AdditionalProperties = Carry(item) };

    /// <summary>The result is base64, or a data URI, or an address, in one of three members.</summary>
    private static AIContent? Picture(Item item)
    {
        foreach (var member in PictureMembers)
            if (item.Json.Text(member) is { Length: > 0 } result && ToPicture(result, item) is { } picture)
                return picture;
        return null;
    }

    /// <summary>The members in which images were seen, in the order in which they are tried.</summary>
    private static readonly string[] PictureMembers = ["result", "imageUrl", "imageB64"];

    /// <summary>An image from a data URI, an address or base64; null when the text is none of them.</summary>
    private static AIContent? ToPicture(string result, Item item)
    {
        try
        {
            if (result.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
                return new DataContent(result) { AdditionalProperties = Carry(item) };
            if (Uri.TryCreate(result, UriKind.Absolute, out var address) && address.Scheme is "https" or "http")
                return new UriContent(address, "image/*") { AdditionalProperties = Carry(item) };
            var bytes = Convert.FromBase64String(result);
            return new DataContent(bytes, MediaTypeOf(bytes, item)) { AdditionalProperties = Carry(item) };
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException) // the item stays raw, so that it can be sent back
        {
            return null;
        }
    }

    /// <summary>The media type by the file's first bytes; else what the item says, else PNG.</summary>
    private static string MediaTypeOf(ReadOnlySpan<byte> bytes, Item item) => bytes switch
    {
        [0x89, 0x50, ..] => "image/png",
        [0xFF, 0xD8, ..] => "image/jpeg",
        [0x47, 0x49, ..] => "image/gif",
        [0x52, 0x49, 0x46, 0x46, _, _, _, _, 0x57, ..] => "image/webp",
        _ => item.Json.Text("output_format") is { Length: > 0 } format ? format.Contains('/', StringComparison.Ordinal) ? format : $"image/{format}" : "image/png",
    };

    /// <summary>The search, then what it found. Queries and sources are left out where the service names none.</summary>
    private static IEnumerable<AIContent> Search(Item item, string callId)
    {
        var call = new WebSearchToolCallContent(callId) { AdditionalProperties = Carry(item) };
        var action = item.Json.Member("action") ?? default;
        var queries = action.Array("queries").Select(query => query.AsText()).OfType<string>().ToList();
        if (queries.Count == 0 && action.Text("query") is { Length: > 0 } only)
            queries.Add(only);
        if (queries.Count > 0)
            call.Queries = queries;
        yield return call;
        var found = action.Array("sources").Select(source => source.Text("url")).Append(action.Text("url"))
            .Where(url => Uri.IsWellFormedUriString(url, UriKind.Absolute))
            .Select(AIContent (url) => new UriContent(url!, "text/html")).ToList();
        if (found.Count > 0)
            yield return new WebSearchToolResultContent(callId) { Outputs = found };
    }

    /// <summary>The code as a file, then its logs, images and files.</summary>
    private static IEnumerable<AIContent> Code(Item item, string callId)
    {
        var call = new CodeInterpreterToolCallContent(callId) { AdditionalProperties = Carry(item) };
        if (item.Json.Text("code") is { Length: > 0 } code)
            call.Inputs = [new DataContent(System.Text.Encoding.UTF8.GetBytes(code), "text/x-python")];
        yield return call;
        var outputs = item.Json.Array("outputs").Select(ToOutput).OfType<AIContent>().ToList();
        if (outputs.Count > 0)
            yield return new CodeInterpreterToolResultContent(callId) { Outputs = outputs };
    }

    /// <summary>One output of the interpreter; null for a kind that is not known.</summary>
    private static AIContent? ToOutput(JsonElement output) =>
        output.Text("logs") is { } logs ? new TextContent(logs)
        : output.Text("url") is { } url && Uri.IsWellFormedUriString(url, UriKind.Absolute) ? new UriContent(url, "image/*")
        : output.Text("file_id") is { Length: > 0 } file ? new HostedFileContent(file)
        : null;

    /// <summary>The call, then its output or its error. The arguments are null where they cannot be read.</summary>
    private static IEnumerable<AIContent> Mcp(Item item, string callId)
    {
        yield return new McpServerToolCallContent(callId, item.Name, item.Json.Text("server_label"))
        {
            Arguments = Arguments(item.Arguments).Arguments,
            AdditionalProperties = Carry(item),
        };
        if (item.Json.Member("error") is { } error && error.ValueKind != JsonValueKind.False && AsText(error) is { Length: > 0 } message)
            yield return new McpServerToolResultContent(callId) { Outputs = [new ErrorContent(message) { ErrorCode = error.Text("code") ?? error.Text("type") }] };
        else if (item.Json.Member("output") is { } output)
            yield return new McpServerToolResultContent(callId) { Outputs = [new TextContent(AsText(output))] };
    }

    /// <summary>A text, an object's message, or the JSON that it is.</summary>
    private static string AsText(JsonElement json) => json.AsText() ?? (json.Text("message") is { Length: > 0 } message ? message : json.Raw());

    /// <summary>The request for consent; null for an item without an id, which could not be answered.</summary>
    private static ToolApprovalRequestContent? Approval(Item item) => item.Id is not { } id ? null
        : new(id, new McpServerToolCallContent(id, item.Name, item.Json.Text("server_label")) { Arguments = Arguments(item.Arguments).Arguments })
        { AdditionalProperties = Carry(item) };

    /// <summary>A bare content: nothing to show, everything to send back.</summary>
    private static AIContent Raw(Item item) => new() { AdditionalProperties = Carry(item) };

    /// <summary>The properties of a content that stands for an item.</summary>
    public static AdditionalPropertiesDictionary Carry(Item item) => Carry(item.Json.Raw());

    /// <summary>The same for JSON that is text already.</summary>
    public static AdditionalPropertiesDictionary Carry(string json) => new() { [ItemKey] = json };

    /// <summary>A refusal as content; its code tells it from errors.</summary>
    public static ErrorContent Refusal(string text) => new(text) { ErrorCode = "refusal" };

    /// <summary>Citations of one item, their ranges counted from the start of its text; null when there are none.</summary>
    public static List<AIAnnotation>? Citations(Item item)
    {
        var hasCitations = false;
        foreach (var part in item.Content)
            hasCitations |= part.HasAny("annotations");
        if (!hasCitations)
            return null;
        var citations = new List<AIAnnotation>();
        var offset = 0;
        foreach (var part in item.Content)
        {
            var length = part.Text("text")?.Length ?? 0;
            foreach (var annotation in part.Array("annotations"))
                citations.Add(Citation(annotation, offset, length));
            offset += length;
        }
        return citations;
    }

    /// <summary>The title of what is cited, or the file's name; null when there is neither.</summary>
    private static string? Label(JsonElement facts) => facts.Text("title") is { Length: > 0 } title ? title : facts.Text("filename");

    /// <summary>A citation with its range in the item's text.</summary>
    /// <param name="annotation">As received; its JSON is kept in the properties.</param>
    /// <param name="offset">How many UTF-16 units stand before this part.</param>
    /// <param name="length">How many the part has, so that no range points behind it.</param>
    private static CitationAnnotation Citation(JsonElement annotation, int offset, int length)
    {
        var facts = annotation.Member("url_citation") is { ValueKind: JsonValueKind.Object } nested ? nested : annotation;
        var citation = new CitationAnnotation
        {
            Title = Label(facts),
            FileId = facts.Text("file_id"),
            Snippet = facts.Text("content"),
            AdditionalProperties = new() { [ItemKey] = annotation.Raw() },
        };
        if (Uri.TryCreate(facts.Text("url"), UriKind.Absolute, out var url))
            citation.Url = url;
        // Ranges are a model's arithmetic: they can be empty or point behind the text.
        if (facts.Integer("start_index") is { } start and >= 0 && facts.Integer("end_index") is { } end && end > start && start < length)
            citation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = offset + (int)start, EndIndex = offset + (int)Math.Min(end, length) }];
        return citation;
    }
}

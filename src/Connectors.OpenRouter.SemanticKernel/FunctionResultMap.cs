using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Ai = Microsoft.Extensions.AI;
using Sk = Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>What functions return: as the history keeps it, and as the model sees it.</summary>
internal static class FunctionResultMap
{
    /// <summary>Semantic Kernel writes objects with their own names, numbers for enums, and letters as they are.</summary>
    private static readonly JsonSerializerOptions Named = Make();

    /// <summary>
    /// What the history keeps: contents as Semantic Kernel has them, everything else as the text that the model is shown.
    /// </summary>
    public static object Lasting(object? result, KernelFunction function) => result switch
    {
        null => "",
        string => result,
        ChatMessageContent message => message.ToString(),
        IEnumerable<ChatMessageContent> messages => Joined(messages),
        _ => Contents(result) ?? JsonSerializer.Serialize(result, Named.TryGetTypeInfo(result.GetType(), out var known) ? known : function.JsonSerializerOptions.GetTypeInfo(result.GetType())),
    };

    /// <summary>One content, or a list that is saved with the kind of each; null for a result that is none.</summary>
    public static object? Contents(object result) => result switch
    {
        KernelContent => result,
        AIContent content => KernelContentMap.Returned(content),
        IEnumerable<KernelContent> contents => contents.Where(content => content is not null).Select(content => content is ChatMessageContent ? new Sk.TextContent(content.ToString()) : content).ToList(),
        IEnumerable<AIContent> contents => contents.Where(content => content is not (null or UsageContent)).Select(KernelContentMap.Returned).ToList(),
        _ => null,
    };

    /// <summary>What the model sees: the words, or the image itself.</summary>
    public static object? Shown(object? result) => result switch
    {
        null                                     => "",
        Exception failure                        => $"Error: {failure.Message}",
        ChatMessageContent or Sk.TextContent     => result.ToString(),
        KernelContent item                       => AIContentMap.ToContent(item),
        IEnumerable<ChatMessageContent> messages => Joined(messages),
        IEnumerable<KernelContent> items         => items.Select(AIContentMap.ToContent).ToList(),
        JsonElement json                         => Saved(json) ?? json,
        _                                        => result,
    };

    /// <summary>What a reader of the answer sees, where a result is the answer.</summary>
    public static string TextOf(object? result) => result switch
    {
        null                                                            => "",
        Sk.TextContent text                                             => text.Text ?? "",
        BinaryContent file                                              => $"[{file.MimeType ?? file.GetType().Name}]",
        FileReferenceContent file                                       => $"[{file.FileId}]",
        IEnumerable<ChatMessageContent> messages                        => Joined(messages),
        IEnumerable<KernelContent> items                                => string.Join("\n", items.Select(TextOf)),
        JsonElement { ValueKind: JsonValueKind.Object } json            => Read(json) is { } item ? TextOf(item) : json.ToString(),
        JsonElement { ValueKind: JsonValueKind.Array } json             => json.EnumerateArray().Select(Read).ToList() is { Count: > 0 } items && !items.Contains(null) ? TextOf(items) : json.ToString(),
        _                                                               => result.ToString() ?? "",
    };

    /// <summary>Whether these words are the result itself, which other connectors write a second time.</summary>
    public static bool IsText(object? result, string text)
    {
        if (text == TextOf(result))
            return true;
        var shown = Shown(result);
        if (shown is string words)
            return text == words;
        if (shown is AIContent or IEnumerable<AIContent>)
            return false;
        try
        {
            var parsed = JsonElement.Parse(text);
            return JsonElement.DeepEquals(parsed, Json.Element(shown))
                || (Named.TryGetTypeInfo(shown!.GetType(), out var own) && JsonElement.DeepEquals(parsed, JsonSerializer.SerializeToElement(shown, own)));
        }
        catch (Exception unlike) when (unlike is JsonException or NotSupportedException) // words that are no JSON, or an object that cannot be written as JSON: they are not the same
        {
            return false;
        }
    }

    /// <summary>Several messages as one text, as Semantic Kernel joins them.</summary>
    private static string Joined(IEnumerable<ChatMessageContent> messages) => string.Join(",", messages.Select(message => message.ToString()));

    /// <summary>
    /// The contents of a history that went through JSON, where it is exactly what they write there: texts, and files with their bytes. An address among
    /// them stays the text it is; anything else is the function's own JSON.
    /// </summary>
    private static object? Saved(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Array)
            return Read(json) is { } item && IsInline(item) ? Shown(item) : null;
        var items = json.EnumerateArray().Select(one => (Json: one, Item: Read(one))).ToList();
        return items.TrueForAll(one => one.Item is not null) && items.Exists(one => IsInline(one.Item!))
            ? items.Select(one => IsInline(one.Item!) ? AIContentMap.ToContent(one.Item!) : new Ai.TextContent(JsonSerializer.Serialize(one.Json, Json.Compact.GetTypeInfo(typeof(JsonElement))))).ToList()
            : null;
    }

    /// <summary>What came back from a store is never an address or a file's id.</summary>
    private static bool IsInline(KernelContent item) => item is Sk.TextContent or BinaryContent { Data: not null };

    /// <summary>A content of Semantic Kernel's from exactly the JSON that it writes; null for any other object.</summary>
    private static KernelContent? Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
            if (!members.TryAdd(member.Name, member.Value))
                return null;
        var type = Take("$type");
        Take("ModelId");
        Dictionary<string, object?>? metadata = null;
        if (members.TryGetValue("Metadata", out var more) && more.ValueKind == JsonValueKind.Object && members.Remove("Metadata"))
            foreach (var fact in more.EnumerateObject())
                (metadata ??= [])[fact.Name] = fact.Value;
        KernelContent? item = null;
        if (type == "TextContent" && Take("Text") is { } text)
            item = new Sk.TextContent(text);
        else if (type == "FileReferenceContent" && Take("FileId") is { } id)
            item = new FileReferenceContent(id);
        else if (type is "ImageContent" or "AudioContent" or "BinaryContent")
        {
            var media = Take("MimeType");
            if (members.TryGetValue("Data", out var data) && data.ValueKind == JsonValueKind.String && media?.IndexOf('/') > 0 && data.TryGetBytesFromBase64(out var bytes) && members.Remove("Data"))
                item = type switch { "ImageContent" => new ImageContent(bytes, media), "AudioContent" => new AudioContent(bytes, media), _ => new BinaryContent(bytes, media) };
            else if (Take("Uri") is { } address && Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme != "data")
                item = type switch { "ImageContent" => new ImageContent(uri) { MimeType = media }, "AudioContent" => new AudioContent(uri) { MimeType = media }, _ => new BinaryContent(uri) { MimeType = media } };
        }
        if (item is null || members.Count > 0)
            return null;
        item.Metadata = metadata;
        return item;

        string? Take(string name) => members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String && members.Remove(name) ? value.GetString() : null;
    }

    /// <summary>The options, read-only.</summary>
    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = AIJsonUtilities.DefaultOptions.TypeInfoResolver };
        options.MakeReadOnly();
        return options;
    }
}

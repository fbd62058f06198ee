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

    /// <summary>What the history keeps: contents as they are, everything else as the text that the model is shown.</summary>
    public static object Lasting(object? result, KernelFunction function) => result switch
    {
        null => "",
        Ai.TextContent or DataContent => Json.Element(result), // which the framework reads back, also from a saved history
        string or KernelContent and not ChatMessageContent or AIContent => result,
        ChatMessageContent message => message.ToString(),
        IEnumerable<ChatMessageContent> messages => string.Join(",", messages.Select(message => message.ToString())),
        IEnumerable<KernelContent> or IEnumerable<AIContent> => result,
        _ => JsonSerializer.Serialize(result, Named.TryGetTypeInfo(result.GetType(), out var known) ? known : function.JsonSerializerOptions.GetTypeInfo(result.GetType())),
    };

    /// <summary>What the model sees: the words, or the image itself.</summary>
    public static object? Shown(object? result) => result switch
    {
        null                                                    => "",
        Exception failure                                       => $"Error: {failure.Message}",
        ChatMessageContent or Sk.TextContent                    => result.ToString(),
        KernelContent item                                      => AIContentMap.ToContent(item),
        IEnumerable<ChatMessageContent> messages                => string.Join(",", messages.Select(message => message.ToString())),
        IEnumerable<KernelContent> items                        => items.Select(AIContentMap.ToContent).ToList(),
        JsonElement { ValueKind: JsonValueKind.Object } json    => File(json) ?? (object)json,
        JsonElement { ValueKind: JsonValueKind.Array } json when json.GetArrayLength() > 0 && json.EnumerateArray().All(one => File(one) is not null) => json.EnumerateArray().Select(one => (AIContent)File(one)!).ToList(),
        _                                                       => result,
    };

    /// <summary>An image or a file of a history that went through JSON: exactly what such a content writes, with its bytes. Anything else is the function's own JSON.</summary>
    private static DataContent? File(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("$type", out var type) || type.ValueKind != JsonValueKind.String || type.GetString() is not ("ImageContent" or "AudioContent" or "BinaryContent"))
            return null;
        if (!json.TryGetProperty("MimeType", out var media) || media.ValueKind != JsonValueKind.String || media.GetString() is not { Length: > 0 } mediaType || !json.TryGetProperty("Data", out var data) || data.ValueKind != JsonValueKind.String)
            return null;
        foreach (var member in json.EnumerateObject())
            if (member.Name is not ("$type" or "MimeType" or "Data" or "ModelId"))
                return null;
        return data.TryGetBytesFromBase64(out var bytes) && mediaType.IndexOf('/') > 0 ? new(bytes, mediaType) : null;
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = AIJsonUtilities.DefaultOptions.TypeInfoResolver };
        options.MakeReadOnly();
        return options;
    }
}

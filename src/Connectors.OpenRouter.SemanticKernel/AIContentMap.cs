using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Ai = Microsoft.Extensions.AI;
using Sk = Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// The content table's way back: what Semantic Kernel's items are to the model, also after a history was written as JSON and read
/// again.
/// </summary>
internal static class AIContentMap
{
    /// <summary>Semantic Kernel's own metadata key for how closely an image is looked at.</summary>
    private const string ImageDetailKey = "ChatImageDetailLevel";

    /// <exception cref="NotSupportedException">The item is of a kind no model reads.</exception>
    public static AIContent ToContent(KernelContent item) => item switch
    {
        ReasoningContent thought                           => ToReasoning(thought),
        Sk.TextContent text                                => ToTextContent(text),
        Sk.FunctionCallContent call                        => Call(call),
        Sk.FunctionResultContent result                    => Result(result),
        BinaryContent { Data: { } bytes } file             => new DataContent(bytes, MediaType(file)) { Name = Text(file, KernelContentMap.NameKey), AdditionalProperties = Properties(file) },
        BinaryContent { Uri: { } uri } file                => new UriContent(uri, MediaType(file)) { AdditionalProperties = Properties(file) },
        FileReferenceContent file                          => new HostedFileContent(file.FileId) { AdditionalProperties = Properties(file) },
        AnnotationContent citation                         => new Ai.TextContent("") { Annotations = [Citation(citation)] },
        ChatMessageContent message                         => new Ai.TextContent(message.ToString()),
        _                                                  => throw new NotSupportedException($"A {item.GetType().Name} in a chat history cannot be sent to a model. Leave it out, or say it as a {nameof(Sk.TextContent)}."),
    };

    /// <summary>A chunk of another connector. Its calls come in pieces, which Semantic Kernel's own builder joins.</summary>
    public static ChatResponseUpdate ToUpdate(StreamingChatMessageContent chunk)
    {
        var update = new ChatResponseUpdate { Role = chunk.Role is { } role ? new ChatRole(role.Label) : null, ModelId = chunk.ModelId };
        foreach (var item in chunk.Items)
            if (item is StreamingReasoningContent thought)
                update.Contents.Add(new TextReasoningContent(thought.Text));
            else if (item is StreamingTextContent text)
                update.Contents.Add(new Ai.TextContent(text.Text));
        return update;
    }

    /// <summary>Empty reasoning that holds an item is that item: Semantic Kernel has no type for it.</summary>
    private static AIContent ToReasoning(ReasoningContent thought)
    {
        var protectedData = Text(thought, KernelContentMap.ProtectedDataKey);
        if (protectedData is null && string.IsNullOrEmpty(thought.Text) && Text(thought, KernelContentMap.ItemKey) is not null)
            return new AIContent { AdditionalProperties = Properties(thought) };
        return new TextReasoningContent(thought.Text) { ProtectedData = protectedData, AdditionalProperties = Properties(thought) };
    }

    /// <summary>A text; a refusal is told from it by the code in its metadata.</summary>
    private static AIContent ToTextContent(Sk.TextContent text) => Text(text, KernelContentMap.ErrorCodeKey) is { } code
        ? new ErrorContent(text.Text ?? "") { ErrorCode = code, AdditionalProperties = Properties(text) }
        : new Ai.TextContent(text.Text) { AdditionalProperties = Properties(text) };

    /// <summary>A call under the name that the tool was declared with.</summary>
    private static Ai.FunctionCallContent Call(Sk.FunctionCallContent call) =>
        new(call.Id ?? "", CallNames.Tool(call.PluginName, call.FunctionName), call.Arguments is null ? null : new Dictionary<string, object?>(call.Arguments))
        {
            Exception = call.Exception,
            AdditionalProperties = Properties(call),
        };

    /// <summary>A result as the model is shown it.</summary>
    private static Ai.FunctionResultContent Result(Sk.FunctionResultContent result) => new(result.CallId ?? "", FunctionResultMap.Shown(result.Result)) { AdditionalProperties = Properties(result) };

    /// <summary>A citation; what it points to depends on its kind.</summary>
    private static CitationAnnotation Citation(AnnotationContent citation) => new()
    {
        Title = citation.Label is { Length: > 0 } label ? label : null,
        Url = citation.Kind == AnnotationKind.UrlCitation && Uri.TryCreate(citation.ReferenceId, UriKind.Absolute, out var url) ? url : null,
        FileId = citation.Kind == AnnotationKind.FileCitation ? citation.ReferenceId : null,
        Snippet = citation.Kind == AnnotationKind.TextCitation ? citation.ReferenceId : null,
        AnnotatedRegions = citation is { StartIndex: { } start, EndIndex: { } end } ? [new TextSpanAnnotatedRegion { StartIndex = start, EndIndex = end }] : null,
        AdditionalProperties = Properties(citation),
    };

    /// <summary>The media type, or the group that the content's class stands for.</summary>
    private static string MediaType(BinaryContent file) =>
        file.MimeType is { Length: > 0 } known ? known
        : file is ImageContent                 ? "image/*"
        : file is AudioContent                 ? "audio/*"
        :                                        "application/octet-stream";

    /// <summary>
    /// What is plain JSON in an item's metadata. Other connectors keep their client's objects there: those are none of ours.
    /// </summary>
    private static AdditionalPropertiesDictionary? Properties(KernelContent item)
    {
        AdditionalPropertiesDictionary? properties = null;
        foreach (var (key, value) in item.Metadata ?? None)
            if (key is not (KernelContentMap.ProtectedDataKey or KernelContentMap.ErrorCodeKey or KernelContentMap.NameKey) && Plain(value) is { } plain)
                (properties ??= [])[key == ImageDetailKey ? "detail" : key] = plain;
        return properties;
    }

    /// <summary>For contents without metadata.</summary>
    private static readonly Dictionary<string, object?> None = [];

    /// <summary>A string that went through JSON is a string again.</summary>
    private static object? Plain(object? value) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(),
        string or bool or int or long or double or JsonElement or JsonNode or IReadOnlyDictionary<string, object?> => value,
        _ => null,
    };

    /// <summary>A text among an item's metadata; null when it is missing or no text.</summary>
    private static string? Text(KernelContent item, string key) => item.Metadata?.TryGetValue(key, out var value) is true ? Plain(value) as string : null;
}

using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Ai = Microsoft.Extensions.AI;
using Sk = Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// The content table: what the framework's contents are to Semantic Kernel, live and whole. The way back is
/// <see cref="AIContentMap"/>.
/// </summary>
internal static class KernelContentMap
{
    /// <summary>Where a reasoning content keeps what the model needs to go on from it.</summary>
    public const string ProtectedDataKey = "ProtectedData";

    /// <summary>Where a content carries the service's own JSON of the item it stands for.</summary>
    public const string ItemKey = "openrouter.item";

    /// <summary>Where an answer says what was left out or went wrong.</summary>
    public const string WarningsKey = "openrouter.warnings";

    /// <summary>A file's name.</summary>
    public const string NameKey = "filename";

    /// <summary>Where a text that is a refusal says so.</summary>
    public const string ErrorCodeKey = "ErrorCode";

    /// <summary>The code by which refusals are told from errors.</summary>
    private const string Refusal = "refusal";

    /// <summary>
    /// One content as it streams; null where Semantic Kernel has no streaming type for it (the chunk's <c>InnerContent</c> has it
    /// still).
    /// </summary>
    public static StreamingKernelContent? Live(AIContent content, LiveChunks stream) => content switch
    {
        TextReasoningContent { ProtectedData: null } thought => new StreamingReasoningContent(thought.Text) { Metadata = thought.AdditionalProperties },
        Ai.TextContent text                      => text is { Text: "", AdditionalProperties: null } ? null : new StreamingTextContent(text.Text) { Metadata = text.AdditionalProperties },
        TextReasoningContent thought             => new StreamingReasoningContent(thought.Text) { Metadata = Facts(thought) },
        ErrorContent error                       => new StreamingTextContent(TextOf(error)) { Metadata = Facts(error) },
        Ai.FunctionCallContent call when IsOpen(call) => Update(call, stream),
        HostedFileContent file                   => new StreamingFileReferenceContent(file.FileId) { Metadata = Facts(file) },
        _ when Carries(content)                  => new StreamingReasoningContent("") { Metadata = Facts(content) },
        _                                        => null,
    };

    /// <summary>
    /// One content of a finished message. Calls that the service itself has <paramref name="answered"/> are nobody else's to run.
    /// </summary>
    public static KernelContent? ToComplete(AIContent content, CallNames names, ISet<string> answered) => content switch
    {
        TextReasoningContent thought             => new ReasoningContent(thought.Text) { Metadata = Facts(thought) },
        Ai.TextContent { Text: "" } text         => text.AdditionalProperties is null ? null : new Sk.TextContent("") { Metadata = Facts(text) },
        Ai.TextContent text                      => new Sk.TextContent(text.Text) { Metadata = Facts(text) },
        ErrorContent error                       => new Sk.TextContent(TextOf(error)) { Metadata = Facts(error) },
        Ai.FunctionCallContent call when !answered.Contains(call.CallId)       => Call(call, names),
        Ai.FunctionResultContent result when !answered.Contains(result.CallId) => Result(result, names),
        DataContent data                         => Binary(data),
        UriContent link                          => Binary(link),
        HostedFileContent file                   => new FileReferenceContent(file.FileId) { Metadata = Facts(file) },
        _ when Carries(content)                  => new ReasoningContent("") { Metadata = Facts(content) },
        _                                        => null,
    };

    /// <summary>A citation as it streams.</summary>
    public static StreamingKernelContent? Live(AIAnnotation annotation) => annotation is not CitationAnnotation citation ? null
        : new StreamingAnnotationContent(Kind(citation), Reference(citation))
        {
            Title = citation.Title,
            Label = Label(citation),
            StartIndex = Span(citation)?.StartIndex,
            EndIndex = Span(citation)?.EndIndex,
            Metadata = citation.AdditionalProperties,
        };

    /// <summary>A citation of a finished message.</summary>
    public static KernelContent? ToComplete(AIAnnotation annotation) => annotation is not CitationAnnotation citation ? null
        : new AnnotationContent(Kind(citation), Label(citation), Reference(citation))
        {
            StartIndex = Span(citation)?.StartIndex,
            EndIndex = Span(citation)?.EndIndex,
            Metadata = citation.AdditionalProperties,
        };

    /// <summary>A call that the reader of the stream may still run, or must hear is broken.</summary>
    private static bool IsOpen(Ai.FunctionCallContent call) => !call.InformationalOnly || call.Exception is not null;

    /// <summary>A call as one piece, or as what its earlier pieces left.</summary>
    private static StreamingFunctionCallUpdateContent Update(Ai.FunctionCallContent call, LiveChunks stream)
    {
        var (place, arguments) = stream.Complete(call.CallId, ReceivedArguments(call), ArgumentsText(call));
        return new(call.CallId, stream.Names.Of(call.CallId, call.Name).Qualified, arguments, place)
        {
            RequestIndex = stream.Round,
            Metadata = Facts(call),
        };
    }

    /// <summary>Broken arguments stay broken: Semantic Kernel's builder must refuse the call too.</summary>
    private static string ArgumentsText(Ai.FunctionCallContent call) =>
        call.Exception is { } broken ? ReceivedArguments(call) ?? broken.Message
        : call.Arguments is null     ? ""
        : JsonSerializer.Serialize(call.Arguments, Json.Compact.GetTypeInfo(typeof(IDictionary<string, object?>)));

    /// <summary>The arguments as the service wrote them; null where no item is carried.</summary>
    private static string? ReceivedArguments(Ai.FunctionCallContent call) =>
        call.AdditionalProperties?.TryGetValue(ItemKey, out string? json) is true
        && JsonElement.Parse(json).TryGetProperty("arguments", out var arguments)
        && arguments.ValueKind == JsonValueKind.String ? arguments.GetString() : null;

    /// <summary>A call with its plugin and function.</summary>
    private static Sk.FunctionCallContent Call(Ai.FunctionCallContent call, CallNames names)
    {
        var name = names.Of(call.CallId, call.Name);
        return new(name.Function, name.Plugin, call.CallId, call.Arguments is null ? null : Arguments(call.Arguments))
        {
            Exception = call.Exception is { } broken ? AdviceText.Of(broken) ?? broken : null,
            Metadata = Facts(call),
        };
    }

    /// <summary>Texts are strings, as apps cast them; everything else stays the JSON it is.</summary>
    private static KernelArguments Arguments(IDictionary<string, object?> given)
    {
        var arguments = new KernelArguments();
        foreach (var (name, value) in given)
            arguments[name] = value is JsonElement { ValueKind: JsonValueKind.String } text ? text.GetString() : value;
        return arguments;
    }

    /// <summary>A result with the names of its call, where that is known.</summary>
    private static Sk.FunctionResultContent Result(Ai.FunctionResultContent result, CallNames names)
    {
        var name = names.Of(result.CallId);
        return new(name?.Function, name?.Plugin, result.CallId, Lasting(result.Result) ?? result.Exception) { Metadata = Facts(result) };
    }

    /// <summary>
    /// An object is kept as the JSON that the model was shown: a saved history would write it otherwise. Images and files stay
    /// what they are.
    /// </summary>
    private static object? Lasting(object? result) => result is null or string or JsonElement || result.GetType().IsPrimitive ? result : FunctionResultMap.Contents(result) ?? Json.Element(result);

    /// <summary>A content that a function returned, as Semantic Kernel has it: only its own kinds are saved and read again.</summary>
    public static KernelContent Returned(AIContent content) => content switch
    {
        Ai.TextContent text          => new Sk.TextContent(text.Text) { Metadata = Facts(text) },
        ErrorContent error           => new Sk.TextContent($"Error: {error.Message}"),
        TextReasoningContent thought => new Sk.TextContent(thought.Text),
        DataContent data             => Binary(data),
        UriContent link              => Binary(link),
        HostedFileContent file       => new FileReferenceContent(file.FileId) { Metadata = Facts(file) },
        _                            => new Sk.TextContent(Json.Element(content).GetRawText()),
    };

    /// <summary>A file by the class of its media type.</summary>
    private static BinaryContent Binary(DataContent data) =>
        data.HasTopLevelMediaType("image")   ? new ImageContent(data.Data, data.MediaType) { Metadata = Facts(data) }
        : data.HasTopLevelMediaType("audio") ? new AudioContent(data.Data, data.MediaType) { Metadata = Facts(data) }
        :                                      new BinaryContent(data.Data, data.MediaType) { Metadata = Facts(data) };

    /// <summary>An address by the class of its media type.</summary>
    private static BinaryContent Binary(UriContent link) =>
        link.HasTopLevelMediaType("image")   ? new ImageContent(link.Uri) { MimeType = link.MediaType, Metadata = Facts(link) }
        : link.HasTopLevelMediaType("audio") ? new AudioContent(link.Uri) { MimeType = link.MediaType, Metadata = Facts(link) }
        :                                      new BinaryContent(link.Uri) { MimeType = link.MediaType, Metadata = Facts(link) };

    /// <summary>A refusal is what the model says; any other error is no part of an answer.</summary>
    private static string TextOf(ErrorContent error) => IsRefusal(error)
        ? error.Message
        : throw new HttpOperationException(null, error.Details, error.Message, null);

    /// <summary>Whether an error is a refusal of the model's.</summary>
    public static bool IsRefusal(ErrorContent error) => string.Equals(error.ErrorCode, Refusal, StringComparison.OrdinalIgnoreCase);

    /// <summary>What a citation points to: an address, a file, or words.</summary>
    private static AnnotationKind Kind(CitationAnnotation citation) =>
        citation.Url is not null      ? AnnotationKind.UrlCitation
        : citation.FileId is not null ? AnnotationKind.FileCitation
        :                               AnnotationKind.TextCitation;

    /// <summary>Semantic Kernel refuses blank labels and references: a citation is never the reason to lose an answer.</summary>
    private static string Label(CitationAnnotation citation) => First(citation.Title, citation.Snippet, citation.Url?.ToString(), citation.FileId);

    /// <summary>What is cited; the first that is known.</summary>
    private static string Reference(CitationAnnotation citation) => First(citation.Url?.ToString(), citation.FileId, citation.Snippet, citation.Title);

    /// <summary>The first word that is not blank.</summary>
    private static string First(params string?[] words) => words.FirstOrDefault(word => !string.IsNullOrWhiteSpace(word)) ?? "citation";

    /// <summary>The cited range of the text; null when there is none.</summary>
    private static TextSpanAnnotatedRegion? Span(CitationAnnotation citation) => citation.AnnotatedRegions?.OfType<TextSpanAnnotatedRegion>().FirstOrDefault();

    /// <summary>Only what survives a history that is written as JSON: contents lose their <c>InnerContent</c> there.</summary>
    private static IReadOnlyDictionary<string, object?>? Facts(AIContent content)
    {
        (string Key, string Value)? more = content switch
        {
            TextReasoningContent { ProtectedData: { } data } => (ProtectedDataKey, data),
            ErrorContent                                     => (ErrorCodeKey, Refusal),
            DataContent { Name: { } name }                   => (NameKey, name),
            _                                                => null,
        };
        if (more is null)
            return content.AdditionalProperties;
        var facts = content.AdditionalProperties?.ToDictionary(StringComparer.Ordinal) ?? new Dictionary<string, object?>(StringComparer.Ordinal);
        facts[more.Value.Key] = more.Value.Value;
        return facts;
    }

    /// <summary>Whether a content carries an item that must go back.</summary>
    private static bool Carries(AIContent content) => content.AdditionalProperties?.ContainsKey(ItemKey) is true;
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Contents of system, developer, user and tool messages -> parts and items of the input.</summary>
internal static class ContentMap
{
    /// <param name="message">Not the assistant's.</param>
    /// <param name="role">As on the wire.</param>
    /// <param name="items">The history's items; those of the message are added at their end.</param>
    /// <param name="diagnostics">Collects what cannot be sent.</param>
    public static void AddItems(ChatMessage message, string role, List<InputItem> items, RequestDiagnostics diagnostics)
    {
        if (message.Role == ChatRole.Tool && HasResult(message.Contents))
            AddOutputs(message.Contents, items, diagnostics);
        else
        {
            var before = items.Count;
            AddMessages(message.Contents, role, items, diagnostics);
            if (items.Count == before && message.Contents.All(content => content is TextContent { Text.Length: 0 }))
                diagnostics.Changed("message.empty", $"A message of the role `{role}` was not sent: there is nothing in it.");
        }
    }

    /// <summary>Whether a message has a function's result.</summary>
    private static bool HasResult(IList<AIContent> contents)
    {
        for (var i = 0; i < contents.Count; i++)
            if (contents[i] is FunctionResultContent)
                return true;
        return false;
    }

    /// <summary>
    /// A tool's message: its results. Text beside them is the result it repeats, or stands with the last one; it is never the
    /// user's.
    /// </summary>
    /// <param name="contents">The message's contents.</param>
    /// <param name="items">The history's items; those of the message are added at their end.</param>
    /// <param name="diagnostics">Collects what was changed.</param>
    private static void AddOutputs(IList<AIContent> contents, List<InputItem> items, RequestDiagnostics diagnostics)
    {
        var first = items.Count;
        var last = first;
        for (var i = 0; i < contents.Count; i++)
            if (contents[i] is FunctionResultContent result)
            {
                last = items.Count;
                items.Add(ToOutput(result));
            }
        if (items.Count - first == contents.Count)
            return; // results and nothing else, as the framework writes them
        var texts = new HashSet<string>();
        for (var i = first; i <= last; i++)
            texts.Add(((FunctionOutput)items[i]).Text);
        var more = new List<InputPart>();
        foreach (var content in contents)
            if (content is TextContent text)
            {
                if (text.Text.Length > 0 && !texts.Contains(text.Text))
                    more.Add(new TextPart(text.Text, null));
            }
            else if (content is not FunctionResultContent && ToItem(content, diagnostics) is { } item)
                items.Add(item);
            else if (content is not FunctionResultContent && diagnostics.Try(ToOutputPart, content) is { } part)
                more.Add(part);
        if (more.Count == 0)
            return;
        diagnostics.Changed("content.tool", "Text beside a function's result was sent as part of it: it is the tool's, not the user's.");
        items[last] = ((FunctionOutput)items[last]).With(more);
    }

    /// <summary>Contents become messages of the role; items of their own stand between them, in order.</summary>
    /// <param name="contents">The message's contents.</param>
    /// <param name="role">As on the wire.</param>
    /// <param name="items">The history's items; those of the message are added at their end.</param>
    /// <param name="diagnostics">Collects what cannot be sent.</param>
    private static void AddMessages(IList<AIContent> contents, string role, List<InputItem> items, RequestDiagnostics diagnostics)
    {
        InputMessage? open = null;
        for (var i = 0; i < contents.Count; i++)
            if (ToItem(contents[i], diagnostics) is { } item)
            {
                items.Add(item);
                open = null; // what was said before it has been sent
            }
            else if (diagnostics.Try(ToPart, contents[i]) is { } part)
            {
                if (open is null)
                    items.Add(open = new(role, part));
                else
                    open.Add(part);
            }
    }

    /// <summary>An item of its own; null for a content that is a part of a message.</summary>
    private static InputItem? ToItem(AIContent content, RequestDiagnostics diagnostics) => content is TextContent ? null : diagnostics.Try(ToOwnItem, content);

    /// <summary>Contents that are items of their own, wherever they stand.</summary>
    private static InputItem? ToOwnItem(AIContent content) => content switch
    {
        FunctionResultContent result                                                           => ToOutput(result),
        ToolApprovalResponseContent { ToolCall: McpServerToolCallContent } answer              => ToApproval(answer),
        // A picture that an answer brought is sent by a user as a picture, not as the item it came in.
        not (TextContent or DataContent or UriContent) when ItemMap.Carried(content) is { IsOutput: true } item => AssistantItemBuilder.ToEcho(item),
        { RawRepresentation: { } raw } when content.GetType() == typeof(AIContent)             => ToEcho(raw),
        _                                                                                      => null,
    };

    /// <summary>A part of a message; null for what is left out. Throws for what cannot be sent at all.</summary>
    /// <param name="content">Any content but a function's result.</param>
    /// <param name="diagnostics">Collects what is left out.</param>
    private static InputPart? ToPart(AIContent content, RequestDiagnostics diagnostics) => content switch
    {
        TextContent { Text.Length: 0 }                                       => null,
        TextContent text                                                     => new TextPart(text.Text, Breakpoint(text, diagnostics)),
        DataContent data when data.HasTopLevelMediaType("image")             => new ImagePart(Bytes(data), Detail(data)),
        DataContent data when data.HasTopLevelMediaType("audio")             => new AudioPart(data.Data, AudioFormat(data)),
        DataContent data when data.HasTopLevelMediaType("video")             => new VideoPart(Bytes(data), Setting(data, "processing")),
        DataContent data                                                     => new FilePart(FilePart.Data, Bytes(data), FileName(data)),
        UriContent { Uri: { IsAbsoluteUri: true, Scheme: "data" } } uri      => ToPart(Inline(uri), diagnostics),
        UriContent uri when uri.HasTopLevelMediaType("image")                => new ImagePart(new(Address(uri)), Detail(uri)),
        UriContent uri when uri.HasTopLevelMediaType("audio")                => throw new NotSupportedException($"Audio cannot be sent by its address ({uri.Uri}), only as bytes: load it into a DataContent (mp3 or wav)."),
        UriContent uri when uri.HasTopLevelMediaType("video")                => new VideoPart(new(Address(uri)), Setting(uri, "processing")),
        UriContent uri                                                       => new FilePart(FilePart.Url, new(Address(uri)), Setting(uri, "filename")),
        HostedFileContent file                                               => new FilePart(FilePart.Id, new(file.FileId), Filled(file.Name)),
        HostedVectorStoreContent                                             => throw new NotSupportedException("A hosted vector store cannot stand in a message: give it to a HostedFileSearchTool in ChatOptions.Tools."),
        UsageContent or ToolApprovalResponseContent                          => null, // an answer about a local function: its call and output say it
        TextReasoningContent or ErrorContent                                 => LeftOut(content, diagnostics),
        { } bare when bare.GetType() == typeof(AIContent)                    => LeftOut(content, diagnostics),
        _                                                                    => throw new NotSupportedException($"A {content.GetType().Name} cannot stand in a message that is not the assistant's: send text, images, files, audio, video or function results."),
    };

    /// <summary>
    /// In a function's output the API takes texts, images and files; any other medium goes as a file, and what has no part is the
    /// JSON it is.
    /// </summary>
    /// <param name="content">What a function returned.</param>
    /// <param name="diagnostics">Collects what is left out.</param>
    private static InputPart? ToOutputPart(AIContent content, RequestDiagnostics diagnostics) => content switch
    {
        DataContent data when data.HasTopLevelMediaType("audio") || data.HasTopLevelMediaType("video") => new FilePart(FilePart.Data, Bytes(data), FileName(data)),
        UriContent uri when uri.HasTopLevelMediaType("audio") || uri.HasTopLevelMediaType("video")     => new FilePart(FilePart.Url, new(Address(uri)), Setting(uri, "filename")),
        ErrorContent error                                                                             => new TextPart($"Error: {error.Message}", null),
        TextReasoningContent { Text.Length: > 0 } thought                                              => new TextPart(thought.Text, null),
        TextContent or DataContent or UriContent or HostedFileContent or UsageContent                  => ToPart(content, diagnostics),
        { } bare when bare.GetType() == typeof(AIContent) && ItemMap.Claims(bare)                      => LeftOut(content, diagnostics),
        _                                                                                              => new TextPart(ToText(writer => JsonSerializer.Serialize(writer, content, ContentType)), null),
    };

    /// <summary>A function's result as the item that answers its call.</summary>
    public static FunctionOutput ToOutput(FunctionResultContent result)
    {
        if (Contents(result.Result) is not { } contents)
            return new(result.CallId, ToText(result));
        var diagnostics = new RequestDiagnostics(UnsupportedOptionPolicy.Ignore, explaining: false);
        var parts = new List<InputPart>();
        foreach (var content in contents)
            if (ToOutputPart(content, diagnostics) is { } part)
                parts.Add(part);
        return new(result.CallId, string.Empty, parts.Count > 0 ? parts : null);
    }

    /// <summary>The contract of contents, with their <c>$type</c>.</summary>
    private static System.Text.Json.Serialization.Metadata.JsonTypeInfo ContentType => AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(AIContent));

    /// <summary>
    /// The contents a function returned. JSON is JSON, also where it holds a <c>$type</c>: a tool may have fetched it from anybody. Only a history
    /// that went through JSON gets its texts and inline files back, where the JSON is exactly what such a content writes.
    /// </summary>
    private static IEnumerable<AIContent>? Contents(object? result) => result switch
    {
        AIContent content                                                                        => [content],
        IEnumerable<AIContent> contents                                                          => contents,
        JsonElement { ValueKind: JsonValueKind.Object } json when Content(json) is { } content   => [content],
        JsonElement { ValueKind: JsonValueKind.Array } json when json.GetArrayLength() > 0 && json.EnumerateArray().Select(Content).ToArray() is var all && all.All(one => one is not null) => all!,
        _                                                                                        => null,
    };

    /// <summary>The content that a JSON object was written from; null where anything differs.</summary>
    private static AIContent? Content(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || json.Text("$type") is not ("text" or "data") || json.Member("additionalProperties") is not null)
            return null;
        try
        {
            return (AIContent?)json.Deserialize(ContentType) is { } content and (TextContent or DataContent) && JsonSerializer.SerializeToElement(content, ContentType).JsonEquals(json) ? content : null;
        }
        catch (Exception other) when (other is JsonException or ArgumentException or NotSupportedException or InvalidOperationException) // a function's own JSON that happens to have a $type
        {
            return null;
        }
    }

    /// <summary>A result that is no content, as text: strings as they are, everything else as JSON.</summary>
    private static string ToText(FunctionResultContent result) => result.Result switch
    {
        null when result.Exception is { } failure                => $"Error: {failure.Message}",
        null                                                     => "null",
        string text                                              => text,
        JsonElement { ValueKind: JsonValueKind.String } text     => text.AsText()!,
        JsonElement { ValueKind: JsonValueKind.Undefined }       => "null",
        JsonNode node when node.GetValueKind() is JsonValueKind.String => node.GetValue<string>(),
        var value                                                => ToText(writer => UntypedJson.Write(writer, value, $"The result of the call `{result.CallId}`")),
    };

    /// <summary>As short as JSON can be: every blank would be paid for, and would spoil a prompt cache.</summary>
    private static string ToText(Action<Utf8JsonWriter> write)
    {
        using var scratch = JsonScratch.Take();
        write(scratch.Writer);
        return scratch.WrittenText();
    }

    /// <summary>The answer to a request for consent.</summary>
    private static EchoedItem ToApproval(ToolApprovalResponseContent answer) => new(Item.Build(writer =>
    {
        writer.WriteString("type"u8, "mcp_approval_response"u8);
        writer.WriteString("approval_request_id"u8, answer.RequestId);
        writer.WriteBoolean("approve"u8, answer.Approved);
        if (!string.IsNullOrEmpty(answer.Reason))
            writer.WriteString("reason"u8, answer.Reason);
    }));

    /// <summary>A bare content may hold an item in wire form, such as the output of a shell that runs at the caller's.</summary>
    private static InputItem? ToEcho(object raw) => raw switch
    {
        JsonElement { ValueKind: JsonValueKind.Object } json => AssistantItemBuilder.ToEcho(new(json)),
        JsonObject json                                      => AssistantItemBuilder.ToEcho(new(LenientJson.Parse(json.ToJsonString(new() { Encoder = LenientJson.Writing.Encoder }))!.Value)),
        _                                                    => null,
    };

    /// <summary>Notes that a content is not sent.</summary>
    /// <returns>Always null.</returns>
    private static InputPart? LeftOut(AIContent content, RequestDiagnostics diagnostics)
    {
        diagnostics.Changed($"content.{content.GetType().Name}", $"A {content.GetType().Name} in a message that is not the assistant's was not sent: the service has no input for it.");
        return null;
    }

    /// <summary>The content's bytes as a data URI that is encoded when the body is complete.</summary>
    private static InputPart.Source Bytes(DataContent data) => InputPart.Source.Of(data.MediaType, data.Data);

    /// <summary>A data URI in an address, as the file that it is.</summary>
    private static DataContent Inline(UriContent uri) => new(uri.Uri.OriginalString, uri.MediaType.Contains('*', StringComparison.Ordinal) ? null : uri.MediaType) { AdditionalProperties = uri.AdditionalProperties };

    /// <summary>An address that the service can reach.</summary>
    private static string Address(UriContent uri) => uri.Uri is { IsAbsoluteUri: true, IsFile: false }
        ? uri.Uri.OriginalString
        : throw new NotSupportedException($"The service cannot reach {uri.Uri}: load it into a DataContent, or give an address on the web.");

    /// <summary>The API's word for the audio's format.</summary>
    private static string AudioFormat(DataContent data) => Kind(data) switch
    {
        "audio/mpeg" or "audio/mp3" or "audio/x-mp3"                                     => "mp3",
        "audio/wav" or "audio/x-wav" or "audio/wave" or "audio/vnd.wave" or "audio/x-pn-wav" => "wav",
        var other                                                                        => throw new NotSupportedException($"Audio of type {other} cannot be sent: the service takes audio/mpeg (mp3) and audio/wav."),
    };

    /// <summary>Providers want a name beside a file's bytes.</summary>
    private static string FileName(DataContent data) => Filled(data.Name) ?? Setting(data, "filename") ?? Kind(data) switch
    {
        "application/pdf"  => "file.pdf",
        "text/plain"       => "file.txt",
        "text/csv"         => "file.csv",
        "text/html"        => "file.html",
        "text/markdown"    => "file.md",
        "application/json" => "file.json",
        _                  => "file",
    };

    /// <summary>The media type without parameters such as <c>charset=utf-8</c>.</summary>
    private static string Kind(DataContent data) => data.MediaType.Split(';')[0].Trim().ToLowerInvariant();

    /// <summary>A name, or null for an empty one.</summary>
    private static string? Filled(string? name) => string.IsNullOrEmpty(name) ? null : name;

    /// <summary>How closely an image is looked at; <c>auto</c> where nobody says.</summary>
    private static string Detail(AIContent content) => Setting(content, "detail") ?? "auto";

    /// <summary>The cache breakpoint of a text; null when it has none.</summary>
    private static JsonObject? Breakpoint(TextContent text, RequestDiagnostics diagnostics)
    {
        if (Property(text, "cache_control") is not null)
            diagnostics.Unsupported("content.cache_control", "`cache_control` on a text was not sent: here a text takes `prompt_cache_breakpoint`, and the whole request `cache_control`.");
        return ToBreakpoint(Property(text, "prompt_cache_breakpoint"));
    }

    /// <summary>A breakpoint from <c>true</c> or from its wire form.</summary>
    private static JsonObject? ToBreakpoint(JsonNode? value) => value switch
    {
        null                                                                    => null,
        JsonObject breakpoint                                                   => breakpoint,
        var flag when Shape.Flag.Read(flag, "prompt_cache_breakpoint")!.GetValue<bool>() => new JsonObject { ["mode"] = "explicit" },
        _                                                                       => null,
    };

    /// <summary>A setting of a content under its wire name, as text.</summary>
    private static string? Setting(AIContent content, string name) => Property(content, name)?.ToString();

    /// <summary>An additional property as JSON; null when it is missing.</summary>
    private static JsonNode? Property(AIContent content, string name) =>
        content.AdditionalProperties?.TryGetValue(name, out var value) == true ? LooseJson.ToNode(value, name) : null;
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// The core advises in the words of Microsoft.Extensions.AI. Who uses Semantic Kernel reads the same advice in Semantic Kernel's words,
/// in warnings and in exceptions: everything that a client says passes here.
/// </summary>
internal static class AdviceText
{
    /// <summary>Where an answer holds its warnings.</summary>
    private const string WarningsKey = "openrouter.warnings";

    /// <summary>The class whose members the sentences name.</summary>
    private const string Settings = nameof(OpenRouterPromptExecutionSettings);

    /// <summary>What the core says, and what that is here. A row that another one holds stands behind it.</summary>
    private static readonly (string Core, string Here)[] Rows =
    [
        ("ChatOptions.MaxOutputTokens (`max_output_tokens`)", $"{Settings}.MaxTokens"),
        ("ChatOptions.MaxOutputTokens", $"{Settings}.MaxTokens"),
        ("MaxOutputTokens", "MaxTokens"),
        ("ChatOptions.AdditionalProperties", $"{Settings}.ExtensionData"),
        ("ChatOptions.Reasoning ", $"{Settings}.ReasoningEffort "),
        ("ChatOptions.ModelId", $"{Settings}.ModelId"),
        ("ChatOptions.Seed", $"{Settings}.Seed"),
        ("ChatOptions.StopSequences", $"{Settings}.StopSequences"),
        ("ChatOptions.ResponseFormat", $"{Settings}.ResponseFormat"),
        ("ChatOptions.Temperature", $"{Settings}.Temperature"),
        ("ChatOptions.TopP", $"{Settings}.TopP"),
        ("ChatOptions.FrequencyPenalty", $"{Settings}.FrequencyPenalty"),
        ("ChatOptions.PresencePenalty", $"{Settings}.PresencePenalty"),
        ("ChatOptions.Tools", "the kernel's plugins and FunctionChoiceBehavior"),
        ("ChatOptions.ToolMode", "FunctionChoiceBehavior"),
        ("ChatToolMode.Auto", "FunctionChoiceBehavior.Auto()"),
        ("WithOpenRouter(new() { Models = [...] })", $"{Settings}.Request.Models"),
        ("WithOpenRouter(new() { Reasoning = new() { Effort = \"minimal\" } })", "ReasoningEffort = \"minimal\""),
        ("WithOpenRouter", $"{Settings}.Request"),
        ("the tool or the plugin `web` (OpenRouterTools.WebSearch, `plugins`)", $"the plugin `web` (OpenRouterPlugins.Web in {Settings}.Request)"),
        ("GetStreamingResponseAsync or GetResponseAsync", "GetStreamingChatMessageContentsAsync or GetChatMessageContentsAsync"),
        ("load it into a DataContent (mp3 or wav)", "give its bytes in an AudioContent (mp3 or wav)"),
        ("load it into a DataContent", "give its bytes in an ImageContent or a BinaryContent"),
        ("(UriContent)", "(an ImageContent or a BinaryContent with a Uri)"),
        ("(HostedFileContent)", "(a FileReferenceContent)"),
        ("HostedFileContent", "FileReferenceContent"),
        ("A TextReasoningContent", "A ReasoningContent"),
        ("A ErrorContent", "A refusal"),
        ("A AIContent", "A content"),
    ];

    /// <summary>The very same text where no word of it is the core's alone.</summary>
    public static string Of(string text)
    {
        foreach (var (core, here) in Rows)
            if (text.Contains(core, StringComparison.Ordinal))
                text = text.Replace(core, here, StringComparison.Ordinal);
        return text;
    }

    /// <summary>A whole answer with its warnings in Semantic Kernel's words.</summary>
    /// <returns>The same response.</returns>
    public static ChatResponse Of(ChatResponse response)
    {
        response.AdditionalProperties = Of(response.AdditionalProperties);
        return response;
    }

    /// <summary>An update with its warnings in Semantic Kernel's words.</summary>
    /// <returns>The same update.</returns>
    public static ChatResponseUpdate Of(ChatResponseUpdate update)
    {
        update.AdditionalProperties = Of(update.AdditionalProperties);
        return update;
    }

    /// <summary>What Semantic Kernel's users are told of a failure; null where it is told as it is.</summary>
    public static Exception? Of(Exception failure)
    {
        var message = Of(failure.Message);
        if (failure is OpenRouterException known) // Semantic Kernel's own retries and filters look for the other type
        {
            if (known.PartialResponse is { } partial)
                Of(partial);
            return new HttpOperationException(known.StatusCode, known.ResponseBody, message, message == known.Message ? known : Copy(known, message));
        }
        return message == failure.Message ? null
            : failure.GetType() == typeof(NotSupportedException) ? new NotSupportedException(message, failure.InnerException)
            : failure.GetType() == typeof(InvalidOperationException) ? new InvalidOperationException(message, failure.InnerException)
            : null;
    }

    /// <summary>The same failure with another message; a derived exception stays, because its type says more.</summary>
    private static OpenRouterException Copy(OpenRouterException failure, string message) => failure.GetType() != typeof(OpenRouterException) ? failure : new(message, failure.InnerException)
    {
        StatusCode = failure.StatusCode,
        Code = failure.Code,
        ErrorType = failure.ErrorType,
        ProviderName = failure.ProviderName,
        GenerationId = failure.GenerationId,
        RetryAfter = failure.RetryAfter,
        IsTransient = failure.IsTransient,
        ResponseBody = failure.ResponseBody,
        Metadata = failure.Metadata,
        PartialResponse = failure.PartialResponse,
        Usage = failure.Usage,
        Availability = failure.Availability,
    };

    /// <summary>The facts with their warnings in Semantic Kernel's words; the same dictionary where there are none.</summary>
    private static AdditionalPropertiesDictionary? Of(AdditionalPropertiesDictionary? facts)
    {
        if (facts is null || !facts.TryGetValue(WarningsKey, out var value) || value is not JsonElement { ValueKind: JsonValueKind.Array } warnings)
            return facts;
        var here = facts.Clone();
        here[WarningsKey] = Json.Element(new JsonArray([.. warnings.EnumerateArray().Select(warning => warning.ValueKind == JsonValueKind.String ? JsonValue.Create(Of(warning.GetString()!)) : Json.Node(warning))]));
        return here;
    }
}

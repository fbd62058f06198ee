using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Says in lines what a user would see of an answer.</summary>
internal static class Golden
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Render(ChatResponse response)
    {
        var lines = new StringBuilder();
        foreach (var (i, message) in response.Messages.Index())
        {
            if (i > 0)
                Line(lines, "message", (i + 1).ToString(CultureInfo.InvariantCulture));
            foreach (var content in message.Contents)
                Content(lines, content);
        }
        Told(lines, response.GetOpenRouter());
        if (response.FinishReason is { } finish)
            Line(lines, "end", $"{finish}{Counts(response.Usage)}");
        return lines.ToString();
    }

    public static string Render(IEnumerable<ChatResponseUpdate> updates)
    {
        var lines = new StringBuilder();
        string? message = null;
        foreach (var update in updates)
        {
            if (message is not null && update.MessageId is not null && update.MessageId != message)
                Line(lines, "message", update.MessageId[(update.MessageId.LastIndexOf('#') + 1)..]);
            message = update.MessageId ?? message;
            if (update.FinishReason is not null)
                Told(lines, new[] { update }.ToChatResponse().GetOpenRouter());
            foreach (var content in update.Contents)
                Content(lines, content);
            if (update.FinishReason is { } finish)
                Line(lines, "end", $"{finish}{Counts(update.Contents.OfType<UsageContent>().SingleOrDefault()?.Details)}");
        }
        return lines.ToString();
    }

    public static string Render(OpenRouterException failure)
    {
        var lines = new StringBuilder();
        Line(lines, "failed", failure.Message);
        Line(lines, "  as", $"{failure.GetType().Name} status {(int?)failure.StatusCode} type {failure.ErrorType} code {failure.Code} provider {failure.ProviderName} transient {failure.IsTransient} retry-after {failure.RetryAfter?.TotalSeconds}");
        foreach (var content in failure.PartialResponse?.Messages.SelectMany(message => message.Contents) ?? [])
        {
            lines.Append("  had ");
            Content(lines, content);
        }
        return lines.ToString();
    }

    private static void Told(StringBuilder lines, OpenRouterInfo info)
    {
        foreach (var warning in info.Warnings)
            Line(lines, "warned", warning);
        if (info.CorrectedText is { } text)
            Line(lines, "correct", Quote(text));
    }

    private static void Content(StringBuilder lines, AIContent content)
    {
        if (content is UsageContent)
            return;
        var (kind, what) = content switch
        {
            TextReasoningContent { ProtectedData: { } blob } thought => ("thought", $"{Quote(thought.Text)} {blob}"),
            TextReasoningContent thought => ("thinking", Quote(thought.Text)),
            TextContent text => ("text", Quote(text.Text) + string.Concat((text.Annotations ?? []).OfType<CitationAnnotation>().Select(c =>
                $" [{c.Title} {c.Url} {string.Join(',', (c.AnnotatedRegions ?? []).OfType<TextSpanAnnotatedRegion>().Select(r => $"{r.StartIndex}-{r.EndIndex}"))}]"))),
            FunctionCallContent call => (call.InformationalOnly ? "no call" : "call", $"{call.Name}({JsonSerializer.Serialize(call.Arguments, Plain)}) {call.CallId} {call.Exception?.Message}".TrimEnd()),
            ErrorContent error => ("error", $"{error.ErrorCode} {Quote(error.Message)}"),
            DataContent data => ("data", $"{data.MediaType} {data.Data.Length} bytes"),
            WebSearchToolCallContent search => ("search", string.Join(" | ", search.Queries ?? [])),
            WebSearchToolResultContent found => ("found", string.Join(" | ", (found.Outputs ?? []).OfType<UriContent>().Select(uri => uri.Uri))),
            _ => ("raw", content.GetType().Name),
        };
        Line(lines, kind, what);
        if (content.AdditionalProperties?.TryGetValue("openrouter.item", out string? item) == true)
            Line(lines, "  item", item);
    }

    private static string Counts(UsageDetails? usage) => usage is null ? ""
        : $"  in {usage.InputTokenCount}  out {usage.OutputTokenCount}  thinking {usage.ReasoningTokenCount ?? 0}"
          + string.Concat((usage.AdditionalCounts ?? []).OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"  {count.Key} {count.Value.ToString(CultureInfo.InvariantCulture)}"));

    private static void Line(StringBuilder lines, string kind, string? what) => lines.Append(kind.PadRight(9)).Append(' ').Append(what).Append('\n');

    private static string Quote(string? text) => JsonSerializer.Serialize(text, Plain);
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>
/// Odd streams, one by one: what a user sees of each as it arrives, and what goes back of it on the next turn, held to Golden/streams.txt.
/// OPENROUTER_GOLDEN=write writes the page anew; read it then.
/// </summary>
public sealed partial class StreamTableTests
{
    private const string Page = "streams.txt";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Lazy<Dictionary<string, string>> Written = new(() => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", Page))
        .Split("== ", StringSplitOptions.RemoveEmptyEntries).ToDictionary(text => text.Split('\n', 2)[0], text => text.Split('\n', 2)[1]));

    public static TheoryData<string> All => [.. Streams.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_is_odd_is_shown_and_goes_back_as_the_page_says(string what) => Assert.Equal(Written.Value[what], await TellAsync(what));

    [Fact]
    public async Task The_page_tells_of_these_streams_and_no_others()
    {
        if (Environment.GetEnvironmentVariable("OPENROUTER_GOLDEN") == "write")
        {
            var page = new StringBuilder();
            foreach (var what in Streams.Keys)
                page.Append("== ").Append(what).Append('\n').Append(await TellAsync(what));
            await File.WriteAllTextAsync(Path.Combine(Repository.Root, "tests", "Connectors.OpenRouter.Tests", "Golden", Page), page.ToString());
        }
        Assert.Equal(Streams.Keys, Written.Value.Keys);
    }

    /// <summary>Line by line: each update, the ending, and each item of the next request.</summary>
    private static async Task<string> TellAsync(string what)
    {
        var lines = new List<string>();
        var updates = new List<ChatResponseUpdate>();
        IEnumerable<ChatMessage> answer;
        try
        {
            await foreach (var update in Client(Of([Created, .. Streams[what]])).GetStreamingResponseAsync("q"))
            {
                updates.Add(update);
                if (update.FinishReason is null)
                    lines.Add($"{Number(update.MessageId)}: {string.Join(" + ", update.Contents.Select(Tell))}");
            }
            var whole = updates.ToChatResponse();
            lines.Add($"ends: {whole.FinishReason}{string.Concat(whole.GetOpenRouter().Warnings.Select(warning => $" ({warning})"))}{(whole.GetOpenRouter().CorrectedText is { } text ? $" corrected \"{text}\"" : "")}");
            answer = whole.Messages;
        }
        catch (OpenRouterException failure)
        {
            lines.Add($"fails: {failure.Message}");
            answer = failure.PartialResponse?.Messages ?? [];
        }
        answer = answer.Where(message => message.Contents.Count > 0);
        var results = answer.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Where(call => !call.InformationalOnly).Select(call => new FunctionResultContent(call.CallId, "r"));
        var (input, _) = await Histories.SendAsync([Histories.User("q"), .. answer, new(ChatRole.Tool, [.. results]), Histories.User("next")]);
        foreach (var item in input.Skip(1).SkipLast(1))
            lines.Add($"back: {item!.ToJsonString(Plain)}");
        return string.Concat(lines.Select(line => line + '\n'));
    }

    private static string Number(string? messageId) => messageId is null ? "-" : messageId.Contains('#', StringComparison.Ordinal) ? messageId[(messageId.IndexOf('#', StringComparison.Ordinal) + 1)..] : "1";

    private static string Tell(AIContent content)
    {
        var told = content switch
        {
            TextReasoningContent { ProtectedData: { } envelope } thought => $"seal \"{thought.Text}\" {envelope["openrouter:1:".Length..]}",
            TextReasoningContent thought => $"think {Quote(thought.Text)}",
            TextContent text => $"text {Quote(text.Text)}{string.Concat((text.Annotations ?? []).OfType<CitationAnnotation>().Select(citation => $" [{citation.Title}]"))}",
            FunctionCallContent call => $"call {call.CallId} {call.Name}({JsonSerializer.Serialize(call.Arguments, Plain)}){(call.InformationalOnly ? " of the service" : "")}{(call.Exception is null ? "" : " broken")}",
            FunctionResultContent result => $"result {result.CallId} {result.Result}",
            ErrorContent error => $"refuses {Quote(error.Message)}",
            WebSearchToolCallContent search => $"search {string.Join(' ', search.Queries ?? [])}",
            WebSearchToolResultContent found => $"found {found.Outputs?.Count}",
            _ => content.GetType().Name,
        };
        return told + (content.AdditionalProperties?.TryGetValue("openrouter.item", out var carried) == true ? $" as {(carried as JsonNode)?.ToJsonString(Plain) ?? carried}" : "");
    }

    private static string Quote(string? text) => JsonSerializer.Serialize(text, Plain);
}

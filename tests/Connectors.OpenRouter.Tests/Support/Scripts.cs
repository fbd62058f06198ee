using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Histories written line by line, and what goes out of them line by line.</summary>
internal static class Scripts
{
    /// <summary>
    /// A line each: <c>q</c> the user's words, <c>S</c> the system's, <c>D</c> the developer's, <c>T id words</c> a tool's result, <c>=</c> begins a message of the assistant's with its id, and its contents are
    /// <c>t</c> text, <c>k from-to address</c> a citation in the last content, <c>n</c> a refusal, <c>r</c> thoughts, <c>e</c> an envelope, <c>p</c>, <c>s</c> and <c>w</c> one with encrypted, signed and unproven reasoning, <c>b blob, id</c> another client's proof, <c>c id name arguments</c> a call,
    /// <c>o id words</c> a result, <c>i</c> a bare content, <c>?</c> a question about a call and <c>+</c> or <c>-</c> what a person says to it. Behind <c>&lt;-</c> stands the item that a content carries.
    /// </summary>
    public static List<ChatMessage> History(string script)
    {
        var history = new List<ChatMessage>();
        var asked = new Dictionary<string, Queue<ToolApprovalRequestContent>>();
        foreach (var line in script.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var arrow = line.IndexOf("<- ", StringComparison.Ordinal);
            var words = (arrow < 0 ? line : line[..arrow])[1..].Trim();
            switch (line[0])
            {
                case 'q' or 'S' or 'D': history.Add(new(line[0] switch { 'q' => ChatRole.User, 'S' => ChatRole.System, _ => new("developer") }, words)); continue;
                case '=': history.Add(new(ChatRole.Assistant, []) { MessageId = words.Length > 0 ? words : null }); continue;
                case 'T': history.Add(new(ChatRole.Tool, [])); break;
                case '+' or '-': history.Add(new(ChatRole.User, [])); break;
                case 'k': (history[^1].Contents[^1].Annotations ??= []).Add(Cited(words, line, arrow)); continue;
            }
            var content = Content(line[0], words, asked);
            if (arrow >= 0)
                content.Carrying(line[(arrow + 3)..]);
            history[^1].Contents.Add(content);
        }
        return history;
    }

    /// <summary>Every item as the JSON that goes out, then what was done to the history and how often.</summary>
    public static string Sent(string script, string? model = "author/model", int? turns = null, bool withoutReasoning = false) => Sent(History(script), model, turns, withoutReasoning);

    /// <inheritdoc cref="Sent(string, string?, int?, bool)"/>
    public static string Sent(IReadOnlyList<ChatMessage> history, string? model = "author/model", int? turns = null, bool withoutReasoning = false)
    {
        var diagnostics = new RequestDiagnostics(UnsupportedOptionPolicy.Throw, explaining: false);
        var items = HistoryMap.ToItems(history, model, turns, withoutReasoning, diagnostics);
        return string.Join('\n', items.Select(Json).Select(Plain).Concat(diagnostics.History.Select(change => $"! {change.Kind} {change.Times.ToString(CultureInfo.InvariantCulture)}")));
    }

    /// <summary>The same in short: an item is its id and its words.</summary>
    public static string Brief(string script, string? model = "author/model", int? turns = null, bool withoutReasoning = false) => Brief(History(script), model, turns, withoutReasoning);

    /// <inheritdoc cref="Brief(string, string?, int?, bool)"/>
    public static string Brief(IReadOnlyList<ChatMessage> history, string? model = "author/model", int? turns = null, bool withoutReasoning = false) =>
        string.Join('\n', Sent(history, model, turns, withoutReasoning).Split('\n').Select(line => line.StartsWith('{') ? Short(JsonNode.Parse(line)!.AsObject()) : line));

    /// <summary>The lines of a table's cell, without their margin.</summary>
    public static string Cell(string lines) => string.Join('\n', lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static CitationAnnotation Cited(string words, string line, int arrow)
    {
        var cells = words.Split(' ', '-');
        var citation = new CitationAnnotation();
        if (cells.Length > 1)
            citation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = int.Parse(cells[0], CultureInfo.InvariantCulture), EndIndex = int.Parse(cells[1], CultureInfo.InvariantCulture) }];
        if (cells.Length > 2)
            citation.Url = new(cells[2]);
        if (arrow >= 0)
            citation.AdditionalProperties = new() { ["openrouter.item"] = line[(arrow + 3)..] };
        return citation;
    }

    private static AIContent Content(char kind, string words, Dictionary<string, Queue<ToolApprovalRequestContent>> asked)
    {
        var cells = words.Split(' ', 3);
        switch (kind)
        {
            case 't': return new TextContent(words);
            case 'n': return new ErrorContent(words) { ErrorCode = "refusal" };
            case 'r': return new TextReasoningContent(words);
            case 'e': return new TextReasoningContent("") { ProtectedData = $"openrouter:1:{words}" };
            case 'p': return Thought(words, "encrypted_content", "openai-responses-v1");
            case 's': return Thought(words, "signature", "anthropic-claude-v1");
            case 'w': return Thought(words, "nothing", "unknown");
            case 'b': return new TextReasoningContent("") { ProtectedData = cells[0], AdditionalProperties = cells.Length > 1 ? new() { ["reasoningItemId"] = cells[1] } : null };
            case 'c': return new FunctionCallContent(cells[0], cells[1], cells.Length > 2 ? JsonSerializer.Deserialize<Dictionary<string, object?>>(cells[2]) : null);
            case 'o' or 'T': return new FunctionResultContent(cells[0], cells[1]);
            case 'i': return new AIContent();
            case '?':
                var request = new ToolApprovalRequestContent($"ask_{words}_{asked.Count}", new FunctionCallContent(cells[0], "f"));
                (asked.TryGetValue(cells[0], out var waiting) ? waiting : asked[cells[0]] = new()).Enqueue(request);
                return request;
            case '+' or '-': return asked[cells[0]].Dequeue().CreateResponse(kind == '+');
            default: throw new ArgumentException($"Nothing is written with `{kind}`.");
        }
    }

    private static TextReasoningContent Thought(string id, string proof, string format) => new("") { ProtectedData = $$$"""openrouter:1:{"item":{"type":"reasoning","id":"{{{id}}}","summary":[],"{{{proof}}}":"x","format":"{{{format}}}"}}""" };

    private static string Json(InputItem item)
    {
        using var body = JsonBodyWriter.Take();
        item.Write(body);
        return Encoding.UTF8.GetString(body.ToBody());
    }

    /// <summary>What others say is not looked at here.</summary>
    private static string Plain(string json) => JsonNode.Parse(json) is JsonObject item && (string?)item["type"] == "message" && (string?)item["role"] != "assistant"
        ? $"{((string?)item["role"] == "user" ? '>' : '#')} {Texts(item["content"])}" : json;

    private static string Short(JsonObject item) => (string?)item["type"] switch
    {
        "message" => $"{item["id"]} {Texts(item["content"])}",
        "reasoning" => $"{item["id"]} {Texts(item["summary"])}{Texts(item["content"])}".TrimEnd(),
        "function_call" => $"{item["call_id"]} {item["id"]} {item["name"]}({item["arguments"]})".TrimStart(),
        "function_call_output" => $"{item["call_id"]} = {item["output"]}",
        _ => $"{item["type"]} {item["id"]}".TrimEnd(),
    };

    private static string Texts(JsonNode? parts) => parts is JsonArray array ? string.Join('|', array.Select(part => part is JsonObject known ? (string?)known["text"] ?? $"{known["type"]}" : $"{part}")) : "";
}

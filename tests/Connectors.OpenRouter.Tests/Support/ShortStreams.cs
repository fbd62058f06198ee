using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>
/// Streams in short, for tables, and what becomes of them. An event is <c>t</c> (text), <c>r</c> (raw thought), <c>s</c> (summary), <c>l</c> (a thought under the
/// legacy name), <c>x</c> (refusal) or <c>k</c> (citation), with its place and part, an id and its piece: <c>t0.1@a:Hi</c>, <c>t-.-:Hi</c> where nobody says
/// where; a capital for the whole text. <c>+0</c> announces an item, <c>#0</c> ends it, <c>.</c> ends the answer with the items behind it, <c>%</c> as a failed
/// one, <c>!</c> breaks it off. An item is <c>m=a!p:Hi,~No.</c>: a message with the id a, the phase p, a text and a refusal; <c>Hi^T</c> cites T, <c>?</c> is
/// a part of a new kind; <c>r=b:s.Hm,r.Well$E</c> is reasoning with a summary, a text and a proof. <c>_</c> is a blank, <c>¶</c> a new line, <c>/</c> stands between items.
/// </summary>
internal static class ShortStreams
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Events(string stream) => Streams.Of([Streams.Created, .. stream.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(token => token != "!").Select(Event)]);

    /// <summary>What a user sees: contents by updates, then what is told of the end; and what goes back.</summary>
    public static async Task<(string Seen, string Back)> HearAsync(string stream, ChatOptions? options = null)
    {
        var (seen, updates, end) = (new List<string>(), new List<ChatResponseUpdate>(), "");
        IEnumerable<ChatMessage> answer;
        try
        {
            await foreach (var update in Streams.Client(Events(stream)).GetStreamingResponseAsync("q", options))
            {
                updates.Add(update);
                if (update.FinishReason is null)
                    seen.Add($"{Number(update.MessageId)}{string.Join('+', update.Contents.Select(Tell))}");
            }
            var whole = updates.ToChatResponse();
            answer = whole.Messages;
            if (whole.GetOpenRouter().CorrectedText is { } text)
                end += $" correct {text.Replace('\n', '¶')}";
            if (whole.GetOpenRouter().Warnings.Count > 0)
                end += $" warned {whole.GetOpenRouter().Warnings.Count}";
            if (whole.FinishReason != ChatFinishReason.Stop)
                end += $" {whole.FinishReason}";
        }
        catch (OpenRouterException failure)
        {
            answer = failure.PartialResponse?.Messages ?? [];
            end = $" had {string.Join(" | ", answer.Select(message => $"{Number(message.MessageId)}{string.Join('+', message.Contents.Select(Tell))}"))}";
        }
        var (input, _) = await Histories.SendAsync([Histories.User("q"), .. answer.Where(message => message.Contents.Count > 0), Histories.User("next")]);
        return (string.Join(" | ", seen) + end, string.Join('/', input.Skip(1).SkipLast(1).Select(item => Short((JsonObject)item!))));
    }

    private static string Event(string token)
    {
        if (token[0] is '.' or '%')
            return Ending(token);
        var match = Regex.Match(token, @"^(?<kind>.)(?<index>-|\d+)(\.(?<part>-|\d+))?(@(?<id>\w+))?(:(?<text>.*))?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        if (token[0] is '+' or '#')
            match = Regex.Match(token, @"^(?<kind>.)(?<index>-|\d+)(?<text>.*)$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.True(match.Success, token);
        var (kind, text) = (token[0], match.Groups["text"].Value.Replace('_', ' '));
        var isWhole = char.IsUpper(kind);
        var type = char.ToLowerInvariant(kind) switch
        {
            't' => "output_text",
            'r' => "reasoning_text",
            's' => "reasoning_summary_text",
            'l' => "reasoning",
            'x' => "refusal",
            'k' => "output_text.annotation.added",
            '+' => "output_item.added",
            _ => "output_item.done",
        };
        var members = new List<string> { $"\"type\":\"response.{type}{(kind is '+' or '#' or 'k' ? "" : isWhole ? ".done" : ".delta")}\"" };
        if (match.Groups["index"].Value != "-")
            members.Add($"\"output_index\":{match.Groups["index"].Value}");
        if (kind is not ('+' or '#' or 'l' or 'L') && match.Groups["part"].Value != "-")
            members.Add($"\"{(kind is 's' or 'S' ? "summary" : "content")}_index\":{(match.Groups["part"] is { Success: true } part ? part.Value : "0")}");
        if (match.Groups["id"] is { Success: true } id)
            members.Add($"\"item_id\":\"{id.Value}\"");
        members.Add(kind switch
        {
            '+' or '#' => $"\"item\":{Item(match.Groups["text"].Value)}",
            'k' => $"\"annotation\":{Citation(text)}",
            'X' => $"\"refusal\":\"{text}\"",
            'L' => $"\"reasoning\":\"{text}\"",
            _ => $"\"{(isWhole ? "text" : "delta")}\":\"{text}\"",
        });
        return $"{{{string.Join(',', members)}}}";
    }

    private static string Ending(string token)
    {
        var output = string.Join(',', token[1..].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Item));
        return token[0] == '.' ? Streams.Completed(output)
            : $$"""{"type":"response.failed","response":{"id":"gen-1","status":"failed","error":{"code":"server_error","message":"Ouch."},"output":[{{output}}]} }""";
    }

    private static string Item(string item)
    {
        var match = Regex.Match(item, @"^(?<kind>[mr])(=(?<id>\w+))?(!(?<phase>\w+))?(:(?<parts>[^$]*))?(\$(?<proof>\w+))?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.True(match.Success, item);
        var isMessage = match.Groups["kind"].Value == "m";
        var members = new List<string> { isMessage ? "\"type\":\"message\",\"role\":\"assistant\"" : "\"type\":\"reasoning\"" };
        foreach (var name in new[] { "id", "phase" })
            if (match.Groups[name] is { Success: true } value)
                members.Add($"\"{name}\":\"{value.Value}\"");
        var parts = match.Groups["parts"] is { Success: true } said ? said.Value.Replace('_', ' ').Split(',') : [];
        if (isMessage)
            members.Add($"\"content\":[{string.Join(',', parts.Select(Part))}]");
        else
            foreach (var (member, type) in new[] { ("summary", "summary_text"), ("content", "reasoning_text") })
                if (member == "summary" || parts.Any(part => part[0] == 'r'))
                    members.Add($"\"{member}\":[{string.Join(',', parts.Where(part => part[0] == type[0]).Select(part => $$"""{"type":"{{type}}","text":"{{part[2..]}}"}"""))}]");
        if (match.Groups["proof"] is { Success: true } proof)
            members.Add($"\"encrypted_content\":\"{proof.Value}\"");
        return $"{{{string.Join(',', members)}}}";
    }

    private static string Part(string part) => part.StartsWith('~') ? $$"""{"type":"refusal","refusal":"{{part[1..]}}"}"""
        : part == "?" ? """{"type":"new_part","x":1}"""
        : part.Split('^') is var cited ? $$"""{"type":"output_text","text":"{{cited[0]}}","annotations":[{{string.Join(',', cited.Skip(1).Select(Citation))}}]}""" : "";

    private static string Citation(string title) => $$"""{"type":"url_citation","title":"{{title}}","start_index":0,"end_index":2}""";

    private static string Number(string? messageId) => messageId?.Split('#') is [_, var number] ? $"{number}:" : "";

    /// <summary>
    /// A text as it is, a thought in round brackets, an envelope in pointed ones: <c>&lt;key:item&gt;</c>, <c>&lt;@place:item&gt;</c>, <c>&lt;replaced&gt;item&gt;</c>, a boundary
    /// or an order. Behind <c>=</c> what a content says of its item.
    /// </summary>
    private static string Tell(AIContent content)
    {
        var told = content switch
        {
            TextReasoningContent { ProtectedData: { } envelope } => $"<{Envelope(envelope["openrouter:1:".Length..])}>",
            TextReasoningContent thought => $"({thought.Text.Replace('\n', '¶')}){thought.AdditionalProperties?["openrouter.reasoning"]}",
            TextContent text => (text.Text.Length == 0 ? "''" : text.Text) + string.Concat((text.Annotations ?? []).OfType<CitationAnnotation>().Select(Cited)),
            ErrorContent refusal => $"~{refusal.Message}",
            _ => content.GetType().Name,
        };
        return (told + (content.AdditionalProperties?.TryGetValue("openrouter.item", out string? item) == true ? Short((JsonObject)JsonNode.Parse(item!)!)[1..] : "")).Replace(' ', '_');
    }

    private static string Cited(CitationAnnotation citation) => $"^{citation.Title}{string.Concat((citation.AnnotatedRegions ?? []).OfType<TextSpanAnnotatedRegion>().Select(region => $"{region.StartIndex}-{region.EndIndex}"))}";

    private static string Envelope(string envelope)
    {
        var json = (JsonObject)JsonNode.Parse(envelope)!;
        if (json["boundary"] is { } boundary)
            return (string)boundary!;
        if (json["order"] is JsonArray order)
            return $"order {string.Join(' ', order)}";
        if (json["parts"] is { } parts)
            return $"{json["of"]}{parts.ToJsonString(Plain).Replace("\"", "", StringComparison.Ordinal)}{json["at"]?.ToJsonString()}";
        var item = (JsonObject)json["item"]!;
        return $"{(json["replaces"] is { } replaced ? $"{replaced}>" : "")}{(json["key"] is { } key ? $"{key}:" : "")}{(json["place"] is { } place ? $"@{place}:" : "")}{Short(item)}";
    }

    /// <summary>An item as it is written in a stream; members that are none of those as they are.</summary>
    private static string Short(JsonObject item)
    {
        var isMessage = (string?)item["type"] == "message";
        var rest = string.Concat(item.Where(member => member.Key is not ("type" or "role" or "id" or "phase" or "content" or "summary" or "status" or "encrypted_content" or "$key" or "$place")).Select(member => $"{{{member.Key}:{member.Value?.ToJsonString(Plain)}}}"));
        var parts = isMessage ? ((item["content"] as JsonArray) ?? []).Select(part => ShortPart((JsonObject)part!)).ToList()
            : [.. ((item["summary"] as JsonArray) ?? []).Select(part => $"s.{ShortText(part!["text"])}"), .. ((item["content"] as JsonArray) ?? []).Select(part => $"r.{ShortText(part!["text"])}")];
        return (isMessage ? "m" : (string?)item["type"] == "reasoning" ? "r" : (string?)item["type"] ?? "?")
            + (item["id"] is { } id ? $"={id}" : "") + (item["$place"] is { } place ? $"#{place}" : "") + (item["$key"] is { } key ? $"${key}" : "") + (item["phase"] is { } phase ? $"!{phase}" : "")
            + rest + (parts.Count > 0 ? $":{string.Join(',', parts)}" : "") + (item["encrypted_content"] is { } proof ? $"${proof}" : "");
    }

    private static string ShortPart(JsonObject part) => part["refusal"] is { } refusal ? $"~{ShortText(refusal)}"
        : part["text"] is not { } text ? "?" : ShortText(text) + string.Concat(((part["annotations"] as JsonArray) ?? []).Select(annotation => $"^{annotation!["title"]}"));

    /// <summary>Words that stand in the text before are <c>*</c> and their number.</summary>
    private static string ShortText(JsonNode? text) => text is JsonObject said ? $"*{((JsonArray)said["$said"]!)[1]}" : ((string?)text ?? "").Replace(' ', '_').Replace('\n', '¶');
}

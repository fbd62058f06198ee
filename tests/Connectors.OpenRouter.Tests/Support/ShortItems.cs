using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>
/// Items in short, for tables: <c>m2FD=a+c#1!p:Hi</c> is a message at place 2 (<c>-</c> = nowhere) that is finished and done, with the id <c>a</c> and the
/// call_id <c>c</c>, emitted as the first of all, with the phase <c>p</c> and the text <c>Hi</c>.
/// </summary>
internal static class ShortItems
{
    private static readonly Dictionary<string, string> Types = new() { ["m"] = "message", ["r"] = "reasoning", ["c"] = "function_call", ["o"] = "function_call_output", ["s"] = "web_search_call", ["x"] = "thing" };

    /// <summary>The items of a stream, in the order in which they were heard of. F, I, E: their state; A: announced; D: done; U: unheard.</summary>
    public static OutputItems Streamed(string items, EmittedContents? emitted = null)
    {
        var all = new OutputItems();
        foreach (var (match, item) in Read(items))
        {
            var added = all.Add(match.Groups["index"].Value is "-" ? OutputItems.Nowhere : int.Parse(match.Groups["index"].Value, null), item.Kind, item.Id);
            var flags = match.Groups["flags"].Value;
            added.CallId = item.CallId;
            added.Place = match.Groups["turn"] is { Success: true } turn ? int.Parse(turn.Value, null) : 0;
            added.Known = flags.Contains('A', StringComparison.Ordinal) || flags.Contains('D', StringComparison.Ordinal) ? item : default;
            added.IsAnnounced = flags.Contains('A', StringComparison.Ordinal);
            added.IsDone = flags.Contains('D', StringComparison.Ordinal);
            added.IsUnheard = flags.Contains('U', StringComparison.Ordinal);
            all.SetState(added, flags.Contains('F', StringComparison.Ordinal) ? ItemState.Finished : flags.Contains('I', StringComparison.Ordinal) ? ItemState.Interrupted
                : flags.Contains('E', StringComparison.Ordinal) ? ItemState.Emitted : ItemState.Open);
            if (match.Groups["text"] is { Success: true } text)
                Say(added, text.Value, emitted!);
        }
        return all;
    }

    /// <summary>The same as items that have ended.</summary>
    public static List<Item> Ended(string items) => [.. Read(items).Select(read => read.Item)];

    /// <summary>Which of the stream's items these are.</summary>
    public static string Numbers(IEnumerable<OutputItem?> items) => string.Join(' ', items.Select(item => item is null ? "none" : $"{item.Sequence}"));

    private static void Say(OutputItem item, string text, EmittedContents emitted)
    {
        var start = emitted.Length;
        emitted.Add(item.Kind == ItemKind.Message ? new TextContent(text) : new TextReasoningContent(text));
        item.AddPart(item.Kind == ItemKind.Message ? DeltaKind.Answer : DeltaKind.ReasoningText, OutputItems.Nowhere, start, emitted.Length);
    }

    private static IEnumerable<(Match Match, Item Item)> Read(string items)
    {
        foreach (var token in items.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var match = Regex.Match(token, @"^(?<kind>[mrcosx])(?<index>-|[0-9]*)(?<flags>[A-Z]*)(=(?<id>\w+))?(\+(?<call>\w+))?(#(?<turn>\d+))?(!(?<phase>\w+))?(:(?<text>.*))?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
            Assert.True(match.Success, token);
            var json = new JsonObject { ["type"] = Types[match.Groups["kind"].Value] };
            foreach (var (member, group) in new[] { ("id", "id"), ("call_id", "call"), ("phase", "phase") })
                if (match.Groups[group] is { Success: true } value)
                    json[member] = value.Value;
            if (match.Groups["text"] is { Success: true } text)
                json["content"] = new JsonArray(new JsonObject { ["type"] = match.Groups["kind"].Value == "m" ? "output_text" : "reasoning_text", ["text"] = text.Value });
            yield return (match, new(JsonElement.Parse(json.ToJsonString())));
        }
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Every recorded stream told in another manner: what is heard of it and what goes back stays the same.</summary>
public class TranscriptVariantsTests
{
    /// <summary>What services leave out, add or order otherwise; each changes no fact.</summary>
    private static readonly Dictionary<string, Func<List<JsonObject>, IEnumerable<JsonObject>>> Manners = new()
    {
        ["no item is announced"] = events => HasFullEnding(events) && !HasAdvisor(events) ? events.Where(e => Type(e) != "response.output_item.added") : events,
        ["no item is finished before the end"] = events => HasFullEnding(events) ? events.Where(e => Type(e) != "response.output_item.done") : events,
        ["no text is repeated by its end"] = events => events.Where(e => !Type(e).EndsWith("_text.done", StringComparison.Ordinal)),
        ["events name no item"] = events => events.Select(e => Without(e, "item_id")),
        ["events name no place"] = events => IsInterleaved(events) ? events : events.Select(e => Without(e, "output_index")),
        ["parts have no index"] = events => HasOnePartEach(events) ? events.Select(e => Without(e, "content_index", "summary_index")) : events,
        ["words stand first"] = events => events.Select(e => e["delta"] is null ? e : new JsonObject([.. e.OrderBy(member => member.Key != "delta").Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))])),
        ["numbers stand first"] = events => events.Select((e, i) => new JsonObject([KeyValuePair.Create("sequence_number", (JsonNode?)i), .. e.Where(member => member.Key != "sequence_number").Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))])),
        ["the end is empty"] = events => AreAllFinished(events) ? events.Select(e => Ending(e) is { } response ? With(response, e, "output", new JsonArray()) : e) : events,
        ["everything is said twice but deltas"] = events => events.SelectMany(e => e["delta"] is null && Ending(e) is null && !Type(e).EndsWith("annotation.added", StringComparison.Ordinal) ? [e, (JsonObject)e.DeepClone()] : (JsonObject[])[e]),
        ["nothing but the end"] = events => HasFullEnding(events) ? events.Where(e => Ending(e) is not null) : events,
    };

    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in Transcripts.Streams.Where(Ends))
                foreach (var manner in Manners.Keys)
                    data.Add(name, manner);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_same_answer_told_in_another_manner_is_the_same_answer(string name, string manner)
    {
        var events = Events(name);

        Assert.Equal(await TellAsync(events), await TellAsync([.. Manners[manner]([.. events.Select(e => (JsonObject)e.DeepClone())])]));
    }

    private static bool Ends(string name) => !name.StartsWith("19-", StringComparison.Ordinal) && !name.StartsWith("44-", StringComparison.Ordinal) && Events(name) is [.., var last] && Ending(last) is not null;

    private static List<JsonObject> Events(string name) =>
        [.. File.ReadAllText(Transcripts.PathOf(name)).Replace("\r", "", StringComparison.Ordinal).Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => (JsonObject)JsonNode.Parse(line["data: ".Length..])!)];

    /// <summary>What a caller hears in all, and what goes back; ids of reasoning that the service made up for the stream aside.</summary>
    private static async Task<string> TellAsync(List<JsonObject> events)
    {
        var client = Streams.Client(Streams.Of([.. events.Select(e => e.ToJsonString())]), options => options.Model = "author/model");
        var answer = await client.GetStreamingResponseAsync("q").ToChatResponseAsync();
        var told = new StringBuilder();
        foreach (var message in answer.Messages)
            told.Append("message ").Append(message.Text).Append('\n');
        told.Append("thinking ").Append(answer.GetReasoningText()).Append('\n').Append("end ").Append(answer.FinishReason).Append('\n');
        foreach (var call in answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>())
            told.Append("call ").Append(call.CallId).Append(call.InformationalOnly).Append(JsonSerializer.Serialize(call.Arguments)).Append('\n');
        foreach (var citation in answer.Messages.SelectMany(message => message.Contents).SelectMany(content => content.Annotations ?? []).OfType<CitationAnnotation>())
            told.Append("citation ").Append(citation.Url).Append('\n');
        foreach (var warning in answer.GetOpenRouter().Warnings)
            told.Append("warning ").Append(warning).Append('\n');
        List<ChatMessage> history = [new(ChatRole.User, "q"), .. answer.Messages];
        if (answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Where(call => !call.InformationalOnly).ToList() is { Count: > 0 } calls)
            history.Add(new(ChatRole.Tool, [.. calls.Select(call => new FunctionResultContent(call.CallId, "r"))]));
        history.Add(new(ChatRole.User, "next"));
        foreach (var item in JsonNode.Parse(client.Explain(history).Json)!["input"]!.AsArray())
            told.Append(Sorted(item)!.ToJsonString()).Append('\n');
        return told.ToString();
    }

    /// <summary>The order of members is no fact.</summary>
    private static JsonNode? Sorted(JsonNode? json) => json switch
    {
        JsonObject members => new JsonObject([.. members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))]),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => json?.DeepClone(),
    };

    private static string Type(JsonObject e) => (string?)e["type"] ?? "";

    private static JsonObject? Ending(JsonObject e) => Type(e) is "response.completed" or "response.incomplete" or "response.done" ? e["response"] as JsonObject : null;

    private static bool HasFullEnding(List<JsonObject> events) => Ending(events[^1])!["output"] is JsonArray { Count: > 0 };

    private static bool AreAllFinished(List<JsonObject> events) =>
        events.Where(e => Type(e) == "response.output_item.done").Select(e => e["item"]).ToList() is var done
        && Ending(events[^1])!["output"] is JsonArray output && output.Count == done.Count && output.Zip(done).All(pair => JsonNode.DeepEquals(pair.First, pair.Second));

    /// <summary>Who is never announced speaks as the model itself.</summary>
    private static bool HasAdvisor(List<JsonObject> events) => events.Any(e => (string?)e["item"]?["type"] == "openrouter:advisor");

    private static bool IsInterleaved(List<JsonObject> events)
    {
        var places = events.Select(e => (int?)e["output_index"]).OfType<int>().ToList();
        return places.Zip(places.Skip(1)).Any(pair => pair.Second < pair.First);
    }

    private static bool HasOnePartEach(List<JsonObject> events) => events.All(e => (int?)e["content_index"] is null or 0 && (int?)e["summary_index"] is null or 0);

    private static JsonObject Without(JsonObject e, params string[] members)
    {
        foreach (var member in members)
            e.Remove(member);
        return e;
    }

    private static JsonObject With(JsonObject response, JsonObject e, string member, JsonNode value)
    {
        response[member] = value;
        return e;
    }
}

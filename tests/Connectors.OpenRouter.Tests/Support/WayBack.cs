using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>What must go out again after a conversation: everything that was said, in the service's order.</summary>
internal static class WayBack
{
    /// <summary>What the service says to a question that is asked only to see the history.</summary>
    public static SpokenAnswer Conclusion { get; } = new([(JsonObject)JsonNode.Parse(Streams.Message("Done.", "msg_done"))!], 1);

    /// <summary>What was sent last.</summary>
    public static JsonArray Input(Service service) => (JsonArray)JsonNode.Parse(service.Bodies[^1])!["input"]!;

    /// <summary>Questions, items and results, in the order in which they were spoken.</summary>
    private static JsonArray Expected(IReadOnlyList<SpokenAnswer>[] turns)
    {
        var input = new JsonArray();
        for (var turn = 0; turn <= turns.Length; turn++)
        {
            input.Add((JsonNode)new JsonObject { ["type"] = "message", ["role"] = "user", ["content"] = new JsonArray(new JsonObject { ["type"] = "input_text", ["text"] = $"question {turn}" }) });
            foreach (var answer in turn < turns.Length ? turns[turn] : [])
            {
                var first = input.Count;
                foreach (var item in answer.Items)
                    input.Add(item.DeepClone());
                for (var i = 0; i < answer.Items.Count; i++)
                    if (input[first + i] is JsonObject call && (string?)call["type"] == "function_call")
                    {
                        call["call_id"] = $"at {first + i}"; // as if the service had never given it before
                        if (answer.IsAnswered(i))
                            input[first + i + 1]!["call_id"] = $"at {first + i}";
                        else
                            input.Add((JsonNode)new JsonObject { ["type"] = "function_call_output", ["call_id"] = $"at {first + i}", ["output"] = Echo.Of(JsonNode.Parse((string)call["arguments"]!)) });
                    }
            }
        }
        return input;
    }

    /// <summary>What a program's functions answer to the calls of a response.</summary>
    public static IEnumerable<ChatMessage> Results(ChatResponse response) =>
        response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Where(call => !call.InformationalOnly).ToList() is { Count: > 0 } calls
            ? [new(ChatRole.Tool, [.. calls.Select(call => new FunctionResultContent(call.CallId, Echo.Of(JsonSerializer.SerializeToNode(call.Arguments))))])] : [];

    /// <summary>The same items in the same order; none shares an id; each output follows its own call. Parallel calls may be answered in any order.</summary>
    public static void AssertSame(IReadOnlyList<SpokenAnswer>[] turns, JsonArray actual)
    {
        var ids = actual.Select(item => (string?)item!["id"]).OfType<string>().ToList();
        Assert.Equal(ids.Distinct(), ids);
        var expected = Paired(WithoutRepetitions(Expected(turns)));
        actual = Paired(actual);
        for (var i = 0; i < Math.Max(expected.Count, actual.Count); i++)
            Requests.AssertSame(expected.ElementAtOrDefault(i)?.ToJsonString() ?? "null", actual.ElementAtOrDefault(i));
    }

    /// <summary>Reasoning that stands there already to the letter, under the same id, is not sent twice.</summary>
    private static JsonArray WithoutRepetitions(JsonArray input)
    {
        var sent = new List<JsonNode>();
        foreach (var item in input)
            if ((string?)item!["type"] != "reasoning" || item["id"] is null || !sent.Exists(earlier => JsonNode.DeepEquals(earlier, item)))
                sent.Add(item.DeepClone());
        return [.. sent];
    }

    /// <summary>Ids are the client's to change where they repeat; what counts is which call an output answers, the nearest before it.</summary>
    private static JsonArray Paired(JsonArray input)
    {
        var open = new Dictionary<string, Stack<int>>();
        var paired = new List<(int Call, JsonObject Item)>();
        var calls = 0;
        foreach (var item in input.Select(item => (JsonObject)item!.DeepClone()))
        {
            item.Remove("id");
            if ((string?)item["type"] is "function_call_output")
                item.Remove("status");
            var call = -1;
            if ((string?)item["type"] is "function_call")
            {
                if (!open.TryGetValue((string)item["call_id"]!, out var same))
                    open[(string)item["call_id"]!] = same = new();
                same.Push(++calls);
                item["call_id"] = $"the {calls}th";
            }
            else if ((string?)item["type"] is "function_call_output")
                item["call_id"] = $"the {call = open[(string)item["call_id"]!].Pop()}th";
            paired.Add((call, item));
        }
        for (var i = 0; i < paired.Count; i++)
        {
            var end = i;
            while (end < paired.Count && paired[end].Call >= 0)
                end++;
            paired.Sort(i, end - i, Comparer<(int Call, JsonObject)>.Create((one, other) => one.Call.CompareTo(other.Call)));
            i = Math.Max(i, end - 1);
        }
        return [.. paired.Select(item => item.Item)];
    }

    /// <summary>A function that takes anything, and says what it took.</summary>
    public sealed class Echo : AIFunction
    {
        public override string Name => "f";

        public static string Of(JsonNode? arguments) => $"took {arguments?.ToJsonString()}";

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
            new(Of(JsonSerializer.SerializeToNode(arguments.ToDictionary(argument => argument.Key, argument => argument.Value))));
    }
}

using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Ai = Microsoft.Extensions.AI;
using Sk = Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// A chat history, of this connector or another, as the model is to read it. No call stays without an answer and none gets two: services
/// refuse both. A message with nothing in it stays, so that its being left out is told where everything is; a tool's repeats what was answered.
/// </summary>
internal static class KernelHistoryMap
{
    /// <summary>Where Semantic Kernel's OpenAI connector keeps the calls of a message, and whose result a tool's text is.</summary>
    private const string CallsKey = "ChatResponseMessage.FunctionToolCalls", ResultKey = "ChatCompletionsToolCall.Id";

    /// <summary>The messages of a request.</summary>
    /// <param name="history">As the caller has it; it is not changed.</param>
    /// <returns>A new list in the same order; calls without a result get an error as one.</returns>
    public static List<ChatMessage> ToMessages(IEnumerable<ChatMessageContent> history)
    {
        var messages = new List<ChatMessage>();
        var calls = new OpenCalls();
        foreach (var message in history)
        {
            var contents = new List<AIContent>(message.Items.Count);
            foreach (var item in Items(message, calls))
            {
                var content = AIContentMap.ToContent(item);
                if (content is Ai.FunctionCallContent call)
                    contents.Add(calls.Asked(call));
                else if (content is Ai.FunctionResultContent result)
                {
                    if (calls.Answers(result, (item as Sk.FunctionResultContent)?.FunctionName) is { } answer)
                        contents.Add(answer);
                }
                else if (contents is [.., var last] && IsCitation(last) && IsCitation(content))
                    last.Annotations!.Add(content.Annotations![0]); // one text's citations stand together
                else if (!IsNothing(content))
                    contents.Add(content);
            }
            if (message.Role == AuthorRole.Tool && message.Items.Any(item => item is Sk.FunctionResultContent) && !contents.Exists(content => content is Ai.FunctionResultContent))
                continue; // it stood here before, with its words
            if (contents.Count > 0 || message.Role != AuthorRole.Tool)
                messages.Add(new(new ChatRole(message.Role.Label), contents) { AuthorName = message.AuthorName });
        }
        Answer(messages);
        return messages;
    }

    /// <summary>The results of a round as the framework has them; with the last result's words where a filter made it the answer.</summary>
    public static ChatMessage ToToolMessage(ChatMessageContent results) => new(ChatRole.Tool, [.. results.Items.Select(AIContentMap.ToContent)]);

    /// <summary>
    /// A tool's message is its results: other connectors write each of them a second time, as text; other text stays beside them.
    /// Text alone answers the call that waits; it is never the user's.
    /// </summary>
    private static IEnumerable<KernelContent> Items(ChatMessageContent message, OpenCalls calls)
    {
        if (message.Role == AuthorRole.Tool)
            return message.Items.Any(item => item is Sk.FunctionResultContent) ? message.Items.Where(item => item is not Sk.TextContent text || !Repeats(text, message))
                : Fact(message, ResultKey)?.ToString() is { Length: > 0 } callId ? [new Sk.FunctionResultContent(functionName: null, pluginName: null, callId, message.Content ?? "")]
                : string.IsNullOrEmpty(message.Content) ? message.Items
                : calls.Waiting is { } waiting ? [new Sk.FunctionResultContent(functionName: null, pluginName: null, waiting, message.Content)]
                : throw new NotSupportedException("A tool's message that answers no call cannot be sent: give it a FunctionResultContent with the id of its call, or leave it out.");
        var items = KernelMessageMap.InOrder(message);
        return message.Role == AuthorRole.Assistant && Fact(message, CallsKey) is { } more ? items.Concat(CallsIn(more, message)) : items;
    }

    /// <summary>Whether a text says again what a result of the same message says.</summary>
    private static bool Repeats(Sk.TextContent text, ChatMessageContent message) => message.Items.OfType<Sk.FunctionResultContent>().Any(result => FunctionResultMap.IsText(result.Result, text.Text ?? ""));

    /// <summary>A value of a message's metadata; null when it is missing.</summary>
    private static object? Fact(ChatMessageContent message, string key) => message.Metadata?.TryGetValue(key, out var value) == true ? value : null;

    /// <summary>Calls that stand in the metadata alone, as the OpenAI connector has them live and in two forms of JSON.</summary>
    private static IEnumerable<KernelContent> CallsIn(object calls, ChatMessageContent message)
    {
        var known = message.Items.OfType<Sk.FunctionCallContent>().Select(call => call.Id).ToHashSet();
        JsonElement list;
        try
        {
            list = Json.Element(calls);
        }
        catch (Exception unread) when (known.Count > 0 && unread is (NotSupportedException or JsonException)) // objects of another client, whose calls stand in the items too
        {
            yield break;
        }
        if (list.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var call in list.EnumerateArray())
            if (Member(call, "Id") is { ValueKind: JsonValueKind.String } id && !known.Contains(id.GetString())
                && (Member(call, "FunctionName") ?? Member(call, "Name")) is { ValueKind: JsonValueKind.String } name)
                yield return Call(id.GetString()!, name.GetString()!, Member(call, "FunctionArguments") ?? Member(call, "Arguments"));
    }

    /// <summary>A call from the metadata; its name is plugin and function in one string.</summary>
    private static Sk.FunctionCallContent Call(string id, string name, JsonElement? written)
    {
        var (plugin, function) = name.Split('-', 2) is [var first, var second] ? (first, second) : (null, name);
        return Arguments(written) is { } arguments ? new(function, plugin, id, arguments) : new(function, plugin, id, []);
    }

    /// <summary>JSON in a string, or the same as base64: bytes are written so.</summary>
    private static KernelArguments? Arguments(JsonElement? written)
    {
        if (written is not { ValueKind: JsonValueKind.String } text)
            return null;
        var json = text.GetString()!.TrimStart() is ['{', ..] plain ? plain : text.TryGetBytesFromBase64(out var bytes) ? Encoding.UTF8.GetString(bytes) : null;
        if (json is null)
            return null;
        try
        {
            var arguments = new KernelArguments();
            foreach (var member in JsonElement.Parse(json).EnumerateObject())
                arguments[member.Name] = member.Value;
            return arguments;
        }
        catch (Exception unread) when (unread is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A member by name, without regard to case; null when it is missing.</summary>
    private static JsonElement? Member(JsonElement json, string name)
    {
        if (json.ValueKind == JsonValueKind.Object)
            foreach (var member in json.EnumerateObject())
                if (string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))
                    return member.Value;
        return null;
    }

    /// <summary>Whether a content is nothing but citations.</summary>
    private static bool IsCitation(AIContent content) => content is Ai.TextContent { Text: "", Annotations: not null };

    /// <summary>Whether a content is an empty text that carries nothing.</summary>
    private static bool IsNothing(AIContent content) =>
        content is Ai.TextContent { Text: "" or null, Annotations: null } text && text.AdditionalProperties?.ContainsKey(KernelContentMap.ItemKey) is not true;

    /// <summary>
    /// A filter that ends the loop between two parallel calls leaves the second one open, and the reasoning before it cannot be
    /// sent without it.
    /// </summary>
    private static void Answer(List<ChatMessage> messages)
    {
        var answered = messages.SelectMany(message => message.Contents).OfType<Ai.FunctionResultContent>().Select(result => result.CallId).ToHashSet();
        for (var i = messages.Count - 1; i >= 0; i--)
        {
            var open = messages[i].Contents.OfType<Ai.FunctionCallContent>().Where(call => !answered.Contains(call.CallId))
                .Select(AIContent (call) => new Ai.FunctionResultContent(call.CallId, "Error: This call was not run.")).ToList();
            if (open.Count == 0)
                continue;
            if (i + 1 < messages.Count && messages[i + 1].Role == ChatRole.Tool)
                messages[i + 1].Contents = [.. messages[i + 1].Contents, .. open];
            else
                messages.Insert(i + 1, new(ChatRole.Tool, open));
        }
    }

    /// <summary>Who asked and who was answered, by counting: an id may come again in a later turn, and some connectors give none.</summary>
    private sealed class OpenCalls
    {
        /// <summary>How many calls of an id wait for a result.</summary>
        private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);

        /// <summary>Calls that came without an id, with the ids they were given.</summary>
        private readonly List<(string Id, string Tool)> _unnamed = [];

        /// <summary>The ids of all calls, in order.</summary>
        private readonly List<string> _asked = [];

        /// <summary>How many ids were given here.</summary>
        private int _given;

        /// <summary>The first call that has no answer yet.</summary>
        public string? Waiting => _asked.Find(id => _open[id] > 0);

        /// <summary>Notes a call, and gives it an id where it has none.</summary>
        public Ai.FunctionCallContent Asked(Ai.FunctionCallContent call)
        {
            if (call.CallId.Length == 0)
            {
                call = new($"call_sk_{++_given}", call.Name, call.Arguments) { Exception = call.Exception, AdditionalProperties = call.AdditionalProperties };
                _unnamed.Add((call.CallId, call.Name));
            }
            _asked.Add(call.CallId);
            _open[call.CallId] = _open.TryGetValue(call.CallId, out var open) ? open + 1 : 1;
            return call;
        }

        /// <summary>
        /// The result, or null when its call has one already: after a filter has ended the rounds, apps add the last message
        /// again.
        /// </summary>
        public Ai.FunctionResultContent? Answers(Ai.FunctionResultContent result, string? function)
        {
            if (result.CallId.Length == 0 && _unnamed.FindIndex(call => function is null || call.Tool == function || call.Tool.EndsWith("_" + function, StringComparison.Ordinal)) is >= 0 and var at)
            {
                result = new(_unnamed[at].Id, result.Result) { AdditionalProperties = result.AdditionalProperties };
                _unnamed.RemoveAt(at);
            }
            if (!_open.TryGetValue(result.CallId, out var open))
                return result;
            _open[result.CallId] = Math.Max(open - 1, 0);
            return open > 0 ? result : null;
        }
    }
}

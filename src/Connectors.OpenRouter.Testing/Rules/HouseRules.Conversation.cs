using System.Net;
using System.Text.Json;

namespace Connectors.OpenRouter.Testing;

/// <summary>What a conversation must be to make sense to a provider.</summary>
internal static partial class HouseRules
{
    /// <summary>
    /// An output answers a call of its own kind. Other calls (shell, apply_patch) may have been carried out by the service.
    /// </summary>
    private static readonly Dictionary<string, string> Outputs = new()
    {
        ["function_call"] = "function_call_output",
        ["custom_tool_call"] = "custom_tool_call_output",
    };

    /// <summary>Refuses what does not fit together in the input.</summary>
    private static Refusal? ByConversation(JsonElement body)
    {
        var items = body.ListOf("input").ToList();
        return items.Select(Media).FirstOrDefault(refusal => refusal is not null) ?? Pairs(items) ?? Approvals(items) ?? Ids(items);
    }

    /// <summary>Refuses audio that is not base64.</summary>
    private static Refusal? Media(JsonElement item)
    {
        foreach (var part in item.ListOf("content"))
        {
            if (part.Member("input_audio")?.TextOf("data") is { } data && (data.StartsWith("data:", StringComparison.OrdinalIgnoreCase) || data.Contains("://", StringComparison.Ordinal)))
                return Refusal.ByOpenRouter(HttpStatusCode.BadRequest, "input_audio.data must be base64: URLs and data URIs are not supported");
        }

        return null;
    }

    /// <summary>
    /// Each call is followed by one output of its own, each output follows its call. What may be answered later may stay open.
    /// </summary>
    private static Refusal? Pairs(List<JsonElement> items)
    {
        var open = new Dictionary<(string Type, string CallId), Stack<bool>>();
        foreach (var item in items)
        {
            if (item.TextOf("type") is not { } type || item.TextOf("call_id") is not { } callId)
                continue;
            if (Outputs.ContainsKey(type))
            {
                if (!open.TryGetValue((type, callId), out var calls))
                    open[(type, callId)] = calls = new();
                calls.Push(item.Member("async") is { ValueKind: JsonValueKind.True });
            }
            else if (Outputs.FirstOrDefault(pair => pair.Value == type).Key is { } call && !(open.TryGetValue((call, callId), out var asked) && asked.TryPop(out _)))
                return Refusal.ByOpenAi($"No tool call found for {Readable(type)} with call_id {callId}.");
        }

        return open.Where(calls => calls.Value.Contains(false)).Select(calls => Refusal.ByOpenAi($"No tool output found for {Readable(calls.Key.Type)} {calls.Key.CallId}.")).FirstOrDefault();
    }

    /// <summary>A person answers what was asked, once.</summary>
    private static Refusal? Approvals(List<JsonElement> items)
    {
        var asked = new HashSet<string>();
        foreach (var item in items)
            if (item.TextOf("type") == "mcp_approval_request" && item.TextOf("id") is { } request)
                asked.Add(request);
            else if (item.TextOf("type") == "mcp_approval_response" && item.TextOf("approval_request_id") is { } answered && !asked.Remove(answered))
                return Refusal.ByOpenAi($"No approval request found for approval_request_id {answered}.");
        return null;
    }

    /// <summary>Refuses an id that stands twice.</summary>
    private static Refusal? Ids(List<JsonElement> items)
    {
        var seen = new HashSet<string>();
        return items.Where(item => item.ValueKind == JsonValueKind.Object).Select(item => item.TextOf("id")).FirstOrDefault(id => id is not null && !seen.Add(id)) is { } twice
            ? Refusal.ByOpenAi($"Duplicate item found with id {twice}. Remove duplicate items from your input and try again.")
            : null;
    }

    /// <summary>A type as providers' messages write it.</summary>
    private static string Readable(string type) => type.Replace('_', ' ');
}

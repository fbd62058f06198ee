using System.Net;
using System.Text.Json;

namespace Connectors.OpenRouter.Testing;

/// <summary>What a conversation must be to make sense to a provider.</summary>
internal static partial class HouseRules
{
    // An output answers a call of its own kind. Other calls (shell, apply_patch) may have been carried out by the service.
    private static readonly Dictionary<string, string> Outputs = new()
    {
        ["function_call"] = "function_call_output",
        ["custom_tool_call"] = "custom_tool_call_output",
    };

    private static Refusal? ByConversation(JsonElement body)
    {
        var items = body.ListOf("input").ToList();
        return items.Select(Media).FirstOrDefault(refusal => refusal is not null) ?? Pairs(items);
    }

    private static Refusal? Media(JsonElement item)
    {
        foreach (var part in item.ListOf("content"))
        {
            if (part.Member("input_audio")?.TextOf("data") is { } data && (data.StartsWith("data:", StringComparison.OrdinalIgnoreCase) || data.Contains("://", StringComparison.Ordinal)))
                return Refusal.ByOpenRouter(HttpStatusCode.BadRequest, "input_audio.data must be base64: URLs and data URIs are not supported");
        }

        return null;
    }

    /// <summary>Each call is followed by its output, each output follows its call.</summary>
    private static Refusal? Pairs(List<JsonElement> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            var (type, callId) = (items[i].TextOf("type"), items[i].TextOf("call_id"));
            if (type is null || callId is null)
                continue;
            if (Outputs.TryGetValue(type, out var output) && !items.Skip(i + 1).Any(later => Is(later, output, callId)))
                return Refusal.ByOpenAi($"No tool output found for {Spoken(type)} {callId}.");
            if (Outputs.FirstOrDefault(pair => pair.Value == type).Key is { } call && !items.Take(i).Any(earlier => Is(earlier, call, callId)))
                return Refusal.ByOpenAi($"No tool call found for {Spoken(type)} with call_id {callId}.");
        }

        return null;
    }

    private static bool Is(JsonElement item, string type, string callId) => item.TextOf("type") == type && item.TextOf("call_id") == callId;

    private static string Spoken(string type) => type.Replace('_', ' ');
}

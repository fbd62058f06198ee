using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Histories as answers, frameworks and stores leave them, and what goes out of them.</summary>
internal static class Histories
{
    public static ChatMessage User(string text) => new(ChatRole.User, text);

    public static ChatMessage Assistant(params AIContent[] contents) => new(ChatRole.Assistant, contents);

    public static ChatMessage Result(string id, object? result = null) => new(ChatRole.Tool, [new FunctionResultContent(id, result ?? "r")]);

    /// <summary>A content that carries this as what the service gave.</summary>
    public static T Carrying<T>(this T content, object carried) where T : AIContent
    {
        content.AdditionalProperties = new() { ["openrouter.item"] = carried };
        return content;
    }

    /// <summary>An envelope, as it stands beside or between an answer's contents.</summary>
    public static TextReasoningContent Envelope(string json) => new("") { ProtectedData = $"openrouter:1:{json}" };

    public static string Proven(string id, string text = "Hm.") => $$"""{"type":"reasoning","id":"{{id}}","summary":[{"type":"summary_text","text":"{{text}}"}],"encrypted_content":"gAAAA","format":"openai-responses-v1","status":"completed"}""";

    /// <summary>The message of an answer with these items.</summary>
    public static async Task<ChatMessage> AnswerAsync(params string[] output) => (await Hear(Of(Created, Completed(output)))).ToChatResponse().Messages[0];

    /// <summary>To a service that takes anything.</summary>
    public static async Task<(JsonArray Input, IReadOnlyList<string> Warnings)> SendAsync(params ChatMessage[] history)
    {
        var service = new Service(Service.Json("""{"id":"gen-2","status":"completed","output":[{"type":"message","role":"assistant","id":"msg_9","content":[{"type":"output_text","text":"Yes.","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3} }"""));
        using var http = new HttpClient(service);
        using var client = new OpenRouterChatClient("author/model", "key", http);
        var answer = await client.GetResponseAsync(history);
        return ((JsonArray)JsonNode.Parse(service.Bodies[0])!["input"]!, answer.GetOpenRouter().Warnings);
    }

    public static IEnumerable<string> Types(JsonArray input) => input.Select(item => (string)item!["type"]!);
}

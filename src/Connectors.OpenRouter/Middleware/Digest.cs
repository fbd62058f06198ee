using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Middleware;

/// <summary>Short marks by which messages are known again, the same in every process. Nothing is kept of what was said.</summary>
internal static class Digest
{
    private const int FileSample = 1024;

    public static string Of(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    public static string Of(ChatMessage message)
    {
        var text = new StringBuilder(message.Role.Value);
        foreach (var content in message.Contents)
            text.Append('\n').Append(Of(content));
        return Of(text.ToString());
    }

    /// <summary>What a conversation begins with: its instructions, and its messages up to the user's first.</summary>
    public static string OfBeginning(IReadOnlyCollection<ChatMessage> messages, ChatOptions? options)
    {
        var text = new StringBuilder(options?.Instructions);
        foreach (var message in messages)
        {
            text.Append('\n').Append(Of(message));
            if (message.Role == ChatRole.User)
                break;
        }
        return Of(text.ToString());
    }

    public static string Of(IEnumerable<AITool> tools) => Of(string.Join("\n",
        tools.Select(tool => $"{tool.Name} {tool.Description} {(tool is AIFunctionDeclaration function ? function.JsonSchema.GetRawText() : "")}")));

    private static string Of(AIContent content) => content switch
    {
        TextContent text => text.Text,
        TextReasoningContent thought => $"thought {thought.Text} {thought.ProtectedData}",
        FunctionCallContent call => $"call {call.CallId} {call.Name}",
        FunctionResultContent result => $"result {result.CallId} {FunctionTurn.Text(result.Result)}",
        UriContent uri => $"uri {uri.Uri}",
        DataContent data => $"data {data.MediaType} {data.Data.Length} {Convert.ToBase64String(data.Data.Span[..Math.Min(FileSample, data.Data.Length)])}",
        _ => content.GetType().Name,
    };
}

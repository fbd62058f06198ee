using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Mapping;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Middleware;

/// <summary>Short marks by which messages are known again, the same in every process. Nothing is kept of what was said.</summary>
internal static class Digest
{
    /// <summary>How many bytes of a file count; its length counts too.</summary>
    private const int FileSample = 1024;

    /// <summary>The first half of a text's SHA-256, in hexadecimal digits.</summary>
    public static string Of(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    /// <summary>The mark of a message: its role and all its contents.</summary>
    public static string Of(ChatMessage message)
    {
        var text = new StringBuilder(message.Role.Value);
        foreach (var content in message.Contents)
            text.Append('\n').Append(Of(content));
        return Of(text.ToString());
    }

    /// <summary>What a conversation begins with: its instructions, and its messages up to the user's first.</summary>
    public static string OfFirstMessages(IReadOnlyCollection<ChatMessage> messages, ChatOptions? options)
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

    /// <summary>The mark of the tools as they would be sent.</summary>
    public static string Of(IEnumerable<AITool> tools) => Of(string.Join("\n",
        tools.Select(tool => $"{tool.Name} {tool.Description} {Rest(tool)}")));

    /// <summary>What of a tool is sent besides.</summary>
    private static string Rest(AITool tool) => tool switch
    {
        AIFunctionDeclaration function => function.JsonSchema.ValueKind == JsonValueKind.Undefined ? "" : function.JsonSchema.GetRawText(),
        _ => Written(tool),
    };

    /// <summary>A tool as it is sent; empty where it cannot be.</summary>
    private static string Written(AITool tool)
    {
        try
        {
            return ToolMap.ToTool(tool, strict: null).ToJsonString();
        }
        catch (Exception unsaid) when (unsaid is InvalidOperationException or NotSupportedException) // whoever sends it says so
        {
            return "";
        }
    }

    /// <summary>What of a content is sent, in a line.</summary>
    private static string Of(AIContent content) => content switch
    {
        TextContent text => text.Text,
        TextReasoningContent thought => $"thought {thought.Text} {thought.ProtectedData}",
        FunctionCallContent call => $"call {call.CallId} {call.Name} {ArgumentsText(call.Arguments)}",
        HostedFileContent file => $"file {file.FileId}",
        HostedVectorStoreContent store => $"store {store.VectorStoreId}",
        ErrorContent error => $"error {error.ErrorCode} {error.Message}",
        McpServerToolCallContent call => $"mcp {call.CallId} {call.ServerName} {call.Name} {ArgumentsText(call.Arguments)}",
        FunctionResultContent result => $"result {result.CallId} {FunctionTurn.Text(result.Result ?? result.Exception?.Message)}",
        ToolApprovalResponseContent answer => $"approval {answer.RequestId} {answer.Approved} {answer.Reason}",
        UriContent uri => $"uri {uri.Uri}",
        DataContent data => $"data {data.MediaType} {data.Data.Length} {Convert.ToBase64String(data.Data.Span[..Math.Min(FileSample, data.Data.Length)])}",
        _ => $"{content.GetType().Name} {(content.AdditionalProperties?.TryGetValue(ItemMap.ItemKey, out var item) == true ? item : null)}",
    };

    /// <summary>Arguments as JSON; a question mark for those that cannot be written.</summary>
    private static string ArgumentsText(IDictionary<string, object?>? arguments)
    {
        using var scratch = JsonScratch.Take();
        try
        {
            if (arguments is not null)
                UntypedJson.Write(scratch.Writer, arguments, "arguments");
        }
        catch (Exception unsaid) when (unsaid is InvalidOperationException or NotSupportedException) // whoever sends them says so
        {
            return "?";
        }
        return scratch.WrittenText();
    }
}

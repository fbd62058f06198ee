using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Logging;
using Moq;

namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>Of each content and each tool that is sent otherwise than before the report of the prompt cache sees it; what is the same is the same.</summary>
public sealed class CacheMarksTests
{
    private readonly FakeLogCollector _log = new();

    public static TheoryData<string> Contents =>
    [
        "text", "thought", "proof", "arguments", "a call of a remote tool", "error", "result", "half a letter", "a failed result", "address", "file", "a long file", "raw item", "an approval", "a picture that was made",
    ];

    [Theory]
    [MemberData(nameof(Contents))]
    public async Task A_content_that_changed_is_named_and_one_that_did_not_is_not(string kind)
    {
        Assert.StartsWith("The prompt cache was missed: message 2 of 3 (assistant) is not what it was in the request before.", Assert.Single(await CompareAsync(Content(kind, 1), Content(kind, 2))), StringComparison.Ordinal);
        Assert.Empty(await CompareAsync(Content(kind, 1), Content(kind, 1)));
    }

    [Fact]
    public async Task Arguments_that_nobody_can_write_are_no_reason_to_fail()
    {
        List<object?> endless = [];
        endless.Add(endless);

        Assert.Empty(await CompareAsync(Call(), Call()));
        Assert.Empty(await CompareAsync(new FunctionResultContent("c", endless), new FunctionResultContent("c", endless)));

        AIContent Call() => new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["a"] = endless });
    }

    public static TheoryData<string> Tools => ["schema", "description", "stores", "files", "a picture's size", "a search's place", "approval", "raw"];

    [Theory]
    [MemberData(nameof(Tools))]
    public async Task A_tool_that_changed_is_named_and_one_that_did_not_is_not(string kind)
    {
        Assert.StartsWith("The prompt cache was missed: the tools are not those of the request before.", Assert.Single(await CompareAsync(Tool(kind, 1), Tool(kind, 2))), StringComparison.Ordinal);
        Assert.Empty(await CompareAsync(Tool(kind, 1), Tool(kind, 1)));
    }

    [Fact]
    public async Task A_tool_that_cannot_be_sent_is_known_by_its_name()
    {
        Assert.Empty(await CompareAsync(new HostedFileSearchTool(), new HostedFileSearchTool()));
        Assert.Single(await CompareAsync(new HostedFileSearchTool(), new HostedWebSearchTool()));
    }

    private static AIContent Content(string kind, int n) => kind switch
    {
        "text" => new TextContent($"{n}"),
        "thought" => new TextReasoningContent($"{n}"),
        "proof" => new TextReasoningContent("x") { ProtectedData = $"{n}" },
        "arguments" => new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["n"] = n }),
        "a call of a remote tool" => new McpServerToolCallContent("c", "f", "s") { Arguments = new Dictionary<string, object?> { ["n"] = n } },
        "error" => new ErrorContent($"{n}"),
        "result" => new FunctionResultContent("c", n),
        "half a letter" => new FunctionResultContent("c", System.Text.Json.JsonElement.Parse($"\"{n}\\ud83d\"")),
        "a failed result" => new FunctionResultContent("c", null) { Exception = new InvalidOperationException($"{n}") },
        "address" => new UriContent($"https://a.example/{n}", "image/png"),
        "file" => new DataContent(new byte[] { (byte)n }, "image/png"),
        "a long file" => new DataContent(new byte[2000 + n], "image/png"),
        "raw item" => new AIContent { AdditionalProperties = new() { ["openrouter.item"] = $"{{\"type\":\"x\",\"n\":{n}}}" } },
        "an approval" => new ToolApprovalResponseContent("r", n == 1, new McpServerToolCallContent("c", "f", "s")),
        _ => new HostedFileContent($"{n}"),
    };

    private static AITool Tool(string kind, int n) => kind switch
    {
        "schema" => AIFunctionFactory.CreateDeclaration("f", "d", System.Text.Json.JsonElement.Parse($"{{\"type\":\"object\",\"n\":{n}}}")),
        "description" => AIFunctionFactory.CreateDeclaration("f", $"{n}", default),
        "stores" => new HostedFileSearchTool { Inputs = [new HostedVectorStoreContent($"{n}")] },
        "files" => new HostedCodeInterpreterTool { Inputs = [new HostedFileContent($"{n}")] },
        "a picture's size" => new HostedImageGenerationTool { Options = new() { ImageSize = new(n, n) } },
        "a search's place" => new HostedWebSearchTool(new Dictionary<string, object?> { ["search_context_size"] = n == 1 ? "low" : "high" }),
        "approval" => new HostedMcpServerTool("m", "https://m.example/") { ApprovalMode = n == 1 ? HostedMcpServerToolApprovalMode.NeverRequire : HostedMcpServerToolApprovalMode.AlwaysRequire },
        _ => OpenRouterTools.Raw(new System.Text.Json.Nodes.JsonObject { ["type"] = "x", ["n"] = n }),
    };

    private Task<List<string>> CompareAsync(AIContent one, AIContent other) => CompareAsync((one, null), (other, null));

    private Task<List<string>> CompareAsync(AITool one, AITool other) => CompareAsync((null, one), (null, other));

    /// <summary>What is said of the second of two requests that differ in nothing but this.</summary>
    private async Task<List<string>> CompareAsync(params (AIContent? Content, AITool? Tool)[] requests)
    {
        var inner = new Mock<IChatClient>();
        inner.Setup(client => client.GetResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => new ChatResponse(new ChatMessage(ChatRole.Assistant, "x")) { Usage = new() { InputTokenCount = 2000 } });
        using var loggers = LoggerFactory.Create(log => log.AddProvider(new FakeLoggerProvider(_log)));
        using var client = inner.Object.AsBuilder().UseOpenRouterCacheReport().Build(new Services(loggers));
        _log.Clear();
        foreach (var (content, tool) in requests)
            await client.GetResponseAsync([new(ChatRole.User, "q"), new(ChatRole.Assistant, [content ?? new TextContent("x")]), new(ChatRole.User, "next")], tool is null ? null : new() { Tools = [tool] });
        return [.. _log.GetSnapshot().Where(record => record.Id.Id == 94).Select(record => record.Message)];
    }

    private sealed record Services(ILoggerFactory Loggers) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(ILoggerFactory) ? Loggers : null;
    }
}

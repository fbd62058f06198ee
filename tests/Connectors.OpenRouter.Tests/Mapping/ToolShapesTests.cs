using System.Drawing;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Hosted tools and the schemas of functions, as they go out.</summary>
public sealed class ToolShapesTests
{
    public static TheoryData<string, string> Hosted => new()
    {
        { "code", """{"type":"code_interpreter","container":{"type":"auto"}}""" },
        { "code with files", """{"type":"code_interpreter","container":{"type":"auto","file_ids":["f_1"]}}""" },
        { "files", """{"type":"file_search","vector_store_ids":["vs_1"],"max_num_results":3}""" },
        { "files said", """{"type":"file_search","vector_store_ids":["vs_2"]}""" },
        { "image", """{"type":"image_generation"}""" },
        { "image with options", """{"type":"image_generation","model":"a/b","size":"16x9","output_format":"webp","partial_images":2}""" },
        { "MCP by name", """{"type":"mcp","server_label":"docs","connector_id":"connector_docs","headers":{"X-A":"1"},"allowed_tools":["find"],"require_approval":"always"}""" },
        { "MCP basic", """{"type":"mcp","server_label":"docs","server_url":"https://m.example/","server_description":"d","headers":{"Authorization":"Basic x"},"require_approval":"never"}""" },
        { "MCP some", """{"type":"mcp","server_label":"docs","server_url":"https://m.example/","require_approval":{"always":{"tool_names":["del"]}}}""" },
        { "MCP others", """{"type":"mcp","server_label":"docs","server_url":"https://m.example/","require_approval":{"never":{"tool_names":["get"]}}}""" },
    };

    [Theory]
    [MemberData(nameof(Hosted))]
    public async Task A_hosted_tool_is_written_in_the_services_words(string kind, string expected)
    {
        AITool tool = kind switch
        {
            "code" => new HostedCodeInterpreterTool(),
            "code with files" => new HostedCodeInterpreterTool { Inputs = [new HostedFileContent("f_1")] },
            "files" => new HostedFileSearchTool { Inputs = [new HostedVectorStoreContent("vs_1")], MaximumResultCount = 3 },
            "files said" => new HostedFileSearchTool(new Dictionary<string, object?> { ["vector_store_ids"] = new[] { "vs_2" } }),
            "image" => new HostedImageGenerationTool(),
            "image with options" => new HostedImageGenerationTool { Options = new() { ModelId = "a/b", ImageSize = new Size(16, 9), MediaType = "image/webp", StreamingCount = 2 } },
            "MCP by name" => new HostedMcpServerTool("docs", "connector_docs") { Headers = new Dictionary<string, string> { ["X-A"] = "1" }, AllowedTools = ["find"], ApprovalMode = HostedMcpServerToolApprovalMode.AlwaysRequire },
            "MCP basic" => new HostedMcpServerTool("docs", "https://m.example/") { ServerDescription = "d", Headers = new Dictionary<string, string> { ["Authorization"] = "Basic x" }, ApprovalMode = HostedMcpServerToolApprovalMode.NeverRequire },
            "MCP some" => new HostedMcpServerTool("docs", "https://m.example/") { ApprovalMode = HostedMcpServerToolApprovalMode.RequireSpecific(["del"], null) },
            _ => new HostedMcpServerTool("docs", "https://m.example/") { ApprovalMode = HostedMcpServerToolApprovalMode.RequireSpecific(null, ["get"]) },
        };

        Requests.AssertSame($"[{expected}]", await ToolsAsync(tool));
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "code", "The code interpreter takes hosted files, not TextContent: upload it and give a HostedFileContent." },
        { "files", "File search takes vector stores, not TextContent: give a HostedVectorStoreContent." },
        { "no files", "File search needs the vector stores to search" },
        { "other", "The tool `own` of type " },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_a_hosted_tool_cannot_take_is_refused(string kind, string words)
    {
        AITool tool = kind switch
        {
            "code" => new HostedCodeInterpreterTool { Inputs = [new TextContent("x")] },
            "files" => new HostedFileSearchTool { Inputs = [new TextContent("x")] },
            "no files" => new HostedFileSearchTool(),
            _ => new Other(),
        };

        Assert.StartsWith(words, (await Assert.ThrowsAsync<NotSupportedException>(() => ToolsAsync(tool))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("What it does.", false)]
    [InlineData("Something else.", true)]
    public async Task A_description_that_stands_in_the_schema_too_is_sent_once(string condition, bool stays)
    {
        var function = AIFunctionFactory.CreateDeclaration("f", "What it does.", JsonElement.Parse($$"""{"type":"object","properties":{},"condition":"{{condition}}"}"""));

        var tool = (await ToolsAsync(function))[0]!;

        Assert.Equal("What it does.", (string?)tool["description"]);
        Assert.Equal(stays, tool["parameters"]!["condition"] is not null);
    }

    [Fact]
    public async Task A_flag_that_is_null_says_nothing()
    {
        var tool = (await ToolsAsync(new Flagged()))[0]!.AsObject();

        Assert.False(tool.ContainsKey("strict"));
    }

    [Theory]
    [InlineData("#", true)]
    [InlineData("#anchor", true)]
    [InlineData("other.json#/x", true)]
    [InlineData("#/$defs/one", true)]
    [InlineData("#/$defs/a~1b~0c", true)]
    [InlineData("#/$defs/with%20blank", true)]
    [InlineData("#/anyOf/1", true)]
    [InlineData("#/anyOf/2", false)]
    [InlineData("#/anyOf/-1", false)]
    [InlineData("#/anyOf/x", false)]
    [InlineData("#/$defs/two", false)]
    [InlineData("#/type/x", false)]
    public async Task A_reference_that_leads_nowhere_is_told_of(string reference, bool holds)
    {
        var function = AIFunctionFactory.CreateDeclaration("f", null, JsonElement.Parse($$"""
            {"type":"object","properties":{"x":{"oneOf":[{"type":"string"},{"$ref":"{{reference}}"}]},"$ref":{"type":"string"} },
             "$defs":{"one":{},"a/b~c":{},"with blank":{} },"anyOf":[{},{}],"default":{"$ref":"#/nowhere"},"examples":[{"$ref":"#/nowhere"}] }
            """));

        var posted = await Requests.SendAsync(options: new() { Tools = [function] });

        Assert.Equal(holds ? [] : [$"The schema of the tool `f` refers to `{reference}`, which is not in it: providers refuse that or guess. Give the definition under that path, or write it in place."], posted.Response.GetOpenRouter().Warnings);
    }

    private static async Task<JsonArray> ToolsAsync(AITool tool) => (JsonArray)(await Requests.SendAsync(options: new() { Tools = [tool] })).Json["tools"]!;

    private sealed class Other : AITool
    {
        public override string Name => "own";
    }

    private sealed class Flagged : AIFunctionDeclaration
    {
        public override string Name => "f";

        public override IReadOnlyDictionary<string, object?> AdditionalProperties { get; } = new Dictionary<string, object?> { ["strict"] = null };
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

public sealed class ToolMapTests
{
    private static readonly AIFunction Weather = AIFunctionFactory.Create((string city) => "rain", "get_weather");
    private static readonly AIFunction Time = AIFunctionFactory.Create(() => "noon", "get_time");

    [Fact]
    public async Task A_search_for_tools_defers_every_function() =>
        Assert.Equal([null, "True", "True"], (await ToolsAsync(new HostedToolSearchTool(), Weather, Time)).Select(tool => tool!["defer_loading"]?.GetValue<bool>().ToString()));

    [Fact]
    public async Task A_search_for_named_tools_defers_only_them() =>
        Assert.Equal([null, "True", null], (await ToolsAsync(new HostedToolSearchTool { DeferredTools = ["get_weather"] }, Weather, Time)).Select(tool => tool!["defer_loading"]?.GetValue<bool>().ToString()));

    [Fact]
    public async Task A_namespace_holds_the_deferred_functions()
    {
        var tools = await ToolsAsync(new HostedToolSearchTool { DeferredTools = ["get_weather"], Namespace = "home", NamespaceDescription = "At home" }, Weather, Time);
        Assert.Equal(["openrouter:tool_search", "namespace", "function"], tools.Select(tool => tool!["type"]!.ToString()));
        Assert.Equal("get_weather", tools[1]!["tools"]![0]!["name"]!.ToString());
    }

    [Fact]
    public async Task An_mcp_servers_bearer_token_is_its_authorization_and_stays_out_of_every_report()
    {
        var server = new HostedMcpServerTool("docs", "https://example.org/mcp") { Headers = new Dictionary<string, string> { ["authorization"] = "bearer secret-1", ["X-Team"] = "secret-2" } };
        var tool = (await ToolsAsync(server))[0]!;
        Assert.Equal("secret-1", tool["authorization"]!.ToString());
        Requests.AssertSame("""{"X-Team":"secret-2"}""", tool["headers"]);
        using var client = new OpenRouterChatClient("a/b");
        var report = client.Explain("Hi", new() { Tools = [server] });
        Assert.DoesNotContain("secret-", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("[redacted]", report.Json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_approval_by_name_names_both_lists() =>
        Requests.AssertSame("""{"always":{"tool_names":["delete"]},"never":{"tool_names":["read"]}}""",
            (await ToolsAsync(new HostedMcpServerTool("docs", "https://example.org/mcp") { ApprovalMode = HostedMcpServerToolApprovalMode.RequireSpecific(["delete"], ["read"]) }))[0]!["require_approval"]);

    [Fact]
    public async Task Strict_for_the_whole_call_makes_functions_strict()
    {
        var tool = (await Requests.BodyAsync(options: new() { Tools = [Weather], AdditionalProperties = new() { ["strict"] = true } }))["tools"]![0]!;
        Assert.True(tool["strict"]!.GetValue<bool>());
        Assert.False(tool["parameters"]!["additionalProperties"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Server_tools_are_not_offered_to_function_invocation()
    {
        using var fake = new Testing.FakeOpenRouter(reply => reply.Call("get_weather", new { city = "Oslo" }), reply => reply.Say("Rain."));
        using var agent = new OpenRouterChatClient(new() { Model = "a/b" }, fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();
        AITool[] tools = [OpenRouterTools.WebSearch(), OpenRouterTools.Files(), Weather, new HostedWebSearchTool()];
        Assert.Equal("Rain.", (await agent.GetResponseAsync("Weather?", new() { Tools = tools })).Text);
        Assert.Equal("rain", fake.LastRequest.ToolOutput("get_weather"));
        Assert.Empty(tools.OfType<AIFunctionDeclaration>().Except([Weather]));
    }

    [Fact]
    public async Task Allowed_tools_are_named_and_all_others_stay_in_the_prompt()
    {
        var body = await Requests.BodyAsync(options: new ChatOptions { Tools = [Weather, Time] }.WithOpenRouter(new() { ToolChoice = new() { Type = "allowed_tools", Mode = "required", Tools = ["get_time"] } }));
        Requests.AssertSame("""{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"get_time"}]}""", body["tool_choice"]);
        Assert.Equal(2, body["tools"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_plain_choice_of_tools_is_a_word() =>
        Assert.Equal("none", (await Requests.BodyAsync(options: new ChatOptions { Tools = [Weather], ToolMode = ChatToolMode.Auto }.WithOpenRouter(new() { ToolChoice = "none" })))["tool_choice"]!.ToString());

    [Fact]
    public void A_raw_tool_is_copied_and_needs_a_type()
    {
        var json = new JsonObject { ["type"] = "shell" };
        var tool = OpenRouterTools.Raw(json);
        json["type"] = "changed";
        Assert.Equal("shell", tool.Name);
        Assert.Throws<ArgumentException>(() => OpenRouterTools.Raw(new JsonObject()));
        Assert.Throws<ArgumentException>(() => OpenRouterTools.Raw(new JsonArray()));
        Assert.Throws<ArgumentNullException>(() => OpenRouterTools.Raw(null!));
        Assert.Throws<ArgumentException>(() => OpenRouterTools.Advisor(" "));
        Assert.Throws<ArgumentException>(() => OpenRouterTools.Subagent("a/b", tools: [Weather]));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("true")]
    public async Task A_function_without_a_schema_takes_an_object(string schema)
    {
        var declaration = AIFunctionFactory.CreateDeclaration("f", null, JsonElement.Parse(schema));
        Assert.Equal(JsonValueKind.Object, (await ToolsAsync(declaration))[0]!["parameters"]!.GetValueKind());
    }

    private static async Task<JsonArray> ToolsAsync(params AITool[] tools) => (JsonArray)(await Requests.BodyAsync(options: new() { Tools = tools }))["tools"]!;
}

using System.Text.Json.Nodes;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What an MCP server is called with is secret wherever it is named, and shown nowhere.</summary>
public sealed class McpSecretsTests
{
    public static TheoryData<string> Servers =>
    [
        """{"type":"mcp","server_label":"m","authorization":"canary-0001"}""",
        """{"type":"mcp","server_label":"m","authorization":"Bearer canary-0001"}""",
        """{"type":"mcp","server_label":"m","headers":{"X-Anything":"canary-0001"}}""",
        """{"type":"mcp","server_label":"m","headers":{"X-Api-Key":"canary"}}""",
        """{"type":"mcp","server_label":"m","server_url":"https://mcp.example/sse?api_key=canary-0001&x=1"}""",
        """{"type":"mcp","server_label":"m","server_url":"https://mcp.example/sse?token=canary"}""",
        """{"type":"mcp","server_label":"m","server_url":"https://canary-user:canary-0001@mcp.example/sse"}""",
        """{"type":"mcp","server_label":"m","server_url":"https://mcp.example/sse?k=canary%2D0001"}""",
        """{"type":"namespace","name":"n","description":"d","tools":[{"type":"mcp","server_label":"m","authorization":"canary-0001"}]}""",
        """{"type":"namespace","name":"n","description":"d","tools":[{"type":"namespace","name":"o","description":"d","tools":[{"type":"mcp","server_label":"m","headers":{"Authorization":"canary-0001"}}]}]}""",
    ];

    [Theory]
    [MemberData(nameof(Servers))]
    public void An_explanation_shows_nothing_of_it(string tool)
    {
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "canary-key-0123456789" });
        var report = client.Explain($"Who told you canary-key-0123456789?", new() { Tools = [OpenRouterTools.Raw(JsonNode.Parse(tool)!)], AdditionalProperties = new() { ["X-Title"] = "canary-key-0123456789" } });
        Assert.Null(report.Refusal);
        Assert.DoesNotContain("canary", $"{report} {report.Json} {string.Join(' ', report.Headers)}", StringComparison.Ordinal);
        Assert.Contains("\"server_label\":\"m\"", report.Json, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task An_error_that_quotes_it_shows_nothing_of_it_either(string tool)
    {
        var service = new Service(request =>
        {
            var body = request.Content!.ReadAsStringAsync().Result;
            return Service.Json("""{"error":{"code":400,"message":"canary-0001 canary canary%2D0001 is wrong"}}""", 400)(request);
        });
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test" }, new HttpClient(service));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => client.GetResponseAsync("q", new() { Tools = [OpenRouterTools.Raw(JsonNode.Parse(tool)!)] }));
        Assert.Contains("[redacted]", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_word_is_no_secret_unless_its_name_says_so()
    {
        var tools = JsonNode.Parse("""[{"type":"mcp","headers":{"X-Mode":"fast","X-Tenant":"acme","X-Token":"hush"},"server_url":"https://a.example/?region=eu&sig=abcd"}]""");
        Assert.Equal(["hush", "abcd"], McpSecrets.Of(tools));
    }

    [Fact]
    public void A_schema_eighty_deep_beside_a_server_is_explained()
    {
        JsonNode schema = new JsonObject { ["type"] = "string" };
        for (var i = 0; i < 80; i++)
            schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["a"] = schema } };
        var function = OpenRouterTools.Raw(new JsonObject { ["type"] = "function", ["name"] = "f", ["parameters"] = schema });
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key" });
        var report = client.Explain("hi", new() { Tools = [function, new HostedMcpServerTool("mine", new Uri("https://mcp.example/")) { Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer canary-0001" } }] });
        Assert.Null(report.Refusal);
        Assert.Contains("[redacted]", report.Json, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Warnings_are_bounded_in_number_and_length()
    {
        var additional = new AdditionalPropertiesDictionary();
        for (var i = 0; i < 5000; i++)
            additional[$"unknown_{i}_{new string('x', 20_000)}"] = i;
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key" });
        var notes = client.Explain("hi", new() { AdditionalProperties = additional }).Notes;
        Assert.InRange(notes.Count, 100, 120);
        Assert.All(notes, note => Assert.InRange(note.Length, 1, 1100));
        Assert.Contains(notes, note => note.Contains("the rest is not listed", StringComparison.Ordinal));
    }
}

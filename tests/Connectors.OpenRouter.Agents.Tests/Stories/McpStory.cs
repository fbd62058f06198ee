using System.ComponentModel;
using System.IO.Pipelines;
using System.Text.Json;
using Connectors.OpenRouter.Agents.Tests.Support;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Connectors.OpenRouter.Agents.Tests.Stories;

/// <summary>Tools of an MCP server, in this process: what they give back reaches the model whole, and the thinking before them goes back.</summary>
public class McpStory
{
    private static readonly byte[] Picture = [0x89, 0x50, 0x4E, 0x47, 1, 2, 3];

    [Fact]
    public async Task Words_arrive_as_words()
    {
        var (request, _) = await CallAsync("words");

        Assert.Equal("two trains to Oslo", request.ToolOutput("words"));
    }

    [Fact]
    public async Task A_picture_arrives_as_a_picture_beside_its_words()
    {
        var (_, output) = await CallAsync("picture");

        Assert.Equal(["input_text", "input_image"], output.EnumerateArray().Select(part => part.GetProperty("type").GetString()));
        Assert.Equal("the station", output[0].GetProperty("text").GetString());
        Assert.Equal($"data:image/png;base64,{Convert.ToBase64String(Picture)}", output[1].GetProperty("image_url").GetString());
    }

    [Fact]
    public async Task Structured_content_arrives_as_the_json_it_is()
    {
        var (request, _) = await CallAsync("structured");

        var json = JsonDocument.Parse(request.ToolOutput("structured")!).RootElement;
        Assert.Equal(5, json.GetProperty("structuredContent").GetProperty("hours").GetInt32());
    }

    [Fact]
    public async Task A_tools_own_error_reaches_the_model_in_its_words()
    {
        var (request, _) = await CallAsync("failing");

        Assert.Contains("No such city.", request.ToolOutput("failing"), StringComparison.Ordinal);
        Assert.Contains("isError", request.ToolOutput("failing"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_result_is_still_a_result()
    {
        var (request, _) = await CallAsync("nothing");

        Assert.Contains(" call output ", request.Shape(), StringComparison.Ordinal);
    }

    /// <summary>One turn with a call of that tool, the session through JSON, and the request of the next turn.</summary>
    private static async Task<(Testing.FakeRequest Request, JsonElement Output)> CallAsync(string tool)
    {
        Pipe up = new(), down = new();
        await using var transport = new StreamServerTransport(up.Reader.AsStream(), down.Writer.AsStream(), "trains");
        await using var server = McpServer.Create(transport, new McpServerOptions
        {
            ToolCollection =
            [
                McpServerTool.Create(Words, new() { Name = "words" }),
                McpServerTool.Create(Show, new() { Name = "picture" }),
                McpServerTool.Create(Structured, new() { Name = "structured", UseStructuredContent = true }),
                McpServerTool.Create(Failing, new() { Name = "failing" }),
                McpServerTool.Create(Nothing, new() { Name = "nothing" }),
            ],
        });
        using var stop = new CancellationTokenSource();
        var serving = server.RunAsync(stop.Token);
        try
        {
            await using var client = await McpClient.CreateAsync(new StreamClientTransport(up.Writer.AsStream(), down.Reader.AsStream()));
            var tools = await client.ListToolsAsync();
            using var fake = Stage.Strict(r => r.Ponder("Look it up.").Call(tool, new { city = "Oslo" }), r => r.Ponder("I see.").Say("Done."), r => r.Say("Yes."));
            var agent = Stage.Agent(fake, Stage.Claude, "desk", [.. tools]);
            var session = await agent.CreateSessionAsync();

            await agent.RunAsync(session, "Trains to Oslo?", streaming: true);
            var inLoop = fake.LastRequest.Input().First(item => item.GetProperty("type").GetString() == "function_call_output").GetProperty("output").GetRawText();
            session = await agent.ReloadAsync(session);
            await agent.RunAsync(session, "Sure?", streaming: true);

            var output = fake.LastRequest.Input().First(item => item.GetProperty("type").GetString() == "function_call_output").GetProperty("output");
            Assert.Equal(inLoop, output.GetRawText());
            Assert.Equal(["Look it up.", "I see."], fake.LastRequest.Thoughts());
            return (fake.LastRequest, output);
        }
        finally
        {
            await stop.CancelAsync();
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [Description("Words.")]
    private static string Words(string city) => $"two trains to {city}";

    private static IEnumerable<ContentBlock> Show(string city) => [new TextContentBlock { Text = "the station" }, ImageContentBlock.FromBytes(Picture, "image/png")];

    private static Train Structured(string city) => new(city, 5);

    private static string Failing(string city) => throw new McpException("No such city.");

    private static void Nothing(string city)
    {
    }

    private sealed record Train(string City, int Hours);
}

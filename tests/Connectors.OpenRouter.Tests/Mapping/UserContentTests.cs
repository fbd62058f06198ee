using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Histories;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What a user or a tool gives, content by content, and the part or item that the service gets.</summary>
public sealed class UserContentTests
{
    private static readonly byte[] Bytes = [1];

    public static TheoryData<string, string> Files => new()
    {
        { "application/pdf", "file.pdf" }, { "text/plain; charset=utf-8", "file.txt" }, { "text/csv", "file.csv" }, { "text/html", "file.html" },
        { "Text/Markdown", "file.md" }, { "application/json", "file.json" }, { "x/y", "file" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_without_a_name_gets_one_of_its_kind(string mediaType, string name)
    {
        Assert.Equal(name, (string?)(await PartAsync(new DataContent(Bytes, mediaType)))["filename"]);
        Assert.Equal("own", (string?)(await PartAsync(new DataContent(Bytes, mediaType) { Name = "own" }))["filename"]);
        Assert.Equal("said", (string?)(await PartAsync(new DataContent(Bytes, mediaType) { Name = "", AdditionalProperties = new() { ["filename"] = "said" } }))["filename"]);
    }

    [Theory]
    [InlineData("audio/mpeg", "mp3")]
    [InlineData("audio/mp3", "mp3")]
    [InlineData("audio/x-mp3", "mp3")]
    [InlineData("audio/wav", "wav")]
    [InlineData("audio/x-wav", "wav")]
    [InlineData("audio/wave", "wav")]
    [InlineData("audio/vnd.wave", "wav")]
    [InlineData("Audio/X-Pn-Wav; rate=1", "wav")]
    public async Task Sound_is_mp3_or_wav_by_whatever_name(string mediaType, string format) =>
        Requests.AssertSame($$"""{"type":"input_audio","input_audio":{"data":"AQ==","format":"{{format}}"} }""", await PartAsync(new DataContent(Bytes, mediaType)));

    [Theory]
    [InlineData(true, """{"mode":"explicit"}""")]
    [InlineData("true", """{"mode":"explicit"}""")]
    [InlineData(false, "null")]
    [InlineData("""{"mode":"explicit","ttl":"1h"}""", """{"mode":"explicit","ttl":"1h"}""")]
    [InlineData(null, "null")]
    public async Task A_text_may_end_what_a_cache_keeps(object? said, string sent)
    {
        if (said is string json && json.StartsWith('{'))
            said = JsonNode.Parse(json);

        Requests.AssertSame(sent, (await PartAsync(new TextContent("Hi.") { AdditionalProperties = new() { ["prompt_cache_breakpoint"] = said } }))["prompt_cache_breakpoint"]);
    }

    public static TheoryData<string, string> Addresses => new()
    {
        { "file:///tmp/a.pdf", "load it into a DataContent" },
        { "/tmp/a.pdf", "load it into a DataContent" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task An_address_that_the_service_cannot_reach_is_refused(string address, string words)
    {
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => PartAsync(new UriContent(new Uri(address, UriKind.RelativeOrAbsolute), "application/pdf")));

        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image/*", "image/png")]
    [InlineData("image/jpeg", "image/jpeg")]
    public async Task An_inline_address_is_the_file_it_holds(string mediaType, string sent) =>
        Assert.Equal($"data:{sent};base64,AQ==", (string?)(await PartAsync(new UriContent($"data:{(sent == mediaType ? "" : sent)};base64,AQ==", mediaType)))["image_url"]);

    public static TheoryData<string> Raw => ["JSON", "a node", "a list"];

    [Theory]
    [MemberData(nameof(Raw))]
    public async Task A_bare_content_may_hold_an_item_in_wire_form(string kind)
    {
        const string Item = """{"type":"shell_call_output","call_id":"c","output":[{"stdout":"é\u003c"}]}""";
        object raw = kind switch { "JSON" => JsonElement.Parse(Item), "a node" => JsonNode.Parse(Item)!, _ => new[] { 1 } };

        var (input, warnings) = await SendAsync(User("q"), new(ChatRole.User, [new AIContent { RawRepresentation = raw }, new TextContent("next")]));

        if (kind == "a list")
            Assert.Contains("A AIContent in a message that is not the assistant's was not sent: the service has no input for it.", warnings);
        else
            Requests.AssertSame(Item, input[1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_person_answered_about_a_remote_tool_is_an_item_and_about_a_local_one_is_not(bool remote)
    {
        ToolCallContent call = remote ? new McpServerToolCallContent("c", "find", "docs") : new FunctionCallContent("c", "f", new Dictionary<string, object?>());
        ToolApprovalResponseContent answer = new("a_1", approved: false, call) { Reason = "No." };

        var (input, warnings) = await SendAsync(new ChatMessage(ChatRole.User, [new TextContent("q"), answer, new UsageContent(new())]));

        Assert.Equal(remote ? 2 : 1, input.Count);
        if (remote)
            Requests.AssertSame("""{"type":"mcp_approval_response","approval_request_id":"a_1","approve":false,"reason":"No."}""", input[1]);
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task What_stands_beside_a_tools_result_is_part_of_it_or_an_item_of_its_own()
    {
        ChatMessage tool = new(ChatRole.Tool,
        [
            new TextContent("r"), new FunctionResultContent("c", "r"), new TextContent(""), new TextContent("More."), new DataContent(Bytes, "image/png"),
            new ToolApprovalResponseContent("a_1", approved: true, new McpServerToolCallContent("m", "find", "docs")),
        ]);

        var (input, warnings) = await SendAsync(User("q"), Assistant(new FunctionCallContent("c", "f", new Dictionary<string, object?>())), tool, User("next"));

        Assert.Equal(["message", "function_call", "function_call_output", "mcp_approval_response", "message"], Types(input));
        Assert.Equal(["r", "More.", null], input[2]!["output"]!.AsArray().Select(part => (string?)part!["text"]));
        Assert.Equal("input_image", (string?)input[2]!["output"]![2]!["type"]);
        Assert.Contains("Text beside a function's result was sent as part of it: it is the tool's, not the user's.", warnings);
    }

    public static TheoryData<string, string> Results => new()
    {
        { "audio by address", """[{"type":"input_file","file_url":"https://a.example/x"}]""" },
        { "video by address", """[{"type":"input_file","filename":"v","file_url":"https://a.example/x"}]""" },
        { "audio", """[{"type":"input_file","filename":"file","file_data":"data:audio/ogg;base64,AQ=="}]""" },
        { "undefined", "\"null\"" },
        { "nothing", "\"null\"" },
        { "a failure", "\"Error: lost\"" },
        { "a text node", "\"é\"" },
        { "a node", "\"{\\\"a\\\":1}\"" },
        { "a document", "\"{\\\"a\\\":1}\"" },
        { "one text of a store", """[{"type":"input_text","text":"t"}]""" },
        { "bare", "\"\"" },
        { "empty list", "\"[]\"" },
    };

    [Theory]
    [MemberData(nameof(Results))]
    public async Task A_functions_result_is_text_or_parts(string kind, string expected)
    {
        var json = JsonNode.Parse("""{"a":1}""")!;
        object? result = kind switch
        {
            "audio by address" => new UriContent("https://a.example/x", "audio/mpeg"),
            "video by address" => new UriContent("https://a.example/x", "video/mp4") { AdditionalProperties = new() { ["filename"] = "v" } },
            "audio" => new DataContent(Bytes, "audio/ogg"),
            "undefined" => default(JsonElement),
            "a text node" => JsonValue.Create("é"),
            "a node" => json,
            "a document" => JsonDocument.Parse(json.ToJsonString()),
            "one text of a store" => JsonSerializer.SerializeToElement<AIContent>(new TextContent("t"), AIJsonUtilities.DefaultOptions),
            "bare" => new AIContent().Carrying("""{"type":"x"}"""),
            "empty list" => JsonSerializer.SerializeToElement(Array.Empty<AIContent>()),
            _ => null,
        };

        var (input, _) = await SendAsync(User("q"), Assistant(new FunctionCallContent("c", "f", new Dictionary<string, object?>())),
            new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c", result) { Exception = kind == "a failure" ? new InvalidOperationException("lost") : null }]));

        Requests.AssertSame(expected, input[2]!["output"]);
    }

    private static async Task<JsonNode> PartAsync(AIContent content) => (await SendAsync(new ChatMessage(ChatRole.User, [content]))).Input[0]!["content"]![0]!;
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

public sealed class HistoryMapTests
{
    private static readonly FunctionCallContent Call = new("c1", "f");

    [Theory]
    [InlineData("system", "system")]
    [InlineData("developer", "developer")]
    [InlineData("Developer", "developer")]
    [InlineData("user", "user")]
    public async Task A_role_is_the_wires(string role, string wire) =>
        Requests.AssertSame($$"""[{"type":"message","role":"{{wire}}","content":[{"type":"input_text","text":"Words"}]}]""", await InputAsync(new ChatMessage(new ChatRole(role), "Words")));

    [Fact]
    public async Task A_role_of_ones_own_is_refused_by_name()
    {
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => InputAsync(new ChatMessage(new ChatRole("narrator"), "Once upon")));
        Assert.Contains("`narrator`", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Empty_texts_and_empty_messages_are_skipped() =>
        Requests.AssertSame("""[{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":" "}]}]""", await InputAsync(
            new(ChatRole.System, ""),
            new(ChatRole.User, [new TextContent("a"), new TextContent(""), new TextContent(" ")]),
            new(ChatRole.Assistant, [new TextContent("")]),
            new(ChatRole.User, [])));

    [Fact]
    public async Task No_messages_are_an_empty_input() => Requests.AssertSame("[]", await InputAsync());

    [Fact]
    public async Task Results_beside_words_keep_their_order()
    {
        var input = await InputAsync(
            new(ChatRole.User, "Q"),
            new(ChatRole.Assistant, [Call]),
            new(ChatRole.User, [new TextContent("before"), new FunctionResultContent("c1", "r"), new TextContent("after")]));
        Assert.Equal(["message", "function_call", "message", "function_call_output", "message"], input.Select(item => item!["type"]!.ToString()));
    }

    [Fact]
    public void An_answer_to_an_mcp_server_goes_out_as_its_own_item()
    {
        var request = new ToolApprovalRequestContent("mcpr_1", new McpServerToolCallContent("mcpr_1", "delete", "docs"));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test" });
        var report = client.Explain([new ChatMessage(ChatRole.User, [request.CreateResponse(approved: false, "too risky")])]); // nobody has asked: the service would refuse it
        Requests.AssertSame("""[{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":false,"reason":"too risky"}]""", System.Text.Json.Nodes.JsonNode.Parse(report.Json)!["input"]);
    }

    [Fact]
    public async Task An_item_in_wire_form_goes_out_as_it_is()
    {
        var item = JsonElement.Parse("""{"type":"item_reference","id":"x","brand_new":1.50}""");
        var posted = await Requests.SendAsync([new(ChatRole.User, [new AIContent { RawRepresentation = item }])]);
        Assert.Contains(item.GetRawText(), posted.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_that_an_answer_drew_is_a_picture_when_the_user_sends_it()
    {
        var drawn = new DataContent(new byte[] { 1, 2, 3 }, "image/png") { AdditionalProperties = new() { ["openrouter.item"] = """{"type":"image_generation_call","id":"ig_1","status":"completed","result":"AQID"}""" } };
        Requests.AssertSame("""[{"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AQID","detail":"auto"}]}]""", await InputAsync(new ChatMessage(ChatRole.User, [drawn])));
    }

    public static TheoryData<AIContent, string> Unsayable => new()
    {
        { new HostedVectorStoreContent("vs"), "HostedFileSearchTool" },
        { new UriContent("https://example.org/a.mp3", "audio/mpeg"), "only as bytes" },
        { new DataContent(new byte[] { 1 }, "audio/ogg"), "audio/ogg" },
        { new UriContent("file:///a.pdf", "application/pdf"), "cannot reach" },
        { new FunctionCallContent("c", "f"), "FunctionCallContent" },
    };

    [Theory, MemberData(nameof(Unsayable))]
    public async Task What_a_message_cannot_hold_is_refused_with_what_to_do(AIContent content, string hint)
    {
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => InputAsync(new ChatMessage(ChatRole.User, [content])));
        Assert.Contains(hint, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reasoning_in_a_users_message_is_left_out_and_named()
    {
        var posted = await Requests.SendAsync([new(ChatRole.User, [new TextReasoningContent("hm"), new TextContent("Hi")])]);
        Assert.Equal("Hi", posted.Request.UserText);
        Assert.Contains("TextReasoningContent", Assert.Single(posted.Response.GetOpenRouter().Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_breakpoint_in_another_apis_words_is_named()
    {
        var posted = await Requests.SendAsync([new(ChatRole.User, [new TextContent("Hi") { AdditionalProperties = new() { ["cache_control"] = new JsonObject { ["type"] = "ephemeral" } } }])]);
        Assert.Contains("prompt_cache_breakpoint", Assert.Single(posted.Response.GetOpenRouter().Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Letters_of_any_script_stay_plain_and_half_a_letter_does_no_harm()
    {
        var posted = await Requests.SendAsync([new(ChatRole.User, "snø 雪 🎿 <b>'q'</b> \ud83d")]);
        Assert.Contains("snø 雪", posted.Body, StringComparison.Ordinal);
        Assert.Contains("<b>'q'</b> \ufffd", posted.Request.UserText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_functions_own_json_stays_as_short_as_it_can_be()
    {
        var output = await OutputAsync(new { Sky = "snø", Wind = new[] { 1, 2 } });
        Assert.Equal("""{"sky":"snø","wind":[1,2]}""", output!.ToString());
    }

    [Fact]
    public async Task A_functions_own_json_with_a_type_of_its_own_stays_json() =>
        Assert.Equal("""{"$type":"cat","name":"Tom"}""", (await OutputAsync(JsonElement.Parse("""{"$type":"cat","name":"Tom"}""")))!.ToString());

    [Fact]
    public async Task Two_calls_and_a_round_trip_through_json_give_the_same_bytes()
    {
        ChatMessage[] messages =
        [
            new(ChatRole.System, "Be brief."),
            new(ChatRole.User, [new TextContent("Look"), new DataContent(new byte[] { 1, 2, 3 }, "application/pdf") { Name = "a.pdf" }, new UriContent("https://example.org/a.png", "image/png") { AdditionalProperties = new() { ["detail"] = "low" } }]),
            new(ChatRole.Assistant, [new TextContent("Well."), new FunctionCallContent("c1", "f", new Dictionary<string, object?> { ["a"] = 1, ["b"] = "x" }), new FunctionCallContent("c2", "g"), new FunctionCallContent("c3", "h"), new FunctionCallContent("c4", "i")]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", "sunny"), new FunctionResultContent("c2", new List<AIContent> { new TextContent("see"), new DataContent(new byte[] { 9 }, "image/png") }), new FunctionResultContent("c3", null), new FunctionResultContent("c4", new { Temperature = 1.50m })]),
            new(ChatRole.User, [new HostedFileContent("file-1"), new TextContent("So?")]),
        ];
        var options = new ChatOptions { Temperature = 0.7f, Reasoning = new() { Effort = ReasoningEffort.High }, ResponseFormat = ChatResponseFormat.Json, ToolMode = ChatToolMode.Auto }
            .WithOpenRouter(new() { Provider = new() { Order = ["a"], MaxPrice = new() { Prompt = 1.50m } }, ImageConfig = new() { ["n"] = 1.0 }, ExtraBody = new() { ["x"] = null, ["y"] = 1.0 } });
        var first = (await Requests.SendAsync(messages, options)).Body;
        Assert.Equal(first, (await Requests.SendAsync(messages, options)).Body);
        Assert.Equal(first, (await Requests.SendAsync(Again<List<ChatMessage>>(messages.ToList()), Again<ChatOptions>(options))).Body);

        static T Again<T>(object value) => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;
    }

    private static async Task<JsonArray> InputAsync(params ChatMessage[] messages) => (JsonArray)(await Requests.BodyAsync(messages))["input"]!;

    private static async Task<JsonNode?> OutputAsync(object? result) =>
        (await InputAsync(new(ChatRole.User, "Q"), new(ChatRole.Assistant, [Call]), new(ChatRole.Tool, [new FunctionResultContent("c1", result)])))[2]!["output"];
}

using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>Histories that an app wrote itself, or had from a connector that nobody here knows.</summary>
public class HistoriesOfOthersStory
{
    private const string CallsKey = "ChatResponseMessage.FunctionToolCalls";

    [Theory]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":"not json"}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":"eyJicm9rZW4="}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":" {\"city\": "}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":"W10="}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":{"city":"Oslo"}}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"Weather-Get"}]""", "Weather_Get", "{}")]
    [InlineData("""[{"Id":7,"Name":"get_weather"},{"Id":"call_2"},"call_3",{"Id":"call_1","name":"Weather-Get","arguments":"{\"city\":\"Oslo\"}"}]""", "Weather_Get", """{"city":"Oslo"}""")]
    public async Task Calls_in_the_metadata_are_read_as_well_as_they_can_be(string calls, string name, string arguments)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, "", metadata: new Dictionary<string, object?> { [CallsKey] = JsonElement.Parse(calls) }));
        history.Add(new(AuthorRole.Tool, "rain"));

        var sent = await SendAsync(history);

        var call = Assert.Single(sent, item => item.GetProperty("type").ValueEquals("function_call"));
        Assert.Equal((name, arguments), (call.GetProperty("name").GetString(), call.GetProperty("arguments").GetString()));
        Assert.Equal("rain", Output(sent));
    }

    /// <summary>A client's own objects stand there live; the items say the same.</summary>
    [Fact]
    public async Task Objects_in_the_metadata_that_nobody_can_read_do_not_cost_the_calls_in_the_items()
    {
        var cycle = new Node();
        cycle.Next = cycle;
        foreach (var odd in new object[] { new object[] { new { Run = (Func<int>)(() => 1) } }, new[] { cycle }, 7, "call_1" })
        {
            var history = new ChatHistory("Be brief.");
            history.AddUserMessage("Oslo?");
            history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]) { Metadata = new Dictionary<string, object?> { [CallsKey] = odd } });
            history.Add(new FunctionResultContent("Get", "Weather", "call_1", "rain").ToChatMessage());

            Assert.Equal("rain", Output(await SendAsync(history)));
        }
    }

    [Fact]
    public async Task A_call_that_was_never_answered_is_said_not_to_have_run()
    {
        var history = new ChatHistory("Be brief.");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]));
        history.AddUserMessage("Never mind. Rome?");

        var sent = await SendAsync(history);

        Assert.Contains("was not run", Output(sent), StringComparison.Ordinal);
        Assert.Equal("user", sent[^1].GetProperty("role").GetString());
    }

    [Fact]
    public async Task An_id_that_comes_again_is_another_call()
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        foreach (var words in new[] { "rain", "snow" })
        {
            history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]));
            history.Add(new FunctionResultContent("Get", "Weather", "call_1", words).ToChatMessage());
        }
        history.Add(new FunctionResultContent("Get", "Weather", "call_1", "snow").ToChatMessage()); // once too often

        var sent = await SendAsync(history);

        Assert.Equal(["rain", "snow"], sent.Where(item => item.GetProperty("type").ValueEquals("function_call_output")).Select(item => item.GetProperty("output").GetString()));
    }

    public static TheoryData<object?, string> Results() => new()
    {
        { null, "" },
        { "", "" },
        { 7, "7" },
        { true, "true" },
        { 7.50m, "7.50" },
        { new { City = "Köln", Celsius = 7.50m }, """{"city":"Köln","celsius":7.50}""" },
        { new List<string> { "rain", "wind" }, """["rain","wind"]""" },
        { new Dictionary<string, object?> { ["city"] = "Oslo" }, """{"city":"Oslo"}""" },
        { JsonElement.Parse("""{"city":"Oslo"}"""), """{"city":"Oslo"}""" },
        { new List<ChatMessageContent> { new(AuthorRole.Assistant, "rain"), new(AuthorRole.Assistant, "wind") }, "rain,wind" },
        { new ChatMessageContent(AuthorRole.Assistant, "rain"), "rain" },
        { new InvalidOperationException("no station"), "Error: no station" },
    };

    [Theory]
    [MemberData(nameof(Results))]
    public async Task A_result_of_any_kind_is_told_as_it_is(object? result, string told)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1", new() { ["city"] = "Oslo" })]));
        history.Add(new FunctionResultContent("Get", "Weather", "call_1", result).ToChatMessage());

        Assert.Equal(told, Output(await SendAsync(history)));
    }

    [Theory]
    [InlineData("""{"$type":"ImageContent","MimeType":"","Data":"AQID"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png","Data":"?"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":"png","Data":"AQID"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png","Data":"AQID","Taken":"today"}""")]
    [InlineData("""{"$type":7,"MimeType":"image/png","Data":"AQID"}""")]
    [InlineData("""{"$type":"Other","MimeType":"image/png","Data":"AQID"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":7,"Data":"AQID"}""")]
    [InlineData("""[{"$type":"ImageContent","MimeType":"image/png","Data":"AQID"},7]""")]
    [InlineData("""[]""")]
    public async Task What_is_not_just_what_a_saved_picture_is_stays_the_functions_own_json(string json)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]));
        history.Add(new FunctionResultContent("Get", "Weather", "call_1", JsonElement.Parse(json)).ToChatMessage());

        Assert.Equal(json, Output(await SendAsync(history)));
    }

    [Fact]
    public async Task Saved_pictures_in_a_list_are_pictures_again()
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Camera", "call_1")]));
        history.Add(new FunctionResultContent("Get", "Camera", "call_1", new object[] { new ImageContent(new byte[] { 1 }, "image/png"), new BinaryContent(new byte[] { 2 }, "application/pdf") }.ToList()).ToChatMessage());

        var sent = await SendAsync(history.ThroughJson());

        Assert.Equal(["input_image", "input_file"], sent.Single(item => item.GetProperty("type").ValueEquals("function_call_output")).GetProperty("output").EnumerateArray().Select(part => part.GetProperty("type").GetString()));
    }

    /// <summary>Files whose kind nobody said, and citations of every kind, are what they are.</summary>
    [Fact]
    public async Task Items_of_which_little_is_known_are_sent_for_what_they_are()
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage([
            new TextContent("What is this?"),
            new ImageContent(new Uri("https://example.com/cat")),
            new BinaryContent(new Uri("https://example.com/report")),
            new FileReferenceContent("file_1"),
            new ChatMessageContent(AuthorRole.User, "quoted"),
        ]);

        var parts = (await SendAsync(history))[^1].GetProperty("content").EnumerateArray().ToList();

        Assert.Equal(["input_text", "input_image", "input_file", "input_file", "input_text"], parts.Select(part => part.GetProperty("type").GetString()));
        Assert.Equal("quoted", parts[^1].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("UrlCitation", "https://yr.no/", "url_citation")]
    [InlineData("FileCitation", "file_1", "file_citation")]
    [InlineData("TextCitation", "rain", null)]
    public async Task Citations_of_another_connector_do_not_cost_the_text_they_stand_on(string kind, string reference, string? sentAs)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new TextContent("Rain."), new AnnotationContent(new AnnotationKind(kind), "Yr", reference) { StartIndex = 0, EndIndex = 5 }, new AnnotationContent(new AnnotationKind(kind), "Yr", reference)]));
        history.AddUserMessage("Sure?");

        var said = (await SendAsync(history)).Single(item => item.TryGetProperty("role", out var role) && role.ValueEquals("assistant")).GetRawText();

        Assert.Contains("Rain.", said, StringComparison.Ordinal);
        if (sentAs is not null)
            Assert.Contains(reference, said, StringComparison.Ordinal);
    }

    private sealed class Node
    {
        public Node? Next { get; set; }
    }

    private static async Task<List<JsonElement>> SendAsync(ChatHistory history)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Quite.")) { Strict = true };
        await Kernels.Over(fake).TurnAsync(new(history), streaming: false);
        return [.. fake.LastRequest.Json.GetProperty("input").EnumerateArray()];
    }

    private static string? Output(List<JsonElement> sent) => sent.Single(item => item.GetProperty("type").ValueEquals("function_call_output")).GetProperty("output") is { ValueKind: JsonValueKind.String } text ? text.GetString() : "not a text";
}

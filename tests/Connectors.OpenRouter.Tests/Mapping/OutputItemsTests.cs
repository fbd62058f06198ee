using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: what an item of the output is to the framework, whatever is missing or odd in it; and that it goes back as it came.</summary>
public sealed class OutputItemsTests
{
    private static readonly string Png = Convert.ToBase64String([0x89, 0x50, 1]);

    public static TheoryData<string, string> Pictures => new()
    {
        { $$"""{"result":"{{Png}}"}""", "image/png" },
        { $$"""{"result":"{{Base64(0xFF, 0xD8, 1)}}"}""", "image/jpeg" },
        { $$"""{"result":"{{Base64(0x47, 0x49, 1)}}"}""", "image/gif" },
        { $$"""{"result":"{{Base64(0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57)}}"}""", "image/webp" },
        { $$"""{"result":"{{Base64(0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x41)}}"}""", "image/png" },
        { $$"""{"result":"{{Base64(1, 2)}}"}""", "image/png" },
        { $$"""{"result":"{{Base64(1, 2)}}","output_format":""}""", "image/png" },
        { $$"""{"result":"{{Base64(1, 2)}}","output_format":"avif"}""", "image/avif" },
        { $$"""{"result":"{{Base64(1, 2)}}","output_format":"image/avif"}""", "image/avif" },
        { $$"""{"result":"DATA:image/bmp;base64,{{Png}}"}""", "image/bmp" },
        { """{"imageUrl":"http://a.example/x.png"}""", "http://a.example/x.png image/*" },
        { """{"imageUrl":"https://a.example/x.png"}""", "https://a.example/x.png image/*" },
        { $$"""{"result":"","imageUrl":"ftp://a.example/x.png","imageB64":"{{Png}}"}""", "image/png" },
        { """{"result":"data:nonsense"}""", "AIContent" },
        { """{"result":null}""", "AIContent" },
    };

    [Theory]
    [MemberData(nameof(Pictures))]
    public async Task A_picture_is_one_in_whatever_form_it_comes(string members, string expected)
    {
        var item = With("image_generation_call", members);
        var content = Assert.Single(await ContentsAsync(item));

        Assert.Equal(expected, content switch { DataContent data => data.MediaType, UriContent uri => $"{uri.Uri} {uri.MediaType}", _ => content.GetType().Name });
        await AssertReturnsAsync(item);
    }

    public static TheoryData<string, string, string> Others => new()
    {
        { "web_search_call", """{"action":{"type":"search","query":"cats"}}""", "search [cats]" },
        { "web_search_call", """{"action":{"type":"search","query":"cats","queries":["dogs",null]}}""", "search [dogs]" },
        { "web_search_call", """{"action":{"type":"search","query":"","queries":[]}}""", "search []" },
        { "web_search_call", "{}", "search []" },
        { "web_search_call", """{"action":{"type":"open_page","url":"https://a.example/","sources":[{"url":"https://b.example/"},{"url":"nowhere"},{}]}}""", "search [] | found [https://b.example/ https://a.example/]" },
        { "code_interpreter_call", """{"code":"1+1","outputs":[{"type":"logs","logs":"2"},{"type":"image","url":"https://a.example/i.png"},{"type":"file","file_id":"f_1"},{"type":"image","url":"nowhere"},{"type":"file","file_id":""},7]}""", "code [1+1] | output [2 https://a.example/i.png f_1]" },
        { "code_interpreter_call", """{"code":"","outputs":null}""", "code []" },
        { "code_interpreter_call", """{"outputs":[{}]}""", "code []" },
        { "mcp_call", """{"name":"find","server_label":"docs","arguments":"{\"a\":1}","output":"found"}""", "docs/find {\"a\":1} | output [found]" },
        { "mcp_call", """{"name":"find","server_label":"docs","arguments":"null","error":false,"output":{"message":"as one"}}""", "docs/find {} | output [as one]" },
        { "mcp_call", """{"name":"find","server_label":"docs","arguments":"oops","output":{"message":"","n":1}}""", "docs/find null | output [{\"message\":\"\",\"n\":1}]" },
        { "mcp_call", """{"name":"find","server_label":"docs","arguments":"","error":{"code":"E1","message":"no"}}""", "docs/find {} | error [no E1]" },
        { "mcp_call", """{"name":"find","server_label":"docs","arguments":"","error":{"type":"lost","message":"no"}}""", "docs/find {} | error [no lost]" },
        { "mcp_call", """{"name":"find","server_label":"docs","arguments":"","error":""}""", "docs/find {}" },
        { "mcp_approval_request", """{"name":"find","server_label":"docs","arguments":"{\"a\":null}"}""", "asks for docs/find {\"a\":null}" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task What_the_service_did_itself_is_shown_as_the_frameworks_own_contents(string type, string members, string expected)
    {
        var item = With(type, members);

        Assert.Equal(expected, string.Join(" | ", (await ContentsAsync(item)).Select(Tell)));
        await AssertReturnsAsync(item);
    }

    [Fact]
    public async Task An_approval_that_has_no_id_cannot_be_asked_for_and_stays_raw()
    {
        var content = Assert.Single(await ContentsAsync("""{"type":"mcp_approval_request","name":"find","server_label":"docs","arguments":"{}"}"""));

        Assert.Equal(typeof(AIContent), content.GetType());
    }

    [Theory]
    [InlineData("\"4\"", "4")]
    [InlineData("[{\"type\":\"input_text\",\"text\":\"4\"}]", "[{\"type\":\"input_text\",\"text\":\"4\"}]")]
    [InlineData("null", null)]
    public async Task What_the_service_answered_to_a_call_is_its_result(string output, string? expected)
    {
        var contents = await ContentsAsync(Call("c", "f", "{}"), $$"""{"type":"function_call_output","id":"fo_1","call_id":"c","output":{{output}},"status":"completed"}""");

        Assert.True(contents.OfType<FunctionCallContent>().Single().InformationalOnly);
        Assert.Equal(expected, contents.OfType<FunctionResultContent>().Single().Result?.ToString());
    }

    [Fact]
    public async Task A_call_without_any_id_gets_one_by_which_it_can_be_answered()
    {
        var call = Assert.IsType<FunctionCallContent>(Assert.Single(await ContentsAsync("""{"type":"function_call","name":"f","arguments":"{\"a\":null}"}""")));

        Assert.StartsWith("call_", call.CallId, StringComparison.Ordinal);
        Assert.Null(Assert.Contains("a", call.Arguments!));
    }

    [Theory]
    [InlineData("completed", false)]
    [InlineData("in_progress", true)]
    [InlineData("incomplete", true)]
    public async Task A_whole_call_of_an_answer_that_was_cut_short_can_be_made_only_where_it_says_that_it_is_complete(string status, bool broken)
    {
        var body = $$"""{"id":"gen-1","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{{Call("c", "f", "{\"a\":1}", status)}}],"usage":{"input_tokens":1,"output_tokens":2} }""";

        var call = (await Client(body, mediaType: "application/json").GetResponseAsync("q")).Messages[0].Contents.OfType<FunctionCallContent>().Single();

        Assert.Equal((broken, broken), (call.InformationalOnly, call.Exception is not null));
    }

    [Theory]
    [InlineData("""{"type":"url_citation","url_citation":{"url":"https://a.example/","title":"A","content":"c","start_index":0,"end_index":2}}""", "https://a.example/ A  c 0-2")]
    [InlineData("""{"type":"url_citation","url":"https://a.example/","title":"","start_index":1,"end_index":99}""", "https://a.example/    1-3")]
    [InlineData("""{"type":"file_citation","file_id":"f_1","filename":"a.pdf","url_citation":7}""", " a.pdf f_1  ")]
    [InlineData("""{"type":"url_citation","url":"nowhere","start_index":2,"end_index":2}""", "    ")]
    [InlineData("""{"type":"url_citation","start_index":-1,"end_index":2}""", "    ")]
    [InlineData("""{"type":"url_citation","start_index":0}""", "    ")]
    [InlineData("""{"type":"url_citation","start_index":3,"end_index":4}""", "    ")]
    public async Task A_citation_says_what_is_known_of_its_source_and_its_range_where_it_has_one(string annotation, string expected)
    {
        var message = $$"""{"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"Yes","annotations":[{{annotation}}],"logprobs":[]}]}""";

        var citation = Assert.IsType<CitationAnnotation>(Assert.Single((await ContentsAsync(message)).SelectMany(content => content.Annotations ?? [])));

        var region = citation.AnnotatedRegions?.OfType<TextSpanAnnotatedRegion>().Single();
        Assert.Equal(expected, $"{citation.Url} {citation.Title} {citation.FileId} {citation.Snippet} {(region is null ? "" : $"{region.StartIndex}-{region.EndIndex}")}");
        await AssertReturnsAsync(message);
    }

    [Theory]
    [InlineData("""{"type":"new_thing","id":"n_1","x":[1]}""", true)]
    [InlineData("7", false)]
    [InlineData("null", false)]
    [InlineData("\"text\"", false)]
    public async Task A_carried_item_comes_back_out_of_a_store_as_text_and_as_json(string json, bool sent)
    {
        var element = JsonElement.Parse(json);
        foreach (var carried in new object[] { json, element, JsonSerializer.SerializeToElement(json) })
        {
            var (input, _) = await Histories.SendAsync(Histories.User("q"), Histories.Assistant(new AIContent().Carrying(carried), new TextContent("Yes.")), Histories.User("next"));

            Assert.Equal(sent ? 4 : 3, input.Count);
            if (sent)
                Requests.AssertSame(json, input[1]);
        }
    }

    private static string Base64(params byte[] bytes) => Convert.ToBase64String(bytes);

    private static string With(string type, string members)
    {
        var item = (JsonObject)JsonNode.Parse(members)!;
        item.Insert(0, "type", type);
        item.Insert(1, "id", "it_1");
        item["status"] = "completed";
        return item.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>What a whole answer with these items holds, and the same of a stream.</summary>
    private static async Task<IList<AIContent>> ContentsAsync(params string[] output)
    {
        var streamed = (await Hear(Of([Created, .. output.Select((item, i) => Done(i, item)), Completed(output)]))).ToChatResponse();
        var body = $$"""{"id":"gen-1","created_at":1786972801,"model":"openai/o4-mini","status":"completed","output":[{{string.Join(',', output)}}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3} }""";
        var whole = await Client(body, mediaType: "application/json").GetResponseAsync("q");
        Assert.Equal(Golden.Render(whole), Golden.Render(streamed));
        return whole.Messages[0].Contents;
    }

    private static async Task AssertReturnsAsync(string item)
    {
        var (input, _) = await Histories.SendAsync(Histories.User("q"), await Histories.AnswerAsync(item), Histories.User("next"));
        Requests.AssertSame(item, input[1]);
    }

    private static string Tell(AIContent content) => content switch
    {
        WebSearchToolCallContent search => $"search [{string.Join(' ', search.Queries ?? [])}]",
        WebSearchToolResultContent found => $"found [{Tell(found.Outputs)}]",
        CodeInterpreterToolCallContent code => $"code [{Tell(code.Inputs)}]",
        CodeInterpreterToolResultContent output => $"output [{Tell(output.Outputs)}]",
        McpServerToolCallContent call => $"{call.ServerName}/{call.Name} {JsonSerializer.Serialize(call.Arguments)}",
        McpServerToolResultContent { Outputs: [ErrorContent error] } => $"error [{error.Message} {error.ErrorCode}]".Replace(" ]", "]", StringComparison.Ordinal),
        McpServerToolResultContent output => $"output [{Tell(output.Outputs)}]",
        ToolApprovalRequestContent { ToolCall: McpServerToolCallContent call } => $"asks for {Tell(call)}",
        TextContent text => text.Text,
        UriContent uri => uri.Uri.AbsoluteUri,
        DataContent data => Encoding.UTF8.GetString(data.Data.Span),
        HostedFileContent file => file.FileId,
        _ => content.GetType().Name,
    };

    private static string Tell(IEnumerable<AIContent>? contents) => string.Join(' ', (contents ?? []).Select(Tell));
}

using System.Text;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Wire;

public sealed class JsonBodyWriterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9000)]
    public void Files_stand_in_their_strings_and_text_before_between_and_after_them(int size)
    {
        var file = Enumerable.Range(0, size).Select(i => (byte)i).ToArray();
        using var body = JsonBodyWriter.Take();
        body.Json.WriteStartArray();
        body.WriteFile("data:a/b+c;base64,", file);
        body.Json.WriteStringValue(new string('x', 5000));
        body.WriteFile("", file);
        body.Json.WriteEndArray();
        Assert.Equal($"[\"data:a/b+c;base64,{Convert.ToBase64String(file)}\",\"{new string('x', 5000)}\",\"{Convert.ToBase64String(file)}\"]", Encoding.UTF8.GetString(body.ToBody()));
    }

    [Fact]
    public void A_file_given_as_bytes_costs_one_body_and_nothing_more()
    {
        var file = new byte[20 * 1024 * 1024];
        ChatMessage[] messages = [new(ChatRole.User, [new TextContent("Read"), new DataContent(file, "application/pdf") { Name = "big.pdf" }])];
        var settings = new OpenRouterOptions { Model = "a/b" };
        using var client = new OpenRouterChatClient(settings);
        RequestMap.Plan(messages, null, streaming: true, new(settings), client).Write(); // everything is compiled now

        var before = GC.GetAllocatedBytesForCurrentThread();
        var body = RequestMap.Plan(messages, null, streaming: true, new(settings), client).Write().Body;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(body.Length, file.Length * 4 / 3, file.Length * 4 / 3 + 1000);
        Assert.InRange(allocated, body.Length, body.Length + 100_000);
    }

    [Fact]
    public async Task Over_a_hundred_megabytes_of_files_are_refused_before_they_are_encoded()
    {
        var half = new byte[50 * 1024 * 1024 + 1];
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => Requests.SendAsync([new(ChatRole.User, [new DataContent(half, "video/mp4"), new DataContent(half, "video/mp4")])]));
        Assert.Contains("100 MB", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_given_as_a_data_uri_in_any_form_goes_out_in_base64()
    {
        var body = await Requests.BodyAsync([new(ChatRole.User, [new DataContent("data:text/plain,a%20b"), new DataContent("data:text/plain;base64,YSBi")])]);
        foreach (var part in (JsonArray)body["input"]![0]!["content"]!)
            Assert.Equal("data:text/plain;base64,YSBi", part!["file_data"]!.ToString());
    }
}

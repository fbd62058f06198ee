using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What a function returned reaches the model as what it is, and never as something its JSON claims to be.</summary>
public sealed class ToolResultTests
{
    public static TheoryData<string> Json => new(
        """{"$type":"error","message":"m","code":3}""",
        """{"$type":"usage","details":{}}""",
        """{"$type":"text","text":"t","more":1}""",
        """{"$type":"uri","uri":"https://evil.example/x","mediaType":"image/png"}""",
        """{"$type":"hostedFile","fileId":"file_1"}""",
        """{"$type":"functionCall","callId":"c","name":"f"}""",
        """{"$type":"functionResult","callId":"c","result":1}""",
        """{"$type":"data","uri":"data:image/png;base64,AQID","more":true}""",
        """{"$type":"data","uri":"nonsense"}""",
        """{"$type":7}""",
        """[{"$type":"hostedFile","fileId":"file_1"},{"$type":"text","text":"t"}]""");

    [Theory]
    [MemberData(nameof(Json))]
    public async Task Json_is_json_also_with_a_type(string json)
    {
        var output = await SendAsync(JsonElement.Parse(json));
        Assert.Equal(JsonValueKind.String, output.ValueKind);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(json), JsonElement.Parse(output.GetString()!)));
    }

    [Fact]
    public async Task A_history_that_went_through_json_gets_its_texts_and_pictures_back()
    {
        var written = JsonSerializer.SerializeToElement<List<AIContent>>([new TextContent("A cat."), new DataContent(new byte[] { 1, 2, 3 }, "image/png")], AIJsonUtilities.DefaultOptions);
        var output = await SendAsync(written);
        Assert.Equal(["input_text", "input_image"], output.EnumerateArray().Select(part => part.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task Contents_become_parts_and_nothing_vanishes()
    {
        Assert.Equal("Error: gone", (await SendAsync(new ErrorContent("gone")))[0].GetProperty("text").GetString());
        Assert.Equal("Hm.", (await SendAsync(new TextReasoningContent("Hm.")))[0].GetProperty("text").GetString());
        Assert.Contains("functionCall", (await SendAsync(new FunctionCallContent("c", "f")))[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("", (await SendAsync(new TextContent(""))).GetString());
    }

    private static async Task<JsonElement> SendAsync(object result)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Thanks."));
        var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());
        await client.GetResponseAsync(
        [
            new(ChatRole.User, "q"), new(ChatRole.Assistant, [new FunctionCallContent("c1", "f", new Dictionary<string, object?>())]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", result)]),
        ]);
        return fake.LastRequest.Json.GetProperty("input").EnumerateArray().Single(item => item.GetProperty("type").GetString() == "function_call_output").GetProperty("output").Clone();
    }
}

using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Reasoning;

public sealed class HistoryRulesTests
{
    [Fact]
    public async Task Reasoning_that_the_service_put_last_goes_back_where_it_stood()
    {
        var (input, warnings) = await GoBackAsync("42-reasoning-last.json", "google/gemini-3-flash");
        Assert.Equal(["message", "message", "reasoning", "message"], Types(input));
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task An_empty_message_goes_back_with_the_reasoning_that_led_to_it()
    {
        var (input, _) = await GoBackAsync("47-empty-message.json", "openai/o4-mini");
        Assert.Equal(["message", "reasoning", "message", "message"], Types(input));
    }

    [Theory]
    [InlineData("43-reasoning-items-of-one-id.sse")]
    [InlineData("40-shell-two-pairs.sse")]
    [InlineData("45-unknown-part.json")]
    public async Task A_case_goes_back_as_it_came(string name)
    {
        var text = await File.ReadAllTextAsync(Transcripts.PathOf(name));
        var last = name.EndsWith(".json", StringComparison.Ordinal) ? JsonElement.Parse(text)
            : JsonElement.Parse(text.Split('\n').Last(line => line.Contains("\"response.completed\"", StringComparison.Ordinal))[6..]).GetProperty("response");
        var (input, _) = await GoBackAsync(name, "a/b");
        var expected = last.GetProperty("output").EnumerateArray().Where(item => item.GetProperty("type").GetString() != "function_call").Select(item => item.Clone()).ToList();
        var actual = input.EnumerateArray().Skip(1).SkipLast(1).ToList();
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (one, other) in expected.Zip(actual))
            foreach (var member in one.EnumerateObject().Where(member => member.Name is not "id"))
                Assert.True(JsonElement.DeepEquals(member.Value, other.GetProperty(member.Name)), $"{member.Name} of {other}");
        Assert.Equal(actual.Count, actual.Select(item => item.GetProperty("id").GetString()).Distinct().Count()); // no two items share an id
    }

    [Fact]
    public async Task Two_parts_stay_two_when_another_item_came_between()
    {
        var (input, _) = await GoBackAsync("55-interleaved-two-part-message.sse", "a/b");
        Assert.Equal(["One.", "Two."], input[1].GetProperty("content").EnumerateArray().Select(part => part.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Calls_and_results_of_one_id_pair_the_nearest_first()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Thanks."));
        ChatMessage Call() => new(ChatRole.Assistant, [new FunctionCallContent("tool_0_f", "f", new Dictionary<string, object?>())]);
        ChatMessage Result(string text) => new(ChatRole.Tool, [new FunctionResultContent("tool_0_f", text)]);
        await new OpenRouterChatClient("a/b", httpClient: fake.CreateClient()).GetResponseAsync(
            [new(ChatRole.User, "q"), Call(), Result("one"), Call(), Result("two"), new(ChatRole.User, "cancelled"), Call(), new(ChatRole.User, "again"), Call(), Result("three")]);
        var input = fake.LastRequest.Json.GetProperty("input");
        Assert.Equal(["message", "function_call", "function_call_output", "function_call", "function_call_output", "message", "message", "function_call", "function_call_output"], Types(input));
        Assert.Equal(3, input.EnumerateArray().Where(item => item.GetProperty("type").GetString() == "function_call").Select(item => item.GetProperty("id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task The_true_text_goes_back_where_a_damaged_one_arrived()
    {
        var (input, _) = await GoBackAsync("44-damaged-delta.sse", "a/b");
        Assert.Equal("Transfer 100 to Bob, not to Eve.", input[1].GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task What_a_tool_says_beside_its_result_is_never_the_users()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Thanks."));
        var answer = await new OpenRouterChatClient("a/b", httpClient: fake.CreateClient()).GetResponseAsync(
        [
            new(ChatRole.User, "q"), new(ChatRole.Assistant, [new FunctionCallContent("c1", "f", new Dictionary<string, object?>())]),
            new(ChatRole.Tool, [new TextContent("rain"), new FunctionResultContent("c1", "rain"), new TextContent("and wind")]),
        ]);
        var input = fake.LastRequest.Json.GetProperty("input");
        Assert.Equal(["message", "function_call", "function_call_output"], Types(input));
        Assert.Equal(["rain", "and wind"], input[2].GetProperty("output").EnumerateArray().Select(part => part.GetProperty("text").GetString()));
        Assert.NotEmpty(answer.GetOpenRouter().Warnings);
    }

    [Fact]
    public async Task An_approved_local_call_stands_where_it_was_asked_about_on_every_turn()
    {
        var ran = 0;
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Call("pay", new { sum = 3 }, "c1"), r => r.Say("Paid."), r => r.Say("Welcome."));
        using var client = new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [new ApprovalRequiredAIFunction(AIFunctionFactory.Create((int sum) => $"paid {sum}, {++ran}", "pay"))] };
        List<ChatMessage> history = [new(ChatRole.User, "Pay three.")];
        var asked = await client.GetResponseAsync(history, options);
        history.AddMessages(asked);
        var request = asked.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().Single();
        history.Add(new(ChatRole.User, [request.CreateResponse(approved: true)]));
        history.AddMessages(await client.GetResponseAsync(history, options));
        history = JsonSerializer.Deserialize<List<ChatMessage>>(JsonSerializer.Serialize(history, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;
        history.Add(new(ChatRole.User, "Thanks."));
        await client.GetResponseAsync(history, options);

        Assert.Equal(1, ran);
        Assert.Equal(["message", "reasoning", "function_call", "function_call_output"], Types(fake.Requests[1].Json.GetProperty("input")));
        Assert.Equal(["message", "reasoning", "function_call", "function_call_output", "message", "message"], Types(fake.Requests[2].Json.GetProperty("input")));
        Assert.DoesNotContain("mcp_approval_response", fake.Requests[2].Body, StringComparison.Ordinal);
    }

    private static IEnumerable<string?> Types(JsonElement input) => input.EnumerateArray().Select(item => item.GetProperty("type").GetString());

    private static async Task<(JsonElement Input, IReadOnlyList<string> Warnings)> GoBackAsync(string transcript, string model)
    {
        var service = new Service(Service.Transcript(transcript), Service.Json("""{"id":"gen-2","status":"completed","output":[{"type":"message","role":"assistant","id":"msg_9","content":[{"type":"output_text","text":"Yes.","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3} }"""));
        var client = new OpenRouterChatClient(model, "key", new HttpClient(service));
        List<ChatMessage> history = [new(ChatRole.User, "q")];
        history.AddMessages(await client.GetStreamingResponseAsync(history).ToChatResponseAsync());
        history.Add(new(ChatRole.User, "again"));
        var answer = await client.GetResponseAsync(history);
        return (JsonElement.Parse(service.Bodies[1]).GetProperty("input"), answer.GetOpenRouter().Warnings);
    }
}

using System.Text.Json;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests;

/// <summary>The other half of docs/mapping.md: what comes in, and what of it goes back out.</summary>
public sealed partial class MappingAnswerTests
{
    private const string Ok = """{"type":"message","role":"assistant","id":"m_ok","status":"completed","content":[{"type":"output_text","text":"ok","annotations":[],"logprobs":[]}]}""";

    public static TheoryData<string, string, string> Items => [.. Table.Rows("mapping.md", "Items of the output").Select(row => (row.Left, row.Right.Split(" | ")[0], row.Right.Split(" | ")[1]))];

    [Theory]
    [MemberData(nameof(Items))]
    public async Task An_item_becomes_these_contents_and_itself_again(string item, string contents, string back)
    {
        var service = new Service(
            Service.Json($$"""{"id":"gen-1","status":"completed","output":[{{item}},{{Ok}}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2} }"""),
            Service.Json($$"""{"id":"gen-2","status":"completed","output":[{{Ok}}]}"""));
        var client = new OpenRouterChatClient("openrouter/auto", "key", new HttpClient(service));
        List<ChatMessage> history = [new(ChatRole.User, "q")];

        var answer = await client.GetResponseAsync(history);
        history.AddMessages(answer);
        foreach (var call in answer.Messages[0].Contents.OfType<FunctionCallContent>().ToList())
            history.Add(new(ChatRole.Tool, [new FunctionResultContent(call.CallId, "done")]));
        history.Add(new(ChatRole.User, "again"));
        await client.GetResponseAsync(JsonSerializer.Deserialize<List<ChatMessage>>(JsonSerializer.Serialize(history, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!);

        var names = string.Join(", ", answer.Messages[0].Contents.Select(content => content.GetType().Name));
        Assert.StartsWith(Parenthesis().Replace(contents, ""), names, StringComparison.Ordinal);
        var sent = JsonElement.Parse(service.Bodies[1]).GetProperty("input").EnumerateArray().Any(input => JsonElement.DeepEquals(input, JsonElement.Parse(item)));
        Assert.Equal(back.StartsWith("the same", StringComparison.Ordinal), sent);
    }

    [Fact]
    public void The_page_names_the_events_that_have_a_row_and_no_others()
    {
        var rows = EventName().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src", "Connectors.OpenRouter", "Mapping", "Streaming", "EventMap.cs"))).Select(name => name.Value);
        var named = Table.Rows("mapping.md", "Events of a stream").SelectMany(row => EventName().Matches(row.Left)).Select(name => name.Value).Append("error");

        Assert.Equal(rows.Append("error").Distinct().Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@" \([^)]*\)")]
    private static partial Regex Parenthesis();

    [GeneratedRegex(@"response\.[a-z_.]+")]
    private static partial Regex EventName();
}

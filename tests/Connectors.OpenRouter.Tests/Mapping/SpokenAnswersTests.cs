using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>However the service says an answer, it is the same answer.</summary>
public class SpokenAnswersTests
{
    private const int Answers = 1_000;

    [Fact]
    public Task A_stream_says_what_the_whole_answer_says() => Conversations.One.EachAsync(Answers, async answer =>
    {
        var whole = Said(answer, await Streams.Client(answer.Whole, mediaType: "application/json").GetResponseAsync("q"));
        var streamed = Said(answer, await Streams.Client(answer.Stream()).GetStreamingResponseAsync("q").ToChatResponseAsync());

        Assert.Equal(whole, streamed);
    }, answer => answer.ToString());

    [Fact]
    public Task Every_item_goes_back_in_its_place() => Conversations.One.EachAsync(Answers, async answer =>
    {
        var streamed = await Streams.Client(answer.Stream()).GetStreamingResponseAsync("q").ToChatResponseAsync();

        await AssertGoesBack(answer, await Streams.Client(answer.Whole, mediaType: "application/json").GetResponseAsync("q"));
        await AssertGoesBack(answer, streamed);
        await AssertGoesBack(answer, JsonSerializer.Deserialize<ChatResponse>(JsonSerializer.Serialize(streamed, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!);
    }, answer => answer.ToString());

    [Fact]
    public Task Arguments_are_shown_under_the_name_of_their_call() => Conversations.One.EachAsync(Answers, async answer =>
    {
        var updates = await Streams.Client(answer.Stream(), options => options.FunctionCallDeltas = true).GetStreamingResponseAsync("q").ToListAsync();
        var calls = updates.ToChatResponse().Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToList();

        Assert.All(calls.Where(call => !call.InformationalOnly), call => Assert.Single(calls, other => other.CallId == call.CallId));
        foreach (var shown in updates.Select(update => update.GetFunctionCallDelta()).OfType<OpenRouterFunctionCallDelta>().GroupBy(piece => piece.CallId))
            Assert.Contains(calls, call => call.CallId == shown.Key && JsonNode.DeepEquals(JsonNode.Parse(string.Concat(shown.Select(piece => piece.Arguments))), JsonSerializer.SerializeToNode(call.Arguments)));
        await AssertGoesBack(answer, updates.ToChatResponse());
    }, answer => answer.ToString());

    private static async Task AssertGoesBack(SpokenAnswer answer, ChatResponse response)
    {
        var service = new Service(Service.Json(WayBack.Conclusion.Whole));
        await new OpenRouterChatClient(new OpenRouterOptions { Model = "author/model", ApiKey = "key" }, new HttpClient(service))
            .GetResponseAsync([new(ChatRole.User, "question 0"), .. response.Messages, .. WayBack.Results(response), new(ChatRole.User, "question 1")]);
        WayBack.AssertSame([[answer]], WayBack.Input(service));
    }

    /// <summary>Everything that a reader sees; items that came by turns are in the order in which they spoke.</summary>
    private static string Said(SpokenAnswer answer, ChatResponse response)
    {
        var thoughts = answer.Items.Where(item => (string?)item["type"] == "reasoning").SelectMany(item => new[] { "summary", "content" }.SelectMany(member => item[member] as JsonArray ?? []).Select(part => (string?)part!["text"])).ToList();
        var thought = response.GetReasoningText().Where(letter => !char.IsWhiteSpace(letter)).Order();
        var contents = response.Messages.SelectMany(message => message.Contents).ToList();
        var mayTakeTurns = answer.Items.Any(item => (string?)item["type"] == "message" && item["content"]!.AsArray().Count(part => (string?)part!["type"] == "output_text") > 1); // parts are shown in the order in which their pieces come
        return string.Join('\n', [
            .. Sorted("message", response.Messages.Select(message => mayTakeTurns ? string.Concat(message.Text.Order()) : message.Text).Where(text => text.Length > 0)),
            .. Sorted("refusal", contents.OfType<ErrorContent>().Select(refusal => refusal.Message)),
            $"thought: {string.Concat(thoughts.Distinct().Count() == thoughts.Count ? thought : thought.Distinct())}", // a whole answer shows words that repeat once
            .. Sorted("call", contents.OfType<FunctionCallContent>().Select(call => $"{call.Name} {JsonSerializer.SerializeToNode(call.Arguments)?.ToJsonString()} {call.InformationalOnly} {call.Exception}")),
            .. Sorted("result", contents.OfType<FunctionResultContent>().Select(result => $"{result.Result}")),
            .. Sorted("citation", contents.SelectMany(content => content.Annotations ?? []).OfType<CitationAnnotation>().Select(citation => $"{citation.Url} {JsonSerializer.Serialize(citation.AnnotatedRegions)}")),
            $"{response.FinishReason} {response.ModelId} {response.ResponseId} {response.CreatedAt} {response.Usage?.TotalTokenCount} {string.Join(' ', response.GetOpenRouter().Warnings)}",
        ]);

        static IEnumerable<string> Sorted(string name, IEnumerable<string> texts) => texts.Order(StringComparer.Ordinal).Select(text => $"{name}: {text}");
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>The main job: a question, a model that thinks aloud, an answer.</summary>
public class ThinkingStory
{
    private const string Question = "If a train travels at 60 mph for 2.5 hours, how far does it go?";

    [Fact]
    public async Task Thinking_is_heard_word_by_word_before_the_answer()
    {
        using var fake = new FakeOpenRouter(r => r.Think("60 times 2.5 is 150.").Say("150 miles."));
        var client = new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient());

        var updates = await client.GetStreamingResponseAsync(Question, new() { Reasoning = new() { Effort = ReasoningEffort.Medium } }).ToListAsync();

        var thinking = updates.FindAll(update => update.GetReasoningText().Length > 0);
        Assert.True(thinking.Count > 1);
        Assert.Equal("60 times 2.5 is 150.", string.Concat(thinking.Select(update => update.GetReasoningText())));
        Assert.True(updates.IndexOf(thinking[^1]) < updates.FindIndex(update => update.Text.Length > 0));
        Assert.Equal("150 miles.", updates.ToChatResponse().Text);
    }

    [Fact]
    public async Task The_seeds_request_is_the_seeds_five_members_and_nothing_else()
    {
        using var fake = new FakeOpenRouter(r => r.Say("150 miles."));
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini", EncryptedReasoning = false }, fake.CreateClient());

        await client.GetStreamingResponseAsync(Question, new ChatOptions { MaxOutputTokens = 9000 }.WithOpenRouter(new() { Reasoning = new() { Effort = "medium" } })).ToListAsync();

        Requests.AssertSame($$"""
            {"model":"openai/o4-mini","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"{{Question}}"}]}],
             "reasoning":{"effort":"medium"},"stream":true,"max_output_tokens":9000}
            """, JsonNode.Parse(fake.LastRequest.Body));
    }

    [Fact]
    public async Task Through_the_frameworks_own_options_only_what_reasoning_needs_is_added()
    {
        using var fake = new FakeOpenRouter(r => r.Say("150 miles."));
        var client = new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient());

        await client.GetStreamingResponseAsync(Question, new() { MaxOutputTokens = 9000, Reasoning = new() { Effort = ReasoningEffort.Medium } }).ToListAsync();

        Assert.Equal("medium", fake.LastRequest["reasoning.effort"]);
        Assert.Equal("auto", fake.LastRequest["reasoning.summary"]);
        Assert.Equal("reasoning.encrypted_content", fake.LastRequest["include.0"]);
        Assert.Equal(6, fake.LastRequest.Json.EnumerateObject().Count());
    }

    public static TheoryData<string> Complete => [.. Transcripts.Streams.Where(name => name[..2] is not ("14" or "15" or "19" or "20" or "44" or "48" or "49" or "52" or "55" or "56" or "60" or "61" or "64"))];

    /// <summary>Left out are failures, endings that hold less than the stream (19, 48, 49), a damaged stream (44), and items that spoke by turns (55, 56): their order is told at the end.</summary>
    [Theory]
    [MemberData(nameof(Complete))]
    public async Task A_whole_answer_and_a_coalesced_stream_are_equal(string name)
    {
        var terminal = JsonElement.Parse((await File.ReadAllLinesAsync(Transcripts.PathOf(name))).Last(line => line.Contains("\"response\":", StringComparison.Ordinal))[6..]);
        var last = terminal.GetProperty("response").GetRawText();

        var streamed = await Transcripts.Client(r => r.Transcript(Transcripts.PathOf(name))).GetStreamingResponseAsync("q").ToChatResponseAsync();
        var whole = await Streams.Client(last, mediaType: "application/json").GetResponseAsync("q");

        Assert.Equal(AsJson(whole), AsJson(streamed));
    }

    [Fact]
    public async Task A_streaming_request_may_be_answered_whole()
    {
        var updates = await Streams.Client(await File.ReadAllTextAsync(Transcripts.PathOf("01-response-json.json")), mediaType: "application/json").GetStreamingResponseAsync("q").ToListAsync();

        Assert.Equal("Bonjour !", updates.ToChatResponse().Text);
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
    }

    [Fact]
    public async Task Nothing_is_thrown_or_sent_before_it_is_asked_for_but_null_is_refused_at_once()
    {
        using var fake = new FakeOpenRouter();
        var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());

        Assert.Throws<ArgumentNullException>("messages", () => { client.GetStreamingResponseAsync((IEnumerable<ChatMessage>)null!); });
        await Assert.ThrowsAsync<ArgumentNullException>("messages", () => client.GetResponseAsync((IEnumerable<ChatMessage>)null!));
        Assert.Throws<ArgumentNullException>(() => new OpenRouterChatClient((string)null!));
        Assert.Throws<ArgumentNullException>(() => client.GetService(null!));
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task Messages_are_enumerated_once_and_nothing_of_the_callers_is_changed()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi"));
        var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());
        var enumerated = 0;
        var message = new ChatMessage(ChatRole.User, [new TextContent("q"), new DataContent(new byte[] { 0x89, 0x50 }, "image/png")]);
        var options = new ChatOptions { Temperature = 0.5f, Tools = [AIFunctionFactory.Create(() => 1, "f")], Reasoning = new() { Effort = ReasoningEffort.Low }, AdditionalProperties = new() { ["provider"] = JsonSerializer.SerializeToElement(new { zdr = true }) } };
        var before = (AsJson(message), AsJson(options));

        await client.GetResponseAsync(Once(), options);

        Assert.Equal(1, enumerated);
        Assert.Equal(before, (AsJson(message), AsJson(options)));

        IEnumerable<ChatMessage> Once()
        {
            enumerated++;
            yield return message;
        }
    }

    [Fact]
    public async Task A_client_serves_many_callers_at_once()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Think("Hm.").Say("Hi"));
        var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => client.GetStreamingResponseAsync($"q{i}").ToChatResponseAsync()));

        Assert.All(answers, answer => Assert.Equal(("Hm.", "Hi"), (answer.GetReasoningText(), answer.Text)));
    }

    [Fact]
    public void The_client_answers_for_itself()
    {
        using var client = new OpenRouterChatClient("openai/o4-mini");
        var metadata = Assert.IsType<ChatClientMetadata>(client.GetService(typeof(ChatClientMetadata)));

        Assert.Equal(("openrouter", new Uri("https://openrouter.ai/api/v1/"), "openai/o4-mini"), (metadata.ProviderName, metadata.ProviderUri, metadata.DefaultModelId));
        Assert.Same(client, client.GetService(typeof(OpenRouterChatClient)));
        Assert.Same(client, client.GetService(typeof(IChatClient)));
        Assert.Null(client.GetService(typeof(IChatClient), "key"));
        Assert.Null(client.GetService(typeof(string)));
        client.Dispose();
        client.Dispose();
    }

    private static string AsJson<T>(T value) => JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions);
}

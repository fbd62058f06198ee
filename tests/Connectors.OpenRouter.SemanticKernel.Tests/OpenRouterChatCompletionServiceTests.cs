using System.Net;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Services;

namespace Connectors.OpenRouter.SemanticKernel.Tests;

public class OpenRouterChatCompletionServiceTests
{
    [Fact]
    public async Task Thinking_streams_in_items_and_never_in_content()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Two and two.").Say("Four."));

        var chunks = await Kernels.Over(fake).StreamAsync(new("2+2?"));

        Assert.Equal("Two and two.", string.Concat(chunks.Select(chunk => chunk.GetReasoningText())));
        Assert.Equal("Four.", string.Concat(chunks.Select(chunk => chunk.Content)));
        Assert.All(chunks, chunk => Assert.False(chunk.GetReasoningText().Length > 0 && chunk.Content?.Length > 0));
        Assert.Equal("Four.", string.Concat(chunks.Select(chunk => chunk.ToString())));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Thinking_stands_before_the_words_it_led_to(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("First.").Say("One.").Think("Second.").Say("Two."));
        var history = new ChatHistory("count");

        var answer = await Kernels.Over(fake).TurnAsync(history, streaming);

        Assert.Equal(["Text", "Reasoning", "Text", "Reasoning"], answer.Kinds()); // Content is the first text, and that is the final message's
        Assert.Equal("First.\n\nSecond.", answer.GetReasoningText());
        Assert.Equal("Two.", answer.Content); // the final message's
        Assert.Equal("Two.", answer.ToString());
    }

    [Fact]
    public async Task Streamed_and_collected_is_what_the_whole_answer_is()
    {
        static void Say(FakeReply r) => r.Think("Hm.").Search("weather oslo", new Uri("https://yr.no/")).Say("Rain, says yr.").Cite("https://yr.no/", "Yr").Call("Weather_Get", new { city = "Oslo" });
        using var streamed = new FakeOpenRouter(Say);
        using var whole = new FakeOpenRouter(Say);
        var settings = new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(autoInvoke: false) };

        var one = await Kernels.Over(streamed).TurnAsync(new("?"), streaming: true, settings);
        var other = await Kernels.Over(whole).TurnAsync(new("?"), streaming: false, settings);

        Assert.Equal(Written(other), Written(one));

        static List<string> Written(ChatMessageContent message) => [.. message.Items.Select(item => System.Text.Json.JsonSerializer.Serialize(item))];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Metadata_says_who_answered_why_it_ended_and_what_it_cost(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Four.").Served("openai/o4-mini-2026", "Azure").Usage(input: 10, output: 20, reasoning: 5, cost: 0.002m));

        var answer = await Kernels.Over(fake).TurnAsync(new("2+2?"), streaming);

        Assert.Equal("openai/o4-mini-2026", answer.ModelId);
        Assert.StartsWith("gen-", Assert.IsType<string>(answer.Metadata!["Id"]), StringComparison.Ordinal);
        Assert.Equal("stop", answer.Metadata["FinishReason"]);
        Assert.IsType<DateTimeOffset>(answer.Metadata["CreatedAt"]);
        var usage = Assert.IsType<UsageDetails>(answer.Metadata["Usage"]);
        Assert.Equal((10, 20, 5), (usage.InputTokenCount, usage.OutputTokenCount, usage.ReasoningTokenCount));
        Assert.Equal(0.002m, answer.Metadata["Cost"]);
        Assert.Equal("Azure", answer.Metadata["ProviderName"]);
        Assert.IsType<ChatResponse>(answer.InnerContent);
    }

    [Fact]
    public async Task Every_chunk_says_whose_it_is_and_holds_its_update()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Four."));

        var chunks = await Kernels.Over(fake).StreamAsync(new("2+2?"));

        var id = Assert.Single(chunks.Select(chunk => chunk.Metadata!["Id"]).Distinct());
        Assert.All(chunks, chunk => Assert.Equal(id, Assert.IsType<ChatResponseUpdate>(chunk.InnerContent).ResponseId));
        Assert.Equal("stop", chunks[^1].Metadata!["FinishReason"]);
        Assert.IsType<UsageDetails>(chunks[^1].Metadata!["Usage"]);
        Assert.DoesNotContain("Usage", chunks[0].Metadata!.Keys);
        Assert.NotEqual(AuthorRole.Tool, chunks[^1].Role);
    }

    /// <summary>Chunks share what is known of them, and what one learns late is not said of those before it.</summary>
    [Fact]
    public async Task A_chunk_says_when_the_answer_was_made_as_soon_as_that_is_known()
    {
        static ChatResponseUpdate Said(string word, DateTimeOffset? at) => new(ChatRole.Assistant, word) { ResponseId = "gen-1", MessageId = "gen-1", CreatedAt = at };
        var client = Clients.Streaming(Said("One ", null), Said("two ", null), Said("three ", DateTimeOffset.UnixEpoch), Said("four.", DateTimeOffset.UnixEpoch));

        var chunks = await client.Object.AsReasoningChatCompletionService().GetStreamingChatMessageContentsAsync("Count").ToListAsync();

        Assert.Equal([null, null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch], chunks.Select(chunk => (DateTimeOffset?)chunk.Metadata!["CreatedAt"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_not_sent_is_told_by_the_last_chunk_whether_or_not_the_service_counted(bool counted)
    {
        using var fake = new FakeOpenRouter(r =>
        {
            r.Say("Four.");
            if (!counted)
                r.Terminal("""{"usage":null}""");
        });

        var chunks = await Kernels.Over(fake).StreamAsync(new("2+2?"), new OpenRouterPromptExecutionSettings { Seed = 4 });

        Assert.Contains("Seed", Assert.Single(Assert.IsAssignableFrom<IEnumerable<string>>(chunks[^1].Metadata!["Warnings"])), StringComparison.Ordinal);
        Assert.DoesNotContain("Warnings", chunks.SkipLast(1).SelectMany(chunk => chunk.Metadata!.Keys));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_citation_is_an_annotation_after_its_text(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Rain, says yr.").Cite("https://yr.no/", "Yr"));

        var answer = await Kernels.Over(fake).TurnAsync(new("Oslo?"), streaming);

        var citation = Assert.Single(answer.Items.OfType<AnnotationContent>());
        Assert.Equal((AnnotationKind.UrlCitation, "https://yr.no/", "Yr", 0, 14), (citation.Kind, citation.ReferenceId, citation.Label, citation.StartIndex, citation.EndIndex));
        Assert.Equal("Rain, says yr.", answer.Content);
    }

    [Fact]
    public async Task A_citation_streams_as_an_annotation()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Rain.").Cite("https://yr.no/", "Yr"));

        var chunks = await Kernels.Over(fake).StreamAsync(new("Oslo?"));

        var citation = Assert.Single(chunks.SelectMany(chunk => chunk.Items).OfType<StreamingAnnotationContent>());
        Assert.Equal((AnnotationKind.UrlCitation, "https://yr.no/", "Yr"), (citation.Kind, citation.ReferenceId, citation.Title));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_is_an_image(bool streaming)
    {
        byte[] png = [0x89, 0x50, 0x4E, 0x47, 1, 2, 3];
        using var fake = new FakeOpenRouter(r => r.Image(png));

        var answer = await Kernels.Over(fake).TurnAsync(new("draw"), streaming);

        var image = Assert.Single(answer.Items.OfType<ImageContent>());
        Assert.Equal(png, image.Data?.ToArray());
        Assert.Equal("image/png", image.MimeType);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refusal_is_text_and_says_that_it_is_one(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Refuse("I cannot help with that."));

        var answer = await Kernels.Over(fake).TurnAsync(new("?"), streaming);

        Assert.Equal("I cannot help with that.", answer.Content);
        Assert.Equal("refusal", answer.Items[0].Metadata!["ErrorCode"]);
        Assert.Equal("content_filter", answer.Metadata!["FinishReason"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_is_the_one_that_semantic_kernel_apps_catch_with_ours_inside(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, "Slow down", retryAfter: TimeSpan.FromSeconds(7)));
        var kernel = Kernels.Over(fake, configure: o => o.Retry.MaxRetries = 0);

        var error = await Assert.ThrowsAsync<HttpOperationException>(() => kernel.TurnAsync(new("hi"), streaming));

        Assert.Equal(HttpStatusCode.TooManyRequests, error.StatusCode);
        Assert.Contains("Slow down", error.Message, StringComparison.Ordinal);
        Assert.Contains("Slow down", error.ResponseContent, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.IsType<OpenRouterException>(error.InnerException).RetryAfter);
    }

    [Fact]
    public async Task A_stream_that_breaks_keeps_what_was_said_in_the_error()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Half an").Cut());
        var heard = new List<string?>();

        var error = await Assert.ThrowsAsync<HttpOperationException>(async () =>
        {
            await foreach (var chunk in Kernels.Over(fake).Chat().GetStreamingChatMessageContentsAsync("hi"))
                heard.Add(chunk.Content);
        });

        Assert.Equal("Half an", string.Concat(heard));
        Assert.Equal("Half an", Assert.IsType<OpenRouterException>(error.InnerException).PartialResponse?.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancellation_stays_a_cancellation(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        var chat = Kernels.Over(fake).Chat();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            if (streaming)
                await foreach (var _ in chat.GetStreamingChatMessageContentsAsync("hi", cancellationToken: cancellation.Token)) { }
            else
                await chat.GetChatMessageContentAsync("hi", cancellationToken: cancellation.Token);
        });
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task A_cancellation_in_the_middle_of_an_answer_ends_the_request()
    {
        using var fake = new FakeOpenRouter(r => r.Say("One ").Stall());
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var chunk in Kernels.Over(fake).Chat().GetStreamingChatMessageContentsAsync("hi", cancellationToken: cancellation.Token))
                await cancellation.CancelAsync();
        });

        Assert.True(fake.LastRequest.Aborted);
    }

    [Fact]
    public async Task A_reader_who_leaves_ends_the_request()
    {
        using var fake = new FakeOpenRouter(r => r.Say("One two three."));

        await foreach (var chunk in Kernels.Over(fake).Chat().GetStreamingChatMessageContentsAsync("hi"))
            break;

        Assert.True(fake.LastRequest.Aborted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_calls_functions_itself_keeps_its_own_loop(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Weather.").Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."));
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(client.AsReasoningChatCompletionService());
        builder.Plugins.AddFromType<Kernels.Weather>();
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");

        var answer = await builder.Build().TurnAsync(history, streaming, new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() });

        Assert.Equal("Rain.", answer.Content);
        Assert.Equal(["user", "assistant", "tool", "assistant"], history.Select(message => message.Role.Label));
        Assert.Equal("Weather.", history[1].GetReasoningText());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_that_says_nothing_says_an_empty_message(bool streaming)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Usage(input: 10, output: 0));

        var answer = await Kernels.Over(fake).TurnAsync(new("hi"), streaming);

        Assert.Equal((AuthorRole.Assistant, "", "stop"), (answer.Role, answer.ToString(), answer.Metadata!["FinishReason"]));
    }

    [Fact]
    public async Task Another_clients_error_content_is_an_error_and_not_part_of_an_answer()
    {
        var chat = Clients.Saying(new ErrorContent("The provider is down.") { ErrorCode = "server_error" }).Object.AsReasoningChatCompletionService();

        var error = await Assert.ThrowsAsync<HttpOperationException>(() => chat.GetChatMessageContentAsync("hi"));

        Assert.Equal("The provider is down.", error.Message);
    }

    [Fact]
    public async Task Any_client_will_do()
    {
        var chat = Clients.Saying(new TextReasoningContent("Hm."), new Microsoft.Extensions.AI.TextContent("Hi.")).Object.AsReasoningChatCompletionService();

        var answer = await chat.GetChatMessageContentAsync("hello");

        Assert.Equal(("Hm.", "Hi."), (answer.GetReasoningText(), answer.Content));
    }

    [Fact]
    public void Attributes_name_the_model_and_the_endpoint()
    {
        var chat = new OpenRouterChatCompletionService(new OpenRouterChatClient("author/model", "sk-or"));

        Assert.Equal("author/model", chat.GetModelId());
        Assert.Equal("https://openrouter.ai/api/v1/", chat.GetEndpoint());
    }

    [Fact]
    public async Task A_model_named_in_the_settings_is_asked_instead_of_the_services_own()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));

        await Kernels.Over(fake).TurnAsync(new("hi"), streaming: false, new OpenRouterPromptExecutionSettings { ModelId = "author/other" });

        Assert.Equal("author/other", fake.LastRequest.Model);
    }

    [Fact]
    public void Null_arguments_are_refused_at_the_call()
    {
        var chat = Clients.Saying().Object.AsReasoningChatCompletionService();

        Assert.Throws<ArgumentNullException>("client", () => new OpenRouterChatCompletionService(null!));
        Assert.Throws<ArgumentNullException>("chatHistory", () => { _ = chat.GetChatMessageContentsAsync(null!); });
        Assert.Throws<ArgumentNullException>("chatHistory", () => { _ = chat.GetStreamingChatMessageContentsAsync(null!); });
    }
}

using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

public class HistoryStory
{
    [Theory]
    [InlineData(true, true, FakeThinking.Summary)]
    [InlineData(true, false, FakeThinking.Summary)]
    [InlineData(false, true, FakeThinking.Summary)]
    [InlineData(true, true, FakeThinking.Encrypted)]
    [InlineData(true, true, FakeThinking.Anthropic)]
    [InlineData(false, true, FakeThinking.Anthropic)]
    [InlineData(true, true, FakeThinking.Text)]
    public async Task The_models_thinking_goes_back_to_it_as_it_came(bool streaming, bool saved, FakeThinking style)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Two and two.", style).Say("Four."), r => r.Say("Five.")) { Strict = true };
        var kernel = Kernels.Over(fake, style switch
        {
            FakeThinking.Anthropic => "anthropic/claude-opus-5",
            FakeThinking.Text => "deepseek/deepseek-r1",
            _ => Kernels.Model,
        });
        var history = new ChatHistory();
        history.AddUserMessage("2+2?");

        await kernel.TurnAsync(history, streaming);
        if (saved)
            history = history.ThroughJson();
        history.AddUserMessage("And one more?");
        await kernel.TurnAsync(history, streaming);

        var sent = fake.LastRequest.Json.GetProperty("input")[1];
        Assert.Equal("reasoning", sent.GetProperty("type").GetString());
        Assert.Equal(style is FakeThinking.Summary or FakeThinking.Encrypted, sent.TryGetProperty("encrypted_content", out var blob) && blob.ValueKind == JsonValueKind.String);
        Assert.Equal(style is FakeThinking.Anthropic, sent.TryGetProperty("signature", out var signature) && signature.ValueKind == JsonValueKind.String);
        if (style != FakeThinking.Encrypted)
            Assert.Contains("Two and two.", sent.GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>Everything that Semantic Kernel has no type for must survive it too.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_semantic_kernel_has_no_word_for_goes_back_as_it_came(bool streaming)
    {
        byte[] png = [0x89, 0x50, 0x4E, 0x47, 1, 2, 3];
        using var fake = new FakeOpenRouter(
            r => r.Think("Hm.").Search("weather", new Uri("https://yr.no/")).Say("Rain.").Cite("https://yr.no/", "Yr").Say(" Much of it.").Cite("https://smhi.se/").Image(png).Think("So.").Say("Bring one."),
            r => r.Say("Yes."))
        { Strict = true };
        using var straight = new FakeOpenRouter(
            r => r.Think("Hm.").Search("weather", new Uri("https://yr.no/")).Say("Rain.").Cite("https://yr.no/", "Yr").Say(" Much of it.").Cite("https://smhi.se/").Image(png).Think("So.").Say("Bring one."),
            r => r.Say("Yes."))
        { Strict = true };
        var kernel = Kernels.Over(fake);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");

        await kernel.TurnAsync(history, streaming);
        history = history.ThroughJson();
        history.AddUserMessage("Sure?");
        await kernel.TurnAsync(history, streaming);

        Assert.Equal(await WithoutSemanticKernelAsync(straight, streaming), Items(fake));
    }

    [Fact]
    public async Task A_model_switch_keeps_the_conversation_and_sends_no_foreign_proof()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Encrypted).Say("Four."), r => r.Say("Five."), r => r.Say("Six.")) { Strict = true };
        var history = new ChatHistory();
        history.AddUserMessage("2+2?");

        await Kernels.Over(fake).TurnAsync(history, streaming: true);
        history.AddUserMessage("One more?");
        await Kernels.Over(fake, "anthropic/claude-opus-5").TurnAsync(history, streaming: true);
        Assert.DoesNotContain("encrypted_content\":\"", fake.LastRequest.Body, StringComparison.Ordinal);
        history.AddUserMessage("One more?");
        var answer = await Kernels.Over(fake).TurnAsync(history, streaming: true);

        Assert.Equal("Six.", answer.Content);
        Assert.Contains("encrypted_content\":\"", fake.LastRequest.Body, StringComparison.Ordinal); // the first model gets its own thinking again
        Assert.Contains("Four.", fake.LastRequest.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Empty_messages_are_not_sent_and_told()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        var history = new ChatHistory();
        history.AddUserMessage("hello");
        history.Add(new(AuthorRole.Assistant, ""));
        history.Add(new() { Role = AuthorRole.Assistant });

        var answer = await Kernels.Over(fake).TurnAsync(history, streaming: false);

        Assert.Equal(1, fake.LastRequest.Json.GetProperty("input").GetArrayLength());
        Assert.Contains("An assistant's message without a word was not sent.", Assert.IsType<IEnumerable<string>>(answer.Metadata!["Warnings"], exactMatch: false));
    }

    [Fact]
    public async Task Images_and_files_of_the_user_reach_the_model()
    {
        using var fake = new FakeOpenRouter(r => r.Say("A cat."));
        var history = new ChatHistory();
        history.AddUserMessage([
            new Microsoft.SemanticKernel.TextContent("What is this?"),
            new ImageContent(new Uri("https://example.com/cat.png")) { Metadata = new Dictionary<string, object?> { ["ChatImageDetailLevel"] = "low" } },
            new ImageContent(new byte[] { 1, 2, 3 }, "image/png"),
            new BinaryContent(new byte[] { 1, 2, 3 }, "application/pdf") { Metadata = new Dictionary<string, object?> { ["filename"] = "cat.pdf" } }]);

        await Kernels.Over(fake).TurnAsync(history.ThroughJson(), streaming: false);

        Assert.Equal(["input_text", "input_image", "input_image", "input_file"],
            fake.LastRequest.Json.GetProperty("input")[0].GetProperty("content").EnumerateArray().Select(part => part.GetProperty("type").GetString()));
        Assert.Equal("low", fake.LastRequest["input.0.content.1.detail"]);
        Assert.Equal("data:image/png;base64,AQID", fake.LastRequest["input.0.content.2.image_url"]);
        Assert.Equal("cat.pdf", fake.LastRequest["input.0.content.3.filename"]);
    }

    [Fact]
    public async Task What_no_model_reads_is_refused_before_anything_is_sent()
    {
        using var fake = new FakeOpenRouter(r => r.Say("?"));
        var history = new ChatHistory();
        history.AddUserMessage([new ActionContent("click")]);

        await Assert.ThrowsAsync<NotSupportedException>(() => Kernels.Over(fake).TurnAsync(history, streaming: false));

        Assert.Empty(fake.Requests);
    }

    private static List<string> Items(FakeOpenRouter fake) => [.. fake.LastRequest.Json.GetProperty("input").EnumerateArray().Select(item => item.GetRawText())];

    private static async Task<List<string>> WithoutSemanticKernelAsync(FakeOpenRouter fake, bool streaming)
    {
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());
        List<ChatMessage> messages = [new(ChatRole.User, "Oslo?")];
        for (var turn = 0; turn < 2; turn++)
        {
            var answer = streaming
                ? await client.GetStreamingResponseAsync(messages).ToChatResponseAsync()
                : await client.GetResponseAsync(messages);
            messages.AddRange(answer.Messages);
            messages.Add(new(ChatRole.User, "Sure?"));
        }
        return Items(fake);
    }
}

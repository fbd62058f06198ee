using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Moq;
using AI = Microsoft.Extensions.AI;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;
using FunctionResultContent = Microsoft.SemanticKernel.FunctionResultContent;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>The service over clients that say less than ours, or say it otherwise.</summary>
public class ClientsOfOthersStory
{
    private static readonly OpenRouterPromptExecutionSettings Auto = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

    [Fact]
    public async Task A_client_that_does_not_know_its_model_makes_a_service_without_attributes()
    {
        var client = new Mock<IChatClient>();
        client.Setup(it => it.GetResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions?>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ChatResponse([]));
        var nameless = Clients.Saying(new AI.TextContent("Hi."));
        nameless.Setup(it => it.GetService(typeof(ChatClientMetadata), null)).Returns(new ChatClientMetadata("other"));

        var chat = client.Object.AsReasoningChatCompletionService();

        Assert.Empty(chat.Attributes);
        Assert.Empty(nameless.Object.AsReasoningChatCompletionService().Attributes);
        Assert.Empty((await chat.GetChatMessageContentAsync("hi")).Items);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_semantic_kernel_has_no_type_for_is_passed_over_and_an_empty_text_too(bool streaming)
    {
        var chat = Clients.Saying(new AI.TextContent("Rain."), new AI.TextContent(""), new AIContent(), new AI.TextContent("") { Annotations = [new AIAnnotation(), new CitationAnnotation { Title = "Yr" }] }).Object.AsReasoningChatCompletionService();

        var answer = streaming ? (await chat.GetStreamingChatMessageContentsAsync("Oslo?").ToListAsync()).ToChatMessageContent() : await chat.GetChatMessageContentAsync("Oslo?");

        Assert.Equal(["Text", "Annotation"], answer.Kinds());
        Assert.Equal("Rain.", answer.ToString());
    }

    /// <summary>Such a call has no words of the service to show, and may have no arguments.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_without_arguments_and_a_broken_one_reach_the_caller(bool streaming)
    {
        var chat = Clients.Saying(
            new AI.FunctionCallContent("call_1", "now"),
            new AI.FunctionCallContent("call_2", "get") { Exception = new JsonException("cut off") },
            new AI.FunctionCallContent("call_3", "get") { Exception = new JsonException("cut off"), AdditionalProperties = new() { ["openrouter.item"] = """{"arguments":{"city":"Oslo"}}""" } },
            new AI.FunctionCallContent("call_4", "get") { Exception = new JsonException("cut off"), AdditionalProperties = new() { ["openrouter.item"] = """{"name":"get"}""" } }).Object.AsReasoningChatCompletionService();

        IReadOnlyList<FunctionCallContent> calls;
        if (streaming)
        {
            var builder = new FunctionCallContentBuilder();
            await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync("Oslo?"))
                builder.Append(chunk);
            calls = builder.Build();
        }
        else
            calls = [.. FunctionCallContent.GetFunctionCalls(await chat.GetChatMessageContentAsync("Oslo?"))];

        Assert.Equal(["call_1", "call_2", "call_3", "call_4"], calls.Select(call => call.Id));
        Assert.Equal([true, false, false, false], calls.Select(call => call.Exception is null));
    }

    [Fact]
    public async Task A_tools_message_without_results_ends_no_round()
    {
        var client = Clients.Streaming(new(ChatRole.Assistant, "Wait.") { MessageId = "1" }, new(ChatRole.Tool, "progress") { MessageId = "2" }, new(ChatRole.Assistant, "Rain.") { MessageId = "3" });
        client.Setup(it => it.GetService(typeof(FunctionInvokingChatClient), null)).Returns(new FunctionInvokingChatClient(client.Object));
        var history = new ChatHistory("Oslo?");

        var chunks = await client.Object.AsReasoningChatCompletionService().GetStreamingChatMessageContentsAsync(history).ToListAsync();

        Assert.Equal(3, chunks.Count);
        Assert.Single(history);
    }

    [Fact]
    public async Task What_a_client_says_of_a_word_stands_on_its_chunk()
    {
        var client = Clients.Streaming(
            new(ChatRole.Assistant, "Rain.") { AdditionalProperties = new() { ["mood"] = "wet" } },
            new(null, [new UsageContent(new() { OutputTokenCount = 3 })]),
            new() { FinishReason = ChatFinishReason.Stop });

        var chunks = await client.Object.AsReasoningChatCompletionService().GetStreamingChatMessageContentsAsync("Oslo?").ToListAsync();

        Assert.Equal("wet", chunks[0].Metadata!["mood"]);
        Assert.False(chunks[0].Metadata!.ContainsKey("Usage"));
        Assert.Null(chunks[1].Role);
        Assert.Equal(3, Assert.IsType<UsageDetails>(chunks[1].Metadata!["Usage"]).OutputTokenCount);
        Assert.Equal("stop", chunks[2].Metadata!["FinishReason"]);
    }

    /// <summary>The pieces said one thing and the whole another: what was given cannot be taken back, and nothing is given twice.</summary>
    [Fact]
    public async Task Pieces_of_arguments_that_were_not_the_arguments_are_not_given_twice()
    {
        static OpenRouterFunctionCallDelta Piece(string arguments) => new() { CallId = "call_1", Name = "get", Arguments = arguments };
        var client = Clients.Streaming(
            new(ChatRole.Assistant, (string?)null) { RawRepresentation = Piece("{\"city\":") },
            new(ChatRole.Assistant, (string?)null) { RawRepresentation = Piece("\"Oslo\"}") },
            new(ChatRole.Assistant, [new AI.FunctionCallContent("call_1", "get", new Dictionary<string, object?> { ["city"] = "Rome" }) { AdditionalProperties = new() { ["openrouter.item"] = """{"arguments":"{\"city\":\"Rome\"}"}""" } }]),
            new(ChatRole.Assistant, (string?)null) { RawRepresentation = Piece("{}") },
            new(ChatRole.Assistant, [new AI.FunctionCallContent("call_1", "get")]));

        var chunks = await client.Object.AsReasoningChatCompletionService().GetStreamingChatMessageContentsAsync("Oslo?").ToListAsync();

        var pieces = chunks.SelectMany(chunk => chunk.Items).OfType<StreamingFunctionCallUpdateContent>().ToList();
        Assert.Equal("""{"city":"Oslo"}""", string.Concat(pieces.Where(piece => piece.FunctionCallIndex == 0).Select(piece => piece.Arguments)));
        Assert.Equal("{}", string.Concat(pieces.Where(piece => piece.FunctionCallIndex == 1).Select(piece => piece.Arguments)));
    }

    [Theory]
    [InlineData("Image", "[image/png]")]
    [InlineData("Link", "[ImageContent]")]
    [InlineData("Nothing", "")]
    [InlineData("Message", "rain")]
    [InlineData("Messages", "rain,wind")]
    [InlineData("Number", "7.5")]
    [InlineData("Parts", "a\n[image/png]")]
    [InlineData("Items", "[image/png]\na")]
    [InlineData("Data", "[image/png]")]
    [InlineData("Word", "a")]
    [InlineData("File", "[file_1]")]
    public async Task When_a_filter_ends_the_rounds_the_answer_says_what_the_function_returned(string function, string said)
    {
        using var fake = new FakeOpenRouter(r => r.Call($"Sky_{function}", "{}"), r => r.Call($"Sky_{function}", "{}"), r => r.Say("Sure."));
        var kernel = Kernels.Over(fake, filters: Filters.After(context => context.Terminate = true));
        kernel.Plugins.AddFromType<Sky>();

        var answer = await kernel.TurnAsync(new("Oslo?"), streaming: false, Auto);

        Assert.Equal((said, said), (answer.Content, answer.ToString()));
        Assert.Single(answer.Items.OfType<FunctionResultContent>());
        var history = new ChatHistory("Oslo?");
        Assert.Equal(said, (await kernel.TurnAsync(history, streaming: true, Auto)).ToString());

        history.AddUserMessage("Sure?"); // the words are the result, and are not said to the model a second time
        var next = await kernel.TurnAsync(history.ThroughJson(), streaming: false);
        Assert.False(next.Metadata!.TryGetValue("Warnings", out var warnings), string.Join(' ', warnings as IEnumerable<string> ?? []));
        Assert.Equal(["message", "function_call", "function_call_output", "message"], fake.LastRequest.Json.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Arguments_keep_their_types_where_that_is_asked_for(bool retained)
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", """{"city":"Oslo","days":3,"unit":null}"""), r => r.Call("Weather_Get"), r => r.Say("Rain."));
        var seen = new List<object?>();
        var kernel = Kernels.Over(fake, filters: Filters.Instead(context => seen.AddRange(context.Arguments!.Values)));

        await kernel.TurnAsync(new("Oslo?"), streaming: false, new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(options: new() { RetainArgumentTypes = retained, AllowParallelCalls = false }) });

        Assert.Equal(retained ? ["String", "JsonElement", null] : ["String", "String", null], seen.Select(value => value?.GetType().Name));
        Assert.False(fake.LastRequest.Json.GetProperty("parallel_tool_calls").GetBoolean());
    }

    private sealed class Sky
    {
        private static readonly byte[] Bytes = [1, 2, 3];

        [KernelFunction]
        public static ImageContent Image() => new(Bytes, "image/png");

        [KernelFunction]
        public static ImageContent Link() => new(new Uri("https://example.com/a"));

        [KernelFunction]
        public static void Nothing()
        {
        }

        [KernelFunction]
        public static ChatMessageContent Message() => new(AuthorRole.Assistant, "rain");

        [KernelFunction]
        public static IReadOnlyList<ChatMessageContent> Messages() => [new(AuthorRole.Assistant, "rain"), new(AuthorRole.Assistant, "wind")];

        [KernelFunction]
        public static double Number() => 7.5;

        [KernelFunction]
        public static KernelContent[] Items() => [new ImageContent(Bytes, "image/png"), new Microsoft.SemanticKernel.TextContent("a")];

        [KernelFunction]
        public static DataContent Data() => new(Bytes, "image/png");

        [KernelFunction]
        public static AI.TextContent Word() => new("a");

        [KernelFunction]
        public static HostedFileContent File() => new("file_1");

        [KernelFunction]
        public static AIContent[] Parts() => [new AI.TextContent("a"), new DataContent(Bytes, "image/png")];
    }
}
